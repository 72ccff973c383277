"""Text damage: what a spreadsheet or a wrong encoding does to the values of a column."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from nmgeo.messages import text

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
    """One kind of damage: its name, how a value shows it, the evidence in words, and a remedy.

    ``in_codes``: it is damage only in a column of codes.
    """

    finding: str
    severity: str
    shows: Callable[[str], bool]
    evidence: str
    remedy: str
    in_codes: bool = False


def _misread(value: str) -> bool:
    """Whether a text becomes Chinese when it is encoded again and read in its own encoding."""
    if value.isascii():
        return False
    for wrong, right in _MISREAD:
        try:
            mended = value.encode(wrong).decode(right)
        except UnicodeError:
            continue
        plain = mended if right == "big5" else [c for c in mended if not c.isascii()]
        if all("\u4e00" <= c <= "\u9fff" for c in plain):  # Big5 is in half of all Latin text
            return True
    return False


def _rounded(value: str) -> bool:
    return value.isdigit() and len(value) > _EXACT_DIGITS and not value[_EXACT_DIGITS:].strip("0")


_AS_TEXT: Final = text("get the file again, or keep the column as text in the spreadsheet")
_AS_UTF8: Final = text("get it again, or save it anew as UTF-8")
_DATE: Final = text("looks like a code that a spreadsheet changed to a date")
MARKS: Final = (
    Mark(
        "text_lost",
        "fault",
        lambda t: "\ufffd" in t,
        text("holds U+FFFD for lost characters"),
        _AS_UTF8,
    ),
    Mark(
        "text_lost",
        "fault",
        lambda t: "???" in t or (len(t) > 1 and not t.strip("?")),
        text("holds ? for characters that its encoding lacks"),
        _AS_UTF8,
    ),
    Mark("text_misread", "fault", _misread, text("is Chinese read in a wrong encoding"), _AS_UTF8),
    Mark(
        "date_for_code",
        "fault",
        lambda t: _DATES.fullmatch(t) is not None,
        _DATE,
        _AS_TEXT,
    ),
    Mark(
        "date_for_code",
        "fault",
        lambda t: _NUMBERED.fullmatch(t) is not None,
        _DATE,
        _AS_TEXT,
        in_codes=True,
    ),
    Mark(
        "formula_failed",
        "fault",
        lambda t: _BROKEN.fullmatch(t) is not None,
        text("is what a spreadsheet shows in place of a value"),
        text("correct the formula, or give the value"),
    ),
    Mark(
        "power_for_code",
        "fault",
        lambda t: re.fullmatch(r"\d(\.\d+)?E\+\d{2,3}", t, re.IGNORECASE) is not None,
        text("looks like a long number that a spreadsheet shortened"),
        _AS_TEXT,
    ),
    Mark(
        "power_for_code",
        "note",
        lambda t: re.fullmatch(r"\d+E\d+", t, re.IGNORECASE) is not None,
        text("is a code, or a number that a spreadsheet shortened"),
        text("check whether it is meant as text"),
    ),
    Mark(
        "digits_rounded",
        "fault",
        _rounded,
        text("has only zeros after 15 digits, which is all that a spreadsheet keeps"),
        _AS_TEXT,
    ),
)


class Column:
    """The values of one column, in counts."""

    def __init__(self, name: str) -> None:
        """Choose the kinds of damage to look for by the name of the column."""
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

    def check(self, value: Any, feature_id: str) -> Iterator[Mark]:
        """Count a value; yield the kinds of damage that it shows."""
        if isinstance(value, float) and value.is_integer() and abs(value) > _EXACT_FLOAT:
            value = f"{Decimal(repr(value)):f}"
        written = str(value).strip()
        if isinstance(value, str) or type(value) is int:
            self._count_digits(written, feature_id)
            if _SUSPECT.search(written):
                yield from (mark for mark in self._marks if mark.shows(written))

    def _count_digits(self, written: str, feature_id: str) -> None:
        if written.isascii() and written.isdigit():
            self._lengths[len(written)] += 1
            if written.startswith("0") and len(written) > 1:
                self._padded[len(written)] += 1
            if self._short is None or len(written) < self._short[0]:
                self._short = (len(written), written, feature_id)

    def lost_zeros(self) -> tuple[str, str, str] | None:
        """Return severity, first feature and evidence, if leading zeros seem to be lost."""
        if self._short is None or not self.has_codes:
            return None
        [(width, _)] = (self._padded or self._lengths).most_common(1)
        count = self._lengths.total()
        shorter = sum(n for length, n in self._lengths.items() if length < width)
        _, example, first = self._short
        what = text(
            "{shorter} of {count} codes have fewer than {width} digits, such as {example!r}",
            shorter=shorter,
            count=count,
            width=width,
            example=example,
        )
        if shorter and self._padded:
            padded = self._padded.total()
            return (
                "fault",
                first,
                text("{what}, although {padded} begin with 0", what=what, padded=padded),
            )
        most = self._lengths[width] > count / 2 and width == max(self._lengths)
        if shorter and count >= _FEW and width >= _CODE_DIGITS and most:
            return "note", first, text("{what}: leading zeros may be lost", what=what)
        return None
