"""Largest error of the edge of a buffer, and how many segments a quarter circle needs for it."""

import math
from typing import Final, NamedTuple

from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.units import metres, named_after, read_share

_MIN_ERROR_SHARE: Final = 5e-5
_MIN_ARC_SHARE: Final = 3e-5  # smallest share of the distance that is left to the arcs


class MaxError(NamedTuple):
    """Largest error of the edge of a ring."""

    amount: float  # metres, or a share of the distance
    is_share: bool
    written: str = ""

    def segments(self, distance_m: float, grid_share: float) -> int:
        """Smallest number of segments per quarter circle that keeps a ring within the error.

        The middle of a chord lies inside the circle by the sagitta, ``r (1 - cos(pi / 4n))``. The
        error of the grid is subtracted from the allowed error first.

        Parameters
        ----------
        distance_m : float
            Metres, not 0.
        grid_share : float
            Error of the grid at this distance, as a share of the distance.

        Returns
        -------
        int
            Segments, >= 1.

        Raises
        ------
        UsageError
            If the error is less than 0.005 % of the distance, or leaves less than 0.003 % to arcs.
        """
        allowed = self.amount if self.is_share else self.amount / abs(distance_m)
        smallest = max(_MIN_ERROR_SHARE, grid_share + _MIN_ARC_SHARE)
        if allowed < smallest:
            raise self._too_small(distance_m, grid_share, smallest)
        half_angle = math.acos(max(0.0, 1 - allowed + grid_share))
        return math.ceil(math.pi / 4 / half_angle)

    def _too_small(self, distance_m: float, grid_share: float, smallest: float) -> UsageError:
        wrong = text(
            "the error of the Hong Kong 1980 Grid at {distance:,.6g} m is {percent:.2g}%",
            distance=distance_m,
            percent=100 * grid_share,
        )
        if smallest == _MIN_ERROR_SHARE:
            wrong = text("a buffer of {distance:,.6g} m cannot be so exact", distance=distance_m)
        percent = math.ceil(round(1e5 * smallest, 6)) / 1e3
        return UsageError(
            option("max_error", self.written),
            wrong,
            text("allow {percent:g}% or more", percent=percent),
        )


def read_max_error(written: str) -> MaxError:
    """Read the largest error of a buffer's edge: ``"0.1%"`` of the distance, or ``"1m"``.

    Parameters
    ----------
    written : str
        A share of the distance, or a length.

    Returns
    -------
    MaxError
        As a share, or in metres.

    Raises
    ------
    UnitError
        If it is neither.
    """
    is_share = "%" in written
    with named_after("max_error", written):
        amount = read_share(written) if is_share else metres(written)
    return MaxError(amount, is_share, written.strip())
