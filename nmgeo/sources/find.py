"""Find the source that reads what a user gave."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from nmgeo.catalog import OwnFile
from nmgeo.sources.file_version import source_version
from nmgeo.sources.frame import GivenFrame
from nmgeo.sources.parquet import GeoParquet
from nmgeo.sources.source import Source
from nmgeo.sources.vector_file import VectorFile

SOURCES: Final[tuple[type[Source], ...]] = (GivenFrame, GeoParquet, VectorFile)


def find_source(file: OwnFile, layer: str | None = None) -> Source:
    """Return the first of :data:`SOURCES` that reads what the user gave; nothing is opened yet.

    A file is described once, until it changes: all that ask for it have the same source.
    """
    if file.given is not None:
        return _first_source(file, layer)
    return _known_source(replace(file, beside=()), layer, source_version(file), _folder())


def _folder() -> Path:
    """Return the working directory, by which names are meant, or nothing if it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path()


@lru_cache(maxsize=32)
def _known_source(
    file: OwnFile, layer: str | None, _changed: tuple[int, ...], _folder: Path
) -> Source:
    """Return a known source; a relative path is another file in another working folder."""
    return _first_source(file, layer)


def _first_source(file: OwnFile, layer: str | None) -> Source:
    return next(kind for kind in SOURCES if kind.accepts(file))(file, layer)


def layer_sources(file: OwnFile) -> list[Source]:
    """Return a source for each layer of a file.

    Raises
    ------
    LayerError
        If it cannot be opened.
    """
    return [find_source(file, name) for name in find_source(file).layers()]
