"""Layers of a catalog, as frames: the shipped ones as of a day, official ones, the user's own."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from nmgeo import provenance
from nmgeo.cache import PulledLayer, official_layers
from nmgeo.catalog import NOT_KNOWN, Catalog, find_layer, last_day
from nmgeo.errors import UsageError, notify
from nmgeo.messages import list_first, text
from nmgeo.sources.opening import are_open, unknown_statuses
from nmgeo.sources.registered_layer import read_record
from nmgeo.sources.standard_columns import columns_in_file, with_key

if TYPE_CHECKING:
    from nmgeo.sources.official_outlines import OfficialOutline


def read_layer(catalog: Catalog, name: str, *, blank: bool = False) -> gpd.GeoDataFrame:
    """Read a layer: the user's own of that name, else the one that the catalog describes.

    Whatever is wrong with a layer of the catalog is an error.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    name : str
        One of its layers.
    blank : bool
        Whether to return features of the user without geometry, too, rather than to leave them out.

    Returns
    -------
    GeoDataFrame, n rows, any CRS
        Indexed by ``feature_id`` (unique), with names in three languages, status, year of
        opening, geometry status and accuracy in metres.

    Raises
    ------
    UnknownLayerError
        If the catalog has no such layer.
    LayerError
        If the file is missing or altered, or differs from its record in key, columns or geometry.
    """
    provenance.note_used(name)
    if name in catalog.own_layers or name in catalog.pulled:
        return _read_from_outside(catalog, name, blank=blank)
    frame = read_record(find_layer(catalog, name))
    if catalog.known_on is not None:
        frame = _on_day(frame, name, catalog, catalog.known_on)
    official = official_layers(catalog.pulled) if name == "sites" else ()
    return _with_official(frame, official) if official else frame


def _read_from_outside(catalog: Catalog, name: str, *, blank: bool) -> gpd.GeoDataFrame:
    """Read a layer of the user, or one that was fetched."""
    from nmgeo.sources import own_layer  # noqa: PLC0415 - shipped layers need no such reader

    if name in catalog.own_layers:
        return own_layer.read_own(catalog.own_layers[name], blank=blank)
    return own_layer.read_pulled(catalog.pulled[name])


def _with_official(frame: gpd.GeoDataFrame, official: Iterable[PulledLayer]) -> gpd.GeoDataFrame:
    """Put the outlines that were fetched in place of those of the sites."""
    from nmgeo.sources.official_outlines import with_official_outlines  # noqa: PLC0415 - as above
    from nmgeo.sources.own_layer import read_pulled  # noqa: PLC0415 - as above

    for layer in official:
        provenance.note_used(layer.name)
        frame = with_official_outlines(frame, layer, read_pulled)
    return frame


def official_outlines(catalog: Catalog) -> "list[OfficialOutline]":
    """Return the official outlines among the sites of a catalog; none if the user has own sites."""
    layers = [] if catalog.own_sites else official_layers(catalog.pulled)
    if not layers:
        return []
    from nmgeo.sources.official_outlines import find_official_outlines  # noqa: PLC0415 - as above
    from nmgeo.sources.own_layer import read_pulled  # noqa: PLC0415 - as above

    shipped = read_record(find_layer(catalog, "sites"))
    return [one for layer in layers for one in find_official_outlines(shipped, layer, read_pulled)]


def _stated_on(frame: gpd.GeoDataFrame, layer: str, catalog: Catalog) -> pd.Series:
    """Return the days on which the status of features was stated, as dates, months or years.

    ``as_of`` of a site is the day of its outline; its status is as new as the table of statuses.
    """
    if layer == "sites":
        return pd.Series(catalog.tables["statuses"].as_of, index=frame.index)
    stated_on: pd.Series = frame["as_of"]
    return stated_on


def _on_day(frame: gpd.GeoDataFrame, name: str, catalog: Catalog, day: date) -> gpd.GeoDataFrame:
    """Leave out what was stated of features after a day, and later sources of their outlines."""
    found = frame
    if "status" in frame:
        found = _known_by(frame, name, _stated_on(frame, name, catalog), day)
    if not {"as_of", "source"} <= set(frame):
        return found
    later = frame["as_of"].map(lambda stated: last_day(str(stated)) > day.isoformat())
    cited: gpd.GeoDataFrame = found.assign(
        as_of=frame["as_of"].mask(later, ""), source=frame["source"].mask(later, "")
    )
    return cited


def _known_by(
    frame: gpd.GeoDataFrame, layer: str, stated_on: pd.Series, day: date
) -> gpd.GeoDataFrame:
    """Replace the status and opening year of features where they were stated after a day.

    What is open, and opened in a year (``opened``) that had ended by the day, was open on it.
    """
    is_later = stated_on.map(lambda stated: last_day(str(stated)) > day.isoformat())
    is_later &= frame["status"].notna()
    if "opened" in frame:
        is_later &= ~(are_open(frame["status"]) & (frame["opened"].astype(float) < day.year))
    if is_later.any() and layer != "sites":
        said = text(
            "{layer}: {count} of {all} features have no status that was stated by {day}; theirs "
            "counts as not known",
            layer=layer,
            count=int(is_later.sum()),
            all=len(frame),
            day=day.isoformat(),
        )
        notify(said)
    known: gpd.GeoDataFrame = frame.assign(
        status=frame["status"].mask(is_later, NOT_KNOWN), opens=frame["opens"].mask(is_later)
    )
    return known


def with_own_key(frame: gpd.GeoDataFrame, layer: str, catalog: Catalog) -> gpd.GeoDataFrame:
    """Return a layer with the column of ids that its user named; any other layer as it is."""
    file = catalog.own_layers.get(layer)
    return with_key(frame, None if file is None else file.key)


def columns_of_layer(frame: gpd.GeoDataFrame, layer: str, catalog: Catalog) -> list[str]:
    """Return the columns of a layer, without those that its user's file has not.

    Parameters
    ----------
    frame : GeoDataFrame
        From :func:`read_layer`.
    layer : str
        Its name.
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    """
    if layer not in catalog.own_layers:
        return columns_in_file(frame, None)
    from nmgeo.sources.own_layer import stated_fields  # noqa: PLC0415 - as above

    return columns_in_file(frame, stated_fields(catalog.own_layers[layer]))


def open_features(frame: gpd.GeoDataFrame, layer: str, asked: str) -> gpd.GeoDataFrame:
    """Return the features of a layer that are open; ``asked`` is the option that asks for them.

    Raises
    ------
    UsageError
        If the layer says of none what its status is.

    Warns
    -----
    Notice
        Which statuses it has that are no words of nmgeo, and so not counted as open.
    """
    if not frame["status"].notna().any():
        wrong = text("layer {layer!r} has no status", layer=layer)
        raise UsageError(asked, wrong, text("leave it out"))
    say_unknown_statuses(frame, layer)
    return frame[are_open(frame["status"])]


def say_unknown_statuses(frame: gpd.GeoDataFrame, layer: str) -> None:
    """Name the statuses of a layer that are no words of nmgeo, and so not counted as open.

    Warns
    -----
    Notice
        If there are any, once in a command.
    """
    if odd := unknown_statuses(frame["status"]):
        said = text("{layer}: not counted as open: status {odd}", layer=layer, odd=list_first(odd))
        notify(said, fact=str(said))
