"""Freed memory is used again, so that arrays of later batches take no new pages."""

import ctypes
import platform
import subprocess
import sys

import pytest

from nmgeo.cli.freed_memory import keep_freed_memory

PAGES = 4000  # of 4 KiB, in twenty arrays
SCRIPT = """
import resource
import numpy as np
from nmgeo.cli.freed_memory import keep_freed_memory
{call}
def batch():
    arrays = [np.ones(100_000) for _ in range(20)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
first = batch()
print([batch() for _ in range(10)][-1] - first)
"""


def _new_pages(call: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(call=call)], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_arrays_of_later_batches_take_no_new_pages() -> None:
    assert _new_pages("keep_freed_memory()") < PAGES < _new_pages("")


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])  # Windows: of no name
def test_other_c_libraries_are_left_alone(monkeypatch, error) -> None:
    def refuse(name):
        raise error(name)

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    keep_freed_memory()
