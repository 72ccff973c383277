"""The sites as a table, one row an outline."""

from typing import TYPE_CHECKING, Literal, Unpack, overload

import pandas as pd

from nmgeo.cache import official_layers
from nmgeo.catalog import Catalog
from nmgeo.commands.chosen_sites import chosen_outlines
from nmgeo.commands.inputs import Features, Inputs, open_inputs, takes_features
from nmgeo.names import add_names
from nmgeo.records.tables import read_ids
from nmgeo.translations import Lang

if TYPE_CHECKING:
    import geopandas as gpd


@overload
def sites(
    sites: Features | None = None,
    *,
    lang: Lang = "en",
    geometry: Literal[True] = True,
    **inputs: Unpack[Inputs],
) -> "gpd.GeoDataFrame": ...


@overload
def sites(
    sites: Features | None = None,
    *,
    lang: Lang = "en",
    geometry: Literal[False],
    **inputs: Unpack[Inputs],
) -> pd.DataFrame: ...


@takes_features()
def sites(
    sites: Features | None = None,
    *,
    lang: Lang = "en",
    geometry: bool = True,
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Read the sites, one row an outline.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to list; those of the catalog if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    geometry : bool
        Whether to read the outlines. Without them the shipped sites are listed faster; a user's
        own are read in any case.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, n rows, in the CRS of their file, or DataFrame without geometry
        Indexed by ``outline_id``: see :func:`nmgeo.records.sites.read_sites`.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken.
    """
    here, _ = open_inputs(inputs, sites)
    is_newest = here.known_on is None and not official_layers(here.pulled)
    if not geometry and here.own_sites is None and is_newest:
        return add_names(chosen_outlines(_outline_rows(here), here), lang)

    from nmgeo.records.sites import read_sites  # noqa: PLC0415 - geopandas only where outlines are read

    rows = add_names(chosen_outlines(read_sites(here), here), lang)
    return rows if geometry else pd.DataFrame(rows.drop(columns="geometry"))


def every_outline(here: Catalog, lang: Lang) -> "gpd.GeoDataFrame":
    """Read the sites as :func:`sites` does, those without geometry, too.

    Parameters
    ----------
    here : Catalog
        From :func:`nmgeo.commands.inputs.open_inputs`.
    lang : {"en", "tc", "sc"}
        Language of ``name``.

    Raises
    ------
    LayerError
        If no site has a geometry.
    """
    from nmgeo.records.sites import read_sites  # noqa: PLC0415 - as above

    return add_names(chosen_outlines(read_sites(here, blank=True), here), lang)


def _outline_rows(catalog: Catalog) -> pd.DataFrame:
    rows = pd.DataFrame.from_dict(read_ids(catalog, "sites"), orient="index")
    return rows.rename_axis("outline_id").assign(opens=float("nan"))  # as every layer has it
