"""Zones: hectares and shares by class, in rows that add up to the site."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import files, layer, line, sites, square, write

import nmgeo as nm
from nmgeo.errors import LayerError, NmgeoError, Notice, UsageError
from nmgeo.measures.area_by_class import area_by_class
from nmgeo.measures.areas import area_ha
from nmgeo.outputs.tables import render

ZONES = layer(
    {
        "a": square(0, 0, 60),
        "b": square(50, 0, 50),
        "c": square(60, 60, 40),
        "t": square(0, 99.5, 0.6),
    },
    ZONE_LABEL=["CA", "V", "CA", "R(A)"],
    DESC_ENG=["Conservation Area", "Village", None, "Residential"],
    DESC_CHT=["自然保育區", "鄉村式發展", "自然保育區", "住宅"],
)
SITES = sites(a=square(0, 0, 100), far=square(3000, 0, 100))
SQUARES = st.lists(
    st.tuples(st.integers(-5, 9), st.integers(-5, 9), st.integers(1, 9), st.sampled_from("abc")),
    max_size=7,
)


@settings(max_examples=12)
@given(SQUARES, st.sampled_from([0.0, 0.02, 1.0]))
def test_the_rows_of_a_site_add_up_to_its_area(squares, least_ha):
    shapes = {i: square(10 * x, 10 * y, 10 * side) for i, (x, y, side, _) in enumerate(squares)}
    others = layer(shapes, zone=[kind for *_, kind in squares]).assign(accuracy_m=None)
    here = SITES.assign(accuracy_m=5.0)
    rows = area_by_class(here, others, others["zone"], least_ha=least_ha)

    sums = rows.groupby("outline_id")[["inside_ha", "inside_share"]].sum()
    assert sums["inside_ha"].to_numpy() == pytest.approx(area_ha(here).to_numpy(), abs=1e-7)
    assert sums["inside_share"].to_numpy() == pytest.approx(1, abs=1e-7)
    assert (rows.loc[~rows["category"].eq("overlaps"), "inside_ha"] >= 0).all()


def test_classes_slivers_overlaps_and_the_remainder_have_a_row_each(ask):
    rows = nm.inside("zones:ZONE_LABEL", ask(SITES, zones=ZONES), min_area="1m2")
    one = rows[rows["site_id"] == "a"].set_index("category")

    assert one["inside_ha"].round(5).to_dict() == {
        "CA": 0.52,
        "V": 0.25,
        "slivers": 0.00003,
        "overlaps": -0.05,
        "remainder": 0.27997,
    }
    assert one["inside_count"].fillna(-1).tolist() == [2, 1, 1, -1, -1]
    assert one.loc["CA", "category_name"] == "Conservation Area"
    assert rows[rows["site_id"] == "far"]["category"].tolist() == ["remainder"]


def test_zoning_knows_the_fields_of_statutory_plans_and_adds_rings(ask):
    here = ask(SITES.assign(accuracy_m=2.0), zones=ZONES.rename(columns=str.lower))
    rows = nm.zoning(catalog=here, rings=["50m", 100], lang="tc")
    sums = rows.groupby(["site_id", "to_m"], dropna=False)["inside_ha"].sum()

    assert sums["far"].to_dict()[100.0] == pytest.approx(sums["a"].to_dict()[100.0], rel=1e-6)
    own = rows[rows["to_m"].isna() & (rows["site_id"] == "a")]
    assert own["inside_ha"].sum() == pytest.approx(1, abs=1e-4)
    assert "自然保育區" in rows["category_name"].tolist()
    ca = rows[(rows["category"] == "CA") & rows["to_m"].isna()].iloc[0]
    assert ca["low_ha"] < ca["inside_ha"] <= ca["high_ha"]


def test_constraints_take_the_classes_that_may_lie_in_a_site(ask):
    here = ask(SITES, zones=ZONES)
    rows = nm.constraints(["zones:ZONE_LABEL"], here, covers={"zones": "all"})

    assert rows["layer"].unique().tolist() == [
        *("zones: CA", "zones: R(A)", "zones: V", "together"),
    ]
    together = rows[rows["layer"] == "together"]
    assert together["free_ha"].tolist() == pytest.approx([0.27997, 1.0], abs=1e-4)
    assert set(rows.loc[rows["site_id"] == "far", "state"]) == {"clear", "as_drawn"}


def test_small_pieces_are_left_out_and_counted(ask):
    with pytest.warns(nm.Notice, match="left out: 1 piece under 1m2"):
        rows = nm.inside("zones", ask(SITES, zones=ZONES), min_area="1m2")

    assert rows["feature_id"].dropna().tolist() == ["a", "b", "c"]


def test_a_layer_of_zones_is_needed_and_a_column():
    with pytest.raises(NmgeoError, match="zones: there is no layer of zones; bring one with"):
        nm.zoning("sandy_ridge")
    with pytest.raises(UsageError, match="has no column ZONE_LABEL / ZONE_MAS; name the column"):
        nm.zoning(SITES, ZONES.drop(columns="ZONE_LABEL"))
    with pytest.raises(UsageError, match="has no such column"):
        nm.inside(SITES, (ZONES, "use"))
    with pytest.raises(LayerError, match="has no area"):
        nm.zoning(SITES, layer({"x": line((0, 0), (9, 9))}, ZONE_LABEL=["V"]))


def test_the_commands_take_zones_with_a_column(ask, run, tmp_path):
    here = ask(SITES, zones=ZONES)
    done = run("inside", "zones:ZONE_LABEL", *files(here, "zones"), "--crs", "hk80")
    assert "remainder" in done.stdout
    done = run("zoning", "--rings", "50m", *files(here, "zones"), "--crs", "hk80", "-f", "table")
    assert ("overlaps" in done.stdout, done.exit_code) == (True, 0)
    zones = f"zones={write(ZONES, tmp_path / 'z.gpkg')}"
    done = run("zoning", here.own_sites.path, "--layer", zones, "--crs", "hk80")
    assert done.exit_code == 4


@pytest.mark.parametrize("accuracy_m", [1.0, None])
def test_sums_of_classes_are_no_finer_than_what_they_are_made_of(ask, accuracy_m):
    here = ask(SITES.assign(accuracy_m=accuracy_m), zones=ZONES.assign(accuracy_m=30.0))
    rows = nm.inside("zones:ZONE_LABEL", here)
    shown = render("zoning", rows.assign(from_m=0.0, to_m=0.0), "csv")

    sums = rows[rows["category"].isin(["overlaps", "remainder"]) & (rows["site_id"] == "a")]
    assert len(sums) == 2
    assert (sums["feature_accuracy_m"] == 30).all()
    assert ",overlaps," in shown


def test_slivers_in_rings_are_one_row_and_those_of_constraints_are_counted(ask):
    zones = layer(
        {"a": square(0, 0, 60), "t": square(0, 99.5, 0.6), "u": square(20, 99.5, 0.7)},
        ZONE_LABEL=["CA", "R(A)", "V"],
    )
    here = ask(sites(a=square(0, 0, 100)), zones=zones)
    rows = nm.rings(["10m"], here, by="zones:ZONE_LABEL", min_area="1m2").set_index("category")
    every = nm.rings(["10m"], here, by="zones:ZONE_LABEL")

    assert rows["inside_count"].fillna(-1).to_dict() == {"CA": 1, "slivers": 2, "remainder": -1}
    assert rows.loc["slivers", "inside_ha"] == pytest.approx(0.6**2 / 1e4 + 0.7**2 / 1e4)
    assert rows["inside_ha"].sum() == pytest.approx(every["inside_ha"].sum(), abs=1e-9)
    asked = {"covers": {"zones": "all"}}
    with pytest.warns(nm.Notice, match="left out: 2 pieces under 1m2"):
        few = nm.constraints(["zones:ZONE_LABEL"], here, min_area="1m2", **asked)
    many = nm.constraints(["zones:ZONE_LABEL"], here, **asked)
    assert {*many["layer"]} - {*few["layer"]} == {"zones: R(A)", "zones: V"}
    left = [t.loc[t["layer"] == "together", "free_ha"].iloc[0] for t in (few, many)]
    assert left[0] == left[1]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (None, "is of the classes of a layer; add by='zones:ZONE_LABEL'"),
        ("zones", "is of the classes of a layer"),
        ("roads:name", "LineString has no area"),
    ],
)
def test_slivers_are_of_classes_of_polygons(ask, by, said):
    roads = layer({"r": line((0, 0), (50, 50))}, name=["r"])
    here = ask(SITES, zones=ZONES, roads=roads)
    with pytest.raises(NmgeoError, match=said):
        nm.rings(["10m"], here, by=by, min_area="1m2")


def test_a_site_without_geometry_keeps_a_row_without_measures():
    lots = sites(a=square(0, 0, 100), b=None, c=square(300, 0, 100))
    zones = layer({"z": square(0, 0, 500)}, use=["V"])
    with pytest.warns(Notice, match=r"no area, left blank: 1 feature, no geometry \(feature b\)"):
        rows = nm.zoning(lots, (zones, "use"), rings="50m", crs="hk80")

    assert rows["site_id"].tolist() == ["a"] * 4 + ["b"] + ["c"] * 4
    assert rows[rows["site_id"] == "b"][["category", "inside_ha", "to_m"]].isna().all(axis=None)


@pytest.mark.parametrize("name", ["slivers", "overlaps", "remainder", "no_class", "餘數"])
def test_a_class_that_is_called_as_a_row_of_nmgeo_stands_in_quotation_marks(ask, name):
    squares = {"a": square(0, 0, 60), "b": square(50, 0, 50), "c": square(0, 90, 10)}
    zones = layer(squares, use=[name, f'"{name}"', None])
    here = ask(SITES[:1], zones=zones)
    every = [f'"{name}"', f'""{name}""', "no_class", "overlaps", "remainder"]

    for rows in (nm.inside("zones:use", here), nm.zoning(layer=("zones", "use"), catalog=here)):
        assert rows["category"].tolist() == every
    ringed = nm.rings(["100m"], here, by="zones:use")
    assert sorted(ringed["category"]) == sorted(every)


@pytest.mark.parametrize(
    "ask",
    [
        lambda here: nm.inside("zones:nocol", here),
        lambda here: nm.zoning(layer="zones:nocol", catalog=here),
        lambda here: nm.rings(["100m"], here, by="zones:nocol"),
        lambda here: nm.diff("zones", "zones", catalog=here, by="nocol"),
        lambda here: nm.sites(here.own_layers["zones"].path, aggregate="nocol"),
    ],
)
def test_a_wrong_column_is_refused_with_those_of_the_file(ask, tmp_path):
    zones = ZONES.assign(title=["A", "B", "C", "D"], status="open")
    file = write(zones, tmp_path / "zones.gpkg")
    here = nm.open_catalog(sites=write(SITES, tmp_path / "lots.gpkg"), layers={"zones": file})

    said = r"; use id, ZONE_LABEL, DESC_ENG, DESC_CHT, title, status(, basis)?$"
    with pytest.raises(UsageError, match=said):
        ask(here)
