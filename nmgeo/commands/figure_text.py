"""Figures as a reader sees them: grouped, with the unit and the words that limit them."""

from collections.abc import Mapping
from typing import Any, Final

from nmgeo.languages import is_chinese
from nmgeo.translations import AreaUnit, Lang, join_texts, section_words, translate
from nmgeo.units import from_hectares

_BEFORE: Final = (  # hedges that stand before the figure
    *("about", "more than", "at least", "up to", "nearly", "under", "before", "not less than"),
)
_PLAIN: Final = ("year", "date", "text", "count", "ratio")
_MONEY: Final[Mapping[str, tuple[tuple[float, str], ...]]] = {
    "en": ((1e9, "HK${:,.3g} bn"), (1e6, "HK${:,.3g}m"), (0, "HK${:,.0f}")),
    "tc": ((1e8, "{:,.5g}億港元"), (1e4, "{:,.5g}萬港元"), (0, "{:,.0f}港元")),
    "sc": ((1e8, "{:,.5g}亿港元"), (1e4, "{:,.5g}万港元"), (0, "{:,.0f}港元")),
}


def figure_text(row: Mapping[Any, Any], lang: Lang) -> str:
    """Return a claim's value with its unit and its hedge, such as ``more than 300,000 jobs``.

    Parameters
    ----------
    row : mapping
        ``value`` (text), ``unit`` and ``hedge`` of a claim.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.

    Returns
    -------
    str
        Money is rounded to three digits in English and five in Chinese.

    Examples
    --------
    >>> figure_text({"value": "18135000000", "unit": "HKD", "hedge": "estimate"}, "en")
    'HK$18.1 bn (estimate)'
    >>> figure_text({"value": "300000", "unit": "jobs", "hedge": "more than"}, "tc")
    '超過300,000個職位'
    """
    hedges = [part for part in str(row["hedge"]).split("; ") if part]
    before = [translate("hedge", part, lang) for part in hedges if part in _BEFORE]
    behind = [translate("hedge", part, lang) for part in hedges if part not in _BEFORE]
    amount = amount_text(str(row["value"]), str(row["unit"]), lang)
    text = join_texts([*before, amount], "sentence", lang)
    if not behind:
        return text
    return join_texts([text, join_texts(behind, "semicolon", lang)], "brackets", lang)


def amount_text(value: str, unit: str, lang: Lang) -> str:
    """Return a value with its unit.

    Examples
    --------
    >>> amount_text("1004", "ha", "en"), amount_text("2026", "year", "en")
    ('1,004 ha', '2026')
    >>> amount_text("25", "percent", "en")
    '25%'
    """
    if unit in {"text", "date", "year"}:
        return translate("value", value, lang)
    if unit.startswith("HKD"):
        return _money_text(float(value), unit, lang)
    whole, point, part = value.partition(".")
    number = f"{int(whole):,}{point}{part}"
    if unit == "percent":
        return f"{number}%"
    if unit in _PLAIN or unit not in section_words("unit"):
        return number
    return f"{number}{'' if is_chinese(lang) else ' '}{translate('unit', unit, lang)}"


def area_text(area_ha: float, units: AreaUnit, lang: Lang = "en") -> str:
    """Return an area in a unit, with up to four digits, as a published figure is converted.

    Examples
    --------
    >>> area_text(11.6365, "ha"), area_text(5, "m2"), area_text(11.6365, "sqft")
    ('11.64 ha', '50,000 m²', '1,253,000 sq ft')
    """
    return amount_text(area_value(area_ha, units), units, lang)


def area_value(area_ha: float, units: AreaUnit) -> str:
    """Return the number of :func:`area_text` as the table of claims writes numbers."""
    return f"{float(f'{from_hectares(area_ha, units):.4g}'):.15g}"


def money_text(value: float, lang: Lang) -> str:
    """Return an amount of HK$ with up to five digits, as arithmetic shows it.

    Examples
    --------
    >>> money_text(160e6 / 3, "en"), money_text(160e6 / 3, "tc")
    ('HK$53.333m', '5,333.3萬港元')
    """
    size, form = next((size, form) for size, form in _money(lang) if value >= size)
    return form.replace(".3g", ".5g").format(value / (size or 1))


def _money(lang: Lang) -> tuple[tuple[float, str], ...]:
    return _MONEY.get(lang, _MONEY["en"])


def _money_text(value: float, unit: str, lang: Lang) -> str:
    size, form = next((size, form) for size, form in _money(lang) if value >= size)
    text = form.format(value / (size or 1))
    whole = translate("unit", "HKD", lang)
    behind = translate("unit", unit, lang).removeprefix(whole)
    return text if unit == "HKD" else f"{text}{behind}"
