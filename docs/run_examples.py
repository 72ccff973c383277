"""Run the commands and the Python of a page, and keep the answers that it shows up to date.

``python docs/run_examples.py`` runs every page and writes what its commands print now into it;
``tests/docs/test_docs.py`` runs them and compares.

What is run: each line after ``$`` in a ``console`` block, whose answer follows it; each line that
begins with ``nmgeo`` in a ``sh`` block; each ``python`` block; and each cell of a notebook. The
blocks of a page run in one folder, in their order, beside copies of ``docs/examples``. A line
``...`` in an answer stands for lines that are left out.
"""

import ast
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parent
ROOT: Final = DOCS.parent
COLUMNS: Final = "80"  # of the terminal whose answers are shown
_BLOCK: Final = re.compile(
    r"^```(console|sh|python|\{code-cell\}[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_PIPED: Final = re.compile(r"nmgeo ([^|><;&#]*)((?:\||>)[^;&]*)")  # into a program or a file
_LEFT_OUT: Final = "..."
_BAR: Final = re.compile(  # of progress, while it is drawn
    r"\x1b\[\?25l.*?\x1b\[\?25h\s*(?:\x1b\[1A\x1b\[2K)*", re.DOTALL
)
_FINE: Final = (0, 3, 4)  # done, a check that found something, or input with faults


class ExampleError(Exception):
    """An example of a page ends with an error."""


class _Stream(io.TextIOWrapper):
    """A stream that takes itself for a terminal, as the one of a reader is, or for a pipe."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        """Return whether answers are tables."""
        return self._terminal

    def text(self) -> str:
        """Return what stays on the screen."""
        self.flush()
        return _BAR.sub("", self.buffer.getvalue().decode())  # type: ignore[attr-defined]


@dataclass
class Example:
    """A block of a page, and how it reads with the answers of now."""

    block: str
    now: str


def pages() -> list[Path]:
    """Return the pages whose examples are run."""
    written = [p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts]
    return [ROOT / "README.md", *(p for p in written if _BLOCK.search(p.read_text("utf-8")))]


def run_page(page: Path, folder: Path) -> Iterator[Example]:
    """Run the examples of a page in a folder, each after those before it.

    Raises
    ------
    ExampleError
        If a command ends with an exit code that is not 0 or 3, or Python raises.
    """
    shutil.copytree(DOCS / "examples", folder, dirs_exist_ok=True)
    names: dict[str, Any] = {"__name__": "__main__"}
    with chdir(folder):
        for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
            kind, body = found[1], found[2]
            if kind == "console":
                yield Example(body, _run_console(body))
            elif kind == "sh":
                _run_commands(body)
            elif "remove-cell" not in body:
                _run_python(re.sub(r"^:[a-z-]+:.*\n", "", body, flags=re.MULTILINE), names)


def _run_console(body: str) -> str:
    """Run each line after ``$``, and return the block with the answers of now."""
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n", body, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return "".join(f"$ {line}\n{_abridged(_answer(line), shown)}" for line, shown in pairs)


def _abridged(answer: str, shown: str) -> str:
    """Leave out of an answer what the page leaves out of it."""
    lines, before = [s.rstrip() for s in answer.splitlines()], shown.rstrip("\n").split("\n")
    if _LEFT_OUT in before:
        first = before.index(_LEFT_OUT)
        last = len(before) - first - 1
        lines = [*lines[:first], _LEFT_OUT, *lines[len(lines) - last :]]
    gap = "\n" if shown.endswith("\n\n") else ""
    return "".join(f"{line}\n" for line in lines) + gap


def _answer(line: str) -> str:
    """Return what a line prints on a terminal, stdout and stderr as they come."""
    line = line.replace("\\\n", " ")
    words = shlex.split(line, comments=True)
    if words[0] == "nmgeo" and not set("|><;&") & set(line):
        return _run_nmgeo(words[1:])
    if piped := _PIPED.fullmatch(line):
        told, said = _Stream(terminal=False), _Stream(terminal=False)
        code = _run_in_process(shlex.split(piped[1]), told, said)
        if code not in _FINE:
            raise ExampleError(f"{line}: exit code {code}\n{said.text()}")
        return _run_shell(f"cat {piped[2]}", told.text()) + said.text()
    return _run_shell(line)


def _run_shell(line: str, given: str = "") -> str:
    """Run a line in a shell, which reads what is given."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "COLUMNS": COLUMNS, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["/bin/bash", "-c", line], input=given, capture_output=True, text=True, check=False, env=env
    )
    if done.returncode not in _FINE:
        raise ExampleError(f"{line}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout + done.stderr


@cache
def _command() -> Any:
    """Return the command line, which takes Typer longer to build than most commands run."""
    from typer.main import get_command  # noqa: PLC0415 - only where something is run

    from nmgeo.cli import app  # noqa: PLC0415

    return get_command(app)


def _run_nmgeo(words: list[str], *, refused: bool = True) -> str:
    """Run a command on a terminal; one that is refused may be what the page is about."""
    screen = _Stream(terminal=True)
    code = _run_in_process(words, screen, screen)
    if code == 1 or (code not in _FINE and not refused):
        raise ExampleError(f"nmgeo {shlex.join(words)}: exit code {code}\n{screen.text()}")
    return screen.text()


def _run_in_process(words: list[str], stdout: _Stream, stderr: _Stream) -> int:
    """Run a command in this process, and return its exit code."""
    from nmgeo.sources import own_layer  # noqa: PLC0415 - only where something is run

    own_layer._read_own.cache_clear()  # noqa: SLF001 - at a terminal each command reads its files
    shown, code = warnings.showwarning, 0
    os.environ["COLUMNS"] = COLUMNS
    with warnings.catch_warnings(), redirect_stdout(stdout), redirect_stderr(stderr):
        try:
            _command()(words, prog_name="nmgeo")
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            warnings.showwarning = shown
    return code


def _run_commands(body: str) -> None:
    for line in body.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["nmgeo"]:
            if set("|><;&") & set(line.split("#")[0]):
                _answer(line)
            else:
                _run_nmgeo(words[1:], refused=False)


def _run_python(code: str, names: dict[str, Any]) -> None:
    """Run a block; what its last line gives is shown as a notebook would show it."""
    tree, last = ast.parse(code), None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    with redirect_stdout(io.StringIO()):
        exec(compile(tree, "page", "exec"), names)  # noqa: S102 - our own pages
        value = eval(compile(last, "page", "eval"), names) if last else None  # noqa: S307
    getattr(value, "_repr_html_", value.__repr__)()


def renew(page: Path) -> bool:
    """Write the answers of now into a page; return whether one was other."""
    before = text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for example in run_page(page, Path(folder)):
            text = text.replace(example.block, example.now, 1)
    page.write_text(text, encoding="utf-8", newline="\n")
    return text != before


if __name__ == "__main__":
    for one in [Path(word).resolve() for word in sys.argv[1:]] or pages():
        sys.stdout.write(f"{one.relative_to(ROOT)} {'renewed' if renew(one) else 'is as it was'}\n")
