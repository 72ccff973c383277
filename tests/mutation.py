"""Change the code at random places and see whether the fast tests notice: run by hand.

``python tests/mutation.py nmgeo/measures nmgeo/records --count 100`` draws 100 places of these
folders, makes one change at each (``==`` to ``!=``, ``+`` to ``-``, ``and`` to ``or``, a number one
higher, two arguments swapped, a statement or a result dropped, ...) in a copy of the project, and
runs the tests that run that line: first those of the name of its module, one case of each, before
others those that run the fewest modules, and last their whole files, for the fixtures of modules.
Which they are is in the database of coverage.py that ``make mutate`` writes first: all tests but
those of browsers, clusters and other programs. Of a line that runs at import, they are the tests of
the lines that use the constant or the default, those of the name of its module, those that import
it, and those of its storey.
The tests that read the code instead of running it are tried on every change: those of messages, and
ruff and mypy, which tests/project runs. A test that fails is run once more on the code as it is: if
it fails there too, it is no evidence, and the change is left out. The program prints each change
that no test noticed, and the share that was noticed, of each storey and of all. The same seed draws
the same places as long as the code is the same.
"""

import argparse
import ast
import difflib
import faulthandler
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
SLOW = ("browser", "shipped_atlas", "def wheel", "LocalCluster", "qgis_process.bin", "subprocess")
TESTED_IN = {"formats": "outputs", "translations": "ground"}  # rooms without tests of their own
GOLDEN = ROOT / "tests" / "golden" / "test_golden.py"  # what a reader sees of every command
SEEN = {"commands", "records", "cli", "outputs", "terminal", "translations"}  # in what it compares
SLOW_ROOMS = {"services"}  # whose tests start a server
LIBRARIES = ("fiona", "folium", "geopandas", "numba", "pyarrow", "rich", "typer")
ONE_TEST_S = 60  # of processor time: a longer test does not end, which counts as noticed
ALL_TESTS_S = 75  # of processor time: what no test has noticed by then counts as not noticed
MOST_TESTS = 100  # of a line
MOST_FILES = 4  # of these, whole
READING = (  # tests that read a module
    *(
        f"tests/ground/test_messages.py::test_{name}"
        for name in (
            "a_template_is_given_the_values_that_it_names_and_no_others",
            "an_error_names_the_thing_first_then_what_is_wrong_and_last_the_remedy",
        )
    ),
    "tests/project/test_house.py::test_text_of_files_is_in_a_stated_encoding",
    "tests/project/test_house.py::test_what_sorts_alike_keeps_its_order",
)
# Both are in tests/project; here without rules on how a line is written: a change has no comments.
RUFF = ("ruff", "check", "--output-format=concise", "--ignore=C,D,E,ERA,FIX,I,Q,RET,RUF1,TD,W")
MYPY = ("mypy", "--no-warn-unused-ignores", "--no-error-summary")
BIN = Path(sys.executable).parent
PASSED = (0, 5)  # exit codes of pytest: passed, no tests; a crash is noticed, too
OUT_OF_TIME = -signal.SIGXCPU

_COMPARED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def changes(node, keys):
    """Yield (name, function that makes the change) for one node of a module's syntax tree."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        yield "compare", lambda n: n.ops.__setitem__(0, _COMPARED[type(n.ops[0])]())
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield "compute", lambda n: setattr(n, "op", _COMPUTED[type(n.op)]())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield "and-or", lambda n: setattr(n, "op", other())
    elif isinstance(node, ast.UnaryOp):
        yield (
            "negation",
            lambda n: (
                setattr(n, "op", ast.UAdd())
                if isinstance(n.op, ast.USub)
                else _become(n, n.operand)
            ),
        )
    elif isinstance(node, ast.IfExp):
        yield "if-else", lambda n: n.__dict__.update(body=n.orelse, orelse=n.body)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield "number", lambda n: setattr(n, "value", value)
    elif isinstance(node, ast.stmt):
        yield from _changes_of_statement(node)
    elif isinstance(node, ast.Call):
        yield from _changes_of_call(node)
    elif isinstance(node, ast.Subscript) and (key := _key(node)) and len(keys) > 1:
        other = keys[(keys.index(key) + 1) % len(keys)]
        yield "key", lambda n: setattr(n, "slice", ast.Constant(other))


def _changes_of_statement(statement):
    if isinstance(statement, ast.Expr | ast.AugAssign):
        yield "statement", lambda n: _become(n, ast.copy_location(ast.Pass(), n))
    elif isinstance(statement, ast.Return) and not isinstance(statement.value, ast.Constant | None):
        yield "result", lambda n: setattr(n, "value", ast.Constant(None))


def _changes_of_call(call):
    if call.keywords:
        yield "argument", lambda n: n.keywords.pop(0)
    if len(call.args) > 1 and ast.dump(call.args[0]) != ast.dump(call.args[1]):
        yield "swapped", lambda n: n.args.__setitem__(slice(2), n.args[1::-1])


def _become(node, other):
    node.__class__ = other.__class__
    node.__dict__ = other.__dict__


def _key(node):
    inner = node.slice
    return inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, str) else None


def nodes(tree):
    """List the nodes that may be changed: no annotations, no docstrings, no decorators."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop(0)
        if not _is_docstring(node):
            found.append(node)
        for field, value in ast.iter_fields(node):
            if field not in {"annotation", "returns", "decorator_list", "type_params"}:
                parts = value if isinstance(value, list) else [value]
                waiting += [part for part in parts if isinstance(part, ast.AST)]
    return found


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def places(path):
    """List what can be changed in a module: (path, number of the node, kind of change)."""
    found = nodes(ast.parse(path.read_text(encoding="utf-8")))
    keys = keys_of(found)
    return [(path, n, kind) for n, node in enumerate(found) for kind, _ in changes(node, keys)]


