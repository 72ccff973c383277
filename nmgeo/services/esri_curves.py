"""Curves of Esri JSON as lines whose chords stay within a stated deviation.

A part of ``curveRings`` or ``curvePaths`` mixes points with curves that begin at the point before:

- ``{"c": [end, through]}``: an arc of the circle through three points;
- ``{"b": [end, control, control]}``: a cubic Bézier curve;
- ``{"a": [end, centre, minor, clockwise, rotation, axis, ratio]}``: an arc of an ellipse, with the
  angle of its major axis in radians from east, its semi-major axis, and the ratio of the minor to
  the major one. Without the last three it is an arc of a circle.
"""

import cmath
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

_MOST: Final = 10_000  # chords of one curve
_CLOSE: Final = 1e-3  # of the semi-major axis, by which a point may lie beside its ellipse


def read_points(part: Sequence[Any], deviation: float) -> Iterator[tuple[float, float]]:
    """Yield the points of a ring or path, with points on its curves.

    Parameters
    ----------
    part : sequence
        Points and curves; z and m are left out.
    deviation : float
        How far a chord may be from its curve, in the unit of the coordinates.

    Yields
    ------
    tuple of float
        x and y. The points of the part are among them, unchanged.

    Raises
    ------
    ValueError
        If a curve is of another kind or contradicts itself, or has more than 10,000 chords.
    KeyError, TypeError, IndexError
        If it is no such part.

    Examples
    --------
    >>> half = [[0, 0], {"c": [[2, 0], [1, 1]]}]
    >>> [(round(x, 3), round(y, 3)) for x, y in read_points(half, 0.5)]
    [(0.0, 0.0), (1.0, 1.0), (2.0, 0.0)]
    """
    last = 0j
    for one in part:
        if isinstance(one, Mapping):
            ((kind, told),) = one.items()
            end = _point(told[0])
            found = _CURVES[kind](last, end, told[1:], deviation)
            yield from ((z.real, z.imag) for z in found)
            last = end
        else:
            last = _point(one)
        yield last.real, last.imag


def _point(written: Sequence[Any]) -> complex:
    """Return a point as a complex number."""
    found = complex(float(written[0]), float(written[1]))
    if not cmath.isfinite(found):
        raise ValueError(written)
    return found


def _between(
    place: Callable[[float], complex], first: float, last: float, bend: float, deviation: float
) -> Iterator[complex]:
    """Yield the points between the ends of a curve whose second derivative is at most ``bend``.

    A chord over a step h is at most bend * h^2 / 8 from its curve.
    """
    count = math.ceil(abs(last - first) * math.sqrt(bend / 8 / deviation))
    if count > _MOST:
        raise ValueError(count)
    for step in range(1, count):
        yield place(first + (last - first) * step / count)


def _through(
    start: complex, end: complex, told: Sequence[Any], deviation: float
) -> Iterator[complex]:
    """Yield points on the arc of a circle through three points."""
    through = _point(told[0])
    centre = (start + through) / 2 if start == end else _centre(start, through, end)
    if centre is None:  # they lie on a line
        return
    first = cmath.phase(start - centre)
    ways = [(cmath.phase(z - centre) - first) % math.tau for z in (through, end)]
    sweep = ways[1] or math.tau
    if ways[0] > sweep:  # the arc runs clockwise
        sweep -= math.tau
    radius = abs(start - centre)
    yield from _between(
        lambda angle: centre + cmath.rect(radius, angle), first, first + sweep, radius, deviation
    )


def _centre(a: complex, b: complex, c: complex) -> complex | None:
    """Return the centre of the circle through three points; None if they lie on a line."""
    side, other = b - a, c - a
    double = (side.conjugate() * other).imag * 2
    if not double:
        return None
    return a + 1j * (abs(side) ** 2 * other - abs(other) ** 2 * side) / -double


def _bezier(
    start: complex, end: complex, told: Sequence[Any], deviation: float
) -> Iterator[complex]:
    """Yield points on a cubic Bézier curve."""
    near, far = _point(told[0]), _point(told[1])
    bend = 6 * max(abs(start - 2 * near + far), abs(near - 2 * far + end))

    def place(t: float) -> complex:
        s = 1 - t
        return s**3 * start + 3 * s * s * t * near + 3 * s * t * t * far + t**3 * end

    yield from _between(place, 0.0, 1.0, bend, deviation)


def _ellipse(
    start: complex, end: complex, told: Sequence[Any], deviation: float
) -> Iterator[complex]:
    """Yield points on an arc of an ellipse; the direction says which of the two arcs it is."""
    centre, is_clockwise = _point(told[0]), bool(told[2])
    turn, major, ratio = map(float, told[3:6]) if told[3:] else (0.0, abs(start - centre), 1.0)
    if not (major > 0 and 0 < ratio <= 1 and math.isfinite(turn)):
        raise ValueError(told)
    places = [_on_circle(z - centre, turn, major, ratio) for z in (start, end)]
    first, last = map(cmath.phase, places)
    sweep = (last - first) % math.tau or math.tau  # all of it if it ends where it starts
    if is_clockwise:
        sweep = (sweep % math.tau) - math.tau

    def place(angle: float) -> complex:
        on_axes = complex(major * math.cos(angle), major * ratio * math.sin(angle))
        return centre + on_axes * cmath.rect(1, turn)

    yield from _between(place, first, first + sweep, major, deviation)


def _on_circle(offset: complex, turn: float, major: float, ratio: float) -> complex:
    """Return where the unit circle has a point of an ellipse, given from the centre."""
    turned = offset * cmath.rect(1 / major, -turn)
    found = complex(turned.real, turned.imag / ratio)
    if abs(abs(found) - 1) > _CLOSE:
        raise ValueError(offset)
    return found


_CURVES: Final[Mapping[str, Callable[..., Iterator[complex]]]] = {
    "a": _ellipse,
    "b": _bezier,
    "c": _through,
}
