"""Near for many polygons without holes, on coordinates, gives the bytes of any other sites."""

import io

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import point, square

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, Notice
from nmgeo.measures.fast.rings import Rings
from nmgeo.scale import batch_work
from nmgeo.scale.near_rings import NearRings
from nmgeo.scale.outlines import are_valid_rings
from nmgeo.scale.site_facts import facts_of_frame, facts_of_table
from nmgeo.sources import batches

PLACES = st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(
    lambda xy: (50.0 * xy[0], 50.0 * xy[1])
)
PLAIN = ("square", "triangle", "round", "large", "notched")
OTHER = ("bow", "holed", "two", "high", "point", "empty", None)
ACCURACIES = st.sampled_from([None, 2.0, 30.0])
SITES = st.lists(st.tuples(PLACES, st.sampled_from(PLAIN), ACCURACIES), min_size=1, max_size=14)
ANY = st.lists(
    st.tuples(PLACES, st.sampled_from(PLAIN + OTHER), ACCURACIES), min_size=2, max_size=14
)
FEATURES = st.lists(
    st.tuples(
        PLACES,
        st.sampled_from(["point", "square", "line", "points"]),
        st.sampled_from(["open", "planned"]),
        st.sampled_from([None, 2028]),
        st.sampled_from([None, 5.0, 80.0]),
    ),
    min_size=1,
    max_size=8,
)
SOME = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
quiet = pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")


@pytest.fixture(autouse=True)
def every_batch_is_of_many(monkeypatch):
    monkeypatch.setattr(batch_work, "LEAST", 1)
    monkeypatch.setattr(batches, "BATCH", 6)


def site(place, kind):
    plain = square(*place, 40)
    west, south, east, north = plain.bounds
    corners = [(west, south), (east, south), (east, north), (west, north)]
    shapes = {
        "square": plain,
        "triangle": shapely.Polygon(corners[:3]),
        "round": plain.centroid.buffer(15),
        "large": square(*place, 700),
        "notched": shapely.Polygon([*corners[:3], plain.centroid, corners[3]]),
        "bow": shapely.Polygon([corners[corner] for corner in (0, 2, 1, 3)]),
        "holed": plain.difference(plain.centroid.buffer(5)),
        "two": shapely.MultiPolygon([plain, square(place[0] + 300, place[1], 40)]),
        "high": shapely.force_3d(plain, 7.0),
        "point": plain.centroid,
        "empty": shapely.Polygon(),
    }
    return shapes.get(kind)


def without_number():
    with np.errstate(invalid="ignore"):
        return shapely.Polygon([(820_000, 835_000), (820_009, np.nan), (820_009, 835_009)])


def feature(place, kind):
    x, y = place
    shapes = {
        "point": point(x, y),
        "square": square(x, y, 100),
        "line": shapely.LineString([point(x, y), point(x + 120, y + 50)]),
        "points": shapely.MultiPoint([point(x, y), point(x + 60, y)]),
    }
    return shapes[kind]


def catalog_of(found, features, *, crs=2326, says=True, **how):
    told = {
        "accuracy_m": np.array([out for *_, out in found], dtype=float),
        "name_tc": [f"地段{number}" if number % 2 else "" for number in range(len(found))],
        "basis": ["gazetted" if number % 3 else None for number in range(len(found))],
    }
    shapes = [site(place, kind) for place, kind, _ in found]
    frame = gpd.GeoDataFrame(told if says else {}, geometry=shapes, crs=2326).to_crs(crs)
    layer = gpd.GeoDataFrame(
        {
            "name_en": [f"Well {number % 3}" for number in range(len(features))],
            "status": [status for *_, status, _, _ in features],
            "opens": [year for *_, year, _ in features],
            "accuracy_m": np.array([out for *_, out in features], dtype=float),
        },
        geometry=[feature(place, kind) for place, kind, *_ in features],
        crs=2326,
    )
    return open_catalog(sites=frame, layers={"wells": layer}, **how)


def streamed(catalog, **how):
    out = io.BytesIO()
    nm.stream(out, nm.near_batches("wells", catalog, **how), catalog, form="parquet")
    return out.getvalue()


def plainly(monkeypatch, catalog, **how):
    """Measure as any other sites."""
    with monkeypatch.context() as here:
        here.setattr(NearRings, "fits", staticmethod(lambda _: False))
        return streamed(catalog, **how)