def keys_of(found):
    """List the words that the subscripts of a module ask for."""
    return sorted({_key(n) for n in found if isinstance(n, ast.Subscript)} - {None})


def mutant(place):
    """Make a change: (path, line, kind, changed text, diff)."""
    path, number, kind = place
    tree = ast.parse(path.read_text(encoding="utf-8"))
    before, found = ast.unparse(tree), nodes(tree)
    node, keys = found[number], keys_of(found)
    line = node.lineno
    dict(changes(node, keys))[kind](node)
    after = ast.unparse(ast.fix_missing_locations(tree))
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    diff = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return path, line, kind, after, diff


def tests_of(path):
    """List the fast test files of a module, the likeliest to notice a change first.

    Those of its name, those that import it, those of the modules that import it, the golden
    outputs, those of its storey.
    """
    name, rooms = path.stem, path.relative_to(ROOT / "nmgeo").parts[:-1] or ("ground",)
    storeys = {TESTED_IN.get(room, room) for room in rooms}
    users = [user.stem for user in (ROOT / "nmgeo").rglob("*.py") if _imports(user, path)]
    ranks, slow = {}, []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if any(word in _text(file) for word in SLOW) and file.stem != f"test_{name}":
            slow += [file] * (file.parent.name in storeys)
        elif file.stem == f"test_{name}" or file.stem.startswith(f"test_{name}_"):
            ranks[file] = 0
        elif _imports(file, path):
            ranks[file] = 1
        elif file.stem.removeprefix("test_") in users:
            ranks[file] = 2
        elif file == GOLDEN and SEEN & {*rooms}:
            ranks[file] = 3
        elif file.parent.name in storeys:
            ranks[file] = 4
    fast = sorted(ranks, key=ranks.__getitem__)
    return [*fast, *slow] if not fast or storeys & SLOW_ROOMS else fast


def _imports(file, path):
    """Tell whether a file imports a module, by its full name or from its folder."""
    *folder, name = path.relative_to(ROOT).with_suffix("").parts
    dotted = ".".join(folder)
    full = (f"from {dotted}.{name} import", f"import {dotted}.{name}")
    from_folder = rf"from {re.escape(dotted)} import (\([^)]*\b|.*\b){name}\b"
    return any(words in _text(file) for words in full) or bool(re.search(from_folder, _text(file)))


@cache
def _text(file):
    return file.read_text(encoding="utf-8")


