"""Sites: the list of the outlines."""

import pytest
from world import sites as lots
from world import square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.commands.sites import sites
from nmgeo.errors import UnknownSiteError, UsageError
from nmgeo.outputs.tables import render
from nmgeo.translations import LANGS


def test_a_site_stands_once_for_each_basis():
    assert sites()[["site_id", "basis"]].to_numpy().tolist() == [
        ["hetao_hk_park", "park"],
        ["san_tin_technopole", "development_area_excl_loop"],
        ["san_tin_technopole", "ozp_scheme_area"],
        ["sandy_ridge", "tender_lot"],
    ]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("form", ["table", "csv", "json", "md"])
def test_without_geometry_the_sites_are_the_same_list(tmp_path, lang, form):
    mine = open_catalog(sites=write(lots(a=square(0, 0, 100)), tmp_path / "mine.geojson"))
    for here in (open_catalog(), mine):
        bare = sites(here, lang=lang, geometry=False)
        assert render("sites", bare, form, lang=lang) == render(
            "sites", sites(here, lang=lang), form, lang=lang
        )
        assert bare.index.equals(sites(here).index)


@pytest.mark.parametrize(
    ("lang", "name"),
    [
        ("en", "Sandy Ridge Data Facility Cluster"),
        ("tc", "沙嶺數據園區"),
        ("sc", "沙岭数据园区"),
    ],
)
def test_sites_are_named_in_the_language_asked_for(lang, name):
    assert sites(lang=lang)["name"].iloc[-1] == name


@pytest.mark.parametrize(("written", "meant"), [("a-1", "A_1"), ("B2", "B2"), ("b2", "b2")])
def test_an_own_site_is_found_in_another_case_and_with_a_hyphen(tmp_path, written, meant):
    places = {name: square(200 * n, 0, 100) for n, name in enumerate(("A_1", "B2", "b2", "C", "c"))}
    file = write(lots(**places), tmp_path / "lots.geojson")

    assert nm.area(file, site=written, key="id")["site_id"].tolist() == [meant]


def test_an_id_that_may_be_two_own_sites_is_refused(tmp_path):
    file = write(
        lots(**{"c-1": square(0, 0, 100), "C_1": square(200, 0, 100)}), tmp_path / "lots.geojson"
    )

    with pytest.raises(UsageError, match="site 'c 1': unknown"):
        nm.area(file, site="c 1", key="id")


@pytest.mark.parametrize("written", ["SANDY-RIDGE", "Sandy_Ridge:Tender-Lot", "sandy ridge"])
def test_a_shipped_site_is_found_in_another_case_and_with_hyphens(written):
    asked = [nm.area(written), nm.area(site=written), nm.find(site=written, stage="pilot")]

    assert all(rows["site_id"].unique().tolist() == ["sandy_ridge"] for rows in asked)


def test_a_site_that_stands_in_a_column_is_told_to_name_it_as_the_key(tmp_path):
    two = lots(a=square(0, 0, 100), b=square(200, 0, 100)).assign(lot=["A1", "B2"], use="park")
    file = write(two.reset_index(drop=True), tmp_path / "lots.gpkg")

    with pytest.raises(UnknownSiteError, match="no id, but a value of the column 'lot'; name it a"):
        nm.area(file, site="A1")
    with pytest.raises(UnknownSiteError, match="site 'park': unknown"):
        nm.area(file, site="park")
    assert list(nm.area(file, site="A1", key="lot")["site_id"]) == ["A1"]
