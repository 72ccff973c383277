"""Looks: why a file cannot be opened is said as it is."""

import zipfile

import geopandas as gpd
import pytest
from world import point, read, write_json

from nmgeo.errors import LayerError
from nmgeo.sources.describe import describe, named_layer


def test_a_text_of_a_megabyte_is_read(tmp_path):
    file = write_json(tmp_path / "w.geojson", [(point(0, 0), "w", {"note": "x" * 1_000_000})])

    assert describe(file).driver == "GeoJSON"


def test_a_folder_of_a_file_geodatabase_is_read(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["w"]}, geometry=[point(0, 0)], crs=2326)
    frame.to_file(tmp_path / "w.gdb", driver="OpenFileGDB", engine="pyogrio")

    assert describe(tmp_path / "w.gdb").driver == "OpenFileGDB"


def test_a_text_that_is_longer_than_gdal_reads_is_named_as_the_cause(tmp_path):
    file = write_json(tmp_path / "w.geojson", [(point(0, 0), "w", {"note": "x" * 10_000_001})])
    with pytest.raises(LayerError, match="longer than the 10,000,000 characters") as refused:
        describe(file)

    assert "damaged" not in str(refused.value)
    assert refused.value.remedy == "no option raises that; save it as GeoPackage"


def test_a_line_of_csv_that_gdal_would_end_at_without_a_word_is_named(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"id,lon,lat,n\na,114.05,22.5,{'x' * 10_000_001}\nb,114.06,22.5,\n")

    with pytest.raises(LayerError, match=r"a line of it has 10 MB; .* add max_size='11MB'"):
        describe(file)
    assert len(read(file, max_size=11_000_000, crs="wgs84")) == 2


@pytest.mark.parametrize("head", ["id,name,name,lon,lat", "id,name,name,wkt,x"])
def test_a_column_that_stands_twice_is_named(tmp_path, run, head):
    (tmp_path / "a.csv").write_text(f"{head}\n1,a,b,114.05,22.5\n", encoding="utf-8")

    for words in (["area", "--sites"], ["doctor"]):
        done = run(*words, tmp_path / "a.csv")
        assert (done.exit_code, done.stderr.count("\n")) == (4, 1)
        assert "column 'name' stands more than once; rename one of them" in done.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type":"FeatureCollection","features":[{"type":"Feature"', "Unterminated object"),
        (
            '{"type":"FeatureCollection","features":[{"id":bad}]}',
            "Unexpected character (b)",
        ),
        ('{"hello": 1}', ""),
        ("hello", ""),
    ],
)
def test_a_damaged_file_is_named_so_with_what_gdal_says_of_it(tmp_path, text, why):
    (tmp_path / "w.geojson").write_text(text)
    with pytest.raises(LayerError) as refused:
        describe(tmp_path / "w.geojson")

    told = f" ({why})" if why else ""
    assert refused.value.wrong == f"damaged, or no vector format that nmgeo reads{told}"


def test_a_layer_is_named_and_a_member_of_an_archive_is_none(tmp_path):
    for name in ("one", "two"):
        frame = gpd.GeoDataFrame({"name": [name]}, geometry=[point(0, 0)], crs=2326)
        frame.to_file(tmp_path / "a.gpkg", layer=name)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.gpkg", "a.gpkg")

    assert named_layer(tmp_path / "a.gpkg") == ""
    assert named_layer(f"{tmp_path}/a.gpkg#two") == "two"
    assert named_layer(f"{tmp_path}/a.zip#a.gpkg") == ""
    assert named_layer(f"{tmp_path}/a.zip#two") == "two"
