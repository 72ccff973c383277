"""Tables of a user: policies, claims, statuses and attributes, their fields and their checks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final, NamedTuple

from nmgeo.catalog import Catalog, last_day
from nmgeo.commands.own_places import SITE_FIELDS
from nmgeo.commands.own_values import Wrong, no_value, value_test
from nmgeo.errors import UsageError, notify
from nmgeo.formats.formulas import guard_formula
from nmgeo.messages import Text, option, text
from nmgeo.records.tables import is_date, read_table
from nmgeo.sources.coordinate_headings import axis_of
from nmgeo.sources.plain_table import PlainTable
from nmgeo.translations import did_you_mean

_BESIDE: Final = {"value": "unit", "measure": "attribute"}  # the other, by form
_NOTED: Final = 3  # attributes that are named in a notice


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column of a user's table.

    Parameters
    ----------
    name : str
        Its name; :mod:`nmgeo.columns` says what it means.
    required : bool
        Whether each row needs a value.
    form : str
        What a value is: ``text``, ``date``, ``day`` (a date that is not in the future), ``url``,
        ``number``, ``limit`` (text with a figure), ``value`` (by the column ``unit``), ``site``,
        ``new_id`` (of no shipped instrument), ``measure`` (a unit that fits the
        column ``attribute``), or one of a list (``kind``, ``status``, ``stage``, ``unit``).
    described_by : str
        The column that says what it means, if not that of its name.
    """

    name: str
    required: bool = False
    form: str = "text"
    described_by: str = ""


_CITATION: Final = (
    Field(name="as_of", required=True, form="day"),
    Field(name="source", required=True, described_by="source_title"),
    Field(name="source_url", form="url"),
    *(Field(name=name) for name in ("source_page", "source_quote", "note")),
)
TABLES: Final[Mapping[str, tuple[Field, ...]]] = {
    "policies": (
        Field(name="policy_id", required=True, form="new_id"),
        Field(name="name_en", required=True),
        *(Field(name=name) for name in ("name_tc", "name_sc")),
        Field(name="kind", required=True, form="kind"),
        Field(name="status", form="status"),
        Field(name="holds_for", required=True, form="site"),
        Field(name="stage", form="stage"),
        *(Field(name=name) for name in ("offers", "ratio")),
        Field(name="threshold", form="limit"),
        Field(name="who"),
        Field(name="amount", form="number"),
        Field(name="amount_unit", form="unit"),
        Field(name="valid_from", form="date"),
        Field(name="valid_to", form="date"),
        *_CITATION,
    ),
    "claims": (
        Field(name="subject", required=True, form="site"),
        Field(name="attribute", required=True),
        Field(name="basis"),
        Field(name="value", required=True, form="value"),
        Field(name="unit", required=True, form="measure"),
        Field(name="hedge"),
        *_CITATION,
    ),
    "statuses": (
        Field(name="policy_id", required=True),
        Field(name="status", required=True, form="status"),
        Field(name="hedge"),
        *_CITATION,
    ),
    "attributes": (Field(name="site_id", required=True, form="site"),),
}


class Fault(NamedTuple):
    """What is wrong with a cell or a row of a user's table."""

    line: int
    field: str
    value: str
    wrong: Text
    remedy: Text


@dataclass(frozen=True)
class Faults:
    """The first faults of a table, and how many it has."""

    listed: list[Fault]
    count: int
    lines_count: int


