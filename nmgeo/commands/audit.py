"""Audit: compare published areas with measured ones.

This module is longer than 300 lines because a figure is compared, judged and explained in one
place, so that the words fit the verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.inputs import Features, Inputs, open_inputs, takes_features
from nmgeo.commands.results import add_credits
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.commands.table_inputs import split_table
from nmgeo.commands.unit_mistakes import same_factor_mistakes, unit_mistake
from nmgeo.errors import AuditError, UnmatchedPolicyError, UsageError
from nmgeo.measures import areas
from nmgeo.messages import either, text
from nmgeo.names import add_names, instrument_name
from nmgeo.records.policies import read_claims, read_places
from nmgeo.records.published_areas import read_published_areas
from nmgeo.records.sites import AS_GIVEN
from nmgeo.records.tables import SOURCE_CLASSES, read_translations
from nmgeo.sources.geometry_kinds import keep_polygons
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang, did_you_mean, section_words, translate
from nmgeo.units import AREA_UNITS, named_after, read_share, rounding_margins, to_hectares

_SOURCE: Final = ["as_of", "source", "source_class", "source_title", "source_url"]
_COLUMNS: Final = [
    *("subject", "basis", "attribute", "name", "of", "value", "unit", "hedge", "published_area_ha"),
    *("also_published_ha", "area_ha", "difference_ha", "difference_percent", "tolerance_ha"),
    *(
        "outline_tolerance_ha",
        "figure_tolerance_ha",
        "result",
        "why",
        "unit_mistake",
        "other_unit_mistakes",
        "corrected_ha",
    ),
    *("accuracy_m", *_SOURCE),
]
_ABOUT: Final = ["subject", "attribute", "basis"]
_WHOLE: Final = "area"  # the attribute of a figure that is of all the land of its basis
_TELLS_NOTHING: Final = 0.5  # of the area: slips of units begin at 2.4 times
_FITTED: Final = 0.005  # of the area: what rounding to a grid of 10 m leaves of a scaled outline


@takes_features()
def audit(
    sites: Features | None = None,
    claims: Path | str | None = None,
    *,
    tolerance: str = "0.1%",
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Compare every published area with the measured area of the same extent.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    claims : path, optional
        The user's own figures: see
        :func:`nmgeo.records.published_areas.read_published_areas`. A figure that names no basis
        is of the only outline of its site; one that names a basis is compared with an outline of
        that basis alone.
    tolerance : str
        The least tolerance, a share of the measured area.
    lang : {"en", "tc", "sc"}
        Language of ``name`` and ``why``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    DataFrame
        One row for each figure, ordered by site and basis (``of`` names the extent). Figures of a
        part of a site (an ``attribute`` other than ``area``) come last. Where sources disagree,
        official ones come first, then reprints, press and others; the newest first.
        ``published_area_ha`` is in hectares with seven digits; ``also_published_ha`` lists other
        published values. ``difference_ha`` and ``difference_percent`` are the figure minus the
        measured ``area_ha``. ``tolerance_ha`` is at least ``tolerance``: the sum of
        ``outline_tolerance_ha`` (perimeter times accuracy) and ``figure_tolerance_ha`` (rounding
        and hedge of the figure).
        ``result`` is ``agrees``, ``differs``, ``fitted`` (the outline was scaled to this figure,
        so agreement is no evidence), ``too_inaccurate`` (the outline may be wrong by half its
        area) or ``cannot_compare``; ``why`` gives the reason in words. ``unit_mistake`` names
        the mistake of units that would explain a difference, ``other_unit_mistakes`` others with
        the same factor, and ``corrected_ha`` is the figure without the mistake.

    Raises
    ------
    UnitError
        If ``tolerance`` is no percentage.
    UsageError
        If nothing is known to have been published about the user's sites.
    UnmatchedPolicyError
        If a figure of the user's names no site that there is.
    LayerError
        If a file is missing or broken, or no site has an area.
    """
    words = () if claims is None else ("encoding", "max_size")
    of_sites, of_claims = split_table(inputs, "claims", words, sites)
    with named_after("tolerance", tolerance):
        least = read_share(tolerance)
    here, _ = open_inputs(of_sites, sites)
    outlines = keep_polygons(read_outlines(here, lang=lang), here.sites_file)
    measured = outlines.assign(
        area_ha=areas.area_ha(outlines), room_ha=areas.area_uncertainty_ha(outlines)
    )
    drawn = _by_site(measured)
    known = set(drawn)
    said = _published(here, known) if claims is None else _figures(here, known, claims, **of_claims)
    names = _names(here, outlines, lang)
    rows = [
        _compare_figure(row, _outline(row, drawn), least, lang)
        | {"name": names.get(row["subject"], row["subject"])}
        for row in _ordered(said, list(drawn)).to_dict("records")
    ]
    table = pd.DataFrame(rows).assign(of=lambda said: _extents(said, lang))
    return add_credits(table[_COLUMNS], here, ["claims"])


