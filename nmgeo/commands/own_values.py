"""Values of a user's tables: whether each is what its column takes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

from nmgeo.catalog import NOT_KNOWN, Catalog, first_day
from nmgeo.commands.own_places import SEVERAL, match_sites
from nmgeo.messages import Text, text
from nmgeo.records.aliases import raw_names
from nmgeo.records.key_folding import nearest_keys
from nmgeo.records.policies import STAGES
from nmgeo.records.tables import UNITS, is_date, is_value, read_table, units_of
from nmgeo.translations import section_words
from nmgeo.web_address import is_web_address

Wrong = tuple[Text, Text] | None  # what is wrong with a value, and the remedy
ValueTest = Callable[[str, str], Wrong]  # of a value and another of its row


def listed_values() -> dict[str, list[str]]:
    """Return the values of each form that takes one of a list."""
    return {
        "kind": [*section_words("kind")],
        "status": [status for status in section_words("status") if status != NOT_KNOWN],
        "stage": [*STAGES],
        "unit": sorted(UNITS),
        "measure": sorted(UNITS),
    }


@cache  # a table may hold very many faults: each text is built once
def no_value() -> tuple[Text, Text]:
    """Say that a value is missing."""
    return text("no value"), text("write one")


def value_test(form: str, cells: Sequence[str], catalog: Catalog) -> ValueTest:
    """Return the test of one form, which says what is wrong with the value of a row.

    Parameters
    ----------
    form : str
        That of a :class:`nmgeo.commands.own_tables.Field`.
    cells : sequence of str
        All values of the column, since names are matched all at once.
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`, for the sites that a row may name.

    Returns
    -------
    callable
        Takes a value and that beside it; returns what is wrong and the remedy, or None.
    """
    if form == "site":
        return _sites_test(cells, catalog)
    if form == "new_id":
        shipped = {row["policy_id"] for row in read_table(catalog, "policies")}
        return lambda value, _: _shipped_id(value) if value in shipped else None
    if form in _TESTS:
        return _TESTS[form]
    listed = frozenset(listed_values().get(form, ()))
    return lambda value, _: (
        _unlisted(form) if listed and not listed.issuperset(value.split(SEVERAL)) else None
    )


def _shipped_id(value: str) -> tuple[Text, Text]:
    return text("{id} is the id of a shipped policy", id=value), text("choose another id")


@cache
def _unlisted(form: str) -> tuple[Text, Text]:
    return _unknown(form, tuple(listed_values()[form]))


@cache
def _unknown(what: str, listed: tuple[str, ...]) -> tuple[Text, Text]:
    names = ", ".join(listed)
    return text("unknown {what}", what=what), text("use one of {names}", names=names)


def _wrong_date(value: str, _: str = "") -> Wrong:
    return None if is_date(value) else _no_date()


@cache
def _no_date() -> tuple[Text, Text]:
    return text("not a date"), text("write it as 2026-02-04, 2026-02 or 2026")


def _wrong_day(value: str, _: str) -> Wrong:
    if (wrong := _wrong_date(value)) is not None or first_day(value) <= f"{date.today()}":  # noqa: DTZ011 - the user's day
        return wrong
    return _in_future()


@cache
def _in_future() -> tuple[Text, Text]:
    return text("a date in the future"), text("write the day of the source")


def _wrong_address(value: str, _: str) -> Wrong:
    return None if is_web_address(value) else _no_address()


@cache
def _no_address() -> tuple[Text, Text]:
    remedy = text("begin it with https:// and leave out blanks, quotes and < >")
    return text("not a web address"), remedy


def _wrong_number(value: str, _: str) -> Wrong:
    return None if is_value(value, "HKD") else _no_number()


@cache
def _no_number() -> tuple[Text, Text]:
    return text("not a number"), _digits()


def _wrong_limit(value: str, _: str) -> Wrong:
    return None if any(map(str.isnumeric, value)) else _no_limit()


@cache
def _no_limit() -> tuple[Text, Text]:
    return text("a limit without a figure"), text("write it as: project cost at least HK$150m")


def _wrong_value(value: str, unit: str) -> Wrong:
    if unit not in UNITS or is_value(value, unit):
        return None
    return _no_value_in(unit)


@cache
def _no_value_in(unit: str) -> tuple[Text, Text]:
    return text("not a value in {unit}", unit=unit), _digits()


def _wrong_unit(value: str, attribute: str) -> Wrong:
    units = units_of(attribute)
    return None if value in units else _unknown("unit", tuple(sorted(units)))


def _digits() -> Text:
    return text("write digits alone, such as 150000000")


_TESTS: Final[Mapping[str, ValueTest]] = {
    "date": _wrong_date,
    "day": _wrong_day,
    "url": _wrong_address,
    "number": _wrong_number,
    "limit": _wrong_limit,
    "value": _wrong_value,
    "measure": _wrong_unit,
}


def _sites_test(cells: Sequence[str], catalog: Catalog) -> ValueTest:
    """Return the test of names of sites and places, which are matched all at once."""
    named = [part.strip() for cell in dict.fromkeys(cells) for part in cell.split(SEVERAL)]
    matches, places = match_sites(named, catalog)
    missing = [part for part, match in matches.items() if match is None]
    guesses = nearest_keys(missing, raw_names(catalog))

    def run(value: str, _: str) -> Wrong:
        parts = [part.strip() for part in value.split(SEVERAL)]
        unknown = [part for part in parts if matches[part] is None]
        return _no_site(unknown, guesses, places) if unknown else None

    return run


def _no_site(
    unknown: list[str], guesses: Mapping[str, Sequence[str]], places: Mapping[str, str]
) -> tuple[Text, Text]:
    """Say which names are of no site, and what is like the first, or nearest to it."""
    if unknown[0] in places:
        near = places[unknown[0]]
        wrong = text("{place} lies in no site (nearest: {names})", place=unknown[0], names=near)
        return wrong, text("correct the coordinates, or name the site")
    like = ", ".join(guesses.get(unknown[0], ()))
    guess = text(" (did you mean {close}?)", close=like) if like and len(unknown) == 1 else ""
    names = ", ".join(unknown)
    wrong = text("no site or place is called {names}{guess}", names=names, guess=guess)
    return wrong, text("use a name that {code} lists", code="nmgeo sites")
