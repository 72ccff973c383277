"""Small batches are measured together: the rows of each alone, errors and notices by its name."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_stream import parquet
from world import bow_tie, layer, point, sites, square

import nmgeo as nm
from nmgeo.errors import LayerError, Notice
from nmgeo.scale import batch_groups, batch_work
from nmgeo.scale.batch_counts import sites_of
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.batch_run import start_run

PARTS, SITES = 4, 3


def lots_of(number):
    names = [f"{number}-{row}" for row in range(SITES)]
    return sites(**{name: square(number * 900, row * 300, 100) for row, name in enumerate(names)})


@pytest.fixture
def folder(tmp_path):
    for number in range(PARTS):
        parquet(lots_of(number), tmp_path / "parts" / f"part.{number}.parquet")
    return tmp_path / "parts"


@pytest.fixture
def calls(monkeypatch):
    """Return how many sites each call of a command is given."""
    found, rows = [], BatchMeasure.rows

    def counted(self, outlines, name):
        found.append(len(outlines))
        return rows(self, outlines, name)

    monkeypatch.setattr(BatchMeasure, "rows", counted)
    return found


def streamed(measure, folder, out):
    nm.stream(out, measure, nm.open_catalog(sites=folder, key="id", crs="EPSG:4326"))
    return out.read_bytes()


WELLS = layer({"w0": point(0, 700), "w1": point(2500, 100)})
MEASURES = {
    "near": lambda: nm.near_batches(WELLS),
    "several": lambda: nm.near_batches(WELLS, k=2),
    "years": lambda: nm.near_batches("stations", years=["2030", "2034"]),
    "rings": lambda: nm.rings_batches(["100m", "500m"]),
    "inside": lambda: nm.inside_batches(layer({"z": square(0, 0, 1000)})),
}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_the_bytes_are_those_of_each_batch_alone(
    tmp_path, folder, calls, monkeypatch, measure, suffix
):
    together = streamed(measure(), folder, tmp_path / f"together.{suffix}")
    assert PARTS * SITES in calls
    monkeypatch.setattr(batch_groups, "_PART", 0)
    calls.clear()

    assert streamed(measure(), folder, tmp_path / f"alone.{suffix}") == together
    assert max(calls) == SITES


def test_points_are_measured_as_in_a_batch_of_few(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_groups, "LEAST", 8)
    monkeypatch.setattr(batch_work, "LEAST", 8)
    zones = layer({"z": square(0, 0, 100), "y": square(900, 77, 31)})
    for number, count in enumerate([5, 5, 3, 9, 9, 2]):
        places = np.random.default_rng(number).uniform(-900, 900, (count, 2))
        named = {f"{number}-{row}": point(*place) for row, place in enumerate(places)}
        parquet(sites(**named), tmp_path / "parts" / f"part.{number}.parquet")
    together = streamed(nm.near_batches(zones), tmp_path / "parts", tmp_path / "o.parquet")
    monkeypatch.setattr(batch_groups, "_PART", 0)

    assert streamed(nm.near_batches(zones), tmp_path / "parts", tmp_path / "p.parquet") == together


def test_whole_numbers_stay_so_beside_missing_ones_of_another_part(tmp_path, folder):
    for number in range(PARTS):
        lots = lots_of(number).drop(columns="basis")
        lots["name_en"] = pd.array([2**53 + 1, 2, None if number else 3], dtype="Int64")
        parquet(lots, folder / f"part.{number}.parquet")
    streamed(nm.near_batches(WELLS), folder, tmp_path / "o.parquet")

    names = gpd.read_parquet(tmp_path / "o.parquet")["name"].tolist()
    assert names[:2] == names[3:5] == ["9007199254740993", "2"]


def test_what_is_said_of_a_batch_is_said_by_its_name(tmp_path, folder):
    lots = lots_of(2)
    lots.loc["2-1", "geometry"] = bow_tie(1800, 300, 100)
    parquet(lots, folder / "part.2.parquet")
    with pytest.warns(Notice) as said:
        streamed(nm.near_batches(WELLS), folder, tmp_path / "o.csv")

    repaired = [str(one.message) for one in said if "repaired" in str(one.message)]
    assert len(repaired) == 1
    assert repaired[0].startswith(f"{folder}/part.2.parquet, batch 0: ")


def test_an_error_names_its_batch_and_comes_after_those_before_it(folder):
    held = pq.read_table(folder / "part.2.parquet")
    place = held.column_names.index("geometry")
    shapes = pa.array([*held["geometry"].to_pylist()[:-1], b"\x01\x03"], pa.binary())
    pq.write_table(held.set_column(place, "geometry", shapes), folder / "part.2.parquet")
    sites_file = nm.open_catalog(sites=folder, crs="EPSG:4326").own_sites
    with start_run(sites_file, nm.near_batches(WELLS), None) as run:
        rows = run.rows()

        assert [next(rows)["site_id"][0].as_py() for _ in range(2)] == ["0-0", "1-0"]
        with pytest.raises(LayerError, match=r"part\.2\.parquet, batch 0"):
            next(rows)


def test_sites_without_geometry_are_counted_by_batch(tmp_path, folder):
    lots = lots_of(1)
    lots.loc["1-0", "geometry"] = None
    parquet(lots, folder / "part.1.parquet")
    with pytest.warns(Notice, match=r"1 site has no geometry .* \(part\.1\.parquet, batch 0"):
        streamed(nm.near_batches(WELLS), folder, tmp_path / "o.parquet")

    assert gpd.read_parquet(tmp_path / "o.parquet")["nearest_m"].isna().sum() == 1


def grouped(items):
    return batch_groups.in_groups(items, batch_groups.batches_fit)


def table(rows, **columns):
    return pa.table({"id": [f"{n}" for n in range(rows)], **columns})


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([1, 2, 3], [[1, 2, 3]]),
        ([1, 5000, 2, 2], [[1], [5000], [2, 2]]),
        ([4096] * 5, [[4096] * 4, [4096]]),
        ([4096, 4097], [[4096], [4097]]),
        ([999, 1000, 1000, 1], [[999], [1000, 1000], [1]]),
        ([], []),
    ],
)
def test_small_batches_that_follow_one_another_join(sizes, groups):
    batches = ((str(n), table(rows)) for n, rows in enumerate(sizes))
    found = grouped(batches)

    assert [[one.num_rows for _, one in group] for group in found] == groups


def test_batches_of_other_columns_do_not_join():
    found = grouped([("0", table(1)), ("1", table(1, more=[2]))])

    assert [len(group) for group in found] == [1, 1]


def test_a_large_batch_waits_for_no_other():
    def batches():
        yield "0", table(5000)
        raise AssertionError

    assert next(grouped(batches()))[0][0] == "0"


def test_an_error_of_reading_comes_after_the_batches_before_it():
    def batches():
        yield "0", table(1)
        raise LayerError("1", "is damaged", "get it again")

    found = grouped(batches())

    assert next(found)[0][0] == "0"
    with pytest.raises(LayerError):
        next(found)


def test_rows_are_split_by_the_sites_of_each_batch():
    rows = batch_groups.count_sites(pa.table({"site_id": [*"0112"]}), 3)
    found = batch_groups.rows_together(lambda: rows, pa.chunked_array([[*"012"]]), [1, 2])

    assert [(one["site_id"].to_pylist(), sites_of(one)) for one in found] == [
        (["0"], 1),
        (["1", "1", "2"], 2),
    ]


@pytest.mark.parametrize("counted", [{"missing": 1}, {"flat": 1}])
def test_rows_of_sites_that_are_not_measured_are_not_split(counted):
    rows = batch_groups.count_sites(pa.table({"site_id": [*"012"]}), 3, **counted)

    assert batch_groups.rows_together(lambda: rows, pa.chunked_array([[*"012"]]), [1, 2]) is None


@pytest.mark.parametrize("sites_of_rows", ["011", "02", "102", "0", "12", "x12"])
def test_rows_that_leave_a_site_out_or_stand_elsewhere_are_not_split(sites_of_rows):
    rows = batch_groups.count_sites(pa.table({"site_id": [*sites_of_rows]}), 3)
    ids = pa.chunked_array([["0", "1", "2"]])

    assert batch_groups.rows_together(lambda: rows, ids, [1, 2]) is None
