"""Clusters: the parts of a folder measured by the workers of dask, the same rows in the same order.

Each part is a partition of a dask-geopandas collection, read and measured where a worker is free.
This needs the extra ``nmgeo[cluster]``, which is imported only once a cluster is asked for.
"""

import logging
import os
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

import nmgeo
from nmgeo.crs import System
from nmgeo.errors import Notice, SourceError, UsageError
from nmgeo.scale.batches import Part, Source, batch_of
from nmgeo.scale.streams import Engine, Work, sites_of
from nmgeo.scale.yardsticks import FAST

if TYPE_CHECKING:
    from distributed import Client, Future

_PATIENCE_S: Final = 5  # for a scheduler, and for its first worker
_AHEAD: Final = 3  # partitions a core that are under way, so that none waits for the writer
_ONE: Final = threading.Lock()  # a measure takes all cores of its worker, and warnings are global
_SILENT: Final = logging.CRITICAL
_Measured = tuple[list[pa.Table], list[str]]  # and what there is to notice


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
        If no scheduler or worker answers within seconds, a worker has other versions, or several
        workers died of one partition.
    """
    if find_spec("dask_geopandas") is None or find_spec("distributed") is None:
        raise UsageError("--engine dask", "dask is not installed", "pip install 'nmgeo[cluster]'")
    with ExitStack() as stack:

        def engine(source: Source, work: Work, start: int) -> Iterator[pa.Table]:
            if parts := _parts(source, start):
                client = stack.enter_context(_connected(scheduler))
                yield from _after(start - parts[0].first, _measured(client, parts, work))

        yield engine


def _parts(source: Source, start: int) -> list[Part]:
    """Return the parts from a row on, by names that workers elsewhere find too."""
    if not Path(source.file.path).is_dir():
        remedy = "make a folder of its parts with nmgeo partition"
        raise UsageError("--engine dask", f"{source.file.path} is one file", remedy)
    left = [part for part in source.parts if part.first + part.count > start]
    return [replace(part, path=str(Path(part.path).absolute())) for part in left]


def _after(done: int, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Leave out the batches that a stopped run has finished in the first part."""
    row = 0
    for table in tables:
        if row >= done:
            yield table
        row += table.num_rows


@contextmanager
def _connected(scheduler: str | None) -> Iterator["Client"]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra
    from distributed.comm import get_address_host  # noqa: PLC0415
    from distributed.utils import silence_logging_cmgr  # noqa: PLC0415

    with ExitStack() as stack:
        stack.enter_context(silence_logging_cmgr(_SILENT))  # errors of ours say it all
        address = scheduler
        if address is None:
            cores = {"n_workers": os.cpu_count(), "threads_per_worker": 1}
            own = LocalCluster(**cores, dashboard_address="127.0.0.1:0", silence_logs=_SILENT)
            address = stack.enter_context(own).scheduler_address
        try:
            get_address_host(address)  # the client would also find out, but not go quietly
            client = Client(address, timeout=_PATIENCE_S, set_as_default=False)
        except ValueError as error:
            thing = f"--scheduler {address}"
            raise UsageError(thing, str(error), "write it as tcp://10.0.0.1:8786") from None
        except OSError:
            remedy = "start one: dask scheduler"
            raise SourceError(address, "no scheduler answers", remedy) from None
        _require_workers(stack.enter_context(client), address)
        yield client


def _require_workers(client: "Client", address: str) -> None:
    """Stop if nobody is there to measure, or somebody who would not measure the same."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError:
        raise SourceError(address, "has no workers", f"start one: dask worker {address}") from None
    for worker, versions in client.run(_versions, on_error="return").items():
        if versions != _versions():
            wrong = f"has {versions}, but here is {_versions()}"
            raise SourceError(worker, wrong, "install the same, so that rows agree to the bit")


def _versions() -> str:
    """Say what the bits of a measure depend on."""
    geos, proj = ".".join(map(str, shapely.geos_version)), pyproj.proj_version_str
    return f"nmgeo {nmgeo.__version__}, GEOS {geos}, PROJ {proj}, numba {FAST}"


def _measured(client: "Client", parts: list[Part], work: Work) -> Iterator[pa.Table]:
    """Give the batches in the order of the parts, of which only a few are under way."""
    import dask  # noqa: PLC0415 - an extra
    import dask.dataframe as dd  # noqa: PLC0415
    from distributed.client import futures_of  # noqa: PLC0415

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        held = client.persist(dask.delayed(work))  # sent once; made again if its worker dies
    meta = gpd.GeoDataFrame({"batch": []}, geometry=[], crs=work.system.crs)
    coming: deque[tuple[Part, Future]] = deque()
    step = sum(client.nthreads().values())
    for first in range(0, len(parts), step):  # dask takes ever longer over ever more partitions
        some = parts[first : first + step]
        frames = dd.from_map(_read, some, system=work.system, meta=meta)
        rows = frames.map_partitions(_measure, held, meta=(None, object), enforce_metadata=False)
        futures = sorted(futures_of(client.persist(rows)), key=lambda future: future.key[1])
        coming.extend(zip(some, futures, strict=True))
        while len(coming) > _AHEAD * step:
            yield from _result(*coming.popleft())
    while coming:
        yield from _result(*coming.popleft())


def _result(part: Part, future: "Future") -> Iterator[pa.Table]:
    from distributed.client import FutureCancelledError  # noqa: PLC0415 - an extra
    from distributed.scheduler import KilledWorker  # noqa: PLC0415

    try:
        tables, notices = future.result()
    except KilledWorker as error:
        wrong = f"{error.allowed_failures + 1} workers died while they measured it"
        remedy = "give them more memory, or make more parts"
        raise SourceError(part.path, wrong, remedy) from None
    except FutureCancelledError:
        remedy = "start it again and go on with --resume"
        raise SourceError(part.path, "the scheduler has gone", remedy) from None
    for text in notices:
        warnings.warn(text, Notice, stacklevel=2)
    yield from tables


def _read(part: Part, system: System) -> gpd.GeoDataFrame:
    """Return a part as a partition; its column ``batch`` says what the batch of a row is called."""
    tables = list(part.batches())
    if not tables:
        return gpd.GeoDataFrame({"batch": []}, geometry=[], crs=system.crs)
    names = [batch_of(part.path, number) for number in range(len(tables))]
    codes = np.repeat(range(len(tables)), [table.num_rows for table in tables])
    frame = sites_of(pa.concat_tables(tables), system, part.path)
    return frame.assign(batch=pd.Categorical.from_codes(codes, pd.Index(names)))


def _measure(frame: gpd.GeoDataFrame, work: Work) -> _Measured:
    """Return the rows of a partition by batches, and what there is to notice in them."""
    with _ONE, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", Notice)
        batches = frame.groupby("batch", sort=False, observed=True)
        tables = [work.rows(rows.drop(columns="batch"), str(name)) for name, rows in batches]
    return tables, [str(w.message) for w in said if issubclass(w.category, Notice)]
