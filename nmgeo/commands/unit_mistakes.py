"""Slips: the mistakes of units that make a published area come out wrong."""

from collections.abc import Mapping
from math import isclose, log
from typing import Final

from nmgeo.units import AREA_UNITS, to_hectares

_NEAR: Final = 0.03  # less than half of what lies between any two factors: 10 and 10.76 are nearest
_TIMES: Final = {"yi": 1e8, "wan": 1e4, "thousand": 1e3, "hundred": 1e2, "ten": 1e1}
# Where a figure was said in 萬 or 億, the other was meant: likelier than a 萬 more or less.
_SWAPPED: Final = {4: ("yi_as_wan", "wan_left_out"), 8: ("wan_as_yi", "wan_too_many")}


def unit_mistake(
    published_ha: float, measured_ha: float, unit: str, zeros: int = 0
) -> tuple[str, float] | None:
    """Name the mistake of units that would explain a published area.

    Parameters
    ----------
    published_ha, measured_ha : float
        Hectares.
    unit : str
        The unit in which the figure was published, one of :data:`AREA_UNITS`.
    zeros : int
        How many of its zeros were said by a word: 4 for 萬, 8 for 億.

    Returns
    -------
    (str, float) or None
        A name such as ``sqft_as_m2`` (square feet given as square metres), ``wan_left_out``,
        ``wan_as_yi`` (億 written for 萬) or ``thousand_too_many``, and the factor by which the
        figure is too great; None if no factor is within 3 % of the ratio.

    Examples
    --------
    >>> unit_mistake(to_hectares(1_076_391, "m2"), 10.0, "m2")
    ('sqft_as_m2', 10.763910416709722)
    """
    if min(published_ha, measured_ha) <= 0:
        return None
    every = _slips(unit, zeros)
    gaps = {key: abs(log(published_ha / measured_ha / by)) for key, by in every.items()}
    likely = min(gaps, key=lambda key: round(gaps[key], 9))  # of two equal ones the first
    return (likely, every[likely]) if gaps[likely] < _NEAR else None


def same_factor_mistakes(name: str, unit: str, zeros: int = 0) -> list[str]:
    """Name the other mistakes that leave the same factor behind, which no figure tells apart.

    Parameters
    ----------
    name, unit, zeros
        A slip that :func:`unit_mistake` named, and the unit and zeros of the figure.

    Returns
    -------
    list of str
        Names of slips, none if there is no other.

    Examples
    --------
    >>> same_factor_mistakes("ha_as_m2", "m2")
    ['wan_left_out']
    """
    every = _slips(unit, zeros)
    return [other for other, by in every.items() if other != name and isclose(by, every[name])]


def _slips(unit: str, zeros: int) -> Mapping[str, float]:
    """Return by what each slip multiplies a figure, the likelier of two equal ones first."""
    others = {
        f"{name}_as_{unit}": to_hectares(1, unit) / to_hectares(1, name) for name in AREA_UNITS
    }
    others.pop(f"{unit}_as_{unit}")
    many = {f"{name}_too_many": times for name, times in _TIMES.items()}
    every = others | many | {f"{name}_left_out": 1 / times for name, times in _TIMES.items()}
    if zeros not in _SWAPPED:
        return every
    name, same = _SWAPPED[zeros]
    return {name: every.pop(same)} | every
