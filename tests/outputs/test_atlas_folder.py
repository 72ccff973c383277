"""Publishing: the whole atlas into a folder, or nothing."""

import csv
import json
from pathlib import Path

import pyogrio
import pytest
from pyogrio.errors import DataSourceError
from world import points, sites, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError
from nmgeo.files import sha256

NAMES = [
    "manifest.json",
    "map.html",
    "report.md",
    "sites.csv",
    "sites.geojson",
    "sites.hk80.geojson",
]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Publish once, and keep what was written by name."""
    folder = tmp_path_factory.mktemp("atlas")
    nm.atlas(folder)
    return contents(folder)


@pytest.fixture
def folder(tmp_path, published):
    """Make a folder that was published to before."""
    place = tmp_path / "maps"
    place.mkdir()
    for name, data in published.items():
        (place / name).write_bytes(data)
    return place


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_atlas_is_six_files(published):
    assert sorted(published) == NAMES


def test_the_paths_are_given_back(tmp_path):
    paths = nm.atlas(tmp_path / "deep" / "maps")

    assert sorted(path.name for path in paths) == NAMES
    assert all(path.is_file() for path in paths)


def test_the_manifest_names_outputs_and_inputs_by_their_true_hashes(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    here = open_catalog()

    assert manifest["schema"] == "nmgeo.manifest/1"
    assert manifest["outputs"] == {
        name: sha256(folder / name) for name in NAMES if name != "manifest.json"
    }
    assert manifest["inputs"] == {
        path.name: sha256(path)
        for path in here.folder.iterdir()
        if path.suffix != ".toml" and path.name != "README.md"
    }
    assert manifest["credits"] == list(here.credits)


def test_the_manifest_says_what_was_asked_for(tmp_path):
    file = write(sites(a=square(2000, 0, 100)), tmp_path / "lots.geojson")
    nm.atlas(tmp_path / "maps", open_catalog(sites=file), at=["2km"], lang="tc")

    manifest = json.loads((tmp_path / "maps" / "manifest.json").read_text(encoding="utf-8"))
    assert not any("Outlines drawn by" in line for line in manifest["credits"])
    assert manifest["options"] == {"at": ["2km"], "lang": "tc"}
    words = ("key", "crs", "encoding", "name", "accuracy_m", "licence", "credit")
    unsaid = dict.fromkeys(words)
    said = unsaid | {"path": file, "strict": False, "max_size": 0, "sha256": sha256(Path(file))}
    assert manifest["own_inputs"] == {"sites": said}


def test_the_manifest_says_how_each_of_the_users_files_was_read(tmp_path):
    lots = sites(a=square(2000, 0, 100)).assign(lot="L1")
    file = write(lots, tmp_path / "lots.gpkg", layer="plots")
    wells = write(points(w=(0, 0)), tmp_path / "wells.geojson")
    here = open_catalog(
        sites=f"{file}#plots",
        key="lot",
        layers={"wells": wells},
        crs={"wells": "EPSG:4326"},
        strict=True,
    )
    nm.atlas(tmp_path / "maps", here)

    manifest = json.loads((tmp_path / "maps" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["own_inputs"] == {
        "sites": {
            "path": f"{file}#plots",
            "key": "lot",
            "crs": None,
            "strict": True,
            "encoding": None,
            "name": None,
            "max_size": 0,
            "accuracy_m": None,
            "licence": None,
            "credit": None,
            "sha256": sha256(Path(file)),
        },
        "wells": {
            "path": wells,
            "key": None,
            "crs": "EPSG:4326",
            "strict": True,
            "encoding": None,
            "name": None,
            "max_size": 0,
            "accuracy_m": None,
            "licence": None,
            "credit": None,
            "sha256": sha256(Path(wells)),
        },
    }


def test_the_table_of_sites_has_a_row_for_each_outline(published):
    rows = list(csv.DictReader(published["sites.csv"].decode().splitlines()))

    assert [row["outline_id"] for row in rows] == list(nm.sites().index)
    assert {"area_ha", "published_area_ha", "policies"} <= set(rows[0])


def test_the_same_input_gives_the_same_bytes(tmp_path, published):
    nm.atlas(tmp_path)

    assert contents(tmp_path) == published


@pytest.mark.usefixtures("built_once")
def test_its_own_files_are_replaced_unasked(folder, published):
    nm.atlas(folder, lang="tc")
    assert contents(folder)["report.md"] != published["report.md"]

    nm.atlas(folder)
    assert contents(folder) == published


@pytest.mark.usefixtures("built_once")
def test_a_file_that_was_lost_is_written_again(folder, published):
    (folder / "map.html").unlink()
    nm.atlas(folder)

    assert contents(folder) == published


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("name", ["map.html", "sites.hk80.geojson"])
def test_a_file_that_was_changed_since_stops_it(folder, name):
    (folder / name).write_text("changed by hand", encoding="utf-8")
    before = contents(folder)
    with pytest.raises(ExportError, match=rf"{name}: is there already.*overwrite=True"):
        nm.atlas(folder, lang="tc")

    assert contents(folder) == before


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("name", ["report.md", "manifest.json"])
def test_a_foreign_file_stops_it(tmp_path, name):
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(ExportError, match=name):
        nm.atlas(tmp_path)

    assert contents(tmp_path) == {name: b"{}"}


@pytest.mark.usefixtures("built_once")
def test_a_link_that_leads_nowhere_stops_it(tmp_path):
    (tmp_path / "map.html").symlink_to(tmp_path / "gone")
    with pytest.raises(ExportError, match=r"map.html: is there already"):
        nm.atlas(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


@pytest.mark.usefixtures("built_once")
def test_a_file_is_not_replaced_by_way_of_a_folder_that_is_not_there_yet(tmp_path):
    (tmp_path / "sites.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"sites.csv: is there already"):
        nm.atlas(tmp_path / "new" / "..")

    assert (tmp_path / "sites.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize(
    "text",
    ["no json", '{"name": "an app"}', '{"outputs": []}', '{"outputs": {}}'],
)
def test_a_manifest_of_somebody_else_stops_it(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ExportError, match=r"manifest.json: .*overwrite=True"):
        nm.atlas(tmp_path)

    assert contents(tmp_path) == {"manifest.json": text.encode()}


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("name", ["map.html", "manifest.json"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_in_the_place_of_a_file_stops_it(folder, name, overwrite):
    (folder / name).unlink()
    (folder / name).mkdir()
    before = {path.name: path.is_dir() or path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ExportError, match=name):
        nm.atlas(folder, overwrite=overwrite, lang="tc")

    after = {path.name: path.is_dir() or path.read_bytes() for path in folder.iterdir()}
    assert after == before


@pytest.mark.usefixtures("built_once")
def test_foreign_files_are_replaced_on_demand_and_others_are_left(tmp_path, published):
    for name in (*NAMES, "mine.txt"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    nm.atlas(tmp_path, overwrite=True)

    assert contents(tmp_path) == published | {"mine.txt": b"mine"}


@pytest.mark.usefixtures("built_once")
def test_a_failure_in_the_middle_leaves_the_old_files_whole(folder, published, monkeypatch):
    def failing(*_, **__):
        raise DataSourceError("the disk is full")

    monkeypatch.setattr(pyogrio, "write_arrow", failing)
    with pytest.raises(ExportError, match="the disk is full"):
        nm.atlas(folder, lang="tc")

    assert contents(folder) == published


@pytest.mark.usefixtures("built_once")
def test_a_place_that_is_no_folder_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"(?i)file exists|not a (folder|directory)") as refused:
        nm.atlas(tmp_path / "file")

    assert "\n" not in str(refused.value)
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_wrong_distance_stops_it_before_anything_is_written(tmp_path):
    with pytest.raises(nm.NmgeoError, match="length"):
        nm.atlas(tmp_path / "maps", at=["500"])

    assert list(tmp_path.iterdir()) == []
