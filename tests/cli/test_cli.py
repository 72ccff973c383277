"""The command line: data on stdout, words on stderr, a line and a code for what is wrong."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.main import get_command
from world import bow_tie, layer, points, sites, square, write, write_csv, write_json

from nmgeo.catalog import shipped_folder
from nmgeo.cli import app, console, lazy_commands
from nmgeo.cli.console import Group

NMGEO = Path(sys.executable).with_name("nmgeo")
COMMANDS = list(get_command(app).commands)
REPORTS = {
    "layers": [],
    "check": [],
    "sites": [],
    "area": [],
    "audit": [],
    "near": ["stations"],
    "matrix": [],
    "robust": ["stations"],
    "rings": ["--at", "1km"],
    "strip": ["boundary", "--width", "35m"],
    "inside": ["sites"],
    "policy": ["sandy_ridge"],
    "claims": ["sandy_ridge"],
    "report": [],
}
POLYGON = square(2000, 0, 100)


def rejected(result, code):
    """Return the one line that a command ended with."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert re.fullmatch(r"(nmgeo: note: [^\n]+\n)*nmgeo: [^\n]+\n", result.stderr)
    return result.stderr


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory):
    """Write the files that bad input needs, once."""
    folder = tmp_path_factory.mktemp("bad")
    with chdir(folder):
        write(sites(a=POLYGON), "lots.geojson")
        write(points(p=(2000, 0)), "points.geojson")
        write(layer({"a": bow_tie(2000, 0, 100)}), "bow.geojson")
        write(sites(a=POLYGON, b=POLYGON).assign(lot="same"), "twice.geojson")
        write(sites(a=POLYGON), "bare.shp", 2326)
        Path("bare.prj").unlink()
        grid = {"type": "Point", "coordinates": [824_000, 840_000]}
        write_json("metres.geojson", [(grid, "a", {})])
        write_json("empty.geojson", [])
        write_json("hollow.geojson", [({"type": "Polygon", "coordinates": []}, "a", {})])
        write_json("nothing.geojson", [(None, "a", {})])
        write_csv("flat.csv", ["name"], ["x"])
        write_csv("said.csv", ["id", "area_ha"], ["b", 1])
        write_csv("unread.csv", ["id", "area_ha"], ["a", "TBC"])
        write_csv("lonlat.csv", ["name", "x", "y"], ["x", 114.06, 22.5])
        Path("text.geojson").write_text("hello", encoding="utf-8")
        Path("there.html").write_text("mine", encoding="utf-8")
    return folder


