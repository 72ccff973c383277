"""Frames in: every form in which sites and layers are given in Python, and what is refused."""

import inspect
import json
import uuid
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import layer, point, sites, square, write

import nmgeo as nm
from nmgeo.errors import (
    LayerError,
    MissingCRSError,
    Notice,
    UnitError,
    UnknownLayerError,
    UsageError,
)

LOTS = sites(b=square(0, 0, 100), a=square(300, 0, 200)).set_crs(2326)
ZONES = layer({"z1": square(50, -50, 400)}, name_en=["Zone 1"]).set_crs(2326)
WELLS = layer({"w1": point(-40, 50), "w2": point(600, 50)}, name_en=["One", "Two"]).set_crs(2326)


class GeoInterface:
    """Anything with ``__geo_interface__``, as other libraries make it."""

    def __init__(self, frame):
        self.__geo_interface__ = json.loads(frame.to_crs(4326).to_json())


def forms(frame, path):
    """Return a frame in every form in which it may be given."""
    file = write(frame, path, 2326)
    return [frame, file, str(file), GeoInterface(frame), GeoInterface(frame).__geo_interface__]


def values(rows):
    """Return what a result says, without its index and geometry."""
    plain = pd.DataFrame(rows).drop(columns=["geometry", "layer"], errors="ignore")
    return plain.reset_index(drop=True)


def test_sites_and_layers_may_be_given_in_any_form(tmp_path):
    meant = nm.near(LOTS, WELLS)["nearest_m"].tolist()

    assert meant == pytest.approx([40.0, 100.0], abs=0.01)
    for mine in forms(LOTS, tmp_path / "lots.geojson"):
        for wells in forms(WELLS, tmp_path / "wells.geojson"):
            given_as = {"crs": {"sites": "hk80"}} if isinstance(mine, str) else {}
            found = nm.near(mine, wells, **given_as)["nearest_m"]
            assert found.tolist() == pytest.approx(meant, abs=0.01)


@pytest.mark.parametrize(
    "call",
    [
        nm.area,
        lambda catalog: nm.area(catalog=catalog),
        lambda catalog: nm.near("wells", catalog),
        lambda catalog: nm.near("wells", catalog=catalog),
        lambda catalog: nm.near(layer="wells", catalog=catalog),
        lambda catalog: nm.rings(["500m"], catalog),
        lambda catalog: nm.rings(at=["500m"], catalog=catalog),
        lambda catalog: nm.inside("zones", catalog),
        lambda catalog: nm.constraints(["zones"], catalog),
        lambda catalog: nm.matrix("wells", catalog),
        lambda catalog: nm.strip("zones", "35m", catalog),
        lambda catalog: nm.robust("wells", catalog),
        nm.land,
        nm.sites,
        nm.receipt,
    ],
)
def test_the_forms_with_a_catalog_still_work(call):
    here = nm.open_catalog(sites=LOTS, layers={"wells": WELLS, "zones": ZONES})

    assert len(call(here)) >= 2


@pytest.mark.parametrize(
    ("call", "same"),
    [
        (lambda: nm.near(LOTS, "stations", k=2), lambda c: nm.near("stations", c, k=2)),
        (
            lambda: nm.near(LOTS, "stations", years=[2034, "today"]),
            lambda c: nm.near("stations", c, years=["2034", "today"]),
        ),
        (
            lambda: nm.near(LOTS, "stations", years=2034),
            lambda c: nm.near("stations", c, years=["2034"]),
        ),
        (
            lambda: nm.near(LOTS, "stations", within=2000),
            lambda c: nm.near("stations", c, within="2km"),
        ),
        (lambda: nm.rings(LOTS, "500m"), lambda c: nm.rings(["500m"], c)),
        (lambda: nm.rings(LOTS, [500, "1km"]), lambda c: nm.rings(["500m", "1km"], c)),
        (lambda: nm.rings(LOTS, -20), lambda c: nm.rings(["-20m"], c)),
        (lambda: nm.inside(LOTS, "sites"), lambda c: nm.inside("sites", c)),
        (lambda: nm.matrix(LOTS), lambda c: nm.matrix("sites", c)),
        (lambda: nm.constraints(LOTS), lambda c: nm.constraints((), c)),
        (lambda: nm.strip("boundary", 35, LOTS), lambda c: nm.strip("boundary", "35m", c)),
        (
            lambda: nm.robust(LOTS, "stations", by=3000),
            lambda c: nm.robust("stations", c, by="3000m"),
        ),
    ],
)
def test_a_frame_measures_as_the_catalog_of_it(call, same):
    pd.testing.assert_frame_equal(values(call()), values(same(nm.open_catalog(sites=LOTS))))


