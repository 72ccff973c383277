"""What the rows of a batch say of each site, as columns of Arrow."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.arrow_columns import one_array
from nmgeo.formats.rows import to_arrow
from nmgeo.measures.distance_uncertainty import known_metres
from nmgeo.measures.fast.spatial_index import Floats
from nmgeo.names import add_names
from nmgeo.records.sites import AS_GIVEN, OUTLINE_COLUMNS, add_site_columns
from nmgeo.scale.seen_ids import hash_texts
from nmgeo.sources.accuracy import require_accuracies
from nmgeo.sources.ids import index_by_id
from nmgeo.sources.standard_columns import add_standard_columns
from nmgeo.translations import Lang

_ID, _GEOMETRY = "id", "geometry"


class SiteFacts(NamedTuple):
    """What is said of n sites.

    Attributes
    ----------
    columns : dict of Array
        :data:`nmgeo.records.sites.OUTLINE_COLUMNS`, by name.
    accuracy_m : array, metres
        NaN if not known.
    """

    columns: dict[str, pa.Array]
    accuracy_m: Floats

    def __len__(self) -> int:
        """Count the sites."""
        return len(self.accuracy_m)

    def take(self, rows: Any) -> dict[str, Any]:
        """Return the columns at some rows; what stands in two columns is moved once."""
        moved = {id(column): column.take(rows) for column in self.columns.values()}
        return {name: moved[id(column)] for name, column in self.columns.items()}


def facts_of_table(table: pa.Table, lang: Lang, batch: str) -> SiteFacts:
    """Return what is said of the sites of a batch, as the file holds it.

    Parameters
    ----------
    table : Table, n rows
        From :meth:`nmgeo.sources.batches.Part.batches`.
    lang : {"en", "tc", "sc"}
        Language of the names.
    batch : str
        What to call it in a message.

    Returns
    -------
    SiteFacts
        As :func:`facts_of_frame`.

    Raises
    ------
    LayerError
        If an id is missing or stands twice, or an accuracy is none.
    """
    told = [name for name in table.column_names if name not in (_ID, _GEOMETRY)]
    ids = one_array(table[_ID])
    if told or not _are_ids(ids):
        sites = index_by_id(table.select([_ID, *told]).to_pandas(), _ID, batch)
        require_accuracies(sites, batch)
        return facts_of_frame(sites, lang)
    return _facts_of_ids(ids)


def facts_of_frame(sites: pd.DataFrame, lang: Lang) -> SiteFacts:
    """Return what is said of sites, which are indexed by id: its names, its basis, its accuracy."""
    bare: Any = sites.drop(columns=_GEOMETRY, errors="ignore")
    if bare.columns.empty:
        return _facts_of_ids(pa.array(bare.index, pa.string()))
    named = add_names(add_site_columns(add_standard_columns(bare), keyed=False), lang)
    told = to_arrow(pd.DataFrame(named[OUTLINE_COLUMNS]))
    accuracy_m = known_metres(named["accuracy_m"])
    return SiteFacts({name: one_array(told[name]) for name in OUTLINE_COLUMNS}, accuracy_m)


def _facts_of_ids(ids: pa.Array) -> SiteFacts:
    """Return what is said of sites of which their ids alone are known."""
    as_given = pa.repeat(AS_GIVEN, len(ids))
    columns = dict(zip(OUTLINE_COLUMNS, (ids, as_given, ids), strict=True))
    return SiteFacts(columns, np.full(len(ids), np.nan))


def _are_ids(ids: pa.Array) -> bool:
    """Tell whether all are there and differ; which one does not, a frame tells."""
    is_blank = pc.any(pc.equal(pc.utf8_trim_whitespace(ids), "")).as_py()
    return not ids.null_count and not is_blank and _all_differ(ids)


def _all_differ(ids: pa.Array) -> bool:
    """Tell whether no id stands twice: where two hashes are equal, the texts are compared."""
    hashes = np.sort(hash_texts(ids))
    return bool((hashes[1:] != hashes[:-1]).all()) or pc.count_distinct(ids).as_py() == len(ids)
