"""Policies and claims: each is dated, sourced, and about what exists."""

from datetime import date

import pytest

from nmgeo.catalog import open_catalog, read_date
from nmgeo.errors import LayerError, Notice, UnmatchedPolicyError, UsageError
from nmgeo.records.policies import (
    known_subjects,
    read_claims,
    read_places,
    read_policies,
    region_place_ids,
)
from nmgeo.records.statuses import read_statuses
from nmgeo.records.tables import read_sources, read_translations

READERS = {
    "sources.csv": read_sources,
    "places.csv": read_places,
    "claims.csv": read_claims,
    "policies.csv": read_policies,
    "statuses.csv": read_statuses,
}
TODAY = date(2026, 2, 4)
FIRST = read_policies(open_catalog()).index[0]


@pytest.mark.parametrize(
    ("file", "column", "value"),
    [
        ("claims.csv", "unit", "furlong"),
        ("claims.csv", "unit", ""),
        ("claims.csv", "value", ""),
        ("claims.csv", "as_of", ""),
        ("claims.csv", "as_of", "last year"),
        ("claims.csv", "as_of", "2026-13"),
        ("claims.csv", "as_of", "2026-02-30"),
        ("policies.csv", "kind", "wish"),
        ("statuses.csv", "status", "perhaps"),
        ("statuses.csv", "status", "not_known"),
        ("statuses.csv", "as_of", "03/04/2026"),
        ("policies.csv", "stage", "dreams"),
        ("policies.csv", "valid_from", "soon"),
        ("policies.csv", "valid_to", "2026-2"),
        ("policies.csv", "as_of", ""),
        ("policies.csv", "amount", "ten billion"),
        ("sources.csv", "class", "rumour"),
        ("sources.csv", "url", "ftp://example.org"),
        ("sources.csv", "url", ""),
    ],
)
def test_a_cell_that_cannot_stand_is_named_with_its_line(broken_geodata, file, column, value):
    broken_geodata.set_cell(file, 0, column, value)

    with pytest.raises(
        LayerError, match=rf"{file}, line 2: invalid value .*{value}.* in column {column}"
    ):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize(
    ("unit", "value"),
    [("ha", "about 87"), ("HKD", "1,000"), ("count", "nan"), ("m", "1e3"), ("date", "2026/02/04")],
)
def test_a_value_that_its_unit_cannot_read_is_refused(broken_geodata, unit, value):
    broken_geodata.set_cell("claims.csv", 0, "unit", unit)
    broken_geodata.set_cell("claims.csv", 0, "value", value)

    with pytest.raises(LayerError, match=rf"line 2: invalid value '{value}' in column value"):
        read_claims(broken_geodata.open())


@pytest.mark.parametrize("unit", ["m", "percent", "HKD"])
def test_a_published_area_in_a_unit_that_is_none_of_area_is_refused(broken_geodata, unit):
    rows = broken_geodata.rows("claims.csv")
    row = next(n for n, cells in enumerate(rows) if cells[1:3] == ["area", "park"])
    broken_geodata.set_cell("claims.csv", row - 1, "unit", unit)
    broken_geodata.set_cell("claims.csv", row - 1, "value", "2000")

    with pytest.raises(LayerError, match=rf"claims.csv, line {row + 1}: .* in column unit"):
        read_claims(broken_geodata.open())


@pytest.mark.parametrize(
    ("file", "column", "value"),
    [
        ("claims.csv", "subject", "atlantis"),
        ("claims.csv", "source", "Z99"),
        ("claims.csv", "source", ""),
        ("claims.csv", "source", "SR1;Z99"),
        ("policies.csv", "holds_for", "atlantis"),
        ("policies.csv", "holds_for", "hong_kong;atlantis"),
        ("policies.csv", "holds_for", ""),
        ("policies.csv", "source", "Z99"),
        ("statuses.csv", "source", "Z99"),
        ("statuses.csv", "policy_id", "a_wish"),
        ("places.csv", "source", "Z99"),
        ("places.csv", "part_of", "atlantis"),
    ],
)
def test_a_name_that_nothing_bears_is_refused_with_its_line(broken_geodata, file, column, value):
    broken_geodata.set_cell(file, 0, column, value)
    odd = value.split(";")[-1]

    with pytest.raises(
        UnmatchedPolicyError, match=rf"{file}, line 2: {column} '{odd}' does not exist"
    ):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", ["claims.csv", "statuses.csv", "policies.csv"])
def test_a_source_that_nothing_bears_is_refused_as_of_a_day_too(broken_geodata, file):
    broken_geodata.set_cell(file, 0, "source", "Z99")

    with pytest.raises(UnmatchedPolicyError, match=rf"{file}, line 2: source 'Z99' does not"):
        READERS[file](broken_geodata.open().known_by("2026-11-01"))


def test_claims_may_be_none_at_all(broken_geodata):
    broken_geodata.set_rows("claims.csv", broken_geodata.rows("claims.csv")[:1])

    assert read_claims(broken_geodata.open()).empty


