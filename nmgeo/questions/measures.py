"""Measures of the sites as tables: their areas, and the land they make together.

Every function takes a catalog, which says what is asked about, and the language of the names.
Values are as measured, in the unit that ends the name of their column.
"""

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.questions.join import join_said
from nmgeo.questions.listings import sites
from nmgeo.reading.geometries import POLYGONS, require_polygons
from nmgeo.reading.outlines import OUTLINE, read_sites
from nmgeo.reading.policies import best_areas, read_claims
from nmgeo.rulers import areas
from nmgeo.words import Lang


def area(catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """Measure the area of every outline, beside what was published on the same basis.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name``.

    Returns
    -------
    DataFrame, n rows
        ``area_ha`` (Hong Kong 1980 Grid), ``geodesic_ha`` (ellipsoid), ``ppm`` (the first above
        the second, in millionths), ``said_area_ha`` with its hedge, date and source, whether the
        outline was scaled to that figure (``fitted_to_said``), ``geometry_status``, and
        ``accuracy_m`` of the outline in metres. Its ``attrs["land"]`` is what :func:`land` says.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken, or a site has no area.
    """
    here = catalog or open_catalog()
    outlines = sites(here, lang=lang)
    require_polygons(outlines, "sites")
    return area_rows(outlines, here)


def area_rows(outlines: gpd.GeoDataFrame, catalog: Catalog) -> pd.DataFrame:
    """Return the rows of :func:`area`; points and lines, which have none, are left blank."""
    flat = ~outlines.geom_type.isin(POLYGONS)
    planar = areas.area_ha(outlines).mask(flat)
    geodesic = areas.geodesic_ha(outlines).mask(flat)
    rows = outlines.assign(area_ha=planar, geodesic_ha=geodesic, ppm=(planar / geodesic - 1) * 1e6)
    rows = join_said(rows, best_areas(read_claims(catalog)))
    said = [column for column in rows.columns if "said_" in column and column != "fitted_to_said"]
    columns = [*OUTLINE, "area_ha", "geodesic_ha", "ppm", *sorted(said), "fitted_to_said"]
    table = pd.DataFrame(rows[[*columns, "geometry_status", "accuracy_m"]]).reset_index(drop=True)
    table.attrs["land"] = areas.land(outlines)
    return table


def land(catalog: Catalog | None = None) -> dict[str, float]:
    """Add up the land of all outlines, and say how much of the sum is counted twice.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.

    Returns
    -------
    dict
        ``gross_ha`` (sum over outlines), ``net_ha`` (each piece of land once),
        ``double_counted_ha`` (measured by itself) and ``remainder_ha`` (0 if the three add up),
        hectares: see :func:`nmgeo.rulers.areas.land`.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken.
    """
    return areas.land(read_sites(catalog or open_catalog()))
