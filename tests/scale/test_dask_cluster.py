"""Clusters: real processes give the bytes of a single one, whatever happens to them meanwhile."""

import multiprocessing
import os
import re
import signal
import socket
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread, Timer

import dask
import dask_geopandas
import dask_processes
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from distributed import Client, LocalCluster
from distributed.utils import get_mp_context
from test_stream import lots, parquet
from test_stream_resume import parts, stopping
from world import EAST, NORTH, bow_tie, points, sites, square, write

import nmgeo as nm
from nmgeo import crs
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError, LayerError, Notice, SourceError, UsageError
from nmgeo.scale import dask_cluster
from nmgeo.scale.batch_groups import in_groups
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.sources import batches
from nmgeo.sources.batches import open_batches

__all__ = ["lots"]  # a fixture
# A worker is a fork of a process that has the libraries, which is quicker than one that loads them.
dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
get_mp_context().set_forkserver_preload(["distributed", "dask_geopandas", dask_cluster.__name__])
PARTS, SIZE = 5, 4  # of the folder, of which one is empty, and the lots of each
MANY = pytest.mark.parametrize("folder", [9], indirect=True)  # more than two workers begin at once
EACH = pytest.mark.usefixtures("each")  # a part is a partition, and none is joined to others
NOBODY = "tcp://127.0.0.1:9"


@contextmanager
def started(workers):
    """Start workers, processes of their own."""
    few = dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 1,
            "distributed.worker.profile.enabled": False,  # which looks a hundred times a second
        }
    )
    how = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    with few, LocalCluster(n_workers=workers, **how) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def cluster():
    """Start two workers that all tests share, so that none may harm them."""
    with started(2) as two:
        yield two.scheduler_address


@pytest.fixture(scope="module")
def doomed():
    """Start two workers that a test may kill: another process takes the place of each."""
    with started(2) as two:
        yield two.scheduler_address


@pytest.fixture
def each(monkeypatch):
    """Join no parts, however small."""
    monkeypatch.setattr(dask_cluster, "_parts_fit", lambda group: len(group) == 1)


@pytest.fixture
def folder(request, tmp_path, lots):
    """Write lots in few parts: each costs the time of a command, here and on the cluster."""
    count = getattr(request, "param", PARTS)
    for number in range(count):
        rows = lots[SIZE * number : SIZE * (number + 1)] if number < count - 1 else lots[:0]
        parquet(rows, tmp_path / "parts" / f"part.{number}.parquet")
    return tmp_path / "parts"


@pytest.fixture
def asked(tmp_path, folder):
    """Return a function that gives a measure and a catalog with the folder as sites."""
    wells = points(w0=(0, 500), w1=(3000, 0)).assign(name_en=["First", "Second"], accuracy_m=5.0)
    zones = sites(z0=square(0, 0, 1010), z1=square(0, 0, 510))[["geometry"]]
    layers = {"wells": write(wells, tmp_path / "wells.geojson")}
    layers["zones"] = write(zones, tmp_path / "zones.geojson")

    def measure(kind="near", **how):
        catalog = open_catalog(sites=folder, layers=layers, **{"key": "id", **how})
        held = {
            "near": lambda: nm.near_batches("wells", catalog),
            "rings": lambda: nm.rings_batches(["200m", "1km"], catalog, count=["wells"]),
            "inside": lambda: nm.inside_batches("zones", catalog),
        }
        return held[kind](), catalog

    return measure


def on_cluster(out, held, address, **how):
    with nm.dask_engine(address) as engine:
        nm.stream(out, *held, engine=engine, **how)
    return out.read_bytes()


def here(out, held, **how):
    nm.stream(out, *held, **how)
    return out.read_bytes()


@contextmanager
def small_batches(address, rows):
    """Let batches have fewer rows for a while, here and where the workers are."""

    def cut(count):
        batches.BATCH = count
        client.run(setattr, batches, "BATCH", count)

    before = batches.BATCH
    with Client(address, set_as_default=False) as client, ExitStack() as stack:
        stack.callback(cut, before)
        cut(rows)
        yield


