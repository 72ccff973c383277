"""The rules of the house: sizes, floors, names, documents in step with what they describe."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path

import pytest

import nmgeo as nm

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "nmgeo").rglob("*.py"))
BIN = Path(sys.executable).parent
SORTS = {"argsort", "sort_index", "sort_values"}


def body_of(function):
    """Return the statements of a function without its docstring."""
    first = function.body[0]
    has_words = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return function.body[1:] if has_words else function.body


@cache
def syntax_tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path, *kinds):
    """Return the nodes of a module, of some kinds; to walk all anew for each rule takes longest."""
    if kinds:
        return [node for node in nodes(path) if isinstance(node, kinds)]
    return list(ast.walk(syntax_tree(path)))


def functions(path):
    return nodes(path, ast.FunctionDef)


@pytest.mark.filterwarnings("default:.* lines and does not say why:UserWarning")
@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_has_a_docstring_which_says_why_if_it_is_longer_than_300_lines(path):
    text = path.read_text(encoding="utf-8")
    docstring, lines = ast.get_docstring(syntax_tree(path)), text.count("\n")

    assert docstring
    if lines > 300 and "longer than 300 lines because" not in " ".join(docstring.split()):
        warnings.warn(f"{path.name} has {lines} lines and does not say why", stacklevel=1)
        assert lines <= 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_body_has_at_most_25_lines(path):
    long = [
        node.name
        for node in functions(path)
        if (body := body_of(node)) and body[-1].end_lineno - body[0].lineno >= 25
    ]

    assert long == []


MEASURING = {"area", "length", "distance", "buffer", "hausdorff_distance", "shortest_line"}
STILL_MEASURES = {  # reason, and where it belongs
    "commands/constraints.py": "shrinks extents by their accuracy; measures/overlaps",
    "commands/doctor/geometry_faults.py": "tells slivers by area and edge; measures/areas",
    "commands/policy_join.py": "asks whether lots reach each other; measures/distances",
    "commands/ring_contents.py": "cuts features at rings; measures/overlaps",
    "outputs/export.py": "checks what was written against what was measured",
}


def test_commands_and_outputs_leave_measuring_to_measures():
    for folder in ("commands", "outputs", "formats"):
        for path in sorted((ROOT / "nmgeo" / folder).rglob("*.py")):
            used = {
                node.attr
                for node in nodes(path, ast.Attribute)
                if node.attr in MEASURING
                and not (isinstance(node.value, ast.Name) and node.value.id in {"nm", "atlas"})
            }
            name = path.relative_to(ROOT / "nmgeo").as_posix()

            assert not used or name in STILL_MEASURES, f"{name} measures: {used}"


def test_measures_read_no_files():
    for path in sorted((ROOT / "nmgeo" / "measures").rglob("*.py")):
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in nodes(path, ast.Call)
        }
        imported = {
            name.split(".")[0]
            for node in nodes(path, ast.Import, ast.ImportFrom)
            for name in [getattr(node, "module", None) or "", *(a.name for a in node.names)]
        }

        assert not {name for name in called if re.match(r"open$|read_(?!share)", name)}
        assert imported.isdisjoint({"fiona", "pyogrio"})


def test_an_exception_from_a_check_of_security_has_its_reason():
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").splitlines()
        bare = [line for line in lines if re.search(r"# noqa: .*\bS\d+[^-]*$", line)]

        assert bare == []


def test_no_function_that_others_call_is_called_by_a_bare_participle():
    bare = {
        f"{path.stem}.{node.name}"
        for path in MODULES
        for node in functions(path)
        if re.fullmatch(r"(?!(need|embed|zoning)$)[a-z]+(ed|ing)", node.name)
    }

    assert bare == set()


def test_a_command_has_at_most_six_statements():
    files = [ROOT / "nmgeo" / "cli" / f"{name}.py" for name in ("know", "measure", "write")]
    long = [node.name for path in files for node in functions(path) if len(body_of(node)) > 6]

    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_crs_codes_live_in_crs_alone(path):
    words = docstrings(path)
    values = [n.value for n in nodes(path, ast.Constant) if n not in words]
    codes = [v for v in values if re.fullmatch(r"(EPSG:)?(2326|4326|3857|326\d\d)", str(v))]

    assert path.stem == "crs" or codes == []


def docstrings(path):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    first = [node.body[0] for node in nodes(path, *kinds) if node.body]
    return {node.value for node in first if isinstance(node, ast.Expr)}


def test_the_door_opens_every_public_name_and_the_stub_names_the_same():
    stub = (ROOT / "nmgeo" / "__init__.pyi").read_text(encoding="utf-8")
    told = {
        alias.asname for node in ast.walk(ast.parse(stub)) for alias in getattr(node, "names", ())
    }

    assert told | {"__version__"} == set(nm.__all__)
    assert all(getattr(nm, name) is not None for name in nm.__all__)


def test_a_public_name_is_not_the_name_of_a_module_beside_the_door():
    ground = {path.stem for path in MODULES if path.parent == ROOT / "nmgeo"}

    assert ground.isdisjoint(nm.__all__)


def public_functions():
    for path in MODULES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        for name, member in inspect.getmembers(module, inspect.isfunction):
            if member.__module__ == module.__name__ and not name.startswith("_"):
                yield pytest.param(member, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize("function", list(public_functions()))
def test_a_public_function_is_documented(function):
    assert inspect.getdoc(function)


@pytest.mark.parametrize(
    "name", [name for name in nm.__all__ if inspect.isfunction(getattr(nm, name))]
)
def test_the_door_tells_parameters_results_and_errors(name):
    function = getattr(nm, name)
    text = inspect.getdoc(function)

    assert all(parameter in text for parameter in inspect.signature(function).parameters)
    assert re.search(r"^(Returns|Raises)\n-+$", text, flags=re.MULTILINE)


def test_every_command_is_a_public_function_of_the_same_name():
    from nmgeo.cli import app  # noqa: PLC0415

    names = {command.name or command.callback.__name__ for command in app.registered_commands}

    assert names <= set(nm.__all__)
    assert all(command.epilog.startswith("Example: nmgeo ") for command in app.registered_commands)


@pytest.mark.parametrize(
    "argv",
    [
        ("lint-imports",),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
    ],
    ids=" ".join,
)
def test_the_house_is_clean(argv):
    done = subprocess.run([BIN / argv[0], *argv[1:]], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_are_in_step_with_what_they_describe():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "build_pages.py", "--check"],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "page",
    [
        *(ROOT / name for name in ("README.md", "llms.txt", "benchmarks/README.md")),
        *(p for p in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in p.parts),
    ],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_link_inside_the_repository_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    inner = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]

    assert [link for link in inner if not page.parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_text_of_files_is_in_a_stated_encoding(path):
    calls = nodes(path, ast.Call)
    told = [c for c in calls if getattr(c.func, "attr", "") in {"read_text", "write_text"}]

    assert [c.lineno for c in told if "encoding" not in {k.arg for k in c.keywords}] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_sorts_alike_keeps_its_order(path):
    """One key is sorted so only if that is asked for; pandas sorts several so in any case."""
    calls = nodes(path, ast.Call)
    sorts = [c for c in calls if getattr(c.func, "attr", "") in SORTS]
    told = [(c, "kind" in {k.arg for k in c.keywords}) for c in sorts]

    assert [
        call.lineno
        for call, is_told in told
        if is_told == bool(call.args and isinstance(call.args[0], ast.List))
    ] == []
