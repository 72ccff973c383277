"""A drawing: paths and texts in millimetres from the top left corner, before any format."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from unicodedata import category

import shapely

Anchor = Literal["start", "middle", "end"]
POINT_MM: Final = 25.4 / 72
INK: Final = "#222222"
WHITE: Final = "#ffffff"
_CONTROLS: Final = ("Cc", "Cs", "Zl", "Zp")  # categories of Unicode


@dataclass(frozen=True, kw_only=True)
class Path:
    """Lines or an area; lengths are millimetres."""

    parts: Sequence[Any]  # arrays of x and y
    closed: bool
    fill: str = ""
    opacity: float = 1.0
    line: str = ""
    width: float = 0.2
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Tag:
    """A heading or paragraph, to which lines of text belong; each is one of its own."""

    role: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """A line of text; ``x`` and ``y`` are the anchor on its base line."""

    x: float
    y: float
    text: str
    size: float = 8.0  # points
    colour: str = INK
    halo: bool = False
    anchor: Anchor = "start"
    tag: Tag | None = None


@dataclass(kw_only=True)
class Drawing:
    """A sheet: its size in millimetres, its title, and what is drawn, from the bottom up.

    ``description`` says in words what the map shows, to those who do not see it.
    """

    width: float
    height: float
    title: str
    description: str = ""
    parts: list[Path | Text] = field(default_factory=list)
    _tag: Tag | None = None

    @contextmanager
    def tag(self, role: str) -> Iterator[None]:
        """Let the lines of text in this block be one heading ``H1``, ``H2`` or paragraph ``P``."""
        self._tag = Tag(role=role)
        try:
            yield
        finally:
            self._tag = None

    def polygon(self, shape: Any, *, fill: str, opacity: float = 1.0) -> None:
        """Fill polygons."""
        rings = [
            shapely.get_coordinates(r) for p in _polygons(shape) for r in (p.exterior, *p.interiors)
        ]
        if rings and fill:
            self.parts.append(Path(parts=rings, closed=True, fill=fill, opacity=opacity))

    def line(
        self, shape: Any, *, line: str = INK, width: float = 0.2, dash: tuple[float, ...] = ()
    ) -> None:
        """Draw lines, or the edges of polygons."""
        edges = shapely.boundary(shape) if shape.geom_type.endswith("Polygon") else shape
        parts = [shapely.get_coordinates(one) for one in _lines(edges)]
        if parts:
            self.parts.append(Path(parts=parts, closed=False, line=line, width=width, dash=dash))

    def box(
        self, edges: Sequence[float], *, fill: str = "", line: str = INK, width: float = 0.2
    ) -> None:
        """Draw a rectangle: left, top, right, bottom."""
        ring = shapely.get_coordinates(shapely.box(*edges))
        self.parts.append(Path(parts=[ring], closed=True, fill=fill, line=line, width=width))

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        size: float = 8.0,
        colour: str = INK,
        halo: bool = False,
        anchor: Anchor = "start",
    ) -> None:
        """Write a line of text, without characters that are not seen and move others."""
        line = " ".join("".join(map(_seen, text)).split())
        if line:
            x, y = at
            self.parts.append(
                Text(
                    x=x,
                    y=y,
                    text=line,
                    size=size,
                    colour=colour,
                    halo=halo,
                    anchor=anchor,
                    tag=self._tag,
                )
            )

    def characters(self) -> set[str]:
        """Return every character that is written."""
        return {c for part in self.parts if isinstance(part, Text) for c in part.text}

    def replace_characters(self, table: Mapping[str, str]) -> None:
        """Write other characters in place of some, wherever they stand."""
        codes = str.maketrans(dict(table))
        self.parts = [
            replace(part, text=part.text.translate(codes)) if isinstance(part, Text) else part
            for part in self.parts
        ]


def _seen(character: str) -> str:
    """Return a character; a space for a control, nothing for a mark of direction or joining."""
    kind = category(character)
    return "" if kind == "Cf" else " " if kind in _CONTROLS else character


def _polygons(shape: Any) -> Iterator[Any]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield part
        elif part.geom_type == "MultiPolygon":
            yield from part.geoms


def _lines(shape: Any) -> Iterator[Any]:
    for part in shapely.get_parts(shape):
        if part.geom_type in {"LineString", "LinearRing"} and not part.is_empty:
            yield part
        elif hasattr(part, "geoms"):
            yield from _lines(part)
