"""Inside for batches of polygons: sites whose boxes meet no feature are told from these alone.

What the command says of a site that meets nothing is the same for all such sites, but for what
tells them. So one of them is measured with those that may meet a feature, and its row is repeated.
"""

from threading import Lock
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.arrow_columns import one_array
from nmgeo.commands.zones import split_classes
from nmgeo.crs import System
from nmgeo.formats.rows import GEOMETRY, to_arrow, to_wkb
from nmgeo.measures.distance_uncertainty import known_metres
from nmgeo.measures.fast.kernels import prepared_copies
from nmgeo.measures.fast.spatial_index import Floats, Positions
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.outlines import Outlines
from nmgeo.scale.site_facts import SiteFacts
from nmgeo.sources.distant_features import near_box
from nmgeo.sources.layers import read_layer

_SLACK_M: Final = 5.0  # round a feature, since edges bend where another CRS draws them straight
_BEND_M: Final = 5e7  # an edge bends by the square of its length over this at most
_NARROW: Final = 0.05  # of the window's width: edges of wider sites bend more than the slack
_INNER: Final = 0.01  # of the window's width, beyond which a site is certainly in the window
_WIDER: Final = 1.1  # since the units of a CRS in degrees are not as long everywhere
_SIDE: Final = 1_024  # cells along the window, of which each knows whether a feature may be in it
_PREPARED: Final = Lock()  # what GEOS keeps of a shape is made by the first that asks
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class _Grown(NamedTuple):
    """Boxes of features that are grown by a reach, in the CRS of a file.

    Attributes
    ----------
    sums : array of int
        How many cells they meet, of those before a column and a line.
    tree : STRtree
        The boxes.
    more : array of 4
        What a box changes by at most when it is grown as much.
    """

    sums: Positions
    tree: shapely.STRtree
    more: Floats


