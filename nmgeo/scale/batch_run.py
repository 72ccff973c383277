"""Runs: the sites of a large file measured batch by batch, here or elsewhere, or taken as done."""

import json
import re
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from glob import escape
from itertools import chain, starmap
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final, TypeVar

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from shapely.errors import GEOSException

import nmgeo
from nmgeo import crs
from nmgeo.catalog import OwnFile
from nmgeo.crs import System
from nmgeo.errors import LayerError, Notice, SourceError
from nmgeo.messages import list_first, option, text
from nmgeo.scale.batch_measures import (
    BatchMeasure,
    count_missing,
    count_sites,
    hash_frame,
    measure_batch,
    measure_frame,
    sites_missing,
    sites_of,
)
from nmgeo.scale.near_points import NearPoints
from nmgeo.scale.resume import Journal
from nmgeo.scale.ring_points import RingPoints
from nmgeo.scale.seen_ids import SeenIds
from nmgeo.scale.site_facts import SiteFacts, facts_of_frame, facts_of_table
from nmgeo.scale.sites_apart import SitesApart, examples
from nmgeo.sources.accuracy import require_accuracies
from nmgeo.sources.batches import BATCH, BatchReader, batch_name, open_batches
from nmgeo.sources.crs_check.decide import decide_crs
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.frame import given_frame
from nmgeo.sources.ids import index_by_id
from nmgeo.wkb import POINT, read_coordinates

_Item = TypeVar("_Item")
LEAST: Final = 1_000  # points that are measured on coordinates; fewer are measured as any others
_OF_POINTS: Final[tuple[type[NearPoints | RingPoints], ...]] = (NearPoints, RingPoints)
_AT_ONCE: Final = 2  # batches of points that are measured at a time
_ALONE: Final = Lock()  # others are measured on all cores, one batch after the other
_NAMED: Final = 2  # batches that a message names; the others are counted
_ODD: Final = re.compile("Nonlinear|WKB type 1[5-7]$")  # curves, and surfaces of several faces
_PLAIN: Final = text(
    "turn it with {command}, or {other} if it is a TIN",
    command="ogr2ogr -nlt CONVERT_TO_LINEAR",
    other="-nlt MULTIPOLYGON",
)
_BESIDE: Final = frozenset(  # where some formats keep half of what they say
    {".dbf", ".shx", ".prj", ".cpg", ".dat", ".map", ".id", ".mid", ".csvt", ".xsd"}
)


def batch_frame(table: pa.Table, name: str = "batch") -> gpd.GeoDataFrame:
    """Return a batch as a frame.

    Parameters
    ----------
    table : Table, n rows
        From :meth:`Part.batches`.
    name : str
        What the batch is called in a message.

    Returns
    -------
    GeoDataFrame, n rows, no CRS yet
        Indexed by id, with the numbers that the file holds; a geometry may be missing.

    Raises
    ------
    LayerError
        If a geometry is damaged, or of a kind that GEOS does not know, or an id stands twice.
    """
    try:
        frame = gpd.GeoDataFrame.from_arrow(table)
    except (GEOSException, pa.ArrowException, NotImplementedError) as error:
        why = str(error).splitlines()[0]
        remedy = _PLAIN if _ODD.search(why) else text("get it again")
        wrong = text("cannot be read ({why})", why=why)
        raise LayerError(text("geometry"), wrong, remedy) from None
    return index_by_id(frame, "id", name)


def batch_sites(table: pa.Table, system: System, name: str) -> gpd.GeoDataFrame:
    """Return what a file holds as sites by their ids, in the CRS of its system."""
    frame = _named(name, table)
    return frame.set_geometry(system.to_standard_axes(frame.geometry))


def _named(name: str, table: pa.Table) -> gpd.GeoDataFrame:
    with _naming(name):
        return batch_frame(table, name)


