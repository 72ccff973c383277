"""Reports: a table of facts, and a document that says how far each may be out."""

import html
import json
import re
import warnings
from pathlib import Path

import pytest
from world import points, sites, square, write, write_json

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import Notice
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.citations import credits_in
from nmgeo.outputs.report import report_markdown

pytestmark = pytest.mark.usefixtures("one_atlas")

CAVEATS = {
    "en": "not legal boundaries",
    "tc": "並非法定邊界",
    "sc": "并非法定边界",
}
HOSTILE = [
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    "](javascript:hit()) [x",
    "| --- | <b>",
    "\n\n<h1>shout</h1>",
    "<!--",
    "</table><svg onload=hit()>",
    "&lt;already escaped&gt;",
]


@pytest.fixture(scope="module", params=["en", "tc", "sc"])
def written(request, shipped_atlas):
    return request.param, report_markdown(shipped_atlas(request.param))


def unescaped(text):
    """Undo what Markdown's escapes do."""
    return html.unescape(text.replace("\\", ""))


def test_the_document_says_that_outlines_are_no_legal_boundaries(written):
    lang, text = written

    assert CAVEATS[lang] in text


def test_the_document_credits_every_file(written):
    lang, text = written
    catalog = open_catalog()

    for line in credits_in(catalog.credits, catalog, lang):
        assert f"- {line}" in unescaped(text)
        assert lang == "en" or line not in catalog.credits


def tables_of(text, name):
    """Return the cells of each table in the part of one site."""
    part = re.split(r"\n## ", text.split(f"\n## {name}\n")[1])[0]
    tables = re.split(r"\n### [^\n]*\n", part)[1:]
    return [
        [
            [unescaped(cell).strip() for cell in line.strip("| ").split(" | ")]
            for line in table.splitlines()
            if line.startswith("|")
        ][2:]
        for table in tables
    ]


@pytest.mark.parametrize("site", ["hetao_hk_park", "san_tin_technopole", "sandy_ridge"])
def test_the_part_of_a_site_holds_its_own_instruments_and_figures_and_no_others(written, site):
    lang, text = written
    names = nm.sites(lang=lang).set_index("site_id").loc[[site], "name"]
    rules, claims = nm.policy(site, lang=lang), nm.claims(site)
    rules = rules[
        rules["holds_by"] == "site"
    ]  # those of the whole area stand once, after the sites
    before = [name for name in rules["policy_name"] if is_listed_earlier(text, name, names.iloc[0])]
    found = tables_of(text, names.iloc[0])
    own = [name for name in rules["policy_name"] if name not in before]

    assert len(found) == 2
    assert len(found[0]) == len(own)
    assert all(name in str(row) for name, row in zip(own, found[0], strict=True))
    assert len(found[1]) == len(claims)
    assert {row[2] for row in found[1]} >= set(claims["as_of"]) - {""}


def is_listed_earlier(text, instrument, site):
    """Tell whether a site before this one lists an instrument."""
    parts = unescaped(text).split(f"\n## {site}\n")[0].split("\n## ")
    return any(f"| {instrument} |" in part for part in parts)


def test_every_instrument_stands_once_and_the_summary_first(written):
    lang, text = written
    lines = unescaped(text).splitlines()
    names = nm.policy(lang=lang).drop_duplicates("policy_id")["policy_name"]

    assert text.index("\n## ") == text.index(
        {"en": "\n## Summary", "tc": "\n## 摘要", "sc": "\n## 摘要"}[lang]
    )
    for name in names:
        assert sum(line.startswith(f"| {name} |") for line in lines) <= 1
    assert (
        max(
            map(
                len, lines[: lines.index("## " + {"en": "Areas", "tc": "面積", "sc": "面积"}[lang])]
            )
        )
        < 700
    )


@pytest.mark.parametrize("more", [("-o", "b.csv"), ("-o", "b.html"), ("--json",), ("-f", "md")])
def test_a_page_beside_another_output_is_refused(run, tmp_path, more):
    done = run("report", "--html", tmp_path / "a.html", *more)

    assert done.exit_code == 2
    assert "does not go with" in done.output
    assert not list(tmp_path.iterdir())


def test_a_page_is_replaced_only_when_asked(run, tmp_path):
    page = tmp_path / "a.html"
    page.write_text("mine")

    assert run("report", "--html", page).exit_code == 6
    assert page.read_text() == "mine"
    assert run("report", "--html", page, "--overwrite").exit_code == 0
    assert "<table>" in page.read_text(encoding="utf-8")


