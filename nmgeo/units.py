"""Units: lengths, shares and areas as people write them, converted to metres and hectares.

This module is longer than 300 lines because lengths, shares, sizes and areas are read by the same
rules of numbers, in three languages.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from numbers import Real
from typing import Final, NamedTuple

from nmgeo.chinese_numbers import to_digits
from nmgeo.errors import UnitError
from nmgeo.messages import option, text

M2_PER_HECTARE: Final = 10_000.0
MOST_ACCURACY_M: Final = 100_000.0  # wider than Hong Kong, so no accuracy at all
LONGEST: Final = 1e12  # numbers from here on are written with a power of ten
_METRES: Final = {"m": 1.0, "km": 1_000.0, "ft": 0.3048, "mi": 1_609.344}  # international foot
_MAX_DIGITS: Final = 12
LENGTH_PATTERN: Final = (
    r"^\s*[0-9]+(\.[0-9]+)?\s*([mM]|[kK][mM]|[fF][tT]|[mM][iI])\s*$"  # for schemas
)
# The foot is 0.3048 m and the acre 43,560 square feet, both exactly (international yard, 1959).
# The mu is the mainland one: 15 to the hectare (State Council, 1959).
_HECTARES: Final = {
    "ha": 1.0,
    "m2": 1e-4,
    "km2": 100.0,
    "sqft": 0.3048**2 / M2_PER_HECTARE,
    "acre": 43_560 * 0.3048**2 / M2_PER_HECTARE,
    "mu": 1 / 15,
}
_UNIT_NAMES: Final = {
    "ha": "hectare hectares 公頃 公顷 hm2",
    "m2": "sqm squaremetre squaremetres squaremeter squaremeters 平方米 平米 平方公尺",
    "km2": "sqkm squarekilometre squarekilometres squarekilometer squarekilometers"
    " 平方公里 平方千米",
    "sqft": "ft2 squarefoot squarefeet 平方呎 方呎 平方英尺 平方英呎",
    "acre": "acres ac 英畝 英亩",
    "mu": "市畝 市亩 亩",
}
_UNIT_BY_NAME: Final = {
    name: unit for unit, names in _UNIT_NAMES.items() for name in (unit, *names.split())
}
_ZEROS: Final = {
    **dict.fromkeys(("千", "thousand", "'000"), 3),
    **dict.fromkeys(("萬", "万"), 4),
    **dict.fromkeys(("百萬", "百万", "million"), 6),
    **dict.fromkeys(("千萬", "千万"), 7),
    **dict.fromkeys(("億", "亿"), 8),
}
_MULTIPLIERS: Final = "|".join(sorted(_ZEROS, key=len, reverse=True))
_AREA_PATTERN: Final = re.compile(
    r"(?P<hedge>[^0-9+−-]*?)\s*(?P<whole>[0-9]{1,3}(?:[ ,][0-9]{3})+|[0-9]{1,12})"
    r"(?P<part>\.[0-9]{1,9})?\s*"
    rf"(?P<times>{_MULTIPLIERS})?\s*(?P<unit>[^0-9].*)?"
)
# Margin of a hedge below and above the number, in units of its last significant digit.
_HEDGE_MARGINS: Final = {
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
_BYTES: Final = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
AREA_UNITS: Final = tuple(_HECTARES)


class Area(NamedTuple):
    """An area as it was written, with all its digits, which show how far it was rounded."""

    number: Decimal
    unit: str  # one of AREA_UNITS
    hedge: str  # "about", "over"; empty if none
    zeros: int  # zeros written as a word: 4 for 萬, 8 for 億


@contextmanager
def named_after(parameter: str, value: object) -> Iterator[None]:
    """Let an error of a unit in the block name the parameter that was read, and its value.

    Examples
    --------
    >>> with named_after("near", "stations:far"):
    ...     metres("far")
    Traceback (most recent call last):
    nmgeo.errors.UnitError: near='stations:far': not a length; write a number and one of m, km, \
ft, mi, as in 500m
    """
    try:
        yield
    except UnitError as error:
        raise UnitError(option(parameter, value), error.wrong, error.remedy) from None


def metres(written: str) -> float:
    """Read a length such as ``"500m"`` or ``"0.5 mi"`` in metres.

    Parameters
    ----------
    written : str
        A number without a sign, and one of m, km, ft (international), mi.

    Returns
    -------
    float
        Metres, >= 0.

    Raises
    ------
    UnitError
        If the unit is missing or another one (degrees are not a length), or there is a sign.

    Examples
    --------
    >>> metres("0.5 mi")
    804.672
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", written, flags=re.ASCII)
    if match is None or match[2].lower() not in _METRES or len(match[1]) > _MAX_DIGITS:
        is_degrees = "deg" in written.lower() or "°" in written
        wrong = text("degrees are not a length") if is_degrees else text("not a length")
        remedy = text("write a number and one of {units}, as in 500m", units=", ".join(_METRES))
        raise UnitError(text("length {length!r}", length=written), wrong, remedy)
    return float(match[1]) * _METRES[match[2].lower()]


