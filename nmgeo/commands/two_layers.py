"""Two layers that a command compares: read under one key and one CRS, or one for each."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.inputs import Features, Inputs, names_layer, open_inputs
from nmgeo.commands.results import add_credits
from nmgeo.errors import UnknownLayerError
from nmgeo.messages import either, text
from nmgeo.sources.layers import read_layer
from nmgeo.translations import did_you_mean


def open_two(
    inputs: Inputs, *, blank: bool = False, **layers: Features
) -> tuple[Catalog, dict[str, gpd.GeoDataFrame], dict[str, str]]:
    """Read two layers.

    Parameters
    ----------
    inputs : Inputs
        ``key``, ``name``, ``crs`` and ``encoding`` are of both layers, or by parameter. A key of
        one of them is that of the other, too, unless another is named: ids of two kinds, such as
        lot numbers and row numbers, would match by chance.
    blank : bool
        Whether to return features without geometry, too, rather than to leave them out.
    **layers
        By parameter: the name of a layer, a path, a frame or an object with
        ``__geo_interface__``.

    Returns
    -------
    (Catalog, dict, dict)
        The catalog that holds both; by parameter the frame, and the name of the layer.

    Raises
    ------
    NmgeoError
        Whatever is wrong with a layer.
    """
    _require_known(inputs.get("catalog") or open_catalog(), layers)
    given = {word: layer if names_layer(layer) else {word: layer} for word, layer in layers.items()}
    own = [word for word, layer in given.items() if isinstance(layer, Mapping)]
    said: dict[str, Any] = dict(inputs)
    for word in ("key", "name", "crs", "encoding"):
        if isinstance(value := said.get(word), str):
            said[word] = dict.fromkeys(own, value) or value
    if isinstance(key := said.get("key"), Mapping) and len(named := key.keys() & set(own)) == 1:
        said["key"] = dict.fromkeys(own, key[named.pop()]) | dict(key)
    here, names = open_inputs(said, None, **given)  # type: ignore[arg-type]
    return here, {word: read_layer(here, name, blank=blank) for word, name in names.items()}, names


def _require_known(base: Catalog, layers: Mapping[str, Features]) -> None:
    """Refuse a text that is neither the name of a layer nor a path."""
    known = base.known_layers
    for word, layer in layers.items():
        if names_layer(layer) and layer not in known:
            wrong = text("neither a layer nor a file{guess}", guess=did_you_mean(layer, known))
            remedy = text(
                "give a path{frame}, or one of {known}",
                frame=either(" / GeoDataFrame", ""),
                known=", ".join(known),
            )
            raise UnknownLayerError(f"{word.upper()} {layer!r}", wrong, remedy)


def credit_layers(rows: Any, here: Catalog, names: Mapping[str, str]) -> Any:
    """Add the credits of two layers to a result, without those of the sites."""
    add_credits(rows, here, list(names.values()))
    rows.attrs["credits"] = list(here.credits_of(list(names.values())))
    return rows
