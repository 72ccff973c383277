"""The sites: what every row has, whoever drew it."""

import geopandas as gpd
import pytest
import shapely
from world import multi, point, points, sites, square, write, write_json

import nmgeo as nm
from nmgeo import crs as ruler
from nmgeo.errors import LayerError
from nmgeo.records.sites import AS_GIVEN, read_shipped_sites, read_sites

SHIPPED = [
    ("hetao_hk_park", "park"),
    ("san_tin_technopole", "development_area_excl_loop"),
    ("san_tin_technopole", "ozp_scheme_area"),
    ("sandy_ridge", "tender_lot"),
]


def own(path, *features, **said):
    file = write_json(path / "own.geojson", features)
    return read_sites(nm.open_catalog(sites=file, **said))


def test_the_shipped_sites_are_four_outlines_of_three_sites():
    shipped = read_sites(nm.open_catalog())

    assert list(zip(shipped["site_id"], shipped["basis"], strict=True)) == SHIPPED
    assert shipped.index.is_unique
    assert shipped.crs == ruler.WGS84


def test_an_own_site_is_known_by_its_id_on_the_basis_as_given(tmp_path):
    found = own(tmp_path, (square(0, 0, 100), "lot", {}))

    assert found.loc["lot", ["site_id", "basis"]].tolist() == ["lot", AS_GIVEN]


def test_own_sites_are_in_the_order_of_the_file(tmp_path):
    found = own(tmp_path, *((square(n, 0, 1), name, {}) for n, name in enumerate("cab")))

    assert list(found.index) == ["c", "a", "b"]


def test_own_sites_stay_in_the_crs_of_their_file(tmp_path):
    write(sites(a=square(0, 0, 100)), tmp_path / "a.gpkg", crs=ruler.HK80)

    found = read_sites(nm.open_catalog(sites=tmp_path / "a.gpkg", crs="hk80"))

    assert found.crs == ruler.HK80
    assert nm.area_ha(found).iloc[0] == pytest.approx(1, abs=1e-6)


def test_the_site_and_basis_that_a_file_names_are_kept(tmp_path):
    found = own(tmp_path, (square(0, 0, 9), "one", {"site_id": "lot", "basis": "whole"}))

    assert found.loc["one", ["site_id", "basis"]].tolist() == ["lot", "whole"]


def test_a_site_id_that_is_a_number_is_read_as_its_digits(tmp_path):
    found = own(tmp_path, (square(0, 0, 9), "one", {"site_id": 5}))

    assert found["site_id"]["one"] == "5"


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_blank_site_id_or_basis_is_as_none(tmp_path, nothing):
    blank = {"site_id": nothing, "basis": nothing}
    full = {"site_id": "lot", "basis": "whole"}

    found = own(tmp_path, (square(0, 0, 9), "one", blank), (square(20, 0, 9), "two", full))

    assert found.loc["one", ["site_id", "basis"]].tolist() == ["one", AS_GIVEN]


def test_a_key_names_the_sites_whatever_the_file_says(tmp_path):
    found = own(tmp_path, (square(0, 0, 9), "a", {"site_id": "b", "lot": "c"}), key="lot")

    assert found["site_id"].to_dict() == {"c": "c"}


def test_own_sites_may_be_points_or_many_polygons(tmp_path):
    many = multi(square(0, 0, 100), square(200, 0, 100))

    found = own(tmp_path, (point(0, 0), "well", {}), (many, "estate", {}))

    assert nm.area_ha(found).round(6).to_dict() == {"well": 0, "estate": 2}


def test_a_site_outside_hong_kong_is_refused_by_name(tmp_path):
    london = {"type": "Point", "coordinates": [-0.1, 51.5]}

    with pytest.raises(LayerError, match=r"feature far: lies outside Hong Kong \(-0.1000, 51.5000"):
        own(tmp_path, (point(0, 0), "near", {}), (london, "far", {}))


def test_a_shipped_site_without_an_area_is_an_error(broken_geodata):
    broken_geodata.set_feature("sites.geojson", 0, geometry=None)

    with pytest.raises(LayerError, match="hetao_hk_park:park: no geometry"):
        read_sites(broken_geodata.open())


def test_a_shipped_site_that_is_no_polygon_is_an_error(broken_geodata):
    line = {"type": "LineString", "coordinates": [[114.05, 22.5], [114.06, 22.5]]}
    broken_geodata.set_feature("sites.geojson", 0, geometry=line)

    with pytest.raises(LayerError, match="LineString"):
        read_sites(broken_geodata.open())


def test_a_shipped_site_that_is_invalid_is_an_error_and_not_repaired(broken_geodata):
    ring = [[114.05, 22.5], [114.06, 22.51], [114.06, 22.5], [114.05, 22.51], [114.05, 22.5]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    broken_geodata.set_feature("sites.geojson", 0, geometry=shape)

    with pytest.raises(LayerError, match="Self-intersection"):
        read_sites(broken_geodata.open())


@pytest.mark.parametrize("end", [".geojson", ".hk80.geojson"])
def test_what_was_exported_reads_back_with_its_sites_and_bases(tmp_path, end):
    nm.export(tmp_path / "out.geojson")

    found = read_sites(nm.open_catalog(sites=tmp_path / f"out{end}"))

    shipped = read_shipped_sites(nm.open_catalog())
    assert list(found.index) == list(shipped.index)
    assert list(zip(found["site_id"], found["basis"], strict=True)) == SHIPPED
    assert nm.area_ha(found).to_dict() == pytest.approx(nm.area_ha(shipped).to_dict(), rel=1e-5)


def test_the_shipped_sites_are_read_beside_the_users_own(tmp_path):
    file = write(points(a=(0, 0)), tmp_path / "own.gpkg")

    assert len(read_shipped_sites(nm.open_catalog(sites=file))) == len(SHIPPED)


def test_outlines_on_the_grid_are_measured_as_they_are_given(tmp_path):
    shapes = [shapely.box(828_000 + x, 838_000, 828_100 + x, 838_100) for x in (0, 100)]
    own = gpd.GeoDataFrame({"lot": ["a", "b"]}, geometry=shapes, crs=2326)
    own.to_file(tmp_path / "lots.gpkg")
    file = str(tmp_path / "lots.gpkg")
    here = nm.open_catalog(sites=file, key="lot", layers={"same": own.set_index("lot")})

    assert read_sites(here).geometry.tolist() == shapes
    inside = nm.inside("same", here)
    met = inside[inside["inside_ha"] > 0]
    assert met[["site_id", "feature_id", "inside_ha"]].to_numpy().tolist() == [
        ["a", "a", 1.0],
        ["b", "b", 1.0],
    ]
    near = nm.near("same", here, k=2)
    assert near["nearest_m"].tolist() == [0.0] * 4
    assert nm.area(here)["area_ha"].tolist() == [1.0, 1.0]
