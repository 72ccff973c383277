"""Distances of rings, as they are written: below 0 for a setback, or in a column of the sites."""

import re
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from nmgeo.errors import LayerError, UnitError, UsageError
from nmgeo.messages import Text, option, text
from nmgeo.units import metres

DISTANCES: Final = ("500m", "1km")  # of the rings, unless told otherwise
_MOST: Final = 100  # rings of a map; more fill it and take minutes
COUNTED: Final = ("stations", "crossings")  # the layers that a ring counts, unless told otherwise


def signed_metres(length: str) -> float:
    """Read a length that may be below 0."""
    bare = length.strip()
    return -metres(bare[1:]) if bare.startswith(("-", "\N{MINUS SIGN}")) else metres(bare)


def cell_metres(thing: str, cell: Any) -> float:
    """Read a cell: a number of metres, or a length with its unit."""
    said = "" if pd.isna(cell) else str(cell).strip()
    try:
        return signed_metres(said if re.search("[a-z]", said) else f"{said}m")
    except UnitError:
        wrong = text("{value!r} is no distance", value=said) if said else text("no value")
        remedy = text("give metres, or a length as in {example}", example="35m")
        raise LayerError(thing, wrong, remedy) from None


def require_few(at: Sequence[str]) -> None:
    """Refuse more rings than a map can show. Errors: UsageError."""
    if wrong := too_many(at):
        remedy = text("ask for fewer; {command} writes any number", command="nmgeo rings")
        raise UsageError(option("at"), wrong, remedy)


def too_many(at: Sequence[str]) -> Text | None:
    """Say that there are more rings than a map can show; None if not."""
    if len(at) <= _MOST:
        return None
    return text("{count} distances, more than {most}", count=len(at), most=_MOST)


def counted_edges(at: Sequence[str], *, cumulative: bool) -> tuple[list[float], list[float]]:
    """Return the inner and the outer edges in metres of rings in which features are counted alone.

    Raises
    ------
    UsageError, UnitError
        If there is no distance, one is none, or it is not more than 0.
    """
    to_m = sorted({signed_metres(length) for length in at})
    if not to_m or to_m[0] <= 0:
        wrong = text("counts need distances of more than 0")
        raise UsageError(option("at"), wrong, text("write {at}", at=option("at", "500m")))
    return [0.0] * len(to_m) if cumulative else [0.0, *to_m[:-1]], to_m
