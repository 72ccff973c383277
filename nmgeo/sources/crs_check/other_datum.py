"""Recognise the HK80 grid that a file states on a datum that is not its own."""

import numpy as np
from pyproj import CRS

from nmgeo.crs import HK80


def is_grid_on_other_datum(crs: CRS) -> bool:
    """Tell whether a CRS has the projection of the HK80 grid on an ellipsoid that is not its own.

    GDAL writes the HK80 grid so to MapInfo files, which have no number for its datum: read as it
    stands, everything is moved by about 300 m.
    """
    if not crs.is_projected or crs.is_bound or crs.coordinate_operation is None:
        return False
    given, grid = crs.coordinate_operation.params, HK80.coordinate_operation
    own = [value.value for value in grid.params] if grid else []
    values = [value.value for value in given]
    same_projection = len(values) == len(own) and np.allclose(values, own, rtol=1e-9, atol=1e-6)
    return bool(same_projection) and not _same_ellipsoid(crs)


def _same_ellipsoid(crs: CRS) -> bool:
    one, other = crs.ellipsoid, HK80.ellipsoid
    return bool(one and other and one.semi_major_metre == other.semi_major_metre)
