"""Measures of the sites as tables: their areas, how each was got, and the land they make.

Every function takes a catalog, which says what is asked about, and the language of the names.
Values are as measured, in the unit that ends the name of their column.
"""

from typing import Unpack

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.commands.accuracy_notes import accuracy_notes
from nmgeo.commands.inputs import Features, Inputs, open_inputs, takes_features
from nmgeo.commands.policy_join import join_published_areas
from nmgeo.commands.results import finish
from nmgeo.commands.sites import every_outline
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.measures import areas
from nmgeo.records.policies import read_best_published_areas
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import are_polygons, find_polygons, have_geometry, keep_polygons
from nmgeo.translations import Lang, translate


@takes_features()
def area(
    sites: Features | None = None, *, lang: Lang = "en", **inputs: Unpack[Inputs]
) -> gpd.GeoDataFrame:
    """Measure the area of every outline, beside what was published on the same basis.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        Indexed as the sites, with their outlines:
        ``area_ha`` (Hong Kong 1980 Grid), ``geodesic_ha`` (ellipsoid), ``ppm`` (the first above
        the second, in millionths), ``low_ha`` to ``high_ha``, the area less and plus perimeter
        times accuracy, at least 0 (missing if none is known), ``published_area_ha`` with its
        hedge, date and source, whether the outline was scaled to that figure
        (``fitted_to_published``), ``geometry_status``, and ``accuracy_m`` of the outline in
        metres. Its ``attrs["land"]`` is what :func:`land` says, and ``attrs["notes"]`` of how many
        sites the accuracy is not known.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken, or no site has an area.

    Warns
    -----
    Notice
        Which sites are points or lines or have no geometry: they have a row without an area.
    """
    here, _ = open_inputs(inputs, sites)
    outlines = every_outline(here, lang)
    find_polygons(outlines, here.sites_file)
    table = area_rows(outlines, here)
    told = ["claims"] if table["published_area_ha"].notna().any() else []
    rows = gpd.GeoDataFrame(table.set_axis(outlines.index), geometry=outlines.geometry)
    rows.attrs["land"] = table.attrs["land"]
    return finish(rows, here, told, notes=accuracy_notes(table, "area", lang))


def area_rows(outlines: gpd.GeoDataFrame, catalog: Catalog) -> pd.DataFrame:
    """Return the rows of :func:`area`; what has none, such as a line, is left blank."""
    flat = ~are_polygons(outlines)
    sizes = {name: size.mask(flat) for name, size in _sizes(outlines).items()}
    sizes |= areas.area_limits_ha(outlines, sizes["area_ha"])
    rows = join_published_areas(outlines.assign(**sizes), read_best_published_areas(catalog))
    said = [
        column
        for column in rows.columns
        if "published_" in column and column != "fitted_to_published"
    ]
    columns = [*OUTLINE_COLUMNS, *sizes, *sorted(said), "fitted_to_published"]
    table = pd.DataFrame(rows[[*columns, "geometry_status", "accuracy_m"]]).reset_index(drop=True)
    table.attrs["land"] = areas.land_totals(outlines[have_geometry(outlines)])
    return table


@takes_features()
def receipt(
    sites: Features | None = None, *, lang: Lang = "en", **inputs: Unpack[Inputs]
) -> gpd.GeoDataFrame:
    """Say of every outline how its area was measured, and how far it may be out.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name`` and ``area_method``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        Indexed as the sites, with their outlines:
        The CRS of the file (a code as ``--crs`` takes it) and of the measure, the method,
        ``vertices_count``, ``perimeter_m``;
        ``area_ha`` on the grid, ``geodesic_ha`` on the ``ellipsoid`` and ``ppm``, the first above
        the second in millionths; ``low_ha`` to ``high_ha``, the area less and plus perimeter times
        ``accuracy_m`` (metres; all three missing if not known), at least 0; ``mercator_ha``,
        what Web Mercator would have said, and ``mercator_percent``, by how much that is over the
        ellipsoid. Its ``attrs["land"]`` is what :func:`nmgeo.land` says.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken, or no site has an area.

    Source
    ------
    :func:`nmgeo.area_ha`, :func:`nmgeo.geodesic_ha` and :mod:`nmgeo.measures.areas`.
    """
    here, _ = open_inputs(inputs, sites)
    outlines = keep_polygons(read_outlines(here, lang=lang), here.sites_file)
    sizes = _sizes(outlines)
    mercator = areas.mercator_ha(outlines)
    rows = outlines[[*OUTLINE_COLUMNS, "geometry_status", "accuracy_m", "geometry"]].assign(
        **sizes,
        **areas.area_limits_ha(outlines, sizes["area_ha"]),
        mercator_ha=mercator,
        mercator_percent=(mercator / sizes["geodesic_ha"] - 1) * 100,
        perimeter_m=areas.perimeter_m(outlines),
        vertices_count=_vertices(outlines),
        file_crs=_file_crs(here),
        measured_crs=crs.HK80.to_string(),
        ellipsoid=str(crs.WGS84.ellipsoid),
        area_method=translate("phrase", "area_method", lang),
    )
    rows.attrs["land"] = areas.land_totals(outlines)
    return finish(rows, here, [])


@takes_features()
def land(sites: Features | None = None, **inputs: Unpack[Inputs]) -> dict[str, float]:
    """Add up the land of all outlines, and say how much of the sum is counted twice.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    dict
        ``gross_ha`` (sum over outlines), ``net_ha`` (each piece of land once),
        ``double_counted_ha`` (measured by itself) and ``remainder_ha`` (0 if the three add up),
        hectares: see :func:`nmgeo.measures.areas.land_totals`.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken.
    """
    here, _ = open_inputs(inputs, sites)
    return areas.land_totals(read_outlines(here))


def _sizes(outlines: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Measure on the grid and on the ellipsoid, and by how much the first is above the second."""
    planar, geodesic = areas.area_ha(outlines), areas.geodesic_ha(outlines)
    return {"area_ha": planar, "geodesic_ha": geodesic, "ppm": (planar / geodesic - 1) * 1e6}


def _file_crs(here: Catalog) -> str:
    """Return what the file of sites is in: what the user says, else what the file says."""
    own = here.own_sites
    if own is None:
        return here.layers["sites"].crs
    from nmgeo.sources.own_layer import stated_crs  # noqa: PLC0415 - shipped sites need no such reader

    system = crs.read_system(own.crs) if own.crs else crs.System.from_crs(stated_crs(own))
    return "" if system is None else system.code


def _vertices(outlines: gpd.GeoDataFrame) -> pd.Series:
    """Count the corners of each outline: the last point of a ring is its first."""
    shapes = outlines.geometry.to_numpy()
    rings = shapely.get_num_interior_rings(shapely.get_parts(shapes)) + 1
    _, rows = shapely.get_parts(shapes, return_index=True)
    closing = pd.Series(rings).groupby(rows).sum().to_numpy()
    return pd.Series(shapely.get_num_coordinates(shapes) - closing, index=outlines.index)
