"""Formats: what is written in each is read back and compared, with and without geometry."""

import csv
import json
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from programs import need, need_library
from world import sites, square

import nmgeo as nm
from nmgeo.errors import UsageError
from nmgeo.formats import FORMATS, find_format
from nmgeo.formats.rows import Answer, to_arrow
from nmgeo.outputs.table_file import with_outlines, write_table

STORED = [form for form in FORMATS if not form.shows]
DRAWN = [form for form in STORED if form.geometry]
PLAIN = [form for form in STORED if form.plain]
FACTS = {
    "name": ["Lot 1", "新田", "=1+1"],
    "area_ha": [1 / 3, 1234.5678, np.nan],
    "vertices_count": [4, 5, 6],
    "ended": [True, False, True],
}
POINTS = shapely.points([(114.05, 22.5), (114.06, 22.51), (114.07, 22.52)])
DEGREE_M = 1e5  # a degree in metres, near enough


@pytest.fixture(scope="module")
def catalog():
    return nm.open_catalog()


def write(rows, form, folder, catalog):
    if form.name == "xlsx":
        need_library("xlsxwriter", "xlsxwriter")
        need_library("openpyxl", "openpyxl")
    out = folder / f"out{form.suffixes[0]}"
    write_table(out, rows, form, catalog=catalog, name="lots")
    return out


def read(file, form):
    """Read a file with other code than that which wrote it."""
    return READERS.get(form.name, gpd.read_file)(file)


def read_wkt(file):
    table = pd.read_csv(file)
    return gpd.GeoDataFrame(table, geometry=shapely.from_wkt(table.pop("WKT")), crs=4326)


def read_excel(file):
    return pd.read_excel(file).set_axis(FACTS.keys(), axis=1)


def read_ods(file):
    return pd.DataFrame(gpd.read_file(file, layer="lots")).set_axis(FACTS.keys(), axis=1)


def read_shapefile(file):
    with zipfile.ZipFile(file) as archive:
        names = csv.DictReader(archive.read("fields.csv").decode().splitlines())
        long = {row["field"]: row["column"] for row in names}
    return gpd.read_file(f"zip://{file}").rename(columns=long)


def read_json(file):
    return pd.DataFrame(json.loads(Path(file).read_text(encoding="utf-8"))["rows"])


def read_parquet(file):
    table = pd.read_parquet(file)
    return gpd.read_parquet(file) if "geometry" in table else table


def read_lines(file):
    lines = Path(file).read_text(encoding="utf-8").replace("\x1e", "").splitlines()
    return gpd.GeoDataFrame.from_features(map(json.loads, filter(None, lines)), crs=4326)


def read_kml(file):
    """Read placemarks with the parser of XML alone."""
    marks = ET.parse(file).iterfind(".//{*}Placemark")  # noqa: S314 - our own
    rows = [
        {cell.get("name"): cell.text for cell in mark.iterfind(".//{*}SimpleData")}
        | {"at": mark.find(".//{*}coordinates").text}
        for mark in marks
    ]
    table = pd.DataFrame(rows)
    places = table.pop("at").str.split(",", expand=True).astype(float)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(places[0], places[1]), crs=4326)


READERS = {
    "csv": pd.read_csv,
    "wkt": read_wkt,
    "json": read_json,
    "xlsx": read_excel,
    "ods": read_ods,
    "parquet": read_parquet,
    "shapefile": read_shapefile,
    "kml": read_kml,
    "geojsonl": read_lines,
    "geojsons": read_lines,
}


def same(read_back, meant):
    """Compare values, whatever the order of rows in the file."""
    found = read_back.sort_values("vertices_count").reset_index(drop=True)
    assert found["name"].str.removeprefix("'").tolist() == meant["name"].tolist()
    assert found["area_ha"].astype(float).to_numpy() == pytest.approx(
        meant["area_ha"].to_numpy(), rel=1e-12, nan_ok=True
    )
    assert found["vertices_count"].astype(int).tolist() == meant["vertices_count"].tolist()
    assert found["ended"].astype(str).str.lower().isin(["true", "1"]).tolist() == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("form", DRAWN, ids=lambda form: form.name)
def test_gdal_reads_every_format(form, tmp_path, catalog):
    """By ogrinfo; Debian builds GDAL without GeoParquet, which geopandas reads in its place."""
    rows = gpd.GeoDataFrame(FACTS, geometry=POINTS, crs=4326)
    out = write(rows, form, tmp_path, catalog)
    ogrinfo = need("gdal-bin", "ogrinfo")
    if form.name == "parquet" and "Parquet" not in output_of(ogrinfo, "--formats"):
        meta = json.loads(pq.read_metadata(out).metadata[b"geo"])
        assert (meta["version"], meta["primary_column"]) == ("1.1.0", "geometry")
        assert meta["columns"]["geometry"]["encoding"] == "WKB"
        same(gpd.read_parquet(out), rows)
        return
    file = f"/vsizip/{out}" if form.name == "shapefile" else str(out)
    told = output_of(ogrinfo, "-ro", "-al", file)

    assert "Feature Count: 3" in told
    assert "新田" in told
    assert "POINT" in told


