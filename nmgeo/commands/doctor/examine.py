"""Examine: one pass over a layer that checks CRS, geometry, ids and values together."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from glob import escape
from itertools import islice
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo.commands.doctor.findings import Finding, Findings
from nmgeo.commands.doctor.geometry_faults import Shapes
from nmgeo.commands.doctor.record_batches import Batch, Watch, read_batches
from nmgeo.commands.doctor.seen_hashes import Hashes
from nmgeo.commands.doctor.text_damage import Column
from nmgeo.crs import System
from nmgeo.errors import LayerError, UsageError
from nmgeo.messages import option, text
from nmgeo.sources import accuracy
from nmgeo.sources.coordinate_numbers import are_too_large
from nmgeo.sources.crs_check.decide import base_known_places, known_places_of, shipped_known_places
from nmgeo.sources.crs_check.evidence import Evidence
from nmgeo.sources.crs_check.known_places import KnownPlace
from nmgeo.sources.crs_check.verdict import Verdict, crs_verdict
from nmgeo.sources.cut_text import CUT
from nmgeo.sources.describe import BARE, Description, encoding_remedy
from nmgeo.sources.source import Source
from nmgeo.sources.standard_columns import naming_columns
from nmgeo.sources.window import outside_text
from nmgeo.translations import did_you_mean

_OPTIONAL_IDS: Final = ("KML", "LIBKML")  # formats whose column "id" does not hold the ids
_BARE: Final = Verdict(
    "no_geometry", "fault", text("holds no geometry"), text("give a file with features")
)
_UNBUILT: Final = Verdict(
    "crs_uncertain", "note", text("has no outline that could be compared with known places")
)
_UNIQUE: Final = text("make it unique, or name another column with {key}", key=option("key"))


def first_known_places(
    file: str, source: Source, stated: System | None, *, by_user: bool
) -> list[KnownPlace]:
    """Return the first features of a layer as known places, if nothing contradicts its CRS.

    Parameters
    ----------
    file : str
        Its name in messages.
    source : Source
        The layer.
    stated : System, optional
        The system that it, or its user, states.
    by_user : bool
        Whether its user states it.

    Returns
    -------
    list of KnownPlace
        Empty if its CRS is missing or wrong.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    batch = next(islice(read_batches(source), 1), Batch())
    if _no_way(stated):
        return []
    frame = gpd.GeoDataFrame(geometry=batch.geometry)
    return known_places_of(frame, _names(batch), stated, Path(file).name, by_user=by_user)


def examine(
    file: str,
    source: Source,
    stated: System | None,
    others: Sequence[KnownPlace],
    key: str | None,
    *,
    by_user: bool,
    watch: Watch | None = None,
) -> list[Finding]:
    """Read a layer once, record by record, and return all findings.

    Parameters
    ----------
    file : str
        Its name in messages.
    source : Source
        The layer.
    stated : System, optional
        The system that it, or its user, states.
    others : sequence of KnownPlace
        Places of other files, beside those of the shipped layers.
    key : str, optional
        The column that holds the ids.
    by_user : bool
        Whether its user states its system.
    watch : function, optional
        Takes the batches and yields them, as a progress bar.

    Returns
    -------
    list of Finding
        The CRS first.

    Raises
    ------
    LayerError
        If it cannot be read to its end.
    UsageError
        If there is no column ``key``.
    """
    seen = source.describe()
    found, outside = Findings(file, seen.layer), Findings(file, seen.layer)
    no_way = _no_way(stated)
    system = None if no_way else stated
    known = [*others, *shipped_known_places(), *base_known_places()]
    evidence = Evidence(known, system, by_user=by_user)
    shapes, values = Shapes(found), _Values(found, seen, key)
    batches = read_batches(source)
    with closing(watch(batches) if watch else batches) as watched:
        for batch in watched:
            ids = values.check(batch)
            evidence.add(batch.geometry, _names(batch), partial(_columns, batch))
            shapes.check(batch, ids, evidence.unit)
            _add_outside(batch, ids, system, outside)
    shapes.conclude()
    values.conclude()
    verdict = no_way or (
        crs_verdict(evidence) if evidence.count else _without_outline(found, shapes)
    )
    first = Findings(file, seen.layer)
    first.add(verdict.finding, verdict.severity, verdict.evidence, verdict.remedy)
    fits = verdict.finding in {"crs", "crs_uncertain", "crs_offset"}
    return [*first.rows(), *(outside.rows() if fits else []), *found.rows()]


