"""The libraries: no version with a known fault is allowed, locked or installed."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
FAULTS = tomllib.loads((Path(__file__).parent / "known_faults.toml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [Requirement(x) for xs in PROJECT["optional-dependencies"].values() for x in xs]
LOCKED = dict(
    re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==([\w.!+]+)",
        (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
)


def name_of(requirement):
    return requirement.name.lower().replace("_", "-")


@pytest.mark.parametrize("asked", ASKED + EXTRAS, ids=str)
def test_a_bound_is_not_below_a_known_fault(asked):
    fault = FAULTS.get(name_of(asked))
    lower = [Version(part.version) for part in asked.specifier if part.operator in {">=", "=="}]

    assert lower or asked.name == "nmgeo"
    assert fault is None or max(lower) >= Version(fault["fixed"]), fault["why"]


@pytest.mark.parametrize("name", FAULTS)
def test_no_version_with_a_known_fault_is_locked_or_installed(name):
    fixed, why = Version(FAULTS[name]["fixed"]), FAULTS[name]["why"]
    try:
        installed = version(name)
    except PackageNotFoundError:
        installed = FAULTS[name]["fixed"]

    assert Version(LOCKED[name]) >= fixed, why
    assert Version(installed) >= fixed, why


@pytest.mark.parametrize("asked", ASKED + EXTRAS, ids=str)
def test_the_lock_holds_what_is_asked_for(asked):
    assert asked.name == "nmgeo" or LOCKED[name_of(asked)] in asked.specifier


def test_every_locked_file_has_its_hash():
    blocks = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")

    assert len(LOCKED) > len(ASKED)
    assert blocks.count("==") <= blocks.count("--hash=sha256:")
    assert "file:" not in blocks
