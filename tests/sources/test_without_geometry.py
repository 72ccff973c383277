"""A site without geometry: a command says it once, and that it has none where it is named."""

import warnings

import pytest
from world import sites, square

import nmgeo as nm
from nmgeo.errors import LayerError, Notice


@pytest.fixture
def lots(tmp_path):
    file = tmp_path / "lots.gpkg"
    frame = sites(here=square(0, 0, 100), gone=None)
    frame.rename_axis("lot").reset_index().to_file(file)
    return file


_COMMANDS = {
    "map": lambda folder, lots: nm.map(folder / "a.html", lots, key="lot"),
    "report": lambda _, lots: nm.report(lots, key="lot"),
    "document": lambda _, lots: nm.document(lots, key="lot"),
    "pack": lambda folder, lots: nm.pack(folder / "pack", lots, key="lot"),
    "print": lambda folder, lots: nm.print(folder / "a.svg", lots, key="lot"),
    "near": lambda _, lots: nm.near(lots, "stations", key="lot"),
}


@pytest.mark.parametrize("command", _COMMANDS)
def test_it_is_said_once(tmp_path, lots, command):
    for time in ("first", "second"):  # each call says it anew
        folder = tmp_path / time
        folder.mkdir()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", Notice)
            _COMMANDS[command](folder, lots)
        assert sum("no geometry" in str(one.message) for one in told) == 1


@pytest.mark.parametrize(
    "command",
    [
        *("area --site gone", "near stations --site gone", "inside ponds --site gone"),
        *("sites --site gone", "constraints --site gone", "map --site gone -o x.html"),
        *("print gone -o x.svg", "policy gone"),
    ],
)
def test_a_site_that_has_none_is_not_unknown(tmp_path, lots, command, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*command.split(), "--sites", lots, "--key", "lot")

    assert done.exit_code == 4
    assert done.stderr.splitlines()[-1] == (
        f"nmgeo: {lots}: feature gone: no geometry; give it an outline or leave it out"
    )


def test_a_site_of_another_name_is_unknown(lots, run):
    done = run("sites", "--site", "went", "--sites", lots, "--key", "lot")

    assert done.exit_code == 2
    assert "site 'went': unknown" in done.stderr


def test_what_has_none_is_not_of_a_kind_without_area(lots, run):
    with pytest.raises(LayerError, match="feature gone: no geometry; give it an outline"):
        nm.inside(lots, "ponds", key="lot", site="gone")
    done = run("area", "--site", "gone", "--sites", lots, "--key", "lot", "--lang", "tc")

    assert "圖徵gone：沒有幾何資料；請補上輪廓或略去" in done.stderr


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_a_page_says_how_many_are_left_out_of_each_layer(tmp_path, lots, visit):
    ponds = tmp_path / "own.gpkg"
    sites(a=square(300, 0, 100), b=None, c=None).reset_index().to_file(ponds)
    catalog = nm.open_catalog(sites=lots, layers={"own": ponds}, key={"sites": "lot"})
    page = visit(nm.map(tmp_path / "a.html", catalog, at="none"))
    legend = page.locator("#nm-legend")
    labels = legend.locator("label").all_inner_texts()
    page.evaluate("NM.set({lang: 'tc'})")

    assert "own (1), 2 without geometry left out" in labels
    assert [one for one in labels if "Sites" in one] == ["Sites, 1 without geometry left out"]
    assert legend.locator("label", has_text="另有2個沒有幾何資料，已略去").count() == 1


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_a_report_says_so_in_words_and_has_no_blank_rows(lots):
    rows = nm.report(lots, key="lot")
    gone = rows[rows["site_id"] == "gone"]

    assert gone[["section", "item", "note"]].to_numpy().tolist() == [
        ["area", "area_ha", "no geometry"]
    ]
    document = nm.document(lots, key="lot")
    assert "Without geometry, and so without measures: gone." in document
    assert document.count("gone") == 1
