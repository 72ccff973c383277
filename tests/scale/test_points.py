"""Near and rings for many points, measured on coordinates, give the rows of any sites."""

import io

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_stream import assert_same_rows
from world import point, square

import nmgeo as nm
from nmgeo import crs
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError
from nmgeo.formats.rows import to_arrow
from nmgeo.measures.fast import polynomials
from nmgeo.scale import batch_work, near_points
from nmgeo.scale.places import Places
from nmgeo.scale.ring_points import RingPoints
from nmgeo.scale.site_facts import facts_of_table
from nmgeo.sources import batches

pytestmark = pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
PLACES = st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(
    lambda xy: (50.0 * xy[0], 50.0 * xy[1])
)
SITES = st.lists(st.tuples(PLACES, st.sampled_from([None, 2.0, 30.0])), min_size=1, max_size=15)
FEATURES = st.lists(
    st.tuples(
        PLACES,
        st.sampled_from(["point", "square", "line", "two"]),
        st.sampled_from(["open", "planned"]),
        st.sampled_from([None, 2028]),
        st.sampled_from([None, 5.0, 80.0]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture(autouse=True)
def every_batch_is_of_many_points(monkeypatch):
    monkeypatch.setattr(batch_work, "LEAST", 1)
    monkeypatch.setattr(batches, "BATCH", 6)


def drawn(place, kind):
    x, y = place
    if kind == "point":
        return point(x, y)
    if kind == "line":
        return shapely.LineString([point(x, y), point(x + 120, y + 50)])
    if kind == "two":
        return shapely.MultiPolygon([square(x, y, 40), square(x + 100, y, 40)])
    return square(x, y, 100)


def catalog_of(found, features, *, crs=4326, columns=None):
    shapes = [point(*xy) for xy, _ in found]
    frame = gpd.GeoDataFrame(columns or {}, geometry=shapes, crs=2326).to_crs(crs)
    layer = gpd.GeoDataFrame(
        {
            "name_en": [f"Well {number % 3}" for number in range(len(features))],
            "status": [status for *_, status, _, _ in features],
            "opens": [year for *_, year, _ in features],
            "accuracy_m": np.array([out for *_, out in features], dtype=float),
        },
        geometry=[drawn(place, kind) for place, kind, *_ in features],
        crs=2326,
    )
    return open_catalog(sites=frame, layers={"wells": layer})


def written(measure, catalog):
    out = io.BytesIO()
    nm.stream(out, measure, catalog, form="parquet")
    return gpd.read_parquet(out)


def streamed(catalog, **how):
    return written(nm.near_batches("wells", catalog, **how), catalog)


def told(found):
    """Return what a file may say of sites besides their place."""
    return {
        "accuracy_m": np.array([out for _, out in found], dtype=float),
        "name_tc": [f"地段{number}" if number % 2 else "" for number in range(len(found))],
        "basis": ["gazetted" if number % 3 else None for number in range(len(found))],
    }


SOME = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORLD = {"found": SITES, "features": FEATURES, "crs": st.sampled_from([4326, 2326])}


@SOME
@given(
    **WORLD,
    how=st.fixed_dictionaries(
        {}, optional={"origin": st.just("centroid"), "lang": st.sampled_from(["tc", "sc"])}
    ),
)
def test_rows_are_those_of_near(found, features, crs, how):
    catalog = catalog_of(found, features, crs=crs, columns=told(found))

    rows = streamed(catalog, **how)

    assert_same_rows(rows, nm.near("wells", catalog, **how))


@SOME
@given(
    **WORLD,
    says=st.booleans(),
    at=st.lists(st.sampled_from([50, 141.42, "100m", "1km"]), min_size=1, max_size=3),
    how=st.fixed_dictionaries(
        {"count": st.sampled_from([["wells"], ["stations"], ["wells", "stations"]])},
        optional={"cumulative": st.booleans(), "lang": st.just("tc")},
    ),
)
def test_counts_are_those_of_rings(found, features, crs, says, at, how):
    catalog = catalog_of(found, features, crs=crs, columns=told(found) if says else None)
    measure = nm.rings_batches(at, catalog, counts_only=True, **how)

    rows = written(measure, catalog)

    assert isinstance(batch_work.Work(None, measure, strict=False).points, RingPoints)
    assert_same_rows(rows, nm.rings(at, catalog=catalog, counts_only=True, **how))


def test_points_are_measured_on_coordinates(monkeypatch):
    counts = []
    plain = near_points.NearPoints.rows
    monkeypatch.setattr(
        near_points.NearPoints,
        "rows",
        lambda self, xy, *rest: counts.append(len(xy)) or plain(self, xy, *rest),
    )
    streamed(
        catalog_of([((x, 0), None) for x in range(8)], [((0, 90), "square", "open", None, 1.0)])
    )

    assert sorted(counts) == [2, 6]


def test_schema_is_that_of_any_sites():
    catalog = catalog_of([((0, 0), None)] * 2, [((0, 90), "square", "open", 2020, None)])
    measure = nm.near_batches("wells", catalog)
    facts = facts_of_table(pa.table({"id": ["a"]}), "en", "batch")
    at = np.array([[820_000.0, 835_000.0]])
    rows = near_points.NearPoints(measure).rows(Places(at, crs.HK80), at, facts)

    assert rows.schema.equals(to_arrow(measure.rows_of_none).schema)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.Point(0, 0), "outside Hong Kong"),
        (shapely.Point(np.nan, 835_000), "no geometry|no number"),
    ],
)
def test_faults_of_a_file_end_as_for_any_sites(shape, said):
    catalog = catalog_of(
        [((x, 0), None) for x in range(4)], [((0, 90), "square", "open", None, 1.0)], crs=2326
    )
    frame = catalog.own_sites.given.value
    frame.loc[3, "geometry"] = shape
    with pytest.raises(LayerError, match=said):
        streamed(
            open_catalog(sites=frame, layers={"wells": catalog.own_layers["wells"].given.value})
        )


