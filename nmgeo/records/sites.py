"""Sites: a table of outlines, one row for each site and basis."""

from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.sources.geometry_kinds import have_geometry, require_geometry, require_polygons
from nmgeo.sources.layers import read_layer
from nmgeo.sources.standard_columns import in_file, is_same

OUTLINE_COLUMNS: Final = ["site_id", "basis", "name"]  # they identify an outline in every table
AS_GIVEN: Final = "as_given"  # the basis of a user's outline without one


def read_sites(catalog: Catalog, *, blank: bool = False) -> gpd.GeoDataFrame:
    """Read the user's own sites, or else the shipped ones.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    blank : bool
        Whether to return own sites without geometry, too, rather than to leave them out.

    Returns
    -------
    GeoDataFrame, n rows, in the CRS of the file
        Indexed by ``outline_id`` (unique), with ``site_id`` and ``basis``: a site has one row for
        each basis on which it is drawn. The user's own sites keep the order of the file and may
        be points or lines. If their columns are missing, ``site_id`` is their id and ``basis`` is
        ``as_given``.

    Raises
    ------
    LayerError
        If the file is missing or broken, or a site lies outside Hong Kong's window.
    """
    own = catalog.own_sites
    if own is None:
        return read_shipped_sites(catalog)
    from nmgeo.sources.frame import has_named_ids  # noqa: PLC0415 - shipped sites need no such reader
    from nmgeo.sources.own_layer import read_own  # noqa: PLC0415 - likewise

    found = read_own(own, blank=blank)
    rows: gpd.GeoDataFrame = add_site_columns(found, keyed=has_named_ids(own))
    return rows


def require_placed(catalog: Catalog, site: str) -> None:
    """Stop if a site of the user is known and has no geometry.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    site : str
        An id of a site or of an outline, which need not be known.

    Raises
    ------
    LayerError
        If it has none.
    """
    if catalog.own_sites is not None:
        every = read_sites(catalog, blank=True)
        own = every[(every["site_id"].astype(str) == site) | (every.index.astype(str) == site)]
        if not have_geometry(own).any():
            require_geometry(own, catalog.own_sites.path)


def add_site_columns(frame: pd.DataFrame, *, keyed: bool) -> pd.DataFrame:
    """Add the columns that sites have, empty where a file has none.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame, n rows
        Indexed by id, with the standard columns.
    keyed : bool
        Whether the user named the ids, which then say which site a feature is.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        As :func:`read_sites`; a column ``site_id`` of the file that is not their ids is called
        ``site_id_in_file``.
    """
    ids = frame.index.to_series()
    ids_in_file = pd.DataFrame() if keyed else frame.reindex(columns=["site_id", "basis"])
    defaults: dict[str, object] = {"fitted_to_published": False, "part_of": None, "method": None}
    added: dict[str, Any] = {
        column: value for column, value in defaults.items() if column not in frame
    }
    if keyed and "site_id" in frame and not is_same(frame["site_id"], ids):
        added[in_file("site_id", frame)] = frame["site_id"]
    added["site_id"] = _fill_blank(ids_in_file.get("site_id"), ids)
    added["basis"] = _fill_blank(frame.get("basis"), pd.Series(AS_GIVEN, index=frame.index))
    return frame.assign(**added).rename_axis("outline_id")


def read_shipped_sites(catalog: Catalog) -> gpd.GeoDataFrame:
    """Read the shipped sites, polygons in EPSG:4326, even if the user has own sites.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        As :func:`read_sites`.

    Raises
    ------
    LayerError
        As :func:`read_sites`.
    """
    sites = read_layer(catalog, "sites").rename_axis("outline_id")
    require_polygons(sites, str(catalog.layers["sites"].path))
    return sites


def _fill_blank(column: pd.Series | None, default: pd.Series) -> pd.Series:
    """Return a column as text, with the default where it is blank or missing."""
    if column is None or column.isna().all():
        return default
    text = column.astype(object).map(lambda value: "" if pd.isna(value) else str(value).strip())
    return text.where(text != "", default)
