"""Dates and times stay what they are where a format has a type for them."""

import datetime as dt
import json
import sqlite3

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from world import layer, square

import nmgeo as nm
from nmgeo.errors import Notice

SQUARES = {"a": square(0, 0, 100), "b": square(200, 0, 100)}
DATABASES = ["gpkg", "fgb"]
HONG_KONG = "2026-01-01T08:30:00+08:00"


def dated(**columns):
    return layer(SQUARES, **columns)


@pytest.fixture(name="own")
def own_file(tmp_path):
    """Write a GeoPackage with a column of times, one of times in UTC and one of dates."""
    time = dt.datetime(2026, 1, 1, 10, 30, 0, 500_000)  # noqa: DTZ001 - without a zone
    shapes = pa.array(shapely.to_wkb(list(SQUARES.values())), pa.binary())
    table = pa.table(
        {
            "seen": pa.array([time, None], pa.timestamp("ms")),
            "at": pa.array([time, None], pa.timestamp("ms", "UTC")),
            "day": pa.array([time.date(), None]),
            "text": ["2026-01-01T10:30:00", "2026-01-01"],
            "geometry": shapes,
        }
    )
    path = tmp_path / "own.gpkg"
    how = {"geometry_name": "geometry", "geometry_type": "Polygon", "crs": "EPSG:2326"}
    pyogrio.write_arrow(table, path, driver="GPKG", **how)
    assert field_types(path) == ["OFTDateTime", "OFTDateTime", "OFTDate", "OFTString"]
    return path


def field_types(path):
    return list(pyogrio.read_info(path)["ogr_types"])


@pytest.mark.filterwarnings("ignore:.*since FlatGeobuf holds no dates:nmgeo.Notice")
@pytest.mark.parametrize("form", DATABASES)
def test_times_of_a_users_file_are_exported_as_times(tmp_path, own, form):
    out = tmp_path / f"out.{form}"
    nm.export(out, own)

    day = "OFTDate" if form == "gpkg" else "OFTDateTime"  # FlatGeobuf has no dates
    assert field_types(out)[1:] == ["OFTDateTime", "OFTDateTime", day, "OFTString"]
    back = gpd.read_file(out)
    assert back["seen"][0] == pd.Timestamp("2026-01-01T10:30:00.5")
    assert back["at"][0] == pd.Timestamp("2026-01-01T10:30:00.5Z")
    assert back.loc[1, ["seen", "at", "day"]].isna().all()


def test_times_of_a_users_file_are_times_in_geoparquet(tmp_path, own):
    nm.export(tmp_path / "out.parquet", own)

    types = dict(
        zip(*[(s := pq.read_schema(tmp_path / "out.parquet")).names, s.types], strict=True)
    )
    assert str(types["seen"]).startswith("timestamp[")
    assert str(types["at"]).endswith("tz=UTC]")
    assert (str(types["day"]), str(types["text"])) == ("date32[day]", "string")


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_times_of_a_users_file_are_iso_text_in_formats_of_text(tmp_path, own, form):
    nm.export(tmp_path / f"out.{form}", own)

    written = (tmp_path / f"out.{form}").read_text(encoding="utf-8")
    assert '"2026-01-01T10:30:00.500"' in written
    assert '"2026-01-01"' in written


def test_a_shapefile_has_dates_and_says_that_times_are_text(tmp_path, own):
    with pytest.warns(nm.Notice, match="times are written as text") as said:
        nm.export(tmp_path / "out.shp.zip", own)

    assert [str(one.message).split(":")[0] for one in said] == ["column 'seen'", "column 'at'"]
    back = pyogrio.read_dataframe(tmp_path / "out.shp.zip", datetime_as_string=True)
    assert back.loc[0, ["seen", "day"]].tolist() == ["2026-01-01T10:30:00.500000", "2026-01-01"]
    assert field_types(tmp_path / "out.shp.zip")[1:4] == ["OFTString", "OFTString", "OFTDate"]


@pytest.mark.parametrize("zone", ["+08:00", "Asia/Hong_Kong"])
@pytest.mark.parametrize("form", [*DATABASES, "parquet"])
def test_times_of_a_frame_keep_the_instant_in_any_zone(tmp_path, form, zone):
    times = pd.to_datetime([HONG_KONG, None]).tz_convert(zone)
    nm.export(tmp_path / f"out.{form}", dated(seen=times))

    read = gpd.read_parquet if form == "parquet" else gpd.read_file
    assert read(tmp_path / f"out.{form}")["seen"][0] == pd.Timestamp(HONG_KONG)


