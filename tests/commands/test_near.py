"""Near: from where on a site to what, how far, how much further the next, and when it opens."""

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
from world import files, layer, line, point, points, sites, square, write_json

import nmgeo as nm
from nmgeo import crs
from nmgeo.commands.near import near
from nmgeo.errors import ExportError, LayerError, Notice, UnitError, UsageError
from nmgeo.outputs.export import export
from nmgeo.outputs.tables import render


def test_what_stands_first_is_known_when_all_sites_are(ask):
    lots = sites(far=square(1000, 0, 100), close=square(0, 0, 100))
    catalog = ask(lots, wells=points(w1=(140, 50)))
    with pytest.raises(UsageError, match="nearest_first=: needs all sites together; call near"):
        nm.near_batches("wells", catalog, nearest_first=True)


def test_every_site_of_a_file_is_measured_in_its_order_or_nearest_first(ask):
    lots = sites(far=square(1000, 0, 100), close=square(0, 0, 100), at=point(40, 0))
    wells = points(w1=(140, 50)).assign(name_en="First well")
    in_order = near("wells", ask(lots, wells=wells))
    rows = near("wells", ask(lots, wells=wells), nearest_first=True)

    assert in_order["site_id"].tolist() == ["far", "close", "at"]
    assert rows["site_id"].tolist() == ["close", "at", "far"]
    assert rows["nearest_m"].tolist() == pytest.approx([40.0, 111.803, 860.0], abs=1e-3)
    assert set(rows["nearest_name"]) == {"First well"}
    assert set(rows["layer"]) == {"wells"}


LOT = sites(lot=square(0, 0, 100))


def exact(frame, accuracy_m=0.5):
    """Say of every feature how accurate it is."""
    return frame.assign(accuracy_m=accuracy_m)


def cells(rows, form="csv", **how):
    """Return the first row as a reader sees it, by column."""
    head, first, *_ = render("near", rows, form, **how).splitlines()
    return dict(zip(head.split(","), first.split(","), strict=False))


