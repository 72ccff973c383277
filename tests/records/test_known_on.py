"""A catalog of a day: every function that is given it uses what was known then."""

import json

import pytest

import nmgeo as nm
from nmgeo.errors import UsageError


@pytest.fixture(scope="module")
def before():
    return nm.open_catalog(on="2023-12-31")


def test_claims_and_published_areas_are_those_of_the_day(before):
    assert (nm.claims(catalog=before)["as_of"].str[:4] <= "2023").all()
    areas = nm.area(before, site="san_tin_technopole")

    assert areas["published_area_ha"].isna().all()
    assert nm.area(site="san_tin_technopole")["published_area_ha"].notna().all()


def test_history_and_timeline_end_with_the_day(before):
    assert (nm.history("hetao", catalog=before)["as_of"].str[:4] <= "2023").all()


def test_a_day_that_is_none_is_one_line():
    with pytest.raises(UsageError, match="not a date"):
        nm.open_catalog(on="03/04/2026")


@pytest.mark.parametrize("command", ["area", "audit", "claims", "constraints"])
def test_a_command_takes_a_day(run, command):
    assert run(command, "--on", "2025-01-01").exit_code in (0, 3)
    assert run(command, "--on", "yesterday").exit_code == 2


def test_a_site_is_named_without_an_option(run):
    assert "Hetao Hong Kong Park" in run("area", "hetao", "--format", "table").stdout
    assert run("area", "新田科技城", "--json").exit_code == 0
    assert run("area", "hetao", "--site", "sandy_ridge").exit_code == 2


@pytest.mark.parametrize("layer", ["Sites", "STATIONS", "鐵路車站", "Rail stations"])
def test_a_layer_is_found_in_any_case_and_by_its_title(run, layer):
    assert run("near", layer, "--site", "沙嶺").exit_code == 0


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_exported_sites_hold_their_sources(tmp_path):
    nm.export(tmp_path / "sites.geojson")
    features = json.loads((tmp_path / "sites.geojson").read_text(encoding="utf-8"))["features"]

    for feature in features:
        sources = feature["properties"]["_sources"]
        assert {"id", "publisher", "title", "class", "dated", "url"} == set(sources[0])
        assert len({source["id"] for source in sources}) == len(sources)