def spoil(folder, number, lots, shape):
    """Put a shape in the middle of a part."""
    rows = lots[SIZE * number : SIZE * (number + 1)].copy()
    rows.iloc[2, rows.columns.get_loc("geometry")] = shape
    parquet(rows, folder / f"part.{number}.parquet")


@pytest.mark.parametrize("kind", ["near", "rings", "inside"])
@pytest.mark.parametrize("form", ["parquet", "fgb", "csv", "geojsonl"])
def test_the_bytes_are_those_of_a_single_process(tmp_path, asked, cluster, kind, form):
    there = on_cluster(tmp_path / f"there.{form}", asked(kind), cluster)

    assert there == here(tmp_path / f"here.{form}", asked(kind))


@pytest.mark.parametrize("how", [{"key": "lot"}, {"key": None}])
def test_ids_are_the_key_or_the_number_of_the_row_in_the_folder(tmp_path, asked, cluster, how):
    there = on_cluster(tmp_path / "there.csv", asked(**how), cluster)

    assert there == here(tmp_path / "here.csv", asked(**how))


def test_a_part_of_several_batches_is_written_in_the_same_batches(tmp_path, asked, cluster, folder):
    x, y = np.random.default_rng(1).uniform(0, 5000, (2, 2_500))
    frame = points(a=(0, 0)).iloc[np.zeros(2_500, dtype=int)][["geometry"]]
    frame["geometry"] = shapely.points(EAST + x, NORTH + y)
    parquet(frame.reset_index(drop=True), folder / "part.3.parquet")
    with small_batches(cluster, 2_000):
        there = on_cluster(tmp_path / "there.parquet", asked(), cluster)
        assert there == here(tmp_path / "here.parquet", asked())
    assert pq.read_metadata(tmp_path / "there.parquet").num_row_groups == PARTS


def test_sites_that_say_their_accuracy_have_both_ends_added(tmp_path, asked, cluster, folder, lots):
    parquet(lots[SIZE : 2 * SIZE].assign(accuracy_m=3.0), folder / "part.1.parquet")
    for number in (0, *range(2, PARTS)):
        (folder / f"part.{number}.parquet").unlink()
    there = on_cluster(tmp_path / "there.csv", asked(), cluster)

    assert there == here(tmp_path / "here.csv", asked())
    assert set(pd.read_csv(tmp_path / "there.csv")["accuracy_m"]) == {8.0}


