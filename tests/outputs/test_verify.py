"""Reaches: a page that can reach a host does not pass for one that cannot."""

import base64
import hashlib
import os
import re

import pytest

import nmgeo as nm
from nmgeo import __version__
from nmgeo.errors import LayerError
from nmgeo.files import sha256
from nmgeo.outputs.web import verify
from nmgeo.outputs.web.map import TILES

CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'"
POLICY = '<meta http-equiv="Content-Security-Policy" content="{}">'
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{}
<title>A page</title>
</head>
<body>{}</body>
</html>"""
EVIL = "https://evil.example"


@pytest.fixture
def ask_page(tmp_path):
    """Ask what a page with this text can reach."""

    def asked(text):
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        return nm.verify(tmp_path / "page.html").iloc[0]

    return asked


@pytest.fixture
def ask_policy(ask_page):
    return lambda policy: ask_page(PAGE.format(POLICY.format(policy), ""))


def test_our_page_can_reach_no_host_and_runs_our_scripts(shipped):
    row = nm.verify(shipped).iloc[0]

    assert (row["hosts_count"], row["hosts"], row["faults"]) == (0, "", "")
    assert (row["bytes"], row["sha256"]) == (shipped.stat().st_size, sha256(shipped))
    assert row["policy"].startswith("default-src 'none';")
    assert row["scripts"] == f"nmgeo {__version__}"


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("tiles", [name for name in TILES if name != "none"])
def test_a_page_with_tiles_can_reach_one_host(tmp_path, tiles):
    row = nm.verify(nm.map(tmp_path / "map.html", tiles=tiles)).iloc[0]

    assert (row["hosts_count"], row["hosts"]) == (1, "https://mapapi.geodata.gov.hk")
    assert row["scripts"] == f"nmgeo {__version__}"


def test_a_page_that_runs_nothing_and_asks_for_nothing_can_reach_no_host(ask_policy):
    row = ask_policy(CLOSED)

    assert (row["hosts_count"], row["hosts"], row["faults"], row["scripts"]) == (0, "", "", "none")


@pytest.mark.parametrize(
    "source",
    [
        *("https://a.hk", "http://a.hk", "wss://a.hk", "a.hk", "*.a.hk", "https://a.hk:8080"),
        *("https://a.hk/tiles/", "HTTPS://A.HK"),
    ],
)
@pytest.mark.parametrize("directive", ["img-src", "connect-src", "font-src", "Media-Src"])
def test_whatever_host_a_policy_names_is_counted(ask_policy, source, directive):
    row = ask_policy(f"{CLOSED}; {directive} data: {source}")

    assert (row["hosts_count"], row["hosts"], row["faults"]) == (1, source.lower(), "")


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("script-src 'unsafe-inline'", "default-src is not 'none'"),
        (f"{CLOSED}; script-src 'unsafe-inline'", "script-src 'unsafe-inline'"),
        (f"{CLOSED}; script-src 'Unsafe-Inline'", "script-src 'unsafe-inline'"),
        (f"{CLOSED}; SCRIPT-SRC 'UNSAFE-EVAL'", "script-src 'unsafe-eval'"),
        (f"{CLOSED}; script-src 'nonce-a' 'strict-dynamic'", "script-src 'nonce-a'"),
        (f"{CLOSED}; script-src {EVIL}", f"script-src {EVIL}"),
        (f"{CLOSED}; script-src data:", "script-src data:"),
        (f"{CLOSED}; style-src 'unsafe-inline'", "style-src 'unsafe-inline'"),
        (f"{CLOSED}; img-src 'self'", "img-src 'self'"),
        *((f"{CLOSED}; img-src {wide}", f"img-src {wide}") for wide in ("*", "https:", "http:")),
        (f"{CLOSED}; img-src 'none'; img-src *", "img-src (img-src again)"),
        (f"{CLOSED}; frame-src {EVIL}", "frame-src is not looked into"),
        (f"{CLOSED}; script-src-elem *", "script-src-elem is not looked into"),
        ("default-src 'none'; base-uri 'none'", "form-action is not 'none'"),
        ("default-src 'none'; form-action 'none'", "base-uri is not 'none'"),
        (CLOSED.replace("form-action 'none'", f"form-action {EVIL}"), "form-action is not 'none'"),
        (f"form-action {EVIL}; {CLOSED}", "form-action is not 'none'"),
        (CLOSED.replace("default-src 'none'", "default-src 'self'"), "default-src is not 'none'"),
        (CLOSED.replace(" 'none'", ""), "default-src is not 'none'"),
    ],
)
def test_a_policy_that_lets_strangers_in_is_open_to_any_host_and_it_says_why(
    ask_policy, policy, why
):
    row = ask_policy(policy)

    assert (row["hosts"], row["hosts_count"]) == ("any", 1)
    assert why in row["faults"].split("; ")


HELD = POLICY.format(CLOSED)
BARE = PAGE.format(HELD, "")
FORGED = {
    "no policy": PAGE.format("", ""),
    "in a comment": PAGE.format(f"<!-- {HELD} -->", ""),
    "in a script": PAGE.format(f"<script>'{HELD}'</script>", ""),
    "in a title": PAGE.format(f"<title>{HELD}</title>", ""),
    "in a template": PAGE.format(f"<template>{HELD}</template>", ""),
    "in a noscript": PAGE.format(f"<noscript>{HELD}</noscript>", ""),
    "in a textarea": PAGE.format("", f"<textarea>{HELD}</textarea>"),
    "in the body": PAGE.format("", HELD),
    "after a script": PAGE.format(f'<script src="{EVIL}"></script>{HELD}', ""),
    "after a picture": PAGE.format(f'<img src="{EVIL}">{HELD}', ""),
    "after text": "x" + BARE,
    "after a comment that browsers end early": f"<!--><img src={EVIL}>-->{BARE}",
    "after another root": BARE.replace("<!DOCTYPE html>", f"<!DOCTYPE html><p><img src={EVIL}>"),
    "with a handler before it": BARE.replace('<html lang="en">', '<html onclick="alert(1)">'),
    "in another character set": BARE.replace("utf-8", "iso-2022-jp"),
    "with no character set": BARE.replace('<meta charset="utf-8">', ""),
    "of a policy that only reports": BARE.replace("Policy", "Policy-Report-Only"),
    "with a space that is none to browsers": BARE.replace("base-uri ", "base-uri\u00a0"),
    "refresh": PAGE.format(HELD + f'<meta http-equiv="refresh" content="0;url={EVIL}">', ""),
    "refresh in the body": PAGE.format(HELD, f"<META HTTP-EQUIV=Refresh CONTENT='0;{EVIL}'>"),
    "refresh behind a slash": PAGE.format(HELD, f"<meta/http-equiv=refresh/content=0;{EVIL}>"),
    "refresh behind a bracket": PAGE.format(
        HELD, f'<meta name=">" http-equiv="refresh" content="0;url={EVIL}">'
    ),
    "refresh after a name": PAGE.format(
        HELD, f'<meta name="a" content="0;url={EVIL}" http-equiv="refresh">'
    ),
    "refresh on two lines": PAGE.format(HELD, f"<meta\nhttp-equiv=refresh content=0;{EVIL}>"),
    "an early call": PAGE.format(f'{HELD}<link rel="preconnect" href="{EVIL}">', ""),
    "a look-up": PAGE.format(HELD, f"<LINK\trel=dns-prefetch href={EVIL}>"),
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_a_forged_page_does_not_pass_for_one_that_reaches_no_host(ask_page, text):
    row = ask_page(text)

    assert row["hosts"] == "any"
    assert row["faults"]


def test_a_foreign_script_that_was_hashed_anew_is_not_taken_for_ours(ask_page, shipped):
    text = shipped.read_text(encoding="utf-8")
    last = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)[-1]
    foreign = f"{last}\nlocation = '{EVIL}';"
    old, new = (
        base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        for code in (last, foreign)
    )
    row = ask_page(text.replace(last, foreign).replace(old, new))

    assert old in text
    assert (row["scripts"], row["hosts"]) == ("unknown", "any")
    assert row["faults"] == f"scripts that are not those of nmgeo {__version__} may leave the page"


@pytest.mark.parametrize(("name", "wrong"), [("nothing.html", "not found"), (".", "is a folder")])
def test_a_page_that_is_not_there_is_an_error_in_one_line(tmp_path, name, wrong):
    with pytest.raises(LayerError, match=wrong):
        nm.verify(tmp_path / name)


def test_a_page_in_another_encoding_is_an_error_in_one_line(tmp_path):
    (tmp_path / "page.html").write_text(BARE, encoding="utf-16")
    with pytest.raises(LayerError, match="cannot be read as a page"):
        nm.verify(tmp_path / "page.html")


def test_what_is_no_page_or_never_ends_is_refused_at_once(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.html")
    for odd in ("/dev/zero", tmp_path / "pipe.html"):
        with pytest.raises(LayerError, match="is a device or a pipe"):
            nm.verify(odd)
    with pytest.raises(LayerError, match="cannot be opened"):
        nm.verify(tmp_path / ("a" * 300))

    monkeypatch.setattr(verify, "_MAX_BYTES", 1_000_000)
    (tmp_path / "huge.html").write_bytes(b" " * 1_000_001)
    with pytest.raises(LayerError, match="larger than 1 MB"):
        nm.verify(tmp_path / "huge.html")