def test_one_argument_is_the_layer_for_near_and_the_sites_for_matrix_and_constraints():
    assert set(nm.near("stations")["site_id"]) == set(nm.sites()["site_id"])
    assert set(nm.near(WELLS)["nearest_id"]) <= {"w1", "w2"}
    assert set(nm.matrix(LOTS)["to_id"]) == {"a"}  # LOTS begins with b
    assert set(nm.matrix("stations")["from_id"]) == set(nm.sites().index)
    assert set(nm.constraints(LOTS)["layer"]) == {"ponds", "together"}
    assert "zones" in set(nm.constraints(LOTS, {"zones": ZONES})["layer"])
    assert "wetlands" in set(nm.constraints("wetlands")["layer"])


def test_a_layer_is_named_in_the_result_by_its_file_its_mapping_or_plainly(tmp_path):
    file = write(WELLS, tmp_path / "wells.geojson", 2326)

    assert set(nm.near(LOTS, file)["layer"]) == {"wells"}
    assert set(nm.near(LOTS, {"boreholes": WELLS})["layer"]) == {"boreholes"}
    assert set(nm.near(LOTS, WELLS)["layer"]) == {"layer"}


def test_entrances_boundaries_and_counted_layers_may_be_frames():
    doors = WELLS.assign(site_id=["a", "b"])
    near = nm.near(LOTS, WELLS, origin=doors)
    rings = nm.rings(LOTS, 500, clip=ZONES, count=[{"wells": WELLS}])
    mixed = nm.rings(LOTS, 500, by=(ZONES, "name_en"))

    assert near["nearest_m"].tolist() == [0.0, 0.0]
    assert rings["area_ha"].lt(20).all()
    assert [c for c in rings if c.endswith("_count")] == ["wells_count"]
    assert set(mixed["category"].dropna()) == {"Zone 1", "remainder"}


@pytest.mark.parametrize("site", ["hetao_hk_park", ["hetao_hk_park"], "hetao_hk_park:park"])
def test_one_site_may_be_measured_alone(site):
    for rows in (nm.area(site=site), nm.near("stations", site=site), nm.rings("500m", site=site)):
        assert rows["site_id"].tolist() == ["hetao_hk_park"]
    assert nm.area(LOTS, site="a")["site_id"].tolist() == ["a"]


names = st.text("abcXYZ 0123", min_size=1).filter(str.strip)  # blanks alone are no id
labels = st.one_of(
    st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=2, unique=True),
    st.lists(names, min_size=2, max_size=2, unique_by=str.strip),
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(index=labels)
def test_results_have_the_index_of_the_frame(index):
    mine = gpd.GeoDataFrame(LOTS[["geometry"]].set_axis(index))
    area, near = nm.area(mine), nm.near(mine, WELLS)

    assert area.index.equals(mine.index)
    assert area.join(mine.area.rename("m2"))["area_ha"].tolist() == pytest.approx([1, 4], rel=1e-3)
    assert near["nearest_m"].to_dict() == pytest.approx(
        dict(zip(index, [40.0, 100.0], strict=True)), abs=0.01
    )
    assert set(nm.rings(mine, 100).index) == set(index)


