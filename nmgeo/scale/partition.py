"""Partitions: a file of any size cut into parts of near sites, for the workers of a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from nmgeo.catalog import OwnFile
from nmgeo.crs import System
from nmgeo.errors import UsageError, notify
from nmgeo.files import staged_path
from nmgeo.formats import find_format
from nmgeo.formats.rows import GEOMETRY, Answer
from nmgeo.messages import list_first, option, text
from nmgeo.scale.batch_run import open_checked
from nmgeo.scale.batch_work import batch_sites
from nmgeo.sources.batches import BATCH, BatchReader
from nmgeo.sources.input_paths import require_elsewhere
from nmgeo.sources.parquet import PARQUET
from nmgeo.units import read_size

_RANK: Final = "rank along the curve"
_NAMED: Final = 5  # columns that a notice names
_MOST: Final = 10_000  # parts, each a file of its own


def partition(
    file: Path | str,
    folder: Path | str,
    *,
    parts: int = 64,
    key: str | None = None,
    crs: str | None = None,
    name: str | None = None,
    encoding: str | None = None,
    max_size: str | None = None,
) -> Path:
    """Cut a file into parts of as many sites each, along a Hilbert curve, in bounded memory.

    The file is read twice; what is kept of all sites is some 50 bytes each, and then a part.

    Parameters
    ----------
    file : path
        Any vector format that GDAL opens, GeoParquet, or a folder of GeoParquet parts.
    folder : path
        Where to; it appears once it is whole.
    parts : int
        How many; fewer if there are fewer sites.
    key : str, optional
        The column of ids; if not given, the feature id or the number of the row from 0.
    crs : str, optional
        What the coordinates are in, whatever the file says.
    name : str, optional
        The column of names.
    encoding : str, optional
        The encoding of its text; detected if not given.
    max_size : str, optional
        Size such as ``"5GB"`` up to which it is read whatever the usual limits are.

    Returns
    -------
    Path
        ``folder``, with files ``part.<number>.parquet`` of GeoParquet, each with its bounding box:
        ``id``, ``geometry`` in the CRS of the file, and the columns of names and of accuracy. Sites
        without geometry come last.

    Raises
    ------
    UsageError
        If ``parts`` is no such number, there is no such column, or ``folder`` lies in one that
        is read.
    LayerError
        If the file cannot be read, or its numbers do not bear out its CRS.
    ExportError
        If the folder is there already or cannot be written. Nothing is left of it then.

    Warns
    -----
    Notice
        Which columns the parts leave out, since no measure of batches reads them.
    """
    if not 1 <= parts <= _MOST:
        wrong, remedy = (
            text("is not a valid number of parts"),
            text("give 1 to {most:,}", most=_MOST),
        )
        raise UsageError(option("parts", parts), wrong, remedy)
    most = read_size(max_size)
    own = OwnFile(path=str(file), key=key, crs=crs, name=name, encoding=encoding, max_size=most)
    out = Path(folder)
    require_elsewhere(out, [own])
    with staged_path(out) as draft:
        draft.mkdir()
        _cut(own, draft, parts)
    return out


def _cut(file: OwnFile, folder: Path, parts: int) -> None:
    with open_checked(file) as (source, system, batches):
        _tell_left_out(source)
        ranks = _ranks(np.concatenate([_middles(*batch, system) for batch in batches]))
    size = -(-len(ranks) // parts)
    row = 0
    for table in (_read(*batch, system) for batch in source.batches()):
        mine = ranks[row : row + table.num_rows]
        ranked = table.append_column(_RANK, pa.array(mine))
        for number in np.unique(mine // size):
            _append(folder / f"{number}.arrow", ranked.filter(mine // size == number))
        row += table.num_rows
    for scratch in folder.glob("*.arrow"):
        name = f"part.{int(scratch.stem):04}{PARQUET}"
        rows = Answer(tables=_sorted(scratch), crs=system.crs)
        find_format("parquet").write(folder / name, rows)
        scratch.unlink()


def _tell_left_out(source: BatchReader) -> None:
    """Say which columns of the file the parts do not hold."""
    first = source.parts[0]
    left = [
        name for name in first.source.describe().types if name not in (*first.columns, first.key)
    ]
    if left:
        notify(
            text(
                "{file}: the parts hold ids, names and accuracies; left out: {names}",
                file=source.file.path,
                names=list_first(left, _NAMED),
            )
        )


def _middles(name: str, table: pa.Table, system: System) -> Any:
    boxes = shapely.bounds(batch_sites(table, system, name).geometry.to_numpy())
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _read(name: str, table: pa.Table, system: System) -> pa.Table:
    """Return a batch as it is written, whatever order of axes and encoding it came in."""
    shapes = batch_sites(table, system, name).geometry.to_numpy()
    wkb = pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
    return table.set_column(table.schema.get_field_index("geometry"), GEOMETRY, wkb)


def _ranks(middles: Any) -> Any:
    """Return the place of every site on a Hilbert curve through all, the last if it has none."""
    box = [*np.nanmin(middles, axis=0), *np.nanmax(middles, axis=0)]
    there = np.isfinite(middles).all(axis=1)
    along = np.full(len(middles), np.iinfo(np.int64).max)
    for start in range(0, len(middles), BATCH):
        rows = start + np.flatnonzero(there[start : start + BATCH])
        series = gpd.GeoSeries.from_xy(*middles[rows].T)
        along[rows] = series.hilbert_distance(total_bounds=box).to_numpy()
    ranks = np.empty(len(along), dtype=np.int64)
    ranks[np.argsort(along, kind="stable")] = np.arange(len(along))
    return ranks


def _append(scratch: Path, rows: pa.Table) -> None:
    with scratch.open("ab") as file, pa.ipc.new_stream(file, rows.schema) as stream:
        stream.write_table(rows)


def _sorted(scratch: Path) -> Iterator[pa.Table]:
    """Read what was appended, one stream after the other, in the order of the curve."""
    found = []
    with scratch.open("rb") as file:
        while file.peek(1):
            found.append(pa.ipc.open_stream(file).read_all())
    rows = pa.concat_tables(found, promote_options="default").sort_by(_RANK).drop_columns([_RANK])
    yield from (rows.slice(start, BATCH) for start in range(0, rows.num_rows, BATCH))