def accuracy_m(stated: str | float) -> float:
    """Read an accuracy: a length as :func:`metres` reads it, or a number of metres.

    Raises
    ------
    UnitError
        If it is no length, or is below 0 or above :data:`MOST_ACCURACY_M`.

    Examples
    --------
    >>> accuracy_m("5m"), accuracy_m(0.5)
    (5.0, 0.5)
    """
    is_number = isinstance(stated, Real) and not isinstance(stated, bool)
    out = float(stated) if is_number else metres(str(stated))
    if 0 <= out <= MOST_ACCURACY_M:
        return out
    remedy = text("give 0 to {most:,.0f} m", most=MOST_ACCURACY_M)
    raise UnitError(option("accuracy", stated), text("is no accuracy"), remedy)


def read_size(written: str | None, parameter: str = "max_size") -> int:
    """Read a size such as ``"8MB"`` or ``"400 kB"`` in bytes.

    Parameters
    ----------
    written : str
        A number without a sign, and kB, MB or GB (thousands, millions and billions of bytes); None
        is 0.
    parameter : str
        What it was given as, for the error.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    UnitError
        If it is not a size.

    Examples
    --------
    >>> read_size("8MB")
    8000000
    """
    if written is None:
        return 0
    match = re.fullmatch(r"\s*(\d{1,6}(?:\.\d+)?)\s*(kB|MB|GB)\s*", written, flags=re.ASCII)
    if match is None:
        raise UnitError(
            option(parameter, written),
            text("not a size"),
            text("write a number and kB, MB or GB, as in 8MB"),
        )
    return round(float(match[1]) * _BYTES[match[2]])


def read_share(written: str) -> float:
    """Read a percentage such as ``"0.1%"`` as a share of 1.

    Parameters
    ----------
    written : str
        A number from 0 to 100 and a percent sign.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    UnitError
        If it is not a percentage.

    Examples
    --------
    >>> read_share("5%")
    0.05
    """
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*%\s*", written, flags=re.ASCII)
    if match is None or float(match[1]) > 100:  # noqa: PLR2004
        raise UnitError(
            text("share {share!r}", share=written),
            text("not a percentage"),
            text("write a number and %, as in 0.1%"),
        )
    return float(match[1]) / 100


def to_hectares(value: float, unit: str) -> float:
    """Convert an area to hectares.

    Parameters
    ----------
    value : float
        The area, >= 0.
    unit : str
        One of :data:`AREA_UNITS`; ``mu`` is the mainland one, 1/15 ha.

    Returns
    -------
    float
        Hectares.

    Raises
    ------
    UnitError
        If the unit is not a unit of area.

    Examples
    --------
    >>> to_hectares(116_365, "m2")
    11.6365
    """
    if unit not in _HECTARES:
        raise _unknown_unit(unit, AREA_UNITS)
    return value * _HECTARES[unit]


def from_hectares(value: float, unit: str) -> float:
    """Convert hectares to another unit of area, one of :data:`AREA_UNITS`.

    Examples
    --------
    >>> from_hectares(11.6365, "m2")
    116365.0
    """
    return value / _HECTARES[unit]


def read_area_unit(written: str) -> tuple[str, int]:
    """Read a unit of area such as ``"sq. ft."``, ``"公頃"`` or ``"萬平方米"``.

    Parameters
    ----------
    written : str
        A name or symbol of a unit, in English or Chinese, possibly after 萬, 億 or million.

    Returns
    -------
    (str, int)
        One of :data:`AREA_UNITS`, and the number of zeros of the word before it: 4 for 萬.

    Raises
    ------
    UnitError
        If it is not a unit of area, or is 畝, which is 667 m2 in the mainland and 761 m2 in Hong
        Kong.

    Examples
    --------
    >>> read_area_unit("平方呎"), read_area_unit("萬平方米")
    (('sqft', 0), ('m2', 4))
    """
    normalised = re.sub(r"[\s._]", "", unicodedata.normalize("NFKC", written).lower())
    multiplier, name = re.fullmatch(
        f"({_MULTIPLIERS})?(.*)", normalised.replace("\u2019", "'")
    ).groups()  # type: ignore[union-attr]
    name = name.replace("sq", "square", 1) if name in {"sqfoot", "sqfeet"} else name
    if name not in _UNIT_BY_NAME:
        raise _unknown_unit(written, (*AREA_UNITS, "公頃", "平方米", "平方呎"), is_mu=name == "畝")
    return _UNIT_BY_NAME[name], _ZEROS.get(multiplier, 0)


