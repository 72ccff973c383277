"""A catalog of a day: every function that is given it uses what was known then."""

import json
import re
import warnings

import pandas as pd
import pytest

import nmgeo as nm
from nmgeo.catalog import first_day, last_day
from nmgeo.errors import Notice, UsageError
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.web.page_data import build_page_data
from nmgeo.records.known_on import names_later_date
from nmgeo.records.statuses import read_statuses
from nmgeo.records.tables import read_sources

DAYS = ("2018-01-01", "2024-12-01", "2026-03-01")
SOURCES = read_sources(nm.open_catalog())
DATED = SOURCES["source_dated"].to_dict()
TITLES = SOURCES.groupby("source_title")["source_dated"].min()  # of a title that stands twice


@pytest.fixture(params=DAYS)
def on_day(request):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        yield nm.open_catalog(on=request.param), request.param


def later_cells(rows, day):
    """Return the cells that hold a date, a source or a title of after a day."""
    found = []
    for row in pd.DataFrame(rows).astype(object).fillna("").to_dict("records"):
        for name, value in row.items():
            cell = str(value)
            if name.endswith(("as_of", "dated", "status_date")):
                is_later = last_day(cell or "0001-01-01") > day
            elif name.endswith("source"):
                keys = filter(None, cell.split(";"))
                is_later = any(first_day(DATED[key] or "0001") > day for key in keys)
            elif name.endswith("title"):
                is_later = first_day(TITLES.get(cell) or "0001") > day
            else:  # a year may be one of a plan
                terms = {"note", "offers", "threshold", "ratio", "who", "in_short"}
                named = re.findall(r"\b20\d\d-[01]\d(?:-\d\d)?\b", cell) if name in terms else []
                is_later = any(first_day(one) > day for one in named)
            found += [(name, cell)] * is_later
    return found


@pytest.fixture(scope="module")
def before():
    return nm.open_catalog(on="2023-12-31")


def test_claims_and_published_areas_are_those_of_the_day(before):
    assert (nm.claims(catalog=before)["as_of"].str[:4] <= "2023").all()
    areas = nm.area(before, site="san_tin_technopole")

    assert areas["published_area_ha"].isna().all()
    assert nm.area(site="san_tin_technopole")["published_area_ha"].notna().all()


def test_no_instrument_shows_what_is_later_than_the_day(on_day):
    here, day = on_day
    rows = nm.policy(catalog=here)
    cards = [nm.policy_card(id_, here) for id_ in rows["policy_id"].unique()[::8]]

    assert later_cells(rows, day) == []
    assert later_cells(read_statuses(here), day) == []
    assert later_cells(pd.concat(cards), day) == []


def test_no_table_shows_what_is_later_than_the_day(on_day):
    here, day = on_day
    tables = [nm.claims(catalog=here), nm.sites(here), nm.sites(here, geometry=False)]
    tables += [nm.area(here), nm.timeline(catalog=here), nm.history("hetao", catalog=here)]
    tables += [nm.find(here, land_by=2028, on=day)]
    tables += [nm.compare("hetao", "sandy_ridge", catalog=here)]
    with_dates = [pd.DataFrame(one).drop(columns="geometry", errors="ignore") for one in tables]

    assert [later_cells(rows, day) for rows in with_dates] == [[]] * len(tables)


def test_the_page_and_the_report_show_nothing_later_than_the_day(on_day):
    here, day = on_day
    page = build_page_data(build_atlas(here, at=["500m"]))
    text = json.dumps(page["policies"]) + json.dumps(page["claims"]) + json.dumps(page["sources"])

    assert not [
        title
        for title, dated in TITLES.items()
        if dated and first_day(dated) > day and title in text
    ]
    assert not [
        found for found in re.findall(r'"as_of": "([^"]+)"', text) if first_day(found) > day
    ]


def test_a_threshold_that_was_lowered_later_is_not_shown():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        card = nm.policy_card("nias", on="2024-12-01")
        row = nm.policy("nias", on="2024-12-01").iloc[0]

    assert "HK$150m" not in " ".join(card["figure"])
    assert (row["threshold"], row["in_short"]) == ("", "terms were stated later")
    assert (row["as_of"], row["source"]) == (row["status_date"], row["status_source"])


def test_before_the_first_figure_an_audit_is_refused():
    with pytest.raises(UsageError, match="no published figures; give a later day"):
        nm.audit(catalog=nm.open_catalog(on="1990-01-01"))


def test_before_the_first_event_a_timeline_is_refused():
    with pytest.raises(UsageError, match=r"^timeline: no dated events; leave out on"):
        nm.timeline(on="1990-01-01")


def test_a_status_that_was_expected_is_not_one_that_came_to_pass():
    def status_on(day):
        return nm.policy("sandy_ridge_tender", on=day).iloc[0][["status", "status_hedge", "note"]]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        assert list(status_on("2026-03-01")) == ["closed", "expected", ""]
        assert "One bid" in status_on("2026-03-02")["note"]


def test_a_day_after_the_newest_data_is_said():
    with pytest.warns(Notice, match=r"the data end with \d{4}-\d\d: nothing later is known"):
        nm.open_catalog(on="2099-01-01")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nm.open_catalog(on="2024-11-20").known_by("2026-02-04")


@pytest.mark.parametrize(
    ("said", "is_later"),
    [
        ("Said later, 2026-03-09: not yet.", True),
        ("In the 2025-26 Budget.", False),
        ("Due in 2027.", True),
        ("Paper 2041/2024 of 2026-02.", False),
    ],
)
def test_a_note_that_names_a_later_date_is_known(said, is_later):
    assert names_later_date(said, "2026-02-10") == is_later


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
