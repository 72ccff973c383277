"""Coordinates as people write them: thousands separators, degrees, pairs in one cell."""

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}([, ']\d{3})+(\.\d+)?")
_SYMBOLS: Final = str.maketrans(
    {
        **dict.fromkeys("\N{MASCULINE ORDINAL INDICATOR}\N{RING ABOVE}度", "°"),
        **dict.fromkeys("\N{PRIME}\N{RIGHT SINGLE QUOTATION MARK}`分", "'"),
        **dict.fromkeys("\N{DOUBLE PRIME}\N{RIGHT DOUBLE QUOTATION MARK}秒", '"'),
        "\N{MINUS SIGN}": "-",
        ":": " ",
    }
)
_HEMISPHERES: Final = {
    **dict.fromkeys(("n", "北", "北緯", "北纬", "北距"), ("y", 1)),
    **dict.fromkeys(("s", "南", "南緯", "南纬"), ("y", -1)),
    **dict.fromkeys(("e", "東", "东", "東經", "东经", "東距", "东距"), ("x", 1)),
    **dict.fromkeys(("w", "西", "西經", "西经"), ("x", -1)),
}
_WORDS: Final = "|".join(sorted(_HEMISPHERES, key=len, reverse=True))
_AROUND: Final = re.compile(
    rf"(?P<before>{_WORDS})?\s*(?P<number>[\d.,+\s°'\"-]+?)\s*(?:m|米|公尺)?\s*(?P<after>{_WORDS})?"
)
_SEXAGESIMAL: Final = re.compile(
    r"(?P<degrees>\d{1,3})\s*[° ]\s*(?P<minutes>\d{1,2}(?:\.\d+)?)\s*"
    r"(?:[' ]\s*(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*\"?)?)?"
)
_SPLIT: Final = re.compile(r"\s*[,;/|\s]\s*|(?<=[nsew北東东南西])(?=\d)")
_POINT: Final = re.compile(r"^(point\s*z?\s*)?[(\[{]\s*(.*?)\s*[)\]}]$", re.IGNORECASE)
_SIXTY: Final = 60
_LONGEST: Final = 80  # characters of a cell that may be a coordinate
_LATITUDES, _DEGREES, _METRES = 90.0, 180.0, 10_000.0

Pair = tuple[float, float]


def parse_number(cell: str) -> float:
    """Read one coordinate.

    Parameters
    ----------
    cell : str
        A number, ``"824,100.5"``, ``"824100 mE"``, ``"22 29 30.5 N"``.

    Returns
    -------
    float
        NaN if it is none.

    Examples
    --------
    >>> parse_number("824,100.5"), parse_number("北緯22度30分")
    (824100.5, 22.5)
    """
    return _parsed(cell)[0]


def parse_pair(cell: str) -> Pair | None:
    """Read x and y that stand in one cell.

    Parameters
    ----------
    cell : str
        ``"22.5, 114.1"``, ``"E824100 N840000"``, or ``"POINT (114.1 22.5)"``. Letters decide the
        order of axes, then the size of the numbers. Metres are easting first.

    Returns
    -------
    (float, float) or None
        None if the cell does not hold two numbers of the same kind.

    Examples
    --------
    >>> parse_pair("22.5,114.1"), parse_pair("840,000N 824,100E")
    ((114.1, 22.5), (824100.0, 840000.0))
    """
    plain = _POINT.sub(r"\2", _folded(cell))
    for first, second in _halves(plain):
        one, axis = _parsed(first)
        two, other = _parsed(second)
        if _same_kind(one, two) and (axis is None or axis != other):
            return (two, one) if _is_reversed(one, two, axis, other) else (one, two)
    return None


def _halves(cell: str) -> Iterator[tuple[str, str]]:
    if len(cell) <= _LONGEST:
        for gap in _SPLIT.finditer(cell):
            yield cell[: gap.start()], cell[gap.end() :]


def _same_kind(one: float, two: float) -> bool:
    """Whether both are degrees, or both metres of a grid."""
    sizes = abs(one), abs(two)
    if not all(map(math.isfinite, sizes)):
        return False
    return max(sizes) <= _DEGREES or min(sizes) >= _METRES


def _is_reversed(one: float, two: float, axis: str | None, other: str | None) -> bool:
    """Whether y stands before x."""
    if axis or other:
        return axis == "y" or other == "x"
    return abs(one) <= _LATITUDES and abs(two) <= _DEGREES


def _folded(cell: str) -> str:
    plain = unicodedata.normalize("NFKC", cell.translate(_SYMBOLS)).strip().lower()
    return plain.replace("''", '"')


def _parsed(cell: str) -> tuple[float, str | None]:
    """Return a coordinate, and its axis if a letter or word names it."""
    plain = _folded(cell)
    if _PLAIN.fullmatch(plain):
        return float(plain), None
    found = _AROUND.fullmatch(plain) if len(plain) <= _LONGEST else None
    if found is None or (found["before"] and found["after"]):
        return math.nan, None
    axis, sign = _HEMISPHERES.get(found["before"] or found["after"], (None, 1))
    return sign * _number(found["number"].strip()), axis


def _number(plain: str) -> float:
    """Read a number without words: plain, with thousands separators, or degrees and minutes."""
    if _PLAIN.fullmatch(plain.removesuffix("°").rstrip()):
        return float(plain.removesuffix("°"))
    if _THOUSANDS.fullmatch(plain):
        return float(re.sub("[^0-9.+-]", "", plain))
    sign = -1 if plain.startswith("-") else 1
    found = _SEXAGESIMAL.fullmatch(plain.removeprefix("-"))
    if found is None:
        return math.nan
    minutes, seconds = float(found["minutes"]), float(found["seconds"] or 0)
    if minutes >= _SIXTY or seconds >= _SIXTY:
        return math.nan
    return sign * (float(found["degrees"]) + minutes / _SIXTY + seconds / _SIXTY**2)
