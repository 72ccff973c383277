"""Near for many points, measured on coordinates, gives the rows that near gives for any sites."""

import io

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_stream import assert_same_rows
from world import point, square

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError
from nmgeo.formats.rows import to_arrow
from nmgeo.scale import near_points
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
    monkeypatch.setattr(near_points, "LEAST", 1)
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


def streamed(catalog, **how):
    out = io.BytesIO()
    nm.stream(out, nm.near_batches("wells", catalog, **how), catalog, form="parquet")
    return gpd.read_parquet(out)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    found=SITES,
    features=FEATURES,
    crs=st.sampled_from([4326, 2326]),
    how=st.fixed_dictionaries(
        {}, optional={"origin": st.just("centroid"), "lang": st.sampled_from(["tc", "sc"])}
    ),
)
def test_rows_are_those_of_near(found, features, crs, how):
    columns = {
        "accuracy_m": np.array([out for _, out in found], dtype=float),
        "name_tc": [f"地段{number}" if number % 2 else "" for number in range(len(found))],
        "basis": ["gazetted" if number % 3 else None for number in range(len(found))],
    }
    catalog = catalog_of(found, features, crs=crs, columns=columns)

    rows = streamed(catalog, **how)

    assert_same_rows(rows, nm.near("wells", catalog, nearest_first=False, **how))


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
    rows = near_points.NearPoints(measure).rows(
        np.array([[820_000.0, 835_000.0]]),
        gpd.GeoSeries(crs=2326).crs,
        gpd.GeoDataFrame(index=["a"]),
    )

    assert rows.schema.equals(to_arrow(measure.rows_of_none()).schema)


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