def test_results_have_the_labels_of_the_key_and_the_name_of_the_index():
    mine = LOTS.assign(lot=["L2", "L1"]).rename_axis("no")

    assert nm.area(mine).index.name == "no"
    assert nm.area(mine, key="lot").index.tolist() == ["L2", "L1"]
    assert nm.area(mine, key="lot").index.name == "lot"


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(side=st.integers(1, 2_000), count=st.integers(1, 4))
def test_a_frame_measures_as_the_file_of_it(tmp_path, side, count):
    mine = sites(**{f"s{n}": square(n * 2_100, 0, side) for n in range(count)}).set_crs(2326)
    mine["name_en"] = [f"Lot {n}" for n in range(count)]
    file = write(mine, tmp_path / f"{uuid.uuid4()}.gpkg")

    found, same = nm.area(mine), nm.area(file)
    left_out = ["site_id", "ppm"]  # of a square metre, ppm is noise in the ninth digit
    pd.testing.assert_frame_equal(
        values(found).drop(columns=left_out), values(same).drop(columns=left_out)
    )
    assert found["ppm"].tolist() == pytest.approx(same["ppm"].tolist(), abs=0.01)


def test_results_carry_the_credits_of_the_shipped_files_that_were_used():
    assert any("CC-BY" in line for line in nm.area().attrs["credits"])
    assert nm.near(LOTS, WELLS).attrs["credits"] == []
    mine, ours = nm.near(LOTS, "stations").attrs["credits"]
    assert mine == "Sites: the author's own data"
    assert ours.startswith("Points compiled by nmgeo contributors")


def test_the_frame_that_is_given_stays_as_it_is():
    before = LOTS.copy()
    nm.near(LOTS, WELLS)

    pd.testing.assert_frame_equal(LOTS, before)


