"""Tables of a user: policies, claims, statuses and attributes, their fields and their checks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from nmgeo.catalog import NOT_KNOWN, Catalog, last_day
from nmgeo.errors import UsageError
from nmgeo.formats.formulas import guard_formula
from nmgeo.messages import Text, option, text
from nmgeo.records.aliases import raw_names
from nmgeo.records.key_folding import match_keys
from nmgeo.records.policies import STAGES
from nmgeo.records.tables import UNITS, is_date, is_value
from nmgeo.sources.plain_table import PlainTable
from nmgeo.translations import did_you_mean, section_words

_Test = Callable[[str, str], "tuple[Text, Text] | None"]  # of a value and the unit of its row
_GUESSED: Final = 20  # unknown names that get a suggestion, since each is compared with all
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
        What a value is: ``text``, ``date``, ``url``, ``number``, ``value`` (by the column
        ``unit``), ``site``, or one of a list (``kind``, ``status``, ``stage``, ``unit``).
    described_by : str
        The column that says what it means, if not that of its name.
    """

    name: str
    required: bool = False
    form: str = "text"
    described_by: str = ""


_CITATION: Final = (
    Field(name="as_of", required=True, form="date"),
    Field(name="source", required=True, described_by="source_title"),
    Field(name="source_url", form="url"),
    *(Field(name=name) for name in ("source_page", "source_quote", "note")),
)
TABLES: Final[Mapping[str, tuple[Field, ...]]] = {
    "policies": (
        Field(name="policy_id", required=True),
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
        Field(name="unit", required=True, form="unit"),
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


@dataclass(frozen=True, kw_only=True)
class Fault:
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
    """
    faults = [*_missing_columns(table, rows), *_cells(rows), *_values(table, rows, catalog)]
    faults += _overlaps(rows) if table == "policies" else []
    faults += _repeats(rows, ("policy_id", "as_of")) if table == "statuses" else []
    return sorted(faults, key=lambda fault: (fault.line, fault.field))


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
            yield Fault(line=line, field="", value="", wrong=wrong, remedy=text("correct the row"))
        for name, cell in zip(rows.header, cells, strict=False):
            if not cell[:1].isalnum() and guard_formula(cell) != cell:
                wrong = text("a spreadsheet would run it as a formula")
                remedy = text("write the value instead")
                yield Fault(line=line, field=name, value=cell, wrong=wrong, remedy=remedy)


def _values(name: str, rows: PlainTable, catalog: Catalog) -> Iterator[Fault]:
    """Yield the cells that are empty or of another form than their field."""
    known, units = raw_names(catalog), _column(rows, "unit")
    for field in TABLES[name]:
        if field.name not in rows.header:
            continue
        cells = _column(rows, field.name)
        test = _sites_test(cells, known) if field.form == "site" else _test(field.form)
        tested: dict[tuple[str, str], tuple[Text, Text] | None] = {}
        for cell, unit, line in zip(cells, units, rows.lines, strict=True):
            if (cell, unit) not in tested:
                tested[cell, unit] = test(cell, unit) if cell else _missing(field)
            if (found := tested[cell, unit]) is not None:
                wrong, remedy = found
                yield Fault(line=line, field=field.name, value=cell, wrong=wrong, remedy=remedy)


def _column(rows: PlainTable, name: str) -> list[str]:
    """Return the cells of a column, empty where a row or the table has none."""
    if name not in rows.header:
        return [""] * len(rows.rows)
    place = rows.header.index(name)
    return [cells[place].strip() if place < len(cells) else "" for cells in rows.rows]


def _missing(field: Field) -> tuple[Text, Text] | None:
    return (text("no value"), text("write one")) if field.required else None


def _test(form: str) -> _Test:
    """Return the test of one form, which says what is wrong with the value of a row."""
    listed = listed_values().get(form)
    digits = text("write digits alone, such as 150000000")

    def run(value: str, unit: str) -> tuple[Text, Text] | None:
        if listed is not None and set(value.split(SEVERAL)) - set(listed):
            names = ", ".join(listed)
            return text("unknown {what}", what=form), text("use one of {names}", names=names)
        if form == "date" and not is_date(value):
            return text("not a date"), text("write it as 2026-02-04, 2026-02 or 2026")
        if form == "url" and not value.startswith(("https://", "http://")):
            return text("not a web address"), text("begin it with https://")
        if form == "number" and not is_value(value, "HKD"):
            return text("not a number"), digits
        if form == "value" and unit in UNITS and not is_value(value, unit):
            return text("not a value in {unit}", unit=unit), digits
        return None

    return run


def _sites_test(cells: Sequence[str], known: Mapping[str, str]) -> _Test:
    """Return the test of names of sites and places, which are matched all at once."""
    named = dict.fromkeys(part.strip() for cell in cells for part in cell.split(SEVERAL))
    matches = dict(zip(named, match_keys(list(named), known), strict=True))
    missing = [part for part, match in matches.items() if match is None]
    guesses = {part: did_you_mean(part, known) for part in missing[:_GUESSED]}
    unmatched = set(missing)

    def run(value: str, _: str) -> tuple[Text, Text] | None:
        unknown = [part.strip() for part in value.split(SEVERAL) if part.strip() in unmatched]
        if not unknown:
            return None
        guess = guesses.get(unknown[0], "") if len(unknown) == 1 else ""
        wrong = text(
            "no site or place is called {names}{guess}", names=", ".join(unknown), guess=guess
        )
        return wrong, text("use a name that {code} lists", code="nmgeo sites")

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
