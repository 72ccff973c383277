"""Programs that tests need: one that is missing or there only in part is named with its package."""

import sys

import pytest
from programs import need, need_answer


@pytest.fixture(params=["a user's machine", "CI"])
def outcome(request, monkeypatch):
    """Return what a missing program leads to: a skipped test, and a failure in CI."""
    monkeypatch.delenv("CI", raising=False)
    if request.param == "CI":
        monkeypatch.setenv("CI", "true")
    return (pytest.fail if request.param == "CI" else pytest.skip).Exception


def test_a_program_that_is_not_installed_is_named_with_its_package(outcome):
    with pytest.raises(outcome, match=r"not-here is not installed; .* apt-get install the-package"):
        need("the-package", "not-here")


def test_a_program_that_fails_counts_as_missing(outcome):
    words = [sys.executable, "-c", "raise SystemExit('no extension postgis')"]

    with pytest.raises(outcome, match=r"only in part \(no extension postgis\); .*install the-pack"):
        need_answer("the-package", words)


def test_a_program_without_the_part_that_is_needed_counts_as_missing(outcome):
    with pytest.raises(outcome, match=r"only in part \(it does not know 'SQLite'\)"):
        need_answer("the-package", [sys.executable, "-c", "print('GeoJSON')"], "SQLite")


def test_a_program_that_cannot_start_counts_as_missing(outcome, tmp_path):
    with pytest.raises(outcome, match=r"does not start .*apt-get install the-package"):
        need_answer("the-package", [tmp_path / "not-here"])


@pytest.mark.usefixtures("outcome")
def test_a_program_that_answers_is_used():
    assert need("the-package", sys.executable) == sys.executable
    need_answer(
        "the-package", [sys.executable, "-c", "import os; print(os.environ['A'])"], "b", A="b"
    )