def output_of(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "ERROR" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("form", DRAWN, ids=lambda form: form.name)
def test_a_table_with_geometry_is_read_back_as_it_was(form, tmp_path, catalog):
    rows = gpd.GeoDataFrame(FACTS, geometry=POINTS, crs=4326)
    back = read(write(rows, form, tmp_path, catalog), form)

    same(back, rows)
    assert back.crs.to_epsg() == 4326
    ordered = back.sort_values("vertices_count").geometry
    assert (shapely.distance(ordered.to_numpy(), POINTS) * DEGREE_M < 0.02).all()


@pytest.mark.parametrize("name", ["geojson", "geojsonl", "geojsons"])
def test_outer_rings_run_counterclockwise_as_rfc_7946_asks(name, tmp_path, catalog):
    form = next(form for form in DRAWN if form.name == name)
    lot = shapely.box(114.05, 22.5, 114.06, 22.51, ccw=False)
    rows = gpd.GeoDataFrame({"name": ["Lot 1"]}, geometry=[lot], crs=4326)
    written = write(rows, form, tmp_path, catalog).read_text(encoding="utf-8").strip("\x1e\n")
    document = json.loads(written)
    feature = document["features"][0] if "features" in document else document

    assert shapely.geometry.shape(feature["geometry"]).exterior.is_ccw


@pytest.mark.parametrize("form", PLAIN, ids=lambda form: form.name)
def test_a_table_without_geometry_is_read_back_as_it_was(form, tmp_path, catalog):
    rows = pd.DataFrame(FACTS)

    same(read(write(rows, form, tmp_path, catalog), form), rows)


@pytest.mark.parametrize(
    "form", [form for form in DRAWN if not form.plain], ids=lambda form: form.name
)
def test_a_format_of_geometry_alone_refuses_a_table_without(form, tmp_path, catalog):
    with pytest.raises(UsageError, match="needs geometry"):
        write(pd.DataFrame(FACTS), form, tmp_path, catalog)


@pytest.mark.parametrize("form", ["geojson", "geojsonl"])
def test_chinese_is_written_as_it_is_read(form, tmp_path, catalog):
    form = find_format(form)
    rows = gpd.GeoDataFrame(FACTS, geometry=POINTS, crs="EPSG:4326")

    assert "新田" in write(rows, form, tmp_path, catalog).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", STORED, ids=lambda form: form.name)
def test_a_table_without_rows_is_written_too(form, tmp_path, catalog):
    rows = gpd.GeoDataFrame(FACTS, geometry=POINTS, crs=4326).iloc[:0]

    assert write(rows, form, tmp_path, catalog).exists()


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ([shapely.Point(114, 22), None], ("POINT", 0)),
        ([shapely.Point(114, 22, 5)], ("POINT", 1)),
        ([shapely.box(114, 22, 115, 23)], ("POLYGON", 0)),
        (
            [shapely.box(114, 22, 115, 23), shapely.MultiPolygon([shapely.box(1, 1, 2, 2)])],
            ("GEOMETRY", 0),
        ),
        ([None], ("GEOMETRY", 0)),
    ],
)
def test_a_geopackage_names_the_type_of_its_geometry(tmp_path, catalog, shapes, said):
    rows = gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=4326)
    out = write(rows, find_format("gpkg"), tmp_path, catalog)
    with closing(sqlite3.connect(out)) as base:
        asked = "SELECT geometry_type_name, z FROM gpkg_geometry_columns"
        assert base.execute(asked).fetchall() == [said]
    assert gpd.read_file(out).geometry.to_wkt().tolist() == gpd.GeoSeries(shapes).to_wkt().tolist()


def test_columns_called_as_the_shapes_are_kept_or_named(run, tmp_path):
    fields = {"geometry": "x", "geom": "y", "fid": 7, "select": "z"}
    point = {"type": "Point", "coordinates": [114.05, 22.5]}
    feature = {"type": "Feature", "id": "p", "properties": fields, "geometry": point}
    source, out = tmp_path / "n.geojson", tmp_path / "n.gpkg"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))

    done = run("export", "z", "--layer", f"z={source}", "-o", out)

    assert done.exit_code == 0
    assert "column 'geometry' left out, since the shapes have that name" in done.stderr
    frame = pyogrio.read_dataframe(out)
    assert frame[["geom", "fid", "select"]].iloc[0].tolist() == ["y", 7, "z"]
    assert frame.geometry.iloc[0].equals(shapely.geometry.shape(point))


def test_rows_of_sites_get_the_outline_of_each_and_others_stay_as_they_are(ask):
    lots = sites(a=square(0, 0, 10), b=square(50, 0, 10)).assign(basis=["whole", "part"])
    here = ask(lots)
    drawn = nm.sites(here).geometry
    by_outline = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["b", "a"], name="outline_id"))
    by_site = pd.DataFrame({"site_id": ["b", "a"], "basis": ["part", "whole"]})
    bare = pd.DataFrame({"n": [1]})

    for rows in (by_outline, by_site, by_site[["site_id"]]):
        assert with_outlines(rows, here).geometry.tolist() == drawn.loc[["b", "a"]].tolist()
    assert with_outlines(bare, here) is bare
    assert with_outlines(lots, here) is lots


def test_fields_say_what_they_are_called_and_mean(tmp_path):
    frame = sites(a=square(0, 0, 100))[["geometry"]]
    frame = frame.assign(feature_id="z", feature_name="Z", lot_no="x")
    told = Answer(tables=[to_arrow(frame)], crs=frame.crs)
    for name in ("gpkg", "parquet"):
        find_format(name).write(tmp_path / name, told)

    with closing(sqlite3.connect(tmp_path / "gpkg")) as base:
        rows = base.execute("SELECT column_name, name FROM gpkg_data_columns").fetchall()
    assert rows == [("feature_id", "Feature feature_id"), ("feature_name", "Feature feature_name")]
    field = pq.read_schema(tmp_path / "parquet").field("feature_id")
    assert field.metadata[b"GDAL:OGR:comment"] == b"Id of the feature of the layer."
