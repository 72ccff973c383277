"""Project files: read with the line of each fault, used by every command, written once."""

import json
import re
import tomllib

import pytest
from world import layer, sites, square, write

import nmgeo as nm
from nmgeo.errors import LayerError
from nmgeo.project import project_template

WHOLE = """
lang = "tc"
rings = ["300m"]
outputs = "out"

[sites]
file = "lots.geojson"
key = "id"
crs = "hk80"
accuracy = "5m"
credit = "Our survey"
licence = "CC-BY-4.0"

[layers.zones]
file = "zones.gpkg"
credit = "Their zones"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the working directory, with two files in it."""
    write(sites(a=square(0, 0, 100), b=square(500, 0, 100)), tmp_path / "lots.geojson", 2326)
    write(layer({"z": square(0, 0, 300)}, use=["farm"]), tmp_path / "zones.gpkg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_uses_the_project_of_its_folder_and_options_win(folder, run):
    (folder / "nmgeo.toml").write_text(WHOLE, encoding="utf-8")

    done = run("area", "-f", "csv", "--lang", "en")
    assert done.stdout.splitlines()[1].startswith("a,")
    assert "nmgeo: note: sites as in nmgeo.toml" in done.stderr
    inside = run("inside", "zones", "-f", "md")
    assert ("用地" in inside.stdout, "zones取自nmgeo.toml" in inside.stderr) == (True, True)
    assert "0\u2013300" in run("rings", "-f", "md", "--lang", "en").stdout
    assert "0\u2013100" in run("rings", "-f", "md", "--lang", "en", "--at", "100m").stdout
    other = run("area", "-f", "csv", "--sites", "zones.gpkg", "--lang", "en")
    assert (len(other.stdout.splitlines()), "as in nmgeo.toml" in other.stderr) == (2, False)
    assert len(run("area", "zones.gpkg", "-f", "csv").stdout.splitlines()) == 2
    assert "nmgeo.toml" not in run("claims", "-f", "csv").stderr


def test_a_project_file_that_cannot_be_read_is_not_passed_over(folder, run):
    (folder / "nmgeo.toml").symlink_to("nmgeo.toml")

    done = run("layers")

    assert done.exit_code == 4
    assert done.stderr.startswith("nmgeo: nmgeo.toml: cannot be opened (Too many levels of")


def test_accuracy_and_credit_of_a_project_reach_the_answers(folder):
    (folder / "nmgeo.toml").write_text(WHOLE, encoding="utf-8")
    project = nm.open_project()
    rows = nm.inside("zones", catalog=project.catalog)

    assert (project.lang, project.rings, project.outputs.name) == ("tc", ("300m",), "out")
    assert rows["site_accuracy_m"].tolist() == [5, 5]
    assert rows.attrs["credits"] == ["Our survey (CC-BY-4.0)", "Their zones"]
    assert nm.area(project.catalog)["low_ha"].notna().all()


def test_an_atlas_of_a_project_is_written_where_it_says_and_can_be_replayed(folder, run):
    (folder / "nmgeo.toml").write_text(WHOLE, encoding="utf-8")

    assert run("atlas").exit_code == 0
    manifest = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"] == {"at": ["300m"], "lang": "tc"}
    assert manifest["own_inputs"]["sites"]["accuracy_m"] == 5
    assert {"Our survey (CC-BY-4.0)", "Their zones"} <= set(manifest["credits"])
    manifest["outputs"] = {"report.md": manifest["outputs"]["report.md"]}
    (folder / "one.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert set(nm.replay("one.json")["result"]) == {"ok"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = = 1", r"cannot be read \(Invalid value \(at line 1, column 5\)\)"),
        ("rings = 500", r"line 1: rings: is not as in rings = \[.500m., .1km.\]"),
        ('\nrings = ["5"]', r"line 2: rings: "),
        ("rings = []", "line 1: rings: is not as in"),
        ('lang = "xx"', "line 1: lang: is not as in lang = .tc."),
        ("lang = [1]", "line 1: lang: is not as in"),
        ('long = "tc"', r"line 1: long: is no field \(did you mean lang"),
        ('[sites]\nkey = "a"', "line 1: sites: names no file"),
        ("sites = 3", r"line 1: sites: is no table, written as \[sites\]"),
        ('[layers.z]\nfile = "a.gpkg"\ncrs = "nowhere"', "line 3: layers.z.crs: unknown CRS"),
        ('[sites]\nfile = "a"\n[layers.sites]\nfile = "b"', "line 3: layers.sites: is no name of"),
        ('[layers.""]\nfile = "b"', "line 1: layers.: is no name of a layer"),
        ('[layers.z]\nfile = ""', "line 2: layers.z.file: is not as in"),
        ('[layers.z]\nfile = "a"\naccuracy = 5', "line 3: layers.z.accuracy: is not as in"),
        ('[layers."a.b"]\nfiles = "a"', "layers.a.b.files: is no field"),
        ("a = " + "[" * 3_900, "cannot be read"),
        ("\n" + ".".join("a" * 400_000) + " = 1", "line 2 has more than 4000 characters"),
        ("\ud800", "is not UTF-8"),
        ("#" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_fault_is_said_with_its_line(tmp_path, text, said):
    path = tmp_path / "nmgeo.toml"
    path.write_bytes(text.encode(errors="surrogatepass"))

    with pytest.raises(LayerError, match=said) as caught:
        nm.open_project(path)
    assert str(caught.value).isprintable()


VALUES = [
    *("tc", "EN", "", "  ", "EPSG:2326", "lots.gpkg", "5m", "5 KM", "0.5mi", "5", "5deg", "-5m"),
    *(3, True, [], ["500m"], ["5"], [""], ["1km", 2], {}),
]


def fault_of(path):
    try:
        nm.open_project(path)
    except LayerError as error:
        return str(error)
    return None


def fits(value, rule):
    """Tell whether a value fits a rule of a schema, as far as ours uses them."""
    if "enum" in rule:
        return value in rule["enum"]
    if rule["type"] == "array":
        return isinstance(value, list) and value and all(fits(v, rule["items"]) for v in value)
    return isinstance(value, str) and re.search(rule["pattern"], value)


@pytest.mark.parametrize("value", VALUES)
def test_the_schema_accepts_and_refuses_what_the_reader_does(tmp_path, value):
    path, schema = tmp_path / "nmgeo.toml", nm.project_schema()["properties"]
    file, layers = schema["sites"]["properties"], schema["layers"]
    assert layers["additionalProperties"]["properties"] == file
    general = {name: rule for name, rule in schema.items() if "properties" not in rule}
    places = [("", name, rule) for name, rule in general.items() if name != "layers"]
    places += [("[sites]\nfile = 'a'\n", name, rule) for name, rule in file.items()]
    for head, name, rule in places:
        kept = "" if name == "file" else head
        line = f"{name} = {json.dumps(value)}".replace("{}", "{ }")
        path.write_text(f"{kept or head[:8]}{line}\n", encoding="utf-8")
        said = fault_of(path)
        at = kept.count("\n") + 1 + bool(head and not kept)
        assert said is None or f"line {at}: " in said
        if name != "crs" or not isinstance(value, str):  # which is looked up
            assert (said is None) == bool(fits(value, rule)), (name, value)


def test_a_file_that_lies_there_names_no_files_elsewhere_until_it_is_named(folder, run):
    inner = folder / "inner"
    inner.mkdir()
    (inner / "link.gpkg").symlink_to(folder / "zones.gpkg")
    for name in ("../zones.gpkg", str(folder / "zones.gpkg"), "link.gpkg"):
        path = inner / "nmgeo.toml"
        path.write_text(f"[layers.zones]\nfile = {name!r}\n", encoding="utf-8")
        with pytest.raises(LayerError, match="file: lies outside the folder"):
            nm.open_project(path, trusted=False)
        assert run("--project", path, "inside", "zones").exit_code == 0
    path.write_text('outputs = "../.."', encoding="utf-8")
    with pytest.raises(LayerError, match="lies outside the folder of the project"):
        nm.open_project(path, trusted=False)
    assert run("--project", folder / "none.toml", "sites").exit_code == 4


def test_links_in_a_circle_lead_nowhere(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "nmgeo.toml").write_text('[layers.z]\nfile = "a"\n', encoding="utf-8")

    with pytest.raises(LayerError, match="lies outside the folder"):
        nm.open_project(tmp_path / "nmgeo.toml", trusted=False)


def test_init_writes_every_field_as_a_comment_and_never_over_a_file(folder, run):
    assert run("init").exit_code == 0
    written = (folder / "nmgeo.toml").read_text(encoding="utf-8")
    assert tomllib.loads(written) == {}
    assert run("init").exit_code == 6
    assert "is there already" in run("init", "--lang", "en").stderr
    assert "用地" in project_template("tc")
    told = tomllib.loads("\n".join(one[1:] for one in written.splitlines() if one[:2] != "# "))
    schema = nm.project_schema()["properties"]
    assert told.keys() == schema.keys()
    assert told["sites"].keys() == schema["sites"]["properties"].keys()
    assert told["layers"]["zones"] == told["sites"]
    (folder / "all.toml").write_text(
        "\n".join(one[1:] for one in written.splitlines() if one[:2] != "# "), encoding="utf-8"
    )
    assert nm.open_project("all.toml").files["zones"].accuracy_m == 5
    assert json.loads(run("schema", "project").stdout) == nm.project_schema()


def test_a_name_that_a_note_repeats_moves_no_cursor_and_breaks_no_line(folder, run):
    name = r"x\u001b]0;title\u0007\nnmgeo: wrote fake.csv"
    text = f'[layers."{name}"]\nfile = "zones.gpkg"\n'
    (folder / "nmgeo.toml").write_text(text, encoding="utf-8")

    done = run("layers")
    assert "\x1b" not in done.stderr
    assert not any(line.startswith("nmgeo: wrote") for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    ("field", "command", "said"),
    [
        ('key = "lot"', ("area",), "nmgeo.toml, line 4: sites.key: no column 'lot' in "),
        ('name = "lot"', ("area",), "nmgeo.toml, line 4: sites.name: no column 'lot' in "),
        (
            'key = "lot"',
            ("near", "stations", "-o", "big.csv"),
            "line 4: sites.key: no column 'lot'",
        ),
    ],
)
def test_a_column_that_is_not_there_is_said_with_its_place_in_the_project(
    folder, run, field, command, said
):
    text = f'\n[sites]\nfile = "lots.geojson"\n{field}\ncrs = "hk80"\n'
    (folder / "nmgeo.toml").write_text(text, encoding="utf-8")
    done = run(*command)

    assert done.exit_code == 4
    assert said in done.stderr
    assert "--" not in done.stderr
    done = run("area", "--key" if "key" in field else "--name", "lots")
    assert done.exit_code == 2  # now it is of the command line


def test_layers_lists_the_sites_and_layers_of_the_project(folder, run):
    (folder / "nmgeo.toml").write_text(WHOLE, encoding="utf-8")
    rows = run("layers", "-f", "json", "--lang", "en").stdout
    listed = [(row["layer"], row["file"]) for row in json.loads(rows)["rows"]]

    files = {name: str(folder / file) for name, file in (("sites", "lots.geojson"),)}
    assert [file for name, file in listed if name == "sites"] == [files["sites"]]
    assert ("zones", str(folder / "zones.gpkg")) in listed
    assert [name for name, _ in listed].count("stations") == 1


def test_a_project_file_with_a_mark_of_its_encoding_is_read(tmp_path, run):
    (tmp_path / "nmgeo.toml").write_text('lang = "tc"', encoding="utf-8-sig")

    assert run("--project", str(tmp_path / "nmgeo.toml"), "sites", "-f", "csv").exit_code == 0
