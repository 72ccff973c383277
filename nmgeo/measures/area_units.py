"""Areas in square metres or square feet, in columns whose names end in the unit."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from nmgeo.columns import in_area_unit
from nmgeo.translations import AreaUnit
from nmgeo.units import from_hectares

HECTARES: Final = "ha"
_SEVERAL: Final = "; "  # between the areas of a text
_DIGITS: Final = 12  # significant digits that are no noise of the conversion


def convert_areas(rows: pd.DataFrame, unit: AreaUnit) -> pd.DataFrame:
    """Convert the areas of a table from hectares, and call their columns after the unit.

    Parameters
    ----------
    rows : DataFrame, n rows
        Columns whose names end in ``_ha``; ``value`` is converted where ``unit`` is ``ha``.
    unit : {"ha", "m2", "sqft"}
        Hectares, square metres or square feet (international foot).

    Returns
    -------
    DataFrame, n rows
        A copy, its ``attrs`` too; the same table if the unit is ``ha``.
    """
    if unit == HECTARES:
        return rows
    names = {name: in_area_unit(name, unit) for name in map(str, rows.columns)}
    changed = {n: rows[n].map(lambda v: _converted(v, unit)) for n, to in names.items() if n != to}
    if {"value", "unit"} <= set(rows.columns):
        changed |= _beside_unit(rows, unit)
    return rows.assign(**changed).rename(columns=names)


def convert_totals(land: Mapping[str, float], unit: AreaUnit) -> dict[str, float]:
    """Convert totals in hectares, such as those of :func:`nmgeo.land`, as :func:`convert_areas`."""
    return {in_area_unit(n, unit): from_hectares(value, unit) for n, value in land.items()}


def _beside_unit(rows: pd.DataFrame, unit: AreaUnit) -> dict[str, pd.Series]:
    """Convert the numbers beside the unit ``ha``; a text is a quotation, and stays as it is."""
    is_area = (rows["unit"] == HECTARES) & ~rows["value"].map(lambda v: isinstance(v, str))
    both = zip(rows["value"], is_area, strict=True)
    values = [_converted(value, unit) if area else value for value, area in both]
    changed = {"value": pd.Series(values, rows.index), "unit": rows["unit"].mask(is_area, unit)}
    for name in {"item", "measure"}.intersection(rows):
        changed[name] = rows[name].str.replace(f"_{HECTARES}$", f"_{unit}", regex=True)
    return changed


def _converted(value: Any, unit: AreaUnit) -> Any:
    """Convert a number, or the numbers of a text; what is missing stays so."""
    if isinstance(value, str):
        if not value:
            return value
        return _SEVERAL.join(f"{_converted(float(v), unit):.15g}" for v in value.split(_SEVERAL))
    if pd.isna(value):
        return value
    return float(f"{from_hectares(float(value), unit):.{_DIGITS}g}")
