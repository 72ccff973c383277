"""Claims: the published figures, each with its source."""

import pytest

from nmgeo.commands.claims import claims
from nmgeo.errors import Notice, UsageError


def test_claims_that_disagree_are_all_there_each_with_its_source():
    rows = claims("ntn_new_town")
    said = rows[rows["attribute"] == "area"]

    assert set(said["value"]) == {"1500", "1420"}
    assert said["source_url"].str.startswith(("http://", "https://")).all()


def test_claims_of_all_subjects_hold_those_of_each():
    rows = claims()

    assert len(rows[rows["subject"] == "sandy_ridge"]) == len(claims("sandy_ridge"))


@pytest.mark.parametrize(
    ("text", "subject", "attribute"),
    [
        ("jobs", "san_tin_technopole", "jobs"),
        ("\u8077\u4f4d", "san_tin_technopole", "jobs"),
        ("300,000 jobs", "san_tin_technopole", "jobs"),
        ("18.1 bn", "hetao_hk_park", "equity_2021"),
        ("181.35\u5104", "hetao_hk_park", "equity_2021"),
        ("Runjiang", "sandy_ridge", "awarded_to"),
        ("project_cost_min", "nias", "project_cost_min"),
    ],
)
def test_figures_are_searched_by_attribute_figure_and_any_word(text, subject, attribute):
    rows = claims(text)

    assert (subject, attribute) in set(zip(rows["subject"], rows["attribute"], strict=True))
    assert len(rows) < len(claims()) / 4


def test_a_number_is_found_as_a_whole():
    assert "268300000" not in set(claims("300,000")["value"])


@pytest.mark.parametrize("written", ["87 ha", "87ha", "87 hectares", "87公頃", "87", "hetao 87 ha"])
def test_a_number_is_that_of_a_figure_and_not_of_a_note_beside_another(written):
    rows = claims(written)

    assert set(rows["value"]) == {"87"}
    assert set(rows["unit"]) == {"ha"}


@pytest.mark.parametrize("written", ["0.87 km2", "area 2024"])
def test_a_number_that_no_figure_has_is_found_in_a_note(written):
    assert len(claims(written)) > 1


@pytest.mark.parametrize("written", ["30萬職位", "三十萬個職位", "30万职位", "300,000 jobs"])
def test_a_figure_is_found_as_chinese_writes_it(written):
    assert "jobs" in set(claims(written)["attribute"])


def test_a_subject_is_known_by_every_name():
    assert claims("Sha Ling").equals(claims("sandy_ridge"))


def test_figures_are_kept_between_two_days():
    rows = claims("san_tin_technopole", since="2025-01-01", until="2025-12-31")

    assert rows["as_of"].str[:4].eq("2025").all()
    assert len(rows)


def test_a_figure_is_written_with_its_unit_and_hedge():
    rows = claims("san_tin_technopole")
    jobs = rows[(rows["attribute"] == "jobs") & (rows["as_of"] == "2025-11-20")]

    assert jobs["figure"].tolist() == ["more than 300,000 jobs (estimate by consultant)"]


def test_what_is_almost_an_attribute_is_suggested():
    with pytest.raises(UsageError, match=r"use .*project_cost_min"):
        claims("project_cost_mim")


def test_a_subject_of_which_nothing_was_said_is_refused():
    with pytest.raises(UsageError, match="subject 'nowhere'"):
        claims("nowhere")


def test_an_instrument_without_figures_answers_with_those_of_its_places():
    with pytest.warns(Notice, match="no figure is of sandy_ridge_tender itself"):
        rows = claims("sandy_ridge_tender")

    assert set(rows["subject"]) == {"sandy_ridge"}
    assert {"bids", "power"} <= set(rows["attribute"])
    with pytest.warns(Notice, match="hetao_hk_park, hetao_sz_park"):
        assert list(claims("hetao_arrangement")["subject"].unique()) == [
            "hetao_hk_park",
            "hetao_sz_park",
        ]
    with pytest.raises(UsageError, match="nmgeo policy gba_standard_contract"):
        claims("gba_standard_contract")


def test_a_question_is_searched_by_its_words():
    asked, plain = claims("How many jobs?"), claims("jobs")

    assert asked.equals(plain)


def test_figures_that_hold_most_of_the_words_are_shown_with_a_notice():
    with pytest.warns(Notice, match="no figure holds all of power, supply"):
        rows = claims("power supply")

    assert "sandy_ridge" in set(rows["subject"])


@pytest.mark.parametrize(
    "asked", ["Sha Ling area", "area of sandy_ridge?", "沙嶺面積", "沙嶺 面積"]
)
def test_words_beside_a_name_are_searched_among_the_figures_of_that_subject(asked):
    rows = claims(asked)

    assert set(rows["subject"]) == {"sandy_ridge"}
    assert {"formed_land_2021", "formed_land_2024"} <= set(rows["basis"])


def test_a_name_with_words_that_no_figure_holds_is_that_subject_with_a_notice():
    with pytest.warns(Notice, match="no figure holds all of sha ling, dinosaur"):
        assert claims("Sha Ling dinosaur").equals(claims("sandy_ridge"))


@pytest.mark.parametrize("asked", ["no such thing", "nothing whatever of it"])
def test_words_of_which_fewer_than_half_are_held_find_nothing(asked):
    with pytest.raises(UsageError, match="no published figures"):
        claims(asked)


def test_a_word_is_found_by_its_start_and_not_within_another():
    assert set(claims("logist")["attribute"]) >= {"logistics_eoi_sites"}
    with pytest.raises(UsageError, match="no published figures"):
        claims("ogistics")


@pytest.mark.parametrize("classes", ["official", ["press", "ngo"], ["own"]])
def test_figures_are_kept_by_the_class_of_their_source(classes):
    rows, every = claims(source_class=classes), claims()
    wanted = [classes] if isinstance(classes, str) else classes

    assert rows.index.tolist() == every.index[every["source_class"].isin(wanted)].tolist()


def test_what_is_no_class_of_sources_is_refused(run):
    with pytest.raises(UsageError, match="no such class"):
        claims(source_class="")
    with pytest.raises(
        UsageError, match=r"source_class='gov': no such class .* use one of official"
    ):
        claims(source_class="gov")

    none = run("claims", "sandy_ridge", "--source-class", "own", "-f", "table")
    assert "leave out --since or --source-class" in none.stderr
    done = run("claims", "sandy_ridge", "--source-class", "gov")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("nmgeo: --source-class gov: no such class of sources; use one of")


@pytest.mark.parametrize("asked", ["Sha Ling hectares", "hectares of sandy_ridge"])
def test_a_unit_is_found_by_its_name(asked):
    whole, found = claims("sandy_ridge"), claims(asked)

    assert set(whole.index[whole["unit"] == "ha"]) <= set(found.index)
    assert len(found) < len(whole)


def test_the_command_line_takes_several_words_without_quotes(run):
    apart = run("claims", "Sha", "Ling", "hectares", "--format", "csv")

    assert apart.stdout == run("claims", "Sha Ling hectares", "--format", "csv").stdout
    assert apart.stdout.count("\nsandy_ridge,") > 1
