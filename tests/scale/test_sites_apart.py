"""Inside for batches, in which sites that meet no feature are told from their boxes alone."""

import io

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_stream import assert_same_rows
from world import square

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError
from nmgeo.scale import batch_work
from nmgeo.scale.outlines import Outlines
from nmgeo.sources import batches

pytestmark = pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
PLACES = st.tuples(st.integers(-9, 9), st.integers(-9, 9)).map(
    lambda xy: (100.0 * xy[0], 100.0 * xy[1])
)
KINDS = ("square", "triangle", "bow", "notched", "holed", "two", "high", "large", None)
ACCURACIES = st.sampled_from([None, 2.0, 90.0])
SITES = st.lists(st.tuples(PLACES, st.sampled_from(KINDS), ACCURACIES), min_size=1, max_size=12)
ZONES = st.lists(st.tuples(PLACES, ACCURACIES), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def every_batch_is_of_many(monkeypatch):
    monkeypatch.setattr(batch_work, "LEAST", 1)
    monkeypatch.setattr(batches, "BATCH", 6)


def drawn(place, kind):
    """Return an outline: also ones that cross themselves, have holes, parts, heights, or none."""
    plain = square(*place, 40)
    west, south, east, north = plain.bounds
    corners = [(west, south), (east, south), (east, north), (west, north)]
    middle = plain.centroid
    shapes = {
        "bow": shapely.Polygon([corners[corner] for corner in (0, 2, 1, 3)]),
        "triangle": shapely.Polygon(corners[:3]),
        "notched": shapely.Polygon([*corners[:3], middle, corners[3]]),
        "holed": plain.difference(middle.buffer(5)),
        "two": shapely.MultiPolygon([plain, square(place[0] + 300, place[1], 40)]),
        "high": shapely.force_3d(plain, 7.0),
        "large": square(*place, 900),
        "square": plain,
    }
    return shapes.get(kind)


def catalog_of(found, zones, *, crs, says=True):
    told = {
        "accuracy_m": np.array([out for *_, out in found], dtype=float),
        "name_tc": [f"地段{number}" if number % 2 else "" for number in range(len(found))],
        "basis": ["gazetted" if number % 3 else None for number in range(len(found))],
    }
    shapes = [drawn(place, kind) for place, kind, _ in found]
    frame = gpd.GeoDataFrame(told if says else {}, geometry=shapes, crs=2326).to_crs(crs)
    layer = gpd.GeoDataFrame(
        {
            "name_en": [f"Zone {number}" for number in range(len(zones))],
            "accuracy_m": np.array([out for _, out in zones], dtype=float),
        },
        geometry=[square(*place, 150) for place, _ in zones],
        crs=2326,
    )
    return open_catalog(sites=frame, layers={"zones": layer})


def streamed(catalog, **how):
    out = io.BytesIO()
    nm.stream(out, nm.inside_batches("zones", catalog, **how), catalog, form="parquet")
    return gpd.read_parquet(out)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    found=SITES,
    zones=ZONES,
    crs=st.sampled_from([4326, 2326, 32650]),
    says=st.booleans(),
    how=st.fixed_dictionaries({}, optional={"min_area": st.just("500m2"), "lang": st.just("tc")}),
)
def test_rows_are_those_of_inside(found, zones, crs, says, how):
    found = [*found, ((0.0, 0.0), "square", 2.0)]
    catalog = catalog_of(found, zones, crs=crs, says=says)
    there = [number for number, (_, kind, _) in enumerate(found) if kind is not None]
    frame = catalog.own_sites.given.value.iloc[there]
    whole = open_catalog(sites=frame, layers={"zones": catalog.own_layers["zones"].given.value})

    rows = streamed(catalog, **how)

    assert set(rows["site_id"]) == {str(number) for number in range(len(found))}
    measured = rows[rows["site_id"].isin(map(str, there))].reset_index(drop=True)
    expected = nm.inside("zones", whole, **how).reset_index(drop=True)
    assert_same_rows(measured, expected)


def test_sites_apart_are_not_measured(monkeypatch):
    counts = []
    plain = batch_work.measure_frame
    monkeypatch.setattr(
        batch_work,
        "measure_frame",
        lambda frame, *rest, **how: counts.append(len(frame)) or plain(frame, *rest, **how),
    )
    found = [((x * 400.0, 0.0), "square", None) for x in range(6)]
    rows = streamed(catalog_of(found, [((0.0, 0.0), None)], crs=4326))

    assert counts == [2]  # that in the zone, and one of the others
    assert rows["feature_id"].notna().tolist() == [True, *[False] * 5]
    assert rows["inside_ha"].tolist() == pytest.approx([0.16, *[0.0] * 5], rel=1e-3)


def test_an_outline_outside_hong_kong_ends_as_for_any_sites():
    found = [((x * 400.0, 0.0), "square", None) for x in range(5)]
    catalog = catalog_of([*found, ((900_000.0, 0.0), "square", None)], [((0, 0), 1.0)], crs=2326)

    with pytest.raises(LayerError, match="outside Hong Kong"):
        streamed(catalog)


def test_the_rings_of_outlines_are_valid_as_geos_says():
    corners = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=float)
    orders = [(0, 1, 2, 3), (3, 2, 1, 0), (0, 2, 1, 3), (0, 1, 1, 3), (0, 1, 3, 2)]
    rings = np.array([[*corners[list(o)], corners[o[0]]] for o in orders])
    shapes = shapely.polygons(rings)
    found = Outlines(pa.chunked_array([shapely.to_wkb(shapes).tolist()]))

    valid = found.are_valid(np.arange(len(shapes)))

    assert valid.tolist() == shapely.is_valid(shapes).tolist()
    np.testing.assert_array_equal(found.boxes, shapely.bounds(shapes))
