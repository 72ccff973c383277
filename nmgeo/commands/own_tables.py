"""Tables of a user: policies, claims, statuses and attributes, their fields and their checks."""

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from nmgeo.catalog import NOT_KNOWN, Catalog, first_day, last_day
from nmgeo.errors import Notice, UsageError
from nmgeo.formats.formulas import guard_formula
from nmgeo.messages import Text, option, text
from nmgeo.records.aliases import raw_names
from nmgeo.records.key_folding import match_keys
from nmgeo.records.policies import STAGES
from nmgeo.records.tables import UNITS, is_date, is_value, read_table, units_of
from nmgeo.sources.plain_table import PlainTable
from nmgeo.translations import did_you_mean, section_words

_Wrong = tuple[Text, Text] | None  # what is wrong with a value, and the remedy
_Test = Callable[[str, str], _Wrong]  # of a value and another of its row
_BESIDE: Final = {"value": "unit", "measure": "attribute"}  # the other, by form
_GUESSED: Final = 20  # unknown names that get a suggestion, since each is compared with all
_NOTED: Final = 3  # attributes that are named in a notice
SEVERAL: Final = ";"  # between several values of a cell


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
        ``number``, ``value`` (by the column ``unit``), ``site``, ``new_id`` (of no shipped
        instrument), ``measure`` (a unit that fits the column ``attribute``), or one of a list
        (``kind``, ``status``, ``stage``, ``unit``).
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
        *(Field(name=name) for name in ("offers", "ratio", "threshold", "who")),
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


