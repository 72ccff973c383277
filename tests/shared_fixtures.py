"""What several files of tests share: shipped data that may be damaged, and the command line."""

import csv
import gc
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import tempfile
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from pathlib import Path

import hypothesis
import pyproj
import pytest
import typer.testing
from browser import chromium, open_everything, page, press, shipped, visit, window
from hypothesis import Phase
from programs import postgis
from quiet_workers import pytest_report_to_serializable, send_less
from typer.testing import CliRunner
from world import write

from nmgeo.catalog import REGISTRY, open_catalog, shipped_folder
from nmgeo.cli import app
from nmgeo.commands import crosscheck
from nmgeo.commands.ring_distances import DISTANCES
from nmgeo.files import sha256
from nmgeo.outputs import atlas, atlas_folder, report
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.pack import pack_files
from nmgeo.outputs.sheets import print_sheets
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.web import map as web_map
from nmgeo.regular_file import is_there
from nmgeo.scale.batch_measures import BatchMeasure, hash_frame
from nmgeo.sources import registered_layer
from nmgeo.sources.crs_check import decide

# Fixtures.
__all__ = ["chromium", "open_everything", "page", "postgis", "press", "shipped", "visit", "window"]
__all__ += ["pytest_report_to_serializable"]  # a hook

_ALONE = 2  # numbers of a file's version: a time and a size, with no other file of its name beside

gc.disable()  # until all tests are collected: what is made for them stays

# The layers that a developer fetched are no part of a test.
os.environ["NMGEO_JOURNAL"] = "off"
os.environ["NMGEO_CACHE"] = str(Path(tempfile.gettempdir()) / "nmgeo-no-cache")

# Asked for by mutation.py, which needs no smallest example of a failure: to find it takes minutes.
hypothesis.settings.register_profile(
    "quick", max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate]
)
hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("untimed")

# Typer builds all commands anew for each call, which takes longer than most of them run.
typer.testing._get_command = cache(typer.testing._get_command)  # noqa: SLF001

# Compiled code is kept for this run, so that one process compiles it; the others inherit the name.
if not os.environ.get("NUMBA_CACHE_DIR"):
    _compiled = tempfile.TemporaryDirectory(prefix="nmgeo-numba-")
    os.environ["NUMBA_CACHE_DIR"] = _compiled.name

# A disk need not have kept what a test wrote when the power goes.
os.fsync = lambda _file: None
os.environ["OGR_SQLITE_SYNCHRONOUS"] = "OFF"


def _known_crs(read):
    """Return a function that looks each CRS up once, which takes PROJ a millisecond or two."""

    @cache
    def known(words):
        return read(json.loads(words))

    def found(value, **how):
        plain = isinstance(value, str | int | dict) and not how
        return known(json.dumps(value)) if plain else read(value, **how)

    return found


pyproj.CRS.from_user_input = staticmethod(_known_crs(pyproj.CRS.from_user_input))


def _known_layers(read):
    """Return a function that reads a layer once, of whatever copy of the shipped data it is."""
    known = {}

    @lru_cache(maxsize=1_000)
    def found(record, changed):
        if not (is_there(record.path) and record.path.is_file()):
            return read(record, changed)
        content = (replace(record, path=Path(record.path.name)), sha256(record.path))
        if content not in known:
            known[content] = read(record, changed)
        return known[content]

    return found


registered_layer._read_record = _known_layers(  # noqa: SLF001
    registered_layer._read_record.__wrapped__  # noqa: SLF001
)


def _known_heads(read):
    """Return a function that reads the known places of files of the same bytes and name once.

    Most tests write a copy of one small file. What is wrong with a file is found anew.
    """
    known = {}

    def found(file, changed):
        if len(changed) != _ALONE:
            return read(file, changed)
        path = Path(file.path.partition("#")[0])
        said = replace(file, path=file.path[len(str(path)) :], beside=())
        asked = (sha256(path), path.name, said)
        if asked not in known:
            known[asked] = read(file, changed)
        return known[asked]

    return found


decide._known_places_of_file = _known_heads(decide._known_places_of_file)  # noqa: SLF001


def _known_columns(measure_none):
    """Return a property that measures no sites once for layers of the same features."""
    known = {}

    def found(measure):
        catalog = measure.catalog
        own = {
            name: (file.accuracy_m, str(file.given.value.crs), hash_frame(file.given.value))
            for name, file in catalog.own_layers.items()
        }
        others = {**catalog.layers, **catalog.pulled}
        shipped = {name: layer.sha256 for name, layer in others.items()}
        words = (measure.command, measure.asked, sorted(measure.options.items()))
        asked = repr((words, measure.uncounted, measure.units, own, shipped, catalog.masking))
        if asked not in known:
            known[asked] = measure_none(measure)
        return known[asked].copy()

    held = cached_property(found)
    held.__set_name__(BatchMeasure, "rows_of_none")
    return held


BatchMeasure.rows_of_none = _known_columns(BatchMeasure.rows_of_none.func)


def _known_cuts(cut):
    """Return a function that cuts the same characters out of a font once."""
    known = {}

    def found(font, characters):
        asked = (font, frozenset(characters))
        if asked not in known:
            known[asked] = cut(font, asked[1])
        return known[asked]

    return found


Font.cut_out = _known_cuts(Font.cut_out)


