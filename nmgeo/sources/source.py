"""The protocol of a source of features, which every command reads through."""

from collections.abc import Generator
from typing import Protocol

import geopandas as gpd
import pyarrow as pa

from nmgeo.catalog import OwnFile
from nmgeo.sources.describe import Description

Tables = Generator[tuple[pa.Table, list[str]], None, None]


class Source(Protocol):
    """One layer of a user's file, or a frame.

    A new kind of source is one module with a class like this, and one line in
    :data:`nmgeo.sources.find.SOURCES`.
    """

    file: OwnFile

    def __init__(self, file: OwnFile, layer: str | None = None) -> None:
        """Open nothing yet; ``layer`` is one of several."""

    @staticmethod
    def accepts(file: OwnFile) -> bool:
        """Whether this class reads what the user gave."""

    def size(self) -> int:
        """Return the bytes that reading it takes in, before it is opened."""

    def layers(self) -> list[str]:
        """List the layers."""

    def describe(self) -> Description:
        """Return driver, layer, count, CRS as stated, fields and encoding; described once."""

    def read(self, *, first: int | None = None) -> gpd.GeoDataFrame:
        """Read features as they stand: coordinates of the file, any geometry, its own index."""

    def tables(self, size: int) -> Tables:
        """Read tables of at most ``size`` rows, and what was warned of as each was read.

        The first two columns are the feature id and the geometry as WKB, then come all fields.
        """
