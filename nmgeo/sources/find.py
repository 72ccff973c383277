"""Find the source that reads what a user gave."""

from dataclasses import replace
from typing import Final

from nmgeo.catalog import OwnFile
from nmgeo.sources.frame import GivenFrame
from nmgeo.sources.parquet import GeoParquet
from nmgeo.sources.source import Source
from nmgeo.sources.vector_file import VectorFile

SOURCES: Final[tuple[type[Source], ...]] = (GivenFrame, GeoParquet, VectorFile)


def find_source(file: OwnFile, layer: str | None = None) -> Source:
    """Return the first of :data:`SOURCES` that reads what the user gave; nothing is opened yet."""
    return next(kind for kind in SOURCES if kind.accepts(file))(file, layer)


def layer_sources(file: OwnFile) -> list[Source]:
    """Return a source for each layer of a file.

    Raises
    ------
    LayerError
        If it cannot be opened.
    """
    alone = replace(file, beside=())
    return [find_source(alone, name) for name in find_source(alone).layers()]
