"""Clusters: the parts of a folder measured by the workers of dask, the same rows in the same order.

Each part is a partition of a dask-geopandas collection, read and measured where a worker is free.
This needs the extra ``nmgeo[cluster]``, which is imported only once a cluster is asked for.

This module is longer than 300 lines because all that needs the extra stands in it, and nothing else
imports dask.
"""

import asyncio
import logging
import os
import re
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

import nmgeo
from nmgeo.crs import System
from nmgeo.errors import NmgeoError, Notice, SourceError, UsageError, first_line, notify
from nmgeo.messages import option, text
from nmgeo.scale.batch_counts import sites_of
from nmgeo.scale.batch_groups import in_groups, may_join, rows_together
from nmgeo.scale.batch_measures import FAST
from nmgeo.scale.batch_run import Engine, Measure
from nmgeo.scale.batch_work import LEAST, Work, named_frame, require_near
from nmgeo.sources.batches import BatchReader, Part, batch_name
from nmgeo.sources.find import find_source

if TYPE_CHECKING:
    from distributed import Client, Future

# What more dask knows needs more than a scheduler: ucx another package, inproc the same process.
_ADDRESS: Final = re.compile(r"((tcp|tls|wss?)://)?(\[[^]]+\]|[^/:]+):\d+")
_CONNECT_S: Final = 5  # for a scheduler that is there
_WORKERS_S: Final = 30  # for workers, which take their time to start, and again after a death
_ANSWER_S: Final = 30  # of a scheduler that is busy
_POLL_S: Final = 1.0
_TOGETHER: Final = 64  # parts of a partition at most, so that all workers have some
_GONE: Final = (OSError, CancelledError)  # what dask says instead when it does not answer
_AHEAD: Final = 3  # partitions a core that are under way, so that none waits for the writer
_ENGINE: Final = option("engine", "dask")
_RESUME: Final = option("resume", value=True)
_ONE: Final = threading.Lock()  # a measure takes all cores of its worker, and warnings are global
_SILENT: Final = logging.CRITICAL
_Measured = tuple[list[pa.Table], list[str], str, str]  # and notices, by whom, and its versions


@contextmanager
def dask_engine(scheduler: str | None = None) -> Iterator[Engine]:
    """Measure on a dask cluster, to the same bytes as here.

    Parameters
    ----------
    scheduler : str, optional
        Where one listens, such as ``tcp://10.0.0.1:8786``, whose workers see the same files. If
        not given, a process for each core of this machine is started, and stopped in the end.

    Returns
    -------
    context manager of Engine
        For :func:`nmgeo.stream`, whose sites are then a folder of GeoParquet parts, such as
        :func:`nmgeo.partition` makes. Nothing is started before it is used.

    Raises
    ------
    UsageError
        If dask is not installed, the address is none, or the sites are one file.
    SourceError
        If no scheduler answers, or it goes or hangs; if there are no workers for half a minute, one
        has other versions, or several died of one partition.
    """
    if find_spec("dask_geopandas") is None or find_spec("distributed") is None:
        wrong = text("dask is not installed")
        raise UsageError(_ENGINE, wrong, "pip install 'nmgeo[cluster]'")
    if scheduler is not None:
        _require_address(scheduler)
    with ExitStack() as stack:

        def engine(source: BatchReader, work: Work) -> Measure:
            _require_folder(source)

            def measure(start: int, over: Event) -> Iterator[pa.Table]:
                if parts := _parts(source, start):
                    client, address = stack.enter_context(_connected(scheduler))
                    cluster = _Cluster(client, address, over)
                    yield from _after(start - parts[0].first, cluster.measure_parts(parts, work))

            return measure

        yield engine


def _require_address(scheduler: str) -> None:
    if not _ADDRESS.fullmatch(scheduler):
        wrong = text("is not a tcp, tls or ws address with a port")
        remedy = text("write {example}", example="tcp://10.0.0.1:8786")
        raise UsageError(option("scheduler", scheduler), wrong, remedy)


def _require_folder(source: BatchReader) -> None:
    if source.file.given is not None or not Path(source.file.path).is_dir():
        wrong = text("{file} is one file", file=source.file.path)
        remedy = text("make a folder of its parts with nmgeo partition")
        raise UsageError(_ENGINE, wrong, remedy)


def _parts(source: BatchReader, start: int) -> list[Part]:
    """Return the parts from a row on, by names that workers elsewhere find too."""
    left = [part for part in source.parts if part.reaches(start)]
    files = [replace(source.file, path=str(Path(part.path).absolute())) for part in left]
    return [replace(part, source=find_source(file)) for part, file in zip(left, files, strict=True)]


