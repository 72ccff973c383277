"""The layer of near in batches, and what its rows say besides the lines, as columns of Arrow."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.commands.near_remarks import RowFacts, are_known, remark_texts
from nmgeo.commands.near_rows import NearRows
from nmgeo.formats.rows import to_arrow
from nmgeo.measures.distance_uncertainty import distance_range_m, known_error_m, known_metres
from nmgeo.names import add_names, distinct_names
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.site_facts import SiteFacts
from nmgeo.sources.layers import read_layer
from nmgeo.sources.opening import are_open


class NearLayer:
    """The features that distances are measured to, with the rows of :func:`nmgeo.near`.

    Parameters
    ----------
    measure : BatchMeasure
        For which :meth:`fits` is true.

    Attributes
    ----------
    tree : STRtree
        Of the features, in :data:`nmgeo.crs.HK80`.
    """

    def __init__(self, measure: BatchMeasure) -> None:
        """Keep what is said of each feature."""
        self._lang = measure.lang
        origin = measure.options.get("origin", "edge")
        self._same = {"layer": measure.asked[0], "origin": origin}
        others = add_names(read_layer(measure.catalog, measure.asked[0]), self._lang)
        self._called = distinct_names(others["name"]).tolist()
        self.tree = shapely.STRtree(crs.to_hk80(others).to_numpy())
        told = pd.DataFrame({"id": others.index, "name": others["name"].array})
        told = to_arrow(told.assign(status=others["status"].array, opens=others["opens"].array))
        self._far = {name: _with_null(told[name]) for name in told.column_names}
        self._opens = told["opens"].cast(pa.int64()).fill_null(0).to_numpy()
        self._is_open = are_open(others["status"]).to_numpy()
        self._accuracy_m = np.append(known_metres(others["accuracy_m"]), np.nan)
        self._schema = to_arrow(measure.rows_of_none).schema

    @staticmethod
    def fits(measure: BatchMeasure, options: frozenset[str]) -> bool:
        """Whether one row a site is asked for, of features of any kind but collections.

        ``options`` are those that may be given.
        """
        if measure.command != "near" or not set(measure.chosen) <= options:
            return False
        shapes = read_layer(measure.catalog, measure.asked[0]).geometry.to_numpy()
        mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
        gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        return not gone.all() and not mixed.any()

    def rows(self, found: NearRows, sites: SiteFacts, lines: pa.Array) -> pa.Table:
        """Return rows, one a site.

        Parameters
        ----------
        found : NearRows
            Of n sites.
        sites : SiteFacts
            Of n sites.
        lines : Array of binary, n
            The shortest lines as WKB.
        """
        columns = {**self._columns(found, sites), "geometry": lines}
        return pa.table([columns[name] for name in self._schema.names], schema=self._schema)

    def _columns(self, found: NearRows, sites: SiteFacts) -> dict[str, Any]:
        """Return all columns but the lines."""
        numbers = self._numbers(found, sites.accuracy_m)
        pairs = found.pairs
        facts = RowFacts(
            self._opens[pairs.found],
            self._is_open[pairs.found],
            are_known(found, sites.accuracy_m, self._accuracy_m[:-1]),
            *(numbers[name] for name in RowFacts._fields[3:]),
        )
        return {
            **sites.columns,
            **{name: pa.repeat(text, len(sites)) for name, text in self._same.items()},
            **{name: pa.array(values, from_pandas=True) for name, values in numbers.items()},
            **self._names(pairs.found, pairs.following),
            "ties": pa.array(pairs.ties),
            "remark": remark_texts(facts, found, self._called, self._lang),
        }

    def _numbers(self, found: NearRows, near_m: Any) -> dict[str, Any]:
        """Return all columns in metres."""
        pairs = found.pairs
        far_m, next_far_m = self._accuracy_m[pairs.found], self._accuracy_m[pairs.following]
        out_m = known_error_m(near_m, far_m)
        return {
            "nearest_m": pairs.gap_m,
            "accuracy_m": out_m,
            **distance_range_m(pairs.gap_m, out_m),
            "next_further_m": pairs.next_further_m,
            "next_accuracy_m": known_error_m(out_m, known_error_m(near_m, next_far_m)),
            "site_accuracy_m": near_m,
            "nearest_accuracy_m": far_m,
        }

    def _names(self, found: Any, following: Any) -> dict[str, pa.Array]:
        """Return what is said of the nearest feature, and the id of the next."""
        to, after = pa.array(found), pa.array(np.where(following < 0, len(self._called), following))
        ends = {f"nearest_{name}": column.take(to) for name, column in self._far.items()}
        ends["nearest_opens"] = ends["nearest_opens"].cast(pa.int64())
        return {**ends, "next_id": self._far["id"].take(after)}


def _with_null(column: pa.ChunkedArray) -> pa.Array:
    """Return a column with a null at its end, for what is not there."""
    return pa.concat_arrays([*column.chunks, pa.nulls(1, column.type)])
