"""A name of any length gives an error of one short line."""

import pytest

from nmgeo.errors import LayerError, message_line

LONG = "x" * 10_000
_LINES = [
    *("schema {}", "{}", "area --{}", "area --sites {}", "area --site {}", "near {}"),
    *("inside ponds:{}", "map --basemap {} -o x.html", "sheet {}", "area --lang {}"),
    *("policy {}.csv", "rings --at {}", "area -o {}.csv", "timeline {}.gpkg", "join {}"),
]


@pytest.mark.parametrize("line", _LINES)
def test_it_is_not_repeated_whole(run, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*line.format(LONG).split(" "))

    assert done.exit_code in {2, 4, 6}
    assert len(done.stderr.splitlines()) == 1
    assert "x" * 60 + "…" in done.stderr
    assert len(done.stderr) < 1_000


def test_in_python_too_and_names_of_files_are_whole():
    assert len(str(LayerError(LONG, "is wrong", "mend it"))) < 100
    path = "/".join(["f" * 255] * 12)
    assert message_line(path) == path


def test_an_unknown_name_of_schema_gets_the_tables_and_the_commands(run):
    done = run("schema", "areaa")

    assert done.exit_code == 2
    assert "'areaa': no table and no command (did you mean area?); use policies, " in done.stderr
    assert done.stderr.count("claims") == 1
    assert "near" in done.stderr
