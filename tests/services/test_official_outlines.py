"""Official outlines: plans and lots that were fetched, in every command and output."""

import json
import re
import shutil

import geopandas as gpd
import pandas as pd
import pytest
from fake_services import COUNT
from pulling import fetch

import nmgeo as nm

pytestmark = pytest.mark.filterwarnings("ignore:.* official outline fetched:nmgeo.errors.Notice")

SCHEME = "san_tin_technopole:ozp_scheme_area"


def test_the_zones_of_a_plan_are_the_official_outline_of_its_site(cache, filled, run):
    shutil.copytree(filled / "layers", cache / "layers")
    shipped = nm.area(nm.open_catalog(shipped_only=True), site="san_tin_technopole")
    with pytest.warns(nm.Notice, match=r"official outline fetched on .* in place of the shipped"):
        rows = nm.area(site="san_tin_technopole")
    zones = nm.read_layer(nm.open_catalog(), "zones")
    one = nm.sites().loc[SCHEME]

    area = rows.set_index("basis")["area_ha"]
    assert area["ozp_scheme_area"] == pytest.approx(nm.net_ha(zones), rel=1e-7)
    before = shipped.set_index("basis")["area_ha"]
    assert area["development_area_excl_loop"] == before["development_area_excl_loop"]
    assert (one["geometry_status"], one["fitted_to_published"]) == ("official", False)
    assert one["method"].startswith("Union of the zones of S/STT/1, fetched from http://127")
    assert "Planning Department (LicenseRef-unstated)" in rows.attrs["credits"]
    for command in ("area", "sites", "near stations", "report"):
        done = run(*command.split(), "--lang", "tc")
        assert (done.exit_code, "官方界線" in done.stderr) == (0, True)
        assert "官方界線" not in run(*command.split(), "--shipped", "--lang", "tc").stderr
    assert (
        nm.sites(nm.open_catalog(shipped_only=True)).loc[SCHEME, "geometry_status"] == "indicative"
    )


def test_the_plan_of_the_loop_stands_beside_its_park_and_a_lot_is_sandy_ridge(services, run):
    fetch(services.arcgis("loop"))
    fetch(services.arcgis("lots"), name="lots")
    rows = nm.area().set_index(["site_id", "basis"])
    before = nm.area(nm.open_catalog(shipped_only=True)).set_index(["site_id", "basis"])

    plan, lot = ("hetao_hk_park", "ozp_planning_area"), ("sandy_ridge", "tender_lot")
    park = ("hetao_hk_park", "park")
    assert set(rows.index) - set(before.index) == {plan}
    assert rows.loc[park, "area_ha"] == before.loc[park, "area_ha"]
    assert rows.loc[plan, "area_ha"] == pytest.approx(
        nm.net_ha(nm.read_layer(nm.open_catalog(), "zones"))
    )
    assert rows.loc[plan, "published_area_ha"] == 104
    assert rows.loc[lot, "area_ha"] == pytest.approx(rows.loc[plan, "area_ha"] / COUNT, rel=0.01)
    said = run("area", "hetao").stderr
    assert "Hetao Hong Kong Park, outline zoning plan area: official outline fetched on" in said
    assert "beside the shipped one (park)" in said
    for command in ("near stations", "policy"):
        assert run(*command.split()).exit_code == 0


def test_a_part_of_the_zones_is_no_outline(services):
    fetch(services.arcgis("ok"), bbox=(114.0, 22.4, 114.2, 22.6))

    assert nm.sites().loc[SCHEME, "geometry_status"] == "indicative"


SAID = (
    "in place of the shipped one (1,004.0 ha); they share 1% of their land together and lie up to"
)
TC = "取代內附界線（1,004.0公頃）；兩者共有土地佔合計範圍1%，最遠相距"


