"""The ledger: every row is read strictly, dated, sourced, and about what exists."""

from datetime import date

import pytest

from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, UnmatchedPolicyError, UsageError
from nmgeo.policies import (
    best_areas,
    known_places,
    read_claims,
    read_day,
    read_places,
    read_policies,
    read_sources,
)

READERS = {
    "sources.csv": read_sources,
    "places.csv": read_places,
    "claims.csv": read_claims,
    "policies.csv": read_policies,
}
TODAY = date(2026, 2, 4)


def said(*rows):
    """Build claims of an area of one site: (hectares, date, class of the source)."""
    frame = read_claims(open_catalog()).iloc[[0] * len(rows)].copy()
    frame[["subject", "attribute", "basis", "unit"]] = ["lot", "area", "whole", "ha"]
    frame[["value", "as_of", "source_class"]] = [[str(row[0]), *row[1:]] for row in rows]
    return frame


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
        ("policies.csv", "status", "perhaps"),
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

    with pytest.raises(LayerError, match=rf"{file}, line 2: {column} .*{value}.* cannot stand"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize(
    ("unit", "value"),
    [("ha", "about 87"), ("HKD", "1,000"), ("count", "nan"), ("m", "1e3"), ("date", "2026/02/04")],
)
def test_a_value_that_its_unit_cannot_read_is_refused(broken_geodata, unit, value):
    broken_geodata.set_cell("claims.csv", 0, "unit", unit)
    broken_geodata.set_cell("claims.csv", 0, "value", value)

    with pytest.raises(LayerError, match=rf"line 2: value '{value}' cannot stand"):
        read_claims(broken_geodata.open())


@pytest.mark.parametrize("unit", ["m", "percent", "HKD"])
def test_a_published_area_in_a_unit_that_is_none_of_area_is_refused(broken_geodata, unit):
    rows = broken_geodata.rows("claims.csv")
    row = next(n for n, cells in enumerate(rows) if cells[1:3] == ["area", "park"])
    broken_geodata.set_cell("claims.csv", row - 1, "unit", unit)
    broken_geodata.set_cell("claims.csv", row - 1, "value", "2000")

    with pytest.raises(LayerError, match=rf"claims.csv, line {row + 1}: unit"):
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


@pytest.mark.parametrize("file", READERS)
def test_a_row_that_stands_twice_is_refused(broken_geodata, file):
    header, first, *rest = broken_geodata.rows(file)
    broken_geodata.set_rows(file, [header, first, first, *rest])

    with pytest.raises(LayerError, match=r"line 3: .+ it has to be there once"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
def test_a_row_out_of_order_is_refused(broken_geodata, file):
    header, first, second, *rest = broken_geodata.rows(file)
    broken_geodata.set_rows(file, [header, second, first, *rest])

    with pytest.raises(LayerError, match=r"line 3: .+ it has to be after the row above"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize(
    "change", [lambda cells: cells[:-1], lambda cells: cells[::-1]], ids=["fewer", "turned"]
)
def test_columns_that_are_not_the_registered_ones_are_refused(broken_geodata, file, change):
    broken_geodata.set_rows(file, [change(cells) for cells in broken_geodata.rows(file)])

    with pytest.raises(LayerError, match="columns differ from the registry"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize(
    "change", [lambda cells: cells[:-1], lambda cells: [*cells, "more"]], ids=["few", "many"]
)
def test_a_row_with_a_cell_too_few_or_too_many_is_refused(broken_geodata, file, change):
    header, first, *rest = broken_geodata.rows(file)
    broken_geodata.set_rows(file, [header, change(first), *rest])

    with pytest.raises(LayerError, match=rf"{file}, line 2"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'"never closed'])
def test_a_table_that_is_no_csv_in_utf8_is_refused(broken_geodata, file, content):
    broken_geodata.replace(file, content)

    with pytest.raises(LayerError, match=file):
        READERS[file](broken_geodata.open())


def test_claims_may_be_none_at_all(broken_geodata):
    broken_geodata.set_rows("claims.csv", broken_geodata.rows("claims.csv")[:1])

    assert read_claims(broken_geodata.open()).empty


@pytest.mark.parametrize(
    ("site", "basis", "hectares", "source_class", "as_of"),
    [
        ("hetao_hk_park", "park", 87, "press", "2024-11-20"),
        ("san_tin_technopole", "development_area_excl_loop", 539, "official", "2024-02-02"),
        ("san_tin_technopole", "ozp_scheme_area", 1004, "official", "2024-09-20"),
        ("sandy_ridge", "tender_lot", 11.6365, "reprinted_official", "2025-10-10"),
    ],
)
def test_the_published_area_of_an_outline_is_known(site, basis, hectares, source_class, as_of):
    best = best_areas(read_claims(open_catalog())).loc[(site, basis)]

    assert best["said_area_ha"] == pytest.approx(hectares, abs=1e-9)
    assert (best["said_source_class"], best["said_as_of"]) == (source_class, as_of)
    assert best["said_source_url"].startswith("http")


@pytest.mark.parametrize(
    ("rows", "hectares", "others"),
    [
        ([(1, "2020", "official"), (2, "2026", "press")], 1, "2"),
        ([(1, "2020", "official"), (2, "2026", "official")], 2, "1"),
        ([(1, "2026", "reprinted_official"), (2, "2020", "official")], 2, "1"),
        ([(1, "2026", "ngo"), (2, "2020", "press"), (3, "2026", "other")], 2, "1; 3"),
        ([(1, "2024", "press"), (2, "2024-12-27", "press"), (3, "2023", "press")], 2, "1; 3"),
        ([(1, "2020", "other")], 1, ""),
    ],
)
def test_the_most_official_area_is_believed_and_then_the_newest(rows, hectares, others):
    best = best_areas(said(*rows)).loc[("lot", "whole")]

    assert (best["said_area_ha"], best["also_said_ha"]) == (hectares, others)


@pytest.mark.parametrize(
    ("since", "until", "runs"),
    [
        ("2026-02-04", "", True),
        ("2026-02-05", "", False),
        ("2026-02", "", True),
        ("2026-03", "", False),
        ("2026", "", True),
        ("2027", "", False),
        ("", "", True),
        ("2024", "2026-02-04", True),
        ("2024", "2026-02-03", False),
        ("2024", "2026-02", True),
        ("2024", "2026-01", False),
        ("2024", "2026", True),
        ("2024", "2025", False),
    ],
)
def test_an_instrument_is_known_from_its_first_day_to_its_last(broken_geodata, since, until, runs):
    broken_geodata.set_cell("policies.csv", 0, "valid_from", since)
    broken_geodata.set_cell("policies.csv", 0, "valid_to", until)
    first = read_policies(broken_geodata.open()).index[0]

    assert (first in read_policies(broken_geodata.open(), known_on=TODAY).index) is runs


def test_without_a_day_every_instrument_is_listed():
    assert len(read_policies(open_catalog())) > len(read_policies(open_catalog(), known_on=TODAY))


@pytest.mark.parametrize("text", ["", "2026", "2026-02-30", "4 February 2026", "2026-02-04T00"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="write it as 2026-02-04"):
        read_day(text)


def test_the_places_of_the_ledger_are_sites_features_and_other_places():
    places = {"sandy_ridge", "bcp_hyw", "hong_kong", "northern_metropolis"}

    assert places <= known_places(open_catalog())


def test_a_users_layer_adds_no_place_to_the_ledger():
    catalog = open_catalog(layers={"stations": "no-such-file.gpkg"})

    assert known_places(catalog) == known_places(open_catalog())
