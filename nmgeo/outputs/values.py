"""Values as a reader sees them: rounded, grouped, with a dash where one is missing, translated."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np

from nmgeo.catalog import GEOMETRY_STATUS
from nmgeo.columns import Column, column_of_unit, find_column
from nmgeo.json_values import json_value
from nmgeo.languages import is_chinese
from nmgeo.measures.area_rounding import round_but_not_to_zero
from nmgeo.messages import Text as Message
from nmgeo.translations import Lang, join_texts, section_words, translate, translate_message

MISSING: Final = "–"
_LONGEST_NAME: Final = 200  # characters that a table or a document shows
_CALLED: Final = ("name", "_id")  # how columns of names and ids end
_FINEST: Final = 2  # decimals of hectares: what is below a hundredth of their step is noise
_WIDEST: Final = 1e15  # from here on a number has no decimals to round
_SMALL: Final = 10  # an accuracy below this has its own number of digits
PERCENT: Final = 100
PERCENT_DIGITS: Final = 2  # decimals that a share has and its per cent has not
_OWN_UNIT: Final = ("text", "date", "year")  # values that say themselves what they are
_NO_UNIT: Final = (None, "count", "ratio")
_LARGE: Final = 10_000  # from here on money is in millions, or in the steps of Chinese
_MONEY: Final = "HKD"
_STEPS: Final[Mapping[Lang, tuple[tuple[float, str], ...]]] = {  # large amounts of money
    "en": ((1e9, " bn"), (1e6, " million")),
    "tc": ((1e8, "億"), (1e4, "萬")),
    "sc": ((1e8, "亿"), (1e4, "万")),
}


def format_value(name: str, value: object, lang: Lang, unit: object = None) -> str:
    """Return a value as a reader sees it: rounded, in words, a dash where it is missing.

    ``unit`` is that of a row whose value stands in the column ``value``. A share is a per cent.
    """
    if json_value(value) is None:
        return MISSING
    if isinstance(value, Message):
        return translate_message(value, lang)
    if isinstance(value, bool | np.bool_):
        return translate("yes_no", "yes" if value else "no", lang)
    column = find_column(name)
    if isinstance(value, float | int | Decimal):
        return _format_number(name, column, value, unit)
    shown = in_words(column.words, str(value), lang) if column is not None else str(value)
    return short_name(shown) if name.endswith(_CALLED) else shown


def short_name(name: str) -> str:
    """Cut a name that nobody reads to its end; CSV, JSON and files hold it whole."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def write_number(
    name: str, value: float | Decimal, unit: object, separator: str = "", less: int = 0
) -> str:
    """Write a number with the decimals of its column.

    Parameters
    ----------
    name : str
        Its column.
    value : number
        One that has digits of its own, or no decimals set, is left as it is.
    unit : object
        The unit beside a value of the column ``value``.
    separator : str
        Between thousands.
    less : int
        How many of the decimals of the column are not written.

    Returns
    -------
    str
    """
    if isinstance(value, Decimal):
        return f"{value:{separator}f}"
    column = find_column(name)
    if column is None:
        return f"{value:{separator}.15g}"
    if column.small is not None and value < _SMALL:
        return f"{value:.{column.small}g}"
    described = column_of_unit(unit) if column.type == "value" else column
    if described is None or described.decimals is None or abs(value) >= _WIDEST:
        return f"{value:{separator}.15g}"
    places = max(described.decimals - less, 0)
    finest = min(places - less, _FINEST)
    return f"{round_but_not_to_zero(float(value), places, finest):{separator}f}"


def format_joined(column: Column, row: Mapping[Any, Any], lang: Lang) -> str:
    """Return what a reader sees of a column that joins others: a range, or a text and its note."""
    if column.joint == "unit":
        value, unit = (row.get(part) for part in column.of)
        return format_amount(value, json_value(unit), lang)
    parts = {part: row.get(part) for part in column.of}
    known = {part: v for part, v in parts.items() if not _goes_without_saying(part, v)}
    ends = [format_value(part, value, lang, row.get("unit")) for part, value in known.items()]
    if not ends and column.otherwise:
        return format_value(column.otherwise, row[column.otherwise], lang)
    return join_texts(dict.fromkeys(ends), column.joint, lang) or MISSING


