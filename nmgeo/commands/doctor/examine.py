"""Examinations: one pass over a layer, in which everything is looked at together."""

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

from nmgeo.commands.doctor.findings import Finding, Findings
from nmgeo.commands.doctor.geometry_faults import Shapes
from nmgeo.commands.doctor.record_batches import Batch, Watch, read_batches
from nmgeo.commands.doctor.seen_hashes import Hashes
from nmgeo.commands.doctor.text_damage import Column
from nmgeo.crs import System
from nmgeo.errors import LayerError, UsageError
from nmgeo.messages import option, text
from nmgeo.sources import accuracy
from nmgeo.sources.crs_check.decide import base_known_places, known_places_of, shipped_known_places
from nmgeo.sources.crs_check.evidence import Evidence, Verdict, format_coordinate
from nmgeo.sources.crs_check.known_places import KnownPlace
from nmgeo.sources.describe import Description, encoding_remedy
from nmgeo.sources.source import Source
from nmgeo.sources.standard_columns import naming_columns
from nmgeo.translations import did_you_mean

_OPTIONAL_IDS: Final = ("KML", "LIBKML")  # formats whose column "id" is not used as the ids
_BARE: Final = Verdict("no_geometry", "fault", "holds no geometry", "give a file with features")
_UNBUILT: Final = Verdict("crs_untold", "note", "no outline can be built to tell it by")
_UNIQUE: Final = "make it unique, or name another column with --key"


def first_known_places(
    file: str, source: Source, said: System | None, *, vouched: bool
) -> list[KnownPlace]:
    """Take the first features of a layer as known places, if nothing speaks against its CRS.

    Parameters
    ----------
    file : str
        What to call it.
    source : Source
        The layer.
    said : System, optional
        What it says, or its user says of it.
    vouched : bool
        Whether its user says it.

    Returns
    -------
    list of Known
        Empty if its CRS is missing or wrong.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    batch = next(islice(read_batches(source), 1), Batch())
    if _no_way(said):
        return []
    frame = gpd.GeoDataFrame(geometry=batch.geometry)
    return known_places_of(frame, _names(batch), said, Path(file).name, vouched=vouched)


def examine(
    file: str,
    source: Source,
    said: System | None,
    others: Sequence[KnownPlace],
    key: str | None,
    *,
    vouched: bool,
    watch: Watch | None = None,
) -> list[Finding]:
    """Read a layer once, record by record, and say all that is found.

    Parameters
    ----------
    file : str
        What to call it.
    source : Source
        The layer.
    said : System, optional
        What it says, or its user says of it.
    others : sequence of Known
        Places of other files, beside those of the shipped layers.
    key : str, optional
        The column that holds the ids.
    vouched : bool
        Whether its user says what it is in.
    watch : function, optional
        Is given what is read, and gives it on.

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
    found, stray = Findings(file, seen.layer), Findings(file, seen.layer)
    lost = _no_way(said)
    system = None if lost else said
    known = [*others, *shipped_known_places(), *base_known_places()]
    held = Evidence(known, system, vouched=vouched)
    shapes, values = Shapes(found), _Values(found, seen, key)
    batches = read_batches(source)
    with closing(watch(batches) if watch else batches) as watched:
        for batch in watched:
            ids = values.see(batch)
            held.add(batch.geometry, _names(batch), partial(_columns, batch))
            shapes.see(batch, ids, held.unit)
            _tell_outside(batch, ids, system, stray)
    shapes.conclude()
    values.conclude()
    verdict = lost or (held.verdict() if held.count else _bare(found))
    first = Findings(file, seen.layer)
    first.add(verdict.finding, verdict.severity, verdict.evidence, verdict.remedy)
    fits = verdict.finding in {"crs", "crs_untold", "crs_offset"}
    return [*first.rows(), *(stray.rows() if fits else []), *found.rows()]


def _bare(found: Findings) -> Verdict:
    """Say why nothing is known of the CRS of a file in which no outline could be looked at."""
    broken = any(row.finding == "geometry_invalid" for row in found.rows())
    return _UNBUILT if broken else _BARE


def _tell_outside(batch: Batch, ids: list[str], said: System | None, stray: Findings) -> None:
    """Tell of features that are elsewhere than most, as in a file of two systems."""
    if said is None:
        return
    for row, place in said.find_outside_window(batch.geometry):
        where = ", ".join(map(format_coordinate, place))
        stray.add(
            "feature_outside",
            "fault",
            f"lies outside Hong Kong ({where})",
            "leave it out, or give it the coordinates that the others have",
            feature_id=ids[row],
        )


