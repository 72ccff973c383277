"""Partitions: every site once, in parts of near ones, with the ids that it had."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from test_stream import lots, parquet, small_batches
from world import EAST, NORTH, points, write

import nmgeo as nm
from nmgeo import crs
from nmgeo.catalog import open_catalog
from nmgeo.errors import DoubtfulCRSError, ExportError, LayerError, Notice, UsageError

__all__ = ["lots", "small_batches"]  # fixtures; a batch is of 16 sites


pytestmark = pytest.mark.filterwarnings("ignore:.*left out. lot:nmgeo.errors.Notice")


@pytest.fixture
def corners(tmp_path):
    """Write 4 times 16 points round the corners of a square of 4 km, in no order."""
    places = [(4000 * (i % 2) + i, 4000 * (i // 2 % 2) + i) for i in range(64)]
    frame = points(**{f"c{i}": place for i, place in enumerate(places)})
    frame = frame[["geometry"]].assign(lot=[f"L{i}" for i in range(64)])
    return write(frame, tmp_path / "corners.gpkg", 2326)


def read(folder):
    return [gpd.read_parquet(file) for file in sorted(folder.iterdir())]


def test_near_sites_share_a_part_and_every_site_is_in_one(tmp_path, corners):
    found = read(nm.partition(corners, tmp_path / "out", parts=4, key="lot", crs="hk80"))

    assert [len(part) for part in found] == [16] * 4
    assert {len({int(name[1:]) % 4 for name in part["id"]}) for part in found} == {1}
    assert sorted(pd.concat(found)["id"]) == sorted(f"L{i}" for i in range(64))


def test_columns_that_the_parts_leave_out_are_named(tmp_path, corners):
    with pytest.warns(Notice, match="hold ids, names and accuracies; left out: lot$"):
        nm.partition(corners, tmp_path / "parts")


def test_a_part_says_its_crs_and_its_box(tmp_path, corners):
    folder = nm.partition(corners, tmp_path / "out", parts=4, crs="hk80")

    for file in folder.iterdir():
        column = json.loads(pq.read_metadata(file).metadata[b"geo"])["columns"]["geometry"]
        part = gpd.read_parquet(file)
        assert part.crs == crs.HK80
        assert column["bbox"] == part.total_bounds.tolist()
        assert np.ptp(part.geometry.x) < 100


@pytest.mark.parametrize("key", ["lot", None])
def test_each_site_is_measured_as_in_the_file(tmp_path, corners, key):
    def rows(file, key, out):
        catalog = open_catalog(sites=file, key=key, crs="hk80")
        nm.stream(out, nm.near_batches("stations", catalog), catalog)
        return pd.read_csv(out, dtype={"site_id": str}).sort_values("site_id", ignore_index=True)

    folder = nm.partition(corners, tmp_path / "out", parts=5, key=key, crs="hk80")

    plain = rows(corners, key, tmp_path / "plain.csv")
    assert rows(folder, "id", tmp_path / "parts.csv").equals(plain)


def test_columns_of_names_and_accuracy_are_kept(tmp_path, lots):
    file = parquet(lots.assign(name_en="A", accuracy_m=3.0, other=1), tmp_path / "lots.parquet")
    (part,) = read(nm.partition(file, tmp_path / "out", parts=1, key="id"))

    assert set(part) == {"id", "geometry", "name_en", "accuracy_m"}
    assert set(part["accuracy_m"]) == {3.0}


def test_sites_without_geometry_come_last(tmp_path, lots):
    lots.loc["s03", "geometry"] = None
    lots.loc["s50", "geometry"] = shapely.Point()
    file = parquet(lots, tmp_path / "lots.parquet")
    found = read(nm.partition(file, tmp_path / "out", parts=3, key="id"))

    assert pd.concat(found)["id"].tolist()[-2:] == ["s03", "s50"]


def test_axes_that_were_swapped_are_put_right(tmp_path):
    frame = gpd.GeoDataFrame(
        geometry=[shapely.Point(NORTH + i, EAST) for i in range(20)], crs=crs.HK80
    )
    frame.to_parquet(tmp_path / "p.parquet")
    found = read(nm.partition(tmp_path / "p.parquet", tmp_path / "out", crs="hk80-swapped"))

    assert len(found) == 20
    assert (pd.concat(found).geometry.x == EAST).all()


def test_parts_can_be_cut_anew(tmp_path, corners):
    first = nm.partition(corners, tmp_path / "first", parts=4, key="lot", crs="hk80")
    again = nm.partition(first, tmp_path / "again", parts=2, key="id", crs="hk80")

    assert sorted(pd.concat(read(again))["id"]) == sorted(pd.concat(read(first))["id"])


@pytest.mark.parametrize(
    ("how", "kind", "why"),
    [
        ({"parts": 0}, UsageError, "parts=0: is not a valid number of parts; give 1 to 10,000"),
        ({"key": "lots"}, UsageError, "key='lots': no such column"),
        ({"crs": "EPSG:4326"}, DoubtfulCRSError, "corners.gpkg"),
    ],
)
def test_what_makes_no_sense_leaves_nothing(tmp_path, corners, how, kind, why):
    before = set(tmp_path.iterdir())
    with pytest.raises(kind, match=why):
        nm.partition(corners, tmp_path / "out", **how)
    assert set(tmp_path.iterdir()) == before


def test_a_file_damaged_half_way_leaves_nothing(tmp_path, lots):
    file = parquet(lots, tmp_path / "lots.parquet")
    table = pq.read_table(file)
    shapes = table["geometry"].to_pylist()
    shapes[60] = b"nonsense"
    column = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(column, "geometry", [shapes]), file)

    with pytest.raises(LayerError, match=r"lots.parquet, batch 3, geometry: cannot be read"):
        nm.partition(file, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["lots.parquet"]


def test_a_folder_that_is_there_is_not_touched(tmp_path, corners):
    (tmp_path / "out").mkdir()

    with pytest.raises(ExportError, match="is there already"):
        nm.partition(corners, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_command_makes_the_folder(run, tmp_path, corners):
    words = ["-o", tmp_path / "out", "--parts", 3, "--key", "lot", "--crs", "hk80"]
    done = run("partition", corners, *words)

    assert (done.exit_code, done.stderr) == (0, f"nmgeo: wrote {tmp_path / 'out'}\n")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"part.{number:04}.parquet" for number in range(3)
    ]


def test_parts_are_not_put_among_the_parts_that_they_are_cut_from(tmp_path, corners):
    folder = nm.partition(corners, tmp_path / "out", parts=2)

    with pytest.raises(UsageError, match=r"lies in .*out, which is read; choose another place"):
        nm.partition(folder, folder / "finer", parts=4)
    assert len(list(folder.iterdir())) == 2
