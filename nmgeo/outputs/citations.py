"""Citations that travel with the features of a file: each source as an object."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from nmgeo.cache import official_layers
from nmgeo.catalog import Catalog
from nmgeo.languages import LANGS, Lang
from nmgeo.messages import Text
from nmgeo.names import in_language
from nmgeo.records.tables import publisher_of, read_translations
from nmgeo.translations import translate, translate_message

if TYPE_CHECKING:
    from nmgeo.sources.official_outlines import OfficialOutline

SOURCES: Final = "_sources"  # the column of them
_PLACE: Final = {"page": "source_page", "quote": "source_quote"}  # in a source, where it is known


def credits_in(lines: Iterable[str], catalog: Catalog, lang: Lang) -> list[str]:
    """Return credit lines in a language, as far as the geodata translate them.

    Parameters
    ----------
    lines : iterable of str
        From :meth:`nmgeo.catalog.Catalog.credits_of`.
    catalog : Catalog
        It holds the translations.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.
    """
    ours = {} if lang == "en" else read_translations(catalog)
    return [in_language(translate_message(line, lang), ours, lang) for line in lines]


def drawn_credits(catalog: Catalog, names: Iterable[str]) -> tuple[str, ...]:
    """Return the credit lines of layers that are drawn, where ``"sites"`` are those measured."""
    others = {*names}
    return catalog.credits_of(others - {"sites"}, sites="sites" in others)


def outline_caveat(catalog: Catalog, accuracies_m: pd.Series, lang: Lang) -> str:
    """Return what every map and report says of the outlines of its sites, in a language.

    Parameters
    ----------
    catalog : Catalog
        It tells whether the sites are shipped or the user's own.
    accuracies_m : Series
        How far each outline may be out, in metres; NaN where it is not known.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.
    """
    if catalog.own_sites is None:
        return translate("phrase", "caveat", lang)
    unknown, total = int(accuracies_m.isna().sum()), len(accuracies_m)
    key = "stated" if not unknown else "unknown" if unknown == total else "mixed"
    said = translate("caveat", key, lang)
    return said.format(count=f"{unknown:,}", total=f"{total:,}")


def data_notes(catalog: Catalog, lang: Lang) -> list[str]:
    """Return what every output says of its sites and layers, in a language.

    It is what they lost so that they are not shown exactly, and how official outlines that were
    fetched differ from the shipped ones.
    """
    official = [one.note for one in _shown_outlines(catalog)]
    return [translate_message(said, lang) for said in (*catalog.remarks, *official)]


def outline_methods(catalog: Catalog, lang: Lang) -> dict[str, str]:
    """Return what official outlines were made of and how they differ, in a language, by outline."""
    return {one.outline: translate_message(one.method, lang) for one in _shown_outlines(catalog)}


def _shown_outlines(catalog: Catalog) -> "list[OfficialOutline]":
    """Return the official outlines of the sites that a catalog selects."""
    found = _official_outlines(catalog)
    if not (found and catalog.chosen):
        return found
    from nmgeo.commands.sites import sites  # noqa: PLC0415 - as in _official_outlines

    shown = set(sites(catalog).index)
    return [one for one in found if one.outline in shown]


def _official_outlines(catalog: Catalog) -> "list[OfficialOutline]":
    """Return the official outlines among the sites of a catalog."""
    if not official_layers(catalog.pulled):
        return []
    from nmgeo.sources.layers import official_outlines  # noqa: PLC0415 - a listing needs no geopandas

    return official_outlines(catalog)


def with_methods(rows: pd.DataFrame, catalog: Catalog, lang: Lang) -> pd.DataFrame:
    """Say in each row how its outline came about, since CSV and others hold no notes.

    Parameters
    ----------
    rows : DataFrame
        The table of a command.
    catalog : Catalog
        It holds the sites.
    lang : {"en", "tc", "sc"}
        Language of what is said.

    Returns
    -------
    DataFrame
        With a column ``method`` where outlines were made coarse, or official ones were fetched and
        stand in the rows; as it was otherwise.
    """
    remarks = [translate_message(remark, lang) for remark in catalog.remarks]
    if remarks:
        return _assigned(rows, "; ".join(remarks))
    outlines = outlines_of(rows)
    official = {} if outlines is None else outline_methods(catalog, lang)
    if outlines is None or not outlines.isin(official).any():
        return rows
    return _assigned(rows, outlines.map(official).fillna(rows.get("method", "")))


def _assigned(rows: pd.DataFrame, method: str | pd.Series) -> pd.DataFrame:
    noted: pd.DataFrame = rows.assign(method=method)
    noted.attrs = rows.attrs
    return noted


def outlines_of(rows: pd.DataFrame) -> pd.Series | None:
    """Return the id of the outline of each row; None if rows are of no outlines."""
    if rows.index.name == "outline_id":
        return rows.index.to_series()
    if {"site_id", "basis"} <= set(rows):
        return rows["site_id"].astype(str) + ":" + rows["basis"].astype(str)
    return None


def sentence_translations(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Return the translations of the sentences of the geodata and of what is said of sites.

    Returns
    -------
    dict
        English, Traditional Chinese and Simplified Chinese, by the English text.
    """
    official = _official_outlines(catalog)
    told = [line for line in catalog.credits if isinstance(line, Text)]  # others are in the geodata
    said = [*told, *(one.method for one in official), *(one.note for one in official)]
    ours = {str(one): tuple(translate_message(one, lang) for lang in LANGS) for one in said}
    return {**read_translations(catalog), **ours}


def source_keys(cells: Iterable[object]) -> list[str]:
    """Return the keys of cells that hold several by semicolons, each once."""
    return list(dict.fromkeys(key for cell in cells for key in str(cell).split(";") if key))


def source_objects(
    keys: Iterable[str],
    sources: Mapping[Any, Mapping[Any, Any]],
    claims: Iterable[Mapping[Any, Any]] = (),
) -> list[dict[str, str]]:
    """Return sources as objects: key, publisher, document, class, date, link, page and quote.

    Parameters
    ----------
    keys : iterable of str
        Of :func:`nmgeo.records.tables.read_sources`; unknown ones are left out.
    sources : mapping
        The rows of that function by key.
    claims : iterable of mapping
        Rows that may name the page and quote of their first source.

    Returns
    -------
    list of dict
        ``page`` and ``quote`` only where a claim names them.
    """
    places: dict[str, dict[str, str]] = {}
    for row in claims:
        key = str(row["source"]).partition(";")[0]
        named = {name: str(row[column]) for name, column in _PLACE.items() if row[column]}
        places[key] = places.get(key, {}) | named
    held = [key for key in keys if key in sources]
    return [_source(key, sources[key]) | places.get(key, {}) for key in held]


def _source(key: str, row: Mapping[Any, Any]) -> dict[str, str]:
    title = str(row["source_title"])
    names = {"class": "source_class", "dated": "source_dated", "url": "source_url"}
    cited = {name: str(row[column]) for name, column in names.items()}
    place = {name: str(row[column]) for name, column in _PLACE.items() if row[column]}
    return {"id": key, "publisher": publisher_of(title), "title": title, **cited, **place}
