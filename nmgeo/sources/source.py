"""The protocol of a source of features: whole files, batches and the doctor read through it."""

from collections.abc import Generator, Sequence
from typing import Final, Protocol

import geopandas as gpd
import pyarrow as pa

from nmgeo.catalog import OwnFile
from nmgeo.sources.describe import Description

BATCH: Final = 65_536  # features; GDAL never gives more at a time
ID: Final = "\0id"  # the first two columns of a batch: no field of a file can have these names
GEOMETRY: Final = "\0geometry"

Batches = Generator[pa.Table, None, None]


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

    def batches(
        self, size: int = BATCH, *, columns: Sequence[str] | None = None, lenient: bool = False
    ) -> Batches:
        """Read tables of at most ``size`` rows, in the order of the file.

        The first two columns are the feature id (:data:`ID`) and the geometry as WKB
        (:data:`GEOMETRY`), then come the fields: all of them, or ``columns``. A geometry of too
        many levels is an error, or :data:`nmgeo.sources.nested_shapes.DEEP` where ``lenient``.
        """

    def parts(self) -> list["Source"]:
        """Return the files that make it up, each a source of its own; usually itself alone."""
