"""Read the ids of GeoJSON features, which GDAL mixes with a property ``id`` or makes up."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import geopandas as gpd

from nmgeo.sources.describe import Description

FEATURE_ID: Final = "id"  # GDAL gives the text id of features as this column
_DRIVERS: Final = ("GeoJSON", "GeoJSONSeq")
_LARGEST: Final = 100_000_000  # bytes; a larger file is what GDAL says
_RECORD: Final = "\x1e"  # begins a record of RFC 8142

Ids = tuple[object, object]  # the member ``id`` of a feature, and its property ``id``


def read_feature_ids(seen: Description) -> list[str] | None:
    """Return the id of each feature: its member ``id``, else its property, else its row from 0.

    A file in which some features have no id has row numbers throughout, so that no number means
    two things.

    Parameters
    ----------
    seen : Description
        The file.

    Returns
    -------
    list of str, or None
        In the order of the file; None for other formats, archives and very large files.
    """
    try:
        found = _listed(parse_geojson(seen, _without_geometry))
    except ValueError:
        return None
    members, properties = zip(*found, strict=True) if found else ((), ())
    held = members if any(one is not None for one in members) else properties
    if any(one is None for one in held):
        return [str(row) for row in range(len(found))]
    return [one if isinstance(one, str) else json.dumps(one) for one in held]


def is_geojson(seen: Description) -> bool:
    """Whether a file is GeoJSON that can be looked into: none in an archive."""
    return seen.driver in _DRIVERS and not seen.path.startswith("/vsi")


def parse_geojson(seen: Description, hook: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """Parse a file record by record; plain GeoJSON is one record.

    Parameters
    ----------
    seen : Description
        The file.
    hook : callable
        Makes what is kept of each object, so that memory does not grow with the file.

    Raises
    ------
    ValueError
        If it is of another format, in an archive, very large or no JSON.
    """
    if not is_geojson(seen) or seen.size > _LARGEST:
        raise ValueError(seen.driver)
    text = Path(seen.path).read_text(encoding="utf-8-sig")
    lines = text.replace(_RECORD, "\n").split("\n")
    records = [text] if seen.driver == "GeoJSON" else filter(str.strip, lines)
    try:
        return [json.loads(one, object_hook=hook) for one in records]
    except RecursionError:
        raise ValueError(seen.driver) from None


def with_ids(
    frame: gpd.GeoDataFrame, labels: list[str], key: str | None, stated: list[str] | None
) -> gpd.GeoDataFrame:
    """Return features with their ids in a column beside another key, and in none without it.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        As GDAL reads them: text ids are a column, whole numbers are none.
    labels : list of n str
        The ids.
    key : str, optional
        The column of ids that the user named.
    stated : list of n str, optional
        From :func:`read_feature_ids`.
    """
    named = frame.get(FEATURE_ID)
    if key == FEATURE_ID:
        return frame
    repeats = key is None or (key in frame and frame[key].astype(str).tolist() == labels)
    if named is not None and repeats and named.astype(str).tolist() == labels:
        return frame.drop(columns=FEATURE_ID)
    are_rows = stated == [str(row) for row in range(len(frame))]
    if named is None and not repeats and stated is not None and not are_rows:
        return frame.assign(**{FEATURE_ID: labels})
    return frame


def _without_geometry(value: dict[str, Any]) -> Any:
    """Keep the ids of a feature alone, so that memory does not grow with its coordinates."""
    match value:
        case {"type": "Feature"}:
            properties = value.get("properties")
            inner = properties.get(FEATURE_ID) if isinstance(properties, dict) else None
            return tuple(_id(one) for one in (value.get(FEATURE_ID), inner))
        case {"coordinates": _}:
            return None
        case _:
            return value


def _id(value: object) -> object:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _listed(values: Iterable[Any]) -> list[Ids]:
    """Return the ids of all features; raise ValueError if there is something else."""
    found: list[Ids] = []
    for value in values:
        inside = value.get("features") if isinstance(value, dict) else [value]
        if not isinstance(inside, list) or not all(isinstance(one, tuple) for one in inside):
            raise ValueError(type(value).__name__)
        found += inside
    return found
