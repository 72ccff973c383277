"""Rulings: which instruments are for a place, by its name, and why."""

from collections.abc import Mapping
from typing import Final, Literal

import pandas as pd

from nmgeo.errors import UnknownSiteError
from nmgeo.messages import list_some, text
from nmgeo.records.policies import REGION, TERRITORY
from nmgeo.spelling import find_spelling
from nmgeo.translations import did_you_mean

UNDECIDED: Final = "undecided"  # the accuracy of outlines leaves open whether it holds
HOLDS_BY: Final = ("site", "place", UNDECIDED, "region", "territory")
_SHOWN: Final = 10  # how many ids a message names
Notices = Literal["by_name", "in_brief", "none"]  # of sites for which it is not certain


def match_place(place: str, policies: pd.DataFrame, *, in_region: bool) -> pd.DataFrame:
    """Say which instruments are for a shipped site, or a place that has no outline here.

    Parameters
    ----------
    place : str
        Its id, as instruments name it.
    policies : DataFrame
        From :func:`nmgeo.records.policies.read_policies`.
    in_region : bool
        Whether the place lies in the Northern Metropolis.

    Returns
    -------
    DataFrame
        One row for each ``policy_id``, with the place as ``site_id``: ``holds_by`` is ``site``
        (named), ``region`` or ``territory``, in that order; ``outline_accuracy_m`` is missing,
        since no outline decides.
    """
    held = policies["holds_for"].map(lambda places: why_it_applies(places, {place}, "site"))
    held = held[(held != "") & (in_region | (held != "region"))]
    order = held.sort_index(kind="stable").map(HOLDS_BY.index).sort_values(kind="stable").index
    rows = held.loc[order].rename("holds_by").rename_axis("policy_id").reset_index()
    rows = rows.assign(site_id=place, outline_accuracy_m=float("nan"))
    return rows[["site_id", "policy_id", "holds_by", "outline_accuracy_m"]]


def outlines_of_site(outlines: Mapping[str, str], site: str | None) -> list[str]:
    """Return the ids of the outlines of one site, or of all if ``site`` is None.

    Parameters
    ----------
    outlines : mapping of str to str
        The site of each outline, by the id of the outline.
    site : str, optional
        The id of a site, or of one of its outlines, in any spelling.

    Returns
    -------
    list of str
        At least one.

    Raises
    ------
    UnknownSiteError
        If no outline is of that site.
    """
    picked = [outline for outline, of in outlines.items() if site in {None, of, outline}]
    if not picked:
        known = list(dict.fromkeys(map(str, outlines.values())))
        meant = find_spelling(str(site), [*known, *outlines])
        if meant not in {None, site}:
            return outlines_of_site(outlines, meant)
        wrong = text("unknown{guess}", guess=did_you_mean(str(site), known))
        remedy = text("use {known}", known=list_some(known, _SHOWN))
        raise UnknownSiteError(text("site {site!r}", site=site), wrong, remedy)
    return picked


def why_it_applies(places: tuple[str, ...], named: set[str], by: str) -> str:
    """Say why an instrument for ``places`` holds where ``named`` are: ``by``, or how widely."""
    if named & set(places):
        return by
    if REGION in places:
        return "region" if named else ""
    return "territory" if TERRITORY in places else ""