def test_without_a_scheduler_processes_are_started_and_stopped(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    before = set(multiprocessing.active_children())
    there = on_cluster(tmp_path / "there.csv", asked(), None)

    assert set(multiprocessing.active_children()) == before
    assert there == here(tmp_path / "here.csv", asked())


def test_processes_that_cannot_be_started_are_no_fault_of_the_output(tmp_path, asked, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("distributed.LocalCluster", full)
    with pytest.raises(SourceError, match="engine='dask': no scheduler answers"):
        on_cluster(tmp_path / "o.csv", asked(), None)


@MANY
def test_a_worker_that_is_killed_changes_nothing(tmp_path, asked, doomed):
    def killing(rows, _total):
        yield next(rows)
        with Client(doomed, set_as_default=False) as client:
            victim = next(iter(client.run(os.getpid).values()))
        os.kill(victim, signal.SIGKILL)
        yield from rows

    there = on_cluster(tmp_path / "there.parquet", asked(), doomed, watch=killing)

    assert there == here(tmp_path / "here.parquet", asked())


@dataclass(frozen=True)
class Deadly(BatchMeasure):
    """Kills whoever measures with it."""

    mine: int = 0  # who is not to be killed

    def rows(self, outlines, name):
        if os.getpid() != self.mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().rows(outlines, name)


def test_a_part_that_kills_every_worker_is_named(tmp_path, asked, doomed):
    measure, catalog = asked()
    deadly = Deadly(**told_of(measure), mine=os.getpid())
    with pytest.raises(SourceError, match=r"part.0.parquet: 2 workers died .*; give them more mem"):
        on_cluster(tmp_path / "o.csv", (deadly, catalog), doomed)
    assert not (tmp_path / "o.csv").exists()


@MANY
@pytest.mark.parametrize("way", [("there", "here"), ("here", "there")])
def test_a_run_that_met_a_full_disk_goes_on_there_or_here(tmp_path, asked, cluster, way):
    ways = {"there": partial(on_cluster, address=cluster), "here": here}
    begin, end = (ways[name] for name in way)
    out, full = tmp_path / "o.parquet", stopping(OSError(28, "No space left on device"))
    with pytest.raises(ExportError, match=r"No space left on device.*resume=True"):
        begin(out, asked(), watch=full)
    assert 3 <= len(parts(out)) <= 8
    assert not out.exists()

    assert end(out, asked(), resume=True) == here(tmp_path / "whole.parquet", asked())


def test_what_is_done_is_not_measured_again(tmp_path, asked):
    out = tmp_path / "o.csv"
    rows = here(tmp_path / "whole.csv", asked())

    def leaving(tables, _total):
        yield from tables
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        here(out, asked(), watch=leaving)

    assert on_cluster(out, asked(), NOBODY, resume=True) == rows  # nobody is asked


def test_nulls_in_the_middle_of_a_part_are_rows_with_nothing_measured(
    tmp_path, asked, cluster, folder, lots
):
    spoil(folder, 2, lots, None)
    with pytest.warns(Notice, match="1 site has no geometry and no measures"):
        there = on_cluster(tmp_path / "there.parquet", asked(), cluster)
    with pytest.warns(Notice, match="1 site has no geometry"):
        assert there == here(tmp_path / "here.parquet", asked())
    assert pq.read_table(tmp_path / "there.parquet")["nearest_m"].null_count == 1


def test_so_are_parts_of_nothing_else_before_the_others(tmp_path, asked, cluster, folder, lots):
    for number in (0, 1):
        bare = lots[SIZE * number : SIZE * (number + 1)].assign(geometry=None).set_crs(crs.HK80)
        parquet(bare, folder / f"part.{number}.parquet")
    with pytest.warns(Notice, match="8 sites have no geometry and no measures"):
        there = on_cluster(tmp_path / "there.parquet", asked(), cluster)
    with pytest.warns(Notice, match="8 sites have no geometry"):
        assert there == here(tmp_path / "here.parquet", asked())
    assert pq.read_table(tmp_path / "there.parquet")["nearest_m"].null_count == 8


def test_what_was_repaired_there_is_said_here(tmp_path, asked, cluster, folder, lots):
    spoil(folder, 2, lots, bow_tie(0, 0, 100))
    with pytest.warns(Notice, match=r"part.2.parquet, batch 0: repaired 1 invalid geometry"):
        there = on_cluster(tmp_path / "there.parquet", asked("inside"), cluster)
    with pytest.warns(Notice, match=r"part.2.parquet, batch 0: repaired 1 invalid geometry"):
        assert there == here(tmp_path / "here.parquet", asked("inside"))


def test_an_error_in_a_part_comes_back_as_it_was_raised(tmp_path, asked, cluster, folder, lots):
    spoil(folder, 3, lots, shapely.Point(114.1, 30))
    out = tmp_path / "o.csv"
    with pytest.raises(
        LayerError, match=r"part.3.parquet, batch 0: feature s14: lies out"
    ) as there:
        on_cluster(out, asked(), cluster)
    assert not out.exists()
    assert not out.with_name(".o.csv.parts").exists()

    with pytest.raises(LayerError) as plain:
        here(out, asked())
    assert str(there.value) == str(plain.value)


def test_a_part_that_is_damaged_is_named(tmp_path, asked, cluster, folder):
    file = folder / "part.2.parquet"
    table = pq.read_table(file)
    shapes = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(shapes, "geometry", [[b"nonsense"] * len(table)]), file)

    vouched = asked(crs={"sites": "wgs84"})  # so that nobody but the worker reads it
    with pytest.raises(LayerError, match=r"part.2.parquet, geometry: cannot be read"):
        on_cluster(tmp_path / "o.csv", vouched, cluster)
    with pytest.raises(LayerError, match=r"part.2.parquet, batch 0, geometry: cannot be read"):
        on_cluster(tmp_path / "o.csv", asked(), cluster)


def test_a_part_in_another_crs_is_refused_before_anybody_is_asked(tmp_path, asked, folder, lots):
    lots[8:12].to_crs(crs.HK80).to_parquet(folder / "part.2.parquet")

    with pytest.raises(LayerError, match=r"part.2.parquet: its CRS is .*, but that of part.0.par"):
        on_cluster(tmp_path / "o.csv", asked(key="lot"), NOBODY)


def test_a_single_file_is_refused_before_anybody_is_asked(tmp_path, asked, folder):
    held, _ = asked()
    catalog = open_catalog(sites=folder / "part.0.parquet")

    with pytest.raises(UsageError, match=r"part.0.parquet is one file; .* nmgeo partition"):
        on_cluster(tmp_path / "o.csv", (held, catalog), NOBODY)
    assert parts(tmp_path / "o.csv") == []


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.5)
    monkeypatch.setattr(dask_cluster, "_WORKERS_S", 0.5)


