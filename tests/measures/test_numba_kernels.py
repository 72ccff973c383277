"""The compiled code: which geometry it knows, where it is kept, and that it is not needed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from world import line, multi, point, square

from nmgeo.measures.fast import numba_kernels
from nmgeo.measures.fast.kernels import nearest

ASKED = """
import shapely
from nmgeo.measures.fast.kernels import nearest
print(nearest(shapely.points([[3, 4]]), shapely.points([[0, 0]]), fast=True)[1][0])
"""

SMALLEST = """
import numpy as np
from nmgeo.measures.fast import numba_kernels
boxes = np.array([[0.0, 0.0, 3.0, 4.0]])
print(numba_kernels._boxes_touch(boxes, 0, boxes, 0))
"""


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_every_kind_is_known_but_a_mixed_collection_which_geos_measures(monkeypatch):
    pair = [point(0, 0), line((0, 0), (5, 5))]
    known = [
        *pair,
        square(0, 0, 9),
        multi(square(0, 0, 9)),
        shapely.LinearRing([(0, 0), (1, 0), (1, 1)]),
        shapely.MultiPoint(pair[:1]),
        shapely.MultiLineString(pair[1:]),
    ]
    mixed = shapely.GeometryCollection(pair)

    lots, asked = np.array(known), np.array([point(5, 9), mixed])
    assert (
        numba_kernels.pair_distances_m(
            *[numba_kernels.to_vertex_strings(lots)] * 2, *[np.arange(len(lots))] * 2
        ).max()
        == 0
    )
    assert nearest(lots[:1], asked, fast=True)[1].tolist() == [0]
    monkeypatch.setattr(numba_kernels, "pair_distances_m", None)
    assert nearest(asked, lots, fast=True)[1].tolist() == [0, 0]


def test_pairs_are_measured_in_the_order_they_are_asked_in():
    lots = np.array([square(0, 0, 1), multi(square(50, 0, 1), square(70, 0, 1)), point(9, 0)])
    here = numba_kernels.to_vertex_strings(lots, np.array([2, 1, 0]))
    there = numba_kernels.to_vertex_strings(np.array([point(100, 0), point(60, 0)]))

    gaps = numba_kernels.pair_distances_m(
        here, there, np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1])
    )
    assert gaps.tolist() == pytest.approx([91, 29, 9, 59], abs=1e-9)


def test_a_multi_geometry_of_one_part_keeps_its_place():
    lots = np.array([shapely.MultiPoint([point(0, 7)]), point(0, 0), multi(square(9, 0, 1))])
    here, there = (
        numba_kernels.to_vertex_strings(lots),
        numba_kernels.to_vertex_strings(np.array([point(0, 0)])),
    )

    gaps = numba_kernels.pair_distances_m(here, there, np.arange(3), np.zeros(3, dtype=int))
    assert gaps.tolist() == pytest.approx([7, 0, 9], abs=1e-9)


@pytest.fixture(scope="module")
def kept():
    """Return the folder that a process kept the code in, or took it from what a test compiled."""
    first = python(ASKED)
    assert (first.stdout, first.stderr) == ("5.0\n", "")
    return Path(os.environ["NUMBA_CACHE_DIR"])


def test_the_code_is_kept_on_disk(kept):
    assert list(kept.rglob("numba_kernels._pair_distances*.nbc"))


@pytest.mark.parametrize(
    ("damaged", "left", "why"), [("nbc", 100, "UnpicklingError"), ("nbi", 0, "EOFError")]
)
def test_where_it_is_damaged_the_folder_is_named(tmp_path, kept, damaged, left, why):
    unfinished = shutil.ignore_patterns("*.tmp.*")  # of another process
    folder = shutil.copytree(kept, tmp_path / "kept", ignore=unfinished)
    for file in folder.rglob(f"*.{damaged}"):
        os.truncate(file, left)
    told = python(ASKED, NUMBA_CACHE_DIR=str(folder)).stderr.splitlines()[-1]

    assert told.startswith(f"nmgeo.errors.SourceError: {folder}")
    assert f"({why}: " in told
    assert told.endswith("; empty the folder, or set NUMBA_CACHE_DIR to another folder")


def test_where_nothing_can_be_kept_it_is_compiled_again():
    nowhere = "import numba.core.caching as c; c.CacheImpl._locator_classes = []\n"
    done = python(nowhere + SMALLEST)

    assert (done.stdout, done.stderr) == ("1\n", "")


def test_without_numba_geos_measures():
    hidden = "import sys; sys.modules['numba'] = None\n"

    assert python(hidden + ASKED.replace("fast=True", "fast=False")).stdout == "5.0\n"
    assert "ModuleNotFoundError" in python(hidden + ASKED).stderr


def test_numba_is_not_imported_before_it_is_asked_for():
    plain = ASKED.replace("fast=True", "fast=False")

    assert python(plain + "import sys; print('numba' in sys.modules)").stdout == "5.0\nFalse\n"
