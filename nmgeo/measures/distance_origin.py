"""Where distances start: at the edge, the centroid or the entrances of each site."""

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import LayerError, UsageError, notify
from nmgeo.messages import list_some, option, text
from nmgeo.translations import Lang, translate

EDGE: Final = "edge"
CENTROID: Final = "centroid"
ORIGINS: Final = (EDGE, CENTROID)
_MAX_LISTED: Final = 3  # ids that a notice names


def move_to_origin(outlines: gpd.GeoDataFrame, origin: str) -> gpd.GeoDataFrame:
    """Replace each outline by the geometry that its distances start from.

    Parameters
    ----------
    outlines : GeoDataFrame, n rows, any CRS
        From :func:`nmgeo.records.sites.read_sites`; left as it is.
    origin : {"edge", "centroid"}
        The outline itself, or its centre of area. The centroid may lie outside a bent outline; it
        is taken to be as accurate as the outline.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:2326
        On the index of ``outlines``; the other columns are unchanged.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    shapes = crs.to_hk80(outlines)
    return outlines.set_geometry(shapes.centroid if origin == CENTROID else shapes)


def move_to_entrances(
    outlines: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame, layer: str
) -> gpd.GeoDataFrame:
    """Replace each outline by all entrances of its site, as one multipoint.

    Parameters
    ----------
    outlines : GeoDataFrame, n rows, any CRS
        From :func:`nmgeo.records.sites.read_sites`; left as it is.
    entrances : GeoDataFrame, k rows, points, any CRS
        ``site_id`` names the site of each entrance.
    layer : str
        What to call the entrances in a message.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:2326
        On the index of ``outlines``; a site without an entrance has no geometry.

    Raises
    ------
    UsageError
        If the layer has no column ``site_id``.
    LayerError
        If it holds anything but points.
    MissingCRSError
        If the frame of entrances has no CRS.

    Warns
    -----
    Notice
        Which sites have no entrance, and which entrances belong to none of the sites.
    """
    if "site_id" not in entrances:
        raise UsageError(
            option("origin", layer),
            text("layer {layer!r} has no column site_id", layer=layer),
            text("add one that names the site of each entrance"),
        )
    if set(entrances.geom_type) != {"Point"}:
        raise LayerError(
            text("layer {layer!r}", layer=layer),
            text("not all features are points"),
            text("give each entrance as a point"),
        )
    ids = outlines["site_id"]
    _warn_of_unused(entrances, ids)
    points = crs.to_hk80(entrances).groupby(entrances["site_id"]).agg(list).reindex(ids)
    shapes = [shapely.MultiPoint(found) if isinstance(found, list) else None for found in points]
    return outlines.set_geometry(gpd.GeoSeries(shapes, index=outlines.index, crs=crs.HK80))


def _warn_of_unused(entrances: gpd.GeoDataFrame, site_ids: pd.Series) -> None:
    """Warn of entrances without a site, and of sites without an entrance."""
    unused = entrances.loc[~entrances["site_id"].isin(site_ids), "site_id"].fillna("–")
    if len(unused):
        first = list_some((f"{id_} ({site})" for id_, site in unused.items()), _MAX_LISTED)
        message = text(
            "{count} entrances belong to none of the sites: {ids}", count=len(unused), ids=first
        )
        notify(message)
    bare = list(dict.fromkeys(site_ids[~site_ids.isin(entrances["site_id"])]))
    if bare:
        message = text(
            "no distance from {sites}: no entrance has that site_id", sites=", ".join(bare)
        )
        notify(message)


def entrances_used(
    entrances: gpd.GeoDataFrame, site_ids: pd.Series, lines: gpd.GeoSeries
) -> pd.DataFrame:
    """Find the entrance that each shortest line starts at.

    Parameters
    ----------
    entrances : GeoDataFrame, k rows, points, any CRS
        With ``site_id``, ``name`` and ``accuracy_m`` (metres).
    site_ids : Series, n rows
        The site of each line.
    lines : GeoSeries, n rows, EPSG:2326
        From an entrance of that site to what is nearest; None where there is no entrance.

    Returns
    -------
    DataFrame, n rows
        ``from_name`` and ``site_accuracy_m`` (metres) of the entrance, on the index of ``lines``.
    """
    known = pd.DataFrame(
        {
            "from_name": entrances["name"].to_numpy(),
            "site_accuracy_m": entrances["accuracy_m"].to_numpy(),
            "point": crs.to_hk80(entrances).to_wkb().to_numpy(),
            "site_id": entrances["site_id"].to_numpy(),
        }
    ).drop_duplicates(["site_id", "point"])
    starts = pd.DataFrame({"point": shapely.to_wkb(shapely.get_point(lines.to_numpy(), 0))})
    starts["site_id"] = site_ids.to_numpy()
    found = starts.merge(known, on=["site_id", "point"], how="left")
    return found[["from_name", "site_accuracy_m"]].set_axis(lines.index)


def outline_labels(outlines: gpd.GeoDataFrame, lang: Lang) -> pd.Series:
    """Name each outline after its site, with its basis where the site has several outlines.

    Parameters
    ----------
    outlines : GeoDataFrame, n rows
        From :func:`nmgeo.commands.sites.sites`, with ``name``.
    lang : {"en", "tc", "sc"}
        Language of the basis.

    Returns
    -------
    Series, n rows, text
        On the index of ``outlines``.
    """
    several = outlines["site_id"].duplicated(keep=False)
    bases = outlines["basis"].map(lambda basis: f" · {translate('basis', basis, lang)}")
    labels: pd.Series = outlines["name"] + bases.where(several, "")
    return labels
