"""What is written is compared with what was meant, and hostile tables are written right."""

import io
import re
import subprocess
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from programs import need, need_library
from world import square, write

import nmgeo as nm
from nmgeo.columns import column_heading
from nmgeo.errors import ExportError, Notice, UsageError
from nmgeo.formats import FORMATS, find_format, format_of_path, read_back
from nmgeo.formats.geopackage_rows import geopackage_rows, is_geopackage
from nmgeo.formats.rows import to_arrow
from nmgeo.outputs.readable import readable_cells
from nmgeo.outputs.table_file import write_table
from nmgeo.outputs.tables import render
from nmgeo.stamps import read_stamp

STORED = [form for form in FORMATS if not form.shows]
BOX = shapely.box(114.05, 22.5, 114.06, 22.51)
HOSTILE = {
    "name": ["新田 <b>&\"'", "=cmd|' /C calc'!A0\nhttp://example.org", "\x01c\x00", "長" * 10_000],
    "Name": list("abcd"),
    "fid": list("wxyz"),
    "select": [1, 2, 3, 4],
    "area_ha": [1 / 3, np.nan, 5.0, 1234567.8],
    "inside_share": [0.1, 0.25, None, 1],
    "q\"u/o'te": [["a", 1], None, {"x": 1}, []],
    "geometry": ["p", "q", None, "r"],
}
SHAPES = [shapely.Point(114.05, 22.5), shapely.Point(114.06, 22.5), BOX, None]
NAME = "la\"y/e'r 新田"


@pytest.fixture(scope="module")
def here():
    return nm.open_catalog()


def hostile():
    return gpd.GeoDataFrame(HOSTILE | {"shape": SHAPES}, geometry="shape", crs=4326)


def save(rows, suffix, folder, here, name=NAME, **how):
    if suffix == ".xlsx":
        need_library("xlsxwriter", "xlsxwriter")
    path = folder / f"out{suffix}"
    form = next(form for form in FORMATS if suffix in form.suffixes)
    return path, write_table(path, rows, form, catalog=here, name=name, **how)


@pytest.mark.filterwarnings("ignore:.*Shapefile holds:nmgeo.errors.Notice")
@pytest.mark.parametrize("form", STORED, ids=lambda form: form.name)
def test_hostile_names_and_values_are_written_and_read_back(form, tmp_path, here):
    _, written = save(hostile(), form.suffixes[0], tmp_path, here)

    assert written.count == 4
    assert written.texts == 20
    assert written.area_ha == (pytest.approx(113.94, abs=0.01) if form.geometry else None)
    assert [path.name for path in tmp_path.iterdir()] == [f"out{form.suffixes[0]}"]


@pytest.mark.filterwarnings("ignore:.*Shapefile holds:nmgeo.errors.Notice")
@pytest.mark.parametrize(
    "form", [f for f in STORED if f.name not in {"gpkg", "parquet"}], ids=lambda form: form.name
)
def test_the_same_table_gives_the_same_bytes(form, tmp_path, here):
    once, _ = save(hostile(), form.suffixes[0], tmp_path, here)
    before = once.read_bytes()
    again, _ = save(hostile(), form.suffixes[0], tmp_path, here, overwrite=True)

    assert again.read_bytes() == before


