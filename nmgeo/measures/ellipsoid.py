"""Geodesics: shortest ways and buffers on the ellipsoid, found without the grid's own."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs

_FIRST_M: Final = 5.0  # between the places that are tried first
_FINER: Final = 8  # times, at each step
_STEPS: Final = 5  # to 0.15 mm
_KEPT: Final = 64  # places of either side that are tried again
_PAIRS: Final = 2_000_000  # held at a time
_BEARINGS: Final = 720  # a polygon of so many corners is 0.0013 % smaller than its circle

Pieces = tuple[np.ndarray, np.ndarray]  # where short pieces of edges begin and end, m x 2


def geodesic_m(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.Series:
    """Geodesic from each site to the nearest of ``others``, edge to edge, by trying places.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        Left as they are. Edges are straight on the Hong Kong 1980 Grid, as everywhere.

    Returns
    -------
    Series, n rows, float64, metres, >= 0
        On the index of ``sites``, named ``geodesic_m``; NaN if ``others`` is empty.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Places every 5 m along the edges of both, as points of the WGS 84 ellipsoid in space; about the
    nearest ones again and again at an eighth of the distance, and the geodesic (GeographicLib)
    between the nearest two. Whether they meet is asked of GEOS in degrees.
    """
    there = _pieces(crs.to_hk80(others).to_numpy())
    degrees = crs.transform(others.geometry, crs.WGS84).to_numpy()
    tree = shapely.STRtree(degrees)
    gaps = []
    for shape, here in zip(
        crs.transform(sites.geometry, crs.WGS84), crs.to_hk80(sites), strict=True
    ):
        meets = len(tree.query(shape, predicate="intersects")) > 0
        gaps.append(0.0 if meets else _gap_m(_pieces(np.array([here])), there))
    return pd.Series(gaps, index=sites.index, name="geodesic_m", dtype=float)


def geodesic_buffers(sites: gpd.GeoDataFrame, reach_m: float) -> gpd.GeoDataFrame:
    """Draw the buffer of each site with geodesics from its vertices.

    Parameters
    ----------
    sites : GeoDataFrame, n polygons, any CRS
        Left as it is.
    reach_m : float
        Metres from the edge, > 0.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        The sites with their buffers, on the index of ``sites``.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Geodesics of this length in 720 directions (GeographicLib); the hulls of the circles about the
    ends of each edge, and the site, together (GEOS in degrees).
    """
    shapes = crs.transform(sites.geometry, crs.WGS84)
    drawn = [_grown(shape, reach_m) for shape in shapes]
    return gpd.GeoDataFrame(geometry=drawn, index=sites.index, crs=crs.WGS84)


def _grown(shape: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    bearings = np.linspace(0, 360, _BEARINGS, endpoint=False)
    drawn = [shape]
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        corners = shapely.get_coordinates(ring)
        east, north = np.repeat(corners, _BEARINGS, axis=0).T
        lengths = np.full(len(east), reach_m)
        ends = crs.ELLIPSOID.fwd(east, north, np.tile(bearings, len(corners)), lengths)[:2]
        circles = np.column_stack(ends).reshape(len(corners), _BEARINGS, 2)
        edges = np.concatenate([circles[:-1], circles[1:]], axis=1)
        drawn.extend(shapely.convex_hull(shapely.multipoints(edges)))
    return shapely.union_all(drawn)


def _pieces(shapes: np.ndarray) -> Pieces:
    """Cut the edges of shapes into pieces; a point is a piece without length."""
    cut = shapely.segmentize(shapes, _FIRST_M)
    parts = shapely.get_parts(cut)
    rings = shapely.get_rings(parts)
    lone = parts[shapely.get_type_id(parts) != shapely.GeometryType.POLYGON]
    places, line = shapely.get_coordinates(np.concatenate([rings, lone]), return_index=True)
    if not len(places):
        return places, places
    goes_on = np.append(line[1:] == line[:-1], False)
    alone = np.bincount(line)[line] == 1
    begins = goes_on | alone
    ends = places[np.minimum(np.flatnonzero(begins) + goes_on[begins], len(places) - 1)]
    return places[begins], ends


def _gap_m(here: Pieces, there: Pieces) -> float:
    """Try the middles of all pieces, then those of ever shorter ones about the nearest."""
    if not len(there[0]):
        return float("nan")
    for _ in range(_STEPS):
        sides = [_kept(a, b) for a, b in ((here, there), (there, here))]
        here, there = (_cut(*side) for side in sides)
    ends = [_cut(*_kept(a, b, 1)) for a, b in ((here, there), (there, here))]
    pair = np.vstack([(begin[:1] + end[:1]) / 2 for begin, end in ends])
    (east, west), (south, north) = _degrees(pair)
    return float(crs.ELLIPSOID.inv(east, south, west, north)[2])


def _kept(here: Pieces, there: Pieces, most: int = _KEPT) -> Pieces:
    """Keep the pieces of one side that are nearest to the other."""
    mine, others = (_in_space((begin + end) / 2) for begin, end in (here, there))
    gaps = np.concatenate(list(_least(mine, others)))
    nearest = np.argsort(gaps, kind="stable")[:most]
    return here[0][nearest], here[1][nearest]


def _least(mine: np.ndarray, others: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, _PAIRS // len(others))
    for at in range(0, len(mine), step):
        apart = mine[at : at + step, None, :] - others[None, :, :]
        yield np.einsum("ijk,ijk->ij", apart, apart).min(axis=1)


def _cut(begin: np.ndarray, end: np.ndarray) -> Pieces:
    """Cut each piece into shorter ones."""
    shares = np.linspace(0, 1, _FINER + 1)[:, None, None]
    places = begin + (end - begin) * shares
    return places[:-1].reshape(-1, 2), places[1:].reshape(-1, 2)


def _degrees(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points = gpd.GeoSeries(shapely.points(places), crs=crs.HK80)
    stored = crs.transform(points, crs.WGS84)
    return stored.x.to_numpy(), stored.y.to_numpy()


def _in_space(places: np.ndarray) -> np.ndarray:
    """Place points of the grid on the ellipsoid in space, metres from the centre of the earth."""
    east, north = map(np.radians, _degrees(places))
    squared = crs.ELLIPSOID.es
    radius = crs.ELLIPSOID.a / np.sqrt(1 - squared * np.sin(north) ** 2)
    flat = radius * np.cos(north)
    return np.column_stack(
        [flat * np.cos(east), flat * np.sin(east), radius * (1 - squared) * np.sin(north)]
    )
