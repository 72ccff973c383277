"""Engines: other programs that measure, run one at a time, and what they answer."""

import csv
import io
import os
import subprocess
from collections.abc import Sequence
from errno import ENOENT, ENOTDIR
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from nmgeo.errors import reason
from nmgeo.messages import text

_SECONDS: Final = 120
_NOT_THERE: Final = (ENOENT, ENOTDIR)


class NoAnswerError(Exception):
    """A tool gives no answer: it fails, or does not reach what it needs."""

    result: ClassVar = "no_answer"


class AbsentToolError(NoAnswerError):
    """A tool is not there."""

    result = "absent"


def read_answers(text: str, *columns: str) -> np.ndarray:
    """Read the columns of an engine's CSV, one row an outline, in their order.

    Parameters
    ----------
    text : str
        With a column ``row``, which numbers the outlines from 0.
    *columns : str
        Those to read, of numbers.

    Returns
    -------
    array, n rows and a column a name, float64
    """
    rows = {
        int(row["row"]): [float(row[c]) for c in columns]
        for row in csv.DictReader(io.StringIO(text))
    }
    return np.array([rows[number] for number in range(len(rows))])


def run_tool(words: Sequence[str], given: str | None = None) -> str:
    """Run a tool without a screen, and return what it prints.

    Parameters
    ----------
    words : sequence of str
        The program and what it is told; no shell reads them.
    given : str, optional
        What it reads from its stdin.

    Returns
    -------
    str
        What it printed on stdout.

    Raises
    ------
    AbsentToolError
        If it is not there.
    NoAnswerError
        If it cannot be run, or fails; in its own words.
    """
    # QGIS takes the Python that it finds first for its own, and falls over that of a venv.
    path = [p for p in os.get_exec_path() if not Path(p, os.pardir, "pyvenv.cfg").exists()]
    quiet = {"QT_QPA_PLATFORM": "offscreen", "PGCONNECT_TIMEOUT": "5"}
    try:
        done = subprocess.run(  # noqa: S603 - words of ours, no shell
            words,
            input=given,
            env=os.environ | quiet | {"PATH": os.pathsep.join(path)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except OSError as error:
        why = text("{program} cannot be run ({why})", program=words[0], why=reason(error))
        raise (AbsentToolError if error.errno in _NOT_THERE else NoAnswerError)(why) from None
    except subprocess.SubprocessError as error:
        said = str(getattr(error, "stderr", None) or error).strip().splitlines()
        worst = next((line for line in said if "error" in line.lower()), said[-1])
        name = Path(words[0]).name
        raise NoAnswerError(f"{name}: {worst.strip().removeprefix(f'{name}:').strip()}") from None
    return done.stdout