def test_the_page_of_a_report_loads_nothing_and_holds_its_tables(run, tmp_path):
    done = run("report", "-o", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert done.exit_code == 0, done.output
    assert page.count("<svg") == 1
    assert "<script" not in page
    assert "<table>" in page


def test_the_report_in_json_is_as_its_published_schema_says(run, tmp_path):
    path = Path(__file__).parents[2] / "docs" / "reference" / "report.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    run("report", "-o", tmp_path / "report.json")
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))

    assert set(found) == set(schema["properties"])
    row = schema["properties"]["rows"]["items"]
    names = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
    assert found["schema"] == schema["properties"]["schema"]["const"]
    for one in found["rows"]:
        assert list(one) == row["required"]
        for name, value in one.items():
            assert names[type(value)] in row["properties"][name]["type"], name


@pytest.mark.parametrize("site", ["hetao_hk_park", "san_tin_technopole", "sandy_ridge"])
def test_the_rows_of_a_site_are_its_own_instruments_and_figures(report_rows, site):
    rows = report_rows[report_rows["site_id"] == site].groupby("section")

    assert set(rows.get_group("policy")["item"]) == set(nm.policy(site)["policy_id"])
    assert sorted(rows.get_group("claim")["item"]) == sorted(nm.claims(site)["attribute"])


@pytest.fixture(scope="module")
def report_rows():
    return nm.report()


def test_the_document_has_a_part_for_every_site(written):
    lang, text = written

    for name in nm.sites(lang=lang)["name"]:
        assert f"\n## {name}\n" in text


def test_the_document_links_every_instrument_to_its_source(written):
    lang, text = written

    rules = nm.policy(lang=lang)
    for address in rules[rules["site_id"].isin(nm.sites()["site_id"])]["source_url"]:
        assert f"](<{address}>)" in text


def test_the_document_says_which_land_is_counted_twice(written):
    _, text = written

    assert f"{nm.land()['double_counted_ha']:,.0f} " in text


def test_the_document_has_published_beside_measured_areas(shipped_atlas):
    text = report_markdown(shipped_atlas("en"))
    lines = [line for line in text.splitlines() if line.endswith("| digitised | 50 |")]

    assert lines[0].split(" | ")[:4] == ["| Hetao Hong Kong Park: park", "87", "67–108", "87"]


def test_the_document_is_of_the_sites_and_of_no_other_place(shipped_atlas):
    assert set(shipped_atlas("en").policies["site_id"]) == set(nm.sites()["site_id"])


