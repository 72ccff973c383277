"""What a command is asked about by name: a site, a place, an instrument, a point or a file."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Final

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.inputs import Features
from nmgeo.errors import UnknownSiteError, UsageError, notify
from nmgeo.messages import Text, list_some, text
from nmgeo.names import instrument_name
from nmgeo.records.aliases import find_id, find_outline, named_things, suggest_ids
from nmgeo.records.tables import read_table, read_translations, site_ids
from nmgeo.regular_file import is_there
from nmgeo.sources.coordinate_text import Pair, parse_pair
from nmgeo.sources.grid_reference import parse_grid_reference
from nmgeo.spelling import find_spelling
from nmgeo.translations import Lang

_SHOWN: Final = 10  # how many ids a message names
_DEGREES: Final = 180.0  # coordinates above it are metres of the grid


def find_subject(catalog: Catalog, written: str, known: Collection[str]) -> str:
    """Return the id of what a name stands for.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    written : str
        An id, another name, or a name in a language.
    known : collection of str
        The ids that may be meant.

    Returns
    -------
    str
        One of ``known``.

    Warns
    -----
    Notice
        If it is the id of an outline, which stands for its site.

    Raises
    ------
    UnknownSiteError
        If it is none of them; the error suggests those that are alike.
    LayerError
        If it is a site of the user without geometry.
    """
    id_ = find_spelling(written, known) or find_id(catalog, written) or of_outline(catalog, written)
    if id_ in known:
        return str(id_)
    if catalog.own_sites is not None:
        from nmgeo.records.sites import require_placed  # noqa: PLC0415 - geopandas only for own

        require_placed(catalog, written)
    thing = _thing_of(catalog, written, known)
    if like := suggest_ids(catalog, written, known):
        names = ", ".join(like)
        wrong = text("unknown (did you mean {names}?)", names=names)
        raise UnknownSiteError(thing, wrong, text("name one of them"))
    shown = list_some(known, _SHOWN)
    raise UnknownSiteError(thing, text("unknown"), text("use {names}", names=shown))


def of_outline(catalog: Catalog, written: str) -> str | None:
    """Return the shipped site of an outline, with a word on it; None if there is no such outline.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    written : str
        The id of an outline.
    """
    if (outline := find_outline(catalog, written)) is None:
        return None
    site = site_ids(catalog)[outline]
    told = {"outline": outline, "site": site}
    notify(text("{outline} is an outline of {site}; this is about the whole site", **told))
    return site


def _thing_of(catalog: Catalog, written: str, known: Collection[str]) -> Text:
    """Say whether a site, an instrument or either was meant."""
    instruments = {row["policy_id"] for row in read_table(catalog, "policies")}
    if instruments.isdisjoint(known):
        return text("site {site!r}", site=written)
    if instruments.issuperset(known):
        return text("instrument {instrument!r}", instrument=written)
    return text("site or instrument {name!r}", name=written)


def subject_names(catalog: Catalog, lang: Lang) -> dict[str, str]:
    """Return the name of each site, instrument, place and feature in a language.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    lang : {"en", "tc", "sc"}
        The language; a name that we translated is marked as ours.

    Returns
    -------
    dict
        Names by id.
    """
    ours = read_translations(catalog)
    return {id_: instrument_name(row, lang, ours) for id_, row in named_things(catalog)}


def add_subject_names(rows: pd.DataFrame, catalog: Catalog, lang: Lang) -> pd.DataFrame:
    """Add ``subject_name``, the name of each subject in a language, or its id if it has none."""
    names = rows["subject"].map(subject_names(catalog, lang))
    return rows.assign(subject_name=names.fillna(rows["subject"]))


def require_unlike(ids: Sequence[set[str]]) -> None:
    """Stop if places of two files or frames have the same id, which rows do not tell apart.

    Parameters
    ----------
    ids : sequence of set of str
        The ids of the places of each.

    Raises
    ------
    UsageError
        With the first such id.
    """
    for one, other in combinations(ids, 2):
        for id_ in sorted(one & other):
            wrong = text("is an id in two of the files or frames")
            remedy = text("give them as one file or frame, or name other ids")
            raise UsageError(text("site {site!r}", site=id_), wrong, remedy)


def policy_sites(catalog: Catalog, written: Features | None) -> tuple[Catalog, str | None]:
    """Return the catalog of a point, a file or a frame in place of a site, and the site.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    written : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        ``LON,LAT`` or ``LAT,LON`` in degrees, ``EAST,NORTH`` of HK80 in metres, a grid reference
        such as ``KK 0549 7128`` (the corner of its square), sites as a file or a frame, or the
        name of a site, which is returned as it is.

    Returns
    -------
    (Catalog, str or None)
        The catalog with those sites, and None; or the same catalog and the name.
    """
    if written is not None and not isinstance(written, str):
        return replace(catalog, own_sites=open_catalog(sites=written).own_sites), None
    if written is None or catalog.own_sites is not None:
        return catalog, written
    if point := read_point(written):
        return _of_point(catalog, point, written), None
    if Path(written).suffix and is_there(written.partition("#")[0]):
        return replace(catalog, own_sites=open_catalog(sites=written).own_sites), None
    return catalog, written


def read_point(written: str) -> Pair | None:
    """Read coordinates: a pair of degrees or of metres, or a grid reference.

    Parameters
    ----------
    written : str
        As for :func:`policy_sites`. A grid reference stands for the corner of its square.

    Returns
    -------
    (float, float) or None
        Longitude and latitude of WGS 84, or easting and northing of HK80; None if it is neither.
    """
    reference = parse_grid_reference(written)
    if reference is None:
        return parse_pair(written)
    from nmgeo.crs import WGS84  # noqa: PLC0415 - geopandas only where a reference is read

    return reference.corner(WGS84)


def _of_point(catalog: Catalog, place: Pair, written: str) -> Catalog:
    system = "wgs84" if max(map(abs, place)) <= _DEGREES else "hk80"
    point = {"type": "Point", "coordinates": list(place)}
    feature = {"type": "Feature", "id": written, "properties": {}, "geometry": point}
    collection = {"type": "FeatureCollection", "features": [feature]}
    return replace(catalog, own_sites=open_catalog(sites=collection, crs=system).own_sites)


def find_instrument(catalog: Catalog, written: str) -> str | None:
    """Return the id of the instrument that a name stands for, or None if it is none."""
    ids = {row["policy_id"] for row in read_table(catalog, "policies")}
    id_ = written if written in ids else find_id(catalog, written)
    return id_ if id_ in ids else None
