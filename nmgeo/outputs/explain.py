"""Explain: which command wrote a file, when, and from what data."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, notify, on_one_line
from nmgeo.files import sha256, write_text
from nmgeo.json_objects import read_json_object
from nmgeo.messages import Text, text
from nmgeo.outputs.atlas_folder import MANIFEST, SCHEMA
from nmgeo.provenance import SCHEMA as PROVENANCE
from nmgeo.provenance import find_record, read_statement
from nmgeo.regular_file import require_regular_file, unopened_as_error

_OF_INPUT: Final = ("licence", "accuracy_m", "as_of", "credit", "sha256")
_COLUMNS: Final = ["part_of_run", "file", "detail", *_OF_INPUT, "now"]
_Row = dict[str, Any]


def explain(file: Path | str, *, beside: bool = False) -> pd.DataFrame:
    """Tell which command wrote a file, when, and from what data.

    Parameters
    ----------
    file : path
        Any file that nmgeo wrote or printed on this computer, a file of an atlas or a pack beside
        its ``manifest.json``, a file beside its ``NAME.provenance.json``, or, written anywhere, a
        file that carries its provenance: GeoJSON, also a feature a line, GeoPackage, GeoParquet,
        FlatGeobuf, KML, Shapefile in a zip, JSON, XLSX, ODS, Markdown, HTML, PDF, SVG or PNG. It
        may have been moved or renamed.
    beside : bool
        Write what a file of another format would say of itself, which names no folder, beside the
        file as ``NAME.provenance.json``, to go with a CSV or text to another computer.

    Returns
    -------
    DataFrame
        A row for the ``output`` (``detail`` is the command, ``as_of`` the day), for ``nmgeo`` as a
        ``library``, and for each ``input`` that was read: own files, fetched layers, and shipped
        data, with ``licence``, ``credit``, ``accuracy_m`` (metres) and ``sha256``. ``now`` says
        whether an input is still as it was: ``same``, ``differs`` or ``missing``. It is empty where
        no hash was kept, and for the user's files if another computer wrote the output.

    Raises
    ------
    LayerError
        If the file cannot be read, or nothing is known of it; with ``beside`` also if it was not
        written on this computer.
    ExportError
        If what goes beside cannot be written.

    Warns
    -----
    Notice
        If only the file itself says it, so that it may have been changed since.
    """
    path = Path(file)
    require_regular_file(path, str(path))
    with unopened_as_error(str(path)):
        record, manifest, told = find_record(path), _manifest_of(path), _find_beside(path)
    if beside:
        _write_beside(path, record)
    if (known := record or told) is not None:
        rows = list(_of_record(path, known))
    elif manifest is not None:
        rows = list(_of_manifest(path, manifest))
    else:
        rows = list(_of_record(path, _statement_of(path)))
    own = _mapping(record or {}, "own")
    return pd.DataFrame(list(_compared(rows, own)), columns=_COLUMNS)


def _compared(rows: Iterable[_Row], own: Mapping[str, Any]) -> Iterator[_Row]:
    """Say of each input whether it is as it was; ``own`` are paths that this computer wrote down.

    What a file says of itself leads to no other file.
    """
    here = open_catalog()
    layers: list[Any] = [here.layers, here.tables, here.pulled]
    known = {one.name: one.sha256 for found in layers for one in found.values()}
    for row in rows:
        name, before = row["file"], row.get("sha256")
        is_ours = name in known and (row.get("as_of") or row["detail"] is None)  # not the user's
        if row["part_of_run"] == "input" and before and (name in own or is_ours):
            now = _digest_of(own[name]) if name in own else known[name]
            row["now"] = "missing" if now is None else "same" if now == before else "differs"
        yield row


def _digest_of(path: Any) -> str | None:
    """Return the hash of a user's file; None if it does not lie there."""
    with suppress(OSError, ValueError):
        return sha256(Path(path)) if isinstance(path, str) and Path(path).is_file() else None
    return None


