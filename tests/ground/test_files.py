"""Files on the way out: whole or not at all, and never over somebody's work."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nmgeo.errors import ExportError
from nmgeo.files import sha256, staged_path, write_text
from nmgeo.json_objects import parse_json


def test_a_hash_is_the_published_one_of_abc(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")

    assert sha256(tmp_path / "abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@pytest.mark.parametrize(
    "content",
    [
        rb'"\ud800"',
        '"\ud800"'.encode("utf-8", "surrogatepass"),
        '"\ud800"'.encode("utf-16", "surrogatepass"),
    ],
)
def test_half_of_a_surrogate_pair_in_json_becomes_a_question_mark(content):
    assert parse_json(content) == "?"


def test_text_is_written_as_utf8_with_line_feeds(tmp_path):
    write_text(tmp_path / "a.txt", "新田\r\nb\n")

    assert (tmp_path / "a.txt").read_bytes() == "新田\r\nb\n".encode()


def test_a_file_appears_only_once_it_is_whole(tmp_path):
    with staged_path(tmp_path / "a.txt") as draft:
        draft.write_text("half")
        assert not (tmp_path / "a.txt").exists()

    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_the_draft_lies_in_the_folder_of_the_file_so_that_renaming_is_atomic(tmp_path):
    with staged_path(tmp_path / "a.txt") as draft:
        draft.write_text("whole")

    assert draft.parent == tmp_path


def test_folders_on_the_way_are_made(tmp_path):
    assert write_text(tmp_path / "a" / "b" / "c.txt", "x").read_text() == "x"


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, ExportError])
def test_a_fault_half_way_leaves_nothing_behind(tmp_path, fault):
    with pytest.raises(fault), staged_path(tmp_path / "a.txt") as draft:  # noqa: PT012
        draft.write_text("half")
        raise fault("a", "b", "c")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a", "new/deep/a", "new/../a"])
def test_a_full_disk_half_way_is_an_export_error_and_leaves_nothing_behind(tmp_path, name):
    with pytest.raises(ExportError, match="No space left"), staged_path(tmp_path / name) as draft:  # noqa: PT012
        draft.write_text("half")
        raise OSError(28, "No space left on device")

    assert list(tmp_path.iterdir()) == []


def test_a_fault_half_way_leaves_a_folder_that_another_file_is_in(tmp_path):
    with pytest.raises(ValueError, match="half"), staged_path(tmp_path / "new" / "a"):  # noqa: PT012
        write_text(tmp_path / "new" / "b", "x")
        raise ValueError("half")

    assert [path.name for path in tmp_path.rglob("*")] == ["new", "b"]


def test_a_file_that_is_there_is_not_replaced(tmp_path):
    (tmp_path / "a.txt").write_text("mine")

    with pytest.raises(ExportError, match="add overwrite=True"):
        write_text(tmp_path / "a.txt", "theirs")

    assert (tmp_path / "a.txt").read_text() == "mine"


def test_a_file_that_is_there_is_replaced_if_asked(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    write_text(tmp_path / "a.txt", "new", overwrite=True)

    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_fault_half_way_keeps_the_file_that_was_to_be_replaced(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    with pytest.raises(ValueError, match="oh"), staged_path(tmp_path / "a.txt", overwrite=True):
        raise ValueError("oh")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("file/a.txt", "choose another place"),
        ("file/b/a.txt", "choose another place"),
        pytest.param("long" * 100, "choose a shorter name", id="too long"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_refused(tmp_path, name, remedy, overwrite):
    (tmp_path / "file").write_text("mine")

    with pytest.raises(ExportError, match=rf"cannot be written \(.+\); {remedy}"):
        write_text(tmp_path / name, "x", overwrite=overwrite)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_full_disk_asks_for_space(tmp_path):
    with (
        pytest.raises(ExportError, match="free some space, or choose another place"),
        staged_path(tmp_path / "a.txt"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "out" / "kept").mkdir(parents=True)

    with pytest.raises(ExportError):
        write_text(tmp_path / "out", "x", overwrite=True)

    assert [path.name for path in tmp_path.rglob("*")] == ["out", "kept"]


def test_a_file_is_not_replaced_by_way_of_a_folder_that_is_not_there_yet(tmp_path):
    (tmp_path / "a.txt").write_text("mine")

    with pytest.raises(ExportError, match="is there already"):
        write_text(tmp_path / "new" / ".." / "a.txt", "theirs")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_what_is_written_by_way_of_a_new_folder_is_found_by_its_name(tmp_path):
    assert write_text(tmp_path / "new" / ".." / "a.txt", "x").read_text() == "x"
    assert (tmp_path / "a.txt").read_text() == "x"


def test_a_way_through_a_link_is_the_one_that_the_system_takes(tmp_path):
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "near").symlink_to(tmp_path / "far" / "deep")
    (tmp_path / "far" / "a.txt").write_text("mine")

    with pytest.raises(ExportError, match="is there already"):
        write_text(tmp_path / "near" / ".." / "a.txt", "theirs")


def test_a_link_that_leads_nowhere_is_somebodys_too(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")

    with pytest.raises(ExportError, match="is there already"):
        write_text(tmp_path / "a.txt", "theirs")

    assert (tmp_path / "a.txt").is_symlink()


@pytest.fixture(params=["hard links", "none"])
def links(request, monkeypatch):
    """Let the file system have hard links, or not."""

    def refuse(*_):
        raise OSError(95, "Operation not supported")

    if request.param == "none":
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("links")
def test_a_file_that_came_while_ours_was_written_is_not_replaced(tmp_path):
    taken = pytest.raises(ExportError, match=r"is there already; .*overwrite=True")
    with taken, staged_path(tmp_path / "a.txt") as draft:
        draft.write_text("ours")
        (tmp_path / "a.txt").write_text("theirs")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.usefixtures("links")
def test_with_or_without_hard_links_the_file_is_all_that_is_left(tmp_path):
    write_text(tmp_path / "a.txt", "whole")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]


@pytest.mark.usefixtures("links")
def test_where_nothing_was_written_no_empty_file_is_left(tmp_path):
    with pytest.raises(ExportError), staged_path(tmp_path / "a.txt"):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("links")
def test_a_folder_takes_its_name_but_not_that_of_one_which_came_meanwhile(tmp_path):
    with staged_path(tmp_path / "a") as draft:
        draft.mkdir()
    taken = pytest.raises(ExportError)
    with taken, staged_path(tmp_path / "b") as draft:
        draft.mkdir()
        (tmp_path / "b" / "theirs").mkdir(parents=True)

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "theirs"]


@pytest.mark.parametrize("name", [".", "..", "/"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_name_that_is_always_a_folder_is_refused(tmp_path, name, overwrite):
    with pytest.raises(ExportError, match=r"is a folder|is there already"):
        write_text(tmp_path / name, "x", overwrite=overwrite)


def test_drafts_of_killed_runs_are_removed_by_the_next(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    with staged_path(tmp_path / "a[1].txt") as draft:
        draft.write_text("whole")
        left = draft.with_name(draft.name.replace(f".{os.getpid()}.", f".{dead.pid}."))
    left.write_text("half")
    folder = left.with_name(left.name.replace("a[1].txt", "b"))
    folder.mkdir()
    running = left.with_name(left.name.replace(f".{dead.pid}.", f".{os.getppid()}."))
    running.write_text("of another run")
    (tmp_path / ".a[1].txt.mine.part").write_text("mine")

    write_text(tmp_path / "a[1].txt", "again", overwrite=True)
    write_text(tmp_path / "b", "again")

    assert {path.name for path in tmp_path.iterdir()} == {
        "a[1].txt",
        "b",
        running.name,
        ".a[1].txt.mine.part",
    }


def test_a_folder_that_refuses_is_an_export_error(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(ExportError, match="Permission denied"):
        write_text(tmp_path / "a.txt", "x")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_pipe_is_not_replaced_by_a_file(tmp_path, overwrite):
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(ExportError, match=r"is a device or a pipe|is there already"):
        write_text(tmp_path / "pipe.csv", "x", overwrite=overwrite)

    assert (tmp_path / "pipe.csv").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]


def test_a_name_with_nul_is_an_error_of_the_output(tmp_path):
    with pytest.raises(ExportError, match=r"U\+0000"):
        write_text(tmp_path / "a\0b.csv", "x")
