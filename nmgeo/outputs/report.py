"""Reports: an atlas as one long table, or as a Markdown document."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Unpack

import pandas as pd

from nmgeo.catalog import OPEN
from nmgeo.columns import column_heading
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    open_inputs,
    read_lengths,
    takes_features,
)
from nmgeo.commands.policy import list_once
from nmgeo.commands.ring_distances import DISTANCES
from nmgeo.commands.timeline import timeline
from nmgeo.names import in_language
from nmgeo.outputs.atlas import Atlas, build_atlas
from nmgeo.outputs.citations import credits_in, data_notes, outline_caveat
from nmgeo.outputs.document_html import markdown_page
from nmgeo.outputs.report_summary import summary_markdown
from nmgeo.outputs.tables import escape_markdown, render
from nmgeo.outputs.timeline_svg import timeline_svg
from nmgeo.outputs.values import accuracy_words, short_name
from nmgeo.records.statuses import cite_statuses
from nmgeo.translations import AreaUnit, Lang, join_texts, translate

COLUMNS: Final = (
    *("site_id", "basis", "section", "item", "value", "unit", "note"),
    *("accuracy_m", "as_of", "source_url"),
)


@takes_features()
def report(
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    on: str | None = None,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Collect all measures, policies and claims of the sites in one table, one value a row.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    at : str, float or sequence of them
        Distances of the rings: ``"500m"``, ``[500, "1km"]``.
    on : str, optional
        Show the statuses of instruments that were known on this day, ``"2026-02-04"``; the newest
        if not given.
    lang : {"en", "tc", "sc"}
        Language of the names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    DataFrame
        ``site_id``, ``basis``, ``section`` (area, near, ring, policy or claim), ``item``,
        ``value`` (number or text), ``unit``, ``note``, ``accuracy_m``, ``as_of``,
        ``source_url``.

    Raises
    ------
    NmgeoError
        If a file or a distance is wrong.
    """
    here, _ = open_inputs(inputs, sites)
    atlas = build_atlas(here, at=read_lengths(at, "at"), on=on, lang=lang)
    rows = pd.DataFrame(_facts(atlas))
    order = {site: number for number, site in enumerate(dict.fromkeys(atlas.sites["site_id"]))}
    ordered = rows.sort_values("site_id", key=lambda ids: ids.map(order), kind="stable")
    return ordered[list(COLUMNS)].reset_index(drop=True)