BAD = {
    "no CRS": (
        lambda: nm.area(LOTS.set_crs(None, allow_override=True)),
        MissingCRSError,
        "no CRS.*set_crs",
    ),
    "two geometries": (
        lambda: nm.area(
            LOTS.assign(other=LOTS.centroid).set_geometry("other").drop(columns="other")
        ),
        LayerError,
        "set_geometry",
    ),
    "duplicate index": (lambda: nm.area(LOTS.set_axis([1, 1])), LayerError, "2 times.*key="),
    "objects in the index": (
        lambda: nm.area(LOTS.set_axis([("a",), object()])),
        LayerError,
        "text or whole",
    ),
    "objects in the key": (
        lambda: nm.area(LOTS.assign(lot=[object(), "a"]), key="lot"),
        LayerError,
        "text or whole",
    ),
    "a plain frame": (lambda: nm.area(pd.DataFrame({"a": [1]})), UsageError, "GeoDataFrame"),
    "a number": (lambda: nm.area(3), UsageError, "a path, a GeoDataFrame"),
    "an unknown layer": (
        lambda: nm.near(LOTS, "statons"),
        UnknownLayerError,
        "did you mean stations",
    ),
    "unknown sites": (lambda: nm.area("lots"), UnknownLayerError, "a layer nor a file"),
    "a layer before the site": (
        lambda: nm.near("stations", "hetao"),
        UnknownLayerError,
        "'hetao': no layer; hetao_hk_park is a site; give the sites first: 'hetao', 'stations'",
    ),
    "a layer before an outline": (
        lambda: nm.near("Ponds", "hetao_hk_park:park"),
        UnknownLayerError,
        "give the sites first: 'hetao_hk_park:park', 'Ponds'",
    ),
    "a site alone in place of a layer": (
        lambda: nm.near("hetao"),
        UnknownLayerError,
        r"and the site as in nm.near\('hetao_hk_park', 'stations'\)",
    ),
    "distances before the sites": (
        lambda: nm.rings(["1km"], sites(a=square(0, 0, 9))),
        UnitError,
        "^at=: a GeoDataFrame is not a length; write a number of metres",
    ),
    "an unknown site": (lambda: nm.area(site="sandy_rige"), UsageError, "did you mean sandy_ridge"),
    "no layer": (nm.near, UsageError, "layer=: no layer was given; give one"),
    "no layer but sites": (lambda: nm.near(sites=LOTS), UsageError, "layer=: no layer was given"),
    "an unknown keyword": (
        lambda: nm.near(LOTS, "stations", kk=2),
        UsageError,
        r"kk=: nm.near\(\).*use k$",
    ),
    "too many": (lambda: nm.area(LOTS, WELLS, ZONES), UsageError, r"nm.area\(\)"),
    "a list as length": (
        lambda: nm.near(LOTS, WELLS, within=[1]),
        UnitError,
        r"within=\[1\]: a list is not",
    ),
    "a length without unit": (
        lambda: nm.near(LOTS, WELLS, within="2"),
        UnitError,
        "'2': not a length",
    ),
    "a flag as length": (lambda: nm.rings(LOTS, at=True), UnitError, "a bool is not a length"),
    "bytes as length": (lambda: nm.rings(LOTS, at=b"500m"), UnitError, "a bytes is not a length"),
    "no finite length": (lambda: nm.rings(LOTS, float("nan")), UnitError, "not a length"),
    "k that is none": (
        lambda: nm.near(LOTS, WELLS, k="2"),
        UsageError,
        "k='2': not a whole number",
    ),
    "k of 0": (lambda: nm.near(LOTS, WELLS, k=0), UsageError, "^k=0: "),
    "a year that is none": (lambda: nm.near(LOTS, "stations", years=34), UsageError, "^years="),
    "key without sites": (lambda: nm.area(key="lot"), UsageError, "key='lot': no sites"),
    "a frame as the page": (lambda: nm.map(LOTS, "a.html"), UsageError, "out=: a GeoDataFrame is"),
    "a frame as the file": (
        lambda: nm.export(LOTS, "a.geojson"),
        UsageError,
        r"out=: .* not a path; write nm.export\('a.geojson', gdf\)",
    ),
    "no CRS to export": (
        lambda: nm.export("a.geojson", LOTS.set_crs(None, allow_override=True)),
        MissingCRSError,
        "layer=: .*no CRS.*set_crs",
    ),
    "a plain frame to export": (
        lambda: nm.export("a.gpkg", pd.DataFrame({"a": [1]})),
        UsageError,
        "GeoDataFrame",
    ),
    "a frame as a name": (lambda: nm.sheet(LOTS), UsageError, "site=: the GeoDataFrame.*give text"),
    "a frame as a table": (
        lambda: nm.check_table(LOTS),
        UsageError,
        "file=: the GeoDataFrame does not fit; give a path or text",
    ),
    "a frame as the catalog": (
        lambda: nm.layers(LOTS),
        UsageError,
        r"catalog=: .* nm.open_catalog\(\)$",
    ),
    "layers without names": (lambda: nm.open_catalog(layers=ZONES), UsageError, "give a dict$"),
    "a number as the CRS": (
        lambda: nm.area(LOTS, crs=2326),
        UsageError,
        "crs=: the int.*text or a",
    ),
    "a day": (
        lambda: nm.policy(on=date(2026, 2, 4)),
        UsageError,
        "on=: the date does not fit; give text",
    ),
    "an unknown language": (lambda: nm.area(LOTS, lang="fr"), UsageError, "use one of en, tc, sc$"),
    "an unknown keyword of a list": (
        lambda: nm.claims(sites="hetao"),
        UsageError,
        r"sites=: nm.claims\(\) has no such parameter; use site$",
    ),
    "an unknown keyword like no other": (
        lambda: nm.area(LOTS, units="m2"),
        UsageError,
        r"units=: nm.area\(\) has no such parameter; use sites, lang, catalog, ",
    ),
    "several frames": (
        lambda: nm.area([LOTS, ZONES]),
        UsageError,
        r"sites: a list of frames is not one frame; put them into one, as in pd.concat",
    ),
    "frames by name": (
        lambda: nm.area({"a": LOTS}),
        UsageError,
        r"sites: a dict of frames is not one frame",
    ),
    "a dict that is no GeoJSON": (
        lambda: nm.area({"a": 1}),
        LayerError,
        r"sites: is not GeoJSON \(no 'type'\)",
    ),
    "a missing argument": (
        lambda: nm.nearest_m(LOTS),
        UsageError,
        r"nm.nearest_m\(\): .*missing.*'others'.*its parameters are sites, others",
    ),
    "plain features to a measure": (
        lambda: nm.ring_shapes(pd.DataFrame({"a": [1]}), [500]),
        UsageError,
        "sites=: the DataFrame does not fit; give a GeoDataFrame$",
    ),
    "one distance of rings to draw": (
        lambda: nm.ring_shapes(LOTS, "500m"),
        UsageError,
        "distances_m=: the str does not fit; give a list or a Series$",
    ),
    "texts as distances of rings to draw": (
        lambda: nm.ring_shapes(LOTS, [500, "1km"]),
        UsageError,
        r"distances_m=\[500, '1km'\]: not all .* numbers of metres; write \[500, 1000\]$",
    ),
    "crs without inputs": (
        lambda: nm.near("stations", crs="hk80"),
        UsageError,
        "crs='hk80': no sites",
    ),
}