def _unknown_unit(written: str, known: Sequence[str], *, is_mu: bool = False) -> UnitError:
    wrong = text("unknown unit")
    if is_mu:
        wrong = text("it is 667 m2 in the mainland and 761 m2 in Hong Kong")
    remedy = text("use one of {units}", units=", ".join(known))
    return UnitError(text("area unit {unit!r}", unit=written), wrong, remedy)


def read_area(written: str, unit: str = "") -> Area:
    """Read an area such as ``"1,076,391 sq ft"``, ``"約10.8萬平方米"`` or ``"二十公頃"``.

    Parameters
    ----------
    written : str
        An optional hedge such as about or 約; a number in digits of any width or in Chinese, with
        thousands separators, 萬, 億 or million; and a unit.
    unit : str
        The unit, as :func:`read_area_unit` reads it, if the text has none.

    Returns
    -------
    Area
        Number, unit, hedge, and the number of zeros that a word such as 萬 stands for.

    Raises
    ------
    UnitError
        If it cannot be read, has no unit, or has 萬 twice.

    Examples
    --------
    >>> read_area("約10.8萬平方米"), read_area("20", "萬平方米").number
    (Area(number=Decimal('1.08E+5'), unit='m2', hedge='約', zeros=4), Decimal('2.0E+5'))
    """
    found = _AREA_PATTERN.fullmatch(
        to_digits(unicodedata.normalize("NFKC", written).strip().lower())
    )
    if found is None or (found["hedge"] and _hedge_margins(found["hedge"]) is None):
        remedy = text("write digits and a unit, as in 10.5 ha")
        raise UnitError(text("area {area!r}", area=written), text("not an area"), remedy)
    if not (found["unit"] or unit):
        remedy = text("add one, as in 10.5 ha")
        raise UnitError(text("area {area!r}", area=written), text("no unit"), remedy)
    name, zeros = read_area_unit(found["unit"] or unit)
    if zeros and found["times"]:
        unit = found["unit"] or unit
        wrong = text("{word} stands before the unit {unit!r}", word=found["times"], unit=unit)
        raise UnitError(text("area {area!r}", area=written), wrong, text("write it once"))
    digits = Decimal(re.sub("[ ,]", "", found["whole"]) + (found["part"] or ""))
    zeros = _ZEROS.get(found["times"], zeros)
    return Area(digits.scaleb(zeros), name, found["hedge"], zeros)


def read_hectares(written: str, parameter: str) -> float:
    """Read an area with a unit, such as ``"1m2"`` or ``"10.5 ha"``, as hectares.

    Parameters
    ----------
    written : str
        As for :func:`read_area`.
    parameter : str
        What it was given as, for the error.

    Raises
    ------
    UnitError
        If it is no area; the parameter is named.

    Examples
    --------
    >>> read_hectares("5000 m2", "min_area")
    0.5
    """
    with named_after(parameter, written):
        area = read_area(written)
    return to_hectares(float(area.number), area.unit)


def rounding_margins(number: Decimal, hedge: str) -> tuple[float, float]:
    """Margins below and above a rounded number, in its unit.

    Parameters
    ----------
    number : Decimal
        The number with the digits that were written.
    hedge : str
        A hedge such as about, in English or Chinese; may be empty.

    Returns
    -------
    (float, float)
        Half a unit of the last digit, >= 0. With a hedge, trailing zeros are not significant, and
        *over* or *up to* allow a whole unit above or below.

    Examples
    --------
    >>> rounding_margins(Decimal(600), "over"), rounding_margins(Decimal("11.64"), "")
    ((0.0, 100.0), (0.005, 0.005))
    """
    margins = _hedge_margins(hedge)
    if margins is None:
        half = float(Decimal((0, (5,), _exponent(number) - 1)))
        return half, half
    unit = float(Decimal((0, (1,), _exponent(number.normalize()))))
    return margins[0] * unit, margins[1] * unit


def _hedge_margins(hedge: str) -> tuple[float, float] | None:
    """Return the margins of a hedge below and above, in last digits; None if it is not a hedge."""
    return next(
        (margins for words, margins in _HEDGE_MARGINS.items() if words.search(hedge.lower())), None
    )


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)