def test_within_lists_all_that_is_that_close_and_each_once(ask):
    wells = points(w1=(140, 50), w2=(103, 104), far=(700, 50), w3=(50, 50))
    rows = near("wells", ask(LOT, wells=wells), within="50m")

    assert rows["nearest_id"].tolist() == ["w3", "w2", "w1"]
    assert rows["nearest_m"].tolist() == pytest.approx([0.0, 5.0, 40.0], abs=1e-3)
    assert rows["rank"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("how", [{}, {"k": 4}])
def test_within_lists_what_may_be_that_close_and_marks_what_may_not(ask, how):
    lots = sites(lot=square(0, 0, 100)).assign(accuracy_m=10.0)
    wells = points(sure=(120, 50), in_=(145, 50), out=(165, 50), exact=(164, 50), no=(171, 50))
    wells["accuracy_m"] = [10.0, 10.0, 10.0, 1.0, 10.0]
    rows = near("wells", ask(lots, wells=wells), within="50m", **how)

    assert rows["nearest_id"].tolist() == ["sure", "in_", "out"]
    assert [one.split(";")[0] for one in rows["remark"]] == [
        "",
        "may be further than 50 m",
        "may be within 50 m",
    ]
    assert (rows["low_m"] <= 50).all()


def test_what_exactly_reaches_the_limit_is_within_as_in_find(ask):
    lots = sites(lot=square(0, 0, 100)).assign(accuracy_m=10.0)
    here = ask(lots, wells=points(w=(160, 50)).assign(accuracy_m=0.0))

    assert near("wells", here, within="50m")["nearest_id"].tolist() == ["w"]
    assert nm.find(here, near="wells:50m")["result"].tolist() == ["not_known"]
    assert nm.find(here, near="wells:70m")["result"].tolist() == ["passed"]
    assert near("wells", here, within="70m")["remark"].tolist() == [""]


def test_what_is_exactly_that_far_on_the_grid_is_within_and_a_tie_stays_whole(ask):
    wells = points(**{f"w{n}{x}": (x, 5 * n) for n in range(9) for x in (-100, 200)}, out=(300, 50))
    rows = near("wells", ask(LOT, wells=wells), within="100m")

    assert len(rows) == len(wells) - 1
    assert set(rows["ties"]) == {len(rows) - 1}
    assert set(rows["rank"]) == {1}


@pytest.mark.parametrize("how", [{}, {"k": 2}])
def test_within_keeps_a_row_for_a_site_with_nothing_that_close(ask, how):
    row = near("wells", ask(LOT, wells=points(w=(700, 0))), within="50m", **how).iloc[0]

    assert row["remark"] == "none within 50 m"
    told = ["nearest_id", "nearest_name", "nearest_m", "low_m", "high_m", "rank", "geometry"]
    assert row[told].isna().all()
    assert (row["site_id"], row["ties"]) == ("lot", 0)


def test_the_k_nearest_are_ranked_and_a_tie_at_the_end_is_kept(ask):
    wells = points(a=(110, 50), b=(120, 50), c=(-20, 50), d=(130, 50))
    rows = near("wells", ask(LOT, wells=wells), k=2)

    assert rows["nearest_id"].tolist() == ["a", "b", "c"]
    assert rows["rank"].tolist() == [1, 2, 2]
    assert rows["ties"].tolist() == [0, 1, 1]


def test_k_and_within_together_list_the_nearest_of_what_is_that_close(ask):
    wells = points(a=(110, 50), b=(120, 50), c=(300, 50))
    here = ask(LOT, wells=wells)

    assert near("wells", here, k=3, within="50m")["nearest_id"].tolist() == ["a", "b"]
    assert near("wells", here, k=1, within="50m")["nearest_id"].tolist() == ["a"]


def test_unless_a_list_is_asked_for_a_tie_is_named_and_does_not_double_the_site(ask):
    wells = points(z=(110, 50), a=(-10, 50), m=(50, 110), far=(900, 0))
    rows = near("wells", ask(LOT, wells=wells))

    assert rows[["site_id", "nearest_id"]].to_numpy().tolist() == [["lot", "z"]]
    assert rows["ties"].tolist() == [2]
    assert rows["remark"][0].startswith("equally near: a, m; next best is 790 m further: far")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "next best is 23 m further: second"),
        ("tc", "次近再遠23米：second"),
        ("sc", "次近再远23米：second"),
    ],
)
def test_the_remark_says_how_much_further_the_next_best_is(ask, lang, words):
    wells = exact(points(first=(110, 50), second=(133, 50), third=(900, 50)))
    row = near("wells", ask(exact(LOT), wells=wells), lang=lang).iloc[0]

    assert (row["next_id"], row["next_further_m"]) == ("second", pytest.approx(23, abs=1e-3))
    assert row["remark"] == words


def test_a_next_best_within_the_accuracies_is_said_to_be_uncertain(ask):
    wells = exact(points(first=(200, 50), second=(440, 50)), 300.0)
    row = near("wells", ask(exact(LOT, 60.0), wells=wells)).iloc[0]

    assert row["next_accuracy_m"] == 720.0
    assert row["remark"] == "next best is 200 m further: second (order uncertain)"


def test_a_next_best_that_is_hardly_further_is_not_said_to_be_0_m_further(ask):
    wells = exact(points(first=(200, 50), second=(240, 50)), 300.0)
    rows = near("wells", ask(exact(LOT, 60.0), wells=wells))
    row = rows.iloc[0]

    assert row["remark"].startswith("next best is less than 100 m further: second")
    assert cells(rows)["next_further_m"] == "100"  # no finer than the remark


@pytest.mark.filterwarnings("ignore:1 entrance belongs to none of the sites:nmgeo.errors.Notice")
@pytest.mark.parametrize(
    ("origin", "gap", "start"),
    [("edge", 500.0, "edge"), ("centroid", 550.0, "centroid"), ("gates", 540.0, "gates")],
)
def test_a_distance_begins_where_it_is_asked_to(ask, origin, gap, start):
    gates = points(west=(0, 50), north=(60, 50), other=(599, 50)).assign(
        site_id=["lot", "lot", "next_door"]
    )
    rows = near("wells", ask(LOT, wells=points(w=(600, 50)), gates=gates), origin=origin)

    assert rows["nearest_m"].tolist() == pytest.approx([gap], abs=1e-3)
    assert rows["origin"].tolist() == [start]
    assert ("from_name" in rows) == (origin == "gates")


