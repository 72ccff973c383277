"""Batches: a file of many features, or a folder of its parts, read a piece at a time in order."""

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyproj import CRS

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError, UsageError
from nmgeo.sources import gdal
from nmgeo.sources.curves import straighten
from nmgeo.sources.describe import Description, count_records, describe, truncation
from nmgeo.sources.parquet import PARQUET, parts_in, read_head
from nmgeo.sources.standard_columns import NAMING
from nmgeo.translations import did_you_mean

BATCH: Final = 65_536  # features; also what GDAL hands on at most
_ACCURACY: Final = "accuracy_m"
_BASIS: Final = "basis"


@dataclass(frozen=True)
class Part:
    """One file, or one part of a folder.

    ``said`` is the CRS that it names; ``key`` the column of its ids, or None for the feature id
    or the number of the row, of which ``first`` is that of its first; ``columns`` what else is
    read; ``count`` how many features it says that it holds, -1 if only reading it would tell;
    ``box`` its least x and y, greatest x and y, if it says.
    """

    path: str
    said: CRS | None
    key: str | None
    columns: tuple[str, ...]
    count: int
    first: int
    read: "Callable[[Part], Iterator[pa.Table]]"
    box: tuple[float, ...] | None = None

    def reaches(self, start: int) -> bool:
        """Whether it may hold anything from a row on."""
        return self.count < 0 or self.first + self.count > start

    def batches(self) -> Iterator[pa.Table]:
        """Read tables of at most :data:`BATCH` rows: ``id``, ``geometry`` and the columns."""
        found = 0
        for number, table in enumerate(_told(self.read(self), self.path)):
            found += table.num_rows
            if table["id"].null_count:
                row = pc.index(table["id"].is_null(), value=True).as_py()
                wrong = f"row {row} has no {self.key}"
                remedy = "give it one, or name another column with --key"
                raise LayerError(batch_name(self.path, number), wrong, remedy)
            yield table
        if found < self.count:
            raise LayerError(self.path, *truncation(self.count, found))


@dataclass(frozen=True)
class Source:
    """A user's file of features: itself, or the parts of a folder in the order of their names."""

    file: OwnFile
    parts: tuple[Part, ...]

    @property
    def said(self) -> CRS | None:
        """The CRS that it names."""
        return self.parts[0].said

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


def open_source(file: OwnFile) -> Source:
    """Look at a user's file, without reading its features.

    Parameters
    ----------
    file : OwnFile
        Any vector format that GDAL opens, GeoParquet, or a folder of GeoParquet parts.

    Returns
    -------
    Source
        To be read in batches.

    Raises
    ------
    LayerError
        If it is missing or broken, holds no features, or its parts are not of one CRS.
    UsageError
        If it has no column of that key.
    """
    path = Path(file.path)
    if path.is_dir() and path.suffix.lower() != ".gdb":
        parts = [_parquet_part(part, file.key) for part in parts_in(path)]
    elif path.suffix.lower() == PARQUET:
        parts = [_parquet_part(path, file.key)]
    else:
        parts = [_gdal_part(file)]
    if not parts:
        raise LayerError(file.path, f"is a folder without {PARQUET} files", "name a file in it")
    if not any(part.count for part in parts):
        raise LayerError(file.path, "holds no features", "give a file with at least one")
    for part in parts:
        if part.said != parts[0].said:
            here, there = (p.said.name if p.said else "unknown" for p in (part, parts[0]))
            wrong = f"its CRS is {here}, but that of {Path(parts[0].path).name} is {there}"
            raise LayerError(part.path, wrong, "bring all parts to one")
    firsts = accumulate((part.count for part in parts), initial=0)
    return Source(file, tuple(replace(p, first=f) for p, f in zip(parts, firsts, strict=False)))


def batch_name(file: str, number: int) -> str:
    """Return what a batch is called in a message; they count from 0."""
    return f"{file}, batch {number}"


