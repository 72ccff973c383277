"""Units: SI inside, other units only at the door; how people write an area."""

import re
import unicodedata
from decimal import Decimal
from typing import Final, NamedTuple

from nmgeo.chinese_numbers import to_digits
from nmgeo.errors import UnitError

M2_PER_HECTARE: Final = 10_000.0
_METRES: Final = {"m": 1.0, "km": 1_000.0, "ft": 0.3048, "mi": 1_609.344}  # international foot
_DIGITS: Final = 12
# The foot is 0.3048 m and the acre 43,560 square feet, both exactly (international yard, 1959).
# The mu is that of the mainland: 15 to the hectare (State Council, 1959).
_HECTARES: Final = {
    "ha": 1.0,
    "m2": 1e-4,
    "km2": 100.0,
    "sqft": 0.3048**2 / M2_PER_HECTARE,
    "acre": 43_560 * 0.3048**2 / M2_PER_HECTARE,
    "mu": 1 / 15,
}
_WRITTEN: Final = {
    "ha": "hectare hectares 公頃 公顷 hm2",
    "m2": "sqm squaremetre squaremetres squaremeter squaremeters 平方米 平米 平方公尺",
    "km2": "sqkm squarekilometre squarekilometres squarekilometer squarekilometers"
    " 平方公里 平方千米",
    "sqft": "ft2 squarefoot squarefeet 平方呎 方呎 平方英尺 平方英呎",
    "acre": "acres ac 英畝 英亩",
    "mu": "市畝 市亩 亩",
}
_NAMES: Final = {name: unit for unit, names in _WRITTEN.items() for name in (unit, *names.split())}
_POWERS: Final = {
    **dict.fromkeys(("千", "thousand", "'000"), 3),
    **dict.fromkeys(("萬", "万"), 4),
    **dict.fromkeys(("百萬", "百万", "million"), 6),
    **dict.fromkeys(("千萬", "千万"), 7),
    **dict.fromkeys(("億", "亿"), 8),
}
_TIMES: Final = "|".join(sorted(_POWERS, key=len, reverse=True))
_AREA: Final = re.compile(
    r"(?P<hedge>[^0-9+−-]*?)\s*(?P<whole>[0-9]{1,3}(?:[ ,][0-9]{3})+|[0-9]{1,12})"
    r"(?P<part>\.[0-9]{1,9})?\s*"
    rf"(?P<times>{_TIMES})?\s*(?P<unit>[^0-9].*)?"
)
# What a hedge allows, in units of the last digit that counts: below and above the figure.
_HEDGES: Final = {
    re.compile(
        r"\b(up to|at most|under|below|not? (more than|over|exceeding))\b"
        r"|(?<!no )(?<!not )\bless than\b|<|不超過|不超过|至多|最多|(?<!不)少於|(?<!不)少于"
    ): (1, 0),
    re.compile(
        r"\b(at least|above|not? less than|(?<!no )(?<!not )(more than|over|exceeding))\b"
        "|>|逾|至少|不少於|不少于|多於|多于|(?<!不)超過|(?<!不)超过"
    ): (0, 1),
    re.compile(
        r"\b(about|around|approximately|approx|roughly|some|circa|ca|nearly|almost)\b|~|約|约|近"
    ): (0.5, 0.5),
}
AREA_UNITS: Final = tuple(_HECTARES)


class Area(NamedTuple):
    """An area as it was written: its digits are kept, since the last one says how round it is."""

    number: Decimal
    unit: str  # one of AREA_UNITS
    hedge: str  # "about", "over"; empty if none
    zeros: int  # those that stand in a word: 4 for 萬, 8 for 億