def test_the_entrance_that_is_nearest_to_each_feature_is_named_and_its_accuracy_counts(ask):
    gates = points(west=(0, 50), east=(100, 50)).assign(
        site_id="lot", name_en=["West Gate", "East Gate"], accuracy_m=[2.0, 3.0]
    )
    wells = exact(points(left=(-40, 50), right=(130, 90)), 10.0)
    rows = near("wells", ask(exact(LOT, 400.0), wells=wells, gates=gates), k=2, origin="gates")

    assert rows["from_name"].tolist() == ["West Gate", "East Gate"]
    assert rows["nearest_m"].tolist() == pytest.approx([40.0, 50.0], abs=1e-3)
    assert rows["accuracy_m"].tolist() == [12.0, 13.0]


def test_every_outline_of_a_site_is_measured_from_its_entrances(ask):
    two = sites(park=square(0, 0, 100), whole=square(300, 0, 50)).assign(site_id="lot")
    gates = points(g=(100, 50)).assign(site_id="lot")
    rows = near("wells", ask(two, wells=points(w=(140, 50)), gates=gates), origin="gates")

    assert rows["nearest_m"].tolist() == pytest.approx([40.0, 40.0], abs=1e-3)


def test_a_site_without_an_entrance_is_named_and_has_no_distance(ask):
    gates = points(g=(100, 50)).assign(site_id="lot")
    both = sites(lot=square(0, 0, 100), bare=square(300, 0, 100))
    here = ask(both, wells=points(w=(140, 50)), gates=gates)
    with pytest.warns(Notice, match="no distance from bare: no entrance"):
        rows = near("wells", here, origin="gates").set_index("site_id")

    assert rows.loc["lot", "nearest_m"] == pytest.approx(40.0, abs=1e-3)
    assert rows.loc["bare", ["nearest_id", "nearest_m", "from_name"]].isna().all()


def test_an_entrance_of_no_site_is_said(ask):
    gates = points(g=(100, 50), far=(9, 9), lost=(0, 9)).assign(site_id=["lot", "zz", None])
    here = ask(LOT, wells=points(w=(140, 50)), gates=gates)
    with pytest.warns(Notice, match=r"2 entrances belong to none .*: far \(zz\), lost \(–\)$"):
        near("wells", here, origin="gates")


@pytest.mark.parametrize("status", ["open", "planned"])
def test_what_is_open_is_not_said_to_open(ask, status):
    wells = points(w=(140, 50)).assign(status=status, opens=2000)
    remark = near("wells", ask(exact(LOT), wells=exact(wells)))["remark"].item()

    assert remark == ("" if status == "open" else "opens 2000")


@pytest.mark.parametrize(
    ("gates", "error", "named"),
    [
        (points(g=(0, 0)), UsageError, "no column site_id"),
        (layer({"g": line((0, 0), (9, 9))}, site_id=["lot"]), LayerError, "give each entrance"),
    ],
)
def test_entrances_are_points_that_name_their_site(ask, gates, error, named):
    here = ask(LOT, wells=points(w=(140, 50)), gates=gates)

    with pytest.raises(error, match=named):
        near("wells", here, origin="gates")


def test_the_shortest_line_joins_both_ends_and_is_as_long_as_the_distance(ask):
    rows = near("wells", ask(LOT, wells=points(w=(103, 104))))
    drawn = rows.geometry.iloc[0]

    assert rows.crs == crs.HK80  # as the sites are: nothing passes through degrees
    assert drawn.length == 5.0
    ends = [point(100, 100), point(103, 104)]
    assert [drawn.boundary.geoms[n].distance(end) for n, end in enumerate(ends)] == [0.0, 0.0]


