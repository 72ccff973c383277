"""The standard streams: closed, no longer read, or a terminal."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from world import square, write_json

from nmgeo.cli.standard_streams import PrintableWriter, printable, terminal_width

NMGEO = Path(sys.executable).with_name("nmgeo")
RED = "\x1b[31mRED\x9b0m 新　田"
SHOWN = "\N{REPLACEMENT CHARACTER}[31mRED\N{REPLACEMENT CHARACTER}0m 新　田"
UNWRITTEN = "nmgeo: output: cannot be written (Bad file descriptor); leave stdout open, or write"


def shell(line, **how):
    """Run a line of the shell in which $0 is nmgeo."""
    return subprocess.run(
        ["/bin/sh", "-c", line, str(NMGEO)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        **how,
    )


@pytest.fixture
def lots(tmp_path, monkeypatch):
    """Write a file whose name holds escapes, and go to its folder."""
    monkeypatch.chdir(tmp_path)
    shape = square(2000, 0, 100)
    write_json("lots.geojson", [(shape, "a", {"name": RED})])
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ('"$0" --version >&-', 6, UNWRITTEN),
        ('"$0" --version >&- 2>&-', 6, ""),
        ('"$0" --version 2>&-', 0, ""),
        ('"$0" --version <&-', 0, ""),
        ('"$0" doctor nowhere.geojson 2>&-', 4, ""),
        ('"$0" doctor nowhere.geojson >&- 2>&- <&-', 4, ""),
    ],
)
def test_a_closed_stream_costs_what_it_would_hold_and_no_more(line, code, said):
    done = shell(line)

    assert done.returncode == code
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == bool(said)


def test_with_all_streams_closed_a_file_is_written_whole(lots):
    done = shell('"$0" export --sites lots.geojson -o out.geojson >&- 2>&- <&-')

    assert done.returncode == 0
    assert (lots / "out.geojson").read_text(encoding="utf-8").startswith('{\n"type": "Feature')


@pytest.mark.parametrize(
    ("line", "code"),
    [("claims", 0), ("layers", 0), ("doctor nowhere.geojson", 4), ("--version", 0)],
)
def test_a_reader_of_both_streams_that_leaves_changes_no_exit_code(line, code):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([NMGEO, *line.split()], stdout=writer, stderr=writer, check=False)
    os.close(writer)

    assert done.returncode == code


def test_a_deleted_working_directory_is_named(tmp_path):
    line = 'mkdir gone; cd gone; rmdir ../gone; "$0" export boundary -o a.geojson'
    done = shell(line, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == (
        "nmgeo: a.geojson: the working directory was deleted; change to another folder\n"
    )


@pytest.mark.parametrize(
    "line", ["area --sites lots.geojson -f csv", "inside lots --layer lots=lots.geojson -o -"]
)
def test_values_do_not_steer_a_terminal(lots, line):
    given = ["--sites", str(lots / "lots.geojson")] if "-o -" in line else []
    master, slave = pty.openpty()
    done = subprocess.Popen([NMGEO, *line.split(), *given], stdout=slave, stderr=subprocess.DEVNULL)
    os.close(slave)
    shown = b""
    while chunk := read(master):
        shown += chunk

    assert done.wait() == 0
    assert shown
    assert not set(shown.decode()) - {"\r", "\n", "\t"} & set(
        map(chr, [*range(32), *range(127, 160)])
    )


def read(terminal):
    """Read what a terminal shows; Linux says that it is at its end with an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_terminal_is_shown_what_stands_for_control_characters():
    assert printable(f"a\tb\n{RED}") == f"a\tb\n{SHOWN}"


def test_bytes_that_end_inside_a_character_are_shown_whole():
    shown = io.StringIO()
    writer = PrintableWriter(shown)
    for byte in RED.encode():
        writer.write(bytes([byte]))

    assert shown.getvalue() == SHOWN


@pytest.mark.parametrize(("said", "width"), [("999999999", 1_000), ("20", 20)])
def test_a_terminal_is_as_wide_as_it_says_up_to_a_thousand(monkeypatch, said, width):
    monkeypatch.setenv("COLUMNS", said)

    assert terminal_width() == width
