"""Places of a batch on the Hong Kong 1980 Grid: quickly, or as PROJ places them."""

from functools import cached_property
from typing import Final

import numpy as np
from pyproj import CRS

from nmgeo import crs
from nmgeo.bounds import bounds_of, lie_within
from nmgeo.measures.fast.polynomials import to_hk80_by_polynomials
from nmgeo.measures.fast.spatial_index import Floats, Positions

_INNER: Final = 1e-3  # degrees within the edge of the window, where nothing is in doubt


class Places:
    """Points of a batch.

    Parameters
    ----------
    coordinates : array, n x 2
        Finite.
    source : CRS
        What they are in.
    """

    def __init__(self, coordinates: Floats, source: CRS) -> None:
        """Look whether all are well within Hong Kong's window in degrees."""
        self._coordinates, self._source = coordinates, source
        low, high = np.reshape(crs.WINDOW, (2, 2)) + np.array([[_INNER], [-_INNER]])
        ends = bounds_of(coordinates)
        is_well = (ends[:2] > low).all() and (ends[2:] < high).all()
        self._is_well = source == crs.WGS84 and bool(is_well)

    def __len__(self) -> int:
        """Count the points."""
        return len(self._coordinates)

    @property
    def in_window(self) -> bool:
        """Whether all lie within Hong Kong's window."""
        window = np.reshape(crs.window_of_hk80(), (2, 2))
        return self._is_well or lie_within(self.exact, *window)

    @cached_property
    def exact(self) -> Floats:
        """All as PROJ places them, n x 2, metres."""
        return crs.transform_coordinates(self._coordinates, self._source, crs.HK80)

    @cached_property
    def rough(self) -> Floats:
        """All to :data:`nmgeo.measures.fast.polynomials.OUT_M` at least, n x 2, metres."""
        is_quicker = self._is_well and "exact" not in vars(self)
        quick = to_hk80_by_polynomials(self._coordinates) if is_quicker else None
        return self.exact if quick is None else quick

    def at(self, rows: Positions) -> Floats:
        """Return some as PROJ places them, metres."""
        return crs.transform_coordinates(self._coordinates[rows], self._source, crs.HK80)
