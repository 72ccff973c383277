"""Streams: what is wrong with a large file is said in one line, with its part or batch."""

import re
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
from shapely import GeometryCollection, Point
from test_stream import here, lots, parquet, small_batches, streamed, wells
from world import EAST, NORTH, bow_tie, line, point, points, write, write_csv, write_json

import nmgeo as nm
from nmgeo import crs
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.scale.batch_work import batch_frame
from nmgeo.scale.seen_ids import SeenIds
from nmgeo.sources import batches

__all__ = ["here", "lots", "small_batches", "wells"]  # fixtures


def refused(catalog, tmp_path, kind=LayerError, measure="near"):
    """Return why a file is refused; nothing is left of it."""
    before = sorted(tmp_path.rglob("*"))
    held = {"near": nm.near_batches, "inside": nm.inside_batches}[measure]
    layer = {"near": "wells", "inside": "zones"}[measure]
    with pytest.raises(kind) as caught:
        nm.stream(tmp_path / "o.parquet", held(layer, catalog), catalog)
    assert sorted(tmp_path.rglob("*")) == before
    return str(caught.value)


@pytest.mark.parametrize("nothing", [None, Point()])
def test_a_site_without_geometry_in_the_last_batch_is_kept_with_nothing_measured(
    tmp_path, here, lots, nothing
):
    lots.loc["s60", "geometry"] = nothing
    catalog = here(parquet(lots, tmp_path / "p.parquet"), key="id")
    with pytest.warns(Notice, match="1 site has no geometry and no measures"):
        rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["site_id"].tolist() == lots.index.tolist()
    assert rows.index[rows["nearest_m"].isna()].tolist() == [60]
    assert rows.iloc[60][["nearest_id", "nearest_accuracy_m", "geometry"]].isna().all()


@pytest.mark.filterwarnings("ignore:.*no geometry and no measures:nmgeo.errors.Notice")
def test_a_frame_with_a_site_without_geometry_is_written_to_a_file(tmp_path, lots):
    lots = lots.head(5).copy()
    lots.loc[lots.index[2], "geometry"] = None
    catalog = nm.open_catalog(sites=lots)
    out = tmp_path / "near.parquet"
    nm.stream(out, nm.near_batches("stations", catalog), catalog)

    assert pq.read_table(out)["nearest_m"].null_count == 1


def test_counts_are_missing_rather_than_0_where_there_is_no_geometry(tmp_path, here, lots):
    lots.loc["s60", "geometry"] = None
    catalog = here(parquet(lots, tmp_path / "p.parquet"))
    measure = nm.rings_batches(["1km"], catalog, count=["wells"], counts_only=True)
    with pytest.warns(Notice, match="no geometry"):
        rows = streamed(tmp_path / "o.parquet", measure, catalog)

    assert rows.index[rows["wells_count"].isna()].tolist() == [60]


@pytest.mark.parametrize(
    ("bare", "where"),
    [
        (["s60"], "1 site has no geometry and no measures (batch 3)"),
        (["s60", "s61"], "2 sites have no geometry and no measures (batch 3)"),
        (["s16", "s60"], "2 sites have no geometry and no measures (batch 1, batch 3)"),
        (["s01", "s16", "s40", "s60"], "no measures (batch 0, batch 1 and 2 more)"),
    ],
)
def test_the_batches_are_named_that_hold_sites_without_geometry(tmp_path, here, lots, bare, where):
    lots.loc[bare, "geometry"] = None
    catalog = here(parquet(lots, tmp_path / "p.parquet"), key="id")
    with pytest.warns(Notice) as said:
        streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    told = [str(one.message) for one in said if "no geometry" in str(one.message)]
    assert [one.endswith(where) for one in told] == [True]


