"""Streams: the rows of a large file are those of a small one, in every format, batch by batch."""

import json
import pickle
from threading import Event

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from world import line, multi, point, points, sites, square, write, write_csv, write_json

import nmgeo as nm
from nmgeo import crs
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError, UsageError
from nmgeo.scale import batch_measures, batch_run, batch_work
from nmgeo.sources import batches

COUNT = 64


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Let a file of 64 sites be read in 4 batches."""
    monkeypatch.setattr(batches, "BATCH", 16)


@pytest.fixture
def lots():
    """Draw 64 lots of 20 m in a row, 100 m from each to the next."""
    frame = sites(**{f"s{i:02}": square(100 * i, 0, 20) for i in range(COUNT)})
    return frame[["geometry"]].assign(lot=[f"L{i}" for i in range(COUNT)])


@pytest.fixture
def wells():
    return points(w0=(0, 500), w1=(3000, 0), w2=(3000, 0)).assign(
        name_en=["First", "Second", "Third"], status=["open", "open", "planned"], accuracy_m=5.0
    )


@pytest.fixture
def here(tmp_path, wells):
    """Ask about a file of sites with a layer of wells and one of zones beside it."""
    zones = sites(z0=square(0, 0, 1010), z1=square(0, 0, 510))[["geometry"]]
    files = {"wells": write(wells, tmp_path / "wells.geojson")}
    files["zones"] = write(zones, tmp_path / "zones.geojson")

    def catalog(file, **how):
        return open_catalog(sites=file, layers=files, **how)

    return catalog


def parquet(frame, path, **options):
    """Write a frame as GeoParquet in WGS 84, the ids as a column."""
    path.parent.mkdir(exist_ok=True)
    frame.to_crs(crs.WGS84).rename_axis("id").reset_index().to_parquet(path, **options)
    return str(path)


def streamed(out, measure, catalog, **how):
    """Stream to a file, and read it back."""
    nm.stream(out, measure, catalog, **how)
    return gpd.read_parquet(out) if out.suffix == ".parquet" else gpd.read_file(out)


def assert_same_rows(rows, plain):
    """Compare a file that was read back with the answer of the file as a whole."""
    flat = pd.DataFrame(plain.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    assert list(rows.columns.drop("geometry")) == list(flat)
    for name in flat:
        found, meant = rows[name], flat[name]
        if pd.api.types.is_float_dtype(meant):
            np.testing.assert_allclose(found.astype(float), meant, atol=1e-6, rtol=0)
        else:
            assert [v if pd.notna(v) else None for v in found] == [
                v if pd.notna(v) else None for v in meant
            ]
    if "geometry" in plain:
        assert rows.crs == crs.drawn_crs(plain)
        lines, there = (frame.to_crs(4326).geometry.to_numpy() for frame in (rows, plain))
        gone = shapely.is_missing(there) | shapely.is_empty(there)
        assert (shapely.is_missing(lines) == gone).all()
        assert shapely.equals_exact(lines[~gone], there[~gone], tolerance=1e-8).all()


def as_lonlat(frame, path):
    stored = frame.centroid.to_crs(crs.WGS84)
    rows = zip(frame["lot"], stored.x, stored.y, strict=True)
    return write_csv(path, ["lot", "lon", "lat"], *rows)


def as_text_sequence(frame, path):
    frame.to_crs(crs.WGS84).to_file(path, driver="GeoJSONSeq")
    return str(path)


WRITTEN = {
    "geojson": write,
    "gpkg": write,
    "fgb": write,
    "shp": write,
    "geojsonl": as_text_sequence,
    "parquet": parquet,
}


@pytest.mark.parametrize("form", WRITTEN)
def test_every_format_is_read_in_batches_with_the_same_rows_as_near(
    tmp_path, here, lots, wells, form
):
    options = {"SPATIAL_INDEX": "NO"} if form == "fgb" else {}
    file = WRITTEN[form](lots, tmp_path / f"lots.{form}", **options)
    catalog = here(file, key="lot", crs={"wells": "EPSG:4326"})
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    plain = nm.nearest(lots.set_index("lot"), wells)
    assert rows["site_id"].tolist() == lots["lot"].tolist()
    assert rows["nearest_id"].tolist() == plain["nearest_id"].tolist()
    assert rows["nearest_m"].to_numpy() == pytest.approx(plain["nearest_m"].to_numpy(), abs=0.02)
    assert set(rows["nearest_accuracy_m"]) == {5.0}


def test_csv_with_coordinates_is_read_in_batches(tmp_path, here, lots):
    file = as_lonlat(lots, tmp_path / "lots.csv")
    catalog = here(file, key="lot", crs={"sites": "EPSG:4326"})
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["site_id"].tolist() == lots["lot"].tolist()
    assert rows["nearest_m"][0] == pytest.approx(np.hypot(10, 490), abs=0.002)


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_geoparquet_is_read_in_both_encodings(tmp_path, here, encoding):
    frame = points(**{f"s{i}": (i, 0) for i in range(20)})
    frame.reset_index().to_parquet(tmp_path / "p.parquet", geometry_encoding=encoding)
    catalog = here(tmp_path / "p.parquet", key="feature_id", crs={"sites": "hk80"})
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    starts = shapely.get_point(rows.to_crs(crs.HK80).geometry.to_numpy(), 0)
    assert shapely.distance(starts, frame.geometry.to_numpy()).max() < 0.001
    assert rows["nearest_m"].to_numpy() == pytest.approx(np.hypot(np.arange(20), 500), abs=0.002)


def test_ids_are_the_key_or_the_feature_id_or_the_number_of_the_row(tmp_path, here, lots):
    def ids(file, **how):
        catalog = here(file, **how)
        return streamed(
            tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog, overwrite=True
        )["site_id"].tolist()

    named = [(shape, f"f{i}", {}) for i, shape in enumerate(lots.geometry)]
    numbered = [(shape, None, {}) for shape in lots.geometry]
    assert ids(write_json(tmp_path / "a.geojson", named))[:2] == ["f0", "f1"]
    assert ids(write_json(tmp_path / "b.geojson", numbered))[-1] == "63"
    assert ids(parquet(lots, tmp_path / "c.parquet"), key="lot")[-1] == "L63"
    assert ids(parquet(lots, tmp_path / "d.parquet"))[-1] == "63"


def test_rings_are_those_of_the_file_as_a_whole(tmp_path, here, lots):
    catalog = here(write(lots[:32], tmp_path / "lots.gpkg"))
    for cumulative in (False, True):
        how = {"cumulative": cumulative, "count": ["wells"]}
        plain = nm.rings(["200m", "600m"], catalog, **how)
        measure = nm.rings_batches(["200m", "600m"], catalog, **how)
        rows = streamed(tmp_path / "o.parquet", measure, catalog, overwrite=True)
        assert_same_rows(rows, plain)
        assert rows["wells_count"].sum() > rows["wells_open_count"].sum() > 0


@pytest.mark.parametrize(
    ("at", "metres"),
    [
        (["1234.561m", "1234.562m"], [1234.561, 1234.562]),
        (["1001km", "1000000m"], [1_000_000, 1_001_000]),
        (["3ft", "0.5mi"], [0.9144, 804.672]),
    ],
)
def test_a_distance_keeps_all_its_digits(tmp_path, here, lots, at, metres):
    catalog = here(write(lots[:1], tmp_path / "lots.gpkg"))
    measure = nm.rings_batches(at, catalog, count=["wells"], counts_only=True)
    rows = streamed(tmp_path / "o.parquet", measure, catalog)

    assert rows["to_m"].tolist() == pytest.approx(metres, rel=1e-12)


def test_what_lies_inside_is_that_of_the_file_as_a_whole(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "lots.gpkg"))
    rows = streamed(tmp_path / "o.parquet", nm.inside_batches("zones", catalog), catalog)

    assert_same_rows(rows, nm.inside("zones", catalog))
    assert rows["feature_id"].notna().sum() == 11 + 6
    assert set(rows.geom_type) == {"Polygon"}


def test_no_row_depends_on_what_else_is_in_its_batch(tmp_path, here, monkeypatch):
    places = np.random.default_rng(5).uniform(0, 6000, (100, 2))
    frame = points(**{f"s{i}": tuple(xy) for i, xy in enumerate(places)})
    catalog = here(parquet(frame, tmp_path / "p.parquet"))
    near = nm.near_batches("wells", catalog)
    nm.stream(tmp_path / "small.parquet", near, catalog)
    monkeypatch.setattr(batches, "BATCH", 65_536)
    nm.stream(tmp_path / "large.parquet", near, catalog)

    small, large = (pq.read_table(tmp_path / f"{n}.parquet") for n in ("small", "large"))
    assert small.equals(large)


def test_a_partition_measured_in_another_process_gives_the_same_bits(tmp_path, here, lots):
    for name, rows in (("p0", lots[:40]), ("p1", lots[40:])):
        parquet(rows, tmp_path / "parts" / f"{name}.parquet")
    catalog = here(tmp_path / "parts")
    near = nm.near_batches("wells", catalog)
    nm.stream(tmp_path / "whole.parquet", near, catalog)

    sent, parts = pickle.loads(pickle.dumps((near, batches.open_batches(catalog.own_sites).parts)))  # noqa: S301 - our own
    apart = [
        batch_measures.measure_batch(
            batch_work.batch_frame(table, "part").set_crs(crs.WGS84), sent, "part", strict=False
        )
        for part in parts
        for table in part.batches()
    ]
    whole = pq.read_table(tmp_path / "whole.parquet")
    assert whole.equals(pa.concat_tables(table.replace_schema_metadata() for table in apart))


def test_a_folder_of_parts_is_read_in_the_order_of_their_numbers(tmp_path, here, lots):
    for i, rows in ((10, lots[40:]), (2, lots[20:40]), (1, lots[:20])):
        parquet(rows, tmp_path / "parts" / f"part.{i}.parquet")
    parquet(lots[:0], tmp_path / "parts" / "part.3.parquet")
    catalog = here(tmp_path / "parts")
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["site_id"].tolist() == [str(i) for i in range(COUNT)]
    start = gpd.GeoSeries([shapely.Point(rows.geometry.iloc[-1].coords[0])], crs=crs.WGS84)
    assert start.to_crs(crs.HK80).distance(lots.geometry.iloc[-1]).max() < 0.001


def test_the_accuracy_of_a_distance_adds_what_is_known_of_both_ends(tmp_path, here, lots):
    catalog = here(parquet(lots.assign(accuracy_m=["3", None] * 32), tmp_path / "p.parquet"))
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["accuracy_m"][:2].tolist() == [8.0, 5.0]


@pytest.mark.parametrize("form", ["csv", "parquet", "fgb"])
@pytest.mark.parametrize(
    ("parts", "known"),
    [
        ((None, 3.0), [5.0, 8.0]),
        ((3.0, None), [8.0, 5.0]),
        ((3.0, "3"), [8.0, 8.0]),
        ((" ", 3.0), [5.0, 8.0]),
    ],
)
def test_parts_of_a_folder_may_say_their_accuracy_or_not(tmp_path, here, lots, parts, known, form):
    for number, said in enumerate(parts):
        rows = lots[32 * number :][:32].assign(**{} if said is None else {"accuracy_m": said})
        parquet(rows, tmp_path / "parts" / f"{number}.parquet")
    catalog = here(tmp_path / "parts")
    nm.stream(tmp_path / f"o.{form}", nm.near_batches("wells", catalog), catalog)

    read = {"csv": pd.read_csv, "parquet": gpd.read_parquet}.get(form, gpd.read_file)
    assert read(tmp_path / f"o.{form}")["accuracy_m"].tolist() == np.repeat(known, 32).tolist()


def test_where_nothing_is_open_the_nearest_is_missing(tmp_path, lots):
    shut = write(points(w=(0, 0)).assign(status="planned"), tmp_path / "shut.geojson")
    catalog = open_catalog(sites=write(lots, tmp_path / "lots.gpkg"), layers={"shut": shut})
    measure = nm.near_batches("shut", catalog, open_only=True)
    rows = streamed(tmp_path / "o.parquet", measure, catalog)

    assert len(rows) == COUNT
    assert rows[["nearest_id", "nearest_m"]].isna().all(axis=None)


def test_only_what_is_open_cannot_be_asked_of_a_layer_without_any_status(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "l.gpkg"))
    with pytest.raises(UsageError, match="layer 'zones' has no status"):
        nm.near_batches("zones", catalog, open_only=True)  # before the file is read


MIXED = {
    "a": point(0, 0),
    "b": line((0, 0), (9, 9)),
    "c": square(0, 0, 9),
    "d": multi(square(0, 0, 9), square(50, 0, 9)),
}


@pytest.mark.parametrize("form", ["parquet", "fgb", "gpkg", "geojson", "geojsonl", "geojsons"])
def test_every_format_that_has_geometry_carries_it_and_the_measures(tmp_path, here, form):
    frame = sites(**MIXED)[["geometry"]]
    catalog = here(parquet(frame, tmp_path / "p.parquet"), key="id")
    rows = streamed(tmp_path / f"o.{form}", nm.near_batches("wells", catalog), catalog)

    assert rows["site_id"].tolist() == list(MIXED)
    assert set(rows.geom_type) == {"LineString"}
    lengths = rows.to_crs(crs.HK80).length.to_numpy()
    assert lengths == pytest.approx(rows["nearest_m"].to_numpy(), abs=0.02)
    assert rows["nearest_m"].to_numpy() == pytest.approx([500, 491, 491, 491], abs=0.1)


def test_csv_has_the_measures_alone_and_no_cell_that_a_spreadsheet_would_run(tmp_path, here):
    frame = points(a=(0, 0), b=(0, 0)).assign(lot=["=1+1", "-7"])
    catalog = here(parquet(frame, tmp_path / "p.parquet"), key="lot")
    nm.stream(tmp_path / "o.csv", nm.near_batches("wells", catalog), catalog)

    rows = pd.read_csv(tmp_path / "o.csv", dtype={"site_id": str})
    assert rows["site_id"].tolist() == ["'=1+1", "-7"]
    assert list(rows)[:4] == ["site_id", "basis", "name", "layer"]
    assert {"low_m", "high_m", "nearest_status", "nearest_opens", "remark"} <= set(rows)
    assert "geometry" not in rows


def test_geoparquet_says_version_crs_kinds_and_bounds(tmp_path, here):
    catalog = here(parquet(sites(**MIXED)[["geometry"]], tmp_path / "p.parquet"))
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    geo = json.loads(pq.read_metadata(tmp_path / "o.parquet").metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["LineString"]
    assert column["bbox"] == rows.total_bounds.tolist()
    assert column["crs"] == crs.WGS84.to_json_dict()


def test_a_text_sequence_is_that_of_rfc_8142(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "lots.gpkg"), key="lot")
    nm.stream(tmp_path / "o.geojsons", nm.near_batches("wells", catalog), catalog)
    nm.stream(tmp_path / "o.geojsonl", nm.near_batches("wells", catalog), catalog)

    text = (tmp_path / "o.geojsons").read_bytes()
    assert text[:1] == b"\x1e"
    records = [json.loads(record) for record in text.split(b"\x1e")[1:]]
    assert [one["properties"]["site_id"] for one in records] == lots["lot"].tolist()
    assert all(record["geometry"]["type"] == "LineString" for record in records)
    assert (tmp_path / "o.geojsonl").read_bytes() == text.replace(b"\x1e", b"")


def test_heights_do_not_count(tmp_path, here):
    shape = shapely.Point(824_000, 840_000, 7)
    gpd.GeoDataFrame(geometry=[shape], crs=crs.HK80).to_parquet(tmp_path / "p.parquet")
    catalog = here(tmp_path / "p.parquet", crs={"sites": "hk80"})
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["nearest_m"].tolist() == pytest.approx([500], abs=0.002)


def test_axes_that_were_swapped_are_put_right(tmp_path, here):
    shapes = [shapely.Point(840_000, 824_000)] * 20
    gpd.GeoDataFrame(geometry=shapes, crs=crs.HK80).to_parquet(tmp_path / "p.parquet")
    catalog = here(tmp_path / "p.parquet", crs={"sites": "hk80-swapped"})
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["nearest_m"].to_numpy() == pytest.approx(500, abs=0.002)
    starts = gpd.GeoSeries(shapely.get_point(rows.geometry.to_numpy(), 0), crs=rows.crs)
    assert starts.to_crs(crs.HK80).x.to_numpy() == pytest.approx(824_000, abs=0.002)


def test_an_output_that_is_there_is_replaced_only_on_demand(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "lots.gpkg"))
    (tmp_path / "o.csv").write_text("mine", encoding="utf-8")
    near = nm.near_batches("wells", catalog)

    with pytest.raises(ExportError, match="is there already"):
        nm.stream(tmp_path / "o.csv", near, catalog)
    assert (tmp_path / "o.csv").read_text(encoding="utf-8") == "mine"
    nm.stream(tmp_path / "o.csv", near, catalog, overwrite=True)
    assert len(pd.read_csv(tmp_path / "o.csv")) == COUNT


def test_rows_are_given_on_as_they_come_with_their_number(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "lots.gpkg"))
    seen = []

    def watch(rows, total):
        for table in rows:
            seen.append((table.num_rows, total))
            yield table

    nm.stream(tmp_path / "o.csv", nm.near_batches("wells", catalog), catalog, watch=watch)
    assert len(pd.read_csv(tmp_path / "o.csv")) == COUNT
    assert seen == [(16, COUNT)] * 4


def test_the_next_item_is_taken_while_one_is_worked_on():
    taken = []
    items = batch_run.read_ahead(taken.append(i) or i for i in range(1, 4))

    assert next(items) == 1
    assert list(items) == [2, 3]
    assert taken == [1, 2, 3]


def test_a_batch_is_given_while_a_later_one_is_measured(monkeypatch):
    given = Event()
    table = pa.table({"site_id": ["a"]})

    class Slow:
        def prepare(self):
            pass

        def begin(self, batch, name):
            if name == "2":
                return lambda: given.wait(20) and (lambda: batch)
            return lambda: lambda: batch

    monkeypatch.setattr(batches, "BATCH", 1)  # none is small
    rows = batch_run.measure_in_order(Slow(), ((str(number), table) for number in range(9)))
    next(rows)
    given.set()

    assert len([*rows]) == 8


@pytest.mark.parametrize("layer", ["zones:id", (points(p=(0, 0)), "feature_id")])
def test_batches_by_class_are_told_to_call_inside(here, layer):
    with pytest.raises(UsageError, match=r"layer=.*: needs all sites together; call inside"):
        nm.inside_batches(layer, here(None))
