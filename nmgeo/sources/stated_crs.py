"""Read the CRS that a file states, unless it names another file.

A CRS may name a grid of shifts, or a file of definitions. PROJ opens these wherever they are, and
fetches them from a host if the environment says ``PROJ_NETWORK=ON``.
"""

import re
from typing import Any, Final

from pyproj import CRS

from nmgeo.errors import MissingCRSError
from nmgeo.messages import text

_DEFINITIONS: Final = re.compile(r"\binit\s*=", re.IGNORECASE)  # PROJ opens them at once
_GRIDS: Final = re.compile(
    r'PARAMETERFILE\["[^"]*","(?!@?null")([^"]*)|\b\w*(?:grids|file)=(?!@?null\b)([^\s"]*)',
    re.IGNORECASE,
)
_SHOWN: Final = 60  # characters of a name that a message shows


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
        If PROJ does not know it.
    """
    named = "init=" if _DEFINITIONS.search(str(said)) else ""
    if not named:
        crs = CRS.from_user_input(said)
        found = _GRIDS.search(crs.to_wkt())
        if found is None:
            return crs
        named = (found[1] or found[2])[:_SHOWN]
    wrong = text("its CRS names the file {name!r}, which is not read", name=named)
    raise MissingCRSError(file, wrong, text("save it in EPSG:2326 or EPSG:4326"))
