"""Other names of sites, places and instruments, by which commands find them."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nmgeo.catalog import Catalog
from nmgeo.languages import NAME_COLUMNS
from nmgeo.messages import text
from nmgeo.records.tables import (
    A_DATE,
    is_date,
    read_ids,
    read_sources,
    read_table,
    require_known,
    require_valid,
    site_ids,
)
from nmgeo.spelling import find_spelling, fold_name, fold_spelling


def read_aliases(catalog: Catalog) -> dict[str, str]:
    """Read the table of other names.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    dict
        The id of a site, place, feature or instrument by its folded name.

    Raises
    ------
    LayerError
        If the file is missing or altered, a date is invalid, or a name stands for two things.
    UnmatchedPolicyError
        If an id or a source does not exist.
    """
    ids = {id_ for id_, _ in named_things(catalog)}
    sources = set(read_sources(catalog).index)
    found: dict[str, str] = {}
    for row in read_table(catalog, "aliases"):
        require_valid(row, "as_of", is_date(row["as_of"]), A_DATE)
        require_known(row, "id", [row["id"]], ids)
        require_known(row, "source", row["source"].split(";"), sources)
        name = fold_name(row["alias"])
        other = found.setdefault(name, row["id"])
        require_valid(row, "alias", bool(name) and other == row["id"], text("a name of one thing"))
    return found


def names_of(catalog: Catalog) -> dict[str, str]:
    """Return every name that commands understand, folded, with the id that it stands for.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    dict
        Ids and other names, and the names of sites, instruments, places and features in three
        languages where they are not another's id or other name.
    """
    aliases, named = read_aliases(catalog), list(named_things(catalog))
    found = {fold_name(id_): id_ for id_, _ in named} | aliases
    for id_, row in named:
        for column in NAME_COLUMNS:
            if row.get(column):
                found.setdefault(fold_name(str(row[column])), id_)
    return found


def raw_names(catalog: Catalog) -> dict[str, str]:
    """Return ids, other names and names in three languages as they are written.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    dict
        The id that each stands for; an other name comes before a name.
    """
    found: dict[str, str] = {}
    for id_, row in named_things(catalog):
        for column in NAME_COLUMNS:
            if row.get(column):
                found.setdefault(str(row[column]), id_)
    found |= {row["alias"]: row["id"] for row in read_table(catalog, "aliases")}
    return found | {id_: id_ for id_, _ in named_things(catalog)}


def find_id(catalog: Catalog, written: str) -> str | None:
    """Return the id of what a name stands for, or None if nothing has that name.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    written : str
        An id, another name or a name in a language; hyphens stand for underscores or spaces where
        one thing alone may be meant.

    Returns
    -------
    str or None
        The id of a site, place, feature or instrument. A place within a name may have any of its
        own names: ``Sha Ling tender``.
    """
    names, folded = names_of(catalog), fold_name(written)
    if folded in names:
        return names[folded]
    loose = fold_spelling(written)
    alike = {id_ for name, id_ in names.items() if fold_spelling(name) == loose}
    if len(alike) == 1:
        return alike.pop()
    return next((names[name] for name in _renamed(folded, names) if name in names), None)


def find_outline(catalog: Catalog, written: str) -> str | None:
    """Return the id of the shipped outline that is meant, or None if none is.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    written : str
        Its id, in any case, with hyphens or underscores: ``HETAO-HK-PARK:park``.
    """
    return find_spelling(written, site_ids(catalog))


def _renamed(folded: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield a name with each other name of each thing that it names."""
    for name, id_ in names.items():
        parts = re.split(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", folded)
        if len(parts) > 1:
            yield from (other.join(parts) for other, of in names.items() if of == id_)


def suggest_ids(
    catalog: Catalog, written: str, among: Iterable[str], others: Iterable[str] = ()
) -> list[str]:
    """Return up to three ids whose ids or names are like a name, the likeliest first.

    ``others`` are names that may be meant, too, such as those of layers.
    """
    wanted = set(among)
    names = {name: id_ for name, id_ in names_of(catalog).items() if id_ in wanted}
    names |= {fold_name(other): other for other in others}
    folded = fold_name(written)
    near = difflib.get_close_matches(folded, names, n=5, cutoff=0.6)
    inside = [name for name in names if len(folded) > 1 and folded in name]
    return list(dict.fromkeys(names[name] for name in [*near, *sorted(inside, key=len)]))[:3]


def named_things(catalog: Catalog) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield the id and the row of names of each site, instrument, place and feature.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Yields
    ------
    (str, mapping)
        The id, and ``name_en``, ``name_tc`` and ``name_sc`` among others.
    """
    outlines = read_ids(catalog, "sites")
    for outline, site in site_ids(catalog).items():
        yield site, outlines[outline]
    for name, key in (("policies", "policy_id"), ("places", "place_id")):
        for row in read_table(catalog, name):
            yield row[key], row
    for name, layer in catalog.layers.items():
        if name != "sites" and not layer.context:
            yield from read_ids(catalog, name).items()
