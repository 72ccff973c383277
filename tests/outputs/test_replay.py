"""Replay: a manifest is run again, and every file compared."""

import json

import pytest
from world import layer, sites, square, write

import nmgeo as nm
from nmgeo.errors import AuditError, LayerError, UsageError

pytestmark = pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write an atlas of one's own lots, once."""
    place = tmp_path_factory.mktemp("replay")
    lots = write(sites(a=square(0, 0, 100)), place / "lots.geojson", 2326)
    zones = write(layer({"z": square(0, 0, 300)}), place / "zones.gpkg")
    nm.atlas(
        place / "maps",
        lots,
        at="300m",
        lang="tc",
        catalog=nm.open_catalog(layers={"zones": zones}),
        crs={"sites": "hk80"},
        key={"sites": "id"},
    )
    return place


def edited(folder, tmp_path, change):
    told = json.loads((folder / "maps" / "manifest.json").read_text(encoding="utf-8"))
    change(told)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_a_manifest_names_libraries_and_gives_equal_hashes(folder, tmp_path, run):
    rows = nm.replay(folder / "maps" / "manifest.json")

    assert set(rows["result"]) == {"ok"}
    assert {"GEOS", "PROJ", "GDAL", "nmgeo"} <= set(rows["file"])
    assert {"map.html", "report.md", "zones", "sites"} <= set(rows["file"])
    nm.require_equal(rows)
    inputs_alone = edited(folder, tmp_path, lambda told: told.update(outputs={}))
    done = run("replay", inputs_alone, "--all", "--lang", "tc")
    assert (done.exit_code, "GEOS" in done.stdout) == (0, True)


@pytest.mark.parametrize("write", [nm.map, nm.report, nm.atlas])
def test_what_draws_rings_takes_no_more_than_a_map_can_show(tmp_path, write):
    with pytest.raises(UsageError, match="at=: 101 distances, more than 100; ask for fewer"):
        write(**({} if write is nm.report else {"out": tmp_path / "out.html"}), at=range(1, 102))
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_of_more_rings_than_are_drawn_is_refused(folder, tmp_path):
    lengths = [f"{metres}m" for metres in range(1, 3_000)]
    manifest = edited(folder, tmp_path, lambda told: told["options"].update(at=lengths))

    with pytest.raises(LayerError, match="2999 distances, more than 100"):
        nm.replay(manifest)


def test_what_comes_out_otherwise_is_said_with_its_cause(folder, tmp_path):
    def change(told):
        told["outputs"]["report.md"] = "0" * 64
        told["libraries"]["GEOS"] = "3.0.0"

    rows = nm.replay(edited(folder, tmp_path, change)).set_index("file")

    assert rows.loc["report.md", "result"] == rows.loc["GEOS", "result"] == "differs"
    assert rows.loc["GEOS", "detail"].startswith("3.0.0 → ")
    with pytest.raises(AuditError, match="1 file is not the same; these differ too: GEOS"):
        nm.require_equal(rows.reset_index())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told.pop("schema"), "not a manifest of nmgeo"),
        (lambda told: told.update(outputs=[]), "not a manifest of nmgeo"),
        (lambda told: told.pop("options"), "not a manifest of nmgeo"),
        (lambda told: told["options"].pop("lang"), "not a manifest of nmgeo"),
        (lambda told: told["options"].update(lang=["en"]), "not a manifest of nmgeo"),
        (lambda told: told["options"].update(at=[300]), "not a manifest of nmgeo"),
        (lambda told: told["options"].update(site="a"), "not a manifest of nmgeo"),
        (lambda told: told.update(own_inputs=[1]), "not a manifest of nmgeo"),
        (lambda told: told.update(libraries=[1]), "not a manifest of nmgeo"),
        (lambda told: told.update(pulled={"zones": 1}), "not a manifest of nmgeo"),
        (lambda told: told["own_inputs"]["zones"].pop("sha256"), "not a manifest of nmgeo"),
        (lambda told: told["own_inputs"]["zones"].update(key=1), "not a manifest of nmgeo"),
        (lambda told: told["own_inputs"]["zones"].update(path=None), "not a manifest of nmgeo"),
        (lambda told: told["own_inputs"]["zones"].update(sha256=None), "zones was a frame"),
        (lambda told: told["own_inputs"]["zones"].update(path="/none.gpkg"), "not found"),
        (lambda told: told["own_inputs"]["zones"].update(path="a\0.gpkg"), "not found"),
    ],
)
def test_what_is_no_manifest_or_cannot_be_read_again_is_refused(folder, tmp_path, change, said):
    with pytest.raises(LayerError, match=said):
        nm.replay(edited(folder, tmp_path, change))


def test_a_manifest_that_is_not_there_is_said(run, tmp_path):
    assert run("replay", tmp_path / "none.json").exit_code == 4
