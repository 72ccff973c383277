"""Buffers: the land within a distance of a site, as rings or as a whole, and how true they are.

A map drawn in Web Mercator would make 1 km here 919 m north and 924 m east on the ground.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.measures.buffer_shapes import buffer_shape, polygon_parts
from nmgeo.units import M2_PER_HECTARE, metres, read_share

# Segments to a quarter circle: the polygon is 0.010 % smaller than the circle.
SEGMENTS: Final = 64
# From any place in :data:`nmgeo.crs.WINDOW` all others are nearer, and beyond it the grid, which at
# this distance may be 0.05 % out, is not made to be measured on.
MAX_DISTANCE_M: Final = 200_000.0
_FINEST_SHARE: Final = 5e-5
_ARC_SHARE: Final = 3e-5  # of a budget, the least that is left to arcs
_MERIDIAN_M: Final = 836_694.05  # the easting of the meridian at which the grid is true
_RADIUS_M: Final = 6_360_000.0  # of the earth in Hong Kong
_DATUM_SHARE: Final = 2e-6  # by which the datum shift may stretch
_MEETS_M: Final = 1e-6


class MaxError(NamedTuple):
    """How far the edge of a ring may lie from its true distance."""

    amount: float  # metres, or a share of the distance
    is_share: bool
    text: str = "this"  # as it was written

    def segments(self, reach_m: float, grid_share: float) -> int:
        """Return the fewest segments to a quarter circle that keep a ring within the budget.

        The middle of a chord is the sagitta, ``r (1 - cos(pi / 4n))``, short of the circle. What
        the grid may be out by, ``grid_share`` of the distance, is taken off the budget first.

        Raises
        ------
        UsageError
            If the budget is less than 0.005 % of the distance, or leaves less than 0.003 % to arcs.
        """
        allowed = self.amount if self.is_share else self.amount / abs(reach_m)
        finest = max(_FINEST_SHARE, grid_share + _ARC_SHARE)
        if allowed < finest:
            thing = f"--max-error at {reach_m:,.6g} m"
            out = f"the grid, which may be {100 * grid_share:.2g}% out there"
            limit = "a map can promise" if finest == _FINEST_SHARE else out
            wrong = f"{self.text} is finer than {limit}"
            remedy = f"allow {math.ceil(round(1e5 * finest, 6)) / 1e3:g}% or more"
            raise UsageError(thing, wrong, remedy)
        bend = math.acos(max(0.0, 1 - allowed + grid_share))
        return math.ceil(math.pi / 4 / bend)


def read_max_error(text: str) -> MaxError:
    """Read a budget: a share of the distance such as ``"0.1%"``, or a length such as ``"1m"``.

    Raises
    ------
    UnitError
        If it is neither.
    """
    return MaxError(read_share(text) if "%" in text else metres(text), "%" in text, text.strip())


def ring_shapes(
    sites: gpd.GeoDataFrame,
    distances_m: Sequence[float] | pd.Series,
    *,
    cumulative: bool = False,
    max_error: MaxError | None = None,
    flat: bool = False,
    radii: bool = True,
) -> gpd.GeoDataFrame:
    """Draw the land within each distance of each site, or what a setback leaves of it.

    The first ring begins at 0 and holds the site's own land, so that the rings of a site add up
    to the whole buffer. A distance below 0 is a setback: the land that lies as deep inside.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.
    distances_m : sequence of float, k values, or Series on the index of sites
        Metres from the edge of the site, not 0, in any order; a Series gives each site its own.
    cumulative : bool
        Draw every ring from 0 instead of from the distance before.
    max_error : MaxError, optional
        Choose the segments by it instead of :data:`SEGMENTS`.
    flat : bool
        End sites that are lines square instead of round.
    radii : bool
        Measure the radius that was achieved, which takes as long as the drawing.

    Returns
    -------
    GeoDataFrame, n * k rows, EPSG:4326
        ``outline_id``, ``from_m`` (missing for a setback), ``to_m``, ``area_ha`` (hectares in
        EPSG:2326), ``own_ha`` (of them the site's own), ``segments`` to a quarter circle,
        ``radius_min_m`` and ``radius_max_m``: the least and greatest geodesic from the site to the
        vertices and the middles of the chords of the edge at ``to_m``, without the square ends of
        lines; ``radius_error_share``, the worse of both over the distance (all three missing where
        nothing is left, or if not asked for); and the polygon, by site and then outwards.

    Raises
    ------
    UsageError
        If there is no distance, one is 0 or beyond :data:`MAX_DISTANCE_M`, or the budget is finer
        than the grid.
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    :func:`nmgeo.measures.buffer_shapes.buffer_shape` in EPSG:2326 with :data:`SEGMENTS` segments
    to a quarter circle, or as :meth:`MaxError.segments` says; geodesics by GeographicLib.
    """
    here = crs.to_hk80(sites)
    own = (here.area / M2_PER_HECTARE).to_numpy()
    rings: list[gpd.GeoDataFrame] = []
    before, before_m = None, np.zeros(len(here))
    for to_m in _levels(sites, distances_m):
        disc = _discs(here, to_m, max_error, flat=flat, radii=radii)
        inner = None if cumulative or (to_m < 0).any() else before
        shape = disc.geometry if inner is None else disc.geometry.difference(inner)
        from_m = np.where(to_m < 0, np.nan, 0.0 if inner is None else before_m)
        area = shape.area.to_numpy() / M2_PER_HECTARE
        held = np.select([to_m < 0, from_m == 0], [area, own], 0.0)
        facts = {"from_m": from_m, "to_m": to_m, "area_ha": area, "own_ha": held}
        rings.append(disc.assign(**facts, geometry=shape, row=range(len(here))))
        if (to_m > 0).all():
            before, before_m = disc.geometry, to_m
    table = pd.concat(rings).sort_values(["row", "to_m"], kind="stable")
    stored = table.set_geometry(crs.transform(table.geometry, crs.WGS84))
    last = ["radius_min_m", "radius_max_m", "radius_error_share", "geometry"]
    columns = ["outline_id", "from_m", "to_m", "area_ha", "own_ha", "segments", *last]
    return stored.rename_axis("outline_id").reset_index()[columns]


def _levels(sites: gpd.GeoDataFrame, distances_m: Sequence[float] | pd.Series) -> list[np.ndarray]:
    """Return the distance of every site, a level of rings at a time."""
    if isinstance(distances_m, pd.Series):
        levels = [distances_m.reindex(sites.index).to_numpy(dtype=float)]
    else:
        levels = [np.full(len(sites), float(reach)) for reach in sorted(set(distances_m))]
    if not levels:
        raise UsageError("--at", "a ring needs a distance", "write --at 500m, or --at=-20m")
    if not all((np.abs(level) > 0).all() for level in levels):
        raise UsageError("--at", "a distance of 0 has no ring", "write --at 500m, or --at=-20m")
    far = max(float(np.abs(level).max(initial=0)) for level in levels)
    if far > MAX_DISTANCE_M:
        wrong = f"{far / 1e3:,.15g} km is beyond the use of the Hong Kong 1980 Grid"
        raise UsageError("--at", wrong, f"give {MAX_DISTANCE_M / 1e3:g} km or less")
    return levels


def _discs(
    here: gpd.GeoSeries, to_m: np.ndarray, max_error: MaxError | None, *, flat: bool, radii: bool
) -> gpd.GeoDataFrame:
    """Draw the whole buffer of every site, and measure the radius that was achieved."""
    segments = [SEGMENTS] * len(here)
    if max_error is not None:
        off = _grid_shares(here, np.abs(to_m))
        for row in np.argsort(-off):  # a budget that is too fine for any is refused by the worst
            segments[row] = max_error.segments(to_m[row], off[row])
    drawn = [
        buffer_shape(shape, reach, count, flat=flat)
        for shape, reach, count in zip(here, to_m, segments, strict=True)
    ]
    discs = gpd.GeoDataFrame({"segments": segments}, geometry=drawn, index=here.index, crs=here.crs)
    reached = np.full((len(here), 2), np.nan)
    if radii:
        reached = _radii_m(here.to_numpy(), np.array(drawn), flat=flat)
    off = np.abs(reached - np.abs(to_m)[:, None]).max(axis=1) / np.abs(to_m)
    least, most = reached.T
    return discs.assign(radius_min_m=least, radius_max_m=most, radius_error_share=off)


def _grid_shares(here: gpd.GeoSeries, reach_m: np.ndarray) -> np.ndarray:
    """Say by what share a length on the grid from each shape may differ from the ellipsoid.

    The scale grows as the square of how far a place is from the meridian: over a line it is a
    third of the sum of those of its ends and their product.
    """
    aside = np.abs(here.bounds[["minx", "maxx"]].to_numpy() - _MERIDIAN_M).max(axis=1)
    squares = 3 * aside**2 + 3 * aside * reach_m + reach_m**2
    return np.asarray(squares / (6 * _RADIUS_M**2) + _DATUM_SHARE)


def _radii_m(shapes: np.ndarray, discs: np.ndarray, *, flat: bool) -> np.ndarray:
    """Return the least and the greatest geodesic from each shape to the edge of its disc."""
    parts, of_part = shapely.get_parts(discs, return_index=True)
    lines, of_line = shapely.get_rings(parts, return_index=True)
    places, line = shapely.get_coordinates(lines, return_index=True)
    chords = line[1:] == line[:-1]
    middles = ((places[1:] + places[:-1]) / 2)[chords]
    owner = of_part[of_line[np.concatenate([line, line[1:][chords]])]]
    sides = np.array([polygon_parts(shape).boundary if shape.area else shape for shape in shapes])
    shapely.prepare(sides)  # of lines, GEOS finds the nearest point much sooner so
    links = shapely.shortest_line(sides[owner], shapely.points(np.vstack([places, middles])))
    if flat:
        lines = [shape if shape.length and not shape.area else shapely.Point() for shape in shapes]
        stops = shapely.boundary(np.array(lines))
        ended = shapely.distance(shapely.get_point(links, 0), stops[owner]) < _MEETS_M
        links, owner = links[~ended], owner[~ended]
    stored = crs.transform(gpd.GeoSeries(links, crs=crs.HK80), crs.WGS84)
    ends = shapely.get_coordinates(stored.to_numpy()).reshape(-1, 4)
    gaps = pd.Series(crs.ELLIPSOID.inv(*ends.T)[2]).groupby(owner).agg(["min", "max"])
    return gaps.reindex(range(len(shapes))).to_numpy()
