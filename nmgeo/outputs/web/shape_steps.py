"""Shapes of the web page as steps: whole numbers from vertex to vertex, a third of their room.

The scripts of the page make GeoJSON of them again, to the same digits.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from nmgeo.outputs.web.page_json import DECIMALS, RING_DECIMALS

_Path = tuple[tuple[float, float], ...]
_PARTS: Final = ("sites", "rings", "links")


def shapes_as_steps(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a page with its shapes as steps.

    Parameters
    ----------
    data : mapping
        From :func:`nmgeo.outputs.web.page_data.build_page_data`; left as it is.

    Returns
    -------
    dict
        In place of the ``coordinates`` of a shape, but of a point, ``steps``: nested as they are,
        each path a flat list of whole numbers, the differences of longitude and latitude in turn,
        in units of the last of the ``decimals`` of a degree (six if they are not given). A hole of
        a ring is a number if it is the outer edge of the polygon of that number, turned round, of
        the ring before.
    """
    drawn = {name: [_with_steps(row) for row in data[name]] for name in _PARTS if name in data}
    if drawn.get("rings"):
        drawn["rings"] = list(_rings_with_steps(data["rings"]))
    layers = [
        layer | {"features": [_with_steps(one) for one in layer["features"]]}
        for layer in data.get("layers", ())
    ]
    return {**data, **drawn, "layers": layers}


def _with_steps(row: Mapping[str, Any]) -> Mapping[str, Any]:
    shape = row["shape"]
    if shape["type"] == "Point" or "coordinates" not in shape:
        return row
    steps = _steps(shape["coordinates"], 10**DECIMALS, {})
    return {**row, "shape": {"type": shape["type"], "steps": steps}}


def _rings_with_steps(rings: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    nothing: dict[str, Any] = {"shape": {"type": "MultiPolygon", "coordinates": []}}
    for before, ring in pairwise([nothing, *rings]):
        shape, known = ring["shape"], _edges_from_inside(before["shape"])
        steps = _steps(shape["coordinates"], 10**RING_DECIMALS, known)
        told = {"type": shape["type"], "steps": steps, "decimals": RING_DECIMALS}
        yield {**ring, "shape": told}


def _edges_from_inside(shape: Mapping[str, Any]) -> dict[_Path, int]:
    """Return the number of each polygon by its outer edge, turned round."""
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return {_path(polygon[0][::-1]): n for n, polygon in enumerate(polygons) if polygon}


def _path(coordinates: Iterable[Sequence[float]]) -> _Path:
    return tuple((x, y) for x, y in coordinates)


def _steps(coordinates: Sequence[Any], scale: int, known: Mapping[_Path, int]) -> Any:
    """Return the steps of a path or of several, or the number of one that is known."""
    if coordinates and not isinstance(coordinates[0][0], float):
        return [_steps(part, scale, known) for part in coordinates]
    if known and (number := known.get(_path(coordinates))) is not None:
        return number
    units = np.rint(np.array(coordinates).reshape(-1, 2) * scale).astype(np.int64)
    return np.diff(units, axis=0, prepend=0).ravel().tolist()
