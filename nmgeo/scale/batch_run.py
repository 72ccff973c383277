"""Runs: the sites of a large file measured batch by batch, here or elsewhere, or taken as done."""

import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from glob import escape
from itertools import chain, starmap
from pathlib import Path
from threading import Event
from typing import Any, Final, TypeVar

import pyarrow as pa

import nmgeo
from nmgeo.catalog import OwnFile
from nmgeo.crs import System
from nmgeo.errors import LayerError, filters_kept, notify
from nmgeo.messages import list_first, option, text
from nmgeo.provenance import hashed_meanwhile
from nmgeo.scale.batch_counts import sites_flat, sites_missing, sites_of
from nmgeo.scale.batch_groups import Step, batches_fit, begin_group, in_groups
from nmgeo.scale.batch_measures import BatchMeasure, hash_frame
from nmgeo.scale.batch_notes import BatchNotes
from nmgeo.scale.batch_work import LEAST, Work, named_frame
from nmgeo.scale.resume import Journal
from nmgeo.scale.seen_ids import SeenIds
from nmgeo.sources.batches import BATCH, BatchReader, batch_name, open_batches
from nmgeo.sources.crs_check.decide import accept_crs, decide_crs
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.frame import given_frame
from nmgeo.wkb import plain_bounds

_Item = TypeVar("_Item")
_AT_ONCE: Final = 2  # batches that are measured at a time
_BEGUN: Final = 2 * _AT_ONCE  # batches that are measured or wait for it
_NAMED: Final = 2  # batches that a message names; the others are counted
_BESIDE: Final = frozenset(  # where some formats keep half of what they say
    {".dbf", ".shx", ".prj", ".cpg", ".dat", ".map", ".id", ".mid", ".csvt", ".xsd"}
)


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
        yield source, _decide_crs(source, *first), chain([first], batches)


def _decide_crs(source: BatchReader, name: str, table: pa.Table) -> System:
    """Return the system of a file, of which features are built only where it takes them."""
    plain = plain_bounds(table["geometry"])
    if plain is not None and (stated := accept_crs(source.file, plain[1])) is not None:
        return stated
    with closing(read_ahead(source.batches(table.num_rows))) as later:
        frames = starmap(named_frame, later)
        return decide_crs(named_frame(name, table), source.said, source.file, frames)


@dataclass(frozen=True)
class Run:
    """A source that is being read, what is done with its batches, and where, if not here."""

    source: BatchReader
    batches: Iterator[tuple[str, pa.Table]]
    work: Work
    there: Measure | None
    notes: BatchNotes
    over: Event = field(default_factory=Event)  # set when no more is needed

    @property
    def started_with(self) -> dict[str, str]:
        """What the rows follow from, to be compared before a run is resumed."""
        said, measure = self.source.file, self.work.measure
        layers = {name: own.accuracy_m for name, own in measure.catalog.own_layers.items()}
        return {
            "version of nmgeo": nmgeo.__version__,
            "file of sites": json.dumps([said.path, *_states(self.source)]),
            "crs": self.work.system.option,
            "key": str(said.key),
            "name": str(said.name),
            "accuracy": json.dumps(layers | {"sites": said.accuracy_m}, sort_keys=True),
            "strict": str(said.strict),
            **measure.started_with,
            "size of batch": str(BATCH),
        }

    def rows(self, journal: Journal | None = None) -> Generator[pa.Table, None, None]:
        """Take the batches that are done, and measure the others."""
        row = number = 0
        part, missing, flat, seen = self.source.part_at(0), _Tally(), _Tally(), SeenIds()
        for done in self._finished(journal):
            here = self.source.part_at(row)
            part, number, row = here, number if here is part else 0, row + sites_of(done)
            if self.source.file.key is not None:
                _require_new(seen, done, self.source.file.key, batch_name(part.path, number))
            where = text("{part}batch {number}", part=self.source.short(part), number=number)
            missing.add(sites_missing(done), where)
            flat.add(sites_flat(done), where)
            self.notes.add(done)
            yield done
            number += 1
        self._require_area(row - missing.count, flat.count)
        _tell_unmeasured(self.source.file.path, missing, flat)

    def _require_area(self, present: int, flat: int) -> None:
        if flat and flat == present:
            remedy = text("give polygons (WKT in a table of text), or use nmgeo near or rings")
            raise LayerError(self.source.file.path, text("no feature has an area"), remedy)

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
            yield from measure_in_order(self.work, self.batches)
            return
        with closing(read_ahead(self.source.batches(start))) as later:
            yield from measure_in_order(self.work, later)


