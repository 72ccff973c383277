"""How the user's own data look on the page: the title, the first view, and colours by a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.colour_classes import SCHEMES, Classes, classify
from nmgeo.sources.standard_columns import with_key
from nmgeo.translations import did_you_mean

SITES: Final = "sites"
_MAX_TITLE: Final = 200  # characters


@dataclass(frozen=True)
class Appearance:
    """What the user asked for: the title, ``[LAYER:]COLUMN`` to colour by, and how to classify."""

    title: str | None = None
    colour_by: str | None = None
    classes: str | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown classification, a title that cannot be shown, and classes of no column.

        Raises
        ------
        UsageError
            If a value cannot be used.
        """
        if self.title is not None:
            _require_title(self.title)
        if self.classes is None:
            return
        if self.classes not in SCHEMES:
            wrong = text("unknown classification{hint}", hint=did_you_mean(self.classes, SCHEMES))
            remedy = text("use one of {names}", names=", ".join(SCHEMES))
            raise UsageError(option("classes", self.classes), wrong, remedy)
        if self.colour_by is None:
            wrong = text("no column is named whose values are classified")
            raise UsageError(
                option("classes"), wrong, text("add {colour_by}", colour_by=option("colour_by"))
            )


def _require_title(title: str) -> None:
    if len(title) > _MAX_TITLE:
        wrong = text("{count} characters, more than {most}", count=len(title), most=_MAX_TITLE)
        raise UsageError(option("title"), wrong, text("write a shorter title"))
    try:
        title.encode()
    except UnicodeEncodeError:
        remedy = text("write the title in UTF-8")
        raise UsageError(option("title"), text("is not UTF-8"), remedy) from None


def page_title(atlas: Atlas, title: str | None) -> str | None:
    """Return the title of the page: as asked for, or from the user's file; None for our own."""
    if title is not None:
        return " ".join(title.split()) or None
    own = atlas.catalog.own_sites
    if own is not None:
        return None if own.given is not None else Path(own.path.partition("#")[0]).stem[:_MAX_TITLE]
    return ", ".join(atlas.catalog.own_layers)[:_MAX_TITLE] or None


def first_view(atlas: Atlas) -> list[list[float]]:
    """Return south, west and north, east of the first view: what the user brought, or our sites."""
    frames = [*atlas.own_in_degrees.values()]
    if atlas.catalog.own_sites is not None:
        frames.append(atlas.sites)
    around = _places(frames) or _places([atlas.ring_shapes]) or _places([atlas.sites])
    places = np.concatenate(around)
    west, south = places.min(axis=0).tolist()
    east, north = places.max(axis=0).tolist()
    return [[south, west], [north, east]]


def _places(frames: Sequence[gpd.GeoDataFrame]) -> list[np.ndarray]:
    """Return the longitude and latitude of all vertices of those frames that have any."""
    found = [(shapely.get_coordinates(frame.geometry), frame.crs) for frame in frames]
    return [crs.transform_coordinates(places, of, crs.WGS84) for places, of in found if len(places)]


def classes_by_layer(atlas: Atlas, look: Appearance) -> dict[str, Classes]:
    """Classify the user's sites and layers for drawing.

    Parameters
    ----------
    atlas : Atlas
        Own layers are looked through in their order, then own sites.
    look : Appearance
        Without a column, layers with the zones of statutory plans are classified by zone.

    Returns
    -------
    dict
        By the name of the layer, or ``"sites"``.

    Raises
    ------
    UsageError
        If there is no such column, nothing of the user's to colour, or the column cannot be
        classified as asked for.
    """
    own = atlas.catalog.own_layers
    frames = {name: with_key(atlas.layers[name], file.key) for name, file in own.items()}
    if (file := atlas.catalog.own_sites) is not None:
        frames[SITES] = with_key(atlas.sites, file.key)
    if look.colour_by is None:
        found = {name: classify(frame, None, None) for name, frame in frames.items()}
        return {name: classes for name, classes in found.items() if classes is not None}
    name, column = _coloured_layer(frames, look.colour_by)
    classes = classify(frames[name], column, look.classes)
    return {} if classes is None else {name: classes}


def _coloured_layer(frames: Mapping[str, gpd.GeoDataFrame], asked: str) -> tuple[str, str]:
    """Return the layer and the column that ``[LAYER:]COLUMN`` names."""
    if not frames:
        wrong = text("colours sites or layers of yours, and none were given")
        remedy = text("add {layer} or {sites}", layer=option("layers"), sites=option("sites"))
        raise UsageError(option("colour_by", asked), wrong, remedy)
    layer, colon, column = asked.partition(":")
    if colon and layer in frames:
        return layer, column
    holder = next((name for name, frame in frames.items() if asked in frame), next(iter(frames)))
    return holder, asked