@pytest.fixture
def at(bad_files, tmp_path, monkeypatch):
    """Go to a folder that holds the files that bad input needs."""
    shutil.copytree(bad_files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize(
    ("line", "code", "named"),
    [
        ("near station", 2, "layer 'station': unknown (did you mean stations"),
        ("rings --at 1km --count nowhere", 2, "layer 'nowhere'"),
        ("policy sandy_rige", 2, "did you mean sandy_ridge"),
        ("claims nowhere", 2, "subject 'nowhere'"),
        ("policy --on soon", 2, "date 'soon'"),
        ("near stations --k 0", 2, "--k 0: nothing to list"),
        ("near stations --in soon", 2, "--in soon: not a year"),
        ("near stations --from crossings", 2, "has no column site_id"),
        ("near stations --from nowhere", 2, "layer 'nowhere'"),
        ("near stations -o there.html", 2, "there.html"),
        ("matrix station", 2, "did you mean stations"),
        ("near sandy_rige", 2, "layer 'sandy_rige': no layer; sandy_ridge is a site; name a layer"),
        (
            "near hetoa",
            2,
            "one of sites, boundary, railways, stations, crossings ..., and the site",
        ),
        ("near stations --in 2031,2034", 2, "not a year; give several values as --in 2031 --in 2"),
        ("area hetoa", 2, "a layer nor a file (did you mean hetao_hk_park?); give a path, a site"),
        ("rings stationz", 2, "a layer nor a file (did you mean stations?); give a path, a site"),
        ("near hetao stations", 2, "and the site as in nmgeo near stations hetao_hk_park"),
        ("near statons", 2, "(did you mean stations?); list all with nmgeo layers, or bring your"),
        ("inside ponds Santin", 2, "a file (did you mean san_tin_technopole?)"),
        ("area Zz9", 2, "or one of sites, boundary, railways, stations, crossings ..."),
        ("near stations --in 2031 2034", 2, "several values as --in 2031 --in 2034"),
        ("rings --at 500m 1km", 2, "several values as --at 500m --at 1km"),
        ("rings --at 500m,1km", 2, "--at '500m,1km': several lengths in one value; give several"),
        ("rings --at 500m,1km", 2, "values as --at 500m --at 1km"),
        ("map --at 500m;1km", 2, "values as --at 500m --at 1km"),
        ("robust sites", 2, "every site is at 0 from itself"),
        ("robust stations --at 400", 2, "--at 400: not a length"),
        ("robust stations --by edge", 2, "--by edge: neither distance nor a length"),
        ("near stations --within 2", 2, "--within 2: not a length"),
        ("near stations --within=-2km", 2, "length '-2km'"),
        ("near stations --within 0.1deg", 2, "degrees are not a length"),
        ("rings", 2, "--at 500m"),
        ("rings --at 0m", 2, "a distance of 0 has no ring"),
        ("rings --at 1km --max-error 1", 2, "--max-error 1: not a length"),
        ("rings --at 1km --max-error 0.001%", 2, "a buffer of 1,000 m cannot be so exact"),
        ("rings --at 1km --max-error 0.1ft", 2, "a buffer of 1,000 m cannot be so exact"),
        ("rings --at 1km --at-column accuracy_m", 2, "given with --at"),
        ("rings --at-column acuracy_m", 2, "did you mean accuracy_m"),
        ("rings --at-column accuracy_m --dissolve", 2, "one ring for all"),
        ("rings --at-column name", 4, "site hetao_hk_park:park: name"),
        ("rings --at 1km --clip stations", 4, "neither polygons nor one line"),
        ("rings --at 1km --by railways:stat", 2, "did you mean status"),
        ("strip railways --width 0m", 2, "--width"),
        ("strip railways --width 35m --side inside", 2, "use left, right, both"),
        ("strip stations --width 35m", 4, "no strip runs"),
        ("strip boundary --width 3km --side left", 4, "use --side both"),
        ("rings --at 500", 2, "--at 500: not a length"),
        ("area --sites lots.geojson --key nowhere", 2, "--key nowhere: no such column"),
        ("area --sites lots.geojson --crs EPSG:99999999", 2, "--crs EPSG:99999999"),
        ("area --sites lots.geojson --crs zones=EPSG:2326", 2, "--crs zones="),
        ("area --crs EPSG:2326", 2, "--crs"),
        ("audit --tolerance 1", 2, "--tolerance 1: not a percentage"),
        ("audit --sites lots.geojson", 2, "--claims FILE.csv"),
        ("audit --sites lots.geojson --claims nowhere.csv", 4, "nowhere.csv: not found"),
        ("audit --sites lots.geojson --claims said.csv", 4, "line 2: site 'b' does not exist"),
        ("audit --sites lots.geojson --claims unread.csv", 4, "line 2, column 'area_ha'"),
        ("near wells --layer wells", 2, "write NAME=FILE"),
        ("near wells --layer =points.geojson", 2, "write NAME=FILE"),
        ("near sites --layer sites=points.geojson", 2, "layer 'sites'"),
        ("sites --data nowhere", 4, "layers.toml: missing"),
        ("area --sites nowhere.gpkg", 4, "nowhere.gpkg: not found"),
        ("area --sites text.geojson", 4, "text.geojson"),
        ("area --sites empty.geojson", 4, "empty.geojson: holds no features"),
        ("area --sites hollow.geojson", 4, "feature a: no geometry"),
        ("area --sites nothing.geojson", 4, "feature a: no geometry"),
        ("area --sites points.geojson", 4, "nmgeo: points.geojson: feature p: Point has no area"),
        ("inside stations", 4, "Point has no area"),
        ("area --sites bow.geojson --strict", 4, "invalid geometry in feature a"),
        ("area --sites twice.geojson --key lot", 4, "field lot: 'same' stands 2 times"),
        ("area --sites bare.shp", 4, "--crs EPSG:2326"),
        ("near stations --sites lonlat.csv", 4, "--crs EPSG:4326"),
        ("near stations --sites metres.geojson", 4, "--crs EPSG:2326"),
        ("near stations --sites lots.geojson --crs EPSG:2326", 4, "--crs EPSG:4326"),
        ("area --sites flat.csv", 4, "flat.csv"),
        ("map -o there.html", 6, "there.html: is there already"),
        ("map -o there.html/x.html", 6, "there.html/x.html: cannot be written"),
        ("export -o sites.shp", 2, "sites.shp"),
        ("export -o there.html/x.geojson", 6, "there.html/x.geojson"),
        ("atlas -o there.html", 6, "there.html"),
    ],
)
def test_bad_input_gets_one_line_its_code_and_leaves_no_file(at, run, line, code, named):
    before = sorted(path.name for path in at.iterdir())
    assert named in rejected(run(*line.split()), code)
    assert sorted(path.name for path in at.iterdir()) == before
    assert Path("there.html").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("edit", "line", "named"),
    [
        (("set_cell", "policies.csv", 0, "holds_for", "mars"), "policy", "'mars'"),
        (("set_cell", "claims.csv", 0, "unit", "acres"), "claims", "'acres'"),
        (("set_cell", "claims.csv", 0, "source", "X9"), "claims", "'X9'"),
        (("edit", "sites.geojson", '"id": "hetao', '"id": "zetao'), "area", "not sorted"),
        (("edit", "layers.toml", 'sha256 = "', 'sha256 = "0'), "area", "sites.geojson: altered"),
        (("edit", "layers.toml", '"stations.geo', '"gone.geo'), "near stations", "gone.geojson"),
    ],
)
def test_damaged_data_are_refused_in_one_line_and_found_by_check(
    broken_geodata, run, edit, line, named
):
    getattr(broken_geodata, edit[0])(*edit[1:])

    assert named in rejected(run(*line.split(), "--data", broken_geodata.folder), 4)
    checked = run("check", "--data", broken_geodata.folder, "--json")
    assert checked.exit_code == 3
    assert "broken" in {row["result"] for row in json.loads(checked.stdout)["rows"]}


