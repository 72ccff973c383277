"""The cache: layers that were fetched from services, each version with what is known of it."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from nmgeo.errors import ExportError, LayerError, SourceError, UnknownLayerError, notify, reason
from nmgeo.files import sha256, write_whole
from nmgeo.messages import text
from nmgeo.translations import did_you_mean

VARIABLE: Final = "NMGEO_CACHE"
DATA: Final = "data.parquet"
TILES: Final = "data.mbtiles"
TILES_KIND: Final = "tiles"
_ABOUT: Final = "about.json"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", flags=re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PulledLayer:
    """One version of a layer that was fetched: what it is, whose it is, and how it was fetched."""

    name: str
    version: str  # the time of the fetch, UTC: 20261127T014500Z
    path: Path
    sha256: str
    size: int
    count: int
    url: str
    kind: str
    query: dict[str, str]
    title: str
    licence: str
    credit: str
    as_of: str
    crs: str
    geometry: str
    geometry_status: str
    accuracy_m: float | None
    key: str | None


def official_layers(layers: Mapping[str, PulledLayer]) -> list[PulledLayer]:
    """Return the layers in which official outlines are looked for.

    They are the zones of statutory plans, if whole plans were fetched, and lots.
    """
    found = [layers[name] for name in ("zones", "lots") if name in layers]
    return [one for one in found if one.name != "zones" or "bbox" not in one.query]


def cache_folder() -> Path:
    """Return the folder of the cache, which need not exist: ``NMGEO_CACHE``, or the user's."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    from platformdirs import user_cache_path  # noqa: PLC0415 - only without the variable

    return user_cache_path("nmgeo", appauthor=False)


def require_name(name: str) -> str:
    """Return the name of a layer of the cache, which is also that of a folder.

    Raises
    ------
    UnknownLayerError
        If it has other characters than small letters, digits and ``_``.
    """
    if _NAME.fullmatch(name):
        return name
    wrong = text("is no name of a layer")
    remedy = text("use small letters, digits and _, as in ozp_zones")
    raise UnknownLayerError(text("layer {layer!r}", layer=name), wrong, remedy)


def pulled_versions(name: str | None = None) -> list[PulledLayer]:
    """Return all versions in the cache, or those of one layer, by name and then the oldest first.

    A version that is not whole is left out.
    """
    if name is not None and not _NAME.fullmatch(name):
        return []
    layers = [one for one in _folders(cache_folder() / "layers") if name in (None, one.name)]
    found = (_read_about(version) for layer in layers for version in _folders(layer))
    return [one for one in found if one is not None]


def newest_versions() -> dict[str, PulledLayer]:
    """Return the newest version of each layer of features in the cache; older ones stay closed."""
    folders = _folders(cache_folder() / "layers")
    newest = (_newest(folder, lambda one: one.kind != TILES_KIND) for folder in folders)
    return {one.name: one for one in newest if one is not None}


def newest_tiles(name: str) -> Path | None:
    """Return the newest MBTiles file of a name in the cache; None if there is none."""
    if not _NAME.fullmatch(name):  # perhaps a path
        return None
    found = _newest(cache_folder() / "layers" / name, lambda one: one.kind == TILES_KIND)
    return None if found is None else found.path


def _newest(folder: Path, fits: Callable[[PulledLayer], bool]) -> PulledLayer | None:
    """Return the newest whole version in the folder of a layer that fits; None if there is none."""
    found = map(_read_about, reversed(_folders(folder)))
    return next((one for one in found if one is not None and fits(one)), None)


