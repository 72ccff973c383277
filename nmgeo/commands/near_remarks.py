"""Remarks on distances: when a feature opens, ties, the next nearest."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.commands.near_rows import NearRows
from nmgeo.crs import NOISE_M
from nmgeo.measures.distance_uncertainty import known_error_m, known_metres, rounding_steps_m
from nmgeo.sources.opening import are_open
from nmgeo.translations import Lang, join_texts, separator, translate

_NAMED: Final = 3  # of those as near, how many a remark names
_NAME: Final = "\0"  # in whose place a name is put
_WAYS: Final = 5  # of saying how much further the next best is, and 0 for saying nothing


def list_names(names: Sequence[str] | pd.Series, lang: Lang = "en") -> str:
    """Name the first of several, and say how many more there are."""
    more = len(names) - _NAMED
    return join_texts(list(names)[:_NAMED], "comma", lang) + (f" (+{more})" if more > 0 else "")


class RowFacts(NamedTuple):
    """What remarks follow from, for each row.

    Attributes
    ----------
    opens : array of int
        The year in which the nearest feature opens, 0 if it is not known.
    is_open : array of bool
        Whether it is open.
    are_known : array of bool
        Whether the accuracies of the site, the nearest and the next feature are all known.
    next_accuracy_m, site_accuracy_m, nearest_accuracy_m : arrays, metres
        NaN if not known.
    """

    opens: Any
    is_open: Any
    are_known: Any
    next_accuracy_m: Any
    site_accuracy_m: Any
    nearest_accuracy_m: Any


def distance_remarks(
    rows: pd.DataFrame,
    found: NearRows,
    names: pd.Series,
    lang: Lang,
    *,
    reach_m: float | None,
    far_m: Any,
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
    reach_m : float or None
        Metres within which features were listed; a row without one says that there is none.
    far_m : array, metres
        The accuracy of each feature, NaN if not known.

    Returns
    -------
    Series of str, n rows
        Empty where there is nothing to say.
    """
    known = ("next_accuracy_m", "site_accuracy_m", "nearest_accuracy_m")
    facts = RowFacts(
        rows["nearest_opens"].to_numpy(dtype=np.int64, na_value=0),
        are_open(rows["nearest_status"]).to_numpy(),
        are_known(found, known_metres(rows["site_accuracy_m"]), far_m),
        *(known_metres(rows[name]) for name in known),
    )
    told = remark_texts(facts, found, names.tolist(), lang, reach_m=reach_m)
    return pd.Series(told.to_numpy(zero_copy_only=False), index=rows.index, dtype="str")


def are_known(found: NearRows, near_m: Any, far_m: Any) -> Any:
    """Tell in which rows the accuracies of site, nearest and next feature are all known."""
    is_known = np.append(~np.isnan(far_m), False)
    return ~np.isnan(near_m) & is_known[found.pairs.found] & is_known[found.pairs.following]


def remark_texts(
    facts: RowFacts,
    found: NearRows,
    names: Sequence[str],
    lang: Lang,
    *,
    reach_m: float | None = None,
) -> pa.Array:
    """Return the remarks of :func:`distance_remarks` as an array of text.

    Source
    ------
    Each phrase is made once for all rows that share it, so that a million rows take a second.
    """
    parts = (
        _none_within(found, reach_m, lang),
        _opening(facts, lang),
        _either_side(facts, found, reach_m, lang),
        _tied(found, names, lang),
        _next(facts, found, names, lang),
    )
    between = separator("semicolon", lang)
    said = _joined([part for part in parts if part is not None], between)
    return pa.array([""] * len(found.tied), pa.string()) if said is None else said


def _joined(parts: Sequence[pa.Array], between: str) -> pa.Array | None:
    """Join texts row by row, with a separator where both say something."""
    said = None
    for part in parts:
        if said is None:
            said = part
            continue
        both = pc.and_(pc.not_equal(said, ""), pc.not_equal(part, ""))
        glue = pc.if_else(both, between, "")
        said = pc.binary_join_element_wise(said, glue, part, "")
    return said


