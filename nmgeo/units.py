"""Units: SI inside, other units only at the door."""

import re
from typing import Final

from nmgeo.errors import UnitError

M2_PER_HECTARE: Final = 10_000.0
_METRES: Final = {"m": 1.0, "km": 1_000.0, "ft": 0.3048, "mi": 1_609.344}  # international foot
_DIGITS: Final = 12
_HECTARES: Final = {"ha": 1.0, "m2": 1e-4, "km2": 100.0}

AREA_UNITS: Final = tuple(_HECTARES)


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


def hectares(value: float, unit: str) -> float:
    """Convert a published area to hectares.

    Parameters
    ----------
    value : float
        The area, >= 0.
    unit : str
        One of :data:`AREA_UNITS`.

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
    >>> hectares(116_365, "m2")
    11.6365
    """
    if unit not in _HECTARES:
        raise UnitError(f"area unit {unit!r}", "not known", f"use one of {', '.join(AREA_UNITS)}")
    return value * _HECTARES[unit]
