"""Geometry faults: invalid, empty, duplicate and mixed geometry, and slivers."""

from collections import Counter
from typing import Final

import numpy as np
import shapely

from nmgeo.commands.doctor.findings import Findings
from nmgeo.commands.doctor.record_batches import Batch
from nmgeo.commands.doctor.seen_hashes import MOST, Hashes
from nmgeo.messages import list_all, option, text
from nmgeo.sources.coordinate_numbers import (
    NO_NUMBER,
    TOO_LARGE,
    are_finite,
    are_too_large,
    lack_numbers,
)
from nmgeo.sources.csv_file import invalid_cells, with_decimal_point
from nmgeo.sources.repair_geometry import fault_of_geometry

SLIVER_M: Final = 1.0  # a part whose mean width (2 x area / perimeter) is less is a sliver
_DRAW: Final = text(
    "draw it again, or let nmgeo repair it as it reads (not with {strict})",
    strict=option("strict", value=True),
)
_GIVE: Final = text("give it an outline or leave it out")
_NAMED: Final = 100_000  # features whose ids are kept; later ones are named by their row
_POLYGON: Final = 2  # dimension


class Shapes:
    """Check the geometry of one layer batch by batch; a hash of each is kept."""

    def __init__(self, found: Findings) -> None:
        """Add what is wrong to ``found``."""
        self._found = found
        self._seen, self._names = Hashes(), list[str]()
        self._kinds: Counter[int] = Counter()
        self._high = self._count = self._commas = 0
        self._first_comma: tuple[str, str, str] | None = None

    def check(self, batch: Batch, ids: list[str], unit: np.ndarray | None) -> None:
        """Check a batch; ``unit`` is the metres in a unit of x and of y, None if not known."""
        shapes = batch.geometry
        self._count += len(shapes)
        gone, empty = shapely.is_missing(shapes), shapely.is_empty(shapes)
        for row in np.flatnonzero(gone | empty):
            self._add_empty(ids[row], batch, int(row))
        here = np.flatnonzero(self._with_numbers(shapes, ids, ~(gone | empty)))
        there = shapes[here]
        names = [ids[row] for row in here]
        self._kinds.update(map(int, shapely.get_dimensions(there)))
        self._high += int(shapely.has_z(there).sum())
        self._add_collections(there, names)
        self._add_invalid(there, names)
        if unit is not None:
            self._add_slivers(there, names, unit)
        self._names += ids[: max(_NAMED - batch.first, 0)]
        self._add_duplicates(there, names, here + batch.first)

    def _with_numbers(self, shapes: np.ndarray, ids: list[str], there: np.ndarray) -> np.ndarray:
        """Add coordinates that are no numbers or too large; tell which geometries have neither."""
        boxes = shapely.bounds(shapes)
        large, wild = are_too_large(boxes) & there, ~are_finite(boxes) & there
        rest = there & ~wild & ~shapely.is_valid(shapes)
        wild[rest] = lack_numbers(shapes[rest])
        for row in np.flatnonzero(wild | large):
            fault = NO_NUMBER if wild[row] else TOO_LARGE
            self._found.add("geometry_invalid", "fault", *fault, feature_id=ids[row])
        return np.asarray(there & ~(wild | large))

    def conclude(self) -> None:
        """Add what concerns the layer as a whole."""
        if len(self._kinds) > 1:
            kinds = list_all(_counted(d, count) for d, count in sorted(self._kinds.items()))
            split = text(
                "area and inside leave points and lines blank, other measures of land drop them"
            )
            self._found.add("geometry_mixed", "note", text("holds {kinds}", kinds=kinds), split)
        self._add_commas()
        if self._high:
            what = text(
                "{high} of {count} features have heights (Z)", high=self._high, count=self._count
            )
            remedy = text("nothing: nmgeo measures without heights")
            self._found.add("geometry_z", "note", what, remedy)
        if self._seen.are_full:
            what = text("compared with the first {most:,} geometries only", most=MOST)
            self._found.add("geometry_twice", "note", what, text("split the file to compare all"))

    @property
    def have_commas(self) -> bool:
        """Whether some coordinates have decimal commas."""
        return self._first_comma is not None

    def _add_commas(self) -> None:
        """Say once of how many features the coordinates have decimal commas."""
        if self._first_comma is None:
            return
        name, what, point = self._first_comma
        if more := self._commas - 1:
            what = text("{what}; {count} more features likewise", what=what, count=more)
        remedy = text("write a decimal point, not a comma: {example}", example=point)
        self._found.add("geometry_null", "fault", what, remedy, feature_id=name)

    def _add_empty(self, name: str, batch: Batch, row: int) -> None:
        finding, what, remedy = "geometry_null", text("has no geometry"), _GIVE
        if row in batch.broken:
            finding, remedy = "geometry_invalid", text("draw it again")
            what = text("cannot be built: {why}", why=fault_of_geometry(batch.broken[row]))
        elif cells := batch.cells.get(row):
            what = text("has no coordinates, as {what}", what=invalid_cells(cells))
            remedy = text("correct the cell")
            if point := with_decimal_point(cells):
                self._commas += 1
                self._first_comma = self._first_comma or (name, what, point)
                return
        elif batch.shapes[row] is not None:
            finding, what = "geometry_empty", text("has an empty geometry")
        self._found.add(finding, "fault", what, remedy, feature_id=name)

    def _add_collections(self, shapes: np.ndarray, names: list[str]) -> None:
        for row in np.flatnonzero(
            shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
        ):
            what = text("is a geometry collection, which has neither one area nor one length")
            split = text("split it by kind")
            self._found.add("geometry_collection", "fault", what, split, feature_id=names[row])

    def _add_invalid(self, shapes: np.ndarray, names: list[str]) -> None:
        bad = np.flatnonzero(~shapely.is_valid(shapes))
        for row, reason in zip(bad, shapely.is_valid_reason(shapes[bad]), strict=True):
            what = fault_of_geometry(str(reason))
            self._found.add("geometry_invalid", "fault", what, _DRAW, feature_id=names[row])

    def _add_slivers(self, shapes: np.ndarray, names: list[str], unit: np.ndarray) -> None:
        areal = np.flatnonzero(shapely.get_dimensions(shapes) == _POLYGON)
        parts, rows = shapely.get_parts(shapes[areal], return_index=True)
        metric = shapely.transform(parts, lambda xy: xy * unit)
        areas, around = shapely.area(metric), shapely.length(metric)
        for n in np.flatnonzero((areas > 0) & (2 * areas < SLIVER_M * around)):
            wide = 2 * areas[n] / around[n]
            what = text(
                "a part of {area:.1f} m² is {wide:.2f} m wide on average, under {least:g} m",
                area=areas[n],
                wide=wide,
                least=SLIVER_M,
            )
            remedy = text("leave it out, or merge it with its neighbour")
            self._found.add("sliver", "note", what, remedy, feature_id=names[areal[rows[n]]])

    def _add_duplicates(self, shapes: np.ndarray, names: list[str], rows: np.ndarray) -> None:
        plain = shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes)))
        hashes = np.fromiter(map(hash, plain), np.int64, len(plain))
        firsts = self._seen.firsts(hashes, rows)
        for n in np.flatnonzero(firsts != rows):
            first = self._names[firsts[n]] if firsts[n] < _NAMED else names[n]
            what = text("has the geometry of feature {first}", first=first)
            if first == names[n]:
                what = text(
                    "has in row {row} the geometry of row {first}",
                    row=rows[n] + 1,
                    first=firsts[n] + 1,
                )
            if shapely.get_dimensions(shapes[n]) == _POLYGON:
                what = text("{what}: its land would count twice", what=what)
            remedy = text("leave one out")
            self._found.add("geometry_twice", "note", what, remedy, feature_id=names[n])


def _counted(dimension: int, count: int) -> str:
    """Say how many features are of a kind."""
    if dimension == 0:
        return text("{count} Point", count=count)
    if dimension == _POLYGON:
        return text("{count} Polygon", count=count)
    return text("{count} LineString", count=count)
