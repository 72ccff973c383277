"""Streams: millions of sites measured batch by batch, written as they come, resumed if stopped."""

import hashlib
import json
import warnings
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

import nmgeo
from nmgeo.catalog import Catalog, OwnFile
from nmgeo.crs import System
from nmgeo.errors import ExportError, LayerError, Notice, SourceError, UsageError
from nmgeo.files import staged
from nmgeo.reading.features import trusted_system
from nmgeo.scale.batches import BATCH, Source, frame_of, open_source
from nmgeo.scale.journals import Journal
from nmgeo.scale.writers import GEOMETRY, form_of_path, write_rows
from nmgeo.scale.yardsticks import Yardstick, measure_batch

_Item = TypeVar("_Item")
Watch = Callable[[Iterator[pa.Table], int | None], Iterator[pa.Table]]
Engine = Callable[[Source, "Work", int], Iterator[pa.Table]]


def stream(
    out: Path | str | BinaryIO,
    yardstick: Yardstick,
    catalog: Catalog,
    *,
    form: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    watch: Watch | None = None,
    engine: Engine | None = None,
) -> None:
    """Measure the sites of a file of any size, in bounded memory, and write one row for each.

    What is done is kept in a hidden folder beside ``out``, which appears once it is whole.

    Parameters
    ----------
    out : path or binary file
        Where to: ``.parquet`` (GeoParquet 1.1), ``.fgb`` (both with the geometry and the CRS of
        the file), ``.csv`` (without geometry), ``.geojsonl`` (a GeoJSON feature a line) or
        ``.geojsons`` (the same as RFC 8142); or an open file, to be given a ``form``.
    yardstick : Yardstick
        What is measured: from :func:`nmgeo.near_yardstick`, :func:`nmgeo.rings_yardstick` or
        :func:`nmgeo.inside_yardstick`.
    catalog : Catalog
        From :func:`nmgeo.open_catalog`, with ``sites``: any vector format that GDAL opens,
        GeoParquet, or a folder of GeoParquet parts.
    form : str, optional
        The format, if the name of ``out`` does not say it.
    overwrite : bool
        Whether a file that is there may be replaced.
    resume : bool
        Go on after the last batch that an interrupted run finished; the output is the same.
    watch : function, optional
        Is given the rows as they come and how many there will be (None if not known), and gives
        them on, as a progress bar does.
    engine : function, optional
        Where batches are measured, if not here: from :func:`nmgeo.dask_engine`.

    Raises
    ------
    UsageError
        If there is no file of sites, no such format, or nothing like it to resume.
    LayerError
        If the file cannot be read or measured; with the batch, which counts from 0.
    SourceError, ExportError
        If the engine is not there, or ``out`` is, or cannot be written. Nothing torn is left.

    Warns
    -----
    Notice
        How many sites have no geometry, and what was repaired.
    """
    file = catalog.own_sites
    if file is None:
        raise UsageError("--out", "writes what is measured of your own sites", "give --sites FILE")
    if isinstance(out, Path | str):
        path, form = Path(out), form or form_of_path(Path(out))
        with staged(path, overwrite=overwrite) as draft:
            run = _Run.begin(file, yardstick, engine)
            journal = Journal(path, run.asked, resume=resume)
            _write_file(path, form, run, journal, watch)
            journal.whole.replace(draft)
        journal.discard()
    else:
        _write_open(out, form or "csv", _Run.begin(file, yardstick, engine), watch)


def sites_of(table: pa.Table, system: System, name: str) -> gpd.GeoDataFrame:
    """Return what a file holds as sites by their ids, in the CRS of its system."""
    with _naming(name):
        frame = frame_of(table)
    return frame.set_geometry(system.read(frame.geometry))


@dataclass(frozen=True)
class Work:
    """What is done with every batch of sites, here or in another process."""

    system: System
    yardstick: Yardstick
    strict: bool

    def rows(self, frame: gpd.GeoDataFrame, name: str) -> pa.Table:
        """Return what is written of them: ``id``, what is measured, and ``geometry``."""
        with _naming(name):
            rows = measure_batch(frame, self.yardstick, name, strict=self.strict)
        shapes = frame.geometry.to_numpy()
        shapes = np.where(shapely.is_empty(shapes), None, shapes)
        wkb = pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
        ids = pa.array(frame.index, pa.string())
        return rows.add_column(0, "id", ids).append_column(GEOMETRY, wkb)


def open_trusted(file: OwnFile) -> tuple[Source, System, Iterator[tuple[str, pa.Table]]]:
    """Look at a user's file, and read its first batch, which tells what the numbers are in.

    Returns
    -------
    Source, System, iterator of (str, Table)
        The file, how its numbers are to be read, and :meth:`Source.batches` of it, read ahead.

    Raises
    ------
    LayerError
        If it cannot be read, holds nothing, or its numbers do not bear out its CRS.
    """
    source = open_source(file)
    batches = _ahead(source.batches())
    first = next(batches, None)
    if first is None:
        raise LayerError(file.path, "holds no features", "give a file with at least one")
    name, frame = first[0], frame_of(first[1])
    if not frame.geometry.notna().any():
        raise LayerError(name, "no site has a geometry", "leave them out")
    return source, trusted_system(frame, source.said, file), chain([first], batches)


