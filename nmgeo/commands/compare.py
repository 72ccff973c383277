"""Sites, places or instruments side by side: what was measured and published of each."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.columns import column_heading
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.history import history
from nmgeo.commands.results import add_credits
from nmgeo.commands.subjects import find_instrument, find_subject, subject_names
from nmgeo.errors import Notice, UsageError
from nmgeo.messages import text
from nmgeo.records.phases import best_figure
from nmgeo.records.tables import CITED, PAGE_AND_QUOTE, publisher_of, site_ids
from nmgeo.translations import AreaUnit, Lang, join_texts, translate

AREA: Final = "measured_area"  # the attributes of what is measured, and published
_PUBLISHED: Final = "area"
LEAST: Final = 2
MOST: Final = 4  # that stand side by side
_COLUMNS: Final = [
    *("subject", "name", "attribute", "basis", "what", "figure", "value", "unit", "hedge"),
    *("others_count", *CITED, "publisher"),
]


def compare(
    *subjects: str,
    catalog: Catalog | None = None,
    on: str | None = None,
    units: AreaUnit = "ha",
    lang: Lang = "en",
) -> pd.DataFrame:
    """Set sites, places or instruments side by side: what was measured and published of each.

    Parameters
    ----------
    *subjects : str
        Two to four of them, by id or any name: ``"hetao_hk_park"``, ``"新田"``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    on : str, optional
        Only what was stated by this day: ``"2026-02-04"``.
    units : {"ha", "m2", "sqft"}
        Unit of measured areas.
    lang : {"en", "tc", "sc"}
        Language of names, ``what`` and ``figure``.

    Returns
    -------
    DataFrame
        One row for each subject and attribute: ``figure`` with unit and hedge, ``others_count``
        (how many other figures were published of it), date and source. What is measured of sites
        stands first, then what most subjects have. Of several figures the most official is shown,
        then the newest; of a status the newest.

    Raises
    ------
    UsageError
        If there are fewer than two subjects, more than four, or one twice.
    UnknownSiteError
        If there is no such subject.
    LayerError
        If a file is missing or broken.
    """
    here = (catalog or open_catalog()).known_by(on)
    names = subject_names(here, lang)
    ids = [find_subject(here, written, list(names)) for written in subjects]
    if not LEAST <= len(ids) <= MOST or len(set(ids)) < len(ids):
        wrong = text("{count} different subjects", count=len(set(ids)))
        remedy = text("give {least} to {most}", least=LEAST, most=MOST)
        raise UsageError("compare", wrong, remedy)
    rows = [
        row
        for id_ in ids
        for row in (*_measured(here, id_, lang, units), *best_figures(here, id_, lang))
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table["name"] = table["subject"].map(names)
    table = table.fillna(dict.fromkeys(PAGE_AND_QUOTE, ""))
    table["publisher"] = table["source_title"].map(publisher_of)
    table = add_credits(_in_order(table, ids), here, ["claims", "stations"])
    table.attrs["subjects"] = ids
    return table


@takes_rows("compare", "subject", "name", "what", "attribute", attrs=["subjects"])
def set_side_by_side(rows: pd.DataFrame, lang: Lang = "en", *, every: bool = False) -> pd.DataFrame:
    """Return a comparison with a column for each subject, to be read.

    Parameters
    ----------
    rows : DataFrame
        From :func:`compare`.
    lang : {"en", "tc", "sc"}
        Language of the words.
    every : bool
        Also what only one subject has.

    Returns
    -------
    DataFrame
        ``what`` and a column of text for each subject: the figure, its date and its publisher.
    """
    ids = rows.attrs["subjects"]
    names = rows.drop_duplicates("subject").set_index("subject")["name"]
    cells: dict[str, dict[str, list[str]]] = {}
    for row in rows.to_dict("records"):
        what, extent = _line_of(row, lang)
        of_subject = cells.setdefault(what, {}).setdefault(row["subject"], [])
        of_subject.append(_cell(row, extent, lang))
    kept = [what for what, found in cells.items() if every or len(found) >= LEAST]
    table: dict[str, list[str]] = {"what": kept}
    for id_ in ids:
        found = [cells[what].get(id_, []) for what in kept]
        table[str(names.get(id_, id_))] = [join_texts(some, "semicolon", lang) for some in found]
    return pd.DataFrame(table)


def _line_of(row: Mapping[Any, Any], lang: Lang) -> tuple[str, str]:
    """Return the line in which a figure stands, and its extent where a line holds several."""
    lines = {AREA: AREA, _PUBLISHED: "published_area"}
    if row["attribute"] not in lines or not row["basis"]:
        return str(row["what"]), ""
    line = translate("measured", lines[row["attribute"]], lang)
    return line, translate("basis", row["basis"], lang)


def _cell(row: Mapping[Any, Any], extent: str, lang: Lang) -> str:
    others = int(row["others_count"])
    publisher = row["publisher"]
    if row["attribute"].startswith("measured_") and publisher:
        publisher = translate("measured", "by_nmgeo_from", lang).format(source=publisher)
    page = row["source_page"] and f"{column_heading('source_page', lang)} {row['source_page']}"
    said = [part for part in (extent, publisher, page, row["as_of"]) if part]
    if others:
        said.append(translate("phrase", "others", lang).format(count=others))
    cited = join_texts(said, "comma", lang)
    return join_texts([row["figure"], *([cited] if cited else [])], "brackets", lang)


def best_figures(catalog: Catalog, id_: str, lang: Lang) -> list[dict[str, Any]]:
    """Return one row for each attribute and basis that was stated of a subject.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.open_catalog`; only what was stated by its ``known_on`` counts.
    id_ : str
        A site, place or instrument.
    lang : {"en", "tc", "sc"}
        Language of the figures.

    Returns
    -------
    list of dict
        As the rows of :func:`compare`.
    """
    try:
        rows = history(id_, catalog=catalog, lang=lang)
    except UsageError:  # nothing was stated of it
        return []
    rows = rows[rows["subject"] == id_]
    found = []
    replaced = find_instrument(catalog, id_) is not None  # terms replace earlier ones
    for (attribute, _), group in rows.groupby(["attribute", "basis"], sort=False):
        if (group["unit"] == "text").all() and attribute != "status":
            best = _joined(group, lang)
        else:
            best = best_figure(group, newest=replaced or attribute == "status")
            best["others_count"] = group["figure"].nunique() - 1
        found.append(best)
    return found


def _joined(group: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    """Return texts that may all be true in one row."""
    last = {str(name): value for name, value in group.iloc[-1].items()}
    figures = list(dict.fromkeys(group["figure"]))
    return last | {"figure": join_texts(figures, "semicolon", lang), "others_count": 0}


def _measured(catalog: Catalog, id_: str, lang: Lang, units: AreaUnit) -> list[dict[str, Any]]:
    """Return what is measured of a site: its outlines, and the nearest stations."""
    if id_ not in set(site_ids(catalog).values()):
        return []
    from nmgeo.commands.site_figures import site_figures  # noqa: PLC0415 - geopandas only for sites

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # of statuses after the day: each figure says it
        return site_figures(catalog, id_, lang, units)


def _in_order(rows: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Put what is measured first, then what most subjects have; subjects in the order asked."""
    having = rows.groupby(["attribute", "basis"])["subject"].transform("nunique")
    first = (
        2 - 2 * rows["attribute"].str.startswith("measured_") - (rows["attribute"] == _PUBLISHED)
    )
    place = rows["subject"].map(list(ids).index)
    order = rows.assign(a=first, b=-having, c=rows["attribute"], d=rows["basis"], e=place)
    order = order.sort_values(["a", "b", "c", "d", "e"])
    return order[_COLUMNS].reset_index(drop=True)