def test_so_are_the_parts_of_a_folder(tmp_path, here, lots):
    lots.loc["s61", "geometry"] = None
    for name, rows in (("a", lots[:30]), ("b", lots[:0]), ("c", lots[30:])):
        parquet(rows, tmp_path / "parts" / f"{name}.parquet")
    catalog = here(tmp_path / "parts", key="id")
    with pytest.warns(Notice, match=r"parts: 1 site .* no measures \(c.parquet, batch 1\)$"):
        streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("fgb", "format 'fgb': cannot be written to an open file; use one of csv, "),
        ("shp", "format 'shp': is not known; use one of table, csv"),
    ],
)
def test_a_form_that_an_open_file_cannot_have_is_refused(here, lots, tmp_path, form, why):
    catalog = here(write(lots, tmp_path / "lots.gpkg"))

    with pytest.raises(UsageError, match=why):
        nm.stream(BytesIO(), nm.near_batches("wells", catalog), catalog, form=form)


def test_parts_are_in_the_order_of_their_names_and_then_of_their_numbers(tmp_path, here, lots):
    names = ["part.01", "part.1", "part.2", "part.10", "x_1", "x_2", "y_1", "y_2"]
    for name in reversed(names):
        parquet(lots[:1], tmp_path / "parts" / f"{name}.parquet")
    found = batches.open_batches(here(tmp_path / "parts").own_sites).parts

    assert [Path(part.path).stem for part in found] == names


def test_a_file_without_columns_has_none_for_a_key(tmp_path, here, lots):
    gpd.GeoDataFrame(geometry=lots.geometry.to_numpy(), crs=crs.HK80).to_parquet(
        tmp_path / "p.parquet"
    )

    why = refused(here(tmp_path / "p.parquet", key="bid"), tmp_path, UsageError)
    assert why.endswith("; leave out key=")


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (None, "feature s60: no geometry"),
        (bow_tie(0, 0, 9), "invalid geometry in feature s60"),
    ],
)
def test_strictly_a_fault_is_refused_with_its_batch_and_feature(tmp_path, here, lots, shape, why):
    lots.loc["s60", "geometry"] = shape
    catalog = here(parquet(lots, tmp_path / "p.parquet"), key="id", strict=True)

    assert f"p.parquet, batch 3: {why}" in refused(catalog, tmp_path)


