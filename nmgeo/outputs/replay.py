"""Replay: run a manifest again, and compare every file with the one that it names."""

import json
import tempfile
from pathlib import Path
from typing import Any, Final, cast

import pandas as pd

from nmgeo.catalog import Catalog, OwnFile, open_catalog
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.ring_distances import too_many
from nmgeo.errors import AuditError, LayerError
from nmgeo.files import sha256
from nmgeo.languages import LANGS
from nmgeo.messages import text
from nmgeo.outputs.atlas_folder import SCHEMA, libraries, manifest_inputs
from nmgeo.outputs.atlas_folder import atlas as write_atlas
from nmgeo.sources.file_safety import require_file

_LARGEST: Final = 50_000_000  # bytes of a manifest
_MAPPINGS: Final = ("outputs", "options", "own_inputs", "inputs", "pulled", "libraries")
_NEEDED: Final = ("outputs", "options")
_SAID: Final = ("key", "crs", "name", "encoding", "licence", "credit")
_HASH: Final = 64  # digits of a hash
_SHOWN: Final = 12  # of them in the table
_COLUMNS: Final = ["file", "part_of_run", "result", "detail"]


def replay(manifest: Path | str, catalog: Catalog | None = None) -> pd.DataFrame:
    """Run a manifest of :func:`nmgeo.atlas` again, and compare what is written now.

    Parameters
    ----------
    manifest : path
        A ``manifest.json``. Paths of own files in it are read as they stand.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped data if not given.

    Returns
    -------
    DataFrame
        A row for each ``file``: ``part_of_run`` (``input``, ``output`` or ``library``), ``result``
        (``ok`` or ``differs``) and ``detail``. Nothing is written. An input or a library that
        differs tells why outputs do.

    Raises
    ------
    LayerError
        If the file is no manifest, or a frame was measured, which it cannot name.
    NmgeoError
        Whatever is wrong with an input.
    """
    path = Path(manifest)
    told = _read(path)
    here = _opened(told, path, catalog or open_catalog())
    rows = [
        *_compared(_versions(told), libraries() | {"nmgeo": _version()}, "library"),
        *_compared(_hashes(told), manifest_inputs(here), "input"),
        *_compared(dict(told["outputs"]), _written(told, here), "output"),
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _read(path: Path) -> dict[str, Any]:
    """Read a manifest."""
    require_file(path, str(path))
    try:
        told = json.loads(path.read_bytes()) if path.stat().st_size <= _LARGEST else None
    except (ValueError, RecursionError):
        told = None
    if not _is_manifest(told):
        wrong, remedy = text("not a manifest of nmgeo"), text("name a manifest.json of nmgeo atlas")
        raise LayerError(str(path), wrong, remedy)
    told = cast("dict[str, Any]", told)
    if many := too_many(told["options"]["at"]):
        raise LayerError(str(path), many, text("name a manifest.json of nmgeo atlas"))
    return told


def _is_manifest(told: Any) -> bool:
    """Tell whether all that is used of a manifest is there and of its kind."""
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or set(_NEEDED) - set(told):
        return False
    if not all(isinstance(told.get(name, {}), dict) for name in _MAPPINGS):
        return False
    options, own = told["options"], told.get("own_inputs", {})
    files = [*own.values(), *told.get("pulled", {}).values()]
    lists = options.get("at"), options.get("site", [])
    return (
        options.get("lang") in LANGS
        and all(isinstance(one, list) for one in lists)
        and all(isinstance(word, str) for one in lists for word in one)
        and all(isinstance(file, dict) and "sha256" in file for file in files)
        and all(isinstance(file.get("path"), str) for file in own.values())
        and all(isinstance(file.get(w), str | None) for file in own.values() for w in _SAID)
        and all(isinstance(file.get("accuracy_m"), int | float | None) for file in own.values())
    )


def _opened(told: dict[str, Any], path: Path, base: Catalog) -> Catalog:
    """Open the files that a manifest names."""
    own: dict[str, dict[str, Any]] = told.get("own_inputs", {})
    if frame := next((name for name, file in own.items() if file.get("sha256") is None), None):
        wrong = text("{name} was a frame, which cannot be read again", name=frame)
        raise LayerError(str(path), wrong, text("write it to a file and run atlas on that"))
    files: dict[str, Any] = {name: _own_file(file) for name, file in own.items()}
    return open_catalog(
        base.folder,
        sites=files.pop("sites", None),
        layers=files,
        strict=any(file.get("strict") for file in own.values()),
        shipped_only=not told.get("pulled"),
    )


def _own_file(told: dict[str, Any]) -> OwnFile:
    said: dict[str, Any] = {word: told.get(word) for word in ("accuracy_m", *_SAID)}
    return OwnFile(path=str(told["path"]), **said)


def _written(told: dict[str, Any], here: Catalog) -> dict[str, str]:
    """Write the atlas into a folder for a moment, and return the hashes of its files."""
    if not told["outputs"]:
        return {}
    how: dict[str, Any] = {"at": tuple(told["options"]["at"]), "lang": told["options"]["lang"]}
    if chosen := told["options"].get("site"):
        how["site"] = tuple(chosen)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_atlas(folder, catalog=here, **how)
        return {path.name: sha256(path) for path in paths if path.name in told["outputs"]}


def _versions(told: dict[str, Any]) -> dict[str, str]:
    return {"nmgeo": str(told.get("nmgeo")), **told.get("libraries", {})}


def _hashes(told: dict[str, Any]) -> dict[str, str]:
    pulled = {name: layer["sha256"] for name, layer in told.get("pulled", {}).items()}
    own = {name: file["sha256"] for name, file in told.get("own_inputs", {}).items()}
    return {**told.get("inputs", {}), **pulled, **own}


def _version() -> str:
    from nmgeo import __version__  # noqa: PLC0415 - the door imports this module

    return __version__


def _change(*versions: str | None) -> str:
    """Write two versions, or the beginnings of two hashes, which tell them apart."""
    texts = ("–" if version is None else str(version) for version in versions)
    return " → ".join(text[:_SHOWN] if len(text) == _HASH else text for text in texts)


def _compared(
    before: dict[str, str], after: dict[str, str], part: str
) -> list[dict[str, str | None]]:
    """Compare what a manifest says with what holds now."""
    return [
        {
            "file": name,
            "part_of_run": part,
            "result": "ok" if said == after.get(name) else "differs",
            "detail": None if said == after.get(name) else _change(said, after.get(name)),
        }
        for name, said in before.items()
    ]


@takes_rows("replay", "result", "part_of_run", "file")
def require_equal(rows: pd.DataFrame) -> None:
    """Stop if a file that was written again differs.

    Parameters
    ----------
    rows : DataFrame
        From :func:`replay`.

    Raises
    ------
    AuditError
        With how many outputs, and the first cause.
    """
    differs = rows[rows["result"] == "differs"]
    outputs = int((differs["part_of_run"] == "output").sum())
    if not outputs:
        return
    causes = differs.loc[differs["part_of_run"] != "output", "file"].tolist()
    wrong = text("{count} files are not the same", count=outputs)
    remedy = text("see the table")
    if causes:
        remedy = text("these differ too: {names}", names=", ".join(causes))
    raise AuditError("replay", wrong, remedy)
