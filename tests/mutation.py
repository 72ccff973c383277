"""Change the code at random places and see whether the fast tests notice: run by hand.

``python tests/mutation.py nmgeo/measures nmgeo/records --count 100`` draws 100 places of these
folders, makes one change at each (``==`` to ``!=``, ``+`` to ``-``, ``and`` to ``or``, a number one
higher, two arguments swapped, a statement or a result dropped, ...) in a copy of the project, and
runs the tests of that module: those of its name, and those that import it. It prints each change
that no test noticed, and the share that was noticed, of each storey and of all. The same seed draws
the same places as long as the code is the same.
"""

import argparse
import ast
import difflib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
SLOW = ("browser", "shipped_atlas", "def wheel", "LocalCluster", "qgis_process.bin", "subprocess")
TESTED_IN = {"formats": "outputs", "translations": "ground"}  # rooms without tests of their own
LIBRARIES = ("fiona", "folium", "geopandas", "numba", "pyarrow", "rich", "typer")
SECONDS = 240
PASSED = (0, 5)  # exit codes of pytest: passed, no tests; a crash is noticed, too

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
    """List the fast test files of a module: those of its name first, then those that import it."""
    name, rooms = path.stem, path.relative_to(ROOT / "nmgeo").parts[:-1] or ("ground",)
    storeys = {TESTED_IN.get(room, room) for room in rooms}
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    calls = (f"{dotted} import", f"import {dotted}", f"from {dotted.rpartition('.')[0]} import")
    named, importing, of_storey, slow = [], [], [], []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if any(word in text for word in SLOW) and file.stem != f"test_{name}":
            slow += [file] * (file.parent.name in storeys)
        elif file.stem == f"test_{name}" or file.stem.startswith(f"test_{name}_"):
            named.append(file)
        elif any(call in text for call in calls[:2]) or (calls[2] in text and name in text):
            importing.append(file)
        elif file.parent.name in storeys:
            of_storey.append(file)
    if not named + importing:
        return of_storey or slow, []
    return [*named, *importing], of_storey


class Copies:
    """Copies of the project, in each of which one change at a time is tried."""

    def __init__(self, folder, count):
        self._free, self.said = SimpleQueue(), ""
        for number in range(count):
            to = folder / str(number)
            for name in ("nmgeo", "tests", "geodata", "docs"):
                shutil.copytree(ROOT / name, to / name)
            for file in ("pyproject.toml", "README.md"):
                shutil.copy2(ROOT / file, to / file)
            self._free.put(to)

    def notice(self, path, text, tests):
        """Tell whether tests fail when a module has another text."""
        home = self._free.get()
        target = home / path.relative_to(ROOT)
        kept = target.read_text(encoding="utf-8")
        target.write_text(text, encoding="utf-8")
        try:
            files = [str(file.relative_to(ROOT)) for file in tests]
            noticed = run_tests(home, [*files, str(path.relative_to(ROOT))])
            self.said = (home / "log").read_text(encoding="utf-8", errors="replace")
            return noticed
        finally:
            target.write_text(kept, encoding="utf-8")
            os.utime(target, (0, 0))  # never the time of a text that was compiled
            self._free.put(home)


def run_tests(home, files):
    """Run tests in a fork, which has the libraries already; True if one fails or it takes long."""
    child = os.fork()
    if child == 0:
        _in_child(home, files)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) not in PASSED
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(f"more than {SECONDS} s, which counts as noticed:", flush=True)
    return True


def _in_child(home, files):
    import pytest  # noqa: PLC0415 - in the fork

    code = 3
    try:
        os.setsid()
        os.chdir(home)
        sys.path.insert(0, str(home))
        sys.dont_write_bytecode = True
        os.environ |= {"PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ["NUMBA_CACHE_DIR"] = str(home / "numba") if "numba" not in files[-1] else ""
        log = os.open(home / "log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        options += ["--hypothesis-profile=quick"]
        options += [f"--basetemp={home / 'basetemp'}"]
        code = int(pytest.main([*options, *files]))
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
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="list the changes without trying them")
    asked = parser.parse_args()
    files = [f for p in asked.paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    every = [place for file in files for place in places(file.resolve())]
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))  # noqa: S311
    drawn = [mutant(place) for place in drawn]
    print(f"{len(drawn)} of {len(every)} changes", flush=True)
    if asked.list:
        for one in drawn:
            tell("drawn", one)
        return 0
    for library in LIBRARIES:
        __import__(library)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies = Copies(Path(folder), asked.jobs)
        for path in sorted({one[0] for one in drawn}):
            text = path.read_text(encoding="utf-8")
            if copies.notice(path, text, tests_of(path)[0]):
                print(f"left out: the tests of {path} fail as it is:\n{copies.said[-3000:]}")
                drawn = [one for one in drawn if one[0] != path]
        with ThreadPoolExecutor(asked.jobs) as pool:
            noticed = list(pool.map(lambda one: try_one(copies, one), drawn))
    by_storey = {}
    for (path, *_), was in zip(drawn, noticed, strict=True):
        by_storey.setdefault(path.relative_to(ROOT).parts[:2][-1], []).append(was)
    for storey, found in [*sorted(by_storey.items()), ("all", noticed)]:
        print(f"{storey}: {sum(found)} of {len(found)} noticed, {sum(found) / len(found):.0%}")
    return int(sum(noticed) < 0.9 * len(noticed))


def try_one(copies, one):
    """Try the tests of the module, then the others of its storey; tell if none notices."""
    path, _, _, text, _ = one
    first, then = tests_of(path)
    noticed = copies.notice(path, text, first) or copies.notice(path, text, then)
    tell("noticed" if noticed else "SURVIVED", one)
    return noticed


def tell(what, one):
    """Print one line for a change, and its diff if nothing noticed it."""
    path, line, kind, _, diff = one
    print(f"{what} {path.relative_to(ROOT)}:{line} {kind}", flush=True)
    if what != "noticed":
        print("\n".join(f"    {text}" for text in diff), flush=True)


if __name__ == "__main__":
    sys.exit(main())
