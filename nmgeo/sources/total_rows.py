"""Rows of totals below a table, as offices write them: they are no features."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pyarrow as pa

from nmgeo.errors import notify
from nmgeo.messages import list_all, text
from nmgeo.sources import gdal
from nmgeo.sources.describe import Description
from nmgeo.sources.shapefile_text import decode_table
from nmgeo.sources.source import GEOMETRY

_DRIVERS: Final = ("CSV", "ODS", "XLSX")
_LONGEST: Final = 40  # characters of a cell
_SPACED: Final = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")  # as in 合　計
_MOST: Final = 20  # rows without coordinates at the end that are looked at
_WORD: Final = (
    r"(?:(?:grand|sub|overall)[- ]?)?totals?|sum|sums|sub[- ]?sum"
    r"|[合總总共小][計计數数]|總和|总和|總共|总共"
)
_TOTAL: Final = re.compile(rf"(?:{_WORD})(?:[ /(（]*(?:{_WORD})[)）]?)?\s*[:：]?", re.IGNORECASE)


def without_totals(table: pa.Table, seen: Description, row: int) -> pa.Table:
    """Return rows that a source reads, from a row on, without those that are no features.

    Parameters and warnings are those of :func:`keep_features`.
    """
    kept = keep_features(seen, row, np.asarray(table[GEOMETRY].is_null()))
    return table if kept.all() else table.filter(pa.array(kept))


def keep_features(seen: Description, row: int, lost: np.ndarray) -> np.ndarray:
    """Tell which rows of a table are features: all but totals at its end without coordinates.

    Parameters
    ----------
    seen : Description
        The table.
    row : int
        The first of the rows, from 0.
    lost : array of bool, n
        Which of them have no geometry.

    Returns
    -------
    array of bool, n

    Warns
    -----
    Notice
        Which rows are left out.
    """
    kept = np.ones(len(lost), dtype=bool)
    placed = np.flatnonzero(~lost)
    first = int(placed[-1]) + 1 if len(placed) else 0
    count = len(lost) - first
    if seen.driver not in _DRIVERS or not 0 < count <= _MOST or not (row or first):
        return kept
    totals = _totals(_cells(seen, row + first, _MOST + 1), count)
    kept[[first + place for place in totals]] = False
    if named := [_named(row + first + place, word) for place, word in totals.items() if word]:
        told = text("totals without coordinates left out: {rows}", rows=list_all(named))
        said = text("{file}: {told}", file=seen.file, told=told)
        notify(said, fact=said)
    return kept


def _named(row: int, word: str) -> str:
    return text("row {row} below the headings ({word})", row=row + 1, word=word)


def _cells(seen: Description, row: int, count: int) -> Iterable[tuple[Any, ...]]:
    """Read all cells of some rows, also of columns that were not asked for."""
    some: dict[str, Any] = {"skip_features": row, "max_features": count, **seen.options}
    table = gdal.read_table(seen.path, seen.layer, read_geometry=False, **some)[1]
    columns = decode_table(table, seen.codec).to_pydict().values()
    return zip(*columns, strict=True)


def _totals(rows: Iterable[tuple[Any, ...]], count: int) -> dict[int, str]:
    """Return the words of the first rows that are totals, empty for blank rows beside them.

    None of them are if others follow behind ``count`` rows, as in a table that is read in parts.
    """
    words = [_word(cells) for cells in rows]
    if None in words[count:] or len(words) > _MOST:
        return {}
    found = {place: word for place, word in enumerate(words[:count]) if word is not None}
    return found if any(words) else {}


def _word(cells: tuple[Any, ...]) -> str | None:
    """Return what makes a row a total: its first cell. Empty if it is blank, None if it is neither.

    A later cell that says so may be an attribute of a feature.
    """
    filled = (one for one in cells if str("" if one is None else one).strip())
    if (first := next(filled, None)) is None:
        return ""
    is_short = isinstance(first, str) and len(first) <= _LONGEST
    return first.strip() if is_short and _TOTAL.fullmatch(_plain(first)) else None


def _plain(cell: str) -> str:
    """Return a cell without wide letters, and without blanks between Chinese ones."""
    return _SPACED.sub("", unicodedata.normalize("NFKC", cell)).strip()