def _folders(folder: Path) -> list[Path]:
    """Return the folders in one of the cache, sorted; nothing, with a notice, if it is unreadable.

    A folder that is not there is empty.
    """
    try:
        with os.scandir(folder) as inside:
            return sorted(Path(one.path) for one in inside if one.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        _leave_out(folder, error)
        return []


def _leave_out(path: Path, error: OSError) -> None:
    notify(text("the cache {folder} is left out ({why})", folder=path, why=reason(error)))


def _data_name(kind: str) -> str:
    return TILES if kind == TILES_KIND else DATA


def _read_about(version: Path) -> PulledLayer | None:
    """Return what is known of a version in its folder; None if that is not whole."""
    try:
        told = json.loads((version / _ABOUT).read_text(encoding="utf-8"))
        layer = PulledLayer(**told, path=version / _data_name(told["kind"]))
    except PermissionError as error:
        _leave_out(version / _ABOUT, error)
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    is_own = (layer.name, layer.version) == (version.parent.name, version.name)
    return layer if is_own and layer.path.is_file() else None


def checked_data(layer: PulledLayer) -> Path:
    """Return the file of a version that is still as it was fetched.

    Raises
    ------
    LayerError
        If its SHA-256 is another one.
    """
    if sha256(layer.path) == layer.sha256:
        return layer.path
    wrong = text("altered since it was fetched")
    remedy = text("fetch it again with {command}", command=f"nmgeo pull {layer.name}")
    raise LayerError(str(layer.path), wrong, remedy)


def find_versions(name: str) -> list[PulledLayer]:
    """Return the versions of a layer.

    Raises
    ------
    UnknownLayerError
        If the cache has none.
    """
    if found := pulled_versions(name):
        return found
    known = sorted({one.name for one in pulled_versions()})
    wrong = text("is not in the cache{guess}", guess=did_you_mean(name, known))
    remedy = text("use {known}", known=", ".join(known) or "nmgeo pull zones")
    raise UnknownLayerError(text("layer {layer!r}", layer=name), wrong, remedy)


def remove_versions(name: str) -> list[PulledLayer]:
    """Remove all versions of a layer from the cache, and return what they were."""
    found = find_versions(name)
    for one in found:
        with suppress(FileNotFoundError):
            one.path.with_name(_ABOUT).unlink()  # first: without it a version does not count
        shutil.rmtree(one.path.parent, ignore_errors=True)
    with suppress(OSError):
        found[0].path.parent.parent.rmdir()
    return found


@contextmanager
def hold_lock(key: str) -> Iterator[Path]:
    """Hold the folder in which one fetch is kept until it is whole.

    The lock ends with the process, however that ends.

    Parameters
    ----------
    key : str
        What is fetched, as a name of a folder.

    Yields
    ------
    Path
        The folder; what an earlier run fetched is still there.

    Raises
    ------
    SourceError
        If another process fetches the same.
    ExportError
        If the folder cannot be written to.
    """
    folder = cache_folder() / "partial" / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder.parent / f"{key}.lock").open("a+b")
    except OSError as error:
        raise unwritable(error) from None
    with file:
        if not _lock(file):
            wrong = text("another process fetches the same just now")
            raise SourceError("nmgeo pull", wrong, text("wait until it has ended"))
        yield folder


def _lock(file: IO[bytes]) -> bool:
    """Take the lock of a file, which its process loses when it ends; tell whether it was free."""
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - only there

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl  # noqa: PLC0415 - only there

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write_cached(path: Path, content: bytes) -> None:
    """Write a file of the cache whole or not at all.

    Raises
    ------
    ExportError
        If the cache cannot be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise unwritable(error) from None


def publish(draft: Path, layer: PulledLayer) -> PulledLayer:
    """Give a version its place in the cache, in one step.

    Parameters
    ----------
    draft : Path
        A folder on the same disk, with the data in it.
    layer : PulledLayer
        What is known of it.

    Returns
    -------
    PulledLayer
        With its path.
    """
    told = {name: value for name, value in asdict(layer).items() if name != "path"}
    place = cache_folder() / "layers" / layer.name / layer.version
    write_cached(draft / _ABOUT, json.dumps(told, ensure_ascii=False, indent=1).encode())
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(place)
    except OSError as error:
        raise unwritable(error) from None
    return PulledLayer(**told, path=place / layer.path.name)


def unwritable(error: Exception) -> ExportError:
    """Return the error of a cache that the system, or SQLite, cannot write."""
    wrong = text("the cache cannot be written ({why})", why=reason(error))
    remedy = text("free some space, or set {variable} to another folder", variable=VARIABLE)
    return ExportError(str(cache_folder()), wrong, remedy)
