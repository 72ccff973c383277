"""Grid references with letters, as maps of Hong Kong print them: KK 0549 7128.

They are of the Universal Transverse Mercator grid on WGS 84, whose zones 49 and 50 meet at 114
degrees east. Two letters name a square of 100 km, in the manner of the Military Grid Reference
System (MGRS). In Hong Kong each pair of letters stands in one zone alone, so 50Q may be left out.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pyproj import CRS

_SQUARES: Final[Mapping[str, tuple[int, int, int]]] = {  # zone, and south-west corner in metres
    "GE": (49, 700_000, 2_400_000),
    "HE": (49, 800_000, 2_400_000),
    "GF": (49, 700_000, 2_500_000),
    "HF": (49, 800_000, 2_500_000),
    "JK": (50, 100_000, 2_400_000),
    "KK": (50, 200_000, 2_400_000),
    "JL": (50, 100_000, 2_500_000),
    "KL": (50, 200_000, 2_500_000),
}
_WRITTEN: Final = re.compile(
    r"(?:(?P<zone>49|50)\s*Q\s*)?(?P<square>[A-HJ-NP-Z]{2})[\s:]*"
    r"(?:(?P<digits>\d{4,10})|(?P<east>\d{2,5})[\s,/-]+(?P<north>\d{2,5}))",
    re.ASCII,
)
_DIGITS: Final = 5  # of a whole easting or northing inside a square of 100 km
_LONGEST: Final = 40  # characters of a cell that may be a reference


@dataclass(frozen=True)
class GridReference:
    """A square of the UTM grid on WGS 84: its zone, its south-west corner and its side, metres."""

    zone: int
    easting: float
    northing: float
    side_m: float

    def corner(self, target: "CRS") -> tuple[float, float]:
        """Return the south-west corner in another CRS, x before y."""
        import numpy as np  # noqa: PLC0415 - a text is looked at without the libraries of geometry

        from nmgeo.crs import transform_coordinates, utm  # noqa: PLC0415 - as above

        place = np.array([[self.easting, self.northing]])
        x, y = transform_coordinates(place, utm(self.zone), target)[0].tolist()
        return x, y


def parse_grid_reference(cell: str) -> GridReference | None:
    """Read a grid reference with letters of Hong Kong or Shenzhen.

    Parameters
    ----------
    cell : str
        ``"KK 0549 7128"``, ``"50QKK05497128"``: two letters and twice two to five digits.

    Returns
    -------
    GridReference or None
        None if it is none, or lies elsewhere.

    Examples
    --------
    >>> parse_grid_reference("50Q KK 0549 7128")
    GridReference(zone=50, easting=205490, northing=2471280, side_m=10)
    """
    plain = unicodedata.normalize("NFKC", cell).strip().upper()
    found = _WRITTEN.fullmatch(plain) if len(plain) <= _LONGEST else None
    if found is None or found["square"] not in _SQUARES:
        return None
    zone, east, north = _SQUARES[found["square"]]
    digits = found["digits"] or ""
    half = len(digits) // 2
    right, up = (digits[:half], digits[half:]) if digits else (found["east"], found["north"])
    if len(right) != len(up) or found["zone"] not in (None, str(zone)):
        return None
    side = 10 ** (_DIGITS - len(right))
    return GridReference(zone, east + side * int(right), north + side * int(up), side)