def test_an_invalid_polygon_is_repaired_as_elsewhere_and_said_with_its_batch(tmp_path, here, lots):
    lots.loc["s60", "geometry"] = bow_tie(0, 0, 100)
    catalog = here(parquet(lots, tmp_path / "p.parquet"), key="id")
    with pytest.warns(Notice, match=r"p.parquet, batch 3: repaired 1 invalid geometry in .*s60"):
        rows = streamed(tmp_path / "o.parquet", nm.inside_batches("zones", catalog), catalog)

    repaired = rows[rows["site_id"] == "s60"]
    assert repaired["feature_id"].tolist() == ["z0", "z1"]
    assert repaired["inside_ha"].to_numpy() == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (GeometryCollection([point(0, 0)]), "feature s60: a geometry collection"),
        (Point(0, 0), "feature s60: lies outside Hong Kong (0.0000, 0.0000)"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_batch(tmp_path, here, lots, shape, why):
    lots.loc["s60", "geometry"] = shape
    lots.reset_index(names="id").to_parquet(tmp_path / "p.parquet")
    catalog = here(tmp_path / "p.parquet", key="id", crs={"sites": "hk80"})

    assert f"p.parquet, batch 3: {why}" in refused(catalog, tmp_path)


def test_points_among_polygons_have_a_distance_but_no_share(tmp_path, here, lots):
    lots.loc["s60", "geometry"] = point(0, 0)
    lots.loc["s61", "geometry"] = line((0, 0), (9, 9))
    catalog = here(write(lots, tmp_path / "lots.gpkg"))
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["nearest_m"].notna().all()
    (tmp_path / "o.parquet").unlink()
    with pytest.warns(Notice, match=r"lots.gpkg: 2 sites have no area and no measures \(batch 3\)"):
        rows = streamed(tmp_path / "o.parquet", nm.inside_batches("zones", catalog), catalog)
    assert rows.set_index("site_id")["inside_ha"].isna().sum() == 2
    assert rows.geometry.notna().all()


def test_a_batch_without_polygons_keeps_its_rows(tmp_path, here, lots):
    lots.loc[[f"s{number}" for number in range(16, 32)], "geometry"] = point(0, 0)
    catalog = here(write(lots, tmp_path / "lots.gpkg"))
    with pytest.warns(Notice, match=r"16 sites have no area and no measures \(batch 1\)"):
        rows = streamed(tmp_path / "o.parquet", nm.inside_batches("zones", catalog), catalog)

    with pytest.warns(Notice, match="left blank: 16 features"):
        whole = nm.inside("zones", catalog)
    assert rows["site_id"].tolist() == whole["site_id"].tolist()
    assert rows["inside_ha"].isna().tolist() == whole["inside_ha"].isna().tolist()
    assert (rows["layer"] == "zones").all()


def test_a_file_in_any_order_has_its_rows_in_that_order(tmp_path, here, lots):
    mixed = lots.sample(frac=1, random_state=3)
    catalog = here(parquet(mixed, tmp_path / "p.parquet"), key="lot")
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    plain = nm.nearest_m(mixed, points(w0=(0, 500), w1=(3000, 0)))
    assert rows["site_id"].tolist() == mixed["lot"].tolist()
    assert rows["nearest_m"].to_numpy() == pytest.approx(plain.to_numpy(), abs=0.002)


def test_a_part_in_another_crs_is_refused_by_its_name(tmp_path, here, lots):
    parquet(lots[:9], tmp_path / "parts" / "a.parquet")
    lots[9:].to_parquet(tmp_path / "parts" / "b.parquet")

    why = refused(here(tmp_path / "parts"), tmp_path)
    assert "b.parquet: its CRS is Hong Kong 1980 Grid System, but that of a.parquet is" in why


def test_what_cannot_be_measured_in_a_part_is_refused_by_its_name_and_batch(tmp_path, here, lots):
    lots.loc["s60", "geometry"] = GeometryCollection([point(0, 0)])
    parquet(lots[:30], tmp_path / "parts" / "a.parquet")
    parquet(lots[30:], tmp_path / "parts" / "b.parquet")

    why = refused(here(tmp_path / "parts", key="id"), tmp_path)
    assert "b.parquet, batch 1: feature s60: a geometry collection" in why


def test_a_part_without_the_key_is_refused_by_its_name(tmp_path, here, lots):
    parquet(lots[:9], tmp_path / "parts" / "a.parquet")
    parquet(lots[9:].drop(columns="lot"), tmp_path / "parts" / "b.parquet")

    why = refused(here(tmp_path / "parts", key="lot"), tmp_path, UsageError)
    assert "key='lot': no such column in" in why
    assert "b.parquet" in why


def test_a_damaged_part_is_refused_by_its_name(tmp_path, here, lots):
    parquet(lots[:9], tmp_path / "parts" / "a.parquet")
    (tmp_path / "parts" / "b.parquet").write_bytes(b"PAR1 and then nothing")

    assert "b.parquet: cannot be read" in refused(here(tmp_path / "parts"), tmp_path)


def test_a_part_damaged_half_way_is_refused_with_the_batch(tmp_path, here, lots):
    file = parquet(lots, tmp_path / "p.parquet", row_group_size=16, compression=None)
    chunk = pq.ParquetFile(file).metadata.row_group(2).column(0)
    with open(file, "r+b") as damaged:  # noqa: PTH123 - to be written over in part
        damaged.seek(chunk.dictionary_page_offset or chunk.data_page_offset)
        damaged.write(b"\xff" * chunk.total_compressed_size)

    assert "p.parquet, batch 2: cannot be read" in refused(here(file, key="id"), tmp_path)


def test_a_file_cut_short_is_refused_with_the_batch(tmp_path, here, lots):
    file = tmp_path / "lots.fgb"
    write(lots, file, SPATIAL_INDEX="NO")
    file.write_bytes(file.read_bytes()[:-2000])

    assert "lots.fgb, batch 3: cannot be read" in refused(here(file), tmp_path)


def test_a_geometry_that_is_no_wkb_is_refused_with_the_batch(tmp_path, here, lots):
    file = parquet(lots, tmp_path / "p.parquet")
    table = pq.read_table(file)
    shapes = table["geometry"].to_pylist()
    shapes[60] = b"nonsense"
    column = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(column, "geometry", [shapes]), file)

    assert "p.parquet, batch 3, geometry: cannot be read" in refused(here(file), tmp_path)