class _Values:
    """Looks at the ids and the values of one layer; remembers counts, and a hash of each id."""

    def __init__(self, found: Findings, seen: Description, key: str | None) -> None:
        self._found, self._seen, self._key = found, seen, key
        self._taken = Hashes()
        self._columns: dict[str, Column] = {}
        self._foreign = False  # whether a text is not ASCII

    def see(self, batch: Batch) -> list[str]:
        """Look at a batch; return what its features are called in the table."""
        if batch.twice:
            what = f"the id {batch.twice} stands more than once"
            self._found.add("key_twice", "fault", what, _UNIQUE, feature_id=batch.twice, field="id")
        key = self._key_of(batch)
        ids = self._tell_keys(batch, key) if key else batch.ids
        for number in batch.garbled:
            self._tell_garbled(batch.rows[number], ids[number])
        for name, row in zip(ids, batch.rows, strict=True):
            for column, value in row.items():
                if value is not None:
                    self._tell_value(column, value, name)
        self._tell_accuracies(batch, ids)
        return ids

    def conclude(self) -> None:
        """Say what is true of the columns as a whole."""
        for name, column in self._columns.items():
            if lost := column.lost_zeros():
                severity, first, what = lost
                remedy = "get it again with the column as text"
                self._found.add("zeros_lost", severity, what, remedy, feature_id=first, field=name)
        if self._seen.driver == "ESRI Shapefile" and not self._seen.path.startswith("/vsi"):
            self._tell_beside(Path(self._seen.path))

    def _tell_beside(self, shapes: Path) -> None:
        """Tell of what is missing beside a shapefile."""
        there = {path.suffix.lower() for path in shapes.parent.glob(f"{escape(shapes.stem)}.*")}
        if ".dbf" not in there:
            what = "has no .dbf beside it: all that is said of the features is gone"
            self._found.add("dbf_missing", "fault", what, "get it again with all of its files")
        if self._foreign and ".cpg" not in there:
            what = "has text other than ASCII, but no .cpg that names its encoding"
            self._found.add("cpg_missing", "note", what, encoding_remedy(self._seen))

    def _key_of(self, batch: Batch) -> str | None:
        columns = list(batch.rows[0]) if batch.rows else []
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

    def _tell_keys(self, batch: Batch, key: str) -> list[str]:
        """Tell of ids that are missing or stand twice; a feature without is called by its row."""
        ids = ["" if (said := row[key]) is None else str(said) for row in batch.rows]
        rows = [n for n, text in enumerate(ids) if text.strip()]
        for n in sorted({*range(len(ids))} - {*rows}):
            ids[n] = f"row {batch.first + n}"
            self._tell_key(key, "key_missing", ids[n], "has no id", "give it one")
        hashes = np.fromiter((hash(ids[n]) for n in rows), np.int64, len(rows))
        stands = np.array(rows, dtype=np.int64) + batch.first
        firsts = self._taken.firsts(hashes, stands)
        for n in np.flatnonzero(firsts != stands):
            name = ids[rows[n]]
            what = f"the id {name!r} stands in rows {firsts[n]} and {stands[n]}"
            self._tell_key(key, "key_twice", name, what, _UNIQUE)
        return ids

    def _tell_key(self, key: str, finding: str, name: str, what: str, remedy: str) -> None:
        self._found.add(finding, "fault", what, remedy, feature_id=name, field=key)

    def _tell_garbled(self, row: dict[str, Any], name: str) -> None:
        """Tell of text that was left out, in the one column that has nothing if it is one."""
        bare = [column for column, value in row.items() if value is None]
        where = {"feature_id": name, "field": bare[0] if len(bare) == 1 else None}
        what, remedy = "has text in another encoding than it names", encoding_remedy(self._seen)
        self._found.add("text_misread", "fault", what, remedy, **where)

    def _tell_accuracies(self, batch: Batch, ids: list[str]) -> None:
        column = "accuracy_m"
        said = pd.Series([row.get(column) for row in batch.rows], index=ids, dtype=object)
        for name, value in accuracy.invalid_accuracies(said).items():
            self._found.add(
                "accuracy_wrong",
                "fault",
                f"is {value!r}",
                accuracy.REMEDY,
                feature_id=str(name),
                field=column,
            )

    def _tell_value(self, column: str, value: object, name: str) -> None:
        self._foreign |= isinstance(value, str) and not value.isascii()
        if column not in self._columns:
            self._columns[column] = Column(column)
        for mark in self._columns[column].see(value, name):
            what = f"{str(value)[:40]!r} {mark.evidence}"
            self._found.add(
                mark.finding, mark.severity, what, mark.remedy, feature_id=name, field=column
            )


def _no_way(said: System | None) -> Verdict | None:
    """Say so if there is no way from a CRS to WGS 84 that keeps the datum shift."""
    try:
        if said is not None:
            said.fits((0, 0, 0, 0))
    except LayerError as error:
        return Verdict("crs_wrong", "fault", f"{error.thing}: {error.wrong}", error.remedy)
    return None


def _columns(batch: Batch) -> dict[str, list[object]]:
    """Return the values of each column."""
    return {name: [row[name] for row in batch.rows] for name in (batch.rows or [{}])[0]}


def _names(batch: Batch) -> list[list[object]]:
    """Return what each record is called, in any column that others use for names."""
    called = naming_columns((batch.rows or [{}])[0])
    columns = [name for name in (batch.rows or [{}])[0] if name in called]
    return [[row[c] for c in columns if row[c] is not None] for row in batch.rows]
