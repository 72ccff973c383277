"""One source for whole files, batches and the doctor: what each kind states and holds."""

import os

import geopandas as gpd
import pandas as pd
import pytest
from world import layer, read, square, write

import nmgeo as nm
from nmgeo import crs as ruler
from nmgeo.catalog import OwnFile, open_catalog
from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError
from nmgeo.measures.areas import area_ha
from nmgeo.records.sites import read_sites
from nmgeo.sources import gdal
from nmgeo.sources.file_version import file_version
from nmgeo.sources.find import find_source, layer_sources
from nmgeo.sources.frame import GivenFrame
from nmgeo.sources.parquet import GeoParquet
from nmgeo.sources.vector_file import VectorFile

SQUARES = layer({"x": square(0, 0, 100), "y": square(200, 0, 100)}, name=["First", "Second"])


def parquet(frame, path):
    frame.rename_axis("id").reset_index().to_parquet(path)
    return str(path)


def test_what_is_given_chooses_the_source(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    parquet(SQUARES, folder / "a.parquet")
    frame = open_catalog(sites=SQUARES).own_sites

    assert isinstance(find_source(frame), GivenFrame)
    assert isinstance(find_source(OwnFile(path=str(folder))), GeoParquet)
    assert isinstance(find_source(OwnFile(path="a.PARQUET")), GeoParquet)
    assert isinstance(find_source(OwnFile(path="a.csv")), VectorFile)


def test_every_source_states_and_holds_the_same(tmp_path):
    files = [
        parquet(SQUARES, tmp_path / "a.parquet"),
        write(SQUARES, tmp_path / "a.gpkg", crs=2326),
    ]
    given = [*(OwnFile(path=file) for file in files), open_catalog(sites=SQUARES).own_sites]
    for source in map(find_source, given):
        seen = source.describe()
        [table] = source.batches(10)

        assert (seen.count, seen.crs.to_epsg(), seen.has_geometry) == (2, 2326, True)
        assert table["name"].to_pylist() == ["First", "Second"]
        assert len(source.read(first=1)) == 1
        assert source.read().geometry.to_wkb().tolist() == table.column(1).to_pylist()


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_geoparquet_is_read_in_every_command(tmp_path, encoding):
    frame = SQUARES.rename_axis("id").reset_index()
    frame.to_parquet(tmp_path / "a.parquet", geometry_encoding=encoding)

    found = read(tmp_path / "a.parquet", key="id")
    rows = doctor(tmp_path / "a.parquet")

    assert area_ha(found).round(6).to_dict() == {"x": 1.0, "y": 1.0}
    assert list(read(tmp_path / "a.parquet").index) == ["0", "1"]
    assert "fault" not in rows["severity"].tolist()


def test_parts_of_a_folder_are_one_layer(tmp_path):
    for number in (10, 2):
        parquet(SQUARES.iloc[[int(number == 2)]], tmp_path / f"part-{number}.parquet")

    assert list(read(tmp_path, key="id").index) == ["y", "x"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (b'"crs": {"$schema', "is no GeoParquet"),
        (b"PAR1", "cannot be read"),
    ],
)
def test_damaged_geoparquet_is_refused_in_one_line(tmp_path, change, wrong):
    file = tmp_path / "a.parquet"
    parquet(SQUARES, file)
    data = file.read_bytes()
    assert change in data
    file.write_bytes(data.replace(change, change[:-2] + b"\x00\x00"))

    with pytest.raises(LayerError, match=wrong):
        read(file)


def test_parquet_without_geometry_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")

    with pytest.raises(LayerError, match="is no GeoParquet; write it with geopandas or GDAL"):
        read(tmp_path / "a.parquet")


def test_each_layer_of_a_file_is_a_source(tmp_path):
    for name in ("first", "second"):
        write(SQUARES, tmp_path / "two.gpkg", layer=name)

    found = layer_sources(OwnFile(path=str(tmp_path / "two.gpkg")))

    assert [source.describe().layer for source in found] == ["first", "second"]


def test_a_frame_and_its_file_measure_the_same(tmp_path):
    frame = gpd.GeoDataFrame(SQUARES)
    file = parquet(frame, tmp_path / "a.parquet")
    here, there = (
        read_sites(open_catalog(sites=given, key=key))
        for given, key in ((frame, None), (file, "id"))
    )

    assert here.geometry.to_crs(ruler.HK80).geom_equals(there.geometry.to_crs(ruler.HK80)).all()


def test_a_file_is_described_once_a_command(tmp_path, monkeypatch):
    described = []
    plain = gdal.layer_info

    def counted(path, *args, **kwargs):
        described.append(path)
        return plain(path, *args, **kwargs)

    monkeypatch.setattr(gdal, "layer_info", counted)
    sites, zones = (write(SQUARES, tmp_path / f"{name}.gpkg") for name in ("sites", "zones"))

    nm.near(sites, zones)
    nm.area(sites)

    assert sorted(described) == sorted([sites, zones])


def test_a_frame_is_examined_and_streamed_as_a_file_is(tmp_path):
    file = parquet(SQUARES, tmp_path / "a.parquet")
    frame, whole = open_catalog(sites=SQUARES), open_catalog(sites=file, key="id")
    for name, catalog in (("frame", frame), ("file", whole)):
        nm.stream(tmp_path / f"{name}.csv", nm.rings_batches(["500m"], catalog), catalog)
    rows = doctor(SQUARES, SQUARES)

    assert (tmp_path / "frame.csv").read_bytes() == (tmp_path / "file.csv").read_bytes()
    assert rows["file"].unique().tolist() == ["frame", "frame 2"]
    assert rows["finding"].tolist() == doctor(file, file)["finding"].tolist()


def test_the_doctor_reports_a_frame_without_crs():
    assert "crs_missing" in doctor(SQUARES.set_crs(None, allow_override=True))["finding"].tolist()


def test_labels_of_a_streamed_frame_stand_once(tmp_path):
    catalog = open_catalog(sites=SQUARES.set_axis(["x", "x"]))

    with pytest.raises(LayerError, match="the index holds 'x' 2 times"):
        nm.stream(tmp_path / "a.csv", nm.rings_batches(["500m"], catalog), catalog)


def test_a_file_in_a_folder_that_cannot_be_listed_has_a_version(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr(os, "scandir", refuse)
    file = tmp_path / "a.csv"
    file.write_text("id,lon,lat\n", encoding="utf-8")
    first = file_version(file)
    file.write_text("id,lon,lat\na,114.1,22.5\n", encoding="utf-8")

    assert first != file_version(file) != ()
