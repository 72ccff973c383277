"""Inside: how much of a site lies inside each polygon of a layer."""

import json

import pytest
from world import files, layer, sites, square

from nmgeo.commands.inside import inside
from nmgeo.commands.inside_totals import inside_totals
from nmgeo.commands.sites import sites as listed
from nmgeo.errors import LayerError
from nmgeo.outputs.inside_totals import total_sentences


def test_the_accuracy_of_a_share_adds_both_outlines():
    rows = inside("sites").dropna(subset="feature_id")
    known = listed()["accuracy_m"]

    own = known[rows["site_id"] + ":" + rows["basis"]].to_numpy()
    assert rows["accuracy_m"].tolist() == (own + known[rows["feature_id"]].to_numpy()).tolist()


def test_the_accuracy_of_a_share_is_missing_where_there_is_no_other_outline():
    rows = inside("sites")
    alone = rows[rows["feature_id"].isna()]

    assert alone["accuracy_m"].isna().all()
    assert (alone[["inside_ha", "low_ha", "high_ha"]] == 0).all(axis=None)


def test_an_outline_is_compared_with_the_others_but_not_with_itself():
    rows = inside("sites")
    own = rows["site_id"] + ":" + rows["basis"]

    assert not (own == rows["feature_id"]).any()
    assert (rows["inside_share"].between(0, 1)).all()
    assert rows.set_index("site_id").loc["sandy_ridge", ["inside_ha", "inside_share"]].eq(0).all()


def test_shares_of_a_users_layer_are_of_the_site(ask):
    zones = layer({"z1": square(50, 0, 400)}, name_en=["Zone 1"])
    rows = inside("zones", ask(sites(a=square(0, 0, 100)), zones=zones))

    assert rows[["feature_id", "feature_name"]].to_numpy().tolist() == [["z1", "Zone 1"]]
    assert rows["inside_ha"].tolist() == pytest.approx([0.5], abs=1e-4)
    assert rows["inside_share"].tolist() == pytest.approx([0.5], abs=1e-4)


ONE_END = pytest.mark.parametrize(("site", "far"), [(None, 10.0), (10.0, None), (10.0, 10.0)])


@ONE_END
def test_a_share_is_in_a_range_by_the_end_that_is_known_and_may_be_wider(ask, run, site, far):
    lands = sites(a=square(0, 0, 100)).assign(accuracy_m=site)
    here = ask(lands, zones=layer({"z": square(50, -450, 1_000)}).assign(accuracy_m=far))
    row = inside("zones", here).iloc[0]

    both = site is not None and far is not None
    assert row["accuracy_m"] == (20 if both else 10)
    assert row[["site_accuracy_m", "feature_accuracy_m"]].notna().sum() == 1 + both
    assert 0 < row["low_ha"] < row["inside_ha"] < row["high_ha"]
    said = run("inside", "zones", *files(here, "zones")).stderr
    assert ("use the other one alone" in said) is not both
    assert ("Accuracy not known for 1 of the outlines." in said) is (site is None)


def test_where_no_accuracy_is_known_a_share_has_no_range(ask, run):
    lands = sites(a=square(0, 0, 100), b=square(900, 0, 100))
    here = ask(lands, zones=layer({"z": square(50, 0, 400)}))
    rows = inside("zones", here)

    assert rows["inside_ha"].tolist() == pytest.approx([0.5, 0], abs=1e-4)
    assert rows[["low_ha", "high_ha", "accuracy_m"]].isna().all(axis=None)
    said = run("inside", "zones", *files(here, "zones")).stderr
    assert "use the other one alone" not in said
    assert "Accuracy not known for 2 of the outlines. State it" in said


@pytest.mark.parametrize(("site", "far"), [(20.0, 0.0), (None, 20.0), (20.0, None)])
def test_what_may_lie_inside_has_a_row_and_what_may_not_is_0_if_all_is_known(ask, site, far):
    lands = sites(a=square(0, 0, 100), b=square(900, 0, 100)).assign(accuracy_m=site)
    rows = inside(
        "zones", ask(lands, zones=layer({"z": square(110, 0, 50)}).assign(accuracy_m=far))
    )

    assert rows["feature_id"].fillna("").tolist() == ["z", ""]
    assert rows[["inside_ha", "inside_share"]].eq(0).all(axis=None)
    assert rows["high_ha"].iloc[0] > 0
    certain = site is not None and far is not None
    assert rows[["low_ha", "high_ha"]].iloc[1].eq(0).all() == certain
    assert rows["high_ha"].isna().iloc[1] != certain


