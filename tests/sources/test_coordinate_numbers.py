"""Coordinates that are no numbers, or larger than those of any CRS, are called so in one line."""

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from world import point

SOUND = "[[114.05, 22.45], [114.06, 22.45], [114.06, 22.46], [114.05, 22.45]]"
_NO_NUMBER = [
    *("[[NaN, NaN], [114.06, 22.45], [114.06, 22.46], [NaN, NaN]]",),
    *("[[NaN, NaN], [NaN, NaN], [NaN, NaN], [NaN, NaN]]",),
    *("[[114.05, NaN], [114.06, 22.45], [114.06, 22.46], [114.05, NaN]]",),
    *("[[114.05, 22.45], [114.06, NaN], [114.06, 22.46], [114.05, 22.45]]",),
]
_TOO_LARGE = [
    *("[[1e308, 1e308], [1.1e308, 1e308], [1.1e308, 1.1e308], [1e308, 1e308]]",),
    *("[[-1e308, 22.45], [1e308, 22.45], [114.06, 1e308], [-1e308, 22.45]]",),
    *("[[114.05, 22.45], [1e308, 22.45], [114.06, 22.46], [114.05, 22.45]]",),
    *("[[1e13, 22.45], [114.06, 22.45], [114.06, 22.46], [1e13, 22.45]]",),
]
_FAULTS = [(ring, "a coordinate is no number") for ring in _NO_NUMBER] + [
    (ring, "a coordinate is larger than any CRS has") for ring in _TOO_LARGE
]


def written(folder, *rings):
    features = (
        f'{{"type": "Feature", "id": "{name}", "properties": {{}},'
        f' "geometry": {{"type": "Polygon", "coordinates": [{ring}]}}}}'
        for name, ring in zip("abc", rings, strict=False)
    )
    file = folder / "x.geojson"
    file.write_text(f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}')
    return file


@pytest.mark.parametrize("crs", [(), ("--crs", "EPSG:2326")])
@pytest.mark.parametrize("rings", [(), (SOUND,)])
@pytest.mark.parametrize(("ring", "fault"), _FAULTS)
def test_it_is_refused_in_one_line(tmp_path, run, ring, fault, rings, crs):
    done = run("area", "--sites", written(tmp_path, *rings, ring), *crs)

    assert done.exit_code == 4
    assert f"feature {'ab'[len(rings)]}: {fault}; mend it" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("rings", [(), (SOUND,)])
@pytest.mark.parametrize(("ring", "fault"), _FAULTS)
def test_it_is_refused_in_one_line_of_batches(tmp_path, run, ring, fault, rings):
    file = written(tmp_path, *rings, ring)
    done = run("near", "stations", "--sites", file, "--out", tmp_path / "out.csv")

    assert done.exit_code == 4
    assert f": {fault}; " in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("ring", "fault"), _FAULTS)
def test_doctor_names_it_without_warnings(tmp_path, run, ring, fault):
    done = run("doctor", written(tmp_path, SOUND, ring))

    assert f"geometry_invalid,fault,b,,{fault},mend it" in done.stdout.replace(
        *(f"cannot be built: {fault},draw it again", f"{fault},mend it"),
    )
    assert len(done.stderr.splitlines()) == 1
    assert "inf" not in done.stdout
    assert "nan" not in done.stdout


def test_the_same_is_said_of_geoparquet(tmp_path, run):
    ring = np.array([[824_000, np.nan], [825_000, 840_000], [825_000, 841_000], [824_000, np.nan]])
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[point(0, 0)], crs="EPSG:2326")
    frame.to_parquet(tmp_path / "a.parquet")
    _replace_shape(tmp_path / "a.parquet", _wkb(ring))
    done = run("area", "--sites", tmp_path / "a.parquet")

    assert done.exit_code == 4
    assert "a coordinate is no number" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def _wkb(ring):
    """Return a polygon that GEOS would not build."""
    sound = shapely.to_wkb(shapely.Polygon(np.nan_to_num(ring, nan=840_000.0)), byte_order=1)
    return sound.replace(np.float64(840_000.0).tobytes(), np.float64(np.nan).tobytes(), 1)


def _replace_shape(file, shape):

    table = pq.read_table(file)
    at = table.column_names.index("geometry")
    pq.write_table(table.set_column(at, table.schema.field(at), [pa.array([shape])]), file)