@takes_rows("audit", "result", "subject")
def require_agreed(rows: pd.DataFrame) -> None:
    """Stop if a published area differs from the measured one.

    Parameters
    ----------
    rows : DataFrame
        From :func:`audit`.

    Raises
    ------
    AuditError
        Saying how many of those that can be compared.
    """
    out = rows[rows["result"] == "differs"]
    if len(out):
        compared = int(rows["result"].isin(["agrees", "differs", "fitted"]).sum())
        wrong = text("{count} of {all} comparable figures differ", count=len(out), all=compared)
        first = out["subject"].iloc[0]
        remedy = text("look at what the table says of them, first {first!r}", first=first)
        raise AuditError("audit", wrong, remedy)


def _by_site(measured: gpd.GeoDataFrame) -> dict[str, dict[str, Any]]:
    """Return the outlines by the id of their site and by their own."""
    drawn: dict[str, dict[str, Any]] = {}
    for key, row in measured.drop(columns="geometry").to_dict("index").items():
        drawn.setdefault(row["site_id"], {})[key] = row
    for key, row in zip(measured.index, measured["site_id"], strict=True):
        drawn.setdefault(key, {key: drawn[row][key]})
    return drawn


def _published(here: Catalog, known: set[str]) -> pd.DataFrame:
    claims = read_claims(here)
    areal = claims["attribute"].str.match(rf"{_WHOLE}(_|$)") & claims["unit"].isin(AREA_UNITS)
    if here.own_sites is not None:
        areal &= claims["subject"].isin(known)
        if not areal.any():
            wrong = text("nothing is known to have been published about these sites")
            file = either("claims='FILE.csv'", "--claims FILE.csv")
            raise UsageError("audit", wrong, text("give your figures with {file}", file=file))
    elif not areal.any():  # by the day
        raise UsageError("audit", text("no published figures"), text("give a later day"))
    said = claims[areal]
    return said.assign(number=said["value"].map(Decimal), zeros=0)


def _figures(here: Catalog, known: set[str], path: Path | str, **said: Any) -> pd.DataFrame:
    key = None if here.own_sites is None else here.own_sites.key
    figures = read_published_areas(path, key, **said)
    for row in figures:
        if row["subject"] not in known:
            site = row["subject"]
            guess = did_you_mean(site, known)
            wrong = text("site {site!r} does not exist{guess}", site=site, guess=guess)
            remedy = text("use an id that {code} lists", code=either("nm.sites()", "nmgeo sites"))
            raise UnmatchedPolicyError(row["at"], wrong, remedy)
    rows = pd.DataFrame(figures)
    return rows.assign(attribute=_WHOLE, source_title=rows["source"])


def _ordered(said: pd.DataFrame, drawn: Sequence[str]) -> pd.DataFrame:
    """Order figures by site and basis, then by how much a source is believed, then by date.

    Those of parts of a site come last.
    """
    in_ha = [
        float(f"{to_hectares(float(number), unit):.7g}")
        for number, unit in zip(said["number"], said["unit"], strict=True)
    ]
    sites_first = {site: number for number, site in enumerate(drawn)}
    believed = {name: number for number, name in enumerate(SOURCE_CLASSES)}
    rows = said.assign(
        published_area_ha=in_ha,
        site=said["subject"].map(lambda site: sites_first.get(site, len(sites_first))),
        rank=said["source_class"].map(lambda name: believed.get(name, len(believed))),
    )
    rows = rows.assign(part=rows["attribute"] != _WHOLE)
    by = ["part", "site", "subject", *_ABOUT[1:], "rank", "as_of"]
    rows = rows.sort_values(by, ascending=[name != "as_of" for name in by], kind="stable")
    said_of = rows.groupby(_ABOUT)["published_area_ha"].agg(lambda said: [*dict.fromkeys(said)])
    about = zip(*(rows[name] for name in _ABOUT), strict=True)
    others = [
        [ha for ha in said_of[site] if ha != own]
        for site, own in zip(about, rows["published_area_ha"], strict=True)
    ]
    return rows.assign(also_published_ha=["; ".join(f"{ha:.7g}" for ha in most) for most in others])