def test_the_document_is_the_same_twice_and_ends_with_one_line_end(written):
    lang, text = written

    assert text == nm.document(lang=lang)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_the_document_has_no_html_of_ours(written):
    _, text = written

    assert not re.search(r"<(?!https?://)", text)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Write a document about sites whose every attribute is hostile."""
    lots = sites(**{text: square(2000 + 200 * n, 0, 100) for n, text in enumerate(HOSTILE)})
    lots = lots.assign(**dict.fromkeys(["name_en", "method", "basis", "published_hedge"], HOSTILE))
    lots["published_area_ha"] = 1.0
    file = write(lots, tmp_path_factory.mktemp("hostile") / "lots.geojson")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # they lie within the accuracy of Sandy Ridge
        return nm.document(open_catalog(sites=file))


def test_no_table_is_empty(hostile, written):
    assert not re.search(r"(?m)^\|[ :|-]+\|\n(?!\|)", hostile + written[1])


def test_nothing_in_a_users_file_becomes_html(hostile):
    assert not re.search(r"<(?!https?://)", hostile)


def test_nothing_in_a_users_file_becomes_a_link(hostile):
    assert not re.search(r"(?<!\\)\]\((?!<https?://)", hostile)


def test_nothing_in_a_users_file_begins_a_line(hostile):
    assert not re.search(r"(?m)^<|^.?shout|^\| --- ", hostile)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_there_to_be_read(hostile, text):
    assert f"## {text}" in unescaped(hostile).replace("\ufffd", "\n")


@pytest.mark.parametrize("status", ["{0}", "{accuracy_m.__class__}", "{", "surveyed"])
def test_braces_in_a_users_file_are_text(tmp_path, status):
    lots = sites(a=square(2000, 0, 100)).assign(geometry_status=status, accuracy_m=5)
    document = nm.document(open_catalog(sites=write(lots, tmp_path / "lots.geojson")))

    assert f" {status}: error up to 5 m." in unescaped(document)


def test_a_users_layer_is_part_of_the_document(tmp_path):
    file = write(points(w=(0, 0)).assign(name_en="Our well"), tmp_path / "wells.geojson")
    document = nm.document(open_catalog(layers={"wells": file}))

    assert "### wells" in document
    assert "Our well" in document


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_the_land_of_points_is_not_said_to_be_none(tmp_path):
    file = write(points(w=(0, 0)), tmp_path / "wells.geojson")

    assert "counted once" not in report_markdown(build_atlas(nm.open_catalog(sites=file)))


def test_the_rings_of_a_document_are_those_asked_for():
    text = nm.document(at=["2km"])

    assert "| 0–2,000 |" in text
    assert "| 0–500 |" not in text.partition("## Rings")[2]


@pytest.fixture(scope="module")
def facts():
    return nm.report()


def test_the_report_is_one_table_of_facts_by_site(facts):

    assert list(facts["site_id"].unique()) == ["hetao_hk_park", "san_tin_technopole", "sandy_ridge"]
    assert facts["site_id"].is_monotonic_increasing
    assert set(facts["section"]) == {"area", "near", "ring", "policy", "claim"}


@pytest.mark.parametrize(
    ("section", "count"),
    [
        ("near", 4 * 2 * 2),  # outlines, two layers, all and open
        ("ring", 4 * 2),  # outlines, two distances
        ("area", 4 * 2),  # outlines, measured and published
    ],
)
def test_every_outline_has_its_facts(facts, section, count):
    assert (facts["section"] == section).sum() == count


def test_the_facts_are_the_measures(facts):
    measured = facts[facts["item"] == "area_ha"]["value"].tolist()

    assert measured == nm.area()["area_ha"].tolist()


def test_published_facts_carry_their_source(facts):
    cited = facts[
        (facts["section"].isin(["policy", "claim"])) | (facts["item"] == "published_area_ha")
    ]

    unread = cited["note"].fillna("").str.contains("headline|third party")  # no address was seen
    assert cited["source_url"][~unread].str.startswith(("http://", "https://")).all()
    assert cited["as_of"].ne("").all()


def test_distances_of_sites_that_do_not_say_how_accurate_they_are_go_by_the_other_end(ask):
    atlas = build_atlas(ask(sites(a=square(2000, 0, 100))))
    near_ = nm.report(atlas.catalog).query("section == 'near'")

    assert (near_["accuracy_m"] > 0).all()
    assert (atlas.links["accuracy_m"] > 0).all()
    stations = atlas.links[atlas.links["layer"] == "stations"]
    assert stations["high_m"].tolist() == pytest.approx(nm.near("stations", atlas.catalog).high_m)


@pytest.mark.filterwarnings("ignore:.*left out, as:nmgeo.errors.Notice")
def test_a_report_on_a_day_has_no_later_status():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # of layers whose status was stated later
        every = nm.report(on="2024-11-20")
        page = nm.document(on="2024-11-20")
    rows = every.query("section == 'policy' and site_id == 'sandy_ridge'")

    stated = every[every["section"].isin(["policy", "claim", "published"])]["as_of"].fillna("")
    assert len(stated) > 50
    assert stated.map(lambda day: day <= "2024-11-20").all()
    assert "| 2026-" not in page
    assert rows.set_index("item").loc["sandy_ridge_eoi", "value"] == "closed"
    assert "sandy_ridge_award" not in set(rows["item"])


def test_a_name_without_end_is_cut_in_the_document_and_whole_in_the_data(tmp_path):
    file = write_json(tmp_path / "a.geojson", [(square(0, 0, 100), "a", {"name": "N" * 10_000})])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = nm.document(file, at="500m")

    assert max(map(len, re.findall("N+", shown))) == 199
    assert nm.area(file)["name"].tolist() == ["N" * 10_000]


def test_the_lines_of_the_years_lead_to_what_is_open_and_begin_where_the_nearest_changes():
    atlas = build_atlas()
    rows = atlas.links_by_year
    stations = rows[rows["layer"] == "stations"]

    for year in (2026, 2030, 2034):
        until = stations["until_year"].fillna(9999)
        now = stations[(stations["from_year"] <= year) & (year < until)]
        expected = nm.near("stations", years=[year])
        shown = dict(zip(now["outline_id"], now["nearest_m"], strict=True))
        assert sorted(shown.values()) == pytest.approx(sorted(expected["nearest_m"]))
        assert len(shown) == len(atlas.sites)
    steps = stations.groupby("outline_id")["nearest_m"].diff().dropna()
    assert (steps < 0).any()
    later = stations.loc[steps[steps == 0].index]
    assert later["also"].map(len).gt(0).all()  # something opens that is as near