def pytest_collection_finish(session):
    """Leave 10,000 tests out of the search for garbage, and search more seldom."""
    send_less(session.config)
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)


class Geodata:
    """A copy of the shipped data; every edit is registered, so that only the edit is wrong."""

    def __init__(self, folder):
        self.folder = folder

    def open(self, **files):
        """Open it as a catalog."""
        return open_catalog(self.folder, **files)

    def edit(self, file, old, new):
        """Replace the first ``old`` in a file."""
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        self.replace(file, text.replace(old, new, 1))

    def set_cell(self, file, row, column, value):
        """Set one cell of a CSV file; rows count from 0."""
        rows = self.rows(file)
        rows[row + 1][rows[0].index(column)] = value
        self.set_rows(file, rows)

    def rows(self, file):
        """Return the rows of a CSV file, the first of which is its header."""
        return list(csv.reader(io.StringIO((self.folder / file).read_text(encoding="utf-8"))))

    def set_rows(self, file, rows):
        """Write a CSV file anew, header first."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self.replace(file, text.getvalue())

    def set_feature(self, file, row, **members):
        """Set members of one feature, such as its geometry; ``properties`` are added to."""
        document = json.loads((self.folder / file).read_text(encoding="utf-8"))
        feature = document["features"][row]
        members["properties"] = feature["properties"] | members.get("properties", {})
        feature.update(members)
        self.replace(file, json.dumps(document, ensure_ascii=False))

    def replace(self, file, text):
        """Put other text or bytes in place of a file, and register it."""
        data = text if isinstance(text, bytes) else text.encode()
        (self.folder / file).write_bytes(data)
        if file != REGISTRY:
            registry = self.folder / REGISTRY
            pattern = rf'(file = "{re.escape(file)}"\nsha256 = )"\w+"'
            known = registry.read_text(encoding="utf-8")
            found = re.sub(pattern, rf'\1"{sha256(self.folder / file)}"', known)
            registry.write_text(found, encoding="utf-8")


@pytest.fixture
def broken_geodata(tmp_path):
    return Geodata(shutil.copytree(shipped_folder(), tmp_path / "geodata"))


@pytest.fixture
def run():
    """Run a command in this process: ``run("area", "--json").stdout``."""

    def command(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    return command


@pytest.fixture
def ask(tmp_path):
    """Ask about a user's sites and layers, which lie on the grid as they were drawn."""

    def catalog(mine, **layers):
        files = {name: write(f, tmp_path / f"{name}.geojson", 2326) for name, f in layers.items()}
        file = write(mine, tmp_path / "mine.geojson", 2326)
        return open_catalog(sites=file, layers=files, crs="hk80")

    return catalog


@pytest.fixture(scope="session")
def shipped_atlas():
    """Build each atlas of the shipped data once: ``shipped_atlas("tc")``."""

    @cache
    def built(lang, at=DISTANCES, on=None):
        return build_atlas(at=at, on=on, lang=lang)

    return built


@pytest.fixture(scope="session")
def written_before():
    """Keep the page and the report of each atlas that is shared, by its number."""
    return {}


@pytest.fixture(scope="session")
def answered_before(tmp_path_factory):
    """Return a folder of answers of other programs, which all processes of a run share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    (folder / "answers").mkdir(exist_ok=True)
    return folder / "answers"


@pytest.fixture
def one_atlas(monkeypatch, shipped_atlas, written_before):
    """Let what is made of the shipped data share its atlases, and the page and report of each."""
    ours, known = open_catalog(), set()

    def shared(catalog=None, *, at=DISTANCES, on=None, lang="en", **how):
        if catalog not in (None, ours):
            return build_atlas(catalog, at=at, on=on, lang=lang, **how)
        found = shipped_atlas(lang, tuple(at), on)
        known.add(id(found))
        return found

    def once(write):
        def text(of, *how):
            if id(of) not in known:
                return write(of, *how)
            key = (write.__name__, id(of), how)
            if key not in written_before:
                written_before[key] = write(of, *how)
            return written_before[key]

        return text

    for module in (atlas, atlas_folder, pack_files, print_sheets, report, web_map):
        monkeypatch.setattr(module, "build_atlas", shared)
    for module, name in (
        (atlas_folder, "render_page"),
        (atlas_folder, "report_markdown"),
        (report, "report_markdown"),
    ):
        monkeypatch.setattr(module, name, once(getattr(module, name)))


@pytest.fixture
def built_once(monkeypatch, one_atlas, answered_before):  # noqa: ARG001 - is shared, too
    """Let what is made of the shipped data share one atlas, and one answer of other programs."""
    ask_all = crosscheck._answers  # noqa: SLF001 - QGIS starts four times for each

    def answers(asked):
        shapes = [frame.to_wkb()["geometry"].tolist() for frame in (asked.outlines, asked.others)]
        key = hashlib.sha256(pickle.dumps((shapes, asked.reach_m))).hexdigest()
        if not (file := answered_before / key).exists():
            file.with_suffix(f".{os.getpid()}").write_bytes(pickle.dumps(list(ask_all(asked))))
            file.with_suffix(f".{os.getpid()}").replace(file)
        return pickle.loads(file.read_bytes())  # noqa: S301 - our own

    monkeypatch.setattr(crosscheck, "_answers", answers)