def _without_outline(found: Findings, shapes: Shapes) -> Verdict:
    """Say why a file has no outline: none is there, or none can be built."""
    broken = shapes.have_commas or any(row.finding == "geometry_invalid" for row in found.rows())
    return _UNBUILT if broken else _BARE


def _add_outside(batch: Batch, ids: list[str], stated: System | None, outside: Findings) -> None:
    """Add the features outside Hong Kong, as in a file of two systems."""
    if stated is None:
        return
    are_wild = are_too_large(shapely.bounds(batch.geometry))  # which is a fault of its own
    for row, place in stated.find_outside_window(batch.geometry):
        if not are_wild[row]:
            remedy = text("leave it out, or convert it to the system of the others")
            what = outside_text(place)
            outside.add("feature_outside", "fault", what, remedy, feature_id=ids[row])


class _Values:
    """Check the ids and the values of one layer; counts and a hash of each id are kept."""

    def __init__(self, found: Findings, seen: Description, key: str | None) -> None:
        self._found, self._seen, self._key = found, seen, key
        self._taken = Hashes()
        self._columns: dict[str, Column] = {}
        self._foreign = False  # whether a text is not ASCII

    def check(self, batch: Batch) -> list[str]:
        """Check a batch; return the ids of its features as the table names them."""
        if batch.twice:
            what = text("the id {id} occurs more than once", id=batch.twice)
            self._found.add("key_twice", "fault", what, _UNIQUE, feature_id=batch.twice, field="id")
        key = self._key_of(batch)
        ids = self._add_keys(batch, key) if key else batch.ids
        for number in batch.garbled:
            self._add_garbled(batch.rows[number], ids[number])
        for name, row in zip(ids, batch.rows, strict=True):
            for column, value in row.items():
                if value is not None:
                    self._add_value(column, value, name)
        self._add_accuracies(batch, ids)
        return ids

    def conclude(self) -> None:
        """Add what concerns a column or the file as a whole, and missing files of a shapefile."""
        if self._seen.is_cut:
            self._found.add("text_lost", "fault", CUT, text("take the character out of the file"))
        if accuracy.holds_truths(self._seen):
            self._add_accuracy(accuracy.AMONG_NUMBERS)
        if self._seen.long_rows:
            self._found.add("text_lost", "fault", self._seen.long_rows, text("correct the row"))
        if self._seen.is_bare:
            remedy = text("get it again with all of its files")
            self._found.add("dbf_missing", "fault", BARE, remedy)
        for name, column in self._columns.items():
            if lost := column.lost_zeros():
                severity, first, what = lost
                remedy = text("get it again with the column as text")
                self._found.add("zeros_lost", severity, what, remedy, feature_id=first, field=name)
        if self._seen.driver == "ESRI Shapefile" and not self._seen.path.startswith("/vsi"):
            self._add_missing_files(Path(self._seen.path))

    def _add_missing_files(self, shapes: Path) -> None:
        """Add the missing files of a shapefile."""
        there = {path.suffix.lower() for path in shapes.parent.glob(f"{escape(shapes.stem)}.*")}
        if self._foreign and ".cpg" not in there:
            what = text("has text other than ASCII, but no .cpg that names its encoding")
            self._found.add("cpg_missing", "note", what, encoding_remedy(self._seen))

    def _key_of(self, batch: Batch) -> str | None:
        columns = batch.columns
        if self._key and batch.rows and self._key not in columns:
            guess, known = did_you_mean(self._key, columns), ", ".join(columns)
            wrong = text("no such column{guess}", guess=guess)
            remedy = text("leave out {key}", key=option("key"))
            if columns:
                remedy = text("use {columns}", columns=known)
            raise UsageError(option("key", self._key), wrong, remedy)
        if self._seen.driver in _OPTIONAL_IDS:
            return self._key
        return self._key or next((c for c in columns if c.lower() == "id"), None)

    def _add_keys(self, batch: Batch, key: str) -> list[str]:
        """Add ids that are missing or duplicate; a feature without id is named by its row."""
        ids = ["" if (value := row[key]) is None else str(value) for row in batch.rows]
        rows = [n for n, written in enumerate(ids) if written.strip()]
        for n in sorted({*range(len(ids))} - {*rows}):
            ids[n] = text("row {row}", row=batch.first + n + 1)
            self._add_key(key, "key_missing", ids[n], text("has no id"), text("give it one"))
        hashes = np.fromiter((hash(ids[n]) for n in rows), np.int64, len(rows))
        stands = np.array(rows, dtype=np.int64) + batch.first
        firsts = self._taken.firsts(hashes, stands)
        for n in np.flatnonzero(firsts != stands):
            name = ids[rows[n]]
            what = text(
                "the id {id!r} occurs in rows {first} and {row}",
                id=name,
                first=firsts[n] + 1,
                row=stands[n] + 1,
            )
            self._add_key(key, "key_twice", name, what, _UNIQUE)
        return ids

    def _add_key(self, key: str, finding: str, name: str, what: str, remedy: str) -> None:
        self._found.add(finding, "fault", what, remedy, feature_id=name, field=key)

    def _add_garbled(self, row: dict[str, Any], name: str) -> None:
        """Add text that could not be read, with its column if only one is empty."""
        bare = [column for column, value in row.items() if value is None]
        where = {"feature_id": name, "field": bare[0] if len(bare) == 1 else None}
        what = text("has text in another encoding than it names")
        self._found.add("text_misread", "fault", what, encoding_remedy(self._seen), **where)

    def _add_accuracies(self, batch: Batch, ids: list[str]) -> None:
        said = pd.Series([row.get("accuracy_m") for row in batch.rows], index=ids, dtype=object)
        for name, value in accuracy.invalid_accuracies(said).items():
            self._add_accuracy(text("is {value!r}", value=value), feature_id=str(name))

    def _add_accuracy(self, what: str, **where: str) -> None:
        said = what, accuracy.REMEDY
        self._found.add("accuracy_wrong", "fault", *said, field="accuracy_m", **where)

    def _add_value(self, column: str, value: object, name: str) -> None:
        self._foreign |= isinstance(value, str) and not value.isascii()
        if column not in self._columns:
            self._columns[column] = Column(column)
        for mark in self._columns[column].check(value, name):
            what = text("{value!r} {what}", value=str(value)[:40], what=mark.evidence)
            self._found.add(
                mark.finding, mark.severity, what, mark.remedy, feature_id=name, field=column
            )


def _no_way(stated: System | None) -> Verdict | None:
    """Return a verdict if PROJ cannot transform a CRS to WGS 84 with the datum shift."""
    try:
        if stated is not None:
            stated.fits((0, 0, 0, 0))
    except LayerError as error:
        what = text("{thing}: {wrong}", thing=error.thing, wrong=error.wrong)
        return Verdict("crs_wrong", "fault", what, error.remedy)
    return None


def _columns(batch: Batch) -> dict[str, list[object]]:
    """Return the values of each column."""
    return {name: [row[name] for row in batch.rows] for name in batch.columns}


def _names(batch: Batch) -> list[list[object]]:
    """Return the ids and names of each record, from every column that may hold one."""
    called = naming_columns(batch.columns)
    columns = [name for name in batch.columns if name in called]
    return [[row[c] for c in columns if row[c] is not None] for row in batch.rows]
