"""Paths of input files, over which nothing is written."""

from collections.abc import Iterable
from pathlib import Path

from nmgeo.catalog import Catalog, OwnFile
from nmgeo.read_files import require_apart
from nmgeo.sources.file_names import split_layer


def require_elsewhere(out: Path, files: Iterable[OwnFile]) -> None:
    """Refuse to write over what is read, or where it would be read the next time.

    Raises
    ------
    UsageError
        If ``out`` is one of the files, or lies in a folder of them.
    """
    for path in (split_layer(file.path)[0] for file in files if file.on_disk is not None):
        require_apart(out, path)


def require_all_elsewhere(outs: Iterable[Path], catalog: Catalog) -> None:
    """Refuse to write over any file that the user brought. Errors: :func:`require_elsewhere`."""
    for out in outs:
        require_elsewhere(out, input_files(catalog))


def input_files(catalog: Catalog) -> list[OwnFile]:
    """Return the files that the user brought."""
    sites = [] if catalog.own_sites is None else [catalog.own_sites]
    return [*sites, *catalog.own_layers.values()]
