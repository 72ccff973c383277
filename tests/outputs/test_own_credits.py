"""Whose the sites are: no output says that we drew the user's own, or how sure they are."""

import json

import geopandas as gpd
import pyogrio
import pytest
from world import points, sites, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import Notice
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.citations import outline_caveat
from nmgeo.outputs.pack.content import layers_of
from nmgeo.outputs.report import report_markdown
from nmgeo.outputs.web.map import render_page
from nmgeo.outputs.web.page_words import page_words

OURS = (  # what is said of shipped sites alone
    *("Outlines drawn by nmgeo", "Drawn for this project", "drawn for this map"),
    *("states its accuracy", "scaled to its published area"),
)
MINE = "Sites: the author's own data"
CAVEAT = "Sites are as supplied, not checked against legal boundaries. Their accuracy is not known."


def flat(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    lots = sites(a=square(2000, 0, 100)).drop(columns="accuracy_m", errors="ignore")
    return open_catalog(sites=write(lots, tmp_path_factory.mktemp("lots") / "lots.geojson"))


@pytest.fixture(scope="module")
def atlas(here):
    return build_atlas(here)


def test_the_page_and_the_report_say_what_is_so(atlas):
    for text in (render_page(atlas), report_markdown(atlas)):
        assert not [one for one in OURS if one in text]
        assert CAVEAT in text
        assert MINE in text


@pytest.mark.parametrize("drawn", [lambda out, here: nm.map(here, out=out), nm.print])
def test_a_picture_and_a_sheet_say_what_is_so(here, tmp_path, drawn):
    drawn(tmp_path / "a.svg", here)
    texts = flat((tmp_path / "a.svg").read_text(encoding="utf-8"))

    assert not [one for one in OURS if one in texts]
    assert "Sites are as supplied" in texts
    assert MINE in texts


def test_the_page_credits_in_the_language_of_the_reader(atlas):
    for line in (MINE, *atlas.catalog.credits):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in page_words(atlas)["text"][line][1])


def test_a_pack_describes_own_layers_as_the_users(here):
    stations = points(w=(3000, 0))
    named = {layer.name: layer for layer in layers_of(build_atlas(here_with(here, stations)))}

    assert (named["sites"].description, named["sites"].metadata) == (CAVEAT, {})
    assert (named["stations"].description, named["stations"].metadata) == ("", {})
    assert named["boundary"].metadata["LICENCE"] == "LicenseRef-DATA.GOV.HK"


def here_with(here, stations):
    """Return the catalog with the user's own layer in the place of a shipped one."""
    return open_catalog(sites=here.own_sites, layers={"stations": stations})


@pytest.mark.parametrize("ending", [".gpkg", ".kml"])
def test_an_export_says_whose_the_sites_are(here, tmp_path, ending):
    nm.export(tmp_path / f"a{ending}", "sites", here)

    assert MINE in told_by(tmp_path / f"a{ending}")


def told_by(path):
    """Return the description of the first layer of a file."""
    if path.suffix == ".kml":
        return path.read_text(encoding="utf-8").replace("&apos;", "'").replace("&#x27;", "'")
    return json.dumps(pyogrio.read_info(path)["layer_metadata"])


def test_a_stated_credit_stands_where_its_data_are_and_nowhere_else(here):
    lots = gpd.read_file(here.own_sites.path)
    said = open_catalog(sites=lots, layers={"wells": points(w=(3000, 0))})

    assert said.credits_of(["wells"]) == ()
    assert said.credits_of(["wells"], sites=True) == ()
    mine, wells, ours = said.credits_of(["wells", "stations"], sites=True)
    assert (mine, wells) == (MINE, "Layer wells: the author's own data")
    assert ours.startswith("Points compiled by nmgeo contributors")


@pytest.mark.parametrize(
    ("accuracies", "said"),
    [
        ([5.0, 5.0], "Each states its accuracy."),
        ([5.0, None], "The accuracy of 1 of 2 is not known."),
        ([None, None], "Their accuracy is not known."),
    ],
)
def test_the_caveat_says_of_how_many_sites_the_accuracy_is_known(here, accuracies, said):
    column = gpd.pd.Series(accuracies, dtype=float)

    assert outline_caveat(here, column, "en").endswith(said)
    assert "drawn for this map" in outline_caveat(open_catalog(), column, "en")


def test_an_output_counts_the_sites_of_uncertain_instruments_in_one_line():
    said = "which policy instruments apply is not certain for 1 of 1 site; nmgeo policy says why"
    with pytest.warns(Notice) as caught:
        build_atlas(open_catalog(sites=sites(a=square(0, 0, 9))[["geometry"]]))

    assert [str(one.message) for one in caught if "polic" in str(one.message)] == [said]


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("print", ["-o", "a.svg"], False),
        ("print", ["-o", "a.pdf", "--atlas"], True),
        ("map", ["-o", "a.svg"], False),
        ("map", ["-o", "a.html"], True),
    ],
)
def test_a_note_on_instruments_stands_where_instruments_do(run, tmp_path, command, words, said):
    lots = write(sites(a=square(0, 0, 100)), tmp_path / "lots.gpkg")
    done = run(command, "--sites", lots, words[0], tmp_path / words[1], *words[2:])

    assert (done.exit_code, "which policy instruments apply" in done.stderr) == (0, said)


PONDS = "Lands Department, HKSAR Government"


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet", "kml"])
def test_credits_stay_when_a_file_that_nmgeo_wrote_comes_back(run, tmp_path, ending):
    first, second, third = (tmp_path / f"{name}.{ending}" for name in "abc")
    assert run("export", "ponds", "-o", first).exit_code == 0
    assert run("rings", "--sites", first, "--at", "200m", "-o", second).exit_code == 0
    done = run("rings", "--sites", second, "--at", "200m", "-o", third)
    assert done.exit_code == 0, done.stderr

    for file in (second, third):
        said = open_catalog(sites=str(file)).credits_of(["stations"], sites=True)
        assert any(line.startswith(PONDS) for line in said)
        assert len(set(said)) == len(said)
        assert MINE not in said


def test_what_is_made_of_own_data_too_says_so_however_often_it_is_written(run, tmp_path):
    lots = write(sites(a=square(2000, 0, 100)), tmp_path / "lots.geojson")
    rings, again = tmp_path / "rings.geojson", tmp_path / "again.geojson"
    assert run("rings", "--sites", lots, "--at", "200m", "-o", rings).exit_code == 0
    assert run("rings", "--sites", rings, "--at", "200m", "-o", again).exit_code == 0

    said = open_catalog(sites=str(again)).credits_of([], sites=True)
    assert said[0] == MINE
    assert any("open map data" in line for line in said)  # of the stations that it counts


@pytest.mark.parametrize(
    "inputs", [None, 3, [3], [{}], [{"credit": 5}], [{"credits": [5]}], [{"credit": "x\ny" * 999}]]
)
def test_a_statement_that_somebody_made_up_breaks_nothing(tmp_path, inputs):
    path = tmp_path / "lots.geojson"
    told = {"schema": "nmgeo.provenance/1", "inputs": inputs}
    shapes = json.loads(sites(a=square(2000, 0, 100)).to_crs(4326).to_json())
    path.write_text(json.dumps(shapes | {"nmgeo-provenance": told}), encoding="utf-8")

    said = open_catalog(sites=str(path)).credits_of(["stations"], sites=True)
    assert all("\n" not in line and len(line) < 600 for line in said)
