"""Records: one pass over a layer by fiona, a batch at a time, however large the file is."""

import logging
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np
import shapely
from fiona.errors import FionaError

from nmgeo.errors import LayerError
from nmgeo.sources.describe import (
    Description,
    coordinate_cells,
    count_records,
    open_layer,
    truncation,
)

_BATCH: Final = 1_000
_COUNTED: Final = ("ESRI Shapefile", "FlatGeobuf", "GPKG")  # formats that say how many they hold
_TWICE: Final = re.compile(r"Several features with id = (\S+) have been found")
_GARBLED: Final = "Failed to decode"


@dataclass
class Batch:
    """Some records in the order of the file: geometry as the file holds it, None where it cannot.

    ``broken`` says, by row, why a geometry could not be built; ``cells`` holds, by row, what a CSV
    has in place of coordinates that could not be read; ``garbled`` are the rows with text
    that is not in the encoding of the file, which is left out; ``twice`` is the first id of
    GeoJSON that GDAL has changed because an earlier feature has it; ``first`` the row of its first.
    """

    ids: list[str] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    garbled: list[int] = field(default_factory=list)
    twice: str | None = None
    first: int = 0

    @property
    def geometry(self) -> np.ndarray:
        """The geometries as an array, n rows."""
        return np.array([*self.shapes, None], dtype=object)[:-1]

    def __len__(self) -> int:
        """Count the records."""
        return len(self.ids)

    def add(self, record: Any) -> None:
        """Take in a record of fiona."""
        try:
            shape = record.geometry and shapely.geometry.shape(_plain(record.geometry))
        except (shapely.errors.ShapelyError, ValueError, TypeError, IndexError) as error:
            shape = None
            self.broken[len(self.shapes)] = str(error)
        self.ids.append(record.id)
        self.shapes.append(shape)
        self.rows.append(dict(record.properties))


Batches = Generator[Batch, None, None]
Watch = Callable[[Batches], Batches]  # gives them on as they come


def _plain(geometry: Any) -> Any:
    """Return a geometry of fiona as a plain record if it has no parts, which is read sooner."""
    held = {"type": geometry.type, "coordinates": geometry.coordinates}
    return geometry if geometry.geometries else held


def read_batches(seen: Description) -> Batches:
    """Read a layer batch by batch.

    Parameters
    ----------
    seen : Look
        From :func:`nmgeo.sources.describe.describe_layer`.

    Yields
    ------
    Batch
        At most 1,000 records.

    Raises
    ------
    LayerError
        If it breaks off: a record cannot be read, or there are fewer than the file says.
    """
    count = 0
    try:
        with (
            _heard() as words,
            open_layer(seen.path, seen.layer) as source,
            closing(coordinate_cells(seen)) as cells,
        ):
            batch = Batch()
            for record, row in _with_cells(source, cells):
                _take(record, row, batch, words)
                count += 1
                if len(batch.ids) == _BATCH:
                    yield batch
                    batch = Batch(first=count)
            said = len(source) if seen.driver in _COUNTED else count_records(seen) or count
            yield batch
    except (FionaError, RuntimeError) as error:
        wrong = f"breaks off after {count} features ({error})"
        raise LayerError(seen.path, wrong, "get it again") from None
    if count < said:
        raise LayerError(seen.path, *truncation(said, count))


def _with_cells(
    records: Iterable[Any], cells: Iterator[dict[str, Any]]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give each record on, with what a CSV has in place of its coordinates if they are none."""
    looked = 0
    for number, record in enumerate(records):
        row: dict[str, Any] = {}
        if record.geometry is None:
            row, looked = next(islice(cells, number - looked, None), row), number + 1
        yield record, row


def _take(record: Any, row: dict[str, Any], batch: Batch, words: list[str]) -> None:
    """Put a record into the batch, with what was said of it."""
    batch.add(record)
    last = len(batch.ids) - 1
    if row:
        batch.cells[last] = row
    if any(word.startswith(_GARBLED) for word in words):
        batch.garbled.append(last)
    batch.twice = next((m[1] for m in map(_TWICE.match, words) if m), batch.twice)
    words.clear()


class _Ear(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Listen to what GDAL says through fiona."""
    ear, voice = _Ear(), logging.getLogger("fiona")
    voice.addHandler(ear)
    try:
        yield ear.words
    finally:
        voice.removeHandler(ear)
