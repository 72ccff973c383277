"""Distances and shortest lines of the web page as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from nmgeo.outputs.web.page_json import names_in_languages, shape_as_geojson

_RANGE_COLUMNS: Final = ("nearest_m", "low_m", "high_m")
_IN_YEARS: Final = ("from_year", "until_year")  # when it is the nearest that is open


def distance_entries(
    rows: Sequence[Mapping[str, Any]], layers: Mapping[str, pd.DataFrame]
) -> list[dict[str, Any]]:
    """Return the distances from the sites, and the names of what is as near.

    Parameters
    ----------
    rows : sequence of mapping
        JSON values of the columns of :func:`nmgeo.outputs.nearest_links.links_by_year`.
    layers : mapping of str to DataFrame
        The layers that they lead to, by name.
    """
    as_near: dict[str, dict[str, None]] = {}
    for row in rows:
        as_near.setdefault(row["layer"], {}).update(dict.fromkeys(row["also"]))
    names = {layer: _names_of(layers[layer], [*ids]) for layer, ids in as_near.items()}
    return [_distance_entry(row, names[row["layer"]]) for row in rows]


def _names_of(layer: pd.DataFrame, ids: list[str]) -> dict[str, list[str | None]]:
    rows: Any = layer.loc[ids].to_dict("records")
    return dict(zip(ids, map(names_in_languages, rows), strict=True))


def _distance_entry(
    row: Mapping[str, Any], names: Mapping[str, list[str | None]]
) -> dict[str, Any]:
    state = {key: row[key] for key in (*_RANGE_COLUMNS, "status", "opens", *_IN_YEARS)}
    return {
        "site": row["outline_id"],
        "layer": row["layer"],
        "names": names_in_languages(row),
        "also": [names[one] for one in row["also"]],
        **state,
    }


def line_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shortest line of a row in degrees."""
    measured = {key: row[key] for key in (*_RANGE_COLUMNS, *_IN_YEARS)}
    return {"site": row["outline_id"], **measured, "shape": shape_as_geojson(row["geometry"])}
