"""The schema: all that a machine reader needs to use the program, and nothing that is not so."""

import json
from fnmatch import fnmatchcase

import pytest
from typer.main import get_command

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.cli import app
from nmgeo.cli.parser_errors import SHIPPED_ONLY
from nmgeo.errors import EXIT_CODES, NmgeoError

SCHEMA = nm.schema()
COMMANDS = {command["name"]: command for command in SCHEMA["commands"]}


def subclasses(kind):
    return {kind, *(below for child in kind.__subclasses__() for below in subclasses(child))}


def test_the_command_prints_what_python_returns(run):
    assert json.loads(run("schema").stdout) == json.loads(json.dumps(SCHEMA))


def test_it_is_written_to_a_file_that_ends_in_json(run, tmp_path):
    file, other = tmp_path / "s.json", tmp_path / "s.gpkg"
    assert run("schema", "-o", file).exit_code == 0
    assert run("schema", "policies", "-o", tmp_path / "policies.csv").exit_code == 0
    refused = run("schema", "-o", other)

    written = json.loads(file.read_text(encoding="utf-8"))
    assert written.pop("nmgeo-provenance")["command"] == "nmgeo schema"
    assert written == json.loads(json.dumps(SCHEMA))
    assert (tmp_path / "policies.csv").stat().st_size
    assert (refused.exit_code, refused.stderr) == (
        *(2, f"nmgeo: --out {other}: unknown file extension '.gpkg'; use .json\n"),
    )


@pytest.mark.parametrize("name", ["near", "rings", "schema"])
def test_one_command_is_described_by_itself(run, name):
    assert json.loads(run("schema", name).stdout) == json.loads(json.dumps(COMMANDS[name]))


def test_a_table_of_yours_comes_before_a_command(run):
    assert run("schema", "claims").stdout.startswith("field,required,values,meaning")
    refused = run("schema", "nothing")
    assert (refused.exit_code, "'nothing': no table and no command" in refused.stderr) == (2, True)


def test_every_command_that_prints_a_table_writes_it_to_a_file():
    without = [name for name in COMMANDS if "-o" not in flags_of(COMMANDS[name])]

    assert without == ["pack"]  # which writes a folder, an archive or a database


def flags_of(command):
    return {flag for each in command["options"] for flag in each["flags"]}


def test_the_schema_says_what_each_of_its_members_holds():
    assert SCHEMA["schema"] == "nmgeo.schema/1"
    assert list(SCHEMA["members"]) == list(SCHEMA)


def test_every_command_is_there_with_every_parameter():
    for name, command in get_command(app).commands.items():
        told = COMMANDS[name]
        named = [p["name"] for p in (*told["arguments"], *told["options"])]
        assert sorted(named) == sorted(p.name for p in command.params if p.name != "help")
        assert len(told["summary"]) <= 50
        assert told["help"].strip()
        assert told["group"] in {"Measure", "Know", "Check", "Write"}
    assert set(COMMANDS) == set(get_command(app).commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_parameter_says_what_it_does_with_an_example_value(name):
    for option in (*COMMANDS[name]["arguments"], *COMMANDS[name]["options"]):
        assert option["help"].endswith(".")
        if option["type"] != "flag" and not option["choices"]:
            assert option["example"], option["name"]


def test_every_column_that_a_command_returns_is_described():
    for command in COMMANDS.values():
        assert set(command["columns"]) <= set(SCHEMA["columns"])
        for shown in command["shown"]:
            parts = SCHEMA["columns"].get(shown, {}).get("joins") or [shown]
            for part in parts:
                assert any(fnmatchcase(column, part) for column in command["columns"])


def test_every_field_of_the_geodata_is_described():
    catalog = open_catalog()
    for kind, records in (("layers", catalog.layers), ("tables", catalog.tables)):
        assert set(SCHEMA["geodata"][kind]) == set(records)
        for told in SCHEMA["geodata"][kind].values():
            assert {*told["fields"], *told["key"]} <= set(SCHEMA["columns"])


def test_every_exit_code_has_a_meaning():
    codes = {error.exit_code for error in subclasses(NmgeoError)} - {NmgeoError.exit_code}

    assert codes <= set(EXIT_CODES)
    assert SCHEMA["exit_codes"] == {str(code): text for code, text in EXIT_CODES.items()}


def test_the_words_of_every_column_are_there():
    for column in SCHEMA["columns"].values():
        assert set(column["words"]) <= set(SCHEMA["words"])


@pytest.mark.parametrize("command", SHIPPED_ONLY)
@pytest.mark.parametrize("option", ["--sites", "--key"])
def test_a_command_of_shipped_sites_says_so_where_a_file_is_given(run, command, option):
    done = run(command, option, "lots.gpkg")

    assert "--sites" not in flags_of(COMMANDS[command])
    assert done.exit_code == 2
    assert f"nmgeo: {command}: takes shipped sites only, no file of yours; name" in done.stderr
