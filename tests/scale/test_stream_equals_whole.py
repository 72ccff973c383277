"""A file measured batch by batch gives the rows and columns of the file measured as a whole."""

import io

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_stream import assert_same_rows
from world import point, points, sites, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.sources import batches

EXAMPLES = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
places = st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(
    lambda xy: (50 * xy[0], 50 * xy[1])
)
accuracies = st.sampled_from([None, 2.0, 30.0])
lots = st.lists(
    st.tuples(places, st.sampled_from(["point", "square"]), accuracies), min_size=1, max_size=14
)
squares = st.lists(st.tuples(places, accuracies), min_size=1, max_size=10)
wells = st.lists(
    st.tuples(places, st.sampled_from(["open", "planned"]), st.sampled_from([None, 2028, 2034])),
    min_size=1,
    max_size=6,
)


@pytest.fixture(autouse=True)
def batches_of_three(monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 6)


def written(path, shapes, **columns):
    """Write shapes of the grid, of any kind, with their columns."""
    path.unlink(missing_ok=True)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=2326)
    frame.to_crs(4326).rename_axis("id").reset_index().astype({"id": str}).to_file(
        path, driver="GPKG"
    )
    return str(path)


def catalog_of(folder, drawn, found, **layers):
    shapes = [point(*xy) if kind == "point" else square(*xy, 40) for xy, kind, _ in drawn]
    out = np.array([accuracy for *_, accuracy in drawn], dtype=float)
    file = written(folder / "lots.gpkg", shapes, accuracy_m=out)
    frame = points(**{f"w{i}": xy for i, (xy, *_) in enumerate(found)}).assign(
        name_en=[f"Well {i % 3}" for i in range(len(found))],
        status=[status for _, status, _ in found],
        opens=[year for *_, year in found],
        accuracy_m=[5.0, None, 40.0][len(found) % 3],
    )
    (folder / "wells.geojson").unlink(missing_ok=True)
    files = {"wells": write(frame, folder / "wells.geojson"), **layers}
    crs = dict.fromkeys(("sites", "wells", *layers), "EPSG:4326")
    return open_catalog(sites=file, key="id", layers=files, crs=crs)


def streamed(measure, catalog):
    out = io.BytesIO()
    nm.stream(out, measure, catalog, form="parquet")
    return gpd.read_parquet(out)


@EXAMPLES
@given(
    drawn=lots,
    found=wells,
    how=st.fixed_dictionaries(
        {},
        optional={
            "k": st.integers(1, 4),
            "within": st.sampled_from(["60m", "300m"]),
            "origin": st.sampled_from(["edge", "centroid"]),
            "years": st.sampled_from([("today",), ("2034",), ("today", "2034")]),
            "lang": st.sampled_from(["en", "tc"]),
        },
    ),
)
@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_near(tmp_path, drawn, found, how):
    found = [*found, ((0, 0), "open", 2020)]
    catalog = catalog_of(tmp_path, drawn, found)
    rows = streamed(nm.near_batches("wells", catalog, **how), catalog)

    assert_same_rows(rows, nm.near("wells", catalog, **how))


@EXAMPLES
@given(
    drawn=lots,
    found=wells,
    at=st.sampled_from([["100m"], ["50m", "200m"]]),
    how=st.fixed_dictionaries(
        {},
        optional={
            "cumulative": st.booleans(),
            "max_error": st.sampled_from(["1m", "1%"]),
            "clip": st.just("boundary"),
            "by": st.just("wells:status"),
        },
    ),
)
@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_rings(tmp_path, drawn, found, at, how):
    catalog = catalog_of(tmp_path, drawn, found)
    rows = streamed(nm.rings_batches(at, catalog, count=["wells"], **how), catalog)

    assert_same_rows(rows, nm.rings(at, catalog, count=["wells"], **how))


@EXAMPLES
@given(drawn=squares, zones=squares)
@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_inside(tmp_path, drawn, zones):
    shapes = [square(*xy, 75) for xy, _ in zones]
    out = np.array([accuracy for _, accuracy in zones], dtype=float)
    file = written(tmp_path / "zones.gpkg", shapes, accuracy_m=out)
    lots_ = [(xy, "square", accuracy) for xy, accuracy in drawn]
    catalog = catalog_of(tmp_path, lots_, [((0, 0), "open", 2020)], zones=file)
    rows = streamed(nm.inside_batches("zones", catalog), catalog)

    assert_same_rows(rows, nm.inside("zones", catalog))


def test_a_site_without_geometry_keeps_its_place(tmp_path):
    shapes = [square(0, 0, 40), None, square(100, 0, 40), shapely.Polygon()]
    file = written(tmp_path / "lots.gpkg", shapes)
    wells_ = write(sites(w=square(0, 500, 10))[["geometry"]], tmp_path / "w.geojson")
    catalog = open_catalog(sites=file, key="id", layers={"wells": wells_}, crs="EPSG:4326")
    with pytest.warns(nm.Notice, match="2 sites have no geometry"):
        rows = streamed(nm.near_batches("wells", catalog), catalog)

    assert rows["site_id"].tolist() == ["0", "1", "2", "3"]
    assert rows["nearest_m"].isna().tolist() == [False, True, False, True]


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_layers_may_be_frames():
    lots = sites(a=square(0, 0, 40), b=square(300, 0, 40))[["geometry"]]
    wells = points(w=(0, 100)).assign(kind="deep")
    zone = sites(z=square(-1_000, -1_000, 1_400))[["geometry"]]
    catalog = open_catalog(sites=lots)

    def same(measure, whole):
        assert_same_rows(streamed(measure, catalog), whole.reset_index(drop=True))

    same(nm.near_batches(wells, catalog), nm.near(wells, catalog))
    same(nm.inside_batches(zone, catalog), nm.inside(zone, catalog))
    for how in ({"clip": zone, "count": [wells]}, {"by": (wells, "kind")}):
        same(nm.rings_batches(200, catalog, **how), nm.rings(200, catalog=catalog, **how))


@pytest.mark.parametrize(
    "bind",
    [
        lambda here: nm.near_batches("wells", here),
        lambda here: nm.rings_batches(["100m"], here),
        lambda here: nm.inside_batches("zones", here),
    ],
    ids=["near", "rings", "inside"],
)
def test_a_file_on_the_grid_is_answered_in_wgs84(tmp_path, bind):
    lots = sites(**{f"s{n}": square(300 * n, 0, 100) for n in range(3)}).set_crs(2326)
    here = open_catalog(
        sites=write(lots, tmp_path / "lots.gpkg", 2326),
        key="site_id",
        layers={"wells": points(w=(50, 50)), "zones": sites(z=square(0, 0, 900))},
        crs={"sites": "EPSG:2326"},
    )

    found = streamed(bind(here), here).to_crs(2326)

    assert found.total_bounds[:2] == pytest.approx(lots.total_bounds[:2], abs=150)
    assert found.total_bounds[2:] == pytest.approx(lots.total_bounds[2:], abs=150)
