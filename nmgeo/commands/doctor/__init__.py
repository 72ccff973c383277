"""Doctor: check the CRS, geometry, ids and text of files before they are measured."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from nmgeo import provenance
from nmgeo.catalog import OwnFile, own_file
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.doctor.examine import examine, first_known_places
from nmgeo.commands.doctor.findings import Finding
from nmgeo.commands.doctor.record_batches import Watch
from nmgeo.crs import System, read_system
from nmgeo.errors import AuditError, LayerError
from nmgeo.messages import text, word
from nmgeo.sources.describe import warn_of_reading
from nmgeo.sources.find import layer_sources
from nmgeo.sources.source import Source
from nmgeo.sources.vector_file import no_coordinates
from nmgeo.translations import section_words
from nmgeo.units import read_size

if TYPE_CHECKING:
    from nmgeo.sources.crs_check.known_places import KnownPlace

_COLUMNS: Final = list(Finding.__dataclass_fields__)


def doctor(
    *files: Any,
    crs: str | None = None,
    key: str | None = None,
    encoding: str | None = None,
    max_size: str | None = None,
    watch: Watch | None = None,
) -> pd.DataFrame:
    """Check the CRS, geometry, ids and text of files, record by record.

    The coordinates are compared with the shipped layers and with the other files. Where they fit
    several systems, such as WGS 84, HK80 degrees and GCJ-02, the finding is ``crs_uncertain``.

    Parameters
    ----------
    *files : path, GeoDataFrame or object with ``__geo_interface__``
        A path is ``FILE``, all of its layers, or ``FILE#LAYER``. A frame is called ``frame`` in the
        table, the second ``frame 2``.
    crs : str, optional
        The CRS of the files, whatever they state, as :func:`nmgeo.crs.read_system` reads it.
    key : str, optional
        The column that holds the ids of features; otherwise ``id``, otherwise the record number.
    encoding : str, optional
        The encoding of their text; detected if not given.
    max_size : str, optional
        Size such as ``"5GB"`` up to which they are read whatever the usual limits are.
    watch : function, optional
        Takes the batches of each layer and yields them, as a progress bar does.

    Returns
    -------
    DataFrame
        One row a finding: ``file`` (``FILE#LAYER`` where it has several), ``layer``, ``finding``,
        ``severity`` (``ok``, ``note`` or ``fault``), ``feature_id`` and ``field`` (None where it
        concerns all), ``evidence``, ``remedy``. Each layer has one row on its CRS. Each kind of
        fault names the first ten features and counts the others.

    Raises
    ------
    LayerError
        If the only file cannot be read to its end, or has no coordinates. Among several files that
        is the finding ``unreadable``.
    UsageError
        If ``crs`` is not known.

    Source
    ------
    Invalidity: GEOS, with its reason and place. A sliver is a part whose mean width (twice the
    area by the perimeter) is less than 1 m. Duplicate geometry and ids are found by 64-bit hashes,
    among the first 10 million. Rows count from 1: the first feature is row 1.
    """
    given = None if crs is None else read_system(crs)
    layers: list[tuple[str, Source, System | None]] = []
    rows: list[Finding] = []
    most = read_size(max_size)
    options = OwnFile(path="", crs=crs, key=key, encoding=encoding, max_size=most)
    for file in _own_files(files, options):
        if file.given is None:
            provenance.note_table(file.path)
        with _reported(file.path, rows, alone=len(files) == 1):
            layers += [
                (label, source, given or System.from_crs(source.describe().crs))
                for label, source in _layers(file)
            ]
    by_user = given is not None
    known: list[list[KnownPlace]] = [[] for _ in layers]
    for number, layer in enumerate(layers if len(layers) > 1 else []):
        with suppress(LayerError):  # examine reports it
            known[number] = first_known_places(*layer, by_user=by_user)
    for number, layer in enumerate(layers):
        others = [place for n, places in enumerate(known) if n != number for place in places]
        with _reported(layer[0], rows, alone=len(files) == 1):
            rows += examine(*layer, others, key, by_user=by_user, watch=watch)
    return pd.DataFrame([vars(row) for row in rows], columns=_COLUMNS, dtype=object)


@contextmanager
def _reported(file: str, rows: list[Finding], *, alone: bool) -> Iterator[None]:
    """Report one of several files that cannot be read as a finding, and go on with the others."""
    try:
        yield
    except LayerError as error:
        if alone:
            raise
        rows.append(
            Finding(
                file=file,
                layer="",
                finding="unreadable",
                severity="fault",
                evidence=error.wrong,
                remedy=error.remedy,
            )
        )


@takes_rows("doctor", "finding", "severity", "file", "evidence", "remedy")
def require_sound(rows: pd.DataFrame) -> None:
    """Stop if the doctor found a fault.

    Parameters
    ----------
    rows : DataFrame
        From :func:`doctor`.

    Raises
    ------
    LayerError
        If one of the files could not be read.
    AuditError
        If there is another fault; the message counts them and names the first.
    """
    unread = rows[rows["finding"] == "unreadable"]
    if len(unread):
        file, wrong, remedy = unread.iloc[0][["file", "evidence", "remedy"]]
        raise LayerError(file, wrong, remedy)
    faults = rows[rows["severity"] == "fault"]
    if len(faults):
        first = faults.iloc[0]
        finding = word(first["finding"], section_words("finding").get(first["finding"], {}))
        where = {"finding": finding, "file": first["file"]}
        wrong = text("1 fault, first {finding} in {file}", **where)
        if len(faults) > 1:
            wrong = text("{count} faults, first {finding} in {file}", count=len(faults), **where)
        raise AuditError("doctor", wrong, text("follow the remedies in the table"))


def _own_files(values: Sequence[Any], options: OwnFile) -> list[OwnFile]:
    """Return paths and frames as files with the same options; frames are numbered."""
    names = ("frame", *(f"frame {number}" for number in range(2, len(values) + 1)))
    frames = iter(names)
    named = ("" if isinstance(value, str | PathLike) else next(frames) for value in values)
    return [
        replace(options, path=own.path, given=own.given)
        for own in (own_file(name, value) for name, value in zip(named, values, strict=True))
    ]


def _layers(file: OwnFile) -> list[tuple[str, Source]]:
    """Return the layers of a file that have geometry; of several, each has a name of its own."""
    sources = layer_sources(file)
    placed = [source for source in sources if source.describe().has_geometry]
    if not placed:
        raise no_coordinates(file.path, [name for one in sources for name in one.describe().types])
    for source in placed:
        warn_of_reading(
            replace(source.describe(), is_bare=False, is_cut=False, long_rows=None), file
        )  # a finding says that
    several = len(sources) > 1
    return [
        (f"{file.path}#{source.describe().layer}" if several else file.path, source)
        for source in placed
    ]