@takes_features()
def document(
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    on: str | None = None,
    html: bool = False,
    units: AreaUnit = "ha",
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> str:
    """Write the report as a document: Markdown, or one HTML page.

    Parameters
    ----------
    html : bool
        Write one HTML page that loads nothing, with the timeline of shipped sites drawn.
    units : {"ha", "m2", "sqft"}
        Unit of areas.
    sites, at, on, lang, catalog, site, key, name, crs, encoding, accuracy, strict, max_size
        As for :func:`report`, also for ``generalise``, ``points_only`` and ``aggregate``.

    Returns
    -------
    str
        A summary first, then the tables; values are escaped, the same input gives the same text.

    Raises
    ------
    NmgeoError
        If a file or a distance is wrong.
    """
    here, _ = open_inputs(inputs, sites)
    atlas = build_atlas(here, at=read_lengths(at, "at"), on=on, lang=lang)
    text = report_markdown(atlas, units)
    if not html:
        return text
    drawn = (
        ""
        if here.own_sites is not None
        else timeline_svg(timeline(None, here, on=on, lang=lang), lang=lang)
    )
    return markdown_page(text, _phrase("title", lang), lang, svg=drawn)


def report_markdown(atlas: Atlas, units: AreaUnit = "ha") -> str:
    """Return an atlas as a Markdown document: all sites first, then each, then the credits."""
    lang = atlas.lang
    land = atlas.land if atlas.area["area_ha"].notna().any() else None
    parts = [
        f"# {_phrase('title', lang)}",
        *(escape_markdown(line) for line in data_notes(atlas.catalog, lang)),
        outline_caveat(atlas.catalog, atlas.sites["accuracy_m"], lang),
        *_without_geometry(atlas),
        f"## {translate('report', 'summary', lang)}",
        summary_markdown(atlas, units),
        f"## {_phrase('areas', lang)}",
        _phrase("method", lang),
        render("area", atlas.area, "md", lang=lang, total=land, units=units),
        _phrase("fitted", lang) if atlas.area["fitted_to_published"].any() else "",
        f"## {_phrase('distances', lang)}",
        _phrase("edge", lang),
        *_distances(atlas),
        f"## {_phrase('rings_title', lang)}",
        _phrase("rings", lang),
        render("rings", atlas.rings, "md", lang=lang, units=units),
        *_sites(atlas),
        f"## {_phrase('credits', lang)}",
        "\n".join(f"- {escape_markdown(line)}" for line in _credits(atlas)),
    ]
    return "\n\n".join(part.rstrip() for part in parts if part) + "\n"


def _without_geometry(atlas: Atlas) -> Iterator[str]:
    """Name the sites without geometry, which stand in no table."""
    if names := list(dict.fromkeys(atlas.without_geometry["name"].astype(str))):
        said = _phrase("without_geometry", atlas.lang)
        yield escape_markdown(said.format(list=join_texts(names, "comma", atlas.lang)))


def _credits(atlas: Atlas) -> list[str]:
    return credits_in(atlas.catalog.credits, atlas.catalog, atlas.lang)


def _distances(atlas: Atlas) -> Iterator[str]:
    for (layer, open_only), rows in atlas.near.groupby(["layer", "open_only"], sort=False):
        record = atlas.catalog.shown_as_shipped(str(layer))
        title = str(layer) if record is None else record.title(atlas.lang)
        yield f"### {escape_markdown(title)}" + (
            f", {_phrase('open_now', atlas.lang)}" if open_only else ""
        )
        yield render("near", rows, "md", lang=atlas.lang)


def _sites(atlas: Atlas) -> Iterator[str]:
    """Write each site, then the instruments of all of them; each instrument stands once."""
    rules, listed = list_once(atlas.policies), set[str]()
    for site in dict.fromkeys(atlas.sites["site_id"]):
        own = rules[rules["site_id"] == site]
        again = own["policy_id"].isin(listed)
        yield from _site(atlas, site, own[~again], list(own["policy_name"][again]))
        listed |= set(own["policy_id"])
    wide = rules[~rules["site_id"].isin(set(atlas.sites["site_id"]))].drop(columns="site_id")
    if len(wide):
        yield f"## {translate('report', 'wide', atlas.lang)}"
        yield render("policy", wide, "md", lang=atlas.lang)


def _site(atlas: Atlas, site: str, rules: pd.DataFrame, again: Sequence[str]) -> Iterator[str]:
    """Write one site: its outlines, its instruments and the claims about it."""
    lang = atlas.lang
    outlines = atlas.sites[atlas.sites["site_id"] == site]
    yield f"## {escape_markdown(short_name(str(outlines['name'].iloc[0])))}"
    for row in outlines.to_dict("records"):
        text = f"{translate('basis', str(row['basis']), lang)}: {accuracy_words(row, lang)}."
        method = in_language(_text_of(row["method"]), atlas.translations, lang)
        yield escape_markdown(f"{text} {method}".strip())
    if len(rules) or again:
        yield f"### {column_heading('policy_name', lang)}"
    if len(rules):
        yield render("policy", rules.drop(columns="site_id"), "md", lang=lang)
    if again:
        named = join_texts(again, "semicolon", lang)
        yield escape_markdown(translate("report", "also", lang).format(list=named))
    claims = atlas.claims[atlas.claims["subject"] == site].drop(columns="subject")
    if len(claims):
        yield f"### {_phrase('published', lang)}"
        yield render("claims", claims, "md", lang=lang)


def _text_of(cell: Any) -> str:
    return "" if cell is None or pd.isna(cell) else str(cell)


def _facts(atlas: Atlas) -> Iterator[dict[str, Any]]:
    """Convert every table of an atlas to rows with the same columns."""
    yield from _areas(atlas)
    for row in atlas.near.to_dict("records"):
        item = f"{row['layer']}, open" if row["open_only"] else row["layer"]
        yield _fact(row, "near", item, row["nearest_m"], "m", row["nearest_name"])
    for row in atlas.rings.drop(columns="geometry").to_dict("records"):
        item = _phrase("ring_item", atlas.lang).format(low=row["from_m"], high=row["to_m"])
        yield _fact(row, "ring", item, row["area_ha"], "ha", _counts(row, atlas.lang))
    for row in cite_statuses(atlas.policies, atlas.sources).to_dict("records"):
        yield _fact(row, "policy", row["policy_id"], row["status"], "text", row["policy_name"])
    for row in atlas.claims.to_dict("records"):
        about = row | {"site_id": row["subject"]}
        yield _fact(about, "claim", row["attribute"], row["value"], row["unit"], row["hedge"])


def _areas(atlas: Atlas) -> Iterator[dict[str, Any]]:
    """Convert the areas to rows, with one for each outline that has no geometry."""
    for row in atlas.area.to_dict("records"):
        yield _fact(row, "area", "area_ha", row["area_ha"], "ha", row["geometry_status"])
        if not pd.isna(row["published_area_ha"]):
            published = {k: row.get(f"published_{k}") for k in ("as_of", "source_url")}
            published |= {"site_id": row["site_id"], "basis": row["basis"]}
            yield _fact(
                published,
                "area",
                "published_area_ha",
                Decimal(f"{row['published_area_ha']:.15g}"),
                "ha",
                row["published_hedge"],
            )
    nothing = translate("geometry_kind", "no geometry", atlas.lang)
    for row in atlas.without_geometry.to_dict("records"):
        yield _fact(row, "area", "area_ha", None, "ha", nothing)


def _counts(row: Mapping[Any, Any], lang: Lang) -> str:
    """Say how many features of each layer a ring holds: ``stations: 1; stations, open: 0``."""
    return "; ".join(
        _phrase("count_of", lang).format(layer=_counted(str(name), lang), count=count)
        for name, count in row.items()
        if str(name).endswith("_count")
    )


def _counted(name: str, lang: Lang) -> str:
    """Return what a column counts: the features of a layer, or those of it that are open."""
    layer = name.removesuffix("_count")
    if not layer.endswith(OPEN):
        return translate("layer", layer, lang)
    words = translate("layer", layer.removesuffix(OPEN), lang)
    return _phrase("open_of", lang).format(layer=words)


def _fact(
    row: Mapping[Any, Any], section: str, item: str, value: object, unit: str, note: object
) -> dict[str, Any]:
    about = {k: row.get(k) for k in ("site_id", "basis", "accuracy_m", "as_of", "source_url")}
    return about | {"section": section, "item": item, "value": value, "unit": unit, "note": note}


def _phrase(key: str, lang: Lang) -> str:
    return translate("phrase", key, lang)
