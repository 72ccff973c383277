"""Shapes: what is wrong with the geometry of a layer, feature by feature."""

from collections import Counter
from typing import Final

import numpy as np
import shapely

from nmgeo.commands.doctor.findings import Findings
from nmgeo.commands.doctor.record_batches import Batch
from nmgeo.commands.doctor.seen_hashes import MOST, Hashes
from nmgeo.sources.csv_file import invalid_cells

SLIVER_M: Final = 1.0  # a part whose mean width, 2 x area / perimeter, is less is a sliver
_DRAW: Final = "draw it again, or let nmgeo repair it as it reads (not under --strict)"
_GIVE: Final = "give it an outline or leave it out"
_NAMED: Final = 100_000  # features whose ids are kept; a later one is known by its row
_KINDS: Final = ("Point", "LineString", "Polygon")  # by dimension


class Shapes:
    """Looks at the geometry of one layer batch by batch; remembers a hash of each."""

    def __init__(self, found: Findings) -> None:
        """Begin with nothing seen; what is wrong goes to ``found``."""
        self._found = found
        self._seen, self._names = Hashes(), list[str]()
        self._kinds: Counter[int] = Counter()
        self._high = self._count = 0

    def see(self, batch: Batch, ids: list[str], unit: np.ndarray | None) -> None:
        """Look at a batch whose numbers are ``unit`` metres each along x and y, if it is known."""
        shapes = batch.geometry
        self._count += len(shapes)
        gone, empty = shapely.is_missing(shapes), shapely.is_empty(shapes)
        for row in np.flatnonzero(gone | empty):
            self._tell_empty(ids[row], batch, int(row))
        here = np.flatnonzero(~gone & ~empty)
        there = shapes[here]
        names = [ids[row] for row in here]
        self._kinds.update(map(int, shapely.get_dimensions(there)))
        self._high += int(shapely.has_z(there).sum())
        self._tell_collections(there, names)
        self._tell_invalid(there, names)
        if unit is not None:
            self._tell_slivers(there, names, unit)
        self._names += ids[: max(_NAMED - batch.first, 0)]
        self._tell_twins(there, names, here + batch.first)

    def conclude(self) -> None:
        """Say what is true of the layer as a whole."""
        if len(self._kinds) > 1:
            kinds = ", ".join(f"{n} {_KINDS[d]}" for d, n in sorted(self._kinds.items()))
            split = "split it by kind where areas are asked for"
            self._found.add("geometry_mixed", "note", f"holds {kinds}", split)
        if self._high:
            what = f"{self._high} of {self._count} features have heights (Z)"
            self._found.add("geometry_z", "note", what, "nothing: nmgeo drops them as it measures")
        if self._seen.are_full:
            what = f"looked for among the first {MOST:,} geometries alone"
            self._found.add("geometry_twice", "note", what, "split the file to look for all")

    def _tell_empty(self, name: str, batch: Batch, row: int) -> None:
        finding, what, remedy = "geometry_null", "has no geometry", _GIVE
        if row in batch.broken:
            finding, remedy = "geometry_invalid", "draw it again"
            what = f"cannot be built: {batch.broken[row]}"
        elif cells := batch.cells.get(row):
            what, remedy = f"has no coordinates, as {invalid_cells(cells)}", "mend the cell"
        elif batch.shapes[row] is not None:
            finding, what = "geometry_empty", "is empty"
        self._found.add(finding, "fault", what, remedy, feature_id=name)

    def _tell_collections(self, shapes: np.ndarray, names: list[str]) -> None:
        for row in np.flatnonzero(
            shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
        ):
            what = "is a geometry collection, which has no one measure"
            self._found.add(
                "geometry_collection", "fault", what, "split it by kind", feature_id=names[row]
            )

    def _tell_invalid(self, shapes: np.ndarray, names: list[str]) -> None:
        bad = np.flatnonzero(~shapely.is_valid(shapes))
        for row, reason in zip(bad, shapely.is_valid_reason(shapes[bad]), strict=True):
            place = str(reason).replace("[", " at (").replace("]", ")")
            self._found.add("geometry_invalid", "fault", place, _DRAW, feature_id=names[row])

    def _tell_slivers(self, shapes: np.ndarray, names: list[str], unit: np.ndarray) -> None:
        areal = np.flatnonzero(shapely.get_dimensions(shapes) == _KINDS.index("Polygon"))
        parts, rows = shapely.get_parts(shapes[areal], return_index=True)
        metric = shapely.transform(parts, lambda xy: xy * unit)
        areas, around = shapely.area(metric), shapely.length(metric)
        for n in np.flatnonzero((areas > 0) & (2 * areas < SLIVER_M * around)):
            wide = 2 * areas[n] / around[n]
            what = (
                f"a part of {areas[n]:.1f} m2 is {wide:.2f} m wide on average, under {SLIVER_M:g} m"
            )
            name = names[areal[rows[n]]]
            self._found.add("sliver", "note", what, "leave it out or join it on", feature_id=name)

    def _tell_twins(self, shapes: np.ndarray, names: list[str], rows: np.ndarray) -> None:
        plain = shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes)))
        hashes = np.fromiter(map(hash, plain), np.int64, len(plain))
        firsts = self._seen.firsts(hashes, rows)
        for n in np.flatnonzero(firsts != rows):
            first = self._names[firsts[n]] if firsts[n] < _NAMED else names[n]
            whose = f"has the geometry of feature {first}"
            if first == names[n]:
                whose = f"has in row {rows[n]} the geometry of row {firsts[n]}"
            is_land = shapely.get_dimensions(shapes[n]) == _KINDS.index("Polygon")
            what = f"{whose}: its land would count twice" if is_land else whose
            self._found.add("geometry_twice", "note", what, "leave one out", feature_id=names[n])