class Ran:
    """Which tests run each line, after a database of coverage.py with a context for each test."""

    def __init__(self, file):
        from coverage import CoverageData  # noqa: PLC0415 - an extra that this program alone needs

        self._data = CoverageData(str(file))
        self._data.read()
        with closing(sqlite3.connect(file)) as database:
            asked = (
                "select context, count(*) from line_bits join context on context.id = context_id"
            )
            modules = database.execute(f"{asked} group by context").fetchall()
        self._modules = {_test_of(context): count for context, count in modules}

    @cache  # noqa: B019 - one for the whole run
    def _lines(self, path):
        return self._data.contexts_by_lineno(str(path.relative_to(ROOT)))

    def tests_of(self, path, line):
        """List the tests of a line; None if it runs at import, for every test or for none."""
        found = self._tests_that_run(path, line)
        if not found:
            used = [self._tests_that_run(path, user) for user in users(path, line)]
            found = set().union(*used)
        if not found:
            return None
        shown = [f"{test}[{path.relative_to(ROOT)}]" for test in READING]
        return [*shown, *self._in_order(found, f"/test_{path.stem}"), *files_of(found)]

    def _tests_that_run(self, path, line):
        """Return the tests of a line, none if it runs at import."""
        lines = self._lines(path)
        first = max((n for n in lines if n <= line), default=None)  # of the statement
        contexts = [*lines.get(first, [""])]
        return set() if "" in contexts else {_test_of(context) for context in contexts}

    def _in_order(self, found, name):
        """Put one case of each test first, then a second one; before others those of a name."""
        cases, order = Counter(), {}
        for test in sorted(found, key=lambda test: (self._modules[test], test)):
            order[test] = cases[test.partition("[")[0]]
            cases[test.partition("[")[0]] += 1
        ranked = sorted(order, key=lambda test: (order[test], self._modules[test], test))
        return sorted(ranked, key=lambda test: name not in test)[:MOST_TESTS]


def _test_of(context):
    return context.rpartition("|")[0]


def files_of(tests):
    """List the files that hold the most of some tests."""
    counts = Counter(test.partition("::")[0] for test in sorted(tests))
    return [f for f, _ in counts.most_common() if f.startswith("tests/")][:MOST_FILES]


