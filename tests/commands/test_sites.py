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


def test_an_id_in_another_case_is_suggested(tmp_path):
    file = write(lots(A1=square(0, 0, 100), B2=square(200, 0, 100)), tmp_path / "lots.gpkg")

    with pytest.raises(UsageError, match=r"unknown \(did you mean A1\?\)"):
        nm.area(file, site="a1", key="id")


def test_a_site_that_stands_in_a_column_is_told_to_name_it_as_the_key(tmp_path):
    two = lots(a=square(0, 0, 100), b=square(200, 0, 100)).assign(lot=["A1", "B2"], use="park")
    file = write(two.reset_index(drop=True), tmp_path / "lots.gpkg")

    with pytest.raises(UnknownSiteError, match="no id, but a value of the column 'lot'; name it a"):
        nm.area(file, site="A1")
    with pytest.raises(UnknownSiteError, match="site 'park': unknown"):
        nm.area(file, site="park")
    assert list(nm.area(file, site="A1", key="lot")["site_id"]) == ["A1"]
