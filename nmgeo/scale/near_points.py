"""Near for batches of points: on coordinates, without a geometry for each site."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.commands.near_rows import NearRows, rows_of_pairs
from nmgeo.measures.distances import shortest_lines
from nmgeo.measures.fast.edge_grid import EdgeGrid
from nmgeo.measures.fast.polynomials import to_wgs84_by_polynomials
from nmgeo.measures.fast.spatial_index import Floats
from nmgeo.measures.k_nearest import rank_two
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.near_layer import NearLayer
from nmgeo.scale.places import Places
from nmgeo.scale.site_facts import SiteFacts
from nmgeo.wkb import write_lines

_OPTIONS: Final = frozenset({"lang", "origin"})  # that change no way of measuring


class NearPoints:
    """The nearest feature of a layer to each of many points, with the rows of :func:`nmgeo.near`.

    Parameters
    ----------
    measure : BatchMeasure
        For which :meth:`fits` is true.
    """

    def __init__(self, measure: BatchMeasure) -> None:
        """Index the edges of the layer."""
        self._layer = NearLayer(measure)
        shapes = self._layer.tree.geometries
        self._grid = EdgeGrid(shapes, crs.window_of_hk80(), crs.NOISE_M)

    @staticmethod
    def fits(measure: BatchMeasure) -> bool:
        """Whether one row a site is asked for, of features of any kind but collections."""
        return NearLayer.fits(measure, _OPTIONS)

    def rows(self, places: Places, coordinates: Floats, sites: SiteFacts) -> pa.Table:
        """Return the rows of points.

        Parameters
        ----------
        places : Places
            Of n points within Hong Kong's window.
        coordinates : array, n x 2
            The same in the CRS of the rows: in WGS 84 or :data:`nmgeo.crs.HK80`.
        sites : SiteFacts
            Of n sites.
        """
        points = places.rough
        two = self._grid.nearest_two(points)
        pairs = rank_two(two, lambda rows: shapely.points(points[rows]), self._layer.tree)
        found = rows_of_pairs(pairs, len(points), None, single=True)
        feet = self._feet(points, two.foot, found, np.flatnonzero(two.tied))
        lines = write_lines(coordinates, _feet_drawn(feet, points, coordinates))
        return self._layer.rows(found, sites, lines)

    def _feet(self, points: Any, feet: Any, found: NearRows, tied: Any) -> Any:
        """Return where the shortest lines end; of ties GEOS draws them."""
        if len(tied):
            ends = self._layer.tree.geometries[found.pairs.found[tied]]
            lines = shortest_lines(shapely.points(points[tied]), ends)
            feet[tied] = shapely.get_coordinates(lines)[1::2]
        return feet


def _feet_drawn(feet: Floats, points: Floats, coordinates: Floats) -> Floats:
    """Return the ends of lines in the CRS of the rows; within a polygon it is the point itself."""
    if coordinates is points:
        return feet
    ends = to_wgs84_by_polynomials(feet)
    ends = crs.to_wgs84(feet) if ends is None else ends
    within = np.logical_and(*(feet == points).T)
    ends[within] = coordinates[within]
    return ends