def test_the_lines_are_written_as_geojson_that_reads_back(ask, tmp_path):
    wells = points(a=(140, 50), b=(103, 104)).assign(status="open", opens=[2030, None])
    rows = near("wells", ask(LOT, wells=wells), within="1km", years=["2030"])
    path, twin = export(tmp_path / "lines.geojson", rows)
    back, grid = gpd.read_file(path), gpd.read_file(twin)

    assert back["nearest_id"].tolist() == ["b", "a"]
    assert grid.length.tolist() == pytest.approx([5.0, 40.0], abs=0.02)
    assert "crs" not in json.loads(path.read_text(encoding="utf-8"))


def test_the_command_writes_the_lines_in_place_of_the_table(run, tmp_path):
    path = tmp_path / "lines.geojson"
    done = run("near", "stations", "--in", "today", "--in", "2034", "-o", path)

    assert (done.exit_code, done.stdout) == (0, "")
    assert f"wrote {path}" in done.stderr
    assert set(gpd.read_file(path)["in_year"].astype(str)) == {"today", "2034"}
    assert "is there already" in run("near", "stations", "-o", path).stderr
    assert run("near", "stations", "-o", path, "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    ("origin", "words"), [("edge", "from the edge"), ("centroid", "from the centroid")]
)
def test_the_command_says_where_distances_begin(run, origin, words):
    assert words in run("near", "stations", "--from", origin).stderr


def test_an_answer_without_a_line_is_not_written(ask, tmp_path):
    rows = near("wells", ask(LOT, wells=points(w=(900, 0))), within="1m")

    with pytest.raises(ExportError, match="no row has geometry"):
        export(tmp_path / "lines.geojson", rows)
    assert list(tmp_path.glob("*lines*")) == []


def test_the_range_adds_both_accuracies_and_ends_at_0(ask):
    wells = exact(points(w=(300, 50)), 300.0)
    row = near("wells", ask(exact(LOT, 60.0), wells=wells)).iloc[0]

    assert row[["low_m", "nearest_m", "high_m"]].tolist() == pytest.approx(
        [0.0, 200.0, 560.0], abs=1e-3
    )


@pytest.mark.parametrize(
    ("site", "far", "shown"),
    [
        (60.0, 300.0, ("1200", "800", "1600")),  # +- 360 m: to 100 m, the range outwards
        (10.0, 20.0, ("1230", "1200", "1270")),
        (1.0, 2.0, ("1234", "1231", "1238")),
    ],
)
def test_a_distance_is_printed_no_finer_than_both_ends_are_known(ask, site, far, shown):
    wells = exact(points(w=(1334.4, 50)), far)
    rows = near("wells", ask(exact(LOT, site), wells=wells))
    first = cells(rows)

    assert (first["nearest_m"], first["low_m"], first["high_m"]) == shown
    document = json.loads(render("near", rows, "json"))["rows"][0]
    assert document["nearest_m"] == pytest.approx(1234.4, abs=1e-3)
    assert document["accuracy_m"] == site + far


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_notes_hold_what_to_know_of_the_layer_and_of_sites_with_nothing_in_reach(ask):
    rows = near(
        "stations", ask(sites(a=square(0, 0, 100), b=square(20_000, 20_000, 100))), within="5km"
    )

    assert rows.loc[rows["site_id"] == "b", "nearest_id"].isna().all()
    assert rows.attrs["notes"][0].startswith("Accuracy not known for 2 of the outlines.")
    assert rows.attrs["notes"][-1].startswith("stations: One point a station")


def test_where_no_accuracy_is_known_there_is_no_range_and_no_metre(ask):
    rows = near("wells", ask(LOT, wells=points(w=(1334.4, 50))))

    assert rows[["low_m", "high_m"]].isna().all(axis=None)
    assert (cells(rows)["nearest_m"], cells(rows)["low_m"]) == ("1230", "")
    head, _, line = render("near", rows, "table", width=200).splitlines()
    assert "Range" not in head
    assert line.split() == ["lot:", "whole", "w", "1,230"]
    assert rows.attrs["notes"][0].startswith("Accuracy not known for 1 of the outlines.")