def metres(text: str) -> float:
    """Read a length such as ``"500m"`` or ``"0.5 mi"``.

    Parameters
    ----------
    text : str
        A plain number and one of m, km, ft (international), mi.

    Returns
    -------
    float
        Metres, >= 0.

    Raises
    ------
    UnitError
        If there is no unit, another unit (degrees are not a length), or a sign.

    Examples
    --------
    >>> metres("0.5 mi")
    804.672
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text, flags=re.ASCII)
    if match is None or match[2].lower() not in _METRES or len(match[1]) > _DIGITS:
        wrong = (
            "degrees are not a length" if "deg" in text.lower() or "°" in text else "not a length"
        )
        raise UnitError(
            f"length {text!r}", wrong, f"write a number and one of {', '.join(_METRES)}, as in 500m"
        )
    return float(match[1]) * _METRES[match[2].lower()]


def read_share(text: str) -> float:
    """Read a share such as ``"0.1%"``.

    Parameters
    ----------
    text : str
        A plain number from 0 to 100 and the sign of percent.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    UnitError
        If it is none.

    Examples
    --------
    >>> read_share("5%")
    0.05
    """
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*%\s*", text, flags=re.ASCII)
    if match is None or float(match[1]) > 100:  # noqa: PLR2004
        raise UnitError(f"share {text!r}", "not a percentage", "write a number and %, as in 0.1%")
    return float(match[1]) / 100


def to_hectares(value: float, unit: str) -> float:
    """Convert a published area to hectares.

    Parameters
    ----------
    value : float
        The area, >= 0.
    unit : str
        One of :data:`AREA_UNITS`; ``mu`` is that of the mainland, 1/15 ha.

    Returns
    -------
    float
        Hectares.

    Raises
    ------
    UnitError
        If the unit is not one of area.

    Examples
    --------
    >>> to_hectares(116_365, "m2")
    11.6365
    """
    if unit not in _HECTARES:
        raise UnitError(f"area unit {unit!r}", "not known", f"use one of {', '.join(AREA_UNITS)}")
    return value * _HECTARES[unit]


def read_area_unit(text: str) -> tuple[str, int]:
    """Read a unit of area as people write it: ``"sq. ft."``, ``"公頃"``, ``"萬平方米"``.

    Parameters
    ----------
    text : str
        A name or sign of a unit, in English or Chinese; 萬, 億, million and the like before it.

    Returns
    -------
    (str, int)
        One of :data:`AREA_UNITS`, and how many zeros stand before it: 4 for 萬.

    Raises
    ------
    UnitError
        If it is none, or is 畝, which is 667 m2 in the mainland and 761 m2 in Hong Kong.

    Examples
    --------
    >>> read_area_unit("平方呎"), read_area_unit("萬平方米")
    (('sqft', 0), ('m2', 4))
    """
    plain = re.sub(r"[\s._]", "", unicodedata.normalize("NFKC", text).lower())
    times, name = re.fullmatch(f"({_TIMES})?(.*)", plain.replace("\u2019", "'")).groups()  # type: ignore[union-attr]
    name = name.replace("sq", "square", 1) if name in {"sqfoot", "sqfeet"} else name
    if name not in _NAMES:
        wrong = "is 667 m2 in the mainland, 761 m2 in Hong Kong" if name == "畝" else "not known"
        remedy = f"use one of {', '.join(AREA_UNITS)}, 公頃, 平方米, 平方呎"
        raise UnitError(f"area unit {text!r}", wrong, remedy)
    return _NAMES[name], _POWERS.get(times, 0)


def read_area(text: str, unit: str = "") -> Area:
    """Read an area as people write it: ``"1,076,391 sq ft"``, ``"約10.8萬平方米"``, ``"二十公頃"``.

    Parameters
    ----------
    text : str
        A hedge such as about or 約, if any; a number, in digits of any width or in Chinese, with
        separators of thousands, 萬, 億 or million; a unit.
    unit : str
        The unit, as :func:`read_area_unit` reads it, where the text has none.

    Returns
    -------
    Area
        Number, unit, hedge, and how many of its zeros are said by a word such as 萬.

    Raises
    ------
    UnitError
        If it cannot be read, neither says the unit, or both say 萬.

    Examples
    --------
    >>> read_area("約10.8萬平方米"), read_area("20", "萬平方米").number
    (Area(number=Decimal('1.08E+5'), unit='m2', hedge='約', zeros=4), Decimal('2.0E+5'))
    """
    found = _AREA.fullmatch(to_digits(unicodedata.normalize("NFKC", text).strip().lower()))
    if found is None or (found["hedge"] and _leaning(found["hedge"]) is None):
        raise UnitError(f"area {text!r}", "not an area", "write digits and a unit, as in 10.5 ha")
    if not (found["unit"] or unit):
        raise UnitError(f"area {text!r}", "has no unit", "add one, as in 10.5 ha")
    name, zeros = read_area_unit(found["unit"] or unit)
    if zeros and found["times"]:
        wrong = f"says {found['times']} besides {found['unit'] or unit!r}"
        raise UnitError(f"area {text!r}", wrong, "say it once")
    digits = Decimal(re.sub("[ ,]", "", found["whole"]) + (found["part"] or ""))
    zeros = _POWERS.get(found["times"], zeros)
    return Area(digits.scaleb(zeros), name, found["hedge"], zeros)


def rounding_margins(number: Decimal, hedge: str) -> tuple[float, float]:
    """Say how far below and above a written figure the truth may lie.

    Parameters
    ----------
    number : Decimal
        The figure with the digits that were written.
    hedge : str
        What was said with it, in English or Chinese.

    Returns
    -------
    (float, float)
        Half a unit of the last digit; where it is hedged, zeros at the end do not count as
        digits, and *over* or *up to* allow a whole unit above or below. In the unit of the
        figure, >= 0.

    Examples
    --------
    >>> rounding_margins(Decimal(600), "over"), rounding_margins(Decimal("11.64"), "")
    ((0.0, 100.0), (0.005, 0.005))
    """
    leaning = _leaning(hedge)
    if leaning is None:
        half = float(Decimal((0, (5,), _exponent(number) - 1)))
        return half, half
    unit = float(Decimal((0, (1,), _exponent(number.normalize()))))
    return leaning[0] * unit, leaning[1] * unit


def _leaning(hedge: str) -> tuple[float, float] | None:
    """Return what a hedge allows below and above a figure, None if it is no hedge."""
    return next((sides for words, sides in _HEDGES.items() if words.search(hedge.lower())), None)


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)
