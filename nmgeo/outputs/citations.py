"""Citations that travel with the features of a file: each source as an object."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.languages import Lang
from nmgeo.names import in_language
from nmgeo.records.tables import publisher_of, read_translations
from nmgeo.translations import translate_message

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


def masking_lines(catalog: Catalog, lang: Lang) -> list[str]:
    """Return what sites and layers lost so that they are not shown exactly, in a language."""
    return [translate_message(remark, lang) for remark in catalog.remarks]


def source_keys(cells: Iterable[object]) -> list[str]:
    """Return the keys of cells that hold several by semicolons, each once."""
    return list(dict.fromkeys(key for cell in cells for key in str(cell).split(";") if key))


def source_objects(
    keys: Iterable[str], sources: pd.DataFrame, claims: Iterable[Mapping[Any, Any]] = ()
) -> list[dict[str, str]]:
    """Return sources as objects: key, publisher, document, class, date, link, page and quote.

    Parameters
    ----------
    keys : iterable of str
        Of :func:`nmgeo.records.tables.read_sources`; unknown ones are left out.
    sources : DataFrame
        From that function.
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
    rows = sources.loc[[key for key in keys if key in sources.index]].to_dict("index")
    return [_source(str(key), row) | places.get(str(key), {}) for key, row in rows.items()]


def _source(key: str, row: Mapping[Any, Any]) -> dict[str, str]:
    title = str(row["source_title"])
    names = {"class": "source_class", "dated": "source_dated", "url": "source_url"}
    cited = {name: str(row[column]) for name, column in names.items()}
    return {"id": key, "publisher": publisher_of(title), "title": title, **cited}