@pytest.mark.parametrize(
    ("site", "far", "untold"),
    [(None, 400.0, "site"), (400.0, None, "nearest feature"), (1.0, 400.0, None)],
)
def test_who_says_nothing_is_not_taken_to_be_exact(ask, site, far, untold):
    wells = exact(points(w=(1784.4, 50), next=(1794.4, 50)), far)
    row = near("wells", ask(exact(LOT, site), wells=wells)).iloc[0]

    assert row["accuracy_m"] == (401.0 if site == 1.0 else 400.0)
    assert row["low_m"] == pytest.approx(1684.4 - row["accuracy_m"], abs=1e-3)
    first = cells(near("wells", ask(exact(LOT, site), wells=wells)))
    assert (first["nearest_m"], first["low_m"], first["high_m"]) == ("1700", "1200", "2100")
    judged = "" if untold else " (order uncertain)"
    assert row["remark"] == f"next best is less than 100 m further: next{judged}"


@pytest.mark.parametrize(
    ("site", "far"), [(None, None), (None, [1.0, 1.0]), (1.0, [None, 1.0]), (1.0, [1.0, None])]
)
def test_where_an_accuracy_is_not_known_the_order_is_judged_in_one_note(ask, site, far):
    wells = points(first=(110, 50), second=(900, 50)).assign(accuracy_m=far)
    rows = near("wells", ask(exact(LOT, site), wells=wells))

    assert rows["remark"].tolist() == ["next best is 790 m further: second"]
    unknown = site is None or far[0] is None
    assert ("which feature is nearer is not certain" in " ".join(rows.attrs["notes"])) == unknown


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "nearer is not certain"), ("tc", "先後亦未能確定"), ("sc", "先后亦未能确定")],
)
def test_whose_accuracy_is_not_known_is_said_in_three_languages(ask, lang, words):
    rows = near("wells", ask(LOT, wells=exact(points(w=(300, 50)))), lang=lang)

    assert words in rows.attrs["notes"][1]


def test_those_as_near_that_have_one_name_are_told_apart_by_their_id(ask):
    wells = points(w1=(110, 50), w2=(-10, 50), w3=(50, 110), w4=(900, 0)).assign(
        name_en=["b", "b", "b", "far"]
    )
    rows = near("wells", ask(LOT, wells=wells))

    assert rows["nearest_name"].tolist() == ["b"]
    assert rows["remark"][0].startswith("equally near: b w2, b w3; next best")


def test_an_answer_for_a_year_counts_what_is_open_by_then(ask):
    wells = points(old=(500, 50), soon=(300, 50), late=(200, 50), never=(150, 50)).assign(
        status=["open", "planned", "planned", "planned"],
        opens=[None, 2030, 2040, None],
        as_of="2026-01-02",
    )
    here = ask(LOT, wells=wells)
    with pytest.warns(Notice, match="it is not known when they open: never") as said:
        rows = near("wells", here, years=["today", "2030", "2039", "2040"])

    assert rows["in_year"].tolist() == ["today", "2030", "2039", "2040"]
    assert rows["nearest_id"].tolist() == ["old", "soon", "soon", "late"]
    assert [warning.category for warning in said].count(Notice) == 1


def test_the_years_of_a_site_stand_under_one_another(ask):
    wells = points(a=(110, 50), b=(1090, 50)).assign(status=["planned", "open"], opens=2034)
    both = sites(far=square(1000, 300, 100), near=square(0, 0, 100))
    rows = near("wells", ask(both, wells=wells), years=["today", "2034"], nearest_first=True)

    assert rows["site_id"].tolist() == ["near", "near", "far", "far"]
    assert rows["in_year"].tolist() == ["today", "2034"] * 2


@pytest.mark.parametrize("year", ["1900", "2025"])
def test_a_year_before_that_of_the_layer_is_refused_where_it_does_not_say_since_when(ask, year):
    wells = points(old=(500, 50), soon=(300, 50)).assign(
        status=["open", "planned"], opens=[None, 2030], as_of=["2026-01-02", "2024"]
    )
    with pytest.raises(UsageError, match=rf"years={year}: .*open in 2026, not since when; write"):
        near("wells", ask(LOT, wells=wells), years=[year])
    assert near("wells", ask(LOT, wells=wells), years=["2026"])["nearest_id"].tolist() == ["old"]


