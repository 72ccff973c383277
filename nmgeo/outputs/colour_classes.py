"""Classes of a column for the map: categories, quantiles, natural breaks, or statutory zones.

Each class has a colour that all kinds of colour vision can tell apart from its neighbours, and from
the ninth class on also a pattern.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from jenkspy import jenks_breaks

from nmgeo.errors import UsageError
from nmgeo.languages import NAME_COLUMNS
from nmgeo.measures import areas
from nmgeo.messages import option, text
from nmgeo.names import natural_key
from nmgeo.outputs.legend_numbers import fewest_digits, number_text
from nmgeo.sources.value_types import NO_CLASS, class_texts
from nmgeo.translations import did_you_mean

SCHEMES: Final = ("categories", "quantiles", "breaks")
ZONE_COLUMN: Final = "ZONE_LABEL"
MAX_CATEGORIES: Final = 24  # eight colours with three patterns
_CLASSES: Final = 5  # of numbers
_SAMPLE: Final = 5_000  # values from which natural breaks are found
# Columns that every layer has, whatever its file holds.
_ADDED: Final = ("name", "status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
_SHOWN_NAMES: Final = 12  # columns that a message lists
_WITH_COMMAS: Final = 10_000  # a column of smaller numbers may hold years
_DECIMALS: Final = 6  # of hectares; who shows them rounds them, once
_MAX_LABEL: Final = 60  # characters of a category in the legend
# Okabe and Ito without black, and two of Tol that differ from them.
_CATEGORY_COLOURS: Final = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#882255", "#b5a642"),
)
_NUMBER_COLOURS: Final = ("#fde725", "#7ad151", "#22a884", "#31688e", "#440154")  # viridis
PATTERNS: Final = ("", "lines", "dots")
NO_VALUE_COLOUR: Final = "#9a9a9a"
# Zones of Hong Kong's statutory plans by the start of their label, and a colour near the plans'.
_ZONES: Final = (
    ("CDA", "#c2655a"),
    ("R(A)", "#8c510a"),
    ("R(B)", "#b3742d"),
    ("R(C)", "#cf9a56"),
    ("R(D)", "#e0bb85"),
    ("R(E)", "#a8623a"),
    ("V", "#e3c29b"),
    ("G/IC", "#3b7fc4"),
    ("OU", "#d4798f"),
    ("O", "#a6d96a"),
    ("OS", "#a6d96a"),
    ("REC", "#66bd63"),
    ("GB", "#4a9a4f"),
    ("AGR", "#9aa84f"),
    ("CA", "#1b6b4a"),
    ("SSSI", "#0b4f3a"),
    ("CP", "#2f7f5f"),
    ("I", "#8e6bb0"),
    ("C", "#e05a4f"),
    ("U", "#c9c9c9"),
)
_ZONE: Final = re.compile(r"\s*(R\([A-E]\)|G/IC|[A-Z]+)", flags=re.ASCII)


@dataclass(frozen=True)
class Classes:
    """Classes of the rows of a layer: the class of each row, and how each class looks."""

    column: str
    codes: np.ndarray  # n rows, int; the class of a row
    labels: tuple[str, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]

    def legend(
        self, frame: gpd.GeoDataFrame, seen: np.ndarray | None = None
    ) -> list[dict[str, Any]]:
        """Return the classes as JSON values, with their number of features and hectares.

        Only features that are ``seen`` (n rows, bool) are counted; all if not given.
        """
        codes = self.codes if seen is None else self.codes[seen]
        hectares = areas.area_ha(frame if seen is None else frame[seen]).to_numpy()
        return [
            {
                "label": label,
                "colour": self.colours[n],
                "pattern": self.patterns[n],
                "count": int((codes == n).sum()),
                "hectares": float(round(hectares[codes == n].sum(), _DECIMALS)),
            }
            for n, label in enumerate(self.labels)
        ]


def classify(frame: gpd.GeoDataFrame, column: str | None, scheme: str | None) -> Classes | None:
    """Classify the features of a layer by a column.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Features with their attributes.
    column : str, optional
        The column; without it the zones of ``ZONE_LABEL``, if the layer has that column.
    scheme : {"categories", "quantiles", "breaks"}, optional
        How; without it quantiles for numbers and categories for all else.

    Returns
    -------
    Classes or None
        None if no column was named and none is recognised. Rows without a value are a class of
        their own, the last.

    Raises
    ------
    UsageError
        If the layer has no such column, it has too many categories, or it holds text where numbers
        are needed.

    Source
    ------
    Natural breaks after Fisher (1958) and Jenks: the partition with the least sum of squares, of
    all values or of 5,000 quantiles.
    """
    zones = next((str(name) for name in frame if str(name).upper() == ZONE_COLUMN), None)
    if column is None:
        return None if zones is None else _zone_classes(frame[zones], zones)
    if column not in frame or column == frame.geometry.name:
        raise _no_column(frame, column)
    if column == zones and scheme in {None, "categories"}:
        return _zone_classes(frame[column], column)
    kind = frame[column].dtype
    is_number = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
    if (scheme or ("quantiles" if is_number else "categories")) == "categories":
        return _categories(frame[column], column)
    return _number_classes(frame[column], column, scheme or "quantiles")


def _no_column(frame: gpd.GeoDataFrame, column: str) -> UsageError:
    """Return the error that names the columns of the file, which stand before its geometry."""
    added = {*NAME_COLUMNS, *_ADDED, frame.geometry.name}
    names = [str(name) for name in frame if name not in added and not str(name).startswith("_")]
    of_file = takewhile(lambda name: name != frame.geometry.name, map(str, frame))
    own = [name for name in of_file if name in names] or names
    shown = own[:_SHOWN_NAMES]
    wrong = text("no such column{hint}", hint=did_you_mean(column, names))
    remedy = text("name one of {names}", names=", ".join(shown))
    told: dict[str, Any] = {"names": ", ".join(shown)}
    if more := len(own) - len(shown):
        remedy = text("name one of {names}; there are {more} more", **told, more=more)
    elif added_by_us := len(names) - len(own):
        told |= {"count": added_by_us}
        remedy = text("name one of {names}, or one of {count} columns that nmgeo adds", **told)
    return UsageError(option("colour_by", column), wrong, remedy)


def _zone_classes(values: pd.Series, column: str) -> Classes:
    """Return the zones of statutory plans; a label of no known zone counts as another."""
    known = dict(_ZONES)
    found = [_ZONE.match(str(value).upper()) for value in values]
    zones = [match[1] if match and match[1] in known else None for match in found]
    labels = [zone for zone in known if zone in zones]
    return _coded(column, zones, labels, [known[zone] for zone in labels], [""] * len(labels))


def _categories(values: pd.Series, column: str) -> Classes:
    cells = [None if one == NO_CLASS else str(one) for one in class_texts(_as_texts(values))]
    counted = pd.Series(cells, dtype=object).value_counts()
    labels = sorted(counted.index, key=lambda label: (-counted[label], natural_key(label)))
    if len(labels) > MAX_CATEGORIES:
        wrong = text(
            "{count} different values, more than {most}", count=len(labels), most=MAX_CATEGORIES
        )
        remedy = text(
            "classify numbers with {classes}, or name another column",
            classes=option("classes", "quantiles"),
        )
        raise UsageError(option("colour_by", column), wrong, remedy)
    colours = [_CATEGORY_COLOURS[n % len(_CATEGORY_COLOURS)] for n in range(len(labels))]
    patterns = [PATTERNS[n // len(_CATEGORY_COLOURS)] for n in range(len(labels))]
    return _coded(column, cells, labels, colours, patterns)


def _as_texts(values: pd.Series) -> pd.Series:
    """Return fractions as text with as few digits as tell them apart, and yes or no as JSON has it.

    All else stays as it is.
    """
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.map({True: "true", False: "false"}, na_action="ignore")
    if not pd.api.types.is_float_dtype(values.dtype):
        return values
    each = values.dropna().unique().astype(float)
    if len(each) > MAX_CATEGORIES or not np.isfinite(each).all():
        return values
    digits = fewest_digits(each)
    return values.map({number: number_text(number, digits, "") for number in each})


def _number_classes(values: pd.Series, column: str, scheme: str) -> Classes:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, copy=True)
    numbers[~np.isfinite(numbers)] = np.nan
    odd = values[np.isnan(numbers) & values.notna().to_numpy()]
    if len(odd):
        wrong = text("holds {value!r}, which is not a number", value=str(odd.iloc[0])[:_MAX_LABEL])
        remedy = text("use {classes}", classes=option("classes", "categories"))
        raise UsageError(option("colour_by", column), wrong, remedy)
    if np.isnan(numbers).all():
        wrong, remedy = text("holds no number"), text("name another column")
        raise UsageError(option("colour_by", column), wrong, remedy)
    edges = _edges(np.sort(numbers[~np.isnan(numbers)]), scheme)
    codes = np.searchsorted(edges[1:-1], numbers, side="left")  # NaN sorts last
    labels = _labels(numbers, codes, len(edges) - 1)
    cells = [None if np.isnan(v) else labels[c] for v, c in zip(numbers, codes, strict=True)]
    labels = [label for label in dict.fromkeys(labels) if label in cells]
    step = (len(_NUMBER_COLOURS) - 1) / max(len(labels) - 1, 1)
    colours = [_NUMBER_COLOURS[round(n * step)] for n in range(len(labels))]
    return _coded(column, cells, labels, colours, [""] * len(labels))


def _labels(numbers: np.ndarray, codes: np.ndarray, count: int) -> list[str]:
    """Return the label of each class: its least and largest number, so that none is in two."""
    known = ~np.isnan(numbers)
    comma = "," if (np.abs(numbers[known]) >= _WITH_COMMAS).any() else ""
    classes = {int(n): numbers[known & (codes == n)] for n in np.unique(codes[known])}
    ends = {n: (own.min(), own.max()) for n, own in classes.items()}
    whole = (numbers[known] == np.rint(numbers[known])).all()
    digits = 0 if whole else fewest_digits(np.unique([*ends.values()]))
    labels = [""] * count
    for n, both in ends.items():
        low, high = (number_text(end, digits, comma) for end in both)
        labels[n] = low if low == high else f"{low} – {high}"
    return labels


def _edges(values: np.ndarray, scheme: str) -> np.ndarray:
    """Return the edges of the classes of sorted numbers, the least and the largest included."""
    each = np.unique(values)
    if 1 < len(each) <= _CLASSES:  # a class for each number
        return np.concatenate([each[:1], each])
    count = min(_CLASSES, len(each))
    if scheme == "quantiles":
        edges = np.quantile(values, np.linspace(0, 1, count + 1))
        return np.unique(edges) if len(np.unique(edges)) > 1 else edges[[0, -1]]
    few = values if len(values) <= _SAMPLE else np.quantile(values, np.linspace(0, 1, _SAMPLE))
    return _natural_breaks(few, count) if count > 1 else few[[0, -1]]


def _natural_breaks(values: np.ndarray, count: int) -> np.ndarray:
    """Return the edges of natural breaks of numbers whose squares may be too large for a float."""
    _, exponent = np.frexp(np.abs(values).max())  # to multiply by a power of two rounds nothing
    within = np.ldexp(jenks_breaks(np.ldexp(values, -exponent), count), exponent)[1:-1]
    return np.concatenate([values[:1], within, values[-1:]])


def _coded(
    column: str,
    cells: Sequence[str | None],
    labels: Sequence[str],
    colours: Sequence[str],
    patterns: Sequence[str],
) -> Classes:
    """Return the classes by number; rows of none are a class of their own, without a label."""
    place = {label: n for n, label in enumerate(labels)}
    codes = np.array([len(labels) if cell is None else place[cell] for cell in cells], dtype=int)
    shown = tuple(
        label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…" for label in labels
    )
    if (codes == len(labels)).any():
        return Classes(column, codes, (*shown, ""), (*colours, NO_VALUE_COLOUR), (*patterns, ""))
    return Classes(column, codes, shown, tuple(colours), tuple(patterns))