def format_amount(value: object, unit: object, lang: Lang) -> str:
    """Return a published value with its unit, as in ``40,000 a day`` or ``HK$18.1 bn``.

    Parameters
    ----------
    value : object
        A number, text that is one, or other text.
    unit : object
        A unit of the table of claims.
    lang : {"en", "tc", "sc"}
        Language of the unit.

    Returns
    -------
    str
        Grouped by thousands; text, dates and years as they are.

    Examples
    --------
    >>> format_amount("40000", "per_day", "en"), format_amount(18.1e9, "HKD", "en")
    ('40,000 a day', 'HK$18.1 bn')
    >>> format_amount(None, "ha", "en") == MISSING
    True
    >>> format_amount(18.1e9, "HKD", "tc"), format_amount(0.3, "share", "en")
    ('181億港元', '30 %')
    """
    if value is None:
        return MISSING
    number = _as_number(value)
    if number is None or unit in _OWN_UNIT:
        return format_value("value", value, lang)
    words = "" if unit in _NO_UNIT else translate("unit", str(unit), lang)
    if str(unit).startswith(_MONEY) and abs(number) >= _LARGE:
        return _money(float(number), words, lang)
    if words.startswith(translate("unit", _MONEY, lang)) and not is_chinese(lang):
        dollar = translate("unit", _MONEY, lang)
        return f"{dollar}{number:,f}{words.removeprefix(dollar)}"
    space = "" if is_chinese(lang) and not words.isascii() else " "
    exact = isinstance(value, str) or unit == "share"
    shown = _exact(number, unit) if exact else format_value("value", value, lang, unit)
    return f"{shown}{space}{words}".strip()


def accuracy_words(row: Mapping[str, Any], lang: Lang) -> str:
    """Say in plain words how well an outline or a place is known."""
    status, out = json_value(row.get("geometry_status")), json_value(row.get("accuracy_m"))
    if out is None:
        return translate(
            "accuracy", "official_unknown" if status == "official" else "unknown", lang
        )
    own = status not in GEOMETRY_STATUS
    words = translate("accuracy", "stated" if own else status, lang).format(
        accuracy_m=write_number("accuracy_m", float(out), None, ",")
    )
    return f"{status}: {words}" if own and status else words


def _format_number(name: str, column: Column | None, value: float | Decimal, unit: object) -> str:
    separator = "" if column is None or column.type == "year" else ","  # users have years too
    if column is None or column.unit != "share":
        return write_number(name, value, unit, separator)
    if isinstance(value, Decimal):  # rounded to what its accuracy justifies
        return f"{value.scaleb(PERCENT_DIGITS):{separator}f}"
    return write_number(name, value * PERCENT, unit, separator, less=PERCENT_DIGITS)


def in_words(sections: Sequence[str], text: str, lang: Lang) -> str:
    """Return a text in a language by sections of words, or else each part between semicolons."""
    if not sections:
        return text
    known = {
        key: words for name in reversed(sections) for key, words in section_words(name).items()
    }
    if text not in known and "; " in text:
        one, _, other = text.partition("; ")
        parts = tuple(in_words(sections, part, lang) for part in (one, other))
        if parts == (one, other) and text.isascii():  # a sentence in English
            return text
        one, other = parts
        return translate("phrase", "both", lang).format(one=one, other=other)
    return known[text].get(lang, known[text]["en"]) if text in known else text


def _goes_without_saying(name: str, value: object) -> bool:
    """Tell if a joined value adds nothing: it is missing, empty or the default of its column."""
    column, known = find_column(name), json_value(value)
    return known in (None, "") or (column is not None and known == column.default)


def _as_number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _exact(number: Decimal, unit: object) -> str:
    """Write a published number with its own digits; a share is a per cent."""
    return f"{float(number * PERCENT):,.6g}" if unit == "share" else f"{number:,f}"


def _money(number: float, words: str, lang: Lang) -> str:
    """Write an amount in words of money: ``HK$250 bn a year``."""
    size, step = next((s for s in _STEPS.get(lang, _STEPS["en"]) if abs(number) >= s[0]), (1.0, ""))
    amount, dollar = f"{number / size:,.6g}{step}", translate("unit", _MONEY, lang)
    rest = words.removeprefix(dollar)
    return f"{amount}{dollar}{rest}" if is_chinese(lang) else f"{dollar}{amount}{rest}"
