"""A user's own policies and claims beside the shipped ones, each marked with its file."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nmgeo.catalog import Catalog, find_table, open_catalog
from nmgeo.commands.own_places import SEVERAL, SITE_FIELDS, match_sites, name_places
from nmgeo.commands.own_tables import Fault, Faults, check_rows
from nmgeo.errors import LayerError, notify
from nmgeo.messages import Text, list_all, text, word
from nmgeo.records.key_folding import Match
from nmgeo.records.tables import OWN_CLASS, PAGE_AND_QUOTE
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.plain_table import line_of, read_plain_table
from nmgeo.translations import section_words

_LISTED: Final = 20  # faults that are listed at most
_STATUS: Final = ("policy_id", "as_of", "status", "source")  # of a row of statuses
_COUNTED: Final = frozenset(("count", "enterprises", "flats", "HKD", "jobs", "people", "year"))
_ZERO: Final = ".0"
_Row = dict[str, Any]


def add_tables(
    catalog: Catalog | None = None,
    *,
    policies: Path | str | None = None,
    claims: Path | str | None = None,
    encoding: str | None = None,
) -> Catalog:
    """Add policies and claims of your own to a catalog, beside the shipped ones.

    Every function that lists policies or claims then lists yours too. Their source class is
    ``own``, and their source names the file. Sites and places are matched by any of their names.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    policies, claims : path, optional
        CSV, ``.xlsx`` or ``.ods`` with the columns of :func:`nmgeo.table_fields`.
    encoding : str, optional
        Encoding of the text; detected if not given.

    Returns
    -------
    Catalog
        The same, with the rows of the tables.

    Raises
    ------
    LayerError
        If a table cannot be read or has a fault; then none of its rows is added.
        :func:`nmgeo.check_table` lists the faults.

    Warns
    -----
    Notice
        Each fault, and which names were matched after folding.
    """
    here = catalog or open_catalog()
    if policies is not None:
        here = _with_policies(here, policies, encoding)
    if claims is not None:
        here = _with_claims(here, claims, encoding)
    return here


def _with_policies(catalog: Catalog, file: Path | str, encoding: str | None) -> Catalog:
    rows, sources = _read_rows(catalog, "policies", file, encoding)
    statuses = [
        {"hedge": "", "note": "", **{name: row[name] for name in (*_STATUS, "at")}}
        for row in rows
        if row["status"]
    ]
    newest = {row["policy_id"]: row for row in sorted(rows, key=lambda row: row["valid_from"])}
    columns = (*find_table(catalog, "policies").columns, "at")
    shown = [{name: row.get(name, "") for name in columns} for row in newest.values()]
    return _added(catalog, policies=shown, statuses=statuses, sources=sources)


def _with_claims(catalog: Catalog, file: Path | str, encoding: str | None) -> Catalog:
    rows, sources = _read_rows(catalog, "claims", file, encoding)
    columns = (*find_table(catalog, "claims").columns, "at")
    shown = [
        {name: row.get(name, "") for name in columns} | {"subject": subject}
        for row in _as_counted(rows)
        for subject in _parts(row["subject"])
    ]
    return _added(catalog, claims=shown, sources=sources)


def _as_counted(rows: list[_Row]) -> list[_Row]:
    """Write 87.0 as 87 in a table whose counts end in .0: a program made decimals of its numbers.

    Without such a count the zero may be a digit of the source.
    """
    made = any(row["unit"] in _COUNTED and row["value"].endswith(_ZERO) for row in rows)
    return [
        row | {"value": row["value"].removesuffix(_ZERO)} if made and row["unit"] != "text" else row
        for row in rows
    ]


def _added(catalog: Catalog, **rows: list[_Row]) -> Catalog:
    """Return a catalog with rows of its own after those that it has."""
    before = catalog.own_rows
    both = {name: (*before.get(name, ()), *some) for name, some in rows.items()}
    return replace(catalog, own_rows={**before, **both})


def _read_rows(
    catalog: Catalog, name: str, file: Path | str, encoding: str | None
) -> tuple[list[_Row], list[_Row]]:
    """Return the rows of a table with ids of sites and sources, and the sources that it cites."""
    table = name_places(read_plain_table(file, encoding), name)
    _refuse(file, check_rows(table, name, catalog, _LISTED))
    rows: list[_Row] = [
        dict(zip(table.header, map(str.strip, cells), strict=True)) | {"at": line_of(file, line)}
        for cells, line in zip(table.rows, table.lines, strict=True)
    ]
    optional = ("status", "valid_from", "basis", "source_url", *PAGE_AND_QUOTE)
    rows = [dict.fromkeys(optional, "") | row for row in rows]
    _match_sites(catalog, rows, SITE_FIELDS[name], file)
    return rows, _cite(rows, file, len(catalog.own_rows.get("sources", ())))


def _refuse(file: Path | str, faults: Faults) -> None:
    """List the faults of a table, and stop if there are any."""
    if not faults.count:
        return
    for fault in faults.listed:
        notify(_fault_text(fault))
    wrong = text("{count} faults in {lines} lines", count=faults.count, lines=faults.lines_count)
    remedy = text("correct them; {code} lists all", code=f"nmgeo check {file}")
    raise LayerError(str(file), wrong, remedy)


def _fault_text(fault: Fault) -> Text:
    return text(
        "line {line}, {field} {value!r}: {wrong}; {remedy}",
        line=fault.line,
        field=fault.field,
        value=fault.value,
        wrong=fault.wrong,
        remedy=fault.remedy,
    )


def _match_sites(catalog: Catalog, rows: list[_Row], field: str, file: Path | str) -> None:
    """Replace the names of sites and places by their ids, and say which were folded, and how."""
    matches, _ = match_sites((part for row in rows for part in _parts(row[field])), catalog)
    for row in rows:
        found = (matches[part] for part in _parts(row[field]))
        row[field] = SEVERAL.join(match.target for match in found if match)
    folded = {name: match for name, match in matches.items() if match and match.steps}
    if folded:
        pairs = list_all(_fold_text(name, match) for name, match in folded.items())
        said = text("{file}: matched after folding: {pairs}", file=file, pairs=pairs)
        notify(said)


def _fold_text(name: str, match: Match) -> Text:
    words = section_words("folding")
    steps = list_all(word(words[step]["en"], words[step]) for step in match.steps)
    return text("{name} = {target} ({steps})", name=name, target=match.target, steps=steps)


def _parts(cell: str) -> Iterator[str]:
    return (part.strip() for part in cell.split(SEVERAL))


def _cite(rows: list[_Row], file: Path | str, first: int) -> list[_Row]:
    """Put the key of a source in place of its name, and return the sources."""
    name = Path(split_layer(str(file))[0]).name
    found: dict[tuple[str, ...], _Row] = {}
    for row in rows:
        is_claim = "policy_id" not in row  # whose page and quote stand in its own row
        place = {} if is_claim else {name: row[name] for name in PAGE_AND_QUOTE}
        cited = (row["source"], row["source_url"], *place.values())
        if cited not in found:
            key = f"{OWN_CLASS}{first + len(found) + 1}"
            found[cited] = _source(key, row, f"{row['source']} ({name})") | place
        row["source"] = found[cited]["source"]
    return list(found.values())


def _source(key: str, row: Mapping[str, Any], title: str) -> _Row:
    about = {"dated": row["as_of"], "url": row["source_url"], "at": row["at"]}
    return {"source": key, "class": OWN_CLASS, "title": title, **about}