def users(path, line):
    """List the lines of functions that use what a line at import makes: a constant, a default."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    made = [one for one in tree.body if one.lineno <= line <= one.end_lineno]
    names = {
        node.id
        for one in made
        if isinstance(one, ast.Assign | ast.AnnAssign)
        for node in ast.walk(one)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    used = {n.lineno for body in bodies for n in ast.walk(body) if getattr(n, "id", "") in names}
    heads = [body for body in bodies if body.lineno <= line < body.body[0].lineno]
    return sorted(used | {part.lineno for body in heads for part in body.body})


class Copies:
    """Copies of the project, in each of which one change at a time is tried."""

    def __init__(self, folder, jobs):
        self._free, self._times = SimpleQueue(), count(1)
        for number in range(jobs):
            to = folder / str(number)
            for name in ("nmgeo", "tests", "geodata", "docs"):
                shutil.copytree(ROOT / name, to / name)
            for file in ("pyproject.toml", "README.md"):
                shutil.copy2(ROOT / file, to / file)
            self._free.put(to)

    def notice(self, path, text, tests):
        """Return the test that fails when a module has another text; empty if none does."""
        home = self._free.get()
        target = home / path.relative_to(ROOT)
        kept = target.read_text(encoding="utf-8")
        self._write(target, text)
        try:
            return run_tests(home, [*tests, str(path.relative_to(ROOT))])
        finally:
            self._write(target, kept)
            self._free.put(home)

    def _write(self, target, text):
        """Write a module with a time of its own, by which Python knows what it has compiled."""
        target.write_text(text, encoding="utf-8")
        os.utime(target, (time := next(self._times), time))

    def check(self, path, text, program):
        """Return what ruff or mypy says of a change that it does not say of the code; empty if not.

        It is asked about code without comments, as a change is written.
        """
        home = self._free.get()
        target = home / path.relative_to(ROOT)
        kept = target.read_text(encoding="utf-8")
        try:
            self._write(target, text)
            after = _say(home, program, target)
            self._write(target, ast.unparse(ast.parse(kept)))
            new = after and after - _say(home, program, target)
            return f"{program[0]}: {min(new)}" if new else ""
        finally:
            self._write(target, kept)
            self._free.put(home)

    def fails_anyway(self, test):
        """Tell whether a test fails on the code as it is."""
        home = self._free.get()
        try:
            return bool(run_tests(home, [test]))
        finally:
            self._free.put(home)


def _say(home, program, target):
    """Return the lines that ruff says of a file, or mypy of all, without their places."""
    name, *options = program
    words = [BIN / name, *options, *[target] * (name == "ruff")]
    done = subprocess.run(words, cwd=home, capture_output=True, text=True)
    lines = (re.sub(r":\d+(:\d+)?:", ":", line) for line in done.stdout.splitlines())
    return Counter(line for line in lines if line.startswith((str(home), "nmgeo/")))


class Running:
    """Writes down which test runs, since it is the one that fails; stops one that does not end."""

    def __init__(self, file):
        self._file = file

    def pytest_collectstart(self, collector):
        """Note the file of an error of collection."""
        self._file.write_text(collector.nodeid, encoding="utf-8")

    def pytest_runtest_logstart(self, nodeid):
        """Note the test, and give it its time."""
        self._file.write_text(nodeid, encoding="utf-8")
        signal.setitimer(signal.ITIMER_PROF, ONE_TEST_S)  # its signal ends the process
        faulthandler.dump_traceback_later(10 * ONE_TEST_S, exit=True)  # one that waits


def run_tests(home, words):
    """Run tests in a fork, which has the libraries already; return the one that fails, or ""."""
    child = os.fork()
    if child == 0:
        _in_child(home, words)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code in {*PASSED, OUT_OF_TIME}:
        return ""
    return (home / "running").read_text(encoding="utf-8") or words[0]


def _in_child(home, words):
    import pytest  # noqa: PLC0415 - in the fork

    code = 3
    try:
        os.setsid()
        os.chdir(home)
        sys.path.insert(0, str(home))
        sys.dont_write_bytecode = False
        resource.setrlimit(resource.RLIMIT_CPU, (ALL_TESTS_S, ALL_TESTS_S + 60))
        os.environ["PYTHONPATH"] = str(home)
        os.environ["NUMBA_CACHE_DIR"] = str(home / "numba") if "numba" not in words[-1] else ""
        (home / "running").write_text("", encoding="utf-8")
        log = os.open(home / "log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        options += ["--hypothesis-profile=quick", "-p", "no:faulthandler"]
        options += [f"--basetemp={home / 'basetemp'}"]
        code = int(pytest.main([*options, *words], plugins=[Running(home / "running")]))
    except BaseException:  # noqa: BLE001 - a fork ends here, whatever happens
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main():
    """Draw, try and tell; exit 1 if fewer than nine of ten changes are noticed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("paths", nargs="+", type=Path, help="modules or folders of nmgeo")
    parser.add_argument("--count", type=int, default=100, help="changes to try, e.g. 100")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first ones drawn")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--ran", type=Path, default=ROOT / ".coverage", help="of coverage.py")
    parser.add_argument("--list", action="store_true", help="list the changes without trying them")
    asked = parser.parse_args()
    files = [f for p in asked.paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    every = [place for file in files for place in places(file.resolve())]
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))  # noqa: S311
    drawn = [mutant(place) for place in drawn[asked.skip :]]
    print(f"{len(drawn)} of {len(every)} changes", flush=True)
    if asked.list:
        for one in drawn:
            tell("drawn", one)
        return 0
    for library in LIBRARIES:
        __import__(library)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies, ran = Copies(Path(folder), asked.jobs), Ran(asked.ran)
        with ThreadPoolExecutor(asked.jobs) as pool:
            found = list(pool.map(lambda one: (one[0], try_one(copies, ran, one)), drawn))
    found = [(path, was) for path, was in found if was is not None]
    noticed = [was for _, was in found]
    by_storey = {}
    for path, was in found:
        by_storey.setdefault(path.relative_to(ROOT).parts[:2][-1], []).append(was)
    for storey, known in [*sorted(by_storey.items()), ("all", noticed)]:
        print(f"{storey}: {sum(known)} of {len(known)} noticed, {sum(known) / len(known):.0%}")
    return int(sum(noticed) < 0.9 * len(noticed))


def try_one(copies, ran, one):
    """Try the tests of a line on one change; None if the test that fails proves nothing."""
    path, line, _, text, _ = one
    tests = ran.tests_of(path, line)
    if tests is None:
        tests = [str(file.relative_to(ROOT)) for file in tests_of(path)]
    said = copies.check(path, text, RUFF)
    test = "" if said else copies.notice(path, text, tests)
    if said := said or ("" if test else copies.check(path, text, MYPY)):
        tell("noticed", one)
        print(f"    by {said}", flush=True)
        return True
    if test and copies.fails_anyway(test):
        tell(f"LEFT OUT: {test} fails as it is:", one)
        return None
    tell("noticed" if test else "SURVIVED", one)
    return bool(test)


def tell(what, one):
    """Print one line for a change, and its diff if nothing noticed it."""
    path, line, kind, _, diff = one
    print(f"{what} {path.relative_to(ROOT)}:{line} {kind}", flush=True)
    if what != "noticed":
        print("\n".join(f"    {text}" for text in diff), flush=True)


if __name__ == "__main__":
    sys.exit(main())