@pytest.mark.usefixtures("impatient")
def test_a_scheduler_without_workers_is_said(tmp_path, asked):
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=50) as idle,
        pytest.raises(SourceError, match=r"has no workers; start one: dask worker tcp://127"),
    ):
        on_cluster(tmp_path / "o.csv", asked(), idle.scheduler_address)


def test_workers_of_another_version_are_refused(tmp_path, asked, cluster, monkeypatch):
    monkeypatch.setattr(nm, "__version__", "9.9")

    with pytest.raises(SourceError, match=r"has nmgeo 0.*, but here is nmgeo 9.9, .*; install the"):
        on_cluster(tmp_path / "o.csv", asked(), cluster)


@MANY
@EACH
def test_workers_that_come_late_are_looked_at_too(tmp_path, asked, cluster):
    def call_workers(version):
        with Client(cluster, set_as_default=False) as client:
            client.run(setattr, nm, "__version__", version)

    def other(rows, _total):
        yield next(rows)
        call_workers("9.9")
        yield from rows

    try:
        with pytest.raises(
            SourceError, match=r"^tcp://127.*part.\d.parquet: has nmgeo 9.9, .*; in"
        ):
            on_cluster(tmp_path / "o.csv", asked(), cluster, watch=other)
    finally:
        call_workers(nm.__version__)
    assert len(parts(tmp_path / "o.csv")) >= 1


@pytest.fixture
def apart(tmp_path):
    """Start a scheduler and a worker, each a process: address and both."""
    with ExitStack() as stack:
        scheduler, address = stack.enter_context(dask_processes.started(dask_processes.scheduler))
        begun = dask_processes.started(dask_processes.worker, address, str(tmp_path))
        yield address, scheduler, stack.enter_context(begun)[0]


def killing_after_one(process):
    def watch(rows, _total):
        yield next(rows)
        process.kill()
        process.join()
        yield from rows

    return watch


@EACH
def test_a_scheduler_that_goes_is_said_and_the_run_goes_on_here(tmp_path, asked, apart):
    address, scheduler, _ = apart
    out = tmp_path / "o.csv"
    with pytest.raises(SourceError, match=r"the scheduler has stopped; .*resume=True") as caught:
        on_cluster(out, slow(asked()), address, watch=killing_after_one(scheduler))

    assert caught.value.thing == address
    assert len(parts(out)) >= 1
    assert not out.exists()
    assert here(out, slow(asked()), resume=True) == here(tmp_path / "w.csv", asked())


