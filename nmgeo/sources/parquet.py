"""Read GeoParquet: one file, or a folder of its parts in the order of their names."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError, first_line
from nmgeo.messages import text
from nmgeo.names import natural_key
from nmgeo.read_files import note_read
from nmgeo.regular_file import unopened_as_error
from nmgeo.sources.arrow_columns import plain_column, plain_frame
from nmgeo.sources.coordinate_numbers import fault_of_wkb, find_unbuilt
from nmgeo.sources.describe import Description
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.file_safety import FOLDERS, require_file
from nmgeo.sources.nested_shapes import with_few_levels
from nmgeo.sources.source import BATCH, GEOMETRY, ID, Batches, Source
from nmgeo.sources.stated_crs import read_stated_crs
from nmgeo.sources.value_types import restore_types

PARQUET: Final = ".parquet"
_CRS84: Final = "OGC:CRS84"  # what GeoParquet means if it does not say
_BOXES: Final = (4, 6)  # numbers of a bounding box, without heights or with them


@dataclass(frozen=True, kw_only=True)
class Head:
    """What one file of GeoParquet states: its column of geometry, CRS, fields and rows."""

    shape: str
    encoding: str
    crs: CRS | None
    count: int
    types: Mapping[str, str]
    box: tuple[float, ...] | None


class GeoParquet:
    """A file of GeoParquet, or a folder of its parts."""

    def __init__(self, file: OwnFile, layer: str | None = None) -> None:
        """Open nothing yet; GeoParquet has one layer."""
        path, named = split_layer(file.path)
        self.file, self._path, self._layer = file, path, layer or named

    @staticmethod
    def accepts(file: OwnFile) -> bool:
        """Whether it is a folder of parts, or a file whose name says that it is Parquet."""
        path = split_layer(file.path)[0]
        if path.suffix.lower() == PARQUET:
            return True
        there = os.path.isdir(path)  # noqa: PTH112 - Path.is_dir fails at a name that is too long
        return there and path.suffix.lower() not in FOLDERS and bool(parts_in(path))

    def size(self) -> int:
        """Return the bytes of all parts."""
        return sum(path.stat().st_size for path in self._paths)

    def layers(self) -> list[str]:
        """Return the one layer, called as the file."""
        if self._layer and self._layer != self._path.stem:
            wrong = text("holds layers {known}", known=self._path.stem)
            remedy = text("name one, as in {example}", example="FILE#LAYER")
            raise LayerError(self.file.path, wrong, remedy)
        return [self._path.stem]

    def describe(self) -> Description:
        """Return what the parts state together."""
        self.layers()
        heads = self._heads
        return Description(
            path=str(self._path),
            file=str(self._path),
            driver="Parquet",
            layer=self._path.stem,
            crs=heads[0].crs,
            size=self.size(),
            has_geometry=True,
            options={},
            count=sum(head.count for head in heads),
            types=heads[0].types,
            encoding="UTF-8",
            box=heads[0].box if len(heads) == 1 else None,
        )

    def read(self, *, first: int | None = None) -> gpd.GeoDataFrame:
        """Read features as they stand, indexed by row from 0."""
        tables, held = [], 0
        try:
            with closing(self.batches(min(first or BATCH, BATCH))) as batches:
                for table in batches:
                    tables.append(table)
                    held += table.num_rows
                    if first is not None and held >= first:
                        break
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _unreadable(self.file.path, error) from None
        if not tables:
            return gpd.GeoDataFrame(geometry=[], crs=self._heads[0].crs)
        whole = _joined(tables, self.file.path).slice(0, first)
        shapes = _built(whole.column(1), self.file.path)
        attributes = whole.drop_columns(whole.column_names[:2])
        columns = restore_types(plain_frame(attributes, self.file.path), attributes.select)
        crs = self._heads[0].crs
        return gpd.GeoDataFrame(
            columns.drop(columns="geometry", errors="ignore"), geometry=shapes, crs=crs
        )

    def batches(
        self, size: int = BATCH, *, columns: Sequence[str] | None = None, lenient: bool = False
    ) -> Batches:
        """Read tables whose first columns are the row from 0 and the geometry."""
        row = 0
        for path, head in zip(self._paths, self._heads, strict=True):
            names = [name for name in head.types if columns is None or name in columns]
            # Buffering ahead would keep every column of a row group, which may be the whole file.
            with closing(_opened(path, pre_buffer=False)) as file:
                for batch in file.iter_batches(size, columns=[head.shape, *names]):
                    table = pa.Table.from_batches([batch])
                    _require_columns(table, [head.shape, *names], str(path))
                    rows = pa.array(np.arange(row, row + table.num_rows))
                    plain = [plain_column(table[name]) for name in names]
                    shapes = _as_wkb(table, head, str(path))
                    shapes = with_few_levels(shapes, rows, str(path), lenient=lenient)
                    held = [rows, shapes, *plain]
                    yield pa.Table.from_arrays(held, [ID, GEOMETRY, *names])
                    row += table.num_rows

    def parts(self) -> list[Source]:
        """Return a source for each file of a folder, in the order of their names."""
        if not self._path.is_dir():
            return [self]
        return [GeoParquet(replace(self.file, path=str(path))) for path in self._paths]

    @cached_property
    def _paths(self) -> list[Path]:
        note_read(self._path)
        paths = parts_in(self._path) if self._path.is_dir() else [self._path]
        for path in paths:
            require_file(path, str(path))
        return paths

    @cached_property
    def _heads(self) -> list[Head]:
        heads = [read_head(path) for path in self._paths]
        for path, head in zip(self._paths, heads, strict=True):
            if head.crs != heads[0].crs:
                here, there = (h.crs.name if h.crs else text("none") for h in (head, heads[0]))
                wrong = text(
                    "its CRS is {here}, but that of {other} is {there}",
                    here=here,
                    other=self._paths[0].name,
                    there=there,
                )
                raise LayerError(str(path), wrong, text("bring all parts to one"))
        return heads


def _opened(path: Path, **how: Any) -> Any:
    import pyarrow.parquet  # noqa: PLC0415 - not for other formats

    return pyarrow.parquet.ParquetFile(path, **how)


def read_head(path: Path) -> Head:
    """Read what a file of GeoParquet states, without its features.

    Raises
    ------
    LayerError
        If it is missing, damaged, or Parquet without geometry.
    """
    require_file(path, str(path))
    try:
        with closing(_opened(path)) as file:
            schema, count = file.schema_arrow, file.metadata.num_rows
            geo = json.loads((file.metadata.metadata or {})[b"geo"])
            name = str(geo["primary_column"])
            shape = geo["columns"][name]
            said = shape.get("crs", _CRS84)
            box = [float(number) for number in shape.get("bbox") or ()]
            crs = None if said is None else _read_crs(json.dumps(said), str(path))
            encoding = str(shape["encoding"])
    except (pa.ArrowException, OSError, LayerError) as error:
        raise _unreadable(str(path), error) from None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, CRSError) as error:
        remedy, is_crs = text("write it with geopandas or GDAL"), isinstance(error, CRSError)
        wrong = text("its member 'crs' names no known CRS") if is_crs else text("is no GeoParquet")
        raise LayerError(str(path), wrong, remedy) from None
    return Head(
        shape=name,
        encoding=encoding,
        crs=crs,
        count=count,
        types={field.name: str(field.type) for field in schema if field.name != name},
        box=(*box[:2], *box[len(box) // 2 :][:2]) if len(box) in _BOXES else None,
    )


@lru_cache(maxsize=64)
def _read_crs(said: str, file: str) -> CRS:
    """Read a CRS that is written as JSON; PROJ takes 30 ms for WGS 84, and parts state the same."""
    return read_stated_crs(json.loads(said), file)


def _unreadable(file: str, error: Exception) -> LayerError:
    """Say why a file cannot be read."""
    if isinstance(error, LayerError):
        return error
    why = first_line(error)
    return LayerError(file, text("cannot be read ({why})", why=why), text("get it again"))


def _require_columns(table: pa.Table, names: Sequence[str], file: str) -> None:
    """Stop where a damaged file calls a column otherwise in its schema than in its data."""
    found = table.column_names
    if odd := next((name for name in names if found.count(name) != 1), None):
        if found.count(odd):
            wrong = text("column {name!r} stands more than once", name=odd)
            raise LayerError(file, wrong, text("rename one of them"))
        wrong = text("column {name!r} cannot be read", name=odd)
        raise LayerError(file, wrong, text("get it again"))


def parts_in(folder: Path) -> list[Path]:
    """Return the parts of a folder in the order of their names; what is hidden is none.

    Raises
    ------
    LayerError
        If a folder in it may not be opened.
    """
    found: list[Path] = []
    with unopened_as_error(str(folder)):
        for here, folders, names in os.walk(folder, onerror=_raise_unless_gone):
            folders[:] = [name for name in folders if name[0] not in "._"]
            parts = (name for name in names if name.endswith(PARQUET) and name[0] not in "._")
            found += [Path(here, name) for name in parts]
    return sorted(found, key=lambda part: natural_key(str(part.relative_to(folder))))


def _raise_unless_gone(error: OSError) -> None:
    """Raise an error but that of a folder that was removed meanwhile."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _as_wkb(table: pa.Table, head: Head, file: str) -> pa.ChunkedArray:
    """Return the geometry as WKB, whatever it is kept as."""
    shapes = table[head.shape]
    if head.encoding.upper() == "WKB":
        return shapes
    name = {"ARROW:extension:name": f"geoarrow.{head.encoding.lower()}"}
    field = pa.field("geometry", shapes.type, metadata=name)
    try:
        frame = gpd.GeoDataFrame.from_arrow(pa.table([shapes], schema=pa.schema([field])))
    except (AttributeError, TypeError, NotImplementedError, pa.ArrowException):
        wrong = text("its geometry is not kept as {kind!r}, which it states", kind=head.encoding)
        raise LayerError(file, wrong, text("write it with geopandas or GDAL")) from None
    return pa.chunked_array([pa.array(frame.geometry.to_wkb(), pa.binary())])


def _joined(tables: list[pa.Table], file: str) -> pa.Table:
    """Join the tables of all parts, whose columns may differ in precision but not in kind."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        wrong = text("its parts do not fit together ({why})", why=first_line(error))
        remedy = text("write all parts with the same columns")
        raise LayerError(file, wrong, remedy) from None


def _built(shapes: pa.ChunkedArray, file: str) -> Any:
    """Build geometries from WKB."""
    held = shapes.to_pandas().to_numpy(dtype=object)
    try:
        with np.errstate(invalid="ignore"):  # of a coordinate that is no number
            return shapely.from_wkb(held)
    except (shapely.errors.ShapelyError, TypeError, NotImplementedError) as error:
        wrong: str = text("an outline cannot be built ({why})", why=first_line(error))
        if isinstance(error, shapely.errors.ShapelyError):
            wrong = fault_of_wkb(held[find_unbuilt(held)], wrong)
        raise LayerError(file, wrong, text("get it again")) from None
