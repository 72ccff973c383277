"""The sites: a table of outlines, one row for each site and basis on which it was drawn."""

from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo import crs as ruler
from nmgeo.catalog import Catalog
from nmgeo.sources.layers import read_layer, read_own
from nmgeo.sources.repair_geometry import require_polygons

OUTLINE_COLUMNS: Final = ["site_id", "basis", "name"]  # what tells an outline in every table
AS_GIVEN: Final = "as_given"  # the basis of a user's outline that names none


def read_sites(catalog: Catalog) -> gpd.GeoDataFrame:
    """Read the sites that are asked about: the user's own, or the shipped ones.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        Indexed by ``outline_id`` (unique): a site stands once for each basis on which it is
        drawn, in ``site_id`` and ``basis``. The user's own are in the order of the file, may be
        points or lines, and without columns ``site_id`` and ``basis`` have their ids as
        ``site_id`` and the basis ``as_given``.

    Raises
    ------
    LayerError
        If the file is missing or broken, or a site lies outside Hong Kong's window.
    """
    own = catalog.own_sites
    if own is None:
        return read_shipped_sites(catalog)
    frame = read_own(own)
    frame = frame.set_geometry(ruler.transform(frame.geometry, ruler.WGS84))
    ids = frame.index.to_series()
    given = frame.reindex(columns=["site_id", "basis"]) if own.key is None else pd.DataFrame()
    defaults: dict[str, object] = {"fitted_to_published": False, "part_of": None, "method": None}
    added: dict[str, Any] = {
        column: value for column, value in defaults.items() if column not in frame
    }
    added["site_id"] = _filled(given.get("site_id"), ids)
    added["basis"] = _filled(frame.get("basis"), pd.Series(AS_GIVEN, index=frame.index))
    return frame.assign(**added).rename_axis("outline_id")


def read_shipped_sites(catalog: Catalog) -> gpd.GeoDataFrame:
    """Read the sites of the catalog, polygons in EPSG:4326, whatever the user brought.

    Returns and raises as :func:`read_sites`.
    """
    sites = read_layer(catalog, "sites").rename_axis("outline_id")
    require_polygons(sites, str(catalog.layers["sites"].path))
    return sites


def _filled(column: pd.Series | None, default: pd.Series) -> pd.Series:
    """Return a column as text, the default where it says nothing."""
    if column is None:
        return default
    text = column.astype(object).map(lambda value: "" if pd.isna(value) else str(value).strip())
    return text.where(text != "", default)
