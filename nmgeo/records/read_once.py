"""Tables that are checked and joined once, until a file of geodata changes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd

from nmgeo import provenance
from nmgeo.catalog import Catalog


def read_once(
    *tables: str,
) -> Callable[[Callable[[Catalog], pd.DataFrame]], Callable[[Catalog], pd.DataFrame]]:
    """Let a function that reads tables keep what it made of the shipped rows.

    It makes it anew once a file of the catalog has changed, for another day on which things were
    known, and for rows of the user.

    Parameters
    ----------
    *tables : str
        Names of the tables that the function reads, which are noted as used each time.
    """

    def wrap(read: Callable[[Catalog], pd.DataFrame]) -> Callable[[Catalog], pd.DataFrame]:
        kept: tuple[Any, pd.DataFrame] | None = None

        @wraps(read)
        def once(catalog: Catalog) -> pd.DataFrame:
            nonlocal kept
            state = _state(catalog)
            if state is None:
                return read(catalog)
            if (before := kept) is None or before[0] != state:
                kept = before = (state, read(catalog))
            provenance.use_catalog(catalog)
            provenance.note_used(*tables)
            return before[1].copy()

        return once

    return wrap


def _state(catalog: Catalog) -> tuple[object, ...] | None:
    """Return what the tables follow from; None if more than the files of the catalog."""
    if catalog.own_rows:
        return None
    records = (*catalog.tables.values(), *catalog.layers.values())
    try:
        files = [(one, (seen := one.path.stat()).st_mtime_ns, seen.st_size) for one in records]
    except OSError:
        return None
    return (catalog.known_on, *files)