ARC = f"CIRCULARSTRING ({EAST} {NORTH}, {EAST + 10} {NORTH + 10}, {EAST + 20} {NORTH})"


def test_curves_and_empty_parts_are_measured_as_elsewhere(tmp_path, here):
    shapes = [f"POINT ({EAST + i} {NORTH})" for i in range(10)]
    shapes += [ARC, f"CURVEPOLYGON (COMPOUNDCURVE ({ARC}, ({EAST + 20} {NORTH}, {EAST} {NORTH})))"]
    shapes += [f"MULTIPOINT (EMPTY, ({EAST} {NORTH}))"]
    rows = [(f"s{i}", shape) for i, shape in enumerate(shapes)]
    file = write_csv(tmp_path / "p.csv", ["lot", "wkt"], *rows)
    catalog = here(file, key="lot", crs={"sites": "hk80"})
    found = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    plain = nm.near("wells", catalog).set_index("site_id")["nearest_m"][found["site_id"]]
    assert found["nearest_m"].to_numpy() == pytest.approx(plain.to_numpy(), abs=0.002)
    tables = batches.open_batches(catalog.own_sites).batches()
    drawn = [kind for _, table in tables for kind in batch_frame(table, "part").geom_type]
    assert drawn[10:12] == ["LineString", "Polygon"]


@pytest.mark.parametrize(("kind", "why"), [(8, "Nonlinear"), (16, "Unknown WKB type 16")])
def test_what_geos_does_not_know_is_to_be_turned_into_what_it_does(tmp_path, here, lots, kind, why):
    table = pq.read_table(parquet(lots, tmp_path / "p.parquet"))
    shapes = [b"\1" + kind.to_bytes(4, "little") + bytes(4)] * len(lots)
    column = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(column, "geometry", [shapes]), tmp_path / "p.parquet")

    said = refused(here(tmp_path / "p.parquet"), tmp_path)
    assert re.search(rf"p.parquet, batch 0, geometry: cannot be read \(.*{why}.*ogr2ogr -nlt", said)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none.parquet", "holds no features"),
        ("none.geojson", "holds no features"),
        ("none", "is a folder; name a file in it"),
        ("gone.parquet", "not found"),
        ("gone.gpkg", "not found"),
        ("plain.parquet", "is no GeoParquet"),
        ("flat.csv", "has no coordinates"),
        ("hollow.parquet", "hollow.parquet: no site has a geometry"),
    ],
)
def test_a_file_with_nothing_to_measure_is_refused(tmp_path, here, lots, name, why):
    parquet(lots[:0], tmp_path / "none.parquet")
    write_json(tmp_path / "none.geojson", [])
    (tmp_path / "none").mkdir()
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "plain.parquet")
    write_csv(tmp_path / "flat.csv", ["name"], ["x"])
    parquet(lots.assign(geometry=None).set_crs(crs.HK80), tmp_path / "hollow.parquet")

    assert why in refused(here(tmp_path / name), tmp_path)


def test_a_row_without_id_is_refused_with_the_batch(tmp_path, here, lots):
    lots.loc["s60", "lot"] = None
    catalog = here(parquet(lots, tmp_path / "p.parquet"), key="lot")

    assert "p.parquet, batch 3: row 61 has no lot; give it one" in refused(catalog, tmp_path)


def test_a_file_that_does_not_say_its_crs_is_refused_as_elsewhere(tmp_path, here, lots):
    gpd.GeoDataFrame(geometry=lots.geometry.to_numpy()).to_parquet(tmp_path / "p.parquet")

    why = refused(here(tmp_path / "p.parquet"), tmp_path, MissingCRSError)
    assert "states no CRS" in why
    assert "crs='EPSG:2326'" in why