@pytest.mark.parametrize("command", REPORTS)
def test_a_report_is_json_on_stdout_and_nothing_else(run, command):
    result = run(command, *REPORTS[command], "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["schema"] == f"nmgeo.{command}/1"
    assert all(line.startswith("nmgeo: ") for line in result.stderr.splitlines())


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("command", REPORTS)
def test_a_report_is_csv_into_a_pipe_with_as_many_rows_as_json(run, command):
    rows = list(csv.DictReader(io.StringIO(run(command, *REPORTS[command]).stdout)))
    document = json.loads(run(command, *REPORTS[command], "--format", "json").stdout)

    assert len(rows) == len(document["rows"])
    assert list(rows[0]) == list(document["rows"][0])


@pytest.mark.parametrize(("lang", "name"), [("tc", "沙嶺數據園區"), ("sc", "沙岭数据园区")])
@pytest.mark.parametrize("form", ["table", "csv", "json", "md"])
def test_names_come_in_the_language_asked_for_in_every_form(run, form, lang, name):
    text = run("sites", "--format", form, "--lang", lang).stdout

    assert name in "".join(text.split())


def test_the_total_of_land_is_said_on_stderr_where_stdout_is_csv(run):
    result = run("area")

    assert "is double-counted" in result.stderr
    assert "counted" not in result.stdout


def test_a_repair_is_said_on_stderr_and_measured(at, run):
    result = run("area", "--sites", at / "bow.geojson", "--json")

    assert "note: " in result.stderr
    assert "repaired 1 invalid geometry in feature a" in result.stderr
    assert json.loads(result.stdout)["rows"][0]["area_ha"] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("code", ["EPSG:2326", "hk80", "sites=EPSG:2326", "sites=hk80"])
def test_a_file_that_does_not_say_its_crs_is_read_in_the_one_given(at, run, code):
    result = run("area", "--sites", at / "bare.shp", "--crs", code, "--json")

    assert json.loads(result.stdout)["rows"][0]["area_ha"] == pytest.approx(1.0, abs=1e-6)


def test_a_users_layer_is_asked_about_by_its_name(at, run):
    result = run("near", "wells", "--layer", f"wells={at / 'points.geojson'}", "--json")

    assert {row["nearest_id"] for row in json.loads(result.stdout)["rows"]} == {"p"}


def test_files_are_replaced_only_on_demand(at, run):
    result = run("map", "-o", at / "there.html", "--overwrite")

    assert result.exit_code == 0
    assert f"wrote {at / 'there.html'}" in result.stderr
    assert "<!DOCTYPE html>" in (at / "there.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_ends_with_an_example_that_runs(at, run, command, monkeypatch):
    write(sites(a=POLYGON).assign(lot_no=["L1"]), at / "lots.gpkg")
    for name in ("zones.gpkg", "water.gpkg"):
        write(layer({"z": square(1900, 0, 150)}, ZONE_LABEL=["CA"]), at / name)
    write(points(a=(0, 0)), at / "wells.geojson")
    write(sites(a=POLYGON), at / "buildings.gpkg")
    (at / "owners.csv").write_text("site,owner\nsandy_ridge,Lee\n", encoding="utf-8")

    run_before = {"at": ["500m"], "lang": "en"}
    told = {"schema": "nmgeo.manifest/1", "options": run_before, "outputs": {}}
    (at / "manifest.json").write_text(json.dumps(told), encoding="utf-8")

    if command == "explain":  # which tells of a file that was written before
        monkeypatch.setenv("NMGEO_JOURNAL", str(at / "journal"))
        assert run("map", "-o", "maps/map.html").exit_code == 0
    program, name, *words = run(command, "--help").stdout.rpartition("Example:")[2].split()
    assert (program, name) == ("nmgeo", command)
    result = run(command, *words)
    assert result.exit_code == 0, result.output


def nmgeo(*words, **how):
    return subprocess.run([NMGEO, *words], capture_output=True, timeout=60, check=False, **how)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("near stations --k abc", "near: invalid value for '--k': "),
        ("rings --cap square", "rings: invalid value for '--cap': 'square' is not one of 'round'"),
        ("near", "near: missing argument 'LAYER'; see nmgeo near -h"),
        ("near stations --k", "near: option '--k' requires an argument"),
        ("area --nope", "area: no such option: --nope"),
        ("--nope", "usage: no such option: --nope; see nmgeo -h"),
        ("neer", "usage: no such command 'neer'. Did you mean 'near'?; see nmgeo -h"),
    ],
)
def test_what_the_parser_does_not_understand_is_said_in_a_line(run, words, what):
    assert rejected(run(*words.split()), 2).startswith(f"nmgeo: {what}")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("command", ["claims", "compare", "policy", "near", "doctor"])
