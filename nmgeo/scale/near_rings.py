"""Near for batches of polygons without holes: on coordinates, with few of them as geometries."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.commands.near_rows import NearRows, rows_of_pairs
from nmgeo.crs import System
from nmgeo.measures.distances import shortest_lines
from nmgeo.measures.fast import kernels
from nmgeo.measures.fast.rings import Rings, nearest_places
from nmgeo.measures.fast.spatial_index import Floats
from nmgeo.measures.k_nearest import rank_two
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.near_layer import NearLayer
from nmgeo.scale.outlines import are_valid_rings
from nmgeo.scale.site_facts import SiteFacts
from nmgeo.sources.distant_features import is_within_extent
from nmgeo.wkb import write_lines

_OPTIONS: Final = frozenset({"lang"})  # that change no way of measuring
_TOUCH_M: Final = 1e-6  # up to which GEOS tells whether a point is inside or on the edge


class NearRings:
    """The nearest feature of a layer to each of many polygons, with the rows of :func:`nmgeo.near`.

    Parameters
    ----------
    measure : BatchMeasure
        For which :meth:`fits` is true.
    system : System
        How the numbers of the file are read.
    """

    def __init__(self, measure: BatchMeasure, system: System) -> None:
        """Keep the features, and the places of those that are points."""
        self._layer, self._system = NearLayer(measure), system
        shapes = self._layer.tree.geometries
        is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
        is_point &= ~shapely.is_empty(shapes)
        self._places = np.full((len(shapes), 2), np.nan)
        self._places[is_point] = shapely.get_coordinates(shapes[is_point])

    @staticmethod
    def fits(measure: BatchMeasure) -> bool:
        """Whether one row a site is asked for, from its edge, of features but collections."""
        return NearLayer.fits(measure, _OPTIONS)

    def place(self, rings: Rings) -> Rings | None:
        """Return polygons in :data:`nmgeo.crs.HK80`, None if there is anything to say of one.

        That is, if one has to be repaired, or lies well outside Hong Kong.

        Parameters
        ----------
        rings : Rings
            In the CRS of the file, x before y.
        """
        there = self._system.crs
        if not np.isfinite(rings.xy).all() or not rings.are_closed:
            return None
        if not is_within_extent(rings.boxes, there) or not are_valid_rings(rings).all():
            return None
        if there == crs.HK80:
            return rings
        return Rings(crs.transform_coordinates(rings.xy, there, crs.HK80), rings.starts)

    def measure(self, placed: Rings) -> NearRows:
        """Find the nearest feature of each of the polygons in :data:`nmgeo.crs.HK80`."""
        sites = placed if kernels.is_compiled(len(placed)) else placed.shapes
        tree = self._layer.tree
        two = kernels.nearest_two(sites, tree.geometries, noise_m=crs.NOISE_M)
        pairs = rank_two(two, placed.__getitem__, tree)
        return rows_of_pairs(pairs, len(placed), None, single=True)

    def rows(self, placed: Rings, found: NearRows, sites: SiteFacts) -> pa.Table:
        """Return the rows of polygons, of which :meth:`measure` gave the nearest features."""
        lines = self._lines(placed, found)
        if crs.drawn_crs(self._system) != crs.HK80:
            lines = crs.to_wgs84(lines.reshape(-1, 2)).reshape(-1, 4)
        return self._layer.rows(found, sites, write_lines(lines[:, :2], lines[:, 2:]))

    def _lines(self, placed: Rings, found: NearRows) -> Floats:
        """Return the ends of the shortest lines, n x 4; those to no points are drawn by GEOS."""
        feature, lines = found.pairs.found, np.empty((len(placed), 4))
        lines[:, 2:] = self._places[feature]
        is_plain = (found.pairs.gap_m > _TOUCH_M) & ~np.isnan(lines[:, 2])
        if is_plain.any():
            anywhere = placed.xy[placed.starts[:-1]]
            ends = np.where(is_plain[:, np.newaxis], lines[:, 2:], anywhere)
            lines[:, :2] = nearest_places(placed, ends)
        others: Any = np.flatnonzero(~is_plain)
        if len(others):
            drawn = shortest_lines(placed[others], self._layer.tree.geometries[feature[others]])
            lines[others] = shapely.get_coordinates(drawn).reshape(-1, 4)
        return lines
