"""Text behind U+0000 is not read, and that is said."""

import json
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest

import nmgeo as nm
from nmgeo.errors import Notice

_TOLD = "text behind the character U+0000 is not read"
_LON = (114.0, 114.02)


def _square(x):
    return [[[x, 22.4], [x + 0.01, 22.4], [x + 0.01, 22.41], [x, 22.41], [x, 22.4]]]


def _features(name="a\0b"):
    return [
        {
            "type": "Feature",
            "properties": {"lot": lot, "name": lot},
            "geometry": {"type": "Polygon", "coordinates": _square(x)},
        }
        for lot, x in zip((name, "c"), _LON, strict=True)
    ]


def _collection(name="a\0b"):
    return json.dumps({"type": "FeatureCollection", "features": _features(name)})


def _packed(folder):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.geojson", _collection())
    return folder / "a.zip"


def _written(folder, name, content, encoding="utf-8"):
    (folder / name).write_text(content, encoding=encoding)
    return folder / name


def _spoiled(folder, name, **how):
    """Write a file with a sign of one byte, and put U+0000 in its place."""
    frame = gpd.GeoDataFrame.from_features(_features("a~b"), crs=4326)
    frame.to_file(folder / name, **how)
    table = (folder / name).with_suffix(".dbf" if name.endswith(".shp") else Path(name).suffix)
    table.write_bytes(table.read_bytes().replace(b"a~b", b"a\0b"))
    return folder / name


def _packed_again(folder, name, **how):
    file = _spoiled(folder, name, **how)
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        for part in folder.glob(f"{file.stem}.*"):
            archive.write(part, part.name)
    return folder / "b.zip"


_MAKE = {
    "gpkg": lambda folder: _spoiled(folder, "a.gpkg", layer='a "layer"'),
    "fgb": lambda folder: _spoiled(folder, "a.fgb"),
    "fgb without an index": lambda folder: _spoiled(folder, "a.fgb", SPATIAL_INDEX="NO"),
    "shp": lambda folder: _spoiled(folder, "a.shp"),
    "packed gpkg": lambda folder: _packed_again(folder, "a.gpkg"),
    "packed fgb": lambda folder: _packed_again(folder, "a.fgb"),
    "packed shp": lambda folder: _packed_again(folder, "a.shp"),
    "geojson": lambda folder: _written(folder, "a.geojson", _collection()),
    "raw": lambda folder: _written(
        folder, "a.geojson", _collection().replace("\\u0000", "\0").replace("b", "\\u0062")
    ),
    "behind a backslash": lambda folder: _written(folder, "a.geojson", _collection("a\\\0b")),
    "lines": lambda folder: _written(folder, "a.geojsonl", "\n".join(map(json.dumps, _features()))),
    "utf-16": lambda folder: _written(folder, "a.geojson", _collection(), "utf-16"),
    "zip": _packed,
    "csv": lambda folder: _written(
        folder, "a.csv", "lon,lat,lot,name\n114.0,22.4,a,a\0b\n114.02,22.4,c,c\n"
    ),
}


def _said(ask):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ask()
    return [str(one.message) for one in caught if _TOLD in str(one.message)]


@pytest.mark.parametrize("kind", _MAKE)
def test_text_that_is_cut_is_told_once(tmp_path, kind):
    file = _MAKE[kind](tmp_path)

    assert len(_said(lambda: nm.near(sites=file, layer="stations"))) == 1


def test_batches_tell_it_too(tmp_path):
    file = _MAKE["geojson"](tmp_path)

    with pytest.warns(Notice, match="U\\+0000"):
        nm.stream(tmp_path / "out.csv", nm.near_batches("stations"), nm.open_catalog(sites=file))


@pytest.mark.parametrize("kind", _MAKE)
def test_the_doctor_has_a_finding_and_no_notice(tmp_path, kind):
    file = _MAKE[kind](tmp_path)
    found = []

    assert _said(lambda: found.append(nm.doctor(file))) == []
    [row] = found[0].query("finding == 'text_lost'").to_dict("records")
    assert (row["severity"], row["evidence"]) == ("fault", _TOLD)


@pytest.mark.parametrize("name", ["a\\u0000b", "a\\\\u0000", "u0000"])
def test_a_backslash_that_is_text_cuts_nothing(tmp_path, name):
    file = _written(tmp_path, "a.geojson", _collection(name))

    assert _said(lambda: nm.area(sites=file)) == []
    assert nm.area(sites=file)["name"].tolist()[0] == name


def test_parquet_keeps_all_of_it(tmp_path):
    frame = gpd.GeoDataFrame.from_features(_features(), crs=4326)
    frame.to_parquet(tmp_path / "a.parquet")

    assert _said(lambda: nm.area(sites=tmp_path / "a.parquet")) == []
    assert nm.area(sites=tmp_path / "a.parquet")["name"].tolist()[0] == "a\0b"


def _table_of_nuls(file):
    """Let the cells of a .dbf be filled up with U+0000, as some programs do."""
    table = file.with_suffix(".dbf")
    content = table.read_bytes()
    start = int.from_bytes(content[8:10], "little")
    table.write_bytes(content[:start] + content[start:].replace(b"  ", b"\0\0"))


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.shp"])
def test_nothing_is_said_of_a_file_without_it(tmp_path, name):
    gpd.GeoDataFrame.from_features(_features("a~b"), crs=4326).to_file(tmp_path / name)
    if name == "a.shp":
        _table_of_nuls(tmp_path / name)

    assert _said(lambda: nm.area(sites=tmp_path / name)) == []
