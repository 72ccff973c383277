"""The atlas: everything that is known of the sites, measured and ruled, as one frozen record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.features import read_layer
from nmgeo.ledger import read_sources, read_translations
from nmgeo.listings import policy, sites
from nmgeo.measures import COUNTED, area_rows, near, rings
from nmgeo.names import named
from nmgeo.policies import read_claims
from nmgeo.proximity import nearest_lines
from nmgeo.words import Lang

DISTANCES: Final = ("500m", "1km")


@dataclass(frozen=True)
class Atlas:
    """What maps, reports and exports are made of.

    ``sites`` carries ``area_ha``, what was published, and the ids of the instruments that hold;
    ``near`` has the nearest station and crossing, of all and of those open, ``links`` the lines to
    the nearest of all; all geometry is in WGS 84, all names in ``lang``.
    """

    catalog: Catalog
    lang: Lang
    sites: gpd.GeoDataFrame
    layers: dict[str, gpd.GeoDataFrame]
    area: pd.DataFrame
    land: dict[str, float]
    near: pd.DataFrame
    links: gpd.GeoDataFrame
    rings: gpd.GeoDataFrame
    policies: pd.DataFrame
    claims: pd.DataFrame
    sources: pd.DataFrame
    translations: dict[str, tuple[str, str, str]]


def build_atlas(
    catalog: Catalog | None = None, *, at: Sequence[str] = DISTANCES, lang: Lang = "en"
) -> Atlas:
    """Measure the sites, join what holds for them, and gather it all.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    at : sequence of str
        Distances of the rings.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    Atlas
        Nothing in it is rounded.

    Raises
    ------
    NmgeoError
        Whatever is wrong with the files or the distances.
    """
    here = catalog or open_catalog()
    outlines = sites(here, lang=lang)
    table = area_rows(outlines, here)
    ruled = policy(None, here, lang=lang)
    ruled = ruled[ruled["site_id"].isin(set(outlines["site_id"]))]
    names = [*here.layers, *here.own_layers]
    layers = {name: named(read_layer(here, name), lang) for name in names if name != "sites"}
    claims = read_claims(here)
    return Atlas(
        catalog=here,
        lang=lang,
        sites=_ruled(outlines, table, ruled),
        layers=layers,
        area=table,
        land=table.attrs["land"],
        near=_nearest(here, lang),
        links=_links(outlines, layers),
        rings=rings(at, here, lang=lang),
        policies=ruled,
        claims=claims[claims["subject"].isin(set(outlines["site_id"]))],
        sources=read_sources(here),
        translations=read_translations(here),
    )


def _ruled(
    outlines: gpd.GeoDataFrame, table: pd.DataFrame, ruled: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Put what was measured and ruled in place of a user's own columns of that name."""
    ids = ruled.groupby("site_id", sort=False)["policy_id"].agg("; ".join).rename("policies")
    kept = ["site_id", "basis", "name", "fitted_to_said", "geometry_status", "accuracy_m"]
    found = table.set_axis(outlines.index).drop(columns=kept)
    bare = outlines.drop(columns=[*found.columns, ids.name], errors="ignore")
    return bare.join(found).join(ids, on="site_id")


def _nearest(catalog: Catalog, lang: Lang) -> pd.DataFrame:
    tables = [
        near(layer, catalog, open_only=only, lang=lang).assign(open_only=only)
        for layer in (*COUNTED, *catalog.own_layers)
        for only in ((False, True) if layer in COUNTED else (False,))
    ]
    return pd.concat(tables, ignore_index=True)


def _links(outlines: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Draw the lines to the nearest station and crossing, with what is known of the far end."""
    tables = []
    for layer in COUNTED:
        others = layers[layer]
        far = others[["name_en", "name_tc", "name_sc", "status", "opens", "accuracy_m"]]
        drawn = nearest_lines(outlines, others).assign(layer=layer).join(far, on="nearest_id")
        drawn["accuracy_m"] += outlines["accuracy_m"]
        tables.append(drawn.rename_axis("outline_id").reset_index())
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))