def test_a_year_that_has_passed_is_answered_where_every_opening_is_known(ask):
    wells = points(old=(500, 50), new=(300, 50)).assign(status="open", opens=[1990, 2020])
    rows = near("wells", ask(LOT, wells=wells), years=["1980", "2000", "2020"])

    assert rows["nearest_id"].fillna("").tolist() == ["", "old", "new"]


def test_a_year_after_all_that_are_known_is_said_to_be_so(ask):
    wells = points(old=(500, 50), soon=(300, 50)).assign(
        status=["open", "planned"], opens=[None, 2030], as_of="2026-01-02"
    )
    here = ask(LOT, wells=wells)
    with pytest.warns(Notice, match="what opens after 2030 is not known, so not in 2031 either"):
        assert near("wells", here, years=["2031"])["nearest_id"].tolist() == ["soon"]
    with pytest.raises(UsageError, match=r"years=2300: .* write a year up to 2126"):
        near("wells", here, years=["2300"])


def test_today_is_what_is_open():
    today, opened = near("stations", years=["today"]), near("stations", open_only=True)

    assert today.drop(columns="in_year").equals(opened)


@pytest.mark.parametrize(
    ("how", "error", "named"),
    [
        ({"k": 0}, UsageError, "k=0"),
        ({"k": -1}, UsageError, "k=-1"),
        ({"within": "-5m"}, UnitError, "length '-5m'"),
        ({"years": ["soon"]}, UsageError, "years='soon': not a year"),
        ({"years": ["20345"]}, UsageError, "years='20345'"),
        ({"years": ["2034"]}, UsageError, "says of nothing that it is open, or when it opens"),
        ({"origin": "nowhere"}, UsageError, "layer 'nowhere'"),
        ({"within": "5"}, UnitError, "within='5': not a length"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, how, error, named):
    here = ask(LOT, wells=points(w=(0, 0)))

    with pytest.raises(error, match=named):
        near("wells", here, **how)


def test_an_outline_of_a_site_is_not_near_to_another_of_the_same_site():
    rows = near("sites", k=9)

    assert (rows["site_id"] != rows["nearest_id"].str.partition(":")[0]).all()


@pytest.mark.parametrize("layer_name", ["stations", "crossings"])
def test_what_is_not_open_yet_is_left_out_on_demand(layer_name):
    rows, opened = near(layer_name), near(layer_name, open_only=True)

    assert set(opened["nearest_status"]) == {"open"}
    every, some = (r.set_index(["site_id", "basis"])["nearest_m"] for r in (rows, opened))
    assert (some >= every.reindex(some.index)).all()


@pytest.mark.parametrize(
    "status", ["Open", " OPEN ", "已啟用", "开放", "operational", "In  operation"]
)
def test_what_is_open_is_so_in_any_case_and_language(ask, status):
    wells = points(w=(0, 0), v=(90, 0)).assign(status=[status, "open"])
    here = ask(sites(a=square(10, 0, 9)), wells=wells)

    assert near("wells", here, open_only=True)["nearest_id"].tolist() == ["w"]
    assert near("wells", here, years=[2026])["nearest_id"].tolist() == ["w"]
    assert nm.rings(here, "1km", count=["wells"])["wells_open_count"].tolist() == [2]


def test_a_status_that_is_no_word_of_ours_is_named_where_it_is_not_counted(ask):
    wells = points(w=(0, 0), v=(90, 0)).assign(status=["1", "open"])
    here = ask(sites(a=square(10, 0, 9)), wells=wells)

    with pytest.warns(Notice, match="wells: not counted as open: status 1$"):
        assert near("wells", here, open_only=True)["nearest_id"].tolist() == ["v"]
    for told in ({}, {"counts_only": True}):
        with pytest.warns(Notice, match="wells: not counted as open: status 1$"):
            assert nm.rings(here, "1km", count="wells", **told)["wells_open_count"].tolist() == [1]


@pytest.mark.filterwarnings("ignore:.*what opens after")
def test_what_is_open_and_is_said_to_open_later_stays_open(ask):
    wells = points(w=(0, 0), v=(90, 0)).assign(status="open", opens=[2034, None], as_of="2026")
    here = ask(sites(a=square(10, 0, 9)), wells=wells)

    assert near("wells", here, years=["today", 2031, 2034])["nearest_id"].tolist() == ["w"] * 3


@pytest.mark.filterwarnings("ignore:.*what opens after")
@pytest.mark.parametrize(
    "opens", [2027, "2027", "2027-05-01", "2027-05", 20270501, 202705, pd.Timestamp("2027-05-01")]
)
def test_a_date_of_opening_counts_by_its_year(ask, opens):
    wells = points(w=(0, 0), v=(90, 0)).assign(status=["planned", "open"], opens=[opens, None])
    here = ask(sites(a=square(10, 0, 9)), wells=wells.assign(as_of="2026"))

    assert near("wells", here, years=[2026, 2027])["nearest_id"].tolist() == ["v", "w"]
    assert near("wells", here)["nearest_opens"].tolist() == [2027]


def test_where_nothing_is_open_the_nearest_is_missing(ask):
    wells = points(w=(0, 0)).assign(status="planned")
    rows = near("wells", ask(sites(a=square(0, 0, 9)), wells=wells), open_only=True)

    assert rows["site_id"].tolist() == ["a"]
    assert rows[["nearest_id", "nearest_name", "nearest_m"]].isna().all(axis=None)


def test_the_accuracy_of_a_distance_adds_both_ends():
    rows = near("stations")

    both = rows["site_accuracy_m"] + rows["nearest_accuracy_m"]
    assert rows["accuracy_m"].tolist() == both.tolist()


def test_the_accuracy_is_that_of_the_other_end_where_one_does_not_say(ask):
    rows = near("stations", ask(sites(a=square(0, 0, 9))))

    assert rows["site_accuracy_m"].isna().all()
    assert rows["accuracy_m"].tolist() == rows["nearest_accuracy_m"].tolist()


def test_only_what_is_open_cannot_be_asked_of_a_layer_without_any_status(ask):
    here = ask(sites(a=square(0, 0, 9)), wells=points(w=(0, 0)))

    with pytest.raises(
        UsageError, match="open_only=True: layer 'wells' has no status; leave it out"
    ):
        near("wells", here, open_only=True)
    with pytest.raises(UsageError, match="years='today': layer 'wells' has no status"):
        near("wells", here, years=["today", "2034"])


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


def test_years_have_no_fraction_where_a_site_has_no_geometry(run, tmp_path):
    place = {"type": "Point", "coordinates": [114.092, 22.505]}  # by Chau Tau
    file = write_json(tmp_path / "lots.geojson", [(place, "a", {}), (None, "b", {})])
    shown = run("near", "stations", "--sites", file, "--format", "table").stdout

    assert re.findall(r" (today|20\S*) ", shown)[:2] == ["today", "2034"]


def test_a_table_on_the_screen_shows_what_is_open_today_then_what_opens_later(run):
    shown = run("near", "stations", "--site", "hetao", "--format", "table").stdout
    today = next(line for line in shown.splitlines() if line.startswith(" today"))
    later = next(line for line in shown.splitlines() if line.startswith(" 2034"))

    assert "Lok Ma Chau" in today
    assert "The Loop" in later
    assert shown.index(today) < shown.index(later)
    rows = json.loads(run("near", "stations", "--site", "hetao", "--json").stdout)["rows"]
    assert [row["nearest_name"] for row in rows] == ["The Loop (HSITP)"]


def test_a_file_of_distances_comes_with_the_notes_of_the_table(run, ask, tmp_path):
    own = files(ask(sites(a=square(0, 0, 100))))
    for command, name, noted in (
        ("near", "stations", "Measured from the edge"),
        ("near", "stations", "One point a station"),
        ("inside", "ponds", "not a statutory wetland boundary"),
    ):
        out = ("-o", str(tmp_path / "out.csv"), "--overwrite")
        assert noted in run(command, name, *own, *out).stderr