def require_table(name: str) -> str:
    """Return the name of a table that a user may have.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    if name in TABLES:
        return name
    remedy = text("use {names}", names=", ".join(TABLES))
    raise UsageError(option("table", name), text("unknown"), remedy)


def listed_values() -> dict[str, list[str]]:
    """Return the values of each form that takes one of a list."""
    return {
        "kind": [*section_words("kind")],
        "status": [status for status in section_words("status") if status != NOT_KNOWN],
        "stage": [*STAGES],
        "unit": sorted(UNITS),
        "measure": sorted(UNITS),
    }


def guess_table(header: Sequence[str]) -> str:
    """Return which table a header is of: the one with most of its required fields.

    Raises
    ------
    UsageError
        If it holds the required fields of none.
    """
    fits = {
        name: sum(field.required for field in fields)
        for name, fields in TABLES.items()
        if {field.name for field in fields if field.required} <= {*header, "as_of", "source"}
    }
    if not fits:
        names = ", ".join(TABLES)
        wrong = text("the columns are those of no table")
        raise UsageError(option("table"), wrong, text("name one of {names}", names=names))
    return max(fits, key=lambda name: fits[name])


def check_rows(rows: PlainTable, table: str, catalog: Catalog) -> list[Fault]:
    """Check each row of a user's table.

    Parameters
    ----------
    rows : PlainTable
        From :func:`nmgeo.sources.plain_table.read_plain_table`.
    table : str
        One of :data:`TABLES`.
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`, for the sites that a row may name.

    Returns
    -------
    list of Fault
        What is wrong, in the order of the rows.

    Warns
    -----
    Notice
        Attributes that no published figure has.
    """
    if table == "claims":
        _note_attributes(rows, catalog)
    faults = [*_missing_columns(table, rows), *_cells(rows), *_values(table, rows, catalog)]
    faults += _overlaps(rows) if table == "policies" else []
    faults += _repeats(rows, ("policy_id", "as_of")) if table == "statuses" else []
    return sorted(faults, key=lambda fault: (fault.line, fault.field))


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
        warnings.warn(said, Notice, stacklevel=4)


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


def _values(name: str, rows: PlainTable, catalog: Catalog) -> Iterator[Fault]:
    """Yield the cells that are empty or of another form than their field.

    Each value is tested once, with the value beside it on which its test depends.
    """
    nothing = [""] * len(rows.rows)
    for field in TABLES[name]:
        if field.name not in rows.header:
            continue
        cells = _column(rows, field.name)
        beside = _column(rows, _BESIDE[field.form]) if field.form in _BESIDE else nothing
        test = _test(field.form, cells, catalog)
        tested: dict[tuple[str, str], _Wrong] = {}
        for pair, line in zip(zip(cells, beside, strict=True), rows.lines, strict=True):
            if pair not in tested:
                tested[pair] = test(*pair) if pair[0] else _missing(field)
            if (found := tested[pair]) is not None:
                yield Fault(line, field.name, pair[0], *found)


def _column(rows: PlainTable, name: str) -> list[str]:
    """Return the cells of a column, empty where a row or the table has none."""
    if name not in rows.header:
        return [""] * len(rows.rows)
    place = rows.header.index(name)
    return [cells[place].strip() if place < len(cells) else "" for cells in rows.rows]


def _missing(field: Field) -> _Wrong:
    return (text("no value"), text("write one")) if field.required else None


def _test(form: str, cells: Sequence[str], catalog: Catalog) -> _Test:
    """Return the test of one form, which says what is wrong with the value of a row."""
    if form == "site":
        return _sites_test(cells, raw_names(catalog))
    if form == "new_id":
        shipped = {row["policy_id"] for row in read_table(catalog, "policies")}
        return lambda value, _: _shipped_id(value) if value in shipped else None
    if form in _TESTS:
        return _TESTS[form]
    listed = listed_values().get(form)
    return lambda value, _: (
        None if listed is None else _unlisted(form, value.split(SEVERAL), listed)
    )


def _shipped_id(value: str) -> tuple[Text, Text]:
    return text("{id} is the id of a shipped policy", id=value), text("choose another id")


def _unlisted(what: str, values: Sequence[str], listed: Collection[str]) -> _Wrong:
    if not set(values) - set(listed):
        return None
    names = ", ".join(listed)
    return text("unknown {what}", what=what), text("use one of {names}", names=names)


def _wrong_date(value: str, _: str = "") -> _Wrong:
    if is_date(value):
        return None
    return text("not a date"), text("write it as 2026-02-04, 2026-02 or 2026")


def _wrong_day(value: str, _: str) -> _Wrong:
    if (wrong := _wrong_date(value)) is not None or first_day(value) <= f"{date.today()}":  # noqa: DTZ011 - the user's day
        return wrong
    return text("a date in the future"), text("write the day of the source")


def _wrong_address(value: str, _: str) -> _Wrong:
    if value.startswith(("https://", "http://")):
        return None
    return text("not a web address"), text("begin it with https://")


def _wrong_number(value: str, _: str) -> _Wrong:
    return None if is_value(value, "HKD") else (text("not a number"), _digits())


def _wrong_value(value: str, unit: str) -> _Wrong:
    if unit not in UNITS or is_value(value, unit):
        return None
    return _no_value_in(unit)


@cache  # a table may hold very many
def _no_value_in(unit: str) -> tuple[Text, Text]:
    return text("not a value in {unit}", unit=unit), _digits()


def _wrong_unit(value: str, attribute: str) -> _Wrong:
    return _unlisted("unit", [value], sorted(units_of(attribute)))


def _digits() -> Text:
    return text("write digits alone, such as 150000000")


_TESTS: Final[Mapping[str, _Test]] = {
    "date": _wrong_date,
    "day": _wrong_day,
    "url": _wrong_address,
    "number": _wrong_number,
    "value": _wrong_value,
    "measure": _wrong_unit,
}


def _sites_test(cells: Sequence[str], known: Mapping[str, str]) -> _Test:
    """Return the test of names of sites and places, which are matched all at once."""
    named = dict.fromkeys(part.strip() for cell in cells for part in cell.split(SEVERAL))
    matches = dict(zip(named, match_keys(list(named), known), strict=True))
    missing = [part for part, match in matches.items() if match is None]
    guesses = {part: did_you_mean(part, known) for part in missing[:_GUESSED]}
    unmatched, remedy = set(missing), text("use a name that {code} lists", code="nmgeo sites")

    def run(value: str, _: str) -> _Wrong:
        unknown = [part.strip() for part in value.split(SEVERAL) if part.strip() in unmatched]
        if not unknown:
            return None
        guess = guesses.get(unknown[0], "") if len(unknown) == 1 else ""
        wrong = text(
            "no site or place is called {names}{guess}", names=", ".join(unknown), guess=guess
        )
        return wrong, remedy

    return run


def _overlaps(rows: PlainTable) -> Iterator[Fault]:
    """Yield rows of one instrument whose validity overlaps that of the row before it in time."""
    ids, starts, ends = (_column(rows, n) for n in ("policy_id", "valid_from", "valid_to"))
    periods: dict[str, list[tuple[str, str, int]]] = {}
    for id_, start, end, line in zip(ids, starts, ends, rows.lines, strict=True):
        if is_date(start or "0001") and is_date(end or "9999"):
            last = last_day(end) if end else "9999-12-31"
            periods.setdefault(id_, []).append((start or "0001", last, line))
            if start and start > last:
                wrong, remedy = text("ends before it begins"), text("correct one of the dates")
                yield Fault(line=line, field="valid_to", value=end, wrong=wrong, remedy=remedy)
    for id_, spans in periods.items():
        for (_, end, first), (start, _, line) in pairwise(sorted(spans)):
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
            wrong = text("repeats line {line}", line=first)
            value = " ".join(key)
            yield Fault(
                line=line, field=names[0], value=value, wrong=wrong, remedy=text("remove one")
            )
