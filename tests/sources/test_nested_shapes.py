"""Geometries within geometries: GEOS would fill its stack, which ends the process."""

import sqlite3
import struct
from contextlib import closing
from functools import reduce

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError
from nmgeo.sources.batches import open_batches
from nmgeo.sources.nested_shapes import LEVELS, has_too_many_levels

DEEP = 20_000
POINT = shapely.to_wkb(shapely.Point(824_000, 839_000))
FLAT = [
    shapely.Point(1, 2),
    shapely.LineString([(0, 0), (1, 1), (2, 3)]),
    square(0, 0, 100).difference(square(20, 20, 10)),
    shapely.MultiPoint([(0, 0), (1, 1)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 5)]]),
    shapely.MultiPolygon([square(0, 0, 10), square(50, 0, 10)]),
]


def nested(levels, kind=7, inner=POINT):
    return (b"\1" + kind.to_bytes(4, "little") + b"\1\0\0\0") * levels + inner


def with_shape(path, shape):
    table = pq.read_table(path)
    place = table.schema.get_field_index("geometry")
    shapes = [shape, *table["geometry"].to_pylist()[1:]]
    pq.write_table(table.set_column(place, "geometry", pa.array(shapes)), path)
    return str(path)


def squares(other):
    """Return a square whose geometry is put in its place, and maybe another."""
    return layer({"x": square(0, 0, 100)} | ({"y": other} if other else {}))


def parquet(folder, shape, other=None):
    squares(other).rename_axis("id").reset_index().to_parquet(folder / "a.parquet")
    return with_shape(folder / "a.parquet", shape)


def package(folder, shape, other=None):
    path = write(squares(other), folder / "a.gpkg", layer="a")
    with closing(sqlite3.connect(path)) as base:
        for (name,) in base.execute("select name from sqlite_master where type='trigger'"):
            base.execute(f'drop trigger "{name}"')
        head = b"GP\0\1" + (2326).to_bytes(4, "little")
        base.execute("update a set geom = ? where fid = 1", (head + shape,))
        base.commit()
    return str(path)


def refused(ask, *words, **options):
    with pytest.raises(LayerError) as caught:
        ask(*words, **options)
    return str(caught.value)


WRONG = "more than 32 geometries lie within one another; split it by kind"


@pytest.mark.parametrize("kind", [7, 4, 10, 1007, 65_007])
def test_a_geoparquet_of_nested_geometries_is_refused(tmp_path, kind):
    file = parquet(tmp_path, nested(DEEP, kind))

    assert refused(nm.area, file) == f"{file}: feature 0: {WRONG}"


@pytest.mark.parametrize("of", [parquet, package])
def test_the_doctor_names_it_and_goes_on(tmp_path, of):
    rows = nm.doctor(of(tmp_path, nested(DEEP), other=square(500, 0, 0.01)))
    at = rows.dropna(subset="feature_id").set_index("finding")

    wrong = "cannot be built: more than 32 geometries lie within one another"
    assert at.loc["geometry_invalid", ["feature_id", "evidence"]].tolist() == ["x", wrong]
    assert at.loc["sliver", "feature_id"] == "y"


def test_the_doctor_names_a_frame_of_nested_geometries():
    levels = range(2_000)  # each copies those in it
    deep = reduce(lambda one, _: shapely.GeometryCollection([one]), levels, shapely.Point(1, 2))
    rows = nm.doctor(gpd.GeoDataFrame(geometry=[deep], crs=2326))

    assert rows["finding"].tolist() == ["crs_uncertain", "geometry_invalid"]


def test_so_is_one_as_a_layer_and_in_batches(tmp_path):
    file = parquet(tmp_path, nested(DEEP))

    reader = open_batches(OwnFile(path=file))

    assert WRONG in refused(nm.near, layer({"x": square(0, 0, 10)}), file)
    assert WRONG in refused(list, reader.batches())


def test_a_geopackage_of_nested_geometries_is_refused(tmp_path):
    file = package(tmp_path, nested(DEEP))

    assert refused(nm.near, file, "stations") == f"{file}: feature 1: {WRONG}"


def test_arrow_that_the_caller_asks_pyogrio_for_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYOGRIO_USE_ARROW", "1")
    file = package(tmp_path, nested(DEEP))

    assert refused(nm.area, file).startswith(f"{file}: ")


def test_collections_of_few_levels_are_called_what_they_are(tmp_path):
    file = parquet(tmp_path, nested(LEVELS))

    assert "a geometry collection" in refused(nm.near, file, "stations")


def test_nested_geojson_in_python_is_refused():
    deep = reduce(
        lambda inner, _: {"type": "GeometryCollection", "geometries": [inner]},
        range(5_000),
        {"type": "Point", "coordinates": [114.05, 22.5]},
    )

    assert "is nested too deep" in refused(nm.near, deep, "stations")


@pytest.mark.parametrize("shape", FLAT, ids=lambda shape: shape.geom_type)
@pytest.mark.parametrize("levels", [LEVELS, LEVELS + 1])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("flavour", ["extended", "iso"])
@pytest.mark.parametrize("has_z", [False, True])
def test_levels_are_counted_behind_geometries_of_every_kind(shape, levels, order, flavour, has_z):
    shape = shapely.set_srid(shapely.force_3d(shape, 5) if has_z else shape, 2326)
    deep = shapely.Point(1, 2)
    for level in range(levels):  # a shape with parts beside the last would be a level more
        deep = shapely.GeometryCollection([shape, deep] if level else [deep])
    options = {"byte_order": order, "flavor": flavour, "include_srid": flavour == "extended"}
    wkb = shapely.to_wkb(deep, **options)

    assert has_too_many_levels(wkb) == (levels > LEVELS)
    assert has_too_many_levels(wkb.hex().encode()) == (levels > LEVELS)


def test_many_parts_beside_one_another_are_no_levels():
    rows = shapely.box(*np.arange(400).reshape(4, 100))

    assert not has_too_many_levels(shapely.to_wkb(shapely.multipolygons(rows)))
    assert not has_too_many_levels(shapely.to_wkb(shapely.geometrycollections(rows)))


@given(st.binary(max_size=60), st.integers(0, 9 * 40))
def test_damaged_bytes_are_left_to_geos(noise, at):
    whole = nested(LEVELS)
    has_too_many_levels(whole[:at] + noise + whole[at + len(noise) :])
    has_too_many_levels(whole[:at])


def test_an_order_of_bytes_that_is_none_hides_no_levels():
    word = struct.Struct(">II").pack
    big = (b"\2" + word(7, 1)) * DEEP

    assert has_too_many_levels(big)
    assert has_too_many_levels(b"\2" + nested(DEEP)[1:])


def test_large_multipolygons_are_read_as_before(tmp_path):
    shape = shapely.multipolygons([square(20 * n, 0, 10) for n in range(200)])
    frame = gpd.GeoDataFrame({"id": ["x"]}, geometry=[shape], crs="EPSG:2326")
    frame.to_parquet(tmp_path / "a.parquet")

    assert nm.area(str(tmp_path / "a.parquet")).area_ha.round(4).tolist() == [2.0]