def test_a_help_text_has_no_types_of_python(run, command):
    arguments = run(command, "--help").stdout.partition("Arguments:")[2].partition("Options:")[0]

    assert arguments.strip()
    assert "<" not in arguments


@pytest.mark.parametrize("words", [["layers"], ["near", "-h"], ["--version"]])
def test_a_full_disk_is_said_in_a_line(words):
    with Path("/dev/full").open("w") as full:
        left = subprocess.run([NMGEO, *words], stdout=full, stderr=subprocess.PIPE, text=True)

    told = "nmgeo: output: cannot be written (No space left on device); free some space\n"
    assert (left.returncode, left.stderr) == (6, told)


@pytest.mark.parametrize("words", [["layers"], ["near", "-h"]])
def test_a_reader_who_leaves_is_told_nothing(words):
    read, write_ = os.pipe()
    os.close(read)
    left = subprocess.run([NMGEO, *words], stdout=write_, stderr=subprocess.PIPE)
    os.close(write_)

    assert (left.returncode, left.stderr) == (0, b"")


def test_a_pipe_gets_utf_8_whatever_the_locale(tmp_path):
    plain = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = nmgeo("sites", "--lang", "tc", env=plain, cwd=tmp_path)

    assert done.returncode == 0
    assert "新田科技城" in done.stdout.decode()


