"""Paper and scale: sizes of sheets, the frame of the map, and which scale fits."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from nmgeo.errors import UsageError
from nmgeo.messages import option, text

PAPERS: Final = {  # millimetres, the short side first
    "a4": (210.0, 297.0),
    "a3": (297.0, 420.0),
    "a2": (420.0, 594.0),
    "a1": (594.0, 841.0),
    "a0": (841.0, 1189.0),
}
PANEL_MM: Final = 78.0  # beside the map
MARGIN_MM: Final = 10.0
GUTTER_MM: Final = 5.0  # for the numbers of the grid
_SCALES: Final = (
    *(500, 1_000, 2_000, 2_500, 5_000, 7_500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000),
    *(40_000, 50_000, 75_000, 100_000, 150_000, 200_000, 250_000, 500_000, 1_000_000),
)
_ROUND_SUBJECT: Final = 1.06  # so that an outline does not touch the frame


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The frame of a map on a sheet, in millimetres, and the grid that it shows.

    Parameters
    ----------
    left, top, width, height : float
        Where it lies.
    scale : int
        ``10000`` for 1:10,000, on the Hong Kong 1980 Grid.
    centre : tuple of float
        Easting and northing of its middle.
    """

    left: float
    top: float
    width: float
    height: float
    scale: int
    centre: tuple[float, float]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north on the grid, metres."""
        (x, y), metres = self.centre, self.scale / 2000
        wide, high = self.width * metres, self.height * metres
        return x - wide, y - high, x + wide, y + high

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the sheet, millimetres."""
        return self.left, self.top, self.left + self.width, self.top + self.height

    def place(self, shape: Any) -> Any:
        """Return a shape of the grid where it lies on the sheet."""
        west, _, _, north = self.bounds
        k = 1000 / self.scale

        def move(xy: Any) -> Any:
            return np.column_stack(
                (self.left + (xy[:, 0] - west) * k, self.top + (north - xy[:, 1]) * k)
            )

        return shapely.transform(shape, move)


def sheet_size(paper: str, *, landscape: bool) -> tuple[float, float]:
    """Return the width and height of a sheet.

    Raises
    ------
    UsageError
        If the paper is not known.
    """
    if paper.lower() not in PAPERS:
        remedy = text("use one of {names}", names=", ".join(PAPERS))
        raise UsageError(option("paper", paper), text("is not known"), remedy)
    short, long = PAPERS[paper.lower()]
    return (long, short) if landscape else (short, long)


def read_scale(written: str | int | None) -> int | None:
    """Read a scale such as ``1:10000``, ``1:10,000`` or ``10000``.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> read_scale("1:10,000"), read_scale(2500), read_scale(None)
    (10000, 2500, None)
    """
    if written is None:
        return None
    found = re.fullmatch(r"(?:1\s*:\s*)?([1-9][\d, ]{0,11})", str(written).strip(), re.ASCII)
    number = int(re.sub("[, ]", "", found[1])) if found else 0
    if not _SCALES[0] <= number <= _SCALES[-1]:
        wrong = text("not a scale from 1:{low} to 1:{high}", low=_SCALES[0], high=_SCALES[-1])
        raise UsageError(option("scale", written), wrong, text("write one such as 1:10000"))
    return number


def fit_frame(
    box: Sequence[float],
    paper: str,
    scale: int | None,
    *,
    landscape: bool,
    around: Sequence[float] | None,
) -> Frame:
    """Return the frame of a sheet whose middle is that of a box.

    Parameters
    ----------
    box : sequence of float
        West, south, east and north on the grid, metres; all of it is shown.
    paper : str
        One of :data:`PAPERS`.
    scale : int or None
        If not given, the largest usual scale at which ``around`` fits.
    landscape : bool
        Whether the sheet lies on its long side.
    around : sequence of float or None
        A box with the same middle, which holds the first; that one if not given.

    Raises
    ------
    UsageError
        If the box does not fit; the message says which scale and which paper do.
    """
    width, height = _frame_size(*sheet_size(paper, landscape=landscape))
    least = _least_scale(box, width, height)
    if scale is None:
        wished = _least_scale(box if around is None else around, width, height)
        scale = next((one for one in _SCALES if one >= wished), _SCALES[-1])
    if least > scale:
        raise _does_not_fit(box, paper, scale, least, landscape=landscape)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    left, top = MARGIN_MM + GUTTER_MM, MARGIN_MM + GUTTER_MM
    return Frame(left=left, top=top, width=width, height=height, scale=scale, centre=centre)


def _frame_size(width: float, height: float) -> tuple[float, float]:
    around = 2 * (MARGIN_MM + GUTTER_MM)
    return width - around - PANEL_MM, height - around


def _least_scale(box: Sequence[float], width: float, height: float) -> float:
    wide, high = (box[2] - box[0]) * _ROUND_SUBJECT, (box[3] - box[1]) * _ROUND_SUBJECT
    return max(wide / width, high / height) * 1000


def _does_not_fit(
    box: Sequence[float], paper: str, scale: int, least: float, *, landscape: bool
) -> UsageError:
    """Say which scale fits the paper, and which paper the scale."""
    usual = next((one for one in _SCALES if one >= least), math.ceil(least))
    wrong = text("does not fit on {paper}", paper=paper.upper())
    remedy = text("write {scale}", scale=option("scale", f"1:{usual}"))
    for name in PAPERS:
        size = _frame_size(*sheet_size(name, landscape=landscape))
        if _least_scale(box, *size) <= scale:
            paper_option = option("paper", name)
            remedy = text("{scale}, or {paper}", scale=remedy, paper=paper_option)
            break
    return UsageError(option("scale", f"1:{scale}"), wrong, remedy)
