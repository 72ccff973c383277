"""Curves: draw circular strings, and what may hold them, as lines."""

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_CURVED: Final = pa.array(  # how WKB of circular strings, and of all that may hold them, begins
    [b"\1" + (1000 * m + kind).to_bytes(4, "little") for m in range(4) for kind in range(8, 15)]
)


def straighten(shapes: pa.ChunkedArray, read: Callable[..., Any]) -> pa.ChunkedArray:
    """Let GDAL draw curves as lines, which it does only where it reads no Arrow.

    Parameters
    ----------
    shapes : ChunkedArray, n rows
        Geometry as WKB.
    read : function
        Reads the same rows without Arrow, as :func:`nmgeo.sources.gdal.read_arrays`.

    Returns
    -------
    ChunkedArray, n rows
        WKB without curves.
    """
    curved = pc.is_in(pc.binary_slice(shapes, 0, 5), value_set=_CURVED)
    if not pc.any(curved).as_py():
        return shapes
    _, _, found, _ = read(columns=[], max_features=len(shapes))
    lines = pa.array(found, shapes.type)  # without what is damaged, which stays as it is
    return pc.if_else(pc.and_(curved, lines.is_valid()), lines, shapes)