@pytest.mark.parametrize(
    ("form", "harm"),
    [(f, harm) for f in STORED for harm in ("row", "text", "area") if f.geometry or harm != "area"],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_file_that_differs_is_not_kept(form, harm, tmp_path, here, monkeypatch):
    rows = gpd.GeoDataFrame({"name": ["新田", "古洞"]}, geometry=[BOX, BOX], crs=4326)
    wrong = {
        "row": rows.iloc[:1],
        "text": rows.assign(name=["新田", "?"]),
        "area": rows.set_geometry([BOX, BOX.buffer(1e-5)], crs=4326),
    }[harm]
    harmed = written_as(to_arrow(wrong), type(form).write)
    monkeypatch.setattr(type(form), "write", harmed)
    with pytest.raises(ExportError, match=r"out\S+: .*read back"):
        save(rows, form.suffixes[0], tmp_path, here)

    assert list(tmp_path.iterdir()) == []


def written_as(table, write):
    """Write another table than the one that is meant."""

    def harmed(form, out, answer):
        return write(form, out, type(answer)(**vars(answer) | {"tables": [table]}))

    return harmed


def test_short_names_of_a_shapefile_are_explained_inside(tmp_path, here):
    rows = gpd.GeoDataFrame(
        {"nearest_name": ["a"], "nearest_note": ["b"]}, geometry=[BOX], crs=2326
    )
    path, _ = save(rows.assign(新田面積公頃=1.5), ".shp.zip", tmp_path, here, name="../lots")
    with zipfile.ZipFile(path) as archive:
        assert {name.partition(".")[0] for name in archive.namelist()} == {"lots", "fields"}
        assert archive.read("lots.cpg").lower().startswith(b"utf-8")
        assert archive.read("fields.csv").decode().splitlines() == [
            "field,column",
            "nearest_na,nearest_name",
            "nearest_no,nearest_note",
            "新田面,新田面積公頃",
        ]


def test_kinds_of_geometry_are_files_of_their_own_in_one_zip(tmp_path, here):
    with pytest.warns(
        Notice,
        match="column 'name': 1 text is cut to the 254 bytes that a Shapefile holds",
    ):
        path, _ = save(hostile(), ".shp.zip", tmp_path, here)
    with zipfile.ZipFile(path) as archive:
        shapes = [name for name in archive.namelist() if name.endswith(".shp")]

    assert shapes == ["la_y_e_r_新田_point.shp", "la_y_e_r_新田_polygon.shp"]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (
            pd.DataFrame([range(300)]).add_prefix("c"),
            "300 columns, a Shapefile holds 255; use .gpkg",
        ),
        (pd.DataFrame({"a": [1]}), "Shapefile holds no GeometryCollection; use .gpkg"),
    ],
)
def test_what_a_shapefile_cannot_hold_is_said_before_it_is_written(rows, wrong, tmp_path, here):
    shape = shapely.GeometryCollection([BOX]) if len(rows.columns) == 1 else BOX
    drawn = gpd.GeoDataFrame(rows, geometry=[shape], crs=4326)
    with pytest.raises(UsageError, match=wrong):
        save(drawn, ".shp.zip", tmp_path, here)

    assert list(tmp_path.iterdir()) == []
    assert save(drawn, ".gpkg", tmp_path, here)[1].count == 1


def test_a_text_longer_than_a_cell_is_said(tmp_path, here):
    with pytest.raises(UsageError, match="a text of 32768 characters; a sheet holds 32767"):
        save(pd.DataFrame({"a": ["x" * 32_768]}), ".xlsx", tmp_path, here)


def sheets(path):
    """Return the cells of the sheets of a workbook, by heading."""
    book = need_library("openpyxl", "openpyxl").load_workbook(path)
    return [
        {cell.value: [row[n] for row in list(sheet)[1:]] for n, cell in enumerate(sheet[1])}
        for sheet in book
    ]


def in_words(command, lang):
    return {"readable": lambda drawn: readable_cells(command, drawn, "ha", lang), "lang": lang}


def test_a_workbook_holds_text_numbers_and_notes(tmp_path, here):
    rows = nm.area().reset_index()
    path, _ = save(rows, ".xlsx", tmp_path, here, name="area", **in_words("area", "tc"))
    book = need_library("openpyxl", "openpyxl").load_workbook(path)
    data, notes, _ = book.worksheets
    told = {row[0].value: row[1].value for row in notes.iter_rows()}

    assert sheets(path)[0]["面積 (公頃)"][0].number_format == "#,##0"
    assert data.freeze_panes == "A2"
    assert data.auto_filter.ref.startswith("A1:")
    assert told["面積 (公頃) [area_ha]"] == "按香港1980方格網計算的面積，以公頃計。"
    assert len([row for row in notes.iter_rows() if row[0].value == "鳴謝"]) == len(
        nm.area().attrs["credits"]
    )