def test_a_geopackage_holds_times_in_utc_as_its_standard_has_it(tmp_path):
    nm.export(tmp_path / "out.gpkg", dated(seen=pd.to_datetime([HONG_KONG, None])))

    with sqlite3.connect(tmp_path / "out.gpkg") as base:
        stored = base.execute("SELECT seen FROM out").fetchone()
    assert stored == ("2026-01-01T00:30:00.000Z",)


def test_parts_of_milliseconds_are_cut_with_a_word(tmp_path):
    frame = dated(seen=pd.to_datetime(["2026-01-01T00:00:00.123456", None]))
    with pytest.warns(nm.Notice, match="1 time is cut to the milliseconds that GeoPackage holds"):
        nm.export(tmp_path / "out.gpkg", frame)
    nm.export(tmp_path / "out.parquet", frame)

    assert gpd.read_parquet(tmp_path / "out.parquet")["seen"][0].microsecond == 123456


def test_times_of_a_frame_are_no_quoted_text_in_csv(tmp_path):
    frame = dated(seen=pd.to_datetime(["2026-01-01T10:30", None]), day=[dt.date(2026, 1, 1), None])
    nm.export(tmp_path / "out.csv", frame)

    back = pd.read_csv(tmp_path / "out.csv")
    assert back.loc[0, ["seen", "day"]].tolist() == ["2026-01-01T10:30:00", "2026-01-01"]


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.Notice")
def test_times_of_a_users_file_are_times_in_a_pack(tmp_path, own):
    nm.pack(tmp_path / "pack", sites=own)

    info = pyogrio.read_info(tmp_path / "pack" / "nmgeo.gpkg", layer="sites")
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert (types["seen"], types["day"]) == ("OFTDateTime", "OFTDate")


def test_the_table_of_own_sites_has_times(tmp_path, own, run):
    done = run("sites", "--sites", str(own), "-o", str(tmp_path / "out.gpkg"))

    assert done.exit_code == 0
    info = pyogrio.read_info(tmp_path / "out.gpkg")
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert (types["seen"], types["day"], types["text"]) == ("OFTDateTime", "OFTDate", "OFTString")


@pytest.mark.parametrize("layer_or_sites", ["layer", "sites"])
@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.Notice")
def test_the_day_of_an_opening_is_kept_as_a_date(tmp_path, layer_or_sites):
    frame = dated(opens=pd.to_datetime(["2027-05-01", None])).reset_index(drop=True)
    frame.to_file(tmp_path / "own.gpkg")
    nm.export(tmp_path / "out.gpkg", **{layer_or_sites: tmp_path / "own.gpkg"})

    back = gpd.read_file(tmp_path / "out.gpkg")
    assert back["opens"][0] == 2027
    assert back["opens_in_file"][0] == pd.Timestamp("2027-05-01")


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.Notice")
def test_times_of_a_frame_of_geoparquet_are_iso_text_in_json(tmp_path, run):
    dated(seen=pd.to_datetime(["2026-01-01T10:30", None])).to_parquet(tmp_path / "own.parquet")
    done = run("sites", "--sites", str(tmp_path / "own.parquet"), "--json")

    assert [row["seen"] for row in json.loads(done.stdout)["rows"]] == ["2026-01-01T10:30:00", None]


@pytest.mark.parametrize("form", [*DATABASES, "parquet", "shp.zip"])
def test_durations_and_times_of_day_are_text_and_that_is_said_once(tmp_path, form):
    took, at = pd.to_timedelta(["1h", None]), [dt.time(8, 30), None]
    with pytest.warns(Notice) as said:
        nm.export(tmp_path / f"out.{form}", layer=dated(took=took, at=at))

    assert [str(one.message) for one in said] == [
        "column 'took': durations are written as text",
        "column 'at': times of day are written as text",
    ]


def test_dates_that_flatgeobuf_holds_as_times_are_named(tmp_path, own):
    with pytest.warns(Notice, match="column 'day': dates are written as times at midnight"):
        nm.export(tmp_path / "out.fgb", layer=own)

    frame = dated(note=["a", "b"])
    nm.export(tmp_path / "no_dates.fgb", layer=frame)


@pytest.mark.parametrize("form", [*DATABASES, "geojson"])
def test_ids_without_the_nul_that_no_library_holds_are_written(tmp_path, form):
    frame = dated(note=["a", "b"]).set_axis(["k\0a", "kb"])
    nm.export(tmp_path / f"out.{form}", layer=frame)

    back = gpd.read_file(tmp_path / f"out.{form}")["id"]
    assert list(back) == ["ka", "kb"]