class SitesApart:
    """The sites of a batch that meet no feature of a layer, with the rows of :func:`nmgeo.inside`.

    Parameters
    ----------
    measure : BatchMeasure
        For which :meth:`fits` is true.
    system : System
        How the numbers of the file are read.
    """

    def __init__(self, measure: BatchMeasure, system: System) -> None:
        """Keep the features, and their boxes."""
        features = read_layer(measure.catalog, str(measure.asked[0]))
        accuracy_m = known_metres(features["accuracy_m"])
        self._system, self._accuracy_m = system, float(np.nan_to_num(accuracy_m).max(initial=0.0))
        boxes = shapely.bounds(crs.to_hk80(features).to_numpy())
        side = np.maximum(*(boxes[:, 2:] - boxes[:, :2]).T)
        self._near_box = near_box(system.crs)
        self._by_reach: dict[float, _Grown] = {}
        there = crs.transform(features.geometry, system.crs).to_numpy()
        self._shapes = prepared_copies(there, at_least=0)
        self._boxes_m = boxes + (_SLACK_M + side**2 / _BEND_M)[:, np.newaxis] * [-1, -1, 1, 1]

    @staticmethod
    def fits(measure: BatchMeasure, system: System) -> bool:
        """Whether sites are measured by feature, of a file whose numbers are those of its CRS."""
        plain = not system.swapped and not system.shifted
        return measure.command == "inside" and plain and split_classes(measure.asked[0])[1] is None

    def find(self, table: pa.Table, sites: SiteFacts) -> Mask:
        """Tell which sites are valid polygons within the window that meet no feature.

        Parameters
        ----------
        table : Table, n rows
            From :meth:`nmgeo.sources.batches.Part.batches`.
        sites : SiteFacts
            Of n sites.
        """
        found = Outlines(table["geometry"])
        reach_m = self._accuracy_m + float(np.nan_to_num(sites.accuracy_m).max(initial=0.0))
        boxes = found.boxes
        apart = found.is_polygon & self._lies_well(boxes)
        rows = np.flatnonzero(apart)
        apart[rows[self._near(boxes[rows], reach_m)]] = False
        rows = np.flatnonzero(apart)
        apart[rows[~found.are_valid(rows)]] = False
        return np.asarray(apart)

    def _lies_well(self, boxes: Floats) -> Any:
        """Tell which boxes are narrow and well within the window."""
        west, south, east, north = self._system.window
        margin, least = _INNER * (east - west), boxes.T
        inside = (least[0] > west + margin) & (least[1] > south + margin)
        inside &= (least[2] < east - margin) & (least[3] < north - margin)
        narrow = np.maximum(least[2] - least[0], least[3] - least[1]) < _NARROW * (east - west)
        west, south, east, north = self._near_box  # what lies outside is measured, and said
        inside &= (least[0] > west) & (least[1] > south) & (least[2] < east) & (least[3] < north)
        return inside & narrow

    def _near(self, boxes: Floats, reach_m: float) -> Any:
        """Return which boxes meet a feature, when grown by a reach."""
        sums, tree, more = self._grown(reach_m)
        x, y, last_x, last_y = self._cells_of(boxes)
        end_x, end_y = last_x + 1, last_y + 1
        taken = sums[end_y, end_x] - sums[y, end_x] - sums[end_y, x] + sums[y, x]
        some = np.flatnonzero(taken)
        site, feature = tree.query(shapely.box(*boxes[some].T))
        around = shapely.box(*(boxes[some[site]] + more).T)
        with _PREPARED:
            met = shapely.intersects(self._shapes[feature], around)
        return some[np.unique(site[met])]

    def _grown(self, reach_m: float) -> "_Grown":
        """Return the boxes of the features in the CRS of the file, grown by a reach."""
        if reach_m not in self._by_reach:
            west, south, east, north = (self._boxes_m + reach_m * np.array([-1, -1, 1, 1])).T
            x, y = (west, (west + east) / 2, east), (south, (south + north) / 2, north)
            border = np.stack([np.stack([a, b], axis=1) for a in x for b in y], axis=1)
            places = crs.transform_coordinates(border.reshape(-1, 2), crs.HK80, self._system.crs)
            around = places.reshape(border.shape)
            grown = np.hstack([around.min(axis=1), around.max(axis=1)])
            tree = shapely.STRtree(shapely.box(*grown.T))
            change = np.abs(grown - shapely.bounds(self._shapes))
            most = np.fmax.reduce(change, axis=0, initial=0.0) * _WIDER
            sums = _sums_of_cells(self._cells_of(grown))
            self._by_reach[reach_m] = _Grown(sums, tree, most * [-1, -1, 1, 1])
        return self._by_reach[reach_m]

    def _cells_of(self, boxes: Floats) -> Positions:
        """Return the columns and lines of the first and the last cell that boxes meet."""
        west, south, east, north = self._system.window
        low, size = np.array([west, south] * 2), np.array([east - west, north - south] * 2)
        cells = np.floor((boxes - low) * (_SIDE / size))
        return np.asarray(np.clip(cells, 0, _SIDE - 1).astype(np.intp).T)

    def join(
        self,
        table: pa.Table,
        sites: SiteFacts,
        apart: Mask,
        measured: gpd.GeoDataFrame,
        place: Positions,
    ) -> pa.Table:
        """Return the rows of all sites, in their order.

        Parameters
        ----------
        table, sites
            As for :meth:`find`.
        apart : array of bool
            From :meth:`find`.
        measured : GeoDataFrame
            The rows of all other sites and of :func:`examples`.
        place : array of int
            The site of each of them, from 0.
        """
        rows = to_arrow(measured)
        others = np.flatnonzero(apart)
        examples_at, unknown = np.flatnonzero(apart[place]), np.isnan(sites.accuracy_m).astype(int)
        alike = np.zeros(2, dtype=np.intp)  # the rows of sites whose accuracy is known, and is not
        alike[unknown[place[examples_at]]] = examples_at
        kept = np.flatnonzero(~apart[place])
        at = np.concatenate([place[kept], others])
        order = np.argsort(at, kind="stable")
        site, row = pa.array(at[order]), np.concatenate([kept, alike[unknown[others]]])[order]
        told = sites.take(site)
        told["site_accuracy_m"] = pa.array(sites.accuracy_m[at[order]], from_pandas=True)
        drawn, start = self._drawn(table["geometry"], others)
        shapes = pa.chunked_array([*drawn.chunks, *rows[GEOMETRY.name].chunks], pa.binary())
        found = np.concatenate([kept + len(drawn), start])[order]
        told[GEOMETRY.name] = one_array(shapes).take(pa.array(found))
        repeated = rows.drop_columns(list(told)).take(pa.array(row))
        columns = [told[name] if name in told else repeated[name] for name in rows.column_names]
        return pa.table(columns, schema=rows.schema)

    def _drawn(self, shapes: pa.ChunkedArray, rows: Positions) -> tuple[Any, Positions]:
        """Return polygons in the CRS of the rows, and where some are; all if nothing moves."""
        target = crs.drawn_crs(self._system)
        if self._system.crs == target:
            return shapes.cast(pa.binary()), rows
        built = gpd.GeoSeries(shapely.from_wkb(shapes.take(rows).to_numpy()), crs=self._system.crs)
        drawn = to_wkb(crs.transform(built, target).to_numpy())
        return pa.chunked_array([drawn]), np.arange(len(rows))


def examples(apart: Mask, sites: SiteFacts) -> Mask:
    """Choose one of the sites apart whose accuracy is known, and one where it is not."""
    chosen = np.zeros(len(apart), dtype=bool)
    unknown = np.isnan(sites.accuracy_m)
    for wanted in (True, False):
        chosen[np.flatnonzero(apart & (unknown == wanted))[:1]] = True
    return chosen


def _sums_of_cells(taken: Positions) -> Positions:
    """Count the cells that are taken, of those before each column and line."""
    counts = np.zeros((_SIDE + 1, _SIDE + 1), dtype=np.int32)
    for x, y, last_x, last_y in taken.T:
        counts[y + 1 : last_y + 2, x + 1 : last_x + 2] = 1
    return np.asarray(counts.cumsum(axis=0).cumsum(axis=1))
