"""Years of opening: what a layer knows of the year that is asked about."""

import datetime as dt
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.errors import UsageError, notify
from nmgeo.messages import option, text
from nmgeo.sources.opening import are_open

_AHEAD: Final = 100  # years ahead that a plan may name


def require_known_year(
    year: int, others: gpd.GeoDataFrame, layer: str, parameter: str = "years"
) -> None:
    """Refuse a year of which a layer knows nothing, and say if it is after all that it knows.

    Parameters
    ----------
    year : int
        What is open by it is asked.
    others : GeoDataFrame, n rows
        The features, with ``status``, ``opens`` and ``as_of``.
    layer : str
        Name of the layer.
    parameter : str
        What the year was given as, for the error.

    Raises
    ------
    UsageError
        If the layer does not say what was open in that year.

    Warns
    -----
    Notice
        If the year is after all that the layer knows.
    """
    is_open = are_open(others["status"])
    if not (is_open | others["opens"].notna()).any():
        wrong = text(
            "layer {layer!r} says of nothing that it is open, or when it opens", layer=layer
        )
        raise UsageError(option(parameter, year), wrong, text("leave it out"))
    now = _as_of(others[is_open])
    if year < first_year(others):
        wrong = text(
            "layer {layer!r} says what is open in {now}, not since when", layer=layer, now=now
        )
        remedy = text("write today, or a year from {now}", now=now)
        if parameter != "years":
            remedy = text("write a year from {now}", now=now)
        raise UsageError(option(parameter, year), wrong, remedy)
    if year > now + _AHEAD:
        wrong = text("more than {count} years ahead", count=_AHEAD)
        remedy = text("write a year up to {last}", last=now + _AHEAD)
        raise UsageError(option(parameter, year), wrong, remedy)
    _tell_last(year, now, others, layer)


def _tell_last(year: int, now: int, others: gpd.GeoDataFrame, layer: str) -> None:
    """Say that a year is after all that a layer knows."""
    dated = others["opens"].dropna()
    last = max(int(dated.max()), now) if len(dated) else now
    if year > last:
        said = text(
            "{layer}: what opens after {last} is not known, so not in {year} either",
            layer=layer,
            last=last,
            year=year,
        )
        notify(said)


def first_year(others: gpd.GeoDataFrame) -> int:
    """Return the first year of which a layer says what is open; 0 if it says of all since when."""
    return _as_of(others[are_open(others["status"])]) if is_open_before(others).any() else 0


def is_open_before(others: gpd.GeoDataFrame) -> "pd.Series[bool]":
    """Tell what is open without a year, or is said to open later than that was stated."""
    is_open = are_open(others["status"])
    since = others["opens"].astype(float) <= _as_of(others[is_open])
    return pd.Series(is_open & ~since, dtype=bool)


def _as_of(features: gpd.GeoDataFrame) -> int:
    """Return the year of what the features say, this one if they do not tell."""
    said = features["as_of"].dropna().astype(str).str[:4]
    years = said[said.str.fullmatch("[12][0-9]{3}")].astype(int)
    return int(years.max()) if len(years) else dt.datetime.now(tz=dt.UTC).year