@dataclass(frozen=True)
class Work:
    """What is done with every batch of sites, here or in another process."""

    system: System
    measure: BatchMeasure
    strict: bool

    def rows(self, frame: gpd.GeoDataFrame, name: str) -> pa.Table:
        """Return the rows of the command for these sites."""
        with _naming(name):
            require_accuracies(frame, name)
            facts = partial(facts_of_frame, frame, self.measure.lang)
            rows = self._rows_of_points(_point_coordinates(frame), facts)
            if rows is not None:
                return rows
            with _ALONE:
                return measure_batch(frame, self.measure, name, strict=self.strict)

    def rows_of_table(self, table: pa.Table, name: str) -> pa.Table:
        """Return the rows of the command for a batch as the file holds it."""
        if table.num_rows >= LEAST:
            facts = partial(facts_of_table, table, self.measure.lang, name)
            with _naming(name):
                rows = self._rows_of_points(self._coordinates(table), facts)
                rows = self._rows_apart(table, facts, name) if rows is None else rows
            if rows is not None:
                return rows
        return self.rows(batch_sites(table, self.system, name), name)

    def _coordinates(self, table: pa.Table) -> Any:
        """Return the coordinates of sites that are all points, None if they are not."""
        if self.points is None or table["geometry"].null_count:
            return None
        points = read_coordinates(table["geometry"], POINT)
        return None if points is None else self.system.to_standard_coordinates(points)

    def _rows_apart(
        self, table: pa.Table, facts: Callable[[], SiteFacts], name: str
    ) -> pa.Table | None:
        """Return the rows of sites, None unless some of them meet no feature."""
        if self.apart is None:
            return None
        sites = facts()
        apart = self.apart.find(table, sites)
        if not apart.any():
            return None
        some = ~apart
        some[examples(apart, sites)] = True
        frame = batch_sites(table.filter(pa.array(some)), self.system, name)
        with _ALONE:
            measured = measure_frame(frame, self.measure, name, strict=self.strict)
        rows = self.apart.join(table, sites, apart, measured)
        return count_sites(rows, table.num_rows, count_missing(frame))

    def _rows_of_points(self, placed: Any, facts: Callable[[], SiteFacts]) -> pa.Table | None:
        """Return the rows of many points, None if there are others or no faster way."""
        if placed is None or len(placed) < LEAST or not np.isfinite(placed).all():
            return None
        if self.points is None:
            return None
        points = crs.transform_coordinates(placed, self.system.crs, crs.HK80)
        west, south, east, north = crs.window_of_hk80()
        if not ((points >= (west, south)) & (points <= (east, north))).all():
            return None
        degrees = placed if self.system.crs == crs.WGS84 else crs.to_wgs84(points)
        return count_sites(self.points.rows(points, degrees, facts()), len(points))

    @cached_property
    def takes_points(self) -> bool:
        """Whether many points are measured on their coordinates."""
        return any(way.fits(self.measure) for way in _OF_POINTS)

    @cached_property
    def points(self) -> NearPoints | RingPoints | None:
        """What measures many points."""
        way = next((way for way in _OF_POINTS if way.fits(self.measure)), None)
        return None if way is None else way(self.measure)

    @cached_property
    def apart(self) -> SitesApart | None:
        """What tells sites that meet no feature."""
        fits = SitesApart.fits(self.measure, self.system)
        return SitesApart(self.measure, self.system) if fits else None


def _point_coordinates(frame: gpd.GeoDataFrame) -> Any:
    """Return the coordinates of sites that are all points, None if they are not."""
    shapes = frame.geometry.to_numpy()
    if (shapely.get_type_id(shapes) != shapely.GeometryType.POINT).any():
        return None
    points = shapely.get_coordinates(shapes)
    return points if len(points) == len(shapes) else None  # one is empty


# From a row on, until the event says that no more is needed. Whatever fails there is an error of
# ours, so that an OSError is always one of writing.
Measure = Callable[[int, Event], Iterator[pa.Table]]
Engine = Callable[[BatchReader, Work], Measure]


@contextmanager
def open_checked(
    file: OwnFile,
) -> Iterator[tuple[BatchReader, System, Iterator[tuple[str, pa.Table]]]]:
    """Look at a user's file, and read its first batch, which tells what the numbers are in.

    Where it leaves that open, the next are read for as long as they may tell it, and a second time
    when they are asked for.

    Yields
    ------
    BatchReader, System, iterator of (str, Table)
        The file, how its numbers are to be read, and :meth:`BatchReader.batches` from the first
        on, read ahead until the end of the block.

    Raises
    ------
    LayerError
        If it cannot be read, holds nothing, or its numbers do not bear out its CRS.
    """
    source = open_batches(file)
    with closing(read_ahead(source.batches())) as batches:
        first = next(batches, None)
        if first is None:
            wrong = text("holds no features")
            raise LayerError(file.path, wrong, text("give a file with at least one"))
        with closing(read_ahead(source.batches(first[1].num_rows))) as later:
            system = decide_crs(_named(*first), source.said, file, starmap(_named, later))
        yield source, system, chain([first], batches)