def require_table(name: str, said_as: str) -> str:
    """Return the name of a table that a user may have.

    Parameters
    ----------
    name : str
        As it was given.
    said_as : str
        What to call it in a message.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    if name in TABLES:
        return name
    remedy = text("use {names}", names=", ".join(TABLES))
    raise UsageError(said_as, text("unknown"), remedy)


def guess_table(header: Sequence[str]) -> str:
    """Return which table a header is of: the one with most of its required fields.

    Raises
    ------
    UsageError
        If it holds the required fields of none.
    """
    placed = set(SITE_FIELDS.values()) if any(map(axis_of, header)) else set()
    fits = {
        name: sum(field.required for field in fields)
        for name, fields in TABLES.items()
        if {field.name for field in fields if field.required}
        <= {*header, "as_of", "source"} | placed
    }
    if not fits:
        names = ", ".join(TABLES)
        wrong = text("the columns are those of no table")
        raise UsageError(option("table"), wrong, text("name one of {names}", names=names))
    return max(fits, key=lambda name: fits[name])


def check_rows(rows: PlainTable, table: str, catalog: Catalog, listed: int | None) -> Faults:
    """Check each row of a user's table.

    Parameters
    ----------
    rows : PlainTable
        From :func:`nmgeo.sources.plain_table.read_plain_table`.
    table : str
        One of :data:`TABLES`.
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`, for the sites that a row may name.
    listed : int or None
        Return so many faults at most, all if not given; all are counted.

    Returns
    -------
    Faults
        What is wrong, in the order of the rows.

    Warns
    -----
    Notice
        Attributes that no published figure has.
    """
    if table == "claims":
        _note_attributes(rows, catalog)
    fields = [field for field in TABLES[table] if field.name in rows.header]
    checks = [_missing_columns(table, rows), _cells(rows)]
    checks += [_values(field, rows, catalog) for field in fields]
    checks += [_backwards(rows), _overlaps(rows)] if table == "policies" else []
    checks += [_repeats(rows, ("policy_id", "as_of"))] if table == "statuses" else []
    found: list[Fault] = []
    lines: list[int] = []
    for check in checks:  # each in the order of the rows; only the first are kept
        for number, fault in enumerate(check):
            lines.append(fault.line)
            if listed is None or number < listed:
                found.append(fault)
    found.sort(key=itemgetter(0, 1))  # by line and field
    return Faults(found[:listed], len(lines), len(set(lines)))


def _note_attributes(rows: PlainTable, catalog: Catalog) -> None:
    """Say which attributes no published figure has: a user's own, or misspelt ones."""
    known = {row["attribute"] for row in read_table(catalog, "claims")}
    own = [name for name in dict.fromkeys(_column(rows, "attribute")) if name and name not in known]
    if own:
        guess = did_you_mean(own[0], known) if len(own) == 1 else ""
        names = ", ".join(own[:_NOTED]) + (", ..." if len(own) > _NOTED else "")
        said = text(
            "no published figure has the attribute {names}{guess}", names=names, guess=guess
        )
        notify(said)


def _missing_columns(name: str, rows: PlainTable) -> Iterator[Fault]:
    for field in TABLES[name]:
        if field.required and field.name not in rows.header:
            yield Fault(
                line=rows.header_line,
                field=field.name,
                value="",
                wrong=text("the column is missing"),
                remedy=text("add it; {code} lists the columns", code=f"nmgeo schema {name}"),
            )


def _cells(rows: PlainTable) -> Iterator[Fault]:
    """Yield rows with too many or too few cells, and cells that a spreadsheet would run."""
    for cells, line in zip(rows.rows, rows.lines, strict=True):
        if len(cells) != len(rows.header):
            wrong = text("{found} cells, expected {n}", found=len(cells), n=len(rows.header))
            yield Fault(line, "", "", wrong, text("correct the row"))
        for name, cell in zip(rows.header, cells, strict=False):
            if not cell[:1].isalnum() and guard_formula(cell) != cell:
                wrong = text("a spreadsheet would run it as a formula")
                remedy = text("write the value instead")
                yield Fault(line=line, field=name, value=cell, wrong=wrong, remedy=remedy)


def _values(field: Field, rows: PlainTable, catalog: Catalog) -> Iterator[Fault]:
    """Yield cells that are empty or of another form; each is tested once with that beside it."""
    cells = _column(rows, field.name)
    other = _BESIDE.get(field.form)
    beside = _column(rows, other) if other else [""] * len(cells)
    test = value_test(field.form, cells, catalog)
    nothing = no_value() if field.required else None
    tested: dict[tuple[str, str], Wrong] = {}
    for pair, line in zip(zip(cells, beside, strict=True), rows.lines, strict=True):
        if pair not in tested:
            tested[pair] = test(*pair) if pair[0] else nothing
        if (found := tested[pair]) is not None:
            yield Fault(line, field.name, pair[0], *found)


def _column(rows: PlainTable, name: str) -> list[str]:
    """Return the cells of a column, empty where a row or the table has none."""
    if name not in rows.header:
        return [""] * len(rows.rows)
    place = rows.header.index(name)
    return [cells[place].strip() if place < len(cells) else "" for cells in rows.rows]


def _periods(rows: PlainTable) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield the id, first day, last day, end as written and line of each period that is dated."""
    ids, starts, ends = (_column(rows, n) for n in ("policy_id", "valid_from", "valid_to"))
    for id_, start, end, line in zip(ids, starts, ends, rows.lines, strict=True):
        if is_date(start or "0001") and is_date(end or "9999"):
            last = last_day(end) if end else "9999-12-31"
            yield id_, start or "0001", last, end, line


def _backwards(rows: PlainTable) -> Iterator[Fault]:
    """Yield rows whose validity ends before it begins."""
    for _, start, last, end, line in _periods(rows):
        if start > last:
            yield Fault(line, "valid_to", end, *_no_period())


@cache
def _no_period() -> tuple[Text, Text]:
    return text("ends before it begins"), text("correct one of the dates")


def _overlaps(rows: PlainTable) -> Iterator[Fault]:
    """Yield rows of one instrument whose validity overlaps that of the row before it in time."""
    periods: dict[str, list[tuple[str, str, int]]] = {}
    for id_, start, last, _, line in _periods(rows):
        periods.setdefault(id_, []).append((start, last, line))
    pairs = [(*pair, id_) for id_, spans in periods.items() for pair in pairwise(sorted(spans))]
    for (_, end, first), (start, _, line), id_ in sorted(pairs, key=lambda pair: pair[1][2]):
        if start <= end:
            wrong = text("validity overlaps that of line {line}", line=first)
            remedy = text("end one before the other begins")
            yield Fault(line=line, field="valid_from", value=id_, wrong=wrong, remedy=remedy)


def _repeats(rows: PlainTable, names: Sequence[str]) -> Iterator[Fault]:
    """Yield rows that repeat the key of another."""
    columns = [_column(rows, name) for name in names]
    seen: dict[tuple[Any, ...], int] = {}
    for *key, line in zip(*columns, rows.lines, strict=True):
        first = seen.setdefault(tuple(key), line)
        if first != line:
            wrong, remedy = text("repeats line {line}", line=first), text("remove one")
            yield Fault(line, names[0], " ".join(key), wrong, remedy)