def test_a_missing_point_and_one_with_a_height_are_measured_as_any_site():
    catalog = catalog_of(
        [((x * 50, 0), None) for x in range(5)], [((0, 90), "square", "open", None, 1.0)], crs=2326
    )
    frame = catalog.own_sites.given.value
    frame.loc[1, "geometry"] = None
    frame.loc[2, "geometry"] = shapely.Point(*shapely.get_coordinates(frame.geometry[2])[0], 12.0)
    rows = streamed(
        open_catalog(sites=frame, layers={"wells": catalog.own_layers["wells"].given.value})
    )

    assert rows["nearest_m"].isna().tolist() == [False, True, False, False, False]
    assert rows["nearest_m"][2] == pytest.approx(90)


def test_places_within_the_window_are_found_by_polynomials_as_by_proj():
    west, south, east, north = crs.WINDOW
    within = np.random.default_rng(2).uniform((west, south), (east, north), (5_000, 2))
    edge = np.array([[west, south], [east, north]])

    for degrees in (within, edge):
        places = Places(degrees, crs.WGS84)
        assert places.in_window
        np.testing.assert_allclose(places.rough, places.exact, rtol=0, atol=polynomials.OUT_M)
        np.testing.assert_array_equal(places.at(np.array([1])), places.exact[1:2])


def test_degrees_are_found_by_polynomials_as_by_proj_but_not_outside_the_window():
    west, south, east, north = crs.window_of_hk80()
    low, high = (west, south), (east, north)
    metres = np.vstack([np.random.default_rng(3).uniform(low, high, (5_000, 2)), low, high])

    found = polynomials.to_wgs84_by_polynomials(metres)

    out = (found - crs.to_wgs84(metres)) * 112_000  # metres a degree, at most
    assert np.abs(out).max() < polynomials.OUT_M
    assert polynomials.to_wgs84_by_polynomials(np.array([[west - 1, south]])) is None
    assert polynomials.to_hk80_by_polynomials(np.array([[crs.WINDOW[2] + 0.01, 22.3]])) is None


def test_proj_is_asked_where_polynomials_do_not_come_near_it(monkeypatch):
    plain = crs.transform_coordinates

    def transform(coordinates, *ends):
        return plain(coordinates, *ends) + 0.001 * (coordinates > crs.WINDOW[:2]) * (
            coordinates < (114.2, 22.5)
        )

    polynomials.fit.cache_clear()
    monkeypatch.setattr(crs, "transform_coordinates", transform)
    places = Places(np.array([[114.1, 22.4]]), crs.WGS84)

    assert (
        places.rough.tolist() == transform(np.array([[114.1, 22.4]]), crs.WGS84, crs.HK80).tolist()
    )
    polynomials.fit.cache_clear()
