"""Remarks on distances: when a feature opens, ties, the next nearest, unknown accuracies."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.commands.near_rows import NearRows
from nmgeo.measures.distance_uncertainty import rounding_steps_m
from nmgeo.translations import Lang, join_texts, separator, translate

_NAMED: Final = 3  # of those as near, how many a remark names
_NAME: Final = "\0"  # in whose place a name is put


def list_names(names: Sequence[str] | pd.Series, lang: Lang = "en") -> str:
    """Name the first of several, and say how many more there are."""
    more = len(names) - _NAMED
    return join_texts(list(names)[:_NAMED], "comma", lang) + (f" (+{more})" if more > 0 else "")


def distance_remarks(
    rows: pd.DataFrame,
    found: NearRows,
    names: pd.Series,
    lang: Lang,
    *,
    reach_m: float | None = None,
) -> pd.Series:
    """Say in words what a reader of each distance must know.

    Parameters
    ----------
    rows : DataFrame, n rows
        The columns of :func:`nmgeo.near`.
    found : NearRows
        The rows that they were made of.
    names : Series of str
        What each feature is called, in their order.
    lang : {"en", "tc", "sc"}
        Language of the words.
    reach_m : float, optional
        Metres within which features were listed; a row without one says that there is none.

    Returns
    -------
    Series of str, n rows
        Empty where there is nothing to say.

    Source
    ------
    Each word is made once for all rows that share it, so that a million rows take a second.
    """
    called = names.tolist()
    parts = (
        _none_within(found, reach_m, lang),
        _opening(rows, lang),
        _tied(found, called, lang),
        _next(rows, found, called, lang),
        _unknown(rows, lang),
    )
    between = separator("semicolon", lang)
    said: Any = np.full(len(rows), "", dtype=object)
    for words in parts:
        there = np.flatnonzero(words != "")
        glue = np.where(said[there] == "", "", between).astype(object)
        said[there] = said[there] + glue + words[there]
    return pd.Series(said, index=rows.index, dtype="str")


def _none_within(found: NearRows, reach_m: float | None, lang: Lang) -> Any:
    none = "" if reach_m is None else translate("phrase", "none_within", lang).format(m=reach_m)
    return np.where(found.pairs.found < 0, none, "").astype(object)


def _words(where: Any, keys: Any, write: Callable[[int], str]) -> Any:
    """Write each distinct whole number once, and return the words of all rows, of others none."""
    words = np.full(len(where), "", dtype=object)
    distinct, places = np.unique(keys[where], return_inverse=True)
    written = np.empty(len(distinct), dtype=object)
    written[:] = [write(key) for key in distinct.tolist()]
    words[where] = written[places]
    return words


def _opening(rows: pd.DataFrame, lang: Lang) -> Any:
    years = rows["nearest_opens"].to_numpy(dtype=np.int64, na_value=0)
    ahead = (years > 0) & (rows["nearest_status"] != "open").to_numpy()
    opens = translate("phrase", "opens_in", lang)
    return _words(ahead, years, lambda year: opens.format(year=year))


def _tied(found: NearRows, called: Sequence[str], lang: Lang) -> Any:
    words = np.full(len(found.tied), "", dtype=object)
    as_near = translate("phrase", "as_near", lang)
    places = np.flatnonzero(found.tied != np.array(None))
    for place in places:
        nearest = found.pairs.found[place]
        same = [called[one] for one in found.tied[place] if one != nearest]
        words[place] = as_near.format(names=list_names(same, lang))
    return words


def _next(rows: pd.DataFrame, found: NearRows, called: Sequence[str], lang: Lang) -> Any:
    """Say how much further the next best is, no finer than what is known of it."""
    following, next_m = found.pairs.following, found.pairs.next_m
    out_m = rows["next_accuracy_m"].to_numpy()
    shown = found.is_last & (following >= 0)
    step = rounding_steps_m(rows["next_accuracy_m"]).to_numpy()
    further = np.rint(np.where(shown, next_m, 0.0) / step) * step
    metres = np.where(further > 0, further, step).astype(np.int64)
    scale = int(metres.max(initial=0)) + 1
    keys = ((following * 2 + (next_m > out_m)) * 2 + (further > 0)) * scale + metres
    phrases = [translate("phrase", key, lang) for key in ("next_hardly", "next_best")]
    order_open = translate("phrase", "order_open", lang)

    @cache
    def phrase_without_name(how: int, m: int) -> str:
        said = phrases[how % 2].format(name=_NAME, m=m)
        return said if how // 2 else order_open.format(text=said)

    def write(key: int) -> str:
        key, m = divmod(key, scale)
        return phrase_without_name(key % 4, m).replace(_NAME, called[key // 4])

    return _words(shown, keys, write)


def _unknown(rows: pd.DataFrame, lang: Lang) -> Any:
    ends = {"site": rows["site_accuracy_m"], "nearest": rows["nearest_accuracy_m"]}
    words = np.full(len(rows), "", dtype=object)
    there = rows["nearest_m"].notna().to_numpy()
    gone = {end: out.isna().to_numpy() & there for end, out in ends.items()}
    for ends_gone in (("site",), ("nearest",), ("site", "nearest")):
        where = np.logical_and.reduce([gone[e] == (e in ends_gone) for e in gone])
        words[where] = translate("phrase", f"untold_{'_'.join(ends_gone)}", lang)
    return words
