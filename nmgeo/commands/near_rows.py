"""Rows of near: each outline with the features that are near it, by position and as columns."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from nmgeo import crs
from nmgeo.measures import distance_origin
from nmgeo.measures.distance_uncertainty import distance_range_m, known_error_m, known_metres
from nmgeo.measures.distances import shortest_lines
from nmgeo.measures.k_nearest import RankedPairs, rank_pairs
from nmgeo.records.sites import OUTLINE_COLUMNS

_FAR: Final = {"nearest_name": "name", "nearest_status": "status"}


class NearRows(NamedTuple):
    """Outlines and the features near them; an outline with nothing near has a row of its own.

    Attributes
    ----------
    pairs : RankedPairs
        Positions of outlines and of features, -1 where there is no feature.
    is_last : array of bool
        Whether the next rank is not listed itself.
    tied : array of object
        Positions of the features that are as near, None where there are no others.
    moment : array of object
        The year that a row answers, None if there was no year.
    """

    pairs: RankedPairs
    is_last: NDArray[np.bool_]
    tied: NDArray[Any]
    moment: NDArray[Any]

    def take(self, rows: Any) -> "NearRows":
        """Return some of the rows."""
        rest = (column[rows] for column in self[1:])
        return NearRows(self.pairs.take(rows), *rest)


def rank_rows(
    shapes: tuple[Any, Any],
    counted: NDArray[np.intp],
    moment: str | None,
    *,
    k: int | None,
    reach_m: float | None,
    accuracies_m: tuple[Any, Any],
    groups: Any = None,
) -> NearRows:
    """Rank what is near each outline; where nothing is, it keeps a row.

    Parameters
    ----------
    shapes : pair of arrays of geometry, EPSG:2326
        The outlines, and all features of the layer.
    counted : array of int
        Positions of the features that count.
    moment : str, optional
        The year that they count in.
    k, reach_m
        As for :func:`nmgeo.measures.k_nearest.rank_pairs`; one row an outline without both.
    accuracies_m : pair of arrays, metres
        Of each outline and of each feature: what may be within reach is listed.
    groups : pair of arrays, optional
        A value of each outline and of each feature; those with the same one are not paired.

    Returns
    -------
    NearRows
        By outline and rank.
    """
    sites, others = shapes
    single = k is None and reach_m is None
    kin = None if groups is None else (groups[0], groups[1][counted])
    ends_m = accuracies_m[0], accuracies_m[1][counted]
    asked: dict[str, Any] = {"reach_m": reach_m, "groups": kin, "accuracies_m": ends_m}
    pairs = rank_pairs(sites, others[counted], k=1 if single else k, **asked)
    among_all = np.append(counted, -1)
    pairs = pairs._replace(found=among_all[pairs.found], following=among_all[pairs.following])
    return rows_of_pairs(pairs, len(sites), moment, single=single)


def rows_of_pairs(pairs: RankedPairs, count: int, moment: str | None, *, single: bool) -> NearRows:
    """Return a row for each pair, or for each outline alone; where nothing is near, a row is added.

    Parameters
    ----------
    pairs : RankedPairs
        Of ``count`` outlines.
    count : int
        How many outlines there are.
    moment : str, optional
        The year that the features count in.
    single : bool
        One row an outline, which says what is as near.

    Returns
    -------
    NearRows
        By outline and rank.
    """
    ends = np.flatnonzero(np.diff(pairs.row, append=count))
    is_last = pairs.rank == np.repeat(pairs.rank[ends], np.diff(ends, prepend=-1))
    tied = np.full(len(pairs.row), None, dtype=object)
    if single:
        firsts = np.flatnonzero(np.diff(pairs.row, prepend=-1))
        for start in firsts[pairs.ties[firsts] > 0]:
            tied[start] = tuple(pairs.found[start : start + pairs.ties[start] + 1])
        pairs, is_last, tied = pairs.take(firsts), is_last[firsts], tied[firsts]
    return _with_all(pairs, is_last, tied, count, moment)


def _with_all(
    pairs: RankedPairs, is_last: Any, tied: Any, count: int, moment: str | None
) -> NearRows:
    """Add a row for each outline that nothing is near to, in its place."""
    if len(pairs.row) == count and (np.diff(pairs.row) > 0).all():  # each has one already
        return NearRows(pairs, is_last, tied, np.full(count, moment, dtype=object))
    bare = np.setdiff1d(np.arange(count), pairs.row)
    none, missing = np.full(len(bare), -1), np.full(len(bare), np.nan)
    added = RankedPairs(bare, none, missing, none, np.zeros_like(none), none, missing)
    every = RankedPairs.join([pairs, added])
    rows = NearRows(
        every,
        np.append(is_last, none > 0),
        np.append(tied, np.full(len(bare), None)),
        np.full(len(every.row), moment, dtype=object),
    )
    return rows.take(np.argsort(every.row, kind="stable")) if len(bare) else rows


def sort_rows(answers: Sequence[NearRows], *, nearest_first: bool) -> NearRows:
    """Put answers together, by the distance of each outline, or in their order; ties keep theirs.

    Parameters
    ----------
    answers : sequence of NearRows
        One for each year that was asked about, of the same outlines.
    nearest_first : bool
        Sort the outlines by the least distance of each.

    Returns
    -------
    NearRows
        The rows of all.
    """
    if len(answers) == 1:
        rows = answers[0]
    else:
        rest = zip(*(answer[1:] for answer in answers), strict=True)
        pairs = RankedPairs.join(answer.pairs for answer in answers)
        rows = NearRows(pairs, *map(np.concatenate, rest))
        rows = rows.take(np.argsort(rows.pairs.row, kind="stable"))
    if not nearest_first:
        return rows
    place = rows.pairs.row
    least = np.full(place.max(initial=-1) + 1, np.inf)
    np.fmin.at(least, place, rows.pairs.gap_m)
    return rows.take(np.lexsort((place, least[place])))


def near_columns(
    rows: NearRows,
    starts: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    shapes: tuple[Any, Any],
    doors: gpd.GeoDataFrame | None,
    *,
    drawn: CRS,
) -> gpd.GeoDataFrame:
    """Return rows as a table: who is nearest, how far, the range that makes, and the line.

    Parameters
    ----------
    rows : NearRows
        From :func:`sort_rows`.
    starts, others : GeoDataFrame, n and m rows
        Where distances begin, and the features, with names and accuracies.
    shapes : pair of arrays of geometry, EPSG:2326
        The geometry of both.
    doors : GeoDataFrame, optional
        The entrances, if distances begin there.
    drawn : CRS
        Of the lines.

    Returns
    -------
    GeoDataFrame, in that CRS
        Indexed by outline, with all that :func:`nmgeo.near` returns but the remark.
    """
    pairs = rows.pairs
    lines = shortest_lines(shapes[0][pairs.row], np.append(shapes[1], [None])[pairs.found])
    table = _ends(pairs, starts, others)
    if doors is not None:
        ways = gpd.GeoSeries(lines, index=table.index, crs=crs.HK80)
        used = distance_origin.entrances_used(doors, table["site_id"], ways)
        table = table.assign(**{str(name): used[name].array for name in used})
    far_m = np.append(known_metres(others["accuracy_m"]), np.nan)
    near_m = known_metres(table["site_accuracy_m"])
    out = known_error_m(near_m, far_m[pairs.found])
    measured = {
        "rank": pd.arrays.IntegerArray(pairs.rank.astype(np.int64), pairs.found < 0),
        "in_year": rows.moment,
        "nearest_m": pairs.gap_m,
        "accuracy_m": out,
        **distance_range_m(pairs.gap_m, out),
        "ties": pairs.ties,
        "next_further_m": pairs.next_further_m,
        "next_accuracy_m": known_error_m(out, known_error_m(near_m, far_m[pairs.following])),
        "nearest_accuracy_m": far_m[pairs.found],
    }
    ways = crs.transform(gpd.GeoSeries(lines, index=table.index, crs=crs.HK80), drawn)
    return gpd.GeoDataFrame(table.assign(**measured), geometry=ways)


def _ends(pairs: RankedPairs, starts: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what is known of the outline and of the feature of each row."""

    def far(values: Any, positions: Any) -> Any:
        return values.take(positions, allow_fill=True)

    known = {name: starts[name].array.take(pairs.row) for name in OUTLINE_COLUMNS}
    known["site_accuracy_m"] = starts["accuracy_m"].array.take(pairs.row)
    known["from_name"] = np.full(len(pairs.row), None, dtype=object)
    known["nearest_id"] = far(others.index.array, pairs.found)
    known["next_id"] = far(others.index.array, pairs.following)
    known |= {column: far(others[name].array, pairs.found) for column, name in _FAR.items()}
    known["nearest_opens"] = pd.array(far(others["opens"].array, pairs.found), dtype="Int64")
    return pd.DataFrame(known, index=starts.index.take(pairs.row))