@dataclass(frozen=True)
class Run:
    """A source that is being read, what is done with its batches, and where, if not here."""

    source: BatchReader
    batches: Iterator[tuple[str, pa.Table]]
    work: Work
    there: Measure | None
    over: Event = field(default_factory=Event)  # set when no more is needed

    @property
    def asked(self) -> dict[str, str]:
        """What the rows follow from, to be compared before a run is resumed."""
        said = self.source.file
        return {
            "version of nmgeo": nmgeo.__version__,
            "file of sites": json.dumps([said.path, *_states(self.source)]),
            "CRS": self.work.system.option,
            "key": str(said.key),
            "strictness": str(said.strict),
            "layer or measure": self.work.measure.digest,
            "size of batch": str(BATCH),
        }

    def rows(self, journal: Journal | None = None) -> Generator[pa.Table, None, None]:
        """Take the batches that are done, and measure the others."""
        missing = row = number = 0
        part, bare, seen = self.source.part_at(0), [], SeenIds()
        for done in self._finished(journal):
            here = self.source.part_at(row)
            part, number, row = here, number if here is part else 0, row + sites_of(done)
            if self.source.file.key is not None:
                _require_new(seen, done, self.source.file.key, batch_name(part.path, number))
            if nulls := sites_missing(done):
                missing += nulls
                bare.append(
                    text("{part}batch {number}", part=self.source.short(part), number=number)
                )
            yield done
            number += 1
        if missing:
            said = text(
                "{file}: {count} sites have no geometry; nothing is measured ({batches})",
                file=self.source.file.path,
                count=missing,
                batches=list_first(bare, _NAMED),
            )
            warnings.warn(said, Notice, stacklevel=2)

    def _finished(self, journal: Journal | None) -> Iterator[pa.Table]:
        number = row = 0
        while journal and (done := journal.find(number)) is not None:
            number, row = number + 1, row + sites_of(done)
            yield done
        for later, done in enumerate((self.there or self._here)(row, self.over), number):
            if journal:
                journal.keep(later, done)
            yield done

    def _here(self, start: int, _over: Event) -> Iterator[pa.Table]:
        """Measure the batches from a row on; what was begun is of no use if not from the first."""
        if not start:
            yield from self._several(self.batches)
            return
        with closing(read_ahead(self.source.batches(start))) as later:
            yield from self._several(later)

    def _several(self, batches: Iterator[tuple[str, pa.Table]]) -> Iterator[pa.Table]:
        """Measure batches in their order, on two cores where they are points."""
        if not self.work.takes_points:
            yield from map(self._measured, batches)
            return
        coming: deque[Future[pa.Table]] = deque()
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            for batch in batches:
                several = batch[1].num_rows >= LEAST
                while len(coming) > (_AT_ONCE if several else 0):
                    yield coming.popleft().result()
                if (
                    several and self.work.points
                ):  # which is made once, before two threads ask for it
                    coming.append(pool.submit(self._measured, batch))
                else:
                    yield self._measured(batch)
            while coming:
                yield coming.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _measured(self, batch: tuple[str, pa.Table]) -> pa.Table:
        name, table = batch
        return self.work.rows_of_table(table, name)


def _require_new(seen: SeenIds, done: pa.Table, key: str, batch: str) -> None:
    """Stop at an id that an earlier batch had as well."""
    twice = seen.add(done["site_id"])
    if twice is not None:
        wrong = text(
            "field {field}: {id!r} stands in an earlier batch as well", field=key, id=twice
        )
        remedy = text("make it unique, or name another column with {key}", key=option("key"))
        raise LayerError(batch, wrong, remedy)


@contextmanager
def start_run(file: OwnFile, measure: BatchMeasure, engine: Engine | None) -> Iterator[Run]:
    """Begin to read a user's file, and look whether the engine can do it. Raises as both."""
    with open_checked(file) as (source, system, batches):
        work = Work(system, measure, file.strict)
        yield Run(source, batches, work, engine(source, work) if engine else None)


def read_ahead(
    items: Generator[_Item, None, None], over: Event | None = None
) -> Generator[_Item, None, None]:
    """Take the next item in another thread while this one is worked on; say when it is over."""
    with closing(items), ThreadPoolExecutor(1) as pool:
        try:
            coming = pool.submit(next, items, None)
            while (item := coming.result()) is not None:
                coming = pool.submit(next, items, None)
                yield item
        finally:  # the pool then waits for what the thread is at
            (over or Event()).set()


@contextmanager
def _naming(batch: str) -> Iterator[None]:
    """Let an error in a batch say which it was, and that of a disk that it is not of writing."""
    try:
        yield
    except OSError as error:
        remedy = text("mend it and go on with {resume}", resume=option("resume", value=True))
        wrong = text("cannot be measured ({why})", why=str(error))
        raise SourceError(batch, wrong, remedy) from None
    except LayerError as error:
        if error.thing == batch:
            raise
        thing = text("{batch}, {thing}", batch=batch, thing=error.thing)
        raise LayerError(thing, error.wrong, error.remedy) from None


def _states(source: BatchReader) -> list[list[Any]]:
    """Say in numbers when a file last changed, with all that belongs to it."""
    if source.file.given is not None:
        return [[hash_frame(given_frame(source.file))]]
    path, _ = split_layer(source.file.path)
    if path.is_dir() and path.suffix.lower() != ".gdb":
        paths = [Path(part.path) for part in source.parts]
    elif path.is_dir():
        paths = [p for p in path.rglob("*") if p.is_file() and p.suffix != ".lock"]
    else:
        beside = _BESIDE - {path.suffix.lower()}
        others = path.parent.glob(f"{escape(path.stem)}.*")
        paths = [path, *(p for p in others if p.suffix.lower() in beside)]
    return [[str(p), (seen := p.stat()).st_size, seen.st_mtime_ns] for p in sorted(paths)]