def _after(done: int, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Leave out the batches that a stopped run has finished in the first part."""
    row = 0
    for table in tables:
        if row >= done:
            yield table
        row += sites_of(table)


@contextmanager
def _connected(scheduler: str | None) -> Iterator[tuple["Client", str]]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra
    from distributed.utils import silence_logging_cmgr  # noqa: PLC0415

    with ExitStack() as stack:
        stack.enter_context(silence_logging_cmgr(_SILENT))  # errors of ours say it all
        address = scheduler
        try:
            if address is None:
                cores = {"n_workers": os.cpu_count(), "threads_per_worker": 1}
                own = LocalCluster(**cores, dashboard_address="127.0.0.1:0", silence_logs=_SILENT)
                address = stack.enter_context(own).scheduler_address
            asyncio.run(_greet(address))  # a client that fails half-way does not go quietly
            client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except Exception:  # noqa: BLE001 - whatever answers there, dask takes its words for numbers
            remedy = text("start one: {command}", command="dask scheduler")
            thing = address or _ENGINE
            raise SourceError(thing, text("no scheduler answers"), remedy) from None
        yield stack.enter_context(client), address


async def _greet(address: str) -> None:
    """Connect to the scheduler and close the connection, or fail."""
    from distributed.comm import connect  # noqa: PLC0415 - an extra

    async with asyncio.timeout(_CONNECT_S):
        comm = await connect(address, timeout=_CONNECT_S)
        await comm.close()


def _versions() -> str:
    """Say what the bits of a measure depend on."""
    geos, proj = ".".join(map(str, shapely.geos_version)), pyproj.proj_version_str
    return f"nmgeo {nmgeo.__version__}, GEOS {geos}, PROJ {proj}, numba {FAST}"


def _require_same(worker: str, versions: object) -> None:
    """Stop if somebody would not measure the same."""
    if versions != _versions():
        wrong = text("has {there}, but here is {here}", there=versions, here=_versions())
        raise SourceError(
            worker, wrong, text("install the same versions, so that results are identical")
        )


@dataclass(frozen=True)
class _Cluster:
    """Workers that come and go, behind a scheduler that may go too."""

    client: "Client"
    address: str
    over: Event  # set when no more is needed

    def measure_parts(self, parts: list[Part], work: Work) -> Iterator[pa.Table]:
        """Give the batches in the order of the parts, of which only a few are under way."""
        with self._there():
            self._threads()
            said = self.client.run(_versions, on_error="return", callback_timeout=_ANSWER_S)
            for worker, versions in said.items():
                _require_same(worker, versions)
            held = self._sent(work)
            coming: deque[tuple[list[Part], Future]] = deque()
            left, step = deque(in_groups(parts, _parts_fit)), 1
            while left or coming:
                while left and len(coming) <= (_AHEAD - 1) * step:
                    step = self._threads()  # workers come and go
                    some = [left.popleft() for _ in range(min(step, len(left)))]
                    coming.extend(zip(some, self._begun(some, held, work.system), strict=True))
                group, future = coming.popleft()
                if len(group) > 1 and self._failure(future) is not None:  # it is of one part
                    coming.extendleft(reversed([*self._each(group, held, work.system)]))
                    continue
                yield from self._result(group[0], future)

    @contextmanager
    def _there(self) -> Iterator[None]:
        """Say that the scheduler has stopped or hangs, in whatever way it comes out."""
        try:
            yield
        except Exception as error:
            running = self.client.status == "running"
            if isinstance(error, NmgeoError) or (running and not isinstance(error, _GONE)):
                raise
            hangs = running and isinstance(error, TimeoutError)
            wrong = text("the scheduler has stopped")
            if hangs:
                wrong = text("it or a worker does not answer")
            remedy = text("start it again and go on with {resume}", resume=_RESUME)
            raise SourceError(self.address, wrong, remedy) from None

    def _threads(self) -> int:
        """Count the threads of the workers, of which there may be none for a while."""
        until = monotonic() + _WORKERS_S
        while True:
            found = self.client.sync(self.client.scheduler.ncores, callback_timeout=_ANSWER_S)
            if threads := sum(found.values()):
                return int(threads)
            if monotonic() > until:
                remedy = text("start one: {command}", command=f"dask worker {self.address}")
                raise SourceError(self.address, text("has no workers"), remedy)
            self.over.wait(_POLL_S)
            self._require_wanted()

    def _require_wanted(self) -> None:
        if self.over.is_set():
            remedy = text("go on with {resume}", resume=_RESUME)
            raise SourceError(self.address, text("the result is not needed any more"), remedy)

    def _sent(self, work: Work) -> Any:
        """Send once what all parts are measured with; it is made again if its worker dies."""
        import dask  # noqa: PLC0415 - an extra

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
            return self.client.persist(dask.delayed(work))

    def _each(
        self, group: list[Part], held: Any, system: System
    ) -> Iterator[tuple[list[Part], "Future"]]:
        """Let the parts of a group be measured alone."""
        apart = [[part] for part in group]
        return zip(apart, self._begun(apart, held, system), strict=True)

    def _begun(self, groups: list[list[Part]], held: Any, system: System) -> list["Future"]:
        """Let some groups be measured; dask takes ever longer over ever more at a time."""
        from distributed.client import futures_of  # noqa: PLC0415 - an extra

        rows = _collection(groups, system).map_partitions(
            _measure, held, meta=(None, object), enforce_metadata=False
        )
        return sorted(futures_of(self.client.persist(rows)), key=lambda future: future.key[1])

    def _failure(self, future: "Future") -> object:
        """Wait for a partition, and return what went wrong with it."""
        while future.status != "finished":
            with suppress(TimeoutError):
                return future.exception(timeout=_POLL_S)
            self._require_wanted()
            self._threads()
        return None

    def _result(self, part: Part, future: "Future") -> Iterator[pa.Table]:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - an extra

        error = self._failure(future)
        if isinstance(error, KilledWorker):
            count = error.allowed_failures + 1
            wrong = text("{count} workers died while measuring it", count=count)
            remedy = text("give them more memory, or more parts")
            raise SourceError(part.path, wrong, remedy) from None
        if isinstance(error, OSError | ImportError) and not isinstance(error, NmgeoError):
            remedy = text("mend it there and go on with {resume}", resume=_RESUME)
            wrong = text("a worker failed ({why})", why=first_line(error))
            raise SourceError(part.path, wrong, remedy) from None
        tables, notices, worker, versions = future.result()
        _require_same(f"{worker}, {part.path}", versions)
        for said in notices:
            notify(said)
        yield from tables


def _parts_fit(group: Sequence[Part]) -> bool:
    """Whether parts hold something, have the same columns, and may be one partition."""
    sizes = [part.count for part in group]
    types = [part.source.describe().types for part in (group[0], group[-1])]
    fit = len(group) <= _TOGETHER and min(sizes) > 0 and may_join(sizes)
    return fit and types[0] == types[1]


def _collection(groups: list[list[Part]], system: System) -> Any:
    """Return parts as a dask-geopandas frame, which says where they lie if their files do."""
    import dask.dataframe as dd  # noqa: PLC0415 - an extra
    import dask_geopandas  # noqa: F401, PLC0415 - from_map makes plain frames without it

    meta = gpd.GeoDataFrame({"batch": []}, geometry=[], crs=system.crs)
    frames = dd.from_map(_read, groups, system=system, meta=meta)
    if all(part.box is not None or not part.count for group in groups for part in group):
        frames.spatial_partitions = system.to_standard_axes(gpd.GeoSeries(map(_box, groups)))
    return frames


def _box(group: list[Part]) -> Any:
    """Return the box of what parts hold, None if they hold nothing."""
    corners = np.array([part.box for part in group if part.box])
    return shapely.box(*corners[:, :2].min(0), *corners[:, 2:].max(0)) if len(corners) else None


def _read(parts: list[Part], system: System) -> gpd.GeoDataFrame:
    """Return parts as a partition; its column ``batch`` says what the batch of a row is called.

    What is wrong with one of several is said of the first; each is then read alone.
    """
    tables = [(part, n, table) for part in parts for n, table in enumerate(part.batches())]
    if not tables:
        return gpd.GeoDataFrame({"batch": []}, geometry=[], crs=system.crs)
    names = [batch_name(part.path, number) for part, number, _ in tables]
    codes = np.repeat(range(len(tables)), [table.num_rows for *_, table in tables])
    frame = named_frame(parts[0].path, pa.concat_tables([table for *_, table in tables]))
    apart = len(parts) == 1 and len(tables) > 1
    for number, rows in frame.groupby(codes) if apart else [(0, frame)]:
        require_near(rows, system, names[int(number)])
    placed = frame.set_geometry(system.to_standard_axes(frame.geometry))
    return placed.assign(batch=pd.Categorical.from_codes(codes, pd.Index(names)))


def _measure(frame: gpd.GeoDataFrame, work: Work) -> _Measured:
    """Return the rows of a partition by batches, what there is to notice, by whom, and how."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    with _ONE, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", Notice)
        batches, sites = frame["batch"], frame.drop(columns="batch")
        sizes = batches.value_counts(sort=False)
        tables = _measure_together(sites, sizes[sizes > 0], work)
        if tables is None:
            groups = sites.groupby(batches, sort=False, observed=True)
            tables = [work.rows(rows, str(name)) for name, rows in groups]
    notices = [str(w.message) for w in said if issubclass(w.category, Notice)]
    return tables, notices, get_worker().address, _versions()


def _measure_together(
    sites: gpd.GeoDataFrame, sizes: pd.Series, work: Work
) -> list[pa.Table] | None:
    """Measure the batches of a partition in one call, None if each has to be measured alone."""
    counts = sizes.tolist()
    if len(counts) < 2 or not may_join(counts):  # noqa: PLR2004 - one has none to join
        return None
    name, ids = str(sizes.index[0]), pa.array(sites.index.astype(str), pa.string())
    least = LEAST if max(counts) >= LEAST else len(sites) + 1  # as each alone
    return rows_together(
        lambda: work.rows(sites, name, least=least), pa.chunked_array([ids]), counts
    )