def test_numbers_that_do_not_fit_the_crs_are_refused_as_elsewhere(tmp_path, here, lots):
    frame = gpd.GeoDataFrame(geometry=lots.geometry.to_numpy(), crs=crs.WGS84)
    frame.to_parquet(tmp_path / "p.parquet")

    why = refused(here(tmp_path / "p.parquet"), tmp_path, DoubtfulCRSError)
    assert "crs='EPSG:2326'" in why


def test_a_crs_with_no_way_that_keeps_the_datum_is_refused(tmp_path, here, lots):
    stored = lots.to_crs(crs.WGS84).geometry.to_numpy()
    gpd.GeoDataFrame(geometry=stored, crs="EPSG:4490").to_parquet(tmp_path / "p.parquet")

    assert "has no known transformation to the HK80 grid" in refused(
        here(tmp_path / "p.parquet"), tmp_path
    )


def test_sites_of_the_package_are_not_streamed(tmp_path):
    near = nm.near_batches("stations")

    with pytest.raises(UsageError, match="add sites='FILE'"):
        nm.stream(tmp_path / "o.parquet", near, nm.open_catalog())


def test_an_ending_that_is_of_no_format_is_refused_with_those_there_are(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "lots.gpkg"))

    with pytest.raises(UsageError, match=r"unknown file extension '.shp'; use .csv, "):
        nm.stream(tmp_path / "o.shp", nm.near_batches("wells", catalog), catalog)
    assert not (tmp_path / "o.shp").exists()


def test_an_unsound_layer_is_refused_before_the_file_is_read(here):
    with pytest.raises(LayerError, match="Point has no area"):
        nm.inside_batches("wells", here("nowhere.gpkg"))


@pytest.mark.parametrize("at", [[], ["0m"]])
def test_a_ring_needs_a_distance(here, at):
    with pytest.raises(UsageError, match="at="):
        nm.rings_batches(at, here("nowhere.gpkg"), count=["wells"])


def test_a_site_in_the_corner_of_the_window_is_measured(tmp_path, here):
    corner = gpd.GeoDataFrame(geometry=[Point(crs.WINDOW[:2])], crs=crs.WGS84)
    corner.to_parquet(tmp_path / "p.parquet")
    catalog = here(tmp_path / "p.parquet")
    with pytest.warns(Notice, match="more than 5 km outside Hong Kong"):
        rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert rows["nearest_m"].notna().all()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_id_that_stands_in_two_batches_is_refused_as_in_a_whole_file(tmp_path, here, lots, form):
    lots.loc["s60", "lot"] = "L3"
    file = parquet(lots, tmp_path / "p.parquet")
    with pytest.raises(LayerError, match="'L3' stands 2 times"):
        nm.near("wells", here(file, key="lot"))

    catalog = here(file, key="lot")
    with pytest.raises(LayerError, match=r"batch 3: field lot: 'L3' is also in an earlier batch"):
        nm.stream(tmp_path / f"o.{form}", nm.near_batches("wells", catalog), catalog)
    assert [path.name for path in tmp_path.glob("*o.*")] == []


def test_with_a_key_the_site_is_the_key_whatever_else_the_file_calls_it(tmp_path, here, lots):
    file = parquet(lots.assign(site_id="all of them"), tmp_path / "p.parquet")
    catalog = here(file, key="lot")
    rows = streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    whole = nm.near("wells", catalog)
    assert rows["site_id"].tolist() == whole["site_id"].tolist() == lots["lot"].tolist()


def test_ids_are_told_apart_over_many_batches():
    seen = SeenIds()
    found = [seen.add([f"{batch}-{row}" for row in range(50)]) for batch in range(40)]

    assert found == [None] * 40
    assert seen.add(["new", "17-3", "0-0"]) == "17-3"
    assert seen.add(["new"]) is None  # what was refused is not kept
