"""Slips: the mistakes of units that make a published area come out wrong."""

from collections.abc import Mapping
from math import isclose, log
from typing import Final

from nmgeo.units import AREA_UNITS, hectares

_NEAR: Final = 0.03  # less than half of what lies between any two factors: 10 and 10.76 are nearest
_TIMES: Final = {"yi": 1e8, "wan": 1e4, "thousand": 1e3, "hundred": 1e2, "ten": 1e1}


def slip(said_ha: float, measured_ha: float, unit: str) -> tuple[str, float] | None:
    """Name the mistake of units that would explain a published area.

    Parameters
    ----------
    said_ha, measured_ha : float
        Hectares.
    unit : str
        The unit in which the figure was published, one of :data:`AREA_UNITS`.

    Returns
    -------
    (str, float) or None
        A name such as ``sqft_as_m2`` (square feet given as square metres), ``wan_left_out`` or
        ``thousand_too_many``, and the factor by which the figure is too great; None if no factor
        is within 3 % of the ratio.

    Examples
    --------
    >>> slip(hectares(1_076_391, "m2"), 10.0, "m2")
    ('sqft_as_m2', 10.763910416709722)
    """
    if min(said_ha, measured_ha) <= 0:
        return None
    gaps = {key: abs(log(said_ha / measured_ha / by)) for key, by in _slips(unit).items()}
    likely = min(gaps, key=lambda key: round(gaps[key], 9))  # of two equal ones the first
    return (likely, _slips(unit)[likely]) if gaps[likely] < _NEAR else None


def alike(name: str, unit: str) -> list[str]:
    """Name the other mistakes that leave the same factor behind, which no figure tells apart.

    Parameters
    ----------
    name, unit : str
        A slip that :func:`slip` named, and the unit of the figure.

    Returns
    -------
    list of str
        Names of slips, none if there is no other.

    Examples
    --------
    >>> alike("ha_as_m2", "m2")
    ['wan_left_out']
    """
    every = _slips(unit)
    return [other for other, by in every.items() if other != name and isclose(by, every[name])]


def _slips(unit: str) -> Mapping[str, float]:
    """Return by what each slip multiplies a figure in a unit; those of units come first."""
    others = {f"{name}_as_{unit}": hectares(1, unit) / hectares(1, name) for name in AREA_UNITS}
    others.pop(f"{unit}_as_{unit}")
    many = {f"{name}_too_many": times for name, times in _TIMES.items()}
    return others | many | {f"{name}_left_out": 1 / times for name, times in _TIMES.items()}