def test_a_reader_that_leaves_early_is_no_fault():
    with subprocess.Popen(
        [NMGEO, "claims", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.close()
        words = running.stderr.read()

    assert running.returncode == 0
    assert words == b""


def test_an_error_keeps_its_exit_code_outside_of_python():
    done = nmgeo("near", "nowhere")

    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"nmgeo: layer 'nowhere': .*\n", done.stderr)


def loaded(*words):
    """Return the modules that a command loads."""
    code = f"import sys; sys.argv = {['nmgeo', *words]}\nfrom nmgeo.cli import app\ntry: app()\n"
    code += "except SystemExit: print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stderr.split())


GEOMETRY = {"geopandas", "folium", "fiona", "shapely", "pyproj", "pyogrio", "pyarrow"}


@pytest.mark.parametrize("words", [["--help"], ["near", "--help"], ["--version"]])
def test_help_is_there_before_anything_heavy_is_loaded(words):
    assert (GEOMETRY | {"numpy", "pandas"}) & loaded(*words) == set()


@pytest.mark.parametrize(
    "words",
    [["layers"], ["sites"], ["sites", "--json"], ["policy"], ["policy", "sandy_ridge"], ["claims"]],
)
def test_a_listing_needs_no_geometry(words):
    assert (GEOMETRY - {"pyarrow"}) & loaded(*words) == set()  # pandas brings pyarrow


@pytest.mark.parametrize(
    "words",
    [
        ["area", "--lang", "tc", "--data", str(shipped_folder())],
        ["near", "stations", "--on=2026-11-01"],
    ],
)
def test_a_table_in_a_pipe_needs_no_library_that_reads_options_or_draws_tables(words):
    assert {"pydantic", "rich", "folium", "fiona", "dask", "numba"} & loaded(*words) == set()


def test_an_empty_answer_is_one_line_with_what_to_leave_out(run):
    done = run(
        "policy", "--kind", "funding", "--stage", "pilot", "--status", "closed", "-f", "table"
    )

    assert (done.exit_code, done.stdout) == (0, "")
    assert "no instrument was found; leave out --kind, --stage, --status or --on" in done.stderr


@pytest.mark.parametrize(("is_terminal", "lines"), [(True, 3), (False, 1)])
def test_a_line_of_words_is_broken_between_words_on_a_terminal_only(
    capsys, monkeypatch, is_terminal, lines
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    monkeypatch.setenv("COLUMNS", "40")
    console.print_note(
        "Measured from the edge. At least and at most allow for the accuracy of both ends"
    )
    said = capsys.readouterr().err.splitlines()

    assert len(said) == lines
    assert " ".join(said).startswith("nmgeo: Measured from the edge. At least and at most")


def test_a_line_in_chinese_is_no_wider_than_the_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    console.print_note("由邊緣量度" * 12)
    said = capsys.readouterr().err.splitlines()

    assert max(map(cell_len, said)) <= 40
    assert "".join(said) == "nmgeo: " + "由邊緣量度" * 12


@pytest.mark.parametrize(
    ("command", "own"),
    [
        (("strip", "sites", "--width", "5m"), True),
        (("matrix", "sites"), True),
        (("near", "sites"), False),
    ],
)
def test_the_shipped_sites_are_warned_of_only_where_they_are_meant(ask, run, command, own):
    """Beside sites of the user's own, ``sites`` is those where sites are set against themselves."""
    said = run(*command, "--sites", ask(sites(a=square(0, 0, 100))).own_sites.path)

    assert ("Drawn for this project" in said.stderr) is not own
    assert ("San Tin Technopole" in said.stdout) is not own
    assert "Drawn for this project" in run(*command).stderr


@pytest.mark.parametrize("words", [("near", "stations"), ("rings",), ("inside", "ponds")])
def test_a_site_is_named_without_an_option(words, run):
    how = ("--at", "500m", "--format", "csv") if words[0] == "rings" else ("--format", "csv")

    assert run(*words, "沙嶺", *how).stdout == run(*words, "--site", "sandy_ridge", *how).stdout


def test_the_list_of_commands_builds_none_of_them_and_a_command_builds_itself_alone(
    run, monkeypatch
):
    built, build = [], lazy_commands.get_command_from_info
    monkeypatch.setattr(
        lazy_commands,
        "get_command_from_info",
        lambda info, **how: built.append(info.callback.__name__) or build(info, **how),
    )
    monkeypatch.setattr(Group.every, "_built", {})
    assert run("--help").exit_code == 0
    assert built == []
    assert run("layers").exit_code == 0
    assert built == ["layers"]