@pytest.mark.parametrize(
    ("command", "measure"),
    [("area", nm.area), ("near", lambda: nm.near("stations")), ("rings", lambda: nm.rings("500m"))],
)
def test_a_workbook_shows_the_numbers_of_the_table_and_keeps_all_digits(
    command, measure, tmp_path, here
):
    rows = measure().drop(columns="geometry", errors="ignore")
    said = in_words(command, "en")
    path, _ = save(rows, ".xlsx", tmp_path, here, name=command, **said)
    shown, _, exact = pd.read_excel(path, sheet_name=None).values()
    printed = pd.read_csv(io.StringIO(render(command, rows, "csv")))

    numbers = printed.select_dtypes("number").columns
    assert len(numbers) > 3
    for name in numbers:
        column = shown[column_heading(name, "en")]
        np.testing.assert_array_equal(column.astype(float), printed[name].astype(float), name)
        np.testing.assert_allclose(exact[name].astype(float), rows[name].astype(float), 1e-15)


def test_codes_of_a_workbook_are_words_and_stay_in_the_sheet_of_values(tmp_path, here):
    rows = nm.near("stations", lang="tc")
    path, _ = save(rows, ".xlsx", tmp_path, here, name="near", **in_words("near", "tc"))
    shown, _, exact = sheets(path)

    assert {cell.value for cell in shown["圖層"]} == {"鐵路車站"}
    assert {cell.value for cell in shown["狀況"]} == {"計劃中", "已啟用"}
    assert {cell.value for cell in exact["nearest_status"]} == {"planned", "open"}


def test_notes_of_own_sites_do_not_speak_of_the_shipped_outlines(tmp_path):
    lots = gpd.GeoDataFrame({"lot": ["A"]}, geometry=[BOX], crs=4326)
    rows = nm.area(lots, key="lot")
    own = nm.open_catalog(sites=write(lots, tmp_path / "lots.geojson"), key="lot")
    path, _ = save(rows, ".xlsx", tmp_path, own, name="area", **in_words("area", "en"))
    told = [cell.value for cell in sheets(path)[1]["Notes"]]

    assert not [line for line in told if "legal boundaries" in line]
    assert [line for line in told if line.startswith("Areas are measured on")]


def test_text_of_a_workbook_is_never_a_formula_or_a_link(tmp_path, here):
    path, _ = save(pd.DataFrame(HOSTILE), ".xlsx", tmp_path, here)
    cells = [
        cell
        for row in need_library("openpyxl", "openpyxl")
        .load_workbook(path)
        .worksheets[0]
        .iter_rows()
        for cell in row
    ]
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if "sheet" in n]

    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert all(cell.hyperlink is None for cell in cells)
    assert not re.search("<f>|hyperlink", "".join(sheets))


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_libreoffice_shows_the_cells(suffix, tmp_path, here):
    office = need("libreoffice-calc-nogui", "soffice")
    path, _ = save(pd.DataFrame(HOSTILE), suffix, tmp_path, here)
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    words = [office, home, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76"]
    subprocess.run([*words, "--outdir", tmp_path / "csv", path], capture_output=True, timeout=120)
    shown = pd.read_csv(tmp_path / "csv" / "out.csv")

    assert shown["Site"][:2].tolist() == HOSTILE["name"][:2]
    assert shown["Site"][3] == "長" * 10_000
    assert shown["Area (ha)"][3] == "1,234,567.80"
    assert shown["Share (%)"][1] == "25.0%"


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_libreoffice_opens_a_workbook_that_says_where_it_comes_from(suffix, tmp_path, run):
    """It did not while the statement was the comment of the archive."""
    office = need("libreoffice-calc-nogui", "soffice")
    path = tmp_path / f"out{suffix}"
    run("export", "stations", "-o", path)
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    words = [office, home, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76"]
    subprocess.run([*words, "--outdir", tmp_path, path], capture_output=True, timeout=120)
    stations = nm.read_layer(nm.open_catalog(), "stations")

    assert read_stamp(path)["command"] == "nmgeo export stations"
    assert zipfile.ZipFile(path).testzip() is None
    shown = pd.read_csv(tmp_path / "out.csv")
    assert shown.iloc[:, 0].tolist() == list(stations.index)
    assert set(stations["name_tc"]) <= set(shown.astype(str).to_numpy().ravel())


@pytest.mark.parametrize(
    ("name", "form", "layer"),
    [("a.shp.zip", "shapefile", None), ("a.CSV", "csv", "wkt"), ("b.wkt.csv", "wkt", "wkt")],
)
def test_an_extension_of_two_parts_is_known(name, form, layer, tmp_path):
    assert format_of_path(tmp_path / name) == find_format(form)
    assert layer is None or format_of_path(tmp_path / name, geometry=True) == find_format(layer)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".shp.zip", ".kml", ".fgb", ".ods"])
