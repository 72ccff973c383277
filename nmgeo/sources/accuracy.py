"""Accuracies: the largest error of the position of a feature, as a user's file states it."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources.describe import Description
from nmgeo.sources.geojson_ids import is_geojson, parse_geojson
from nmgeo.sources.mapped_bytes import mapped_bytes
from nmgeo.units import MOST_ACCURACY_M

REMEDY: Final = text(
    "give metres from 0 to {most:.0f}, or leave it empty if it is not known", most=MOST_ACCURACY_M
)
_NUMBERS: Final = "iuf"  # kinds of columns of whole numbers and fractions
_TRUTH: Final = re.compile(rb'"accuracy_m"\s*:\s*(true|false)\b')
AMONG_NUMBERS: Final = text("accuracy_m is a number in some features, and true or false in others")
_SHORT: Final = 40  # characters of a value that a message shows


def invalid_accuracies(column: pd.Series) -> pd.Series:
    """Return the values of a column ``accuracy_m`` that are no accuracy, as text on its index.

    A missing or blank value is no fault: the accuracy is not known. True and false are no numbers.
    """
    metres = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    doubted = _are_truths(column) | ~((metres >= 0) & (metres <= MOST_ACCURACY_M))
    odd = column[doubted].dropna().astype(str)
    return odd[odd.str.strip() != ""].str[:_SHORT] if len(odd) else odd


def _are_truths(column: pd.Series) -> np.ndarray:
    """Tell which values are true or false, which pandas takes for 1 and 0."""
    if column.dtype.kind in _NUMBERS:
        return np.zeros(len(column), dtype=bool)
    return column.map(pd.api.types.is_bool).to_numpy(bool)


def require_accuracies(frame: pd.DataFrame, file: str) -> None:
    """Stop if an accuracy is negative, absurd or no number, since every range would be wrong.

    Parameters
    ----------
    frame : DataFrame, n rows
        Indexed by feature id; if it has ``accuracy_m``, in metres.
    file : str
        What to call it in a message.

    Raises
    ------
    LayerError
        With the first feature and its value.
    """
    if "accuracy_m" not in frame:
        return
    odd = invalid_accuracies(frame["accuracy_m"])
    if len(odd):
        first, value = odd.index[0], odd.iloc[0]
        wrong = text("feature {feature}: accuracy_m is {value!r}", feature=first, value=value)
        raise LayerError(file, wrong, REMEDY)


def holds_truths(seen: Description) -> bool:
    """Tell whether GeoJSON has true or false among the numbers of ``accuracy_m``.

    GDAL reads them as 1 and 0, which would be metres.
    """
    if not is_geojson(seen) or not seen.types.get("accuracy_m", "").startswith(("int", "float")):
        return False
    with mapped_bytes(Path(seen.path)) as data:
        if _TRUTH.search(data) is None:
            return False
    try:
        return any(map(_states_truth, parse_geojson(seen, _truth_of_feature)))
    except ValueError:
        return True


def _truth_of_feature(value: dict[str, Any]) -> Any:
    """Put in the place of a feature whether its own ``accuracy_m`` is true or false."""
    match value:
        case {"type": "Feature", "properties": {"accuracy_m": bool()}}:
            return True
        case {"type": "Feature"}:
            return False
        case _:
            return value


def _states_truth(record: Any) -> bool:
    inside = record.get("features") if isinstance(record, dict) else record
    return True in inside if isinstance(inside, list) else inside is True


def require_numbers(seen: Description) -> None:
    """Stop at a file of which :func:`holds_truths` is true.

    Raises
    ------
    LayerError
        With the name of the file.
    """
    if holds_truths(seen):
        raise LayerError(seen.file, AMONG_NUMBERS, REMEDY)