@pytest.mark.parametrize(
    ("since", "begun"),
    [
        *(("2026-02-04", True), ("2026-02-05", False), ("2026-02", True), ("2026-03", False)),
        *(("2026", True), ("2027", False), ("2024", True), ("", False)),
    ],
)
@pytest.mark.filterwarnings("ignore:.*left out, as:nmgeo.errors.Notice")
def test_an_instrument_is_known_on_a_day_once_it_has_begun(broken_geodata, since, begun):
    broken_geodata.set_cell("policies.csv", 0, "valid_from", since)
    known = read_policies(broken_geodata.open(), known_on=TODAY)

    assert (FIRST in known.index) is begun


@pytest.mark.parametrize(
    ("until", "ended"),
    [
        *(("2026-02-04", False), ("2026-02-03", True), ("2026-02", False), ("2026-01", True)),
        *(("2026", False), ("2025", True), ("", False)),
    ],
)
def test_an_instrument_is_known_after_its_last_day_and_has_ended(broken_geodata, until, ended):
    broken_geodata.set_cell("policies.csv", 0, "valid_from", "2024")
    broken_geodata.set_cell("policies.csv", 0, "valid_to", until)
    known = read_policies(broken_geodata.open(), known_on=TODAY)

    assert known["ended"].dtype == bool
    assert known.loc[FIRST, "ended"] == ended


@pytest.mark.parametrize(
    ("until", "status", "ended"),
    [
        ("", "announced", False),
        ("", "closed", True),
        ("", "completed", True),
        ("2000", "announced", True),
        ("NEWEST", "announced", False),
        ("2999", "announced", False),
    ],
)
def test_without_a_day_what_is_over_by_date_or_status_has_ended(
    broken_geodata, until, status, ended
):
    header, *rows = broken_geodata.rows("policies.csv")
    newest = max(row[header.index("as_of")] for row in rows)
    broken_geodata.set_cell("policies.csv", 0, "valid_from", "")
    broken_geodata.set_cell("policies.csv", 0, "valid_to", until.replace("NEWEST", newest))
    broken_geodata.set_cell("statuses.csv", 1, "status", status)

    assert read_policies(broken_geodata.open()).loc[FIRST, "ended"] == ended


def test_on_a_day_the_status_of_today_does_not_say_that_something_had_ended(broken_geodata):
    broken_geodata.set_cell("policies.csv", 0, "valid_from", "2024")
    broken_geodata.set_cell("statuses.csv", 1, "status", "closed")

    assert not read_policies(broken_geodata.open(), known_on=TODAY).loc[FIRST, "ended"]


def test_an_instrument_without_a_first_day_is_left_out_of_a_day_and_named(broken_geodata):
    broken_geodata.set_cell("policies.csv", 0, "valid_from", "")

    with pytest.warns(Notice, match=rf"1 policy is left out.*start date is not known: {FIRST}"):
        known = read_policies(broken_geodata.open(), known_on=TODAY)

    assert FIRST not in known.index


def test_without_a_day_every_instrument_is_listed():
    every = read_policies(open_catalog())

    assert len(every) > len(read_policies(open_catalog(), known_on=TODAY))
    assert (every["valid_from"] == "").any()
    assert (every["status"] != "not_known").all()


def test_an_instrument_without_a_status_is_refused(broken_geodata):
    header, *rows = broken_geodata.rows("statuses.csv")
    broken_geodata.set_rows("statuses.csv", [header, *(r for r in rows if r[0] != FIRST)])

    with pytest.raises(LayerError, match=rf"line 2: invalid value '{FIRST}' in column policy_id"):
        read_policies(broken_geodata.open())


def test_an_instrument_that_ends_before_it_begins_is_refused(broken_geodata):
    broken_geodata.set_cell("policies.csv", 0, "valid_to", "2020")

    with pytest.raises(LayerError, match=r"line 2: .* expected a start before the end"):
        read_policies(broken_geodata.open())


@pytest.mark.parametrize("text", ["", "2026", "2026-02-30", "4 February 2026", "2026-02-04T00"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="write it as 2026-02-04"):
        read_date(text)


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_every_instrument_has_a_confirmed_name_or_our_translation_and_never_both(lang):
    policies = read_policies(open_catalog())
    unconfirmed = policies.loc[policies[f"name_{lang}"] == "", "name_en"]

    assert (policies["name_en"] != "").all()
    assert set(unconfirmed) == set(policies["name_en"]) & set(read_translations(open_catalog()))


def test_the_places_of_the_ledger_are_sites_features_and_other_places():
    places = {"sandy_ridge", "bcp_hyw", "hong_kong", "northern_metropolis"}

    assert places <= known_subjects(open_catalog())


def test_a_users_layer_adds_no_place_to_the_ledger():
    catalog = open_catalog(layers={"stations": "no-such-file.gpkg"})

    assert known_subjects(catalog) == known_subjects(open_catalog())


def test_the_region_holds_its_development_areas_and_the_parts_of_its_parts():
    within = region_place_ids(open_catalog())

    assert {"northern_metropolis", "hsk_ht_nda", "hhw_wcp"} <= within
    assert not {"hetao_sz_park", "hetao_zone", "hong_kong"} & within


def test_what_an_instrument_says_is_translated():
    policies, ours = read_policies(open_catalog()), read_translations(open_catalog())
    said = {said for name in ("offers", "ratio", "threshold", "who") for said in policies[name]}

    assert said - {""} - set(ours) == set()
