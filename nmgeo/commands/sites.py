"""The sites as a table, one row an outline."""

from typing import TYPE_CHECKING, Literal, overload

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.names import add_names
from nmgeo.records.tables import read_ids
from nmgeo.translations import Lang

if TYPE_CHECKING:
    import geopandas as gpd


@overload
def sites(
    catalog: Catalog | None = None, *, lang: Lang = "en", geometry: Literal[True] = True
) -> "gpd.GeoDataFrame": ...


@overload
def sites(
    catalog: Catalog | None = None, *, lang: Lang = "en", geometry: Literal[False]
) -> pd.DataFrame: ...


def sites(
    catalog: Catalog | None = None, *, lang: Lang = "en", geometry: bool = True
) -> pd.DataFrame:
    """Read the sites, one row an outline.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    geometry : bool
        Leave it out if all that is wanted is the list: the shipped sites are then listed without
        geopandas, and their outlines are not looked at. The user's own are read in any case.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326, or DataFrame without geometry
        Indexed by ``outline_id``: see :func:`nmgeo.records.sites.read_sites`.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken.
    """
    here = catalog or open_catalog()
    if not geometry and here.own_sites is None:
        return add_names(_outline_rows(here), lang)

    from nmgeo.records.sites import read_sites  # noqa: PLC0415 - geopandas only where outlines are read

    rows = add_names(read_sites(here), lang)
    return rows if geometry else pd.DataFrame(rows.drop(columns="geometry"))


def _outline_rows(catalog: Catalog) -> pd.DataFrame:
    rows = pd.DataFrame.from_dict(read_ids(catalog, "sites"), orient="index")
    return rows.rename_axis("outline_id").assign(opens=float("nan"))  # as every layer has it