@pytest.mark.parametrize(
    ("lang", "label"), [("en", "outline zoning plan scheme area"), ("tc", "分區計劃大綱圖規劃範圍")]
)
def test_outlines_of_a_site_are_told_apart_by_their_basis(lang, label):
    assert inside("sites", lang=lang)["feature_name"].dropna().str.contains(f" · {label}").any()


def test_a_layer_of_points_has_no_inside():
    with pytest.raises(LayerError, match=r"layer 'stations'.*Point has no area"):
        inside("stations")


def test_land_is_added_up_by_the_basis_of_outlines_which_every_row_has(run):
    done = run("inside", "sites", "--site", "sandy_ridge", "--by", "basis", "--json")

    rows = json.loads(done.stdout)["rows"]
    assert [row["basis"] for row in rows] == sorted({row["basis"] for row in rows})


def test_what_has_no_area_is_named_in_chinese(run):
    assert "：點沒有面積" in run("inside", "wetlands", "--lang", "tc").stderr


def test_land_in_two_features_is_counted_once_in_the_total_of_a_site(ask):
    zones = layer({"a": square(0, 0, 100), "b": square(50, 0, 100), "c": square(900, 0, 50)})
    catalog = ask(sites(one=square(0, 0, 200), two=square(850, 0, 100)), zones=zones)
    rows = inside("zones", catalog)
    totals = inside_totals(rows, "zones", catalog)
    said = list(total_sentences(totals, rows, "en", "ha"))

    overlap = "where features overlap counted once; the rows add up to 2.00 ha."
    assert totals[["inside_ha", "added_ha"]].to_numpy().tolist() == [[1.5, 2.0]]
    assert said == [f"one: whole: 1.50 ha together, {overlap}"]


def test_a_total_of_known_accuracy_has_its_range_and_no_more_digits_than_that(ask):
    zones = layer({"a": square(0, 0, 100), "b": square(50, 0, 100), "c": square(210, 0, 100)})
    site = sites(one=square(0, 0, 200)).assign(accuracy_m=5.0)
    catalog = ask(site, zones=zones.assign(accuracy_m=10.0))
    rows = inside("zones", catalog)
    totals = inside_totals(rows, "zones", catalog)
    (said,) = total_sentences(totals, rows, "en", "ha")

    shrunk = (150 - 10 - 10) * (100 - 10 - 10) / 1e4  # of both squares, whose inner edges overlap
    assert totals["low_ha"].tolist() == pytest.approx([shrunk], abs=0.01)
    assert totals["high_ha"].iloc[0] > 1.8  # the third may reach in
    assert said.startswith("one: whole: 1.5 ha (1.0–2.0) together, where")
    assert said.endswith("the rows add up to 2.0 ha.")
    (said,) = total_sentences(totals, rows, "tc", "ha")
    assert said.endswith("合共1.5公頃（1.0–2.0），圖徵重疊部分只計一次；各行合計2.0公頃。")


def test_features_without_a_name_are_called_by_the_one_column_of_codes(ask):
    zones = layer({"0": square(0, 0, 100), "1": square(100, 0, 100)}, code=["W1", "W2"])
    catalog = ask(sites(one=square(0, 0, 200)), zones=zones.reset_index(drop=True))

    assert inside("zones", catalog)["feature_name"].tolist() == ["W1", "W2"]


def test_the_table_of_a_file_with_a_key_shows_the_key_beside_a_name_that_lacks_it(run, tmp_path):
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100)).to_crs(4326)
    lots = lots.assign(lot=["102", "103"], name_en=["Mill", "Lot 103"], basis="as_given")
    lots[["lot", "name_en", "geometry"]].to_file(tmp_path / "lots.geojson")
    told = run("area", "--sites", tmp_path / "lots.geojson", "--key", "lot", "-f", "table").stdout

    assert [line.split("  ")[0] for line in told.splitlines()[2:4]] == ["102 · Mill", "Lot 103"]
