"""Statements in time: the line of figures and statuses, and what changed between two days."""

from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, last_day, open_catalog, read_date
from nmgeo.commands.claims import add_figures
from nmgeo.commands.subjects import add_subject_names, find_subject
from nmgeo.errors import UsageError
from nmgeo.messages import either, text
from nmgeo.records.policies import read_claims
from nmgeo.records.statuses import is_expected, read_statuses
from nmgeo.records.tables import read_table, site_ids
from nmgeo.translations import Lang, did_you_mean, translate

STATUS: Final = "status"  # the attribute of a row of the table of statuses
_THING: Final = ["subject", "attribute", "basis"]
_CITED: Final = [
    *("source", "source_page", "source_quote"),
    *("source_class", "source_title", "source_dated", "source_url"),
]
_COLUMNS: Final = [
    *("subject", "subject_name", "attribute", "basis", "what", "figure", "value", "unit"),
    *("hedge", "as_of"),
    *("note", *_CITED),
]


def history(
    subject: str,
    attribute: str | None = None,
    catalog: Catalog | None = None,
    *,
    on: str | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """List what was stated about a site, a place or an instrument, oldest first.

    Parameters
    ----------
    subject : str
        A site, a place or an instrument, by its id or any of its names.
    attribute : str, optional
        Only this attribute, such as ``"jobs"`` or ``"status"``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    on : str, optional
        Only what was stated by this day: ``"2026-02-04"``.
    lang : {"en", "tc", "sc"}
        Language of ``subject_name``, ``what`` and ``figure``.

    Returns
    -------
    DataFrame
        One row a statement: figures and, with the attribute ``status``, the statuses of an
        instrument, or of the instruments that name a site. Each has its date and source.

    Raises
    ------
    UsageError
        If nothing was stated about it, or not of that attribute.
    LayerError
        If a file is missing or broken.
    """
    here = (catalog or open_catalog()).known_by(on)
    rows = _of_subject(here, _statements(here, lang), subject)
    if attribute is not None:
        known = list(rows["attribute"].unique())
        rows = rows[rows["attribute"] == attribute]
        if rows.empty:
            wrong = text("nothing was stated of it{guess}", guess=did_you_mean(attribute, known))
            remedy = text("use one of {names}", names=", ".join(known))
            raise UsageError(text("attribute {attribute!r}", attribute=attribute), wrong, remedy)
    return rows[_COLUMNS].reset_index(drop=True)


def changes(
    since: str,
    until: str,
    subject: str | None = None,
    catalog: Catalog | None = None,
    *,
    lang: Lang = "en",
) -> pd.DataFrame:
    """List what was new or changed between two days, in figures and in statuses.

    Parameters
    ----------
    since, until : str
        After the first day and up to the second: ``"2024-11-20"``, ``"2026-02-04"``.
    subject : str, optional
        Only a site, a place or an instrument, by its id or any of its names.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of ``subject_name``, ``what``, ``figure`` and ``before``.

    Returns
    -------
    DataFrame
        One row a statement that says something other than the last one before it: ``change``
        (``new``, ``changed`` or, where the status says so, ``superseded``), ``before`` with its
        date and source, ``figure`` with its date and source. Oldest first.

    Raises
    ------
    UsageError
        If a day is none, the first is not before the second, or there is no such subject.
    LayerError
        If a file is missing or broken.
    """
    first, last = read_date(since).isoformat(), read_date(until).isoformat()
    if first >= last:
        wrong = text("not before {until}", until=last)
        written = either(f"since={since!r}", f"--from {since}")
        raise UsageError(written, wrong, text("write the earlier day first"))
    here = catalog or open_catalog()
    rows = _statements(here, lang)
    if subject is not None:
        rows = _of_subject(here, rows, subject)
    rows = _with_before(rows)
    ends = rows["as_of"].map(last_day)
    inside = (ends > first) & (ends <= last)
    found = rows[inside & ~rows["same"]]
    cited = ["change", "before", "before_as_of", "before_source", "before_source_title"]
    return found[[*_COLUMNS, *cited]].reset_index(drop=True)


def _statements(catalog: Catalog, lang: Lang) -> pd.DataFrame:
    """Return all claims, and the statuses of instruments as rows of the same columns."""
    figures = add_figures(read_claims(catalog), lang)
    statuses = read_statuses(catalog).rename(columns={"policy_id": "subject", "status": "value"})
    statuses = statuses.assign(attribute=STATUS, basis="", unit="text")
    words = [translate("status", value, lang) for value in statuses["value"]]
    shown = add_figures(statuses.assign(value=words), lang)
    statuses = statuses.assign(what=shown["what"], figure=shown["figure"])
    rows = add_subject_names(pd.concat([figures, statuses], ignore_index=True), catalog, lang)
    rows = rows[_COLUMNS]
    return rows.sort_values("as_of", key=lambda days: days.map(last_day), kind="stable")


def _of_subject(catalog: Catalog, rows: pd.DataFrame, written: str) -> pd.DataFrame:
    """Return the rows about a subject; of a site also those of the instruments that name it."""
    sites = set(site_ids(catalog).values())
    policies = read_table(catalog, "policies")
    ids = (row["policy_id"] for row in policies)
    stated = (row["subject"] for row in read_table(catalog, "claims"))  # on any day
    known = list(dict.fromkeys([*stated, *sites, *ids]))
    id_ = find_subject(catalog, written, known)
    wanted = {id_}
    if id_ in sites:
        for row in policies:
            if id_ in row["holds_for"].split(";"):
                wanted.add(row["policy_id"])
    return rows[rows["subject"].isin(wanted)]


def _with_before(rows: pd.DataFrame) -> pd.DataFrame:
    """Put beside each statement the last one before it on the same thing."""
    records = rows.to_dict("records")
    before = _earlier(records)
    pairs = list(zip(records, before, strict=True))
    return rows.assign(
        before=[one["figure"] for one in before],
        before_as_of=[one["as_of"] for one in before],
        before_source=[one["source"] for one in before],
        before_source_title=[one["source_title"] for one in before],
        change=[_change(row["value"], one) for row, one in pairs],
        same=[  # that it came to pass as expected is a change
            row["value"] == one["value"] and is_expected(row["hedge"]) == is_expected(one["hedge"])
            for row, one in pairs
        ],
    )


def _earlier(records: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    """Return for each statement the last one before it on the same thing, or blanks."""
    texts = ("figure", "as_of", "source", "source_title", "hedge")
    blank: dict[str, Any] = {"value": None, **dict.fromkeys(texts, "")}
    last: dict[tuple[Any, ...], dict[Any, Any]] = {}
    seen: set[tuple[Any, ...]] = set()
    before = []
    for row in records:
        thing = tuple(row[name] for name in _THING)
        said = (*thing, row["value"])
        listed = row["unit"] == "text" and row["attribute"] != STATUS  # several may be true at once
        earlier = row if listed and said in seen else {} if listed else last.get(thing, {})
        before.append(blank | {name: earlier[name] for name in blank if name in earlier})
        last[thing] = row
        seen.add(said)
    return before


def _change(value: str, before: dict[str, Any]) -> str:
    if value == "superseded":
        return "superseded"
    return "new" if before["value"] is None else "changed"
