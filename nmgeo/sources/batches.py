"""The sites of a large source, read a batch at a time in order, each batch with a name."""

from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyproj import CRS

from nmgeo import provenance
from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError, first_line
from nmgeo.messages import option, text
from nmgeo.sources import source as protocol
from nmgeo.sources.accuracy import require_numbers
from nmgeo.sources.describe import require_complete, warn_of_reading
from nmgeo.sources.find import find_source
from nmgeo.sources.frame import has_named_ids
from nmgeo.sources.ids import index_features
from nmgeo.sources.named_columns import require_column
from nmgeo.sources.source import Source
from nmgeo.sources.standard_columns import NAMES, naming_columns

BATCH: Final = protocol.BATCH
_ACCURACY: Final = "accuracy_m"
_BASIS: Final = "basis"
_SITE: Final = "site_id"


@dataclass(frozen=True)
class Part:
    """One file, or one part of a folder.

    ``key`` is the column of its ids, None for the feature id or the number of the row, of which
    ``first`` is that of its first feature; ``columns`` are the fields that are read.
    """

    source: Source
    key: str | None
    columns: tuple[str, ...]
    first: int

    @property
    def path(self) -> str:
        """What it is called in a message."""
        return self.source.file.path

    @property
    def count(self) -> int:
        """How many features it states, -1 if only reading it would tell."""
        return self.source.describe().count

    @property
    def box(self) -> tuple[float, ...] | None:
        """Its least x and y and its greatest x and y, if it states them."""
        return self.source.describe().box

    def reaches(self, start: int) -> bool:
        """Whether it may hold anything from a row on."""
        return self.count < 0 or self.first + self.count > start

    def batches(self) -> Iterator[pa.Table]:
        """Read tables of at most :data:`BATCH` rows: ``id``, ``geometry`` and the columns."""
        found = 0
        with closing(self.source.batches(BATCH, columns=self.columns)) as tables:
            for number, table in enumerate(_named_errors(tables, self.path)):
                yield self._standard(table, found, number)
                found += table.num_rows
        require_complete(self.source.describe(), found)

    def _standard(self, table: pa.Table, row: int, number: int) -> pa.Table:
        """Return a batch with its ids as text."""
        batch = batch_name(self.path, number)
        ids = _texts(table, self.key or protocol.ID, "key", batch)
        if ids.null_count:
            lost = row + pc.index(ids.is_null(), value=True).as_py()
            wrong = text("row {row} has no {key}", row=lost + 1, key=self.key)
            remedy = text("give it one, or name another column with {key}", key=option("key"))
            raise LayerError(batch, wrong, remedy)
        if not self.key and self.first:
            ids = pc.add(ids.cast(pa.int64()), self.first).cast(pa.string())
        shapes = table[protocol.GEOMETRY]
        wkb = pa.field("geometry", shapes.type, metadata={"ARROW:extension:name": "geoarrow.wkb"})
        kept = [name for name in self.columns if name not in ("id", "geometry")]
        fields = [pa.field("id", pa.string()), wkb, *(table.schema.field(name) for name in kept)]
        made = pa.table([ids, shapes, *(table[n] for n in kept)], schema=pa.schema(fields))
        file = self.source.file
        return _accurate_to(_named_by(made, file.name, batch), file.accuracy_m)


def _texts(table: pa.Table, name: str, option_name: str, batch: str) -> pa.ChunkedArray:
    """Return a column as text; an option names it."""
    try:
        return _whole_numbers(table[name]).cast(pa.string())
    except pa.ArrowException as error:
        wrong = text("column {name!r} cannot be read ({why})", name=name, why=first_line(error))
        remedy = text("save it as text, or name another with {other}", other=option(option_name))
        raise LayerError(batch, wrong, remedy) from None