def test_export_says_what_was_compared(suffix, tmp_path, run):
    if suffix == ".xlsx":
        need_library("xlsxwriter", "xlsxwriter")
    done = run("export", "stations", "-o", tmp_path / f"stations{suffix}")
    count = len(nm.read_layer(nm.open_catalog(), "stations"))

    assert done.exit_code == 0
    assert f"read back as written: {count} rows" in done.stderr


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_columns_of_the_same_heading_are_told_apart(suffix, tmp_path, here):
    rows = nm.claims().head(3)
    _, written = save(rows, suffix, tmp_path, here, name="claims", lang="tc")

    assert written.count == 3


@pytest.mark.parametrize("name", ["rings.geojson", "rings.geojsonl", "rings.kml", "rings.gpkg"])
def test_rings_with_long_edges_read_back_in_every_format(run, tmp_path, name):
    done = run("rings", "--at", "500m", "--at", "2km", "--counts-only", "-o", tmp_path / name)

    assert done.exit_code == 0, done.stderr
    assert (tmp_path / name).exists()


def test_rows_of_a_geopackage_are_read_as_they_were_written(tmp_path):
    shapes = [square(0, 0, 10), None, shapely.MultiPolygon([square(0, 0, 5), square(9, 0, 5)])]
    name, path, words = 'a "b"', tmp_path / "a.gpkg", ["新田", None, ""]
    gpd.GeoDataFrame({'q"u': words}, geometry=shapes, crs=2326).to_file(path, layer=name)

    assert is_geopackage(path)
    back, columns = geopackage_rows(path, name, ['q"u'])
    assert [shapely.equals(one, two) for one, two in zip(back, shapes, strict=True)] == [
        *(True, False, True)
    ]
    assert back[1] is None
    assert list(columns[0]) == words
    with pytest.raises(ValueError, match="no such table"):
        geopackage_rows(path, "c", [])


def test_a_geopackage_without_rows_reads_back(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"name": []}, geometry=[], crs=2326).to_file(path, layer="a")

    assert geopackage_rows(path, "a", ["name"]) == ([], [()])


@pytest.mark.parametrize("crs", [2326, 4326])
def test_what_reads_back_as_it_was_is_measured_once(crs, tmp_path, here, monkeypatch):
    measured = []
    count = lambda frame: measured.append(len(frame)) or nm.measures.areas.area_ha(frame)  # noqa: E731
    monkeypatch.setattr(read_back, "area_ha", count)
    rows = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[BOX, BOX], crs=4326).to_crs(crs)
    save(rows, ".gpkg", tmp_path, here)

    assert measured == [2, 0]
