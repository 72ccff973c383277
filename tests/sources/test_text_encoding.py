"""Encodings: detected from text alone, read with the characters of HKSCS."""

import pytest

from nmgeo.errors import UsageError
from nmgeo.sources.hkscs import map_private_use
from nmgeo.sources.text_encoding import (
    declared_encoding,
    decode,
    decode_chunks,
    detect_encoding,
    read_encoding,
)

TEXTS = (
    *("深水埗區", "石硤尾邨", "元朗公園", "啟德", "東", "落馬洲", "id,北區醫院,Ah", "上水圍"),
    *("广州市公园", "深圳湾口岸", "罗湖区"),
    *("Café de Paris", "naïve façade", "Area (m²) 22°29'"),
)
CODECS = ("utf-8", "utf-8-sig", "utf-16", "big5hkscs", "gb18030", "cp1252")
TRADITIONAL, SIMPLIFIED, WESTERN = TEXTS[:8], TEXTS[8:11], TEXTS[11:]


def written(codec):
    """Return the texts that people write in an encoding."""
    chosen = {"big5hkscs": TRADITIONAL, "gb18030": SIMPLIFIED, "cp1252": WESTERN}
    return chosen.get(codec, TEXTS)


@pytest.mark.parametrize(("codec", "words"), [(c, t) for c in CODECS for t in written(c)])
def test_short_text_is_read_in_its_own_encoding(codec, words):
    data = words.encode(codec)

    assert decode(data, detect_encoding(data)).lstrip("\ufeff") == words


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_known_by_its_nul_bytes(codec):
    assert detect_encoding("id,設施名稱,lon,lat\r\n1,元朗,114.0,22.4\r\n".encode(codec)) == codec


def test_a_sample_may_end_within_a_character():
    assert detect_encoding("元朗公園".encode()[:-1]) == "utf-8"
    assert detect_encoding("元朗公園".encode("big5")[:-1]) == "big5hkscs"


def test_text_is_western_if_four_of_five_high_bytes_are_letters_in_words():
    text = "café café café café ™".encode("cp1252")

    assert detect_encoding(text, fallback="utf-8") == "cp1252"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *[(name, "big5hkscs") for name in ("Big5", "BIG5-HKSCS", "950", "cp950", "ANSI 950")],
        *[("GBK", "gb18030"), ("936", "gb18030"), ("65001", "utf-8"), ("ISO-8859-1", "cp1252")],
        *[("utf8", "utf-8"), ("UTF-16", "utf-16"), ("ascii", "utf-8")],
    ],
)
def test_an_encoding_has_many_names(name, codec):
    assert read_encoding(name) == declared_encoding(name) == codec


@pytest.mark.parametrize("name", ["rot13", "base64", "zip", "OEM", "", "big6"])
def test_what_is_no_encoding_of_text_is_refused(name):
    assert declared_encoding(name) is None
    with pytest.raises(UsageError, match=r"no such encoding; write one such as big5-hkscs"):
        read_encoding(name)


def test_hkscs_characters_of_the_private_area_become_those_of_unicode():
    """U+E000 is 0xFA40 of Big5, U+E311 is 0x8E40, and U+F6B1 is 0xC6A1."""
    assert map_private_use("\ue000\ue311\uf6b1") == "\U00020547\U00023ed7①"
    assert map_private_use("元\ueeb8\uf8ff朗") == "元\ueeb8\uf8ff朗"  # of no HKSCS character


def test_bytes_of_no_character_are_shown_as_lost():
    assert decode("元朗".encode("big5")[:-1], "big5hkscs") == "元\ufffd"
    assert decode(b"\xa3\xe1", "big5hkscs") == "€"  # of Windows, not of HKSCS


def test_text_is_decoded_piece_by_piece():
    data = "深水埗區\n" * 5
    pieces = [data.encode("big5hkscs")[n : n + 3] for n in range(0, 45, 3)]

    assert "".join(decode_chunks(iter(pieces), "big5hkscs")) == data