def _statement_of(path: Path) -> Mapping[str, Any]:
    """Return what a file says of itself."""
    if (stamp := read_statement(path)) is not None:
        said = text("as the file says; it may have been changed since")
        notify(said)
        return stamp
    remedy = text(
        "give a file as nmgeo wrote it; CSV and text are known on the computer that wrote "
        "them, where {command} writes what goes with them to others",
        command=f"nmgeo explain --beside {path.name}",
    )
    raise LayerError(str(path), _not_ours(), remedy)


def _write_beside(path: Path, record: Mapping[str, Any] | None) -> None:
    """Write beside a file what it would say of itself, and its SHA-256."""
    said = _mapping(record or {}, "statement")
    if not said:
        raise LayerError(str(path), _not_ours(), text("give a file as nmgeo wrote it"))
    content = json.dumps({**said, "sha256": sha256(path)}, ensure_ascii=False, indent=1)
    is_ours = _read_beside(path) is not None  # a file of somebody else is not replaced
    write_text(_beside(path), content + "\n", overwrite=is_ours)


def _not_ours() -> Text:
    return text("nmgeo did not write it on this computer, or it was changed since")


def _find_beside(path: Path) -> Mapping[str, Any] | None:
    """Return what stands beside a file about these very bytes; None if nothing does."""
    told = _read_beside(path)
    return told if told is not None and told.get("sha256") == sha256(path) else None


def _read_beside(path: Path) -> Mapping[str, Any] | None:
    """Return what nmgeo wrote beside a file, about these bytes or earlier ones."""
    told = read_json_object(_beside(path))
    return told if told is not None and told.get("schema") == PROVENANCE else None


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.provenance.json")


def _of_record(path: Path, record: Mapping[str, Any]) -> Iterator[_Row]:
    """Return the rows of a record of the journal."""
    written = str(record.get("written_at", ""))[:10]
    yield _row("output", path.name, record.get("command"), sha256=sha256(path), as_of=written)
    yield _row("library", "nmgeo", record.get("nmgeo"))
    inputs = record.get("inputs")
    for one in inputs if isinstance(inputs, list) else ():
        if isinstance(one, dict):
            yield _input(one.get("name"), _with_remark(one.get("file"), one.get("remark")), one)


def _with_remark(file: Any, remark: Any) -> Any:
    """Return what an input is, with what its provenance says of it."""
    return f"{file}; {remark}" if isinstance(remark, str) and isinstance(file, str) else file


def _of_manifest(path: Path, told: Mapping[str, Any]) -> Iterator[_Row]:
    """Return the rows of a manifest of :func:`nmgeo.atlas`."""
    yield _row("output", path.name, "nmgeo atlas", sha256=sha256(path))
    for name, version in {"nmgeo": told.get("nmgeo"), **_mapping(told, "libraries")}.items():
        yield _row("library", name, version)
    for name, one in _mapping(told, "own_inputs").items():
        if isinstance(one, dict):
            yield _input(name, one.get("path"), one)
    for name, one in _mapping(told, "pulled").items():
        if isinstance(one, dict):
            yield _input(name, _with_remark(one.get("url"), one.get("remark")), one)
    for name, digest in _mapping(told, "inputs").items():
        yield _row("input", name, None, sha256=digest)


def _input(name: Any, detail: Any, told: Mapping[str, Any]) -> _Row:
    return _row("input", name, detail, **{word: told.get(word) for word in _OF_INPUT})


def _row(part: str, name: Any, detail: Any, **told: Any) -> _Row:
    cells = {"part_of_run": part, "file": name, "detail": detail, **told}
    return {word: _cell(value) for word, value in cells.items()}


def _cell(value: Any) -> Any:
    """Return a value that somebody may have made up, as a cell."""
    if isinstance(value, list | dict):
        return None
    return on_one_line(value) if isinstance(value, str) else value


def _mapping(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _manifest_of(path: Path) -> Mapping[str, Any] | None:
    """Return the manifest that a file is, or that names it beside it by its content."""
    told = read_json_object(path.with_name(MANIFEST))
    if told is None or told.get("schema") != SCHEMA:
        return None
    is_own = path.name == MANIFEST
    return told if is_own or _mapping(told, "outputs").get(path.name) == sha256(path) else None
