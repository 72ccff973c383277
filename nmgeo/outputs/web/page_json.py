"""Rows, names and shapes as JSON for the web page."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pandas as pd
import shapely

from nmgeo.json_values import json_value
from nmgeo.languages import LANGS, NAME_COLUMNS
from nmgeo.translations import translate

DECIMALS: Final = 6  # of a degree: 0.1 m
RING_DECIMALS: Final = 5  # 1 m


def json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts of JSON values."""
    names = [str(column) for column in frame.columns]
    columns = [map(json_value, values.tolist()) for _, values in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def names_in_languages(row: Mapping[str, Any]) -> list[str | None]:
    """Return the name of a row in each language, None where it has none.

    The ring round all sites, which a file of :func:`nmgeo.rings` names in one language, has all.
    """
    names = [row.get(column) for column in NAME_COLUMNS]
    said = {str(name) for name in names if name is not None}
    if len(said) == 1 and said <= set(_all_sites()):
        return [*_all_sites()]
    return [None if name is None else str(name) for name in names]


@cache
def _all_sites() -> tuple[str, ...]:
    return tuple(translate("phrase", "all_sites", lang) for lang in LANGS)


def shape_as_geojson(shape: shapely.Geometry, decimals: int = DECIMALS) -> dict[str, Any]:
    """Return a shape in degrees as a GeoJSON geometry, rounded to a number of decimals."""
    rounded = shapely.transform(shape, lambda xy: xy.round(decimals))
    loaded: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return loaded
