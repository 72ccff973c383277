"""Formats: what is written in each is read back and compared, with and without geometry."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import nmgeo as nm
from nmgeo.errors import UsageError
from nmgeo.formats import FORMATS
from nmgeo.outputs.table_file import write_table

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
    out = folder / f"out{form.suffixes[0]}"
    write_table(out, rows, form, catalog=catalog, name="lots")
    return out


def read(file, form):
    """Read a file with other code than that which wrote it."""
    if form.name == "csv":
        return pd.read_csv(file)
    if form.name == "json":
        return pd.DataFrame(json.loads(Path(file).read_text(encoding="utf-8"))["rows"])
    if form.name == "parquet":
        table = pd.read_parquet(file)
        return gpd.read_parquet(file) if "geometry" in table else table
    if form.name in {"geojsonl", "geojsons"}:
        lines = Path(file).read_text(encoding="utf-8").replace("\x1e", "").splitlines()
        return gpd.GeoDataFrame.from_features(map(json.loads, filter(None, lines)), crs=4326)
    return gpd.read_file(file)


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
def test_a_table_with_geometry_is_read_back_as_it_was(form, tmp_path, catalog):
    rows = gpd.GeoDataFrame(FACTS, geometry=POINTS, crs=4326)
    back = read(write(rows, form, tmp_path, catalog), form)

    same(back, rows)
    assert back.crs.to_epsg() == 4326
    ordered = back.sort_values("vertices_count").geometry
    assert (shapely.distance(ordered.to_numpy(), POINTS) * DEGREE_M < 0.02).all()


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


@pytest.mark.parametrize("form", STORED, ids=lambda form: form.name)
def test_a_table_without_rows_is_written_too(form, tmp_path, catalog):
    rows = gpd.GeoDataFrame(FACTS, geometry=POINTS, crs=4326).iloc[:0]

    assert write(rows, form, tmp_path, catalog).exists()
