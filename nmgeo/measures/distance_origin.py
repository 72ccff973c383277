"""Origins: which outline a distance is of, and whether it begins at edge, centroid or entrance."""

import warnings
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.errors import LayerError, Notice, UsageError
from nmgeo.names import add_names
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang, translate

EDGE: Final = "edge"
CENTROID: Final = "centroid"
ORIGINS: Final = (EDGE, CENTROID)
_SHOWN: Final = 3


def distance_starts(
    catalog: Catalog, outlines: gpd.GeoDataFrame, origin: str, lang: Lang = "en"
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None]:
    """Put every outline where its distances begin.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.open_catalog`.
    outlines : GeoDataFrame, n rows, any CRS
        From :func:`nmgeo.records.sites.read_sites`; left as it is.
    origin : str
        ``edge``, ``centroid``, or a layer of entrances.
    lang : {"en", "tc", "sc"}
        Language of the names of entrances.

    Returns
    -------
    (GeoDataFrame, GeoDataFrame or None), EPSG:2326
        The outlines as :func:`placed` puts them, or at all the entrances of their sites at once,
        without geometry where there is none; and the entrances.

    Raises
    ------
    UsageError
        If there is no such layer, or it does not name sites.
    LayerError
        If it holds anything but points, or a file is missing or broken.

    Warns
    -----
    Notice
        Which sites have no entrance, and which entrances are of no site.
    """
    if origin in ORIGINS:
        return move_to_origin(outlines, origin), None
    entrances = _entrances(add_names(read_layer(catalog, origin), lang), origin)
    return _at(entrances, outlines), entrances


def move_to_origin(outlines: gpd.GeoDataFrame, origin: str) -> gpd.GeoDataFrame:
    """Put every outline where its distances begin.

    Parameters
    ----------
    outlines : GeoDataFrame, n rows, any CRS
        From :func:`nmgeo.records.sites.read_sites`; left as it is.
    origin : {"edge", "centroid"}
        The outline itself, or its centre of area, which may lie outside a bent outline; it is
        taken to be as accurate as the outline.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:2326
        On the index of ``outlines``, all else as it was.
    """
    here = crs.to_hk80(outlines)
    return outlines.set_geometry(here.centroid if origin == CENTROID else here)


def entrances_used(
    entrances: gpd.GeoDataFrame, site_ids: pd.Series, lines: gpd.GeoSeries
) -> pd.DataFrame:
    """Say which entrance each line begins at.

    Parameters
    ----------
    entrances : GeoDataFrame, k rows
        From :func:`distance_starts`.
    site_ids : Series, n rows
        The site of each line.
    lines : GeoSeries, n rows, EPSG:2326
        From an entrance of that site; None where there is none.

    Returns
    -------
    DataFrame, n rows
        ``from_name`` and ``site_accuracy_m``, those of the entrance, on the index of ``lines``.
    """
    doors = pd.DataFrame(
        {
            "from_name": entrances["name"].to_numpy(),
            "site_accuracy_m": entrances["accuracy_m"].to_numpy(),
            "at": entrances.geometry.to_wkb().to_numpy(),
            "site_id": entrances["site_id"].to_numpy(),
        }
    ).drop_duplicates(["site_id", "at"])
    starts = pd.DataFrame({"at": shapely.to_wkb(shapely.get_point(lines.to_numpy(), 0))})
    starts["site_id"] = site_ids.to_numpy()
    found = starts.merge(doors, on=["site_id", "at"], how="left")
    return found[["from_name", "site_accuracy_m"]].set_axis(lines.index)


def outline_labels(outlines: gpd.GeoDataFrame, lang: Lang) -> pd.Series:
    """Call every outline by its site, and by its basis where its site has several.

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
    called: pd.Series = outlines["name"] + bases.where(several, "")
    return called


def _entrances(found: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    if "site_id" not in found:
        wrong = f"layer {layer!r} has no column site_id"
        raise UsageError(f"--from {layer}", wrong, "add one that names the site of each entrance")
    if set(found.geom_type) != {"Point"}:
        raise LayerError(layer, "holds more than points", "give each entrance as a point")
    return found.set_geometry(crs.to_hk80(found))


def _at(entrances: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = outlines["site_id"]
    doors = entrances.geometry.groupby(entrances["site_id"]).agg(list).reindex(ids)
    stray = entrances.loc[~entrances["site_id"].isin(ids), "site_id"].fillna("–")
    if len(stray):
        first = ", ".join(f"{id_} ({site_id})" for id_, site_id in stray.head(_SHOWN).items())
        text = f"{len(stray)} entrances are of no site that is asked about: {first}"
        warnings.warn(text + " ..." * (len(stray) > _SHOWN), Notice, stacklevel=4)
    bare = list(dict.fromkeys(ids[doors.isna().to_numpy()]))
    if bare:
        text = f"no distance from {', '.join(bare)}: no entrance has that site_id"
        warnings.warn(text, Notice, stacklevel=4)
    shapes = [shapely.MultiPoint(d) if isinstance(d, list) else None for d in doors]
    return outlines.set_geometry(gpd.GeoSeries(shapes, index=outlines.index, crs=crs.HK80))
