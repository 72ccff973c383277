"""Rings of batches of points, counted on coordinates: without a geometry for each site."""

import numpy as np
import pyarrow as pa

from nmgeo import crs
from nmgeo.commands.ring_contents import counted_features, counts_in_rings
from nmgeo.commands.ring_distances import counted_edges
from nmgeo.formats.rows import GEOMETRY, to_arrow
from nmgeo.measures.fast.count_grid import CountGrid
from nmgeo.measures.fast.polynomials import OUT_M
from nmgeo.measures.fast.spatial_index import Floats
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.places import Places
from nmgeo.scale.site_facts import SiteFacts
from nmgeo.sources.layers import read_layer, say_unknown_statuses
from nmgeo.wkb import write_points


class RingPoints:
    """The features within each distance of many points, with the rows of :func:`nmgeo.rings`.

    Parameters
    ----------
    measure : BatchMeasure
        For which :meth:`fits` is true.
    """

    def __init__(self, measure: BatchMeasure) -> None:
        """Index the features of each layer that is counted."""
        edges = counted_edges(measure.asked[0], cumulative=measure.options.get("cumulative", False))
        self._from_m, self._to_m = map(np.array, edges)
        self._reaches = np.unique(edges)  # the first is 0, within which none is counted
        self._schema = to_arrow(measure.rows_of_none).schema.append(GEOMETRY)
        self._grids = {}
        for layer in measure.layers:
            others = read_layer(measure.catalog, layer)
            say_unknown_statuses(others, layer)
            for what, features in counted_features(others).items():
                if (name := f"{layer}_{what}") in self._schema.names:
                    shapes = crs.to_hk80(features).to_numpy()
                    limits_m = self._reaches[1:] + crs.NOISE_M
                    self._grids[name] = CountGrid(shapes, limits_m, crs.window_of_hk80(), OUT_M)

    @staticmethod
    def fits(measure: BatchMeasure) -> bool:
        """Whether features are counted by their distance alone."""
        return measure.command == "rings" and bool(measure.options.get("counts_only"))

    def rows(self, places: Places, coordinates: Floats, sites: SiteFacts) -> pa.Table:
        """Return the rows of points, by site and then by distance.

        Parameters
        ----------
        places : Places
            Of n points within Hong Kong's window.
        coordinates : array, n x 2
            The same in the CRS of the rows: in WGS 84 or :data:`nmgeo.crs.HK80`.
        sites : SiteFacts
            Of n sites.
        """
        each = len(self._to_m)
        row = pa.array(np.repeat(np.arange(len(sites)), each))
        columns = sites.take(row) | {
            "from_m": np.tile(self._from_m, len(sites)),
            "to_m": np.tile(self._to_m, len(sites)),
            "accuracy_m": pa.array(np.repeat(sites.accuracy_m, each), from_pandas=True),
            "geometry": write_points(coordinates).take(row),
        }
        rough = places.rough
        for name, grid in self._grids.items():
            found = np.pad(grid.counts(rough, places.at), ((0, 0), (1, 0)))
            every, edges = slice(None), (self._from_m, self._to_m)
            columns[name] = counts_in_rings(found, self._reaches, every, *edges).ravel()
        return pa.table([columns[name] for name in self._schema.names], schema=self._schema)
