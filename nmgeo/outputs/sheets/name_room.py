"""The room that a name takes on a sheet, and the places where it may stand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import shapely

from nmgeo.outputs.sheets.drawing import POINT_MM
from nmgeo.outputs.sheets.paper import Frame

_FITS: Final = 0.8  # of its width that an area has which holds a name
_BESIDE_MM: Final = 2.5


@dataclass(frozen=True, kw_only=True)
class Room:
    """The room that a name takes: its width in millimetres, and its size in points."""

    frame: Frame
    width: float
    size: float
    lines: int = 1
    gap: float = 0.0  # to the middle of a symbol; none for a name that has no symbol
    extent: tuple[float, ...] | None = None  # the box of what is named beside it if it is small
    far: float = 0.0  # from what it names: a name that is further has a line to it

    @property
    def high(self) -> float:
        """Height of a line, millimetres."""
        return self.size * POINT_MM

    @property
    def step(self) -> float:
        """From one line to the next, millimetres."""
        return self.high * 1.25

    def box(self, place: tuple[float, float]) -> Any:
        """Return the box of a name that starts at a place."""
        left, base = place
        bottom = base + self.step * (self.lines - 1) + self.high / 4
        return shapely.box(left, base - self.high, left + self.width, bottom)

    def leader(self, point: Any, place: tuple[float, float]) -> Any | None:
        """Return the line from a point of an area to its name, None if the name is near enough."""
        box = self.box(place)
        if self.extent is None or shapely.dwithin(box, shapely.box(*self.extent), self.far):
            return None
        left, top, right, bottom = box.bounds
        end = min(max(point.x, left), right), min(max(point.y, top), bottom)
        return shapely.LineString([(point.x, point.y), end])

    def find(
        self,
        point: Any,
        taken: list[Any],
        *,
        always: bool,
        also: Callable[[tuple[float, float]], bool] = lambda _: True,
    ) -> tuple[float, float] | None:
        """Return where a name starts so that it covers no other, None if there is no room.

        The place is also one that a function approves of.
        """
        shown = shapely.box(*self.frame.edges)
        places = list(self._places(shapely.get_x(point), shapely.get_y(point)))
        for place in places:
            box = self.box(place)
            is_free = not any(shapely.intersects(box, b) for b in taken)
            if is_free and shapely.contains(shown, box) and also(place):
                return place
        if not always:
            return None
        left, _, right, _ = self.frame.edges  # over another name rather than not at all
        return min(max(places[0][0], left + 1), right - self.width - 1), places[0][1]

    def _places(self, x: float, y: float) -> Iterator[tuple[float, float]]:
        gap, middle = self.gap, x - self.width / 2
        if gap:
            yield from ((x + gap, y + self.high / 3), (x - gap - self.width, y + self.high / 3))
            yield from ((middle, y - gap), (middle, y + gap + self.high))
            return
        yield from self._beside()
        for step in (0, -1, 1, -2, 2, -4, 4, -6, 6):
            yield middle, y + self.high * (1 / 3 + step * 1.3)

    def _beside(self) -> Iterator[tuple[float, float]]:
        """Yield places beside, above and below an area in which the name has no room."""
        tall = self.step * self.lines
        if self.extent is None:
            return
        left, top, right, bottom = self.extent
        if right - left > self.width * _FITS and bottom - top > tall:
            return
        middle, base = (left + right - self.width) / 2, (top + bottom - tall) / 2 + self.high
        yield right + _BESIDE_MM, base
        yield left - _BESIDE_MM - self.width, base
        yield middle, top - _BESIDE_MM - tall + self.high
        yield middle, bottom + _BESIDE_MM + self.high
