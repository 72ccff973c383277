"""Statements in time: lines of figures and statuses, and changes between two days."""

import pytest

import nmgeo as nm
from nmgeo.errors import Notice, UnknownSiteError, UsageError


def test_the_line_of_an_instrument_is_its_statuses_oldest_first():
    rows = nm.history("sandy_ridge_eoi", "status")

    assert rows["value"].tolist() == ["open", "closed", "open", "closed"]
    assert rows["as_of"].is_monotonic_increasing
    assert rows["source_url"].str.startswith("http").all()


def test_the_line_of_a_site_holds_the_statuses_of_its_instruments():
    rows = nm.history("Sha Ling")

    assert {"sandy_ridge", "sandy_ridge_tender", "sandy_ridge_award"} <= set(rows["subject"])


def test_by_a_day_nothing_later_is_listed():
    assert nm.history("sandy_ridge", on="2024-11-20")["as_of"].max() <= "2024-11-20"


def test_an_attribute_of_which_nothing_was_stated_is_refused():
    with pytest.raises(UsageError, match="nothing was stated of it"):
        nm.history("sandy_ridge", "joobs")


def test_an_unknown_subject_is_refused_with_what_is_alike():
    with pytest.raises(UnknownSiteError, match="did you mean sandy_ridge"):
        nm.history("sandy_rige")


def test_changes_say_what_was_before_with_both_sources():
    rows = nm.changes("2024-11-20", "2026-02-04", "sandy_ridge")
    on_day = (rows["subject"] == "sandy_ridge_eoi") & (rows["as_of"] == "2025-04-11")
    row = rows[on_day].squeeze()

    assert row[["change", "before", "figure"]].tolist() == ["changed", "open", "closed"]
    assert row["before_source"] == row["source"] == "SR3"


def test_a_changed_figure_stands_beside_the_earlier_one():
    rows = nm.changes("2025-11-17", "2025-11-18", "nias").set_index("attribute")

    assert rows.loc["project_cost_min", ["before", "figure"]].tolist() == ["HK$300m", "HK$150m"]


def test_what_is_only_said_again_is_no_change():
    rows = nm.changes("2023-09-01", "2024-11-20", "hetao_hk_park")

    assert rows[(rows["attribute"] == "area") & (rows["basis"] == "park")].empty


def test_two_parts_of_a_period_have_the_changes_of_the_whole():
    whole = nm.changes("2024-01-01", "2026-11-26")
    parts = [nm.changes("2024-01-01", "2025-06-30"), nm.changes("2025-06-30", "2026-11-26")]

    assert len(whole) == sum(map(len, parts))


@pytest.mark.parametrize("days", [("2026-02-04", "2024-11-20"), ("2026-02-04", "2026-02-04")])
def test_days_out_of_order_are_refused(days):
    with pytest.raises(UsageError, match="write the earlier day first"):
        nm.changes(*days)


def test_a_card_shows_a_threshold_beside_what_it_was_before():
    card = nm.policy_card("nias")
    cost = card[card["item"] == "least cost of a project"]

    assert cost["figure"].tolist() == ["HK$300m", "HK$150m"]
    assert card["policy_name"].nunique() == 1
    assert {"kind", "offers", "ratio", "who", "status", "holds for", "source"} <= set(card["item"])


def test_a_card_on_a_day_shows_nothing_later():
    card = nm.policy_card("nias", on="2025-06-01")

    assert card.loc[card["item"] == "status", "as_of"].tolist() == ["2024-09-16"]
    assert "HK$150m" not in set(card["figure"])


def test_the_page_of_the_terms_stands_beside_them_and_a_source_is_told_by_its_title_and_date():
    card = nm.policy_card("sandy_ridge_tender").set_index("item")

    assert card.loc["offers", "source_title"].startswith("Government launches tender")
    sources = card.loc["source", ["figure", "as_of", "source_title"]].to_numpy().tolist()
    assert sources[0][:2] == ["official, reprinted", "2025-10-10"]
    assert sources[1] == ["press", "2026-03-02", "Guandian: Sandy Ridge tender result 2 March 2026"]
    assert len(sources) == 4


@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_a_card_has_words_in_every_language(lang):
    card = nm.policy_card("sandy_ridge_eoi", lang=lang)

    assert (card[["item", "figure"]] != "").all(axis=None)


@pytest.mark.filterwarnings("ignore:.*left out, as:nmgeo.errors.Notice")
def test_a_card_of_what_was_not_known_by_a_day_is_refused():
    with pytest.raises((UsageError, UnknownSiteError)):
        nm.policy_card("sandy_ridge_award", on="2024-01-01")


def test_the_commands_print_the_line_and_the_changes(run):
    line = run("history", "sandy_ridge_eoi", "status", "--format", "csv")
    changed = run("changes", "--from", "2024-11-20", "--to", "2026-02-04", "--format", "csv")
    card = run("policy", "nias", "--format", "csv")

    assert [done.exit_code for done in (line, changed, card)] == [0, 0, 0]
    assert line.stdout.count("sandy_ridge_eoi") == 4
    assert card.stdout.startswith("policy_name,item,figure")


def test_what_was_expected_is_said_so_and_that_it_came_to_pass_is_a_change():
    rows = nm.changes("2025-12-01", "2026-03-02", "sandy_ridge_tender")

    assert rows[["as_of", "before", "figure"]].to_numpy().tolist() == [
        ["2025-12-31", "tender open", "closed (expected)"],
        ["2026-03-02", "closed (expected)", "closed"],
    ]


@pytest.mark.parametrize("written", ["hetao_hk_park:park", "HETAO-HK-PARK:Park"])
@pytest.mark.parametrize(
    "ask",
    [
        nm.history,
        nm.timeline,
        nm.claims,
        nm.sheet,
        lambda one: nm.compare(one, "sandy_ridge"),
        lambda one: nm.changes("2024-11-20", "2026-02-04", one),
    ],
)
def test_an_outline_stands_for_its_site_with_a_word_on_it(ask, written):
    with pytest.warns(Notice, match="hetao_hk_park:park is an outline of hetao_hk_park; this is"):
        found = ask(written)

    assert str(found) == str(ask("hetao_hk_park"))