def _chosen(texts: Sequence[str], places: Any) -> pa.Array:
    """Return the text at each place."""
    return pa.array(texts, pa.string()).take(pa.array(places))


def _none_within(found: NearRows, reach_m: float | None, lang: Lang) -> pa.Array | None:
    if reach_m is None:
        return None
    none = translate("phrase", "none_within", lang).format(m=reach_m)
    return _chosen(["", none], (found.pairs.found < 0).astype(np.int64))


def _opening(facts: RowFacts, lang: Lang) -> pa.Array | None:
    ahead = (facts.opens > 0) & ~facts.is_open
    if not ahead.any():
        return None
    opens = translate("phrase", "opens_in", lang)
    years, places = np.unique(np.where(ahead, facts.opens, 0), return_inverse=True)
    return _chosen([opens.format(year=year) if year else "" for year in years.tolist()], places)


def _either_side(
    facts: RowFacts, found: NearRows, reach_m: float | None, lang: Lang
) -> pa.Array | None:
    """Say of which features the range ends on the other side of the distance that was asked."""
    if reach_m is None:
        return None
    gap_m = found.pairs.gap_m
    out_m = known_error_m(facts.site_accuracy_m, facts.nearest_accuracy_m)
    is_beyond = gap_m > reach_m + NOISE_M
    may_be_beyond = ~is_beyond & (gap_m + out_m > reach_m + NOISE_M)
    ends = ("maybe_beyond", "maybe_within")
    texts = ["", *(translate("phrase", end, lang).format(m=reach_m) for end in ends)]
    return _chosen(texts, may_be_beyond + 2 * is_beyond)


def _tied(found: NearRows, called: Sequence[str], lang: Lang) -> pa.Array | None:
    rows = np.flatnonzero(found.tied != np.array(None))
    if not len(rows):
        return None
    places, texts = np.zeros(len(found.tied), dtype=np.int64), [""]
    places[rows] = np.arange(len(rows)) + 1
    as_near = translate("phrase", "as_near", lang)
    for row in rows:
        nearest = found.pairs.found[row]
        same = [called[one] for one in found.tied[row] if one != nearest]
        texts.append(as_near.format(names=list_names(same, lang)))
    return _chosen(texts, places)


def _next(facts: RowFacts, found: NearRows, called: Sequence[str], lang: Lang) -> pa.Array | None:
    """Say how much further the next best is, no finer than what is known of it."""
    following, next_further_m = found.pairs.following, found.pairs.next_further_m
    shown = found.is_last & (following >= 0)
    if not shown.any():
        return None
    step = rounding_steps_m(pd.Series(facts.next_accuracy_m)).to_numpy()
    further = np.rint(np.where(shown, next_further_m, 0.0) / step) * step
    metres = np.where(further > 0, further, step).astype(np.int64)
    how = ((next_further_m > facts.next_accuracy_m) | ~facts.are_known) + 2 * (further > 0) + 1
    keys, places = np.unique(np.where(shown, metres * _WAYS + how, 0), return_inverse=True)
    phrases = [_next_phrase(key, lang) for key in keys.tolist()]
    before, after = (_chosen(ends, places) for ends in zip(*phrases, strict=True))
    names = _chosen([*called, ""], np.where(shown, following, len(called)))
    return pc.binary_join_element_wise(before, names, after, "")


def _next_phrase(key: int, lang: Lang) -> tuple[str, str]:
    """Return what is said before and after the name of the next best, for a way and metres."""
    if not key:
        return "", ""
    metres, how = divmod(key, _WAYS)
    is_sure, is_further = (how - 1) % 2, (how - 1) // 2
    said = translate("phrase", "next_best" if is_further else "next_hardly", lang)
    said = said.format(name=_NAME, m=metres)
    if not is_sure:
        said = translate("phrase", "order_open", lang).format(text=said)
    before, after = said.split(_NAME)
    return before, after