@pytest.mark.parametrize("which", ["scheduler", "worker"])
def test_what_hangs_before_anything_is_measured_is_said(tmp_path, asked, apart, monkeypatch, which):
    address, *processes = apart
    process = dict(zip(("scheduler", "worker"), processes, strict=True))[which]
    run = Client.run

    def hanging(client, *words, **how):
        os.kill(process.pid, signal.SIGSTOP)
        return run(client, *words, **how)

    monkeypatch.setattr(dask_cluster, "_ANSWER_S", 0.5)
    monkeypatch.setattr(Client, "run", hanging)
    try:
        with pytest.raises(SourceError, match=r"^tcp://.*: it or a worker does not answer; start"):
            on_cluster(tmp_path / "o.csv", asked(), address)
    finally:
        os.kill(process.pid, signal.SIGCONT)


@EACH
def test_workers_that_are_all_gone_are_said_after_a_while(tmp_path, asked, apart, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_POLL_S", 0.1)
    address, _, worker = apart
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
    with pytest.raises(SourceError, match=r"has no workers; start one: dask worker tcp://") as gone:
        on_cluster(
            tmp_path / "o.csv", slow(asked()), address, watch=impatiently(worker, monkeypatch)
        )

    assert gone.value.exit_code == 5
    assert len(parts(tmp_path / "o.csv")) >= 1


def impatiently(worker, monkeypatch):
    def watch(rows, total):
        monkeypatch.setattr(dask_cluster, "_WORKERS_S", 0.5)
        return killing_after_one(worker)(rows, total)

    return watch


class Slow(BatchMeasure):
    """Measures in its own time."""

    def rows(self, outlines, name):
        time.sleep(0.2)
        return super().rows(outlines, name)


def told_of(measure):
    """Return what a measure was made of."""
    return {field.name: getattr(measure, field.name) for field in fields(measure)}


def slow(asked):
    return Slow(**told_of(asked[0])), asked[1]


def test_ctrl_c_ends_a_run_that_waits_for_workers(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_POLL_S", 0.1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job may be deaf to it
    with started(0) as idle, ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGINT, before)
        Timer(1, os.kill, [os.getpid(), signal.SIGINT]).start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            on_cluster(tmp_path / "o.csv", asked(), idle.scheduler_address)

    assert time.monotonic() - begun < dask_cluster._WORKERS_S  # noqa: SLF001
    assert parts(tmp_path / "o.csv") == []


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.parametrize("manner", ["of the web", "of nobody", "of noise"])
@pytest.mark.usefixtures("impatient")
def test_what_answers_in_another_language_is_no_scheduler(run, tmp_path, folder, manner):
    with ExitStack() as stack:
        if manner == "of the web":
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Silent))
            stack.callback(server.shutdown)
            Thread(target=server.serve_forever, daemon=True).start()
            port = server.server_port
        else:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = server.getsockname()[1]
        if manner == "of noise":
            Thread(
                target=lambda: stack.enter_context(server.accept()[0]).sendall(b"HTTP/1.1 400 Bad")
            ).start()
        words = ["--sites", folder, "--crs", "EPSG:4326", "-o", tmp_path / "o.csv"]
        where = ["--engine", "dask", "--scheduler", f"tcp://127.0.0.1:{port}"]
        result = run("near", "stations", *words, *where)

    line = f"nmgeo: tcp://127.0.0.1:{port}: no scheduler answers; start one: dask scheduler\n"
    assert (result.exit_code, result.stderr) == (5, line)
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4326-swapped"])
def test_parts_are_a_dask_geopandas_frame_that_says_where_each_lies(asked, system):
    found = open_batches(asked()[1].own_sites).parts
    groups = [[part] for part in found]
    frame = dask_cluster._collection(groups, crs.read_system(system))  # noqa: SLF001
    boxes = frame.spatial_partitions

    assert isinstance(frame, dask_geopandas.GeoDataFrame)
    assert (boxes.crs, len(boxes), frame.npartitions) == (crs.WGS84, PARTS, PARTS)
    x, y = shapely.get_coordinates(boxes.iloc[3])[0]
    assert bool(x > y) == (system == "EPSG:4326")
    if system == "EPSG:4326":
        assert boxes.iloc[3].bounds == found[3].box == tuple(pq_bounds(found[3]))