@pytest.mark.filterwarnings("ignore:the overlap of:nmgeo.errors.Notice")
def test_instruments_are_listed_for_a_frame_and_figures_for_a_site():
    frame = gpd.GeoDataFrame({"lot": ["x", "y"]}, geometry=LOTS.geometry.to_numpy(), crs=LOTS.crs)
    here = nm.open_catalog(sites=frame)

    assert nm.policy(frame)["policy_id"].tolist() == nm.policy(None, here)["policy_id"].tolist()
    assert nm.claims(site="sandy_ridge").equals(nm.claims("sandy_ridge"))


def test_a_frame_is_exported_with_its_active_geometry(tmp_path):
    two = LOTS.assign(middle=LOTS.centroid)

    with pytest.warns(Notice, match="active geometry column 'geometry' is used, not middle"):
        (path,) = nm.export(tmp_path / "a.gpkg", two)
    assert "middle" not in gpd.read_file(path)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_line_in_words_of_python(case):
    call, error, words = BAD[case]

    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert "--" not in str(caught.value)


def with_rows():
    """List the public functions that take the table of another, with their other arguments."""
    first = {name: next(iter(signature_of(name)), "") for name in nm.__all__ if name[0] != "_"}
    return sorted(name for name, parameter in first.items() if parameter == "rows")


def signature_of(name):
    """Return the parameters of a public function; none of a class or a value."""
    found = getattr(nm, name)
    return inspect.signature(found).parameters if inspect.isfunction(found) else {}


@pytest.mark.parametrize("name", with_rows())
def test_a_function_of_a_table_refuses_all_else_in_one_line(name):
    others = {"least": "100%", "by": "site_id"}
    rest = {word: others[word] for word in signature_of(name) if word in others}

    for given_as in (None, 5, "rows.csv", [{"result": "ok"}], {"result": ["ok"]}):
        with pytest.raises(UsageError, match=r"^rows=: the \w+ does not fit; give a DataFrame$"):
            getattr(nm, name)(given_as, **rest)
    for other in (pd.DataFrame({"x": [1]}), LOTS[["geometry"]]):
        with pytest.raises(UsageError, match=r"^rows=: .* no \S+; give the table of nm\.\w+\(\)$"):
            getattr(nm, name)(other, **rest)


def test_a_table_that_lost_its_attributes_is_refused_in_one_line():
    rows = nm.receipt(LOTS)
    rows.attrs.clear()

    with pytest.raises(UsageError, match=r"no attrs\['land'\]; give the table of nm.receipt"):
        nm.write_receipt(rows)


@pytest.mark.parametrize(
    "name",
    [
        "area",
        "near",
        "rings",
        "inside",
        "constraints",
        "matrix",
        "robust",
        "strip",
        "crosscheck",
        "audit",
        "export",
        "map",
    ],
)
def test_the_signature_names_every_parameter(name):
    known = inspect.signature(getattr(nm, name)).parameters

    assert {"sites", "catalog", "site", "key", "crs", "strict", "lang"} <= set(known)


@pytest.mark.parametrize("name", ["sandy_ridge", "Sha Ling", "\u6c99\u5dba"])
def test_a_shipped_site_is_measured_by_any_of_its_names(name):
    rows = nm.area(name)

    assert rows["site_id"].tolist() == ["sandy_ridge"]
    assert nm.area(site=name)["area_ha"].tolist() == rows["area_ha"].tolist()


def test_distances_may_come_from_a_generator():
    rows = nm.rings(LOTS, at=(at for at in ("100m", "200m")))
    assert list(rows["to_m"].unique()) == [100, 200]