@dataclass
class _Tally:
    """How many sites something is true of, and in which batches."""

    count: int = 0
    batches: list[str] = field(default_factory=list)

    def add(self, count: int, batch: str) -> None:
        self.count += count
        self.batches += [batch] if count else []

    @property
    def told(self) -> dict[str, object]:
        return {"count": self.count, "batches": list_first(self.batches, _NAMED)}


def _tell_unmeasured(file: str, missing: _Tally, flat: _Tally) -> None:
    """Say how many sites have rows without measures."""
    if missing.count:
        told = missing.told
        notify(
            text(
                "{file}: {count} sites have no geometry and no measures ({batches})",
                file=file,
                **told,
            )
        )
    if flat.count:
        told = flat.told
        notify(
            text(
                "{file}: {count} sites have no area and no measures ({batches})", file=file, **told
            )
        )


def measure_in_order(work: Work, batches: Iterator[tuple[str, pa.Table]]) -> Iterator[pa.Table]:
    """Measure batches in their order; what each group does alone is done for two at a time.

    What one has to do after the other has a thread of its own, so that nothing waits for it
    but what follows from it. An error is raised once all batches before it are given.
    """
    begun: deque[Future[Future[Iterable[pa.Table]]]] = deque()
    pool, in_turn = ThreadPoolExecutor(_AT_ONCE), ThreadPoolExecutor(1)
    try:
        for step in _begin(work, pool, batches):
            begun.append(in_turn.submit(_go_on, pool, step))
            if len(begun) > _BEGUN:
                yield from begun.popleft().result().result()
        while begun:
            yield from begun.popleft().result().result()
    finally:
        in_turn.shutdown(wait=False, cancel_futures=True)
        pool.shutdown(cancel_futures=True)
        in_turn.shutdown()


def _begin(
    work: Work, pool: ThreadPoolExecutor, batches: Iterator[tuple[str, pa.Table]]
) -> Iterator[Future[Step]]:
    """Begin with batches; an error of reading takes the place of its batch."""
    try:
        for group in in_groups(batches, batches_fit):
            if sum(table.num_rows for _, table in group) >= LEAST:
                work.prepare()
            yield pool.submit(begin_group, work, group)
    except Exception as error:  # noqa: BLE001 - raised in its turn
        failed: Future[Step] = Future()
        failed.set_exception(error)
        yield failed


def _go_on(pool: ThreadPoolExecutor, step: Future[Step]) -> Future[Iterable[pa.Table]]:
    """Do what one group has to do after the other, and leave the rest of it to the pool."""
    return pool.submit(step.result()())


def _require_new(seen: SeenIds, done: pa.Table, key: str, batch: str) -> None:
    """Stop at an id that an earlier batch had as well."""
    twice = seen.add(done["site_id"])
    if twice is not None:
        wrong = text("field {field}: {id!r} is also in an earlier batch", field=key, id=twice)
        remedy = text("make it unique, or name another column with {key}", key=option("key"))
        raise LayerError(batch, wrong, remedy)


@contextmanager
def start_run(file: OwnFile, measure: BatchMeasure, engine: Engine | None) -> Iterator[Run]:
    """Begin to read a user's file, and look whether the engine can do it. Raises as both."""
    with (
        filters_kept(),
        hashed_meanwhile(file),
        open_checked(file) as (source, system, batches),
    ):
        work = Work(system, measure, file.strict)
        there = engine(source, work) if engine else None
        yield Run(source, batches, work, there, BatchNotes(measure))


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