def test_small_parts_are_partitions_together_that_say_where_they_lie(asked):
    found = open_batches(asked()[1].own_sites).parts
    groups = [*in_groups(found, dask_cluster._parts_fit)]  # noqa: SLF001
    frame = dask_cluster._collection(groups, crs.read_system("EPSG:4326"))  # noqa: SLF001

    assert groups == [list(found[:-1]), [found[-1]]]  # which is empty
    boxes = np.array([part.box for part in found if part.box])
    whole = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    assert frame.spatial_partitions.iloc[0].bounds == tuple(whole)
    assert len(frame.compute()) == sum(part.count for part in found)


def test_parts_of_other_columns_are_not_partitions_together(asked, folder):
    frame = gpd.read_parquet(folder / "part.1.parquet").assign(basis=1.5)
    frame.to_parquet(folder / "part.1.parquet")
    found = open_batches(asked()[1].own_sites).parts
    groups = [*in_groups(found, dask_cluster._parts_fit)]  # noqa: SLF001

    assert [len(group) for group in groups] == [1, 1, 2, 1]


def pq_bounds(part):
    return gpd.read_parquet(part.path).total_bounds.tolist()


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (f"-o o.csv --engine dask --scheduler {NOBODY}", 5, "no scheduler answers; start one: das"),
        *(
            (f"-o o.csv --engine dask --scheduler {no}", 2, "is not a tcp, tls or ws address")
            for no in ("nobody", "tcp://a:b", "ucx://1.2.3.4:1", "inproc://1.2.3.4:1", "tcp://[::1")
        ),
        (f"-o o.csv --scheduler {NOBODY}", 2, "--scheduler: is of no engine; add --engine dask"),
        ("--engine dask", 2, "--engine dask: needs a file of sites"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_what_cannot_be_asked_is_one_line_and_its_code(
    run, tmp_path, folder, monkeypatch, words, code, why
):
    monkeypatch.chdir(tmp_path)
    result = run("near", "stations", "--sites", folder, "--crs", "wgs84", *words.split())

    assert (result.exit_code, result.stdout) == (code, "")
    assert re.fullmatch(r"nmgeo: [^\n]+\n", result.stderr)
    assert why in result.stderr
    assert list(tmp_path.iterdir()) == [folder]


def test_without_dask_the_extra_is_named(run, tmp_path, folder, monkeypatch):
    monkeypatch.setattr(dask_cluster, "find_spec", lambda _name: None)
    words = ["--sites", folder, "-o", tmp_path / "o.csv", "--engine", "dask"]
    result = run("near", "stations", *words)

    wrong = "nmgeo: --engine dask: dask is not installed; pip install 'nmgeo[cluster]'\n"
    assert (result.exit_code, result.stderr) == (2, wrong)


@pytest.mark.parametrize("command", ["near wells", "rings --at 200m --at 1km", "inside zones"])
def test_every_command_writes_the_same_on_a_cluster(run, tmp_path, asked, cluster, folder, command):
    asked()
    words = [*command.split(), "--sites", folder]
    for layer in ("wells", "zones"):  # rings count both
        if layer in command or "rings" in command:
            words += ["--layer", f"{layer}={tmp_path}/{layer}.geojson"]
    words += ["-o"]
    plain = run(*words, tmp_path / "here.csv")
    there = run(*words, tmp_path / "there.csv", "--engine", "dask", "--scheduler", cluster)

    assert (plain.exit_code, there.exit_code) == (0, 0), there.stderr
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()


def test_an_error_there_is_one_line_and_exit_code_4(run, tmp_path, cluster, folder, lots):
    spoil(folder, 3, lots, shapely.Point(114.1, 30))
    words = ["--sites", folder, "--crs", "wgs84", "-o", tmp_path / "o.csv", "--engine", "dask"]
    result = run("near", "stations", *words, "--scheduler", cluster)

    assert (result.exit_code, len(result.stderr.splitlines())) == (4, 1)
    assert "part.3.parquet, batch 0: feature" in result.stderr