@quiet
@SOME
@given(
    found=SITES,
    features=FEATURES,
    crs=st.sampled_from([2326, 4326, 32650]),
    says=st.booleans(),
    how=st.fixed_dictionaries(
        {},
        optional={
            "lang": st.sampled_from(["tc", "sc"]),
            "origin": st.sampled_from(["edge", "centroid"]),
            "k": st.just(2),
            "open_only": st.just(value=True),
        },
    ),
)
def test_bytes_are_those_of_any_sites(monkeypatch, found, features, crs, says, how):
    features = [*features, ((0.0, 0.0), "point", "open", None, None)]
    catalog = catalog_of(found, features, crs=crs, says=says)

    assert streamed(catalog, **how) == plainly(monkeypatch, catalog, **how)


@quiet
@SOME
@given(found=ANY, features=FEATURES, crs=st.sampled_from([2326, 4326]))
def test_bytes_are_the_same_where_some_sites_are_no_plain_polygons(
    monkeypatch, found, features, crs
):
    found = [*found, ((0.0, 0.0), "square", None)]
    catalog = catalog_of(found, features, crs=crs)

    assert streamed(catalog) == plainly(monkeypatch, catalog)


def test_plain_polygons_are_measured_on_coordinates(monkeypatch):
    counts, plain = [], NearRings.rows
    monkeypatch.setattr(
        NearRings,
        "rows",
        lambda self, rings, *rest: counts.append(len(rings)) or plain(self, rings, *rest),
    )
    found = [((90.0 * x, 0.0), PLAIN[x % len(PLAIN)], None) for x in range(8)]
    streamed(catalog_of(found, [((0.0, 400.0), "point", "open", None, 1.0)]))

    assert sorted(counts) == [2, 6]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.box(0, 0, 20, 20), "outside Hong Kong"),
        (without_number(), "number"),
    ],
)
def test_faults_end_as_for_any_sites(monkeypatch, shape, said):
    catalog = catalog_of(
        [((90.0 * x, 0.0), "square", None) for x in range(4)],
        [((0.0, 400.0), "point", "open", None, 1.0)],
    )
    frame = catalog.own_sites.given.value
    frame.loc[3, "geometry"] = shape
    with pytest.raises(LayerError, match=said) as fast:
        streamed(catalog)
    with pytest.raises(LayerError) as slow:
        plainly(monkeypatch, catalog)

    assert str(fast.value) == str(slow.value)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.box(780_000, 846_500, 780_020, 846_520), "outside Hong Kong"),
        (site((0.0, 0.0), "bow"), "repaired 1"),
    ],
)
def test_what_there_is_to_say_is_said(shape, said):
    catalog = catalog_of(
        [((90.0 * x, 0.0), "square", None) for x in range(4)],
        [((0.0, 400.0), "point", "open", None, 1.0)],
        crs=2326,
    )
    catalog.own_sites.given.value.loc[3, "geometry"] = shape
    with pytest.warns(Notice, match=said):
        streamed(catalog)


def test_an_invalid_polygon_is_refused_where_that_is_asked():
    found = [((90.0 * x, 0.0), kind, None) for x, kind in enumerate(["square", "bow"])]
    features = [((0.0, 400.0), "point", "open", None, 1.0)]
    with pytest.raises(LayerError, match="invalid geometry"):
        streamed(catalog_of(found, features, strict=True))


@SOME
@given(found=st.lists(st.tuples(PLACES, st.sampled_from([*PLAIN, "bow"])), min_size=1))
def test_valid_rings_are_those_of_geos(found):
    shapes = np.array([site(*one) for one in found])

    assert are_valid_rings(Rings.of_shapes(shapes)).tolist() == shapely.is_valid(shapes).tolist()


def test_sites_with_an_id_alone_are_told_as_by_their_table():
    ids = pa.table({"id": ["a", "ß"]})
    frame = gpd.GeoDataFrame(geometry=[point(0, 0)] * 2, index=["a", "ß"], crs=2326)
    found, meant = facts_of_frame(frame, "en"), facts_of_table(ids, "en", "batch")
    told = facts_of_frame(frame.assign(other=1), "en")

    assert found.columns == meant.columns == told.columns
    np.testing.assert_array_equal(found.accuracy_m, told.accuracy_m)
