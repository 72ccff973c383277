"""Marks: what a spreadsheet or a wrong encoding leaves behind in the values of a column."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_DATES: Final = re.compile(rf"\d{{1,2}}-({_MONTHS})|({_MONTHS})-\d{{2}}", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"(19|20)\d{2}/\d{1,2}/\d{1,2}|\d{1,2}月\d{1,2}日")
_BROKEN: Final = re.compile(r"#(REF|VALUE|DIV/0|NAME|NULL|NUM)[!?]|#N/A|#{3,}", re.IGNORECASE)
_CODES: Final = re.compile(
    r"(^|_)(code|id|key|lot|no|num|number|ref|tpu)($|_)|編號|號碼", re.IGNORECASE
)
_SUSPECT: Final = re.compile(r"^\d|[^\x00-\x7f]|[?#-]")  # what a value with any mark has
_DATED: Final = re.compile(r"date|day|日", re.IGNORECASE)
_EXACT_DIGITS: Final = 15  # that a spreadsheet keeps of a number
_EXACT_FLOAT: Final = 2**53  # whole numbers above it have gaps as floats
_FEW: Final = 5  # fewer codes than this, none with a zero in front, show no pattern
_CODE_DIGITS: Final = 4  # a code without a leading zero shows its length from here on
_MISREAD: Final = (("cp1252", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "big5"), ("gbk", "utf-8"))


@dataclass(frozen=True)
class Mark:
    """One kind of damage: how it is called, how it is known, what it says, and what to do.

    ``in_codes`` is for what is damage in a column of codes alone.
    """

    finding: str
    severity: str
    shows: Callable[[str], bool]
    evidence: str
    remedy: str
    in_codes: bool = False


def _misread(text: str) -> bool:
    """Whether a text becomes Chinese once it is put back and read in its own encoding."""
    if text.isascii():
        return False
    for wrong, right in _MISREAD:
        try:
            mended = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        plain = mended if right == "big5" else [c for c in mended if not c.isascii()]
        if all("\u4e00" <= c <= "\u9fff" for c in plain):  # Big5 is in half of all Latin text
            return True
    return False


def _rounded(text: str) -> bool:
    return text.isdigit() and len(text) > _EXACT_DIGITS and not text[_EXACT_DIGITS:].strip("0")


_AS_TEXT: Final = "get the file again, or keep the column as text in the spreadsheet"
_AS_UTF8: Final = "get it again, or save it anew as UTF-8"
MARKS: Final = (
    Mark(
        "text_lost", "fault", lambda t: "\ufffd" in t, "holds U+FFFD for lost characters", _AS_UTF8
    ),
    Mark(
        "text_lost",
        "fault",
        lambda t: "???" in t or (len(t) > 1 and not t.strip("?")),
        "holds ? for characters that its encoding has not",
        _AS_UTF8,
    ),
    Mark("text_misread", "fault", _misread, "is Chinese read in a wrong encoding", _AS_UTF8),
    Mark(
        "date_for_code",
        "fault",
        lambda t: _DATES.fullmatch(t) is not None,
        "looks like a code that a spreadsheet took for a date",
        _AS_TEXT,
    ),
    Mark(
        "date_for_code",
        "fault",
        lambda t: _NUMBERED.fullmatch(t) is not None,
        "looks like a code that a spreadsheet took for a date",
        _AS_TEXT,
        in_codes=True,
    ),
    Mark(
        "formula_failed",
        "fault",
        lambda t: _BROKEN.fullmatch(t) is not None,
        "is what a spreadsheet shows in place of a value",
        "mend the formula, or give the value",
    ),
    Mark(
        "power_for_code",
        "fault",
        lambda t: re.fullmatch(r"\d(\.\d+)?E\+\d{2,3}", t, re.IGNORECASE) is not None,
        "looks like a long number that a spreadsheet shortened",
        _AS_TEXT,
    ),
    Mark(
        "power_for_code",
        "note",
        lambda t: re.fullmatch(r"\d+E\d+", t, re.IGNORECASE) is not None,
        "is a code or a number that a spreadsheet shortened",
        "make sure that it is meant as text",
    ),
    Mark(
        "digits_rounded",
        "fault",
        _rounded,
        "has nothing but zeros after 15 digits, all that a spreadsheet keeps",
        _AS_TEXT,
    ),
)


class Column:
    """What was seen of one column, in counts."""

    def __init__(self, name: str) -> None:
        """Begin with nothing seen."""
        self.has_codes = _CODES.search(name) is not None
        dated = _DATED.search(name) is not None
        self._marks = [
            mark
            for mark in MARKS
            if (self.has_codes or not mark.in_codes)
            and not (dated and mark.finding == "date_for_code")
        ]
        self._lengths: Counter[int] = Counter()  # of values that are digits
        self._padded: Counter[int] = Counter()  # of those of them that begin with a zero
        self._short: tuple[int, str, str] | None = None  # the shortest of them, and where

    def see(self, value: Any, feature_id: str) -> Iterator[Mark]:
        """Yield the marks that a value bears."""
        if isinstance(value, float) and value.is_integer() and abs(value) > _EXACT_FLOAT:
            value = f"{Decimal(repr(value)):f}"
        text = str(value).strip()
        if isinstance(value, str) or type(value) is int:
            self._measure(text, feature_id)
            if _SUSPECT.search(text):
                yield from (mark for mark in self._marks if mark.shows(text))

    def _measure(self, text: str, feature_id: str) -> None:
        if text.isascii() and text.isdigit():
            self._lengths[len(text)] += 1
            if text.startswith("0") and len(text) > 1:
                self._padded[len(text)] += 1
            if self._short is None or len(text) < self._short[0]:
                self._short = (len(text), text, feature_id)

    def lost_zeros(self) -> tuple[str, str, str] | None:
        """Return severity, first feature and evidence, if zeros seem to be lost in front."""
        if self._short is None or not self.has_codes:
            return None
        [(width, _)] = (self._padded or self._lengths).most_common(1)
        count = self._lengths.total()
        shorter = sum(n for length, n in self._lengths.items() if length < width)
        _, text, first = self._short
        what = f"{shorter} of {count} codes have fewer than {width} digits, such as {text!r}"
        if shorter and self._padded:
            return "fault", first, f"{what}, though {self._padded.total()} begin with 0"
        most = self._lengths[width] > count / 2 and width == max(self._lengths)
        if shorter and count >= _FEW and width >= _CODE_DIGITS and most:
            return "note", first, f"{what}: zeros in front may be lost"
        return None
