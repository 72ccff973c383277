"""Sites of the rows of a user's table: by any name, or by coordinates in place of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.commands.subjects import read_point
from nmgeo.measures.distances import distance_matrix_m
from nmgeo.records.aliases import raw_names
from nmgeo.records.key_folding import Match, match_keys
from nmgeo.sources.coordinate_columns import SAMPLE, find_coordinates
from nmgeo.sources.coordinate_text import Pair
from nmgeo.sources.plain_table import PlainTable

SEVERAL: Final = ";"  # between several values of a cell
SITE_FIELDS: Final[Mapping[str, str]] = {  # the column that names the site, by table
    "policies": "holds_for",
    "claims": "subject",
    "attributes": "site_id",
}
_DEGREES: Final = 180.0  # coordinates above it are metres of the grid
_DEGREE_DECIMALS: Final = 6
_METRE_DECIMALS: Final = 2
_NEAREST: Final = 3  # sites that are named for a place in none
_MANY: Final = 200  # places for which the nearest sites are named


def name_places(rows: PlainTable, table: str) -> PlainTable:
    """Write the coordinates of a row in its column of sites, where that names none.

    Parameters
    ----------
    rows : PlainTable
        From :func:`nmgeo.sources.plain_table.read_plain_table`.
    table : str
        ``policies``, ``claims`` or ``attributes``; others stay as they are.

    Returns
    -------
    PlainTable
        With that column, if the table has columns of coordinates (WGS 84, or metres of HK80).
    """
    field = SITE_FIELDS.get(table)
    full = [cells for cells in rows.rows[:SAMPLE] if len(cells) == len(rows.header)]
    sample = dict(zip(rows.header, zip(*full, strict=True), strict=True)) if full else {}
    found = find_coordinates(sample, sample)
    if field is None or found is None or found.crs == crs.HK80_DEGREES:
        return rows
    header = rows.header if field in rows.header else [*rows.header, field]
    at, places = header.index(field), [rows.header.index(name) for name in found.columns]
    named = [
        _named(cells, at, places) if len(cells) == len(rows.header) else cells
        for cells in rows.rows
    ]
    return rows._replace(header=header, rows=named)


def _named(cells: list[str], at: int, places: list[int]) -> list[str]:
    """Return a row with its coordinates as its site, if it has them and names none."""
    filled = [*cells, ""] if at == len(cells) else list(cells)
    written = [cells[place].strip() for place in places]
    if not filled[at].strip() and all(written):
        filled[at] = ",".join(written)
    return filled


def match_sites(
    names: Iterable[str], catalog: Catalog
) -> tuple[dict[str, Match | None], dict[str, str]]:
    """Match names of sites and places, or coordinates, to the ids that they stand for.

    Parameters
    ----------
    names : iterable of str
        As written: any name, or coordinates as :func:`nmgeo.commands.subjects.read_point` reads
        them. Coordinates stand for the shipped sites in which they lie.
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    (dict of str to Match or None, dict of str to str)
        What each name stands for, ids of several sites with ``;``; and for coordinates in no site
        the nearest sites, each with its distance.
    """
    asked, known = list(dict.fromkeys(names)), raw_names(catalog)
    pairs = {name: _pair(name) for name in asked if name not in known}
    places = {name: pair for name, pair in pairs.items() if pair is not None}
    inside, near = _sites_of(places, catalog) if places else ({}, {})
    return dict(zip(asked, match_keys(asked, known | inside), strict=True)), near


def _pair(name: str) -> Pair | None:
    return read_point(name) if any(map(str.isdigit, name)) else None


def _sites_of(
    places: Mapping[str, Pair], catalog: Catalog
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the shipped sites in which places lie, and the nearest sites of the others."""
    names, outlines = list(places), read_outlines(replace(catalog, own_sites=None))
    points = _points(list(places.values()))
    sites = outlines["site_id"].to_numpy()
    tree = shapely.STRtree(crs.to_hk80(outlines).to_numpy())
    rows, found = tree.query(points, predicate="intersects")
    inside: dict[str, list[str]] = {}
    for row, site in dict.fromkeys(zip(rows.tolist(), sites[found].tolist(), strict=True)):
        inside.setdefault(names[row], []).append(site)
    outside = [row for row, name in enumerate(names) if name not in inside][:_MANY]
    near = nearest_sites(points[outside], outlines)
    return (
        {name: SEVERAL.join(ids) for name, ids in inside.items()},
        {names[row]: said for row, said in zip(outside, near, strict=True)},
    )


def _points(pairs: Sequence[Pair]) -> np.ndarray:
    """Return places as points of HK80; pairs of small numbers are degrees of WGS 84."""
    xy = np.array(pairs, float)
    degrees = np.abs(xy).max(axis=1) <= _DEGREES
    points = np.array(shapely.points(xy))
    moved = gpd.GeoSeries(points[degrees], crs=crs.WGS84).to_frame("geometry")
    points[degrees] = crs.to_hk80(moved.set_geometry("geometry")).to_numpy()
    return points


def nearest_sites(points: np.ndarray, outlines: gpd.GeoDataFrame) -> list[str]:
    """Name the sites that are nearest to each point, with their distance.

    Parameters
    ----------
    points : array of n points
        In HK80.
    outlines : GeoDataFrame, any CRS
        With ``site_id``.

    Returns
    -------
    list of n str
        ``"sandy_ridge (420 m), ..."``, the nearest first.
    """
    sites, said = outlines["site_id"].to_numpy(), []
    places = gpd.GeoDataFrame(geometry=points, crs=crs.HK80)
    for gaps_m in distance_matrix_m(places, outlines).to_numpy():
        nearest: dict[str, float] = {}
        for at in np.argsort(gaps_m, kind="stable"):
            nearest.setdefault(sites[at], float(gaps_m[at]))
        first = list(nearest.items())[:_NEAREST]
        said.append(", ".join(f"{site} ({gap_m:,.0f} m)" for site, gap_m in first))
    return said


def write_places(places: gpd.GeoDataFrame) -> list[str]:
    """Write coordinates as text: degrees to 0.1 m, other coordinates to a centimetre.

    Parameters
    ----------
    places : GeoDataFrame, n rows, any CRS
        Of an outline, a point inside it.

    Returns
    -------
    list of n str
        Longitude or easting first; empty where there is no place.
    """
    decimals = _DEGREE_DECIMALS if places.crs.is_geographic else _METRE_DECIMALS
    shapes = places.geometry.representative_point()
    both = zip(shapes, shapes.is_empty | shapes.isna(), strict=True)
    return ["" if bare else f"{p.x:.{decimals}f}, {p.y:.{decimals}f}" for p, bare in both]