@pytest.fixture
def pulled(cache, filled, monkeypatch, tmp_path):
    """Return a cache that holds the zones of San Tin, and keep a journal."""
    shutil.copytree(filled / "layers", cache / "layers")
    monkeypatch.setenv("NMGEO_JOURNAL", str(tmp_path / "journal"))
    return cache


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("area", "a.csv"),
        ("near stations", "a.json"),
        ("zoning san_tin", "a.csv"),
        ("area", "a.geojson"),
        ("report", "a.md"),
        ("sheet san_tin", "a.html"),
        ("export sites", "a.csv"),
    ],
)
@pytest.mark.usefixtures("pulled")
def test_every_output_says_how_an_official_outline_differs(tmp_path, run, command, name):
    out = tmp_path / name
    done = run(*command.split(), "-o", out)
    said = out.read_text(encoding="utf-8")

    assert (done.exit_code, SAID in said) == (0, True), done.stderr
    assert done.stderr.count(SAID) == 1  # once, however often the sites are read
    rows = nm.explain(out)
    assert SAID in rows.set_index("file").loc["zones", "detail"]


@pytest.mark.parametrize("command", ["area", "report", "sheet san_tin"])
@pytest.mark.usefixtures("pulled")
def test_it_is_said_in_the_language_of_the_file_and_not_where_the_shipped_are_used(
    tmp_path, run, command
):
    out = tmp_path / "a.md"
    assert run(*command.split(), "-o", out, "--lang", "tc").exit_code == 0
    assert TC in out.read_text(encoding="utf-8")
    assert run(*command.split(), "-o", out, "--shipped", "--overwrite").exit_code == 0
    assert "official outline" not in out.read_text(encoding="utf-8")


@pytest.mark.usefixtures("pulled")
def test_files_that_are_no_text_say_it_too(tmp_path, run):
    assert run("area", "-o", tmp_path / "a.xlsx").exit_code == 0
    assert run("area", "-o", tmp_path / "a.gpkg").exit_code == 0
    assert run("pack", tmp_path / "pack").exit_code == 0
    assert run("atlas", "-o", tmp_path / "maps").exit_code == 0

    book = pd.read_excel(tmp_path / "a.xlsx", sheet_name=0, header=None)
    assert SAID in " ".join(map(str, book.to_numpy().ravel()))
    for file in ("a.gpkg", "pack/nmgeo.gpkg"):
        layer = None if file == "a.gpkg" else "sites"
        rows = gpd.read_file(tmp_path / file, layer=layer)
        assert rows["method"].fillna("").str.contains(SAID, regex=False).sum() == 1
    assert SAID in (tmp_path / "pack/credits.txt").read_text(encoding="utf-8")
    told = json.loads((tmp_path / "maps/manifest.json").read_text(encoding="utf-8"))
    assert SAID in told["pulled"]["zones"]["remark"]
    page = (tmp_path / "maps/map.html").read_text(encoding="utf-8")
    assert SAID in page
    assert TC in page
    assert run("replay", tmp_path / "maps/manifest.json").exit_code == 0


@pytest.mark.usefixtures("pulled")
def test_a_printed_map_draws_it_and_says_the_difference_and_the_credit(tmp_path, run):
    for name in ("a.svg", "a.png"):
        assert run("print", "san_tin_technopole", "-o", tmp_path / name).exit_code == 0
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    words = " ".join(re.findall("<text[^>]*>([^<]*)", drawn))

    assert SAID in words
    assert "scheme area, under construction, official" in words
    assert "Planning Department (LicenseRef-unstated)" in words
    rows = nm.explain(tmp_path / "a.png").set_index("file")
    assert SAID in rows.loc["zones", "detail"]


@pytest.mark.usefixtures("pulled")
def test_a_table_on_stdout_says_it_as_its_file_does(run):
    for form in ("csv", "json", "md"):
        assert SAID in run("area", "--format", form).stdout
    rows = json.loads(run("area", "--json").stdout)["rows"]
    assert [SAID in row["method"] for row in rows if row["basis"] == "ozp_scheme_area"] == [True]
    assert not any(row["method"] for row in rows if row["basis"] != "ozp_scheme_area")


@pytest.mark.usefixtures("pulled")
def test_an_official_area_without_accuracy_has_no_range(services, run):
    fetch(services.arcgis("lots"), name="lots")
    sheet = run("sheet", "sandy_ridge").stdout

    assert "nan" not in sheet
    assert "(tender lot; official, error not known)" in sheet
    assert "官方界線，誤差不詳" in sheet
    assert "official outline, accuracy not known" in run("report", "--format", "md").stdout