def _whole_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whole numbers that were written as fractions as such, as label_values does."""
    if not pa.types.is_floating(column.type):
        return column
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def _named_by(table: pa.Table, column: str | None, batch: str) -> pa.Table:
    """Let a column be the name in every language, if the user says so."""
    if column is None:
        return table
    names = _texts(table, column, "name", batch)
    kept = table.drop_columns([name for name in NAMES if name in table.column_names])
    for name in NAMES:
        kept = kept.append_column(name, names)
    return kept


def _accurate_to(table: pa.Table, accuracy_m: float | None) -> pa.Table:
    """Give an accuracy to the features that state none."""
    if accuracy_m is None:
        return table
    if _ACCURACY not in table.column_names:
        return table.append_column(_ACCURACY, pa.repeat(accuracy_m, len(table)))
    column = table[_ACCURACY]
    stated = column.cast(pa.string())
    blank = pc.is_in(pc.utf8_trim_whitespace(stated), pa.array(["", None]))
    unknown = column.is_null(nan_is_null=True) if pa.types.is_floating(column.type) else blank
    filled = pc.if_else(unknown, repr(accuracy_m), stated)
    return table.set_column(table.column_names.index(_ACCURACY), _ACCURACY, filled)


@dataclass(frozen=True)
class BatchReader:
    """Reads a source batch by batch: itself, or the parts of a folder in the order of names."""

    file: OwnFile
    parts: tuple[Part, ...]

    @property
    def said(self) -> CRS | None:
        """The CRS that it states."""
        return self.parts[0].source.describe().crs

    @property
    def count(self) -> int | None:
        """How many features it holds, None if only reading it would tell."""
        counts = [part.count for part in self.parts]
        return None if min(counts) < 0 else sum(counts)

    def batches(self, start: int = 0) -> Generator[tuple[str, pa.Table], None, None]:
        """Read the tables from a row on, each with what it is called in a message."""
        for part in self.parts:
            row = part.first
            for number, table in enumerate(part.batches() if part.reaches(start) else ()):
                if row >= start:
                    yield batch_name(part.path, number), table
                row += table.num_rows

    def part_at(self, row: int) -> Part:
        """Return the part that holds a row."""
        return self.parts[bisect_right([part.first for part in self.parts], row) - 1]

    def short(self, part: Part) -> str:
        """Return what a part is called beside the name of the source, nothing if it is all."""
        return "" if part.path == self.file.path else f"{Path(part.path).name}, "


def open_batches(file: OwnFile) -> BatchReader:
    """Describe a source, without reading its features.

    Parameters
    ----------
    file : OwnFile
        Any source: a vector file, GeoParquet or a folder of its parts, or a frame.

    Returns
    -------
    BatchReader
        To be read in batches.

    Raises
    ------
    LayerError
        If it is missing or broken, holds no features, or its parts are not of one CRS.
    UsageError
        If it has no column of that key.
    """
    provenance.note_used(file.path)
    whole = find_source(file)
    require_numbers(whole.describe())
    warn_of_reading(whole.describe(), file)
    if not whole.describe().count:
        wrong, remedy = text("holds no features"), text("give a file with at least one")
        raise LayerError(file.path, wrong, remedy)
    if file.given is not None:  # its labels stand once in all of it, not in a batch alone
        index_features(whole.read(), file)
    sources = whole.parts()
    firsts = accumulate((source.describe().count for source in sources), initial=0)
    parts = (_part(source, first) for source, first in zip(sources, firsts, strict=False))
    return BatchReader(file, tuple(parts))


def batch_name(file: str, number: int) -> str:
    """Return what a batch is called in a message; they count from 0."""
    return text("{file}, batch {number}", file=file, number=number)


def _part(source: Source, first: int) -> Part:
    file, names = source.file, list(source.describe().types)
    require_column("name", file, names)
    require_column("key", file, names)
    columns = _wanted(names, file.key)
    if file.key != _SITE and has_named_ids(file):  # they then say which site a feature is
        columns = tuple(name for name in columns if name != _SITE)
    columns += () if file.name is None or file.name in columns else (file.name,)
    return Part(source, file.key, columns, first)


def _wanted(names: Sequence[str], key: str | None) -> tuple[str, ...]:
    """Return the columns that are read: the key, and what a place is called or known to."""
    called = naming_columns(names)
    return tuple(n for n in names if n in (key, _ACCURACY, _BASIS) or n in called)


def _named_errors(tables: Iterator[pa.Table], file: str) -> Iterator[Any]:
    """Say in which batch a file turns out to be damaged."""
    number = 0
    while True:
        try:
            table = next(tables, None)
        except (pa.ArrowException, OSError, RuntimeError, ValueError) as error:
            if isinstance(error, LayerError):
                raise
            wrong = text("cannot be read ({why})", why=first_line(error))
            raise LayerError(batch_name(file, number), wrong, text("get it again")) from None
        if table is None:
            return
        yield table
        number += 1
