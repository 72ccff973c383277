"""Columns of coordinates in a table: found by their headings, read as points."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS

from nmgeo.crs import HK80, HK80_DEGREES, WGS84, System
from nmgeo.messages import Text, text
from nmgeo.sources.coordinate_headings import (
    HK80_WORDS,
    PAIRS,
    all_words,
    behind_other_words,
    read_heading,
)
from nmgeo.sources.coordinate_text import Pair, parse_number, parse_pair
from nmgeo.sources.grid_reference import parse_grid_reference
from nmgeo.sources.nested_shapes import LEVELS

WKT_COLUMNS: Final = ("wkt", "geometry", "geom", "the_geom")  # of a table in text
_NESTED: Final = re.compile("collection", re.IGNORECASE)  # what may stand within itself in WKT
_CURVED: Final = re.compile("circular|curve|surface", re.IGNORECASE)  # not drawn as lines
_DEGREES: Final = 180.0  # coordinates above it are metres
_LETTER: Final = 1  # length of a heading such as E or N
_STATED: Final = 200  # features whose columns are held against their geometry
SAMPLE: Final = 100  # rows that show whether a column holds coordinates


Columns = Mapping[str, Sequence[Any]]  # values by heading


@dataclass(frozen=True)
class Coordinates:
    """The columns of a table that hold its coordinates.

    ``columns`` are x and y, or the one column of both; ``crs`` is what their headings mean,
    None for x and y; ``square_m`` the side of the squares that grid references with letters
    name, 0 if the cells hold none; ``is_wkt`` whether the cells of one column are WKT.
    """

    columns: tuple[str, ...]
    crs: CRS | None = None
    square_m: float = 0
    is_wkt: bool = False

    @property
    def notice(self) -> Text:
        """Say as what the columns are read, if their headings or cells tell."""
        named = ", ".join(" ".join(heading.split()) for heading in self.columns)
        if self.square_m:
            return text(
                "{columns} read as UTM grid references (WGS 84): the south-west corners of squares"
                " of {side:g} m",
                columns=named,
                side=self.square_m,
            )
        crs = System.from_crs(self.crs)
        return text("{columns} read as {crs}", columns=named, crs=crs.name if crs else "x, y")


@dataclass(frozen=True)
class StatedPlaces:
    """Where the first features of a layer are by its columns: points, or None."""

    columns: tuple[str, ...]
    crs: CRS
    points: np.ndarray


def find_coordinates(
    names: Collection[str], sample: Mapping[str, Sequence[Any]]
) -> Coordinates | None:
    """Find the columns of a table that hold coordinates.

    Parameters
    ----------
    names : iterable of str
        The headings.
    sample : mapping of str to values
        The first rows, by heading.

    Returns
    -------
    Coordinates or None
        WKT before degrees, these before metres of a grid, these before x and y, and these before
        one column of both; the first columns whose values can be read, else the first of that
        heading.
    """
    wkt = [Coordinates((name,), is_wkt=True) for name in names if name.lower() in WKT_COLUMNS]
    read = {name: read_heading(name) for name in names}
    found = [
        Coordinates((x, y), _crs_of(axes, read[x][1] | read[y][1]))
        for axes in PAIRS
        for x in _named(read, axes[0])
        for y in sorted(_named(read, axes[1]), key=lambda y: _unlike(y, x, read))
    ]
    found = found or [
        Coordinates(pair, _crs_of(axes, all_words(pair)))
        for axes in PAIRS
        for pair in behind_other_words(read, axes)
    ]
    found += [_coordinates_of_pairs(name, sample[name]) for name in _named(read, "pair")]
    usable = [one for one in [*wkt, *found] if has_values(one, sample)]
    pairs = [one for one in found if len(one.columns) > 1]
    return next(iter([*usable, *pairs]), None)


def stated_places(columns: Columns) -> StatedPlaces | None:
    """Read the places that columns of a layer state beside its geometry.

    Parameters
    ----------
    columns : mapping of str to values
        Of its features, in their order.

    Returns
    -------
    StatedPlaces or None
        None if no two columns are headed as coordinates whose CRS is known.
    """
    read = {name: read_heading(name) for name in columns}
    if not {axis for axis, _ in read.values()} & {axis for axes in PAIRS for axis in axes}:
        return None
    words = {n: list(map(_as_text, columns[n][:_STATED])) for n, (axis, _) in read.items() if axis}
    found = find_coordinates(words, words)
    if found is None or found.crs is None or len(found.columns) == 1:
        return None
    table = pa.table({name: pa.array(words[name], pa.string()) for name in found.columns})
    return StatedPlaces(found.columns, found.crs, build_shapes(found, table))


def _unlike(
    y: str, x: str, read: Mapping[str, tuple[str | None, frozenset[str]]]
) -> tuple[bool, bool]:
    """Sort first the heading of y that is written like that of x."""
    return read[y][1] != read[x][1], (len(y) > _LETTER) != (len(x) > _LETTER)


def _named(read: Mapping[str, tuple[str | None, frozenset[str]]], axis: str) -> list[str]:
    return [name for name, (found, _) in read.items() if found == axis]


def _crs_of(axes: tuple[str, str], others: frozenset[str]) -> CRS | None:
    """Return the CRS that headings mean: degrees are WGS 84 and metres HK80 unless they say."""
    if axes == PAIRS[0]:
        return HK80_DEGREES if others & HK80_WORDS else WGS84
    return HK80 if axes == PAIRS[1] or others & HK80_WORDS else None


def _coordinates_of_pairs(name: str, cells: Sequence[Any]) -> Coordinates:
    """Tell by the first cell that can be read what a column of both coordinates holds."""
    for cell in map(str, filter(None, cells)):
        if pair := parse_pair(cell):
            return Coordinates((name,), WGS84 if max(map(abs, pair)) <= _DEGREES else HK80)
        if reference := parse_grid_reference(cell):
            return Coordinates((name,), WGS84, reference.side_m)
    return Coordinates((name,))


def has_values(one: Coordinates, sample: Mapping[str, Sequence[Any]]) -> bool:
    """Whether a row of the sample can be read."""
    shown = pa.table({name: pa.array(list(map(_as_text, sample[name]))) for name in one.columns})
    return bool((~shapely.is_missing(build_shapes(one, shown))).any())


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def build_shapes(coordinates: Coordinates, table: pa.Table) -> np.ndarray:
    """Build the shape of each row of a table: a point, or what its WKT says.

    Parameters
    ----------
    coordinates : Coordinates
        Which columns.
    table : Table, n rows
        With these columns, text or numbers.

    Returns
    -------
    array of n geometries
        None where a cell is no coordinate.
    """
    columns = [table[name] for name in coordinates.columns]
    if coordinates.is_wkt:
        return _shapes_of_wkt(columns[0].cast(pa.string()).to_pylist())
    if len(columns) == 1:
        cells = columns[0].cast(pa.string()).to_pylist()
        pairs = [_read_pair(cell, coordinates.crs or WGS84) if cell else None for cell in cells]
        x, y = np.array([pair or (np.nan, np.nan) for pair in pairs], float).reshape(-1, 2).T
    else:
        x, y = (read_numbers(column) for column in columns)
    points = np.full(table.num_rows, None, dtype=object)
    there = np.isfinite(x) & np.isfinite(y)
    points[there] = shapely.points(x[there], y[there])
    return points


def _shapes_of_wkt(cells: Sequence[str | None]) -> np.ndarray:
    """Read cells as WKT, but for curves and what GEOS might read until its stack is full."""
    flat = [cell if cell and not _is_odd(cell) else None for cell in cells]
    shapes: np.ndarray = shapely.from_wkt(np.array([*flat, None], object), on_invalid="ignore")
    return shapes[:-1]


def _is_odd(cell: str) -> bool:
    return _CURVED.search(cell) is not None or len(_NESTED.findall(cell)) > LEVELS


def _read_pair(cell: str, crs: CRS) -> Pair | None:
    """Read a cell that holds both coordinates; a grid reference with letters is moved to a CRS."""
    if pair := parse_pair(cell):
        return pair
    reference = parse_grid_reference(cell)
    return None if reference is None else reference.corner(crs)


def read_numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Read a column as numbers, whatever way they are written in; NaN where a cell is none."""
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        numbers = column.cast(pa.float64(), safe=False)
        return np.asarray(numbers.to_numpy(zero_copy_only=False), float)
    trimmed = pc.utf8_trim_whitespace(column)
    try:
        plain = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        return np.asarray(plain.cast(pa.float64()).to_numpy(zero_copy_only=False), float)
    except pa.ArrowInvalid:
        cells = trimmed.to_pylist()
        return np.array([parse_number(cell) if cell else np.nan for cell in cells], float)
