"""Remarks on distances: when it opens, what is as near, what comes next, what is not known."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.measures.distance_uncertainty import rounding_steps_m
from nmgeo.translations import Lang, translate

_NAMED: Final = 3  # of those as near, how many a remark names
_SEPARATOR: Final = "; "


def list_names(names: Sequence[str] | pd.Series) -> str:
    """Name the first of several, and say how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(list(names)[:_NAMED]) + (f" (+{more})" if more > 0 else "")


def distance_remarks(
    rows: pd.DataFrame, names: pd.Series, lang: Lang, *, reach_m: float | None = None
) -> list[str]:
    """Say in words what a reader of each distance must know.

    Parameters
    ----------
    rows : DataFrame, n rows
        The columns of :func:`nmgeo.near`, with ``tied``, the ids that are as near, and
        ``remarked``, whether the next is not listed itself.
    names : Series of str
        What each feature is called, by its id.
    lang : {"en", "tc", "sc"}
        Language of the words.
    reach_m : float, optional
        Metres within which features were listed; a row without one says that there is none.

    Returns
    -------
    list of str, n
        Empty where there is nothing to say.

    Source
    ------
    Each word is made once for all rows that share it, so that a million rows take a second.
    """
    parts = (
        _none_within(rows, reach_m, lang),
        _opening(rows, lang),
        _tied(rows, names, lang),
        _next(rows, names, lang),
        _unknown(rows, lang),
    )
    said: Any = np.full(len(rows), "", dtype=object)
    for part in parts:
        both = (said != "") & (part != "")
        said = said + np.where(both, _SEPARATOR, "") + part
    found: list[str] = said.tolist()
    return found


def _none_within(rows: pd.DataFrame, reach_m: float | None, lang: Lang) -> Any:
    none = "" if reach_m is None else translate("phrase", "none_within", lang).format(m=reach_m)
    return np.where(rows["nearest_id"].isna(), none, "").astype(object)


def _words(keys: pd.DataFrame, write: Any) -> Any:
    """Write each distinct row of keys once, and return the words of all; none where one is NaN."""
    words = np.full(len(keys), "", dtype=object)
    there = keys.notna().all(axis=1).to_numpy()
    groups = keys[there].groupby(list(keys.columns), sort=False)
    distinct = zip(*(groups.head(1)[column] for column in keys), strict=True)
    made: Any = np.empty(groups.ngroups, dtype=object)
    made[:] = [write(*row) for row in distinct]
    words[there] = made[groups.ngroup().to_numpy()]
    return words


def _opening(rows: pd.DataFrame, lang: Lang) -> Any:
    ahead = rows["nearest_opens"].notna() & (rows["nearest_status"] != "open")
    year = rows["nearest_opens"].astype("Float64").where(ahead)
    opens = translate("phrase", "opens_in", lang)
    return _words(pd.DataFrame({"year": year}), lambda year: opens.format(year=int(year)))


def _tied(rows: pd.DataFrame, names: pd.Series, lang: Lang) -> Any:
    words = np.full(len(rows), "", dtype=object)
    if "tied" not in rows:
        return words
    as_near = translate("phrase", "as_near", lang)
    for place in np.flatnonzero(rows["tied"].notna().to_numpy()):
        tied, nearest = rows[["tied", "nearest_id"]].iloc[place]
        same = [names[one] for one in tied if one != nearest]
        words[place] = as_near.format(names=list_names(same))
    return words


def _next(rows: pd.DataFrame, names: pd.Series, lang: Lang) -> Any:
    """Say how much further the next best is, no finer than what is known of it."""
    step = rounding_steps_m(rows["next_accuracy_m"])
    shown = rows["next_m"].notna() & rows["remarked"].astype("boolean").fillna(value=False)
    further = (np.rint(rows["next_m"].astype(float) / step) * step).where(shown.astype(bool))
    sure = rows["next_m"] > rows["next_accuracy_m"]
    keys = pd.DataFrame({"further": further, "name": rows["next_id"], "sure": sure, "step": step})

    def write(further: float, name: str, sure: bool, step: float) -> str:  # noqa: FBT001
        key = "next_best" if further else "next_hardly"
        text = translate("phrase", key, lang).format(name=names[name], m=int(further or step))
        return text if sure else translate("phrase", "order_open", lang).format(text=text)

    return _words(keys, write)


def _unknown(rows: pd.DataFrame, lang: Lang) -> Any:
    ends = {"site": rows["site_accuracy_m"], "nearest": rows["nearest_accuracy_m"]}
    words = np.full(len(rows), "", dtype=object)
    gone = {end: (out.isna() & rows["nearest_m"].notna()).to_numpy() for end, out in ends.items()}
    for ends_gone in (("site",), ("nearest",), ("site", "nearest")):
        where = np.logical_and.reduce([gone[e] == (e in ends_gone) for e in gone])
        words[where] = translate("phrase", f"untold_{'_'.join(ends_gone)}", lang)
    return words
