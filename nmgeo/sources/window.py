"""Features outside Hong Kong with Shenzhen round it: found, and said, in one way."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from nmgeo.crs import System
from nmgeo.errors import LayerError
from nmgeo.messages import Text, option, text
from nmgeo.units import LONGEST

_DEGREES: Final = 1_000.0  # smaller numbers are degrees here, not metres
_REMEDY: Final = text("leave it out, or say what the coordinates are with {crs}", crs=option("crs"))


def require_window(
    shapes: np.ndarray, names: Sequence[object], system: System, file: str, remedy: Text = _REMEDY
) -> None:
    """Stop unless every geometry lies in Hong Kong with Shenzhen round it.

    Parameters
    ----------
    shapes : array of geometries, n
        As they stand in a file.
    names : sequence, n
        What each feature is called in a message.
    system : System
        What the coordinates are.
    file : str
        What to call it in a message.
    remedy : Text
        What to do about it.

    Raises
    ------
    LayerError
        Naming the first feature outside, and where it lies.
    """
    if stray := next(system.find_outside_window(shapes), None):
        row, place = stray
        wrong = text("feature {ids}: {why}", ids=names[row], why=outside_text(place))
        raise LayerError(file, wrong, remedy)


def outside_text(place: Iterable[float]) -> Text:
    """Say that a place lies outside Hong Kong.

    Examples
    --------
    >>> str(outside_text([823000, 838000.4])), str(outside_text([114.081, 25]))
    ('lies outside Hong Kong (823000, 838000)', 'lies outside Hong Kong (114.0810, 25.0000)')
    """
    return text("lies outside Hong Kong ({where})", where=", ".join(map(format_coordinate, place)))


def format_coordinate(value: float) -> str:
    """Write a coordinate as a message shows it: metres whole, degrees to 10 m."""
    if abs(value) >= LONGEST:
        return f"{value:.3g}"
    return f"{value:.{0 if abs(value) >= _DEGREES else 4}f}"