@dataclass(frozen=True)
class _Run:
    """A source that is being read, what is done with its batches, and where, if not here."""

    source: Source
    batches: Iterator[tuple[str, pa.Table]]
    work: Work
    engine: Engine | None

    @classmethod
    def begin(cls, file: OwnFile, yardstick: Yardstick, engine: Engine | None) -> "_Run":
        source, system, batches = open_trusted(file)
        return cls(source, batches, Work(system, yardstick, file.strict), engine)

    @property
    def asked(self) -> dict[str, str]:
        """What the rows follow from, to be compared before a run is resumed."""
        said = self.source.file
        return {
            "version of nmgeo": nmgeo.__version__,
            "file of sites": json.dumps([_state(Path(part)) for part in self.source.files]),
            "CRS": self.work.system.option,
            "key": str(said.key),
            "strictness": str(said.strict),
            "layer or measure": _digest(self.work.yardstick),
            "size of batch": str(BATCH),
        }

    def rows(self, journal: Journal | None = None) -> Iterator[pa.Table]:
        """Take the batches that are done, and measure the others."""
        missing = 0
        for done in self._finished(journal):
            missing += done["geometry"].null_count
            yield done
        if missing:
            text = f"{self.source.file.path}: {missing} sites have no geometry; nothing is measured"
            warnings.warn(text, Notice, stacklevel=2)

    def _finished(self, journal: Journal | None) -> Iterator[pa.Table]:
        number = row = 0
        while journal and (done := journal.find(number)) is not None:
            number, row = number + 1, row + done.num_rows
            yield done
        others = self.engine(self.source, self.work, row) if self.engine else self._here(row)
        for later, done in enumerate(others, number):
            if journal:
                journal.keep(later, done)
            yield done

    def _here(self, start: int) -> Iterator[pa.Table]:
        """Measure the batches from a row on."""
        row = 0
        for name, table in self.batches:
            if row >= start:
                yield self.work.rows(sites_of(table, self.work.system, name), name)
            row += table.num_rows


@contextmanager
def _naming(batch: str) -> Iterator[None]:
    """Let an error in a batch say which it was."""
    try:
        yield
    except LayerError as error:
        if error.thing == batch:
            raise
        raise LayerError(f"{batch}, {error.thing}", error.wrong, error.remedy) from None


def _write_file(path: Path, form: str, run: _Run, journal: Journal, watch: Watch | None) -> None:
    """Write the output among its parts, where the next run finds it if this one is killed."""
    journal.whole.unlink(missing_ok=True)
    try:
        with _watched(run, watch, journal) as rows:
            write_rows(journal.whole, form, rows, run.work.system.crs)
    except (LayerError, UsageError):
        journal.discard()  # what is wrong with the input has to be mended first
        raise
    except OSError as error:
        journal.whole.unlink(missing_ok=True)
        if isinstance(error, SourceError):
            journal.discard_unbegun()
            raise
        why = error.strerror or str(error)
        remedy = "make room and go on with --resume"
        raise ExportError(str(path), f"cannot be written ({why})", remedy) from None


def _write_open(out: BinaryIO, form: str, run: _Run, watch: Watch | None) -> None:
    try:
        with _watched(run, watch) as rows:
            write_rows(out, form, rows, run.work.system.crs)
        out.flush()
    except (BrokenPipeError, SourceError):
        raise
    except OSError as error:
        why = error.strerror or str(error)
        raise ExportError("output", f"cannot be written ({why})", "free some space") from None


@contextmanager
def _watched(
    run: _Run, watch: Watch | None, journal: Journal | None = None
) -> Iterator[Iterator[pa.Table]]:
    """Measure the next batch while one is written; in the end nothing is at work any more."""
    with closing(_ahead(run.rows(journal))) as rows:
        yield rows if watch is None else watch(rows, run.source.count)


def _ahead(items: Iterator[_Item]) -> Generator[_Item, None, None]:
    """Take the next item in another thread while this one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _state(file: Path) -> list[Any]:
    """Say in numbers when a file last changed."""
    return [str(file), (seen := file.stat()).st_size, seen.st_mtime_ns]


def _digest(yardstick: Yardstick) -> str:
    held = {"measure": type(yardstick).__name__, **vars(yardstick)}
    text = json.dumps(held, default=lambda shapes: shapely.to_wkb(shapes, hex=True).tolist())
    return hashlib.sha256(text.encode()).hexdigest()
