"""Read the CRS that a file states, unless it names another file.

A CRS may name a grid of shifts, or a file of definitions. PROJ opens these wherever they are, and
fetches them from a host if the environment says ``PROJ_NETWORK=ON``.
"""

import re
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from nmgeo.crs import is_named_in_full
from nmgeo.errors import MissingCRSError
from nmgeo.messages import text

_NOTHING: Final = r"(?!@?null(?:[\s\"\])]|$))"  # stands for no grid
_OF_WKT: Final = re.compile(
    rf'PARAMETERFILE\s*[\[(]\s*"[^"]*"\s*,\s*"{_NOTHING}([^"]*)'
    rf'|"PROJ4_GRIDS"\s*,\s*"{_NOTHING}([^"]*)'
    rf'|"PROJ4"\s*,\s*"[^"]*\b\w*grids\s*=\s*{_NOTHING}([^\s"]*)',
    re.IGNORECASE,
)
_OF_PROJ: Final = re.compile(
    rf'\b(?:\w*(?:grids|file)|model|catalog)\s*=\s*{_NOTHING}([^\s"\])]*)'
    r'|\binit\s*=\s*(?!epsg:\d+\b)([^\s"]*)',
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"[/\\]|^[.~]|\.[A-Za-z]\w*$")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)  # GDAL has no way to it
_FORMS: Final = re.compile(r"\s*\w+\s*[\[(]|.*\b(?:proj|init)\s*=", re.DOTALL)  # WKT or PROJ
_SHOWN: Final = 60  # characters of a name that a message shows


def require_local_crs(said: str, file: str) -> None:
    """Stop before GDAL or PROJ look for a file that a CRS names.

    Parameters
    ----------
    said : str
        A code, a name, WKT or a text of PROJ, as it stands in a file.
    file : str
        What the user typed, for the message.

    Raises
    ------
    MissingCRSError
        If it is a path, or names a file of definitions or a grid.
    """
    require_local_wkt(said, file)
    if found := _OF_PROJ.search(said):
        raise _names_file(found[1] or found[2] or said, file)
    if not _FORMS.match(said) and not _ADDRESS.match(said.strip()):
        name = said.strip().replace(" / ", " ")
        if _PATH.search(name):
            raise _names_file(said, file)


def require_local_wkt(said: str, file: str) -> None:
    """Stop if WKT, or anything that holds it, names a grid.

    Parameters and errors are those of :func:`require_local_crs`.
    """
    if found := _OF_WKT.search(said):
        raise _names_file(found[1] or found[2] or found[3] or said, file)


def _names_file(named: str, file: str) -> MissingCRSError:
    wrong = text("its CRS names the file {name!r}, which is not read", name=named[:_SHOWN])
    return MissingCRSError(file, wrong, text("save it in EPSG:2326 or EPSG:4326"))


def read_stated_crs(said: Any, file: str) -> CRS:
    """Read the CRS that a file states.

    Parameters
    ----------
    said : str or dict
        A code, WKT or PROJJSON.
    file : str
        What the user typed, for the message.

    Returns
    -------
    CRS
        Of pyproj.

    Raises
    ------
    MissingCRSError
        If it names another file.
    CRSError
        If PROJ does not know it, or by a part of its name alone.
    """
    if isinstance(said, str):
        require_local_crs(said, file)
    crs = CRS.from_user_input(said)
    if isinstance(said, str) and not is_named_in_full(said, crs):
        raise CRSError(f"{said[:_SHOWN]!r} is a part of the name of {crs.name}")
    require_local_crs(crs.to_wkt(), file)
    return crs