def _outline(row: Mapping[Any, Any], drawn: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the outline that a figure is of, or the word for why there is none."""
    known = drawn.get(row["subject"], {}).values()
    if not known:
        return "no_outline"
    if row["attribute"] != _WHOLE:
        return "part"
    same = [one for one in known if row["basis"] in {"", AS_GIVEN, one["basis"]}]
    if len(same) == 1:
        return same[0]
    unnamed = all(one["basis"] == AS_GIVEN for one in known)
    return "several" if same else "unnamed_basis" if unnamed else "other_basis"


def _compare_figure(row: Mapping[Any, Any], one: Any, least: float, lang: Lang) -> dict[str, Any]:
    """Compare a figure with an outline."""
    if isinstance(one, str):
        blank: dict[str, Any] = dict.fromkeys(_COLUMNS)
        return blank | dict(row) | {"result": "cannot_compare", "why": translate("why", one, lang)}
    area, said = one["area_ha"], row["published_area_ha"]
    below, above = (
        to_hectares(m, row["unit"]) for m in rounding_margins(row["number"], row["hedge"])
    )
    room = {
        "outline_tolerance_ha": 0.0 if pd.isna(one["room_ha"]) else one["room_ha"],
        "figure_tolerance_ha": below if said > area else above,
    }
    tolerance = max(sum(room.values()), least * area)
    measured = {
        "basis": one["basis"],
        "area_ha": area,
        "difference_ha": said - area,
        "difference_percent": (said / area - 1) * 100,
        "tolerance_ha": tolerance,
        "accuracy_m": one["accuracy_m"],
    }
    return dict(row) | room | measured | _judge(row, one | room, tolerance, lang)


def _judge(
    row: Mapping[Any, Any], one: Mapping[str, Any], tolerance: float, lang: Lang
) -> dict[str, Any]:
    """Return the result of a comparison, or the mistake of units that explains it."""
    said, area = to_hectares(float(row["number"]), row["unit"]), one["area_ha"]
    off = abs(said - area)
    if likely := unit_mistake(said, area, row["unit"], row["zeros"]):
        return _explain_unit_mistake(row, *likely, lang)
    if off > tolerance:
        result, key = "differs", "unknown_accuracy" if pd.isna(one["accuracy_m"]) else "differs"
    elif one["fitted_to_published"] is True and off <= _FITTED * area:
        result = key = "fitted"
    else:
        tells = one["outline_tolerance_ha"] < _TELLS_NOTHING * area
        result = key = "agrees" if tells else "too_inaccurate"
    none = dict.fromkeys(("unit_mistake", "other_unit_mistakes", "corrected_ha"))
    return none | {"result": result, "why": translate("why", key, lang)}


def _explain_unit_mistake(
    row: Mapping[Any, Any], likely: str, times: float, lang: Lang
) -> dict[str, Any]:
    """Name the likeliest mistake of units, and others with the same factor."""
    right = to_hectares(float(row["number"]), row["unit"]) / times
    others = same_factor_mistakes(likely, row["unit"], row["zeros"])
    either = translate("why", "either", lang)
    mistake = _mistake_words(likely, lang)
    for name in others:
        mistake = either.format(one=mistake, other=_mistake_words(name, lang))
    words = {"slip": mistake, "value": f"{row['number']:,f}", "corrected_ha": right}
    why = translate("why", "slip", lang).format(**words)
    told = {
        "unit_mistake": likely,
        "other_unit_mistakes": "; ".join(others) or None,
        "corrected_ha": right,
    }
    return told | {"result": "differs", "why": why}


def _extents(said: pd.DataFrame, lang: Lang) -> list[str]:
    """Say of what land each figure is: its basis, or the part that its attribute names."""
    return [
        translate("basis", str(basis), lang)
        if about == _WHOLE
        else translate("part", about.removeprefix(f"{_WHOLE}_"), lang)
        for about, basis in zip(said["attribute"], said["basis"], strict=True)
    ]


def _mistake_words(likely: str, lang: Lang) -> str:
    if likely in section_words("slip"):
        return translate("slip", likely, lang)
    meant, _, unit = likely.partition("_as_")
    names = {
        "meant": translate("area_unit", meant, lang),
        "unit": translate("area_unit", unit, lang),
    }
    return translate("why", "unit_slip", lang).format(**names)


def _names(here: Catalog, outlines: gpd.GeoDataFrame, lang: Lang) -> dict[str, str]:
    """Return what sites, features of layers and other places are called."""
    shipped = replace(here, own_layers={})
    frames = [read_layer(shipped, name) for name in here.main_layers if name != "sites"]
    places, ours = read_places(here).to_dict("index"), read_translations(here)
    said = {key: instrument_name(place, lang, ours) for key, place in places.items()}
    every = [add_names(frame, lang)["name"].to_dict() for frame in frames]
    own = outlines["name"].to_dict() | dict(zip(outlines["site_id"], outlines["name"], strict=True))
    return {key: name for names in (said, *every, own) for key, name in names.items()}
