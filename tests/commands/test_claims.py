"""Claims: the published figures, each with its source."""

import pytest

from nmgeo.commands.claims import claims
from nmgeo.errors import UsageError


def test_claims_that_disagree_are_all_there_each_with_its_source():
    rows = claims("ntn_new_town")
    said = rows[rows["attribute"] == "area"]

    assert set(said["value"]) == {"1500", "1420"}
    assert said["source_url"].str.startswith(("http://", "https://")).all()


def test_claims_of_all_subjects_hold_those_of_each():
    rows = claims()

    assert len(rows[rows["subject"] == "sandy_ridge"]) == len(claims("sandy_ridge"))


def test_a_subject_of_which_nothing_was_said_is_refused():
    with pytest.raises(UsageError, match="subject 'nowhere'"):
        claims("nowhere")
