"""No option is dropped in silence: what is not used is an error."""

import json
import re
from pathlib import Path
from shutil import copytree

import geopandas as gpd
import pytest
from pyproj import CRS
from world import point, points, sites, square, write, write_csv

import nmgeo as nm
from nmgeo.cli.file_options import by_file
from nmgeo.errors import UsageError

GIVEN = {"lots.geojson", "wells.geojson", "page.html"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Go to a folder with a file of sites and a layer."""
    monkeypatch.chdir(tmp_path)
    write(sites(a=square(2000, 0, 100)), "lots.geojson")
    write(points(p=(2000, 0)), "wells.geojson")
    Path("page.html").write_text("mine", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "crs",
    [
        CRS(2326).to_wkt(),
        CRS(2326).to_json(),
        "+proj=longlat +datum=WGS84 +no_defs",
        "proj=longlat datum=WGS84",
    ],
)
def test_a_crs_may_hold_an_equals_sign(crs):
    assert by_file([crs], "--crs", ["sites", "zones"]) == {"sites": crs, "zones": crs}
    assert by_file([f"zones={crs}"], "--crs", ["sites", "zones"]) == {"zones": crs}
    assert by_file([f"+z={crs}"], "--crs", ["+z"]) == {"+z": crs}


@pytest.mark.usefixtures("here")
def test_a_crs_as_a_proj_string_is_taken(run):
    crs = "+proj=longlat +datum=WGS84 +no_defs"

    assert run("area", "lots.geojson", "--crs", crs).exit_code == 0


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("area --sites lots.geojson --sites lots.geojson", "--sites: is given 2 times"),
        ("near stations --k 1 --k 2", "--k: is given 2 times"),
        ("area -f csv --format json", "--format: is given 2 times"),
        ("area --sites=", "--sites: the name of its file is empty; name a file"),
        ("sheet sandy_ridge --policies=", "--policies: the name of its file is empty"),
        ("sites --lang en --lang tc", "--lang: is given 2 times"),
        ("doctor lots.geojson --crs wgs84 --crs hk80", "--crs: is given 2 times"),
        ("export -o a.geojson -o b.geojson", "--out: is given 2 times"),
        ("area --sites lots.geojson --crs wgs84 --crs hk80", "--crs: is given 2 times"),
        ("near w --layer w=wells.geojson --layer w=lots.geojson", "--layer: names 'w' 2 times"),
        ("area --sites lots.geojson --crs sites=wgs84 --crs sites=hk80", "--crs: names 'sites' 2"),
        ("area --key lot", "--key lot: names a column of your sites, and none were given"),
        ("area -f csv --json", "--format csv: does not go with --json"),
        ("map -o m.jpg", "the map is a web page, which no .jpg holds; end its name in .html"),
        ("map -o m", "end its name in .html"),
        ("map --verify page.html --at 1km", "--at: does not go with --verify"),
        ("map --verify page.html --tiles imagery", "--tiles: does not go with --verify"),
        ("map --verify page.html --overwrite", "--overwrite: does not go with --verify"),
        ("near stations --resume", "--resume"),
        ("area --overwrite", "--overwrite: needs a file to write; add --out out.csv"),
        ("report --overwrite", "--overwrite: needs a file to write"),
        ("timeline --overwrite", "--overwrite: needs a file to write"),
        ("sheet sandy_ridge --overwrite", "--overwrite: needs a file to write"),
        ("near stations --scheduler tcp://10.0.0.5:8786", "--scheduler"),
        ("area --crs wgs84", "--crs"),
        ("area --encoding big5", "--encoding: no file was given"),
        ("area --name col", "--name col: names a column of your sites, and none were given"),
        ("near w --layer w=wells.geojson --key b=id", "--key b=...: no such file was given"),
    ],
)
@pytest.mark.usefixtures("here")
def test_an_option_that_would_be_dropped_is_an_error(run, line, named):
    done = run(*line.split())

    assert (done.exit_code, done.stdout) == (2, "")
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert {path.name for path in Path().iterdir()} == {
        "lots.geojson",
        "wells.geojson",
        "page.html",
    }


def single_options():
    """Return each option of each command that takes one value."""
    return [
        (command["name"], option, command["arguments"])
        for command in nm.schema()["commands"]
        for option in command["options"]
        if not option["repeatable"] and option["type"] != "flag"
    ]


@pytest.mark.parametrize(
    ("command", "option", "arguments"),
    [pytest.param(c, o, a, id=f"{c}-{o['name']}") for c, o, a in single_options()],
)
def test_no_option_of_one_value_is_given_twice(run, command, option, arguments):
    flag = max(option["flags"], key=len)
    given = f"{flag}={option['choices'][0] if option['choices'] else option['example'] or '1'}"
    done = run(command, given, given, *["x"] * len(arguments))

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"nmgeo: {flag}: is given 2 times; give it once\n"


@pytest.mark.parametrize("line", ["--at 1km --at 2km", "--count stations --count crossings"])
def test_an_option_of_several_values_may_be_repeated(run, line):
    assert run("rings", *("--at 3km " * ("--at" not in line) + line).split()).exit_code == 0


@pytest.mark.parametrize(
    "line",
    [
        "export sites -o lots.geojson --overwrite",
        "export sites -o link.geojson --overwrite",
        "map -o lots.html --overwrite",
        "near stations -o lots.geojson --overwrite",
    ],
)
def test_nothing_is_written_over_its_own_input(run, here, line):
    (here / "link.geojson").symlink_to("lots.geojson")
    source = here / "lots.geojson"
    if "html" in line:
        source = source.rename(here / "lots.html")
    before = source.read_bytes()
    done = run(*line.split(), "--sites", str(source), "--crs", "wgs84")

    assert done.exit_code in (2, 4)
    assert "html" in line or "is a file that is read" in done.stderr
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [
        "doctor lots.gpkg -o lots.gpkg",
        "doctor wells.geojson lots.gpkg -o link.gpkg",
        "doctor parts -o parts/lots.parquet",
        "doctor parts -o parts/new.parquet",
        "diff lots.geojson wells.geojson -o wells.geojson",
        "near wells.geojson -o wells.geojson",
        "join table.csv -o table.csv",
        "claims area --data geodata -o geodata/claims.csv",
        "export stations --data geodata -o geodata/stations.geojson",
        "sites --data geodata -o geodata/roads.geojson",
    ],
)
def test_no_command_writes_over_what_it_reads(run, here, line):
    lots = gpd.read_file("lots.geojson")
    lots.to_file("lots.gpkg")
    (here / "link.gpkg").symlink_to("lots.gpkg")
    (here / "parts").mkdir()
    lots.to_parquet("parts/lots.parquet")
    (here / "table.csv").write_text("site_id,budget\nsandy_ridge,1\n")
    copytree(nm.open_catalog().folder, here / "geodata")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    done = run(*line.split(), "--overwrite")

    assert done.exit_code == 2
    assert "is a file that is read" in done.stderr or "lies in parts, which is read" in done.stderr
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "command",
    [
        *("area", "policy", "zoning --by land:name_en"),
        *("near stations", "rings --at 500m", "inside ponds"),
    ],
)
def test_a_file_that_stands_for_itself_takes_the_options_of_files(run, command):
    options = ["--key", "site_id", "--crs", "wgs84", "--encoding", "utf-8", "-f", "json"]
    alone = run(*command.split(), "lots.geojson", *options)
    named = run(*command.split(), "--sites", "lots.geojson", *options)

    assert (alone.exit_code, alone.stdout) == (0, named.stdout)
    twice = run(*command.split(), "lots.geojson", "--sites", "lots.geojson")
    assert (twice.exit_code, "sites are given twice" in twice.stderr) == (2, True)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", ["area", "near stations", "rings --at 500m", "inside ponds"])
def test_a_site_of_a_file_is_chosen_by_its_name_alone(run, command):
    options = ["--sites", "lots.geojson", "--key", "site_id", "-f", "json"]
    named = run(*command.split(), *options, "--site", "a")
    alone = run(*command.split(), "a", *options)

    assert (alone.exit_code, alone.stdout) == (0, named.stdout)
    assert "site 'lot9'" in run(*command.split(), "lot9", *options).stderr
    assert run(*command.split(), "a", *options, "--site", "a").exit_code == 2


def test_a_table_takes_the_options_of_files(run, here):
    (here / "owners.csv").write_bytes("site,owner,x,y\n沙嶺,陳,824000,840000\n".encode("big5"))
    joined = run("join", "owners.csv", "--encoding", "table=big5", "-f", "json")
    placed = run("join", "owners.csv", "--place", "--crs", "hk80", "-f", "json")
    stray = run("join", "owners.csv", "--crs", "hk80")

    assert json.loads(joined.stdout)["rows"][0]["owner"] == "陳"
    assert "Big5" not in joined.stderr
    assert json.loads(placed.stdout)["rows"][0]["site_id"] == "san_tin_technopole"
    assert (stray.exit_code, "no file with coordinates was given" in stray.stderr) == (2, True)


def test_python_is_told_the_same(here):
    with pytest.raises(UsageError, match=r"key='lot': names a column of your sites"):
        nm.open_catalog(key="lot")
    with pytest.raises(UsageError, match=r"out='m.jpg': the map is a web page"):
        nm.map("m.jpg")
    assert json.loads((here / "lots.geojson").read_text(encoding="utf-8"))


def test_an_error_of_usage_comes_without_notices(run, tmp_path):
    lots = write(sites(a=square(0, 0, 100)), tmp_path / "lots.geojson")
    assert "note: " in run("policy", "--sites", lots).stderr

    wrong = run("policy", "--sites", lots, "--kind", "xx")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("nmgeo: --kind xx: no such value")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-f", "csv", "-f", "json"], "--format: is given 2 times; give it once"),
        (["--format", "csv", "-f", "json"], "--format: is given 2 times; give it once"),
        (["-o", ""], "--out: the name of its file is empty; name a file"),
        (["--site", "sandy_ridge", "--site", "hetao_hk_park"], ""),
        (["--receipt", "--receipt"], ""),
    ],
)
def test_an_option_of_one_value_is_given_once_and_names_a_file(words, said, run):
    done = run("area", *words)

    assert (done.exit_code, said in done.stderr) == (2 if said else 0, True)


def test_an_option_does_not_go_with_its_opposite(run, tmp_path):
    done = run("print", "-o", tmp_path / "a.pdf", "--landscape", "--portrait")

    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "--landscape: does not go with --portrait; leave one of them out" in done.stderr


@pytest.mark.parametrize(
    ("columns", "words", "hint"),
    [
        ({"use": ["x", "x"], "lot_no": ["L1", "L2"]}, [], "try --key lot_no"),
        ({"lot_no": ["L1", "L2"]}, ["--key", "lot_no"], ""),
        ({"lot_no": ["L1", "L1"]}, [], ""),
        ({"lot_no": ["L1", "L2"], "name": ["One", "Two"]}, [], ""),
    ],
)
def test_a_column_of_ids_is_named_where_sites_have_row_numbers(run, tmp_path, columns, words, hint):
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100))[["geometry"]].reset_index(drop=True)
    file = write(lots.assign(**columns), tmp_path / "lots.gpkg")
    told = run("area", "--sites", file, *words).stderr

    assert ("row numbers" in told, hint in told) == (bool(hint), True)


@pytest.mark.parametrize(
    ("words", "hints"),
    [
        (["near", "zones"], ["zones=prn", "lot_no"]),
        (["near", "zones", "-o", "near.csv"], ["zones=prn", "lot_no"]),
        (["inside", "zones", "-o", "inside.csv"], ["zones=prn", "lot_no"]),
        (["rings", "--at", "50m", "-o", "rings.csv"], ["lot_no"]),
        (["near", "zones", "--key", "zones=prn"], ["lot_no"]),
        (["near", "zones", "--key", "zones=prn", "--key", "lot_no"], []),
    ],
)
def test_so_it_is_of_layers_and_of_files_in_batches(run, tmp_path, monkeypatch, words, hints):
    monkeypatch.chdir(tmp_path)
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100))[["geometry"]].reset_index(drop=True)
    write(lots.assign(lot_no=["L1", "L2"]), tmp_path / "lots.gpkg")
    write(lots.assign(prn=["P1", "P2"]), tmp_path / "zones.gpkg")
    done = run(*words, "--sites", "lots.gpkg", "--layer", "zones=zones.gpkg")

    assert done.exit_code == 0
    assert re.findall(r"row numbers; try --key (\S+)", done.stderr) == hints


def test_so_it_is_of_two_versions(run, tmp_path):
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100))[["geometry"]].reset_index(drop=True)
    old = write(lots.assign(lot=["L1", "L2"]), tmp_path / "old.gpkg")
    new = write(lots[:1].assign(lot_no=["L1"]), tmp_path / "new.gpkg")

    said = run("diff", old, new).stderr
    assert ("try --key old=lot\n" in said, "try --key new=lot_no\n" in said) == (True, True)
    assert (
        "try --key" not in run("diff", old, new, "--key", "old=lot", "--key", "new=lot_no").stderr
    )


def test_a_table_without_a_column_of_keys_is_told_the_option(run, tmp_path):
    table = write_csv(tmp_path / "t.csv", ["x", "y"], [1, 2])

    assert "no column of keys; write --column COLUMN with one of x, y" in run("join", table).stderr


@pytest.mark.parametrize("words", ["area -o", "report -o", "report --html", "timeline --svg"])
def test_a_file_to_write_with_a_slash_at_its_end_is_refused(run, tmp_path, words):
    done = run(*words.split(), f"{tmp_path}/new.html/")

    option = {"-o": "--out"}.get(words.split()[-1], words.split()[-1])
    said = f"nmgeo: {option} {tmp_path}/new.html/: is the name of a folder; leave out the slash"
    assert done.exit_code == 2
    assert done.stderr.startswith(said)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("here")
def test_a_layer_of_the_user_in_place_of_a_shipped_one_is_said_once(run):
    done = run("near", "stations", "--layer", "stations=wells.geojson", "--sites", "lots.geojson")
    other = run("near", "wells", "--layer", "wells=wells.geojson", "--sites", "lots.geojson")

    said = "stations: wells.geojson stands in place of the shipped layer of that name"
    assert done.stderr.count(said) == 1
    assert "stands in place" not in other.stderr


@pytest.mark.parametrize(
    "words",
    [
        "near wells",
        "find --near wells:1km",
        "inside lots",
        "matrix",
        "matrix wells",
        "robust wells",
        "strip lots --width 5m",
        "zoning --by lots:id",
        "constraints lots",
        "export wells",
    ],
)
def test_a_layer_that_the_command_does_not_name_is_refused_before_it_is_opened(run, here, words):
    used = ["--layer", "wells=wells.geojson", "--layer", "lots=lots.geojson"]
    layers = [
        word for n in (0, 2) if used[n + 1].split("=")[0] in words for word in used[n : n + 2]
    ]
    done = run(*words.split(), *layers, "--layer", "well=nope.gpkg")

    guess = " (did you mean wells?)" if "wells" in words else ""
    said = f"--layer 'well=nope.gpkg': the command does not use it{guess}; name it in the command"
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert sorted(one.name for one in here.iterdir()) == sorted(GIVEN)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "words",
    [
        "near wells",
        "near stations --from wells",
        "near stations wells",
        "find --near wells:1km",
        "constraints lots:id --covers lots=wells",
        "rings --at 100m",
        "layers",
    ],
)
def test_a_layer_counts_as_used_wherever_a_command_names_it(run, words):
    layers = [f"{name}={name}.geojson" for name in ("wells", "lots") if name in words]
    given = [word for layer in layers for word in ("--layer", layer)]
    done = run(*words.split(), *given, *([] if layers else ["--layer", "wells=wells.geojson"]))

    assert "does not use it" not in done.stderr


@pytest.mark.usefixtures("here")
def test_a_layer_of_the_project_file_need_not_be_used(run):
    text = '[layers.wells]\nfile = "wells.geojson"\n'
    Path("nmgeo.toml").write_text(text, encoding="utf-8")

    assert run("near", "stations", "--site", "sandy_ridge").exit_code == 0


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "words",
    [
        "near plain.csv",
        "near stations --from plain.csv",
        "inside plain.csv",
        "inside plain.csv:use",
        "matrix plain.csv",
        "find --near plain.csv:1km",
        "constraints plain.csv",
        "strip plain.csv --width 5m",
        "export plain.csv",
    ],
)
@pytest.mark.parametrize("crs", ["EPSG:2326", "plain=EPSG:2326"])
def test_a_crs_is_said_of_a_layer_that_is_named_by_its_path(run, words, crs):
    kind = point(2000, 0) if "--from" in words else square(2000, 0, 100)
    write_csv("plain.csv", ["use", "site_id", "WKT"], ["pond", "sandy_ridge", kind.wkt])
    done = run(*words.split(), "--site", "sandy_ridge", "--crs", crs)

    assert done.exit_code == 0, done.stderr
