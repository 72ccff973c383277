"""Sites and their phases: each names figures, outlines and instruments that exist."""

import pytest

from nmgeo.catalog import open_catalog
from nmgeo.errors import NmgeoError
from nmgeo.records.phases import newest_figure, pick_figure, read_phases
from nmgeo.records.policies import read_claims


def test_every_site_is_a_row_of_its_own():
    phases = read_phases(open_catalog())

    assert set(phases["site_id"]) <= set(phases.index)
    assert (phases["source_title"] != "").all()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("basis", "nowhere"),
        ("policy_id", "a_wish"),
        ("area_attribute", "area_of_dreams"),
        ("land_attribute", "one_day"),
        ("source", "Z99"),
        ("as_of", "03/04/2026"),
    ],
)
def test_a_row_that_names_what_does_not_exist_is_named_with_its_line(broken_geodata, column, value):
    broken_geodata.set_cell("phases.csv", 0, column, value)

    with pytest.raises(NmgeoError, match=rf"phases.csv, line 2.*{value}"):
        read_phases(broken_geodata.open())


def test_an_official_figure_is_picked_before_a_newer_one_of_the_press():
    claims = read_claims(open_catalog())
    picked = pick_figure(claims, "hetao_hk_park", "gfa_total")

    assert picked["source_class"] == min(
        claims["source_class"][claims["attribute"] == "gfa_total"],
        key=("official", "reprinted_official", "press", "ngo", "other").index,
    )


def test_terms_are_the_newest_ones():
    claims = read_claims(open_catalog())

    assert newest_figure(claims, "nias", "project_cost_min")["value"] == "150000000"
    assert newest_figure(claims, "nias", "no_such_term") is None
