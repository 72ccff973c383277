"""Rows as a reader sees them, cell by cell: rounded numbers, and words in place of codes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from nmgeo.columns import Column, all_tables, find_column
from nmgeo.json_values import json_value
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.messages import Text as Message
from nmgeo.outputs.values import PERCENT, PERCENT_DIGITS, in_words, write_number
from nmgeo.translations import AreaUnit, Lang, translate, translate_message


def readable_cells(
    command: str, rows: pd.DataFrame, units: AreaUnit, lang: Lang
) -> list[list[Any]]:
    """Return the cells of the table of a command as a reader sees them, for a workbook.

    Parameters
    ----------
    command : str
        Its name, which names the table.
    rows : DataFrame, n rows
        The table, its areas in ``units``; geometry is left out.
    units : {"ha", "m2", "sqft"}
        Unit of areas.
    lang : {"en", "tc", "sc"}
        Language of words.

    Returns
    -------
    list of n lists
        Text in words; numbers as :class:`decimal.Decimal` with the digits that a table on the
        terminal shows, shares as 0 to 1; None for what is as it is in ``rows``.
    """
    table = all_tables()[command]
    flat = round_distances(rows.drop(columns="geometry", errors="ignore"))
    flat = round_areas(flat, units, exact=table.exact)
    beside = flat["unit"].tolist() if "unit" in flat else [None] * len(flat)
    columns = [
        _cells(str(name), flat[name].tolist(), beside, lang)
        if name not in table.raw
        else [None] * len(flat)
        for name in flat
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _cells(name: str, values: Sequence[Any], beside: Sequence[object], lang: Lang) -> list[Any]:
    return [_cell(name, *cell, lang) for cell in zip(values, beside, strict=True)]


def _cell(name: str, value: Any, unit: object, lang: Lang) -> str | Decimal | None:
    column = find_column(name)
    if isinstance(value, Message):
        return translate_message(value, lang)
    if column is None or json_value(value) is None:
        return None
    if isinstance(value, bool | np.bool_):
        return translate("yes_no", "yes" if value else "no", lang)
    if isinstance(value, str):
        return in_words(column.words, value, lang)
    return _number(column, name, value, unit) if isinstance(value, float | int | Decimal) else None


def _number(column: Column, name: str, value: float | Decimal, unit: object) -> Decimal:
    if column.unit != "share" or isinstance(value, Decimal):
        return Decimal(write_number(name, value, unit))
    per_cent = write_number(name, value * PERCENT, unit, less=PERCENT_DIGITS)
    return Decimal(per_cent).scaleb(-PERCENT_DIGITS)
