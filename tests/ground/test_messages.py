"""Messages: English text that keeps its template and values, and its translations."""

import ast
import string
from pathlib import Path

import pytest

import nmgeo
from nmgeo.errors import UsageError
from nmgeo.messages import either, fill, option, text
from nmgeo.translations import message_templates, translate_error, translate_message

THINGS = {"batch", "file", "flag", "host_of", "name", "option", "path", "str", "thing"}
MODULES = sorted(Path(nmgeo.__file__).parent.rglob("*.py"))


def name_of(path):
    return path.relative_to(MODULES[0].parents[1]).as_posix()


def templates_of(path):
    """Return the templates that a module hands to ``text``."""
    calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if is_text(n)]
    return [call.args[0] for call in calls]


def is_text(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text"


def is_error(node):
    """Tell whether a node makes an error of the three parts of NmgeoError."""
    name = isinstance(node, ast.Call) and (kind(node) or "")
    return bool(name) and name.endswith("Error") and len(node.args) == 3


def kind(node):
    """Return the name of a variable or of what is called, the class of any other node."""
    called = node.func if isinstance(node, ast.Call) else node
    return getattr(called, "id", None) or getattr(called, "attr", type(node).__name__)


def placeholders(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_a_message_is_its_english_text():
    said = text("layer {name!r} has no status", name="zones")

    assert said == "layer 'zones' has no status"
    assert translate_message(said, "en") == said


def test_a_message_without_a_translation_stays_english(monkeypatch):
    monkeypatch.setattr(nmgeo.translations, "message_templates", dict)

    assert translate_message(text("{count} files", count=2), "tc") == "2 files"


def test_a_message_and_what_is_in_it_are_translated(monkeypatch):
    known = {"holds {what}": {"tc": "內有{what}"}, "nothing": {"tc": "空白"}}
    monkeypatch.setattr(nmgeo.translations, "message_templates", lambda: known)
    error = UsageError("a.csv", text("holds {what}", what=text("nothing")), "mend it")

    assert translate_error(error, "tc") == "a.csv：內有空白；mend it"
    assert translate_error(error) == "a.csv: holds nothing; mend it"


@pytest.mark.parametrize(
    ("given", "python", "command_line"),
    [
        (option("k", 0), "k=0", "--k 0"),
        (option("max_error", "0.1%"), "max_error='0.1%'", "--max-error 0.1%"),
        (option("years", "so on"), "years='so on'", "--in 'so on'"),
        (option("key"), "key=", "--key"),
        (option("open_only", value=True), "open_only=True", "--open"),
        (either("nm.doctor('a')", "nmgeo doctor a"), "nm.doctor('a')", "nmgeo doctor a"),
    ],
)
def test_an_error_names_parameters_in_python_and_options_on_the_command_line(
    given, python, command_line
):
    error = UsageError(given, "wrong", text("leave {given} out", given=given))

    assert str(error) == translate_error(error) == f"{python}: wrong; leave {python} out"
    said = translate_error(error, command_line=True)
    assert said == f"{command_line}: wrong; leave {command_line} out"


def test_the_value_of_an_option_cannot_break_the_line():
    error = UsageError(option("k", "\x1b[2J\n"), "wrong", "mend it")

    assert translate_error(error, command_line=True).isprintable()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_template_is_a_literal_and_has_translations_with_the_same_values(path):
    known = message_templates()
    found = templates_of(path)

    assert [node.lineno for node in found if not isinstance(node, ast.Constant)] == []
    untold = [t.value for t in found if set(known.get(t.value, ())) != {"tc", "sc"}]
    assert untold == []
    for template in found:
        for said in known[template.value].values():
            assert placeholders(said) == placeholders(template.value)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_template_is_given_the_values_that_it_names_and_no_others(path):
    calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if is_text(n)]
    given = [(call, {word.arg for word in call.keywords}) for call in calls]

    assert [
        (call.lineno, call.args[0].value)
        for call, names in given
        if None not in names and names != placeholders(call.args[0].value)
    ] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_an_error_names_the_thing_first_then_what_is_wrong_and_last_the_remedy(path):
    calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if is_error(n)]
    kinds = [(call.lineno, *map(kind, call.args)) for call in calls]

    assert [
        (line, thing, wrong, remedy)
        for line, thing, wrong, remedy in kinds
        if {thing, remedy} & {"wrong"}
        or {thing, wrong} & {"remedy"}
        or {wrong, remedy} & THINGS
        or (thing == "text" and wrong not in {"text", "wrong"})
    ] == []


def test_no_translation_is_left_over():
    used = {node.value for path in MODULES for node in templates_of(path)}

    assert set(message_templates()) - used == set()


@pytest.mark.parametrize(
    ("template", "counts", "said"),
    [
        ("{count} faults in {lines} lines", (1, 1), "1 fault in 1 line"),
        ("{count} faults in {lines:,} lines", (2, 1), "2 faults in 1 line"),
        ("{count} more policies are left out: {lines}", (1, 2), "1 more policy is left out: 2"),
        ("{count} rows match no site", (1, 0), "1 row matches no site"),
        ("{count} sites belong to {lines}", (1, 0), "1 site belongs to 0"),
        ("{count} sites as {lines} classes", (2, 1), "2 sites as 1 class"),
        ("holds {count} values, not {lines}", (1, 0), "holds 1 value, not 0"),
        (
            "{count} of {lines} comparable figures differ",
            (1, 1),
            "1 of 1 comparable figure differs",
        ),
        ("the first {count:,} geometries", (1, 0), "the first 1 geometry"),
    ],
)
def test_what_is_counted_once_is_singular(template, counts, said):
    assert fill(template, dict(zip(("count", "lines"), counts, strict=True))) == said