def _told(tables: Iterator[pa.Table], file: str) -> Iterator[pa.Table]:
    """Say in which batch a file turns out to be damaged."""
    number = 0
    while True:
        try:
            table = next(tables, None)
        except (pa.ArrowException, OSError, RuntimeError, ValueError) as error:
            if isinstance(error, LayerError):
                raise
            why = str(error).splitlines()[0]
            raise LayerError(
                batch_name(file, number), f"cannot be read ({why})", "get the file again"
            ) from None
        if table is None:
            return
        yield table
        number += 1


def _wanted(names: list[str], key: str | None, file: str) -> tuple[str, ...]:
    """Return the columns that are read: the key, and what a place is called or known to."""
    if key is not None and key not in names:
        wrong = f"no such column in {file}{did_you_mean(key, names)}"
        remedy = f"use {', '.join(names)}" if names else "leave out --key"
        raise UsageError(f"--key {key!r}", wrong, remedy)
    return tuple(n for n in names if n in (key, _ACCURACY, _BASIS) or n.lower() in NAMING)


def _gdal_part(file: OwnFile) -> Part:
    seen = describe(file.path)
    # GDAL gives the text id of GeoJSON features as a column; numbers become the feature id.
    texts = seen.driver in ("GeoJSON", "GeoJSONSeq") and seen.types.get("id") == "object"
    key = file.key or ("id" if texts else None)
    columns = _wanted(list(seen.types), key, file.path)

    read = partial(_read_gdal, seen=seen)
    count = count_records(seen) or seen.count
    return Part(file.path, seen.crs, key, columns, count, 0, read)


def _read_gdal(part: Part, *, seen: Description) -> Iterator[pa.Table]:
    opened = gdal.open_batches(
        seen.path, seen.layer, columns=list(part.columns), batch_size=BATCH, **seen.options
    )
    with opened as (meta, reader):
        shape = meta["geometry_name"] or "wkb_geometry"
        if shape not in reader.schema.names:
            remedy = "give a geometry, or CSV columns such as lon and lat, or wkt"
            raise LayerError(part.path, "has no coordinates", remedy)
        row = 0
        for batch in reader:
            table = pa.Table.from_batches([batch])
            ids = table[part.key or meta["fid_column"]]
            again = partial(
                gdal.read_arrays, seen.path, seen.layer, skip_features=row, **seen.options
            )
            yield _standard(
                table, ids, straighten(table[shape], again), "geoarrow.wkb", part.columns
            )
            row += batch.num_rows


def _parquet_part(path: Path, key: str | None) -> Part:
    head = read_head(path)
    columns = _wanted(list(head.types), key, str(path))
    read = partial(_read_parquet, shape=head.shape, encoding=head.encoding)
    return Part(str(path), head.crs, key, columns, head.count, 0, read, head.box)


def _read_parquet(part: Part, shape: str, encoding: str) -> Iterator[pa.Table]:
    row = part.first
    # Buffering ahead would keep every column of a row group, which may be the whole file.
    with closing(pq.ParquetFile(part.path, pre_buffer=False)) as file:
        for batch in file.iter_batches(BATCH, columns=[shape, *part.columns]):
            table = pa.Table.from_batches([batch])
            numbers = pa.array(range(row, row + batch.num_rows))
            ids = table[part.key] if part.key else numbers
            yield _standard(table, ids, table[shape], f"geoarrow.{encoding.lower()}", part.columns)
            row += batch.num_rows


def _standard(
    table: pa.Table, ids: Any, shapes: Any, encoding: str, columns: tuple[str, ...]
) -> pa.Table:
    geometry = pa.field("geometry", shapes.type, metadata={"ARROW:extension:name": encoding})
    kept = [name for name in columns if name not in ("id", "geometry")]
    schema = pa.schema(
        [pa.field("id", pa.string()), geometry, *(table.schema.field(name) for name in kept)]
    )
    return pa.table([ids.cast(pa.string()), shapes, *(table[n] for n in kept)], schema=schema)
