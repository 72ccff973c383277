"""The documents: every command and every line of Python in them runs, and prints what they show."""

import inspect
import re

import pytest
import run_examples

import nmgeo as nm


@pytest.mark.usefixtures("built_once")
@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
@pytest.mark.parametrize("page", run_examples.pages(), ids=lambda page: page.name)
def test_the_examples_of_a_page_run_and_print_what_it_shows(page, tmp_path):
    for example in run_examples.run_page(page, tmp_path):
        assert example.now == example.block


def test_every_public_name_has_an_entry_in_the_reference():
    text = "".join(
        p.read_text("utf-8") for p in (run_examples.DOCS / "reference" / "python").iterdir()
    )
    told = set(re.findall(r"auto(?:function|class|exception|data):: nmgeo\.(\w+)", text))

    assert told == {name for name in nm.__all__ if name != "__version__"}


def test_every_command_stands_on_a_page_for_users():
    guides = [run_examples.ROOT / "README.md"]
    guides += [
        p for room in ("tutorials", "how-to") for p in (run_examples.DOCS / room).glob("*.md")
    ]
    text = "".join(page.read_text(encoding="utf-8") for page in guides)
    commands = [p.stem for p in (run_examples.DOCS / "reference" / "commands").glob("*.md")]

    assert [c for c in commands if c != "index" and f"nmgeo {c}" not in text] == []


def test_a_page_about_python_names_functions_that_are_there():
    named = {
        (page.name, name)
        for page in run_examples.DOCS.rglob("*.md")
        for name in re.findall(r"\{func\}`nmgeo\.(\w+)`", page.read_text(encoding="utf-8"))
    }

    assert [(p, n) for p, n in sorted(named) if not inspect.isroutine(getattr(nm, n, None))] == []


def test_the_readme_shows_at_least_ten_commands():
    text = (run_examples.ROOT / "README.md").read_text(encoding="utf-8")

    assert len(re.findall(r"^nmgeo (.*)$", text, flags=re.MULTILINE)) >= 10
