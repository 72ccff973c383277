"""Near: from the edge of every outline to the nearest feature, and when it opens."""

import json

import pytest
from world import point, points, sites, square

from nmgeo.errors import UsageError
from nmgeo.measures import near
from nmgeo.tables import render


def test_every_site_of_a_file_is_measured_nearest_first(ask):
    lots = sites(far=square(1000, 0, 100), close=square(0, 0, 100), at=point(40, 0))
    wells = points(w1=(140, 50)).assign(name_en="First well")
    rows = near("wells", ask(lots, wells=wells))

    assert rows["site_id"].tolist() == ["close", "at", "far"]
    assert rows["nearest_m"].tolist() == pytest.approx([40.0, 111.803, 860.0], abs=1e-3)
    assert set(rows["nearest_name"]) == {"First well"}
    assert set(rows["layer"]) == {"wells"}


def test_within_keeps_only_what_is_that_close():
    everything, close = near("stations"), near("stations", within="2km")

    assert (close["nearest_m"] <= 2000).all()
    assert len(close) == (everything["nearest_m"] <= 2000).sum()


@pytest.mark.parametrize("layer_name", ["stations", "crossings"])
def test_what_is_not_open_yet_is_left_out_on_demand(layer_name):
    rows, opened = near(layer_name), near(layer_name, open_only=True)

    assert set(opened["nearest_status"]) == {"open"}
    every, some = (r.set_index(["site_id", "basis"])["nearest_m"] for r in (rows, opened))
    assert (some >= every.reindex(some.index)).all()


def test_where_nothing_is_open_the_nearest_is_missing(ask):
    wells = points(w=(0, 0)).assign(status="planned")
    rows = near("wells", ask(sites(a=square(0, 0, 9)), wells=wells), open_only=True)

    assert rows["site_id"].tolist() == ["a"]
    assert rows[["nearest_id", "nearest_name", "nearest_m"]].isna().all(axis=None)


def test_the_accuracy_of_a_distance_adds_both_ends():
    rows = near("stations")

    both = rows["site_accuracy_m"] + rows["nearest_accuracy_m"]
    assert rows["accuracy_m"].tolist() == both.tolist()


def test_the_accuracy_is_missing_where_one_end_does_not_say(ask):
    rows = near("stations", ask(sites(a=square(0, 0, 9))))

    assert rows["accuracy_m"].isna().all()


def test_only_what_is_open_cannot_be_asked_of_a_layer_without_any_status(ask):
    here = ask(sites(a=square(0, 0, 9)), wells=points(w=(0, 0)))

    with pytest.raises(UsageError, match="--open: layer 'wells' has no status; leave it out"):
        near("wells", here, open_only=True)


def test_an_outline_is_never_the_nearest_site_to_itself():
    rows = near("sites")

    assert len(rows) == 4
    assert not (rows["site_id"] + ":" + rows["basis"] == rows["nearest_id"]).any()


def test_the_nearest_site_is_another_or_missing_where_only_open_ones_count():
    rows = near("sites", open_only=True)

    assert len(rows) == 4
    assert not (rows["site_id"] + ":" + rows["basis"] == rows["nearest_id"]).any()


def test_a_users_site_may_lie_on_the_shipped_site_nearest_to_it(ask):
    assert near("sites", ask(sites(a=square(0, 0, 9))))["nearest_id"].notna().all()


def test_the_year_of_opening_is_a_whole_number_or_null_in_json():
    rows = near("stations")
    years = [row["nearest_opens"] for row in json.loads(render("near", rows, "json"))["rows"]]

    assert str(rows["nearest_opens"].dtype) == "Int64"
    assert {type(year) for year in years} <= {int, type(None)}


def test_a_year_that_is_not_known_is_null_and_a_known_one_is_an_int(ask):
    wells = points(a=(0, 0), b=(5000, 0)).assign(opens=[None, 2030])
    here = ask(sites(s=square(0, 0, 9), t=square(5000, 0, 9)), wells=wells)
    document = json.loads(render("near", near("wells", here), "json"))

    assert {r["site_id"]: r["nearest_opens"] for r in document["rows"]} == {"s": None, "t": 2030}
