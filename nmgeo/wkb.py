"""WKB of plain points and lines, read and written as coordinates, without a geometry for each."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.arrow_columns import one_array
from nmgeo.bounds import bounds_of

_POINT_HEADER: Final = 5  # bytes: byte order and type
_COUNT: Final = 4  # bytes that say how many vertices follow
POINT: Final = b"\1\1\0\0\0"  # little-endian, without heights
POLYGON: Final = b"\1\3\0\0\0"  # the number of its rings follows
_RING: Final = POLYGON + b"\1\0\0\0"  # without holes; the number of its vertices follows
LINE_OF_TWO: Final = b"\1\2\0\0\0\2\0\0\0"  # also the number of its vertices
_PLAIN: Final = {"Point": POINT, "LineString": LINE_OF_TWO}  # as all shortest lines are


def read_coordinates(shapes: pa.ChunkedArray | pa.Array, header: bytes) -> Any:
    """Read the coordinates of geometries that are all of one kind and size.

    Parameters
    ----------
    shapes : Array of binary, n
        WKB; null where there is none.
    header : bytes
        :data:`POINT`, :data:`LINE_OF_TWO`, or all that comes before the coordinates of a ring.

    Returns
    -------
    array, of all vertices x 2, or None
        Of those that are there; None if there is none, or another kind among them.
    """
    count = int.from_bytes(header[-_COUNT:], "little") if len(header) > _POINT_HEADER else 1
    size = len(header) + 16 * count
    there = one_array(shapes.drop_null() if shapes.null_count else shapes)
    if not len(there) or there.type != pa.binary():
        return None
    if pc.min_max(pc.binary_length(there)).as_py() != {"min": size, "max": size}:
        return None
    if not pc.all(pc.starts_with(there, header)).as_py():
        return None
    rows = _stored(there)[1].reshape(-1, size)
    return np.ascontiguousarray(rows[:, len(header) :]).view("<f8").reshape(-1, 2)


def plain_bounds(shapes: pa.ChunkedArray | pa.Array) -> tuple[str, list[float]] | None:
    """Return the kind and the bounds of geometries that are all points, or alike lines or polygons.

    Parameters
    ----------
    shapes : Array of binary, n
        WKB; null where there is none.

    Returns
    -------
    (str, four floats) or None
        ``Point``, ``LineString`` or ``Polygon``; least x and y and greatest x and y, NaN if a
        coordinate is. None if they are of several kinds or sizes, have heights or holes.
    """
    for kind, header in (*_PLAIN.items(), ("Polygon", ring_header(shapes))):
        if header and (xy := read_coordinates(shapes, header)) is not None:
            return kind, bounds_of(xy).tolist()
    return None


def type_codes(shapes: pa.ChunkedArray | pa.Array) -> set[int]:
    """Return the types of geometries as ISO WKB numbers them: 3 for polygons, 1003 with heights."""
    heads = pc.unique(pc.binary_slice(shapes, 0, _POINT_HEADER)).to_pylist()
    orders = {0: "big", 1: "little"}
    return {int.from_bytes(head[1:], orders[head[0]]) for head in heads if head}  # type: ignore[arg-type]


def ring_header(shapes: pa.ChunkedArray | pa.Array) -> bytes:
    """Return what comes before the coordinates of the first polygon; empty if it has holes."""
    first = next((shape.as_py() for shape in shapes[:1] if shape.is_valid), b"")
    header = first[: len(_RING) + _COUNT]
    return header if header.startswith(_RING) else b""


def read_rings(shapes: pa.ChunkedArray | pa.Array) -> tuple[Any, Any] | None:
    """Read the coordinates of polygons without holes.

    Parameters
    ----------
    shapes : Array of binary, n
        WKB; null where there is none.

    Returns
    -------
    (array, of all vertices x 2; array of int, n + 1) or None
        The vertices, one polygon after the other, and where those of each begin; None if one is
        missing, or no such polygon.
    """
    every = one_array(shapes)
    if not len(every) or every.null_count or every.type != pa.binary():
        return None
    if not pc.all(pc.starts_with(every, _RING)).as_py():
        return None
    ends, stored = _stored(every)
    sizes, size = np.diff(ends), len(_RING) + _COUNT
    if sizes.min() < size:
        return None
    head = ends[:-1, np.newaxis] + np.arange(size)
    counts = stored[head[:, -_COUNT:]].view("<u4")[:, 0].astype(np.intp)
    if (size + 16 * counts != sizes).any():
        return None
    is_body = np.ones(len(stored), dtype=bool)
    is_body[head] = False
    return stored[is_body].view("<f8").reshape(-1, 2), np.append(0, np.cumsum(counts))


def _stored(shapes: pa.Array) -> tuple[Any, Any]:
    """Return where each of n geometries begins and the last one ends, n + 1, and all bytes."""
    _, offsets, stored = shapes.buffers()
    ends = np.frombuffer(offsets, np.int32)[shapes.offset :][: len(shapes) + 1]
    return ends - ends[0], np.frombuffer(stored, np.uint8)[ends[0] : ends[-1]]


def write_lines(starts: Any, ends: Any) -> pa.Array:
    """Write a line between each two points as WKB.

    Parameters
    ----------
    starts, ends : arrays, n x 2
        Coordinates.

    Returns
    -------
    Array of binary, n
        Lines of two vertices.
    """
    return _write(LINE_OF_TWO, np.hstack([starts, ends]))


def write_points(places: Any) -> pa.Array:
    """Write points (n x 2) as WKB."""
    return _write(POINT, places)


def _write(header: bytes, coordinates: Any) -> pa.Array:
    """Write geometries of one kind and size, each a row of coordinates."""
    count, size = len(coordinates), len(header) + 8 * coordinates.shape[1]
    rows = np.empty((count, size), dtype=np.uint8)
    rows[:, : len(header)] = np.frombuffer(header, np.uint8)
    rows[:, len(header) :] = np.ascontiguousarray(coordinates, dtype="<f8").view(np.uint8)
    offsets = np.arange(count + 1, dtype=np.int32) * size
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(rows)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)
