"""Outlines made coarse, so that the exact ones cannot be found again: grid, points, hulls.

Every coordinate of a result is a whole multiple of the cell on the Hong Kong 1980 Grid.
"""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.messages import option, text

REACH: Final = 1.5  # cells; how far a generalised outline may lie from the exact one
_MOST_CELLS: Final = 250_000  # of one outline that is drawn cell by cell


def generalised_shapes(frame: gpd.GeoDataFrame, cell_m: float) -> gpd.GeoSeries:
    """Simplify each outline and move its vertices to the nodes of a grid.

    An outline that would be lost or leave the reach is drawn as the cells that it touches.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Left as it is.
    cell_m : float
        Size of a cell, metres.

    Returns
    -------
    GeoSeries, n rows, EPSG:2326
        On the index of ``frame``. Each point of the one lies within :data:`REACH` cells of the
        other, areas filled.

    Raises
    ------
    UsageError
        If the cells are too small for an outline.
    """
    exact = shapely.force_2d(crs.to_hk80(frame).to_numpy())
    coarse = _snapped(shapely.simplify(exact, cell_m / 2), cell_m)
    reach = REACH * cell_m
    near = shapely.covers(shapely.buffer(coarse, reach), exact)
    near &= shapely.covers(shapely.buffer(exact, reach), coarse)
    lost = shapely.is_empty(coarse) | ~near
    lost &= ~(shapely.is_missing(exact) | shapely.is_empty(exact))
    coarse[lost] = [_touched_cells(shape, cell_m) for shape in exact[lost]]
    return gpd.GeoSeries(coarse, index=frame.index, crs=crs.HK80)


def _snapped(shapes: Any, cell_m: float) -> Any:
    """Return valid shapes whose vertices are nodes of the grid.

    GEOS would draw rings around a shape that keeps its grid on that grid too, so it is forgotten.
    """
    return shapely.set_precision(shapely.set_precision(shapes, cell_m), 0)


def _touched_cells(shape: Any, cell_m: float) -> Any:
    """Return the cells of the grid that a shape touches, as one outline."""
    west, south, east, north = np.floor(np.asarray(shapely.bounds(shape)) / cell_m)
    if (east - west + 1) * (north - south + 1) > _MOST_CELLS:
        wrong = text("cells of {cell:g} m are too small for an outline", cell=cell_m)
        raise UsageError(option("generalise"), wrong, text("name a larger one, such as 500m"))
    columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    left, bottom = columns.ravel() * cell_m, rows.ravel() * cell_m
    cells = shapely.box(left, bottom, left + cell_m, bottom + cell_m)
    return shapely.union_all(cells[shapely.intersects(cells, shape)])


def grid_points(frame: gpd.GeoDataFrame, cell_m: float) -> gpd.GeoSeries:
    """Return a point for each outline: the node of the grid that is nearest to its inside.

    Parameters and index are those of :func:`generalised_shapes`.
    """
    exact = crs.to_hk80(frame)
    nodes = _snapped(shapely.force_2d(exact.representative_point()), cell_m)
    return gpd.GeoSeries(nodes, index=frame.index, crs=crs.HK80)


def farthest_m(points: gpd.GeoSeries, frame: gpd.GeoDataFrame, cell_m: float) -> pd.Series:
    """Return how far each outline reaches from its point, rounded up to whole cells, metres."""
    reach = points.hausdorff_distance(crs.to_hk80(frame))
    return pd.Series(np.ceil(reach / cell_m) * cell_m, index=frame.index)


def class_hulls(frame: gpd.GeoDataFrame, classes: pd.Series, cell_m: float) -> gpd.GeoDataFrame:
    """Return one generalised hull for each class of outlines.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Left as it is.
    classes : Series, n rows
        The class of each outline, on the index of ``frame``.
    cell_m : float
        Size of a cell, metres.

    Returns
    -------
    GeoDataFrame, EPSG:2326
        Indexed by class, with ``sites_count``.
    """
    exact = crs.to_hk80(frame)
    hulls = exact.groupby(classes).agg(lambda one: shapely.convex_hull(shapely.union_all(one)))
    counts = exact.groupby(classes).size()
    found = gpd.GeoDataFrame({"sites_count": counts}, geometry=hulls.to_numpy(), crs=crs.HK80)
    return found.set_geometry(generalised_shapes(found, cell_m))
