"""What the features of a layer look like in QGIS: as on the page, by colour and certainty."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd

from nmgeo import crs
from nmgeo.formats.field_names import layer_name
from nmgeo.formats.geopackage import PackLayer
from nmgeo.outputs.appearance import SITES
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.map_styles import ROADS, STAGES, opening_stages, style_of
from nmgeo.outputs.map_zooms import NAMED_FEW, NAMED_MOST
from nmgeo.outputs.merged_symbols import Merged, merged_symbols
from nmgeo.outputs.pack.styled import Category, Styled
from nmgeo.outputs.site_labels import site_figures
from nmgeo.outputs.site_symbology import (
    COLOUR,
    HATCH,
    MAIN,
    class_labels,
    legend_place,
    own_colour,
    site_groups,
    site_words,
    styles_of,
    with_colour,
)
from nmgeo.translations import translate

# How a site looks: its colour, how sure its outline is, and whether it is the first of its site.
_SITE: Final = (
    f"coalesce(\"{COLOUR}\", '') || ' ' || coalesce(\"{HATCH}\", '') || ' ' || "
    f"coalesce(\"geometry_status\", '') || if(\"{MAIN}\", '', ' other')"
)


def style_inputs(layer: PackLayer, atlas: Atlas) -> Styled:
    """Return what the style of a layer of an atlas depends on."""
    theme, own = theme_of(layer, atlas), list(atlas.catalog.own_layers)
    attribute, categories = _categories(layer, theme, atlas)
    plain = style_of(theme)
    if theme in own:
        plain = with_colour(plain, own_colour(own.index(theme)))
    found = set() if categories else set(opening_stages(theme, layer.rows, atlas.year))
    return Styled(
        layer=theme,
        kind=layer.kind,
        fields=layer.fields,
        lang=atlas.lang,
        year=atlas.year,
        stages=[stage for stage in STAGES if stage in found],
        plain=plain,
        attribute=attribute,
        categories=categories,
        named=len(layer.rows) <= NAMED_MOST,
        figures=site_figures(atlas) if theme == SITES and len(layer.rows) <= NAMED_FEW else {},
        merged=_merged(layer, atlas) if theme == "crossings" else (),
    )


def _merged(crossings: PackLayer, atlas: Atlas) -> list[Merged]:
    """Return the control points beside a station."""
    stations = atlas.layers.get("stations")
    if stations is None or crossings.kind != "Point":
        return []
    return list(merged_symbols(crossings.rows, stations.set_geometry(crs.to_hk80(stations))))


def theme_of(layer: PackLayer, atlas: Atlas) -> str:
    """Return the name that a layer has on the page; one of mixed geometry is several here."""
    themes = {layer_name(n): n for n in (*atlas.layers, *atlas.catalog.own_layers)}
    whole = layer.name.removesuffix(f"_{layer.kind.lower()}")
    return themes.get(layer.name) or themes.get(whole, whole)


def _categories(layer: PackLayer, theme: str, atlas: Atlas) -> tuple[str, list[Category]]:
    """Return the attribute by which features look different, and how; neither if they do not."""
    if theme == SITES:
        return _SITE, list(_site_categories(layer.rows, atlas))
    if theme == "roads" and "kind" in layer.fields:
        title = atlas.catalog.layers[theme].title(atlas.lang)
        named = {"motorway": translate("phrase", "motorways", atlas.lang)}
        return "kind", [(kind, named.get(kind, title), look) for kind, look in ROADS.items()]
    if COLOUR not in layer.rows:
        return "", []
    labels = class_labels(atlas).get(theme)
    styles = styles_of(theme, layer.rows, atlas.year, classed=labels is not None)
    rest = translate("phrase", "no_value", atlas.lang)
    looks = dict(zip(layer.rows[COLOUR], styles, strict=True))
    colours = sorted(looks.items(), key=lambda one: legend_place(labels or {}, one[0]))
    return COLOUR, [
        (str(colour), layer.title if labels is None else labels.get(colour) or rest, look)
        for colour, look in colours
    ]


def _site_categories(rows: gpd.GeoDataFrame, atlas: Atlas) -> Iterator[Category]:
    labels = class_labels(atlas).get(SITES, {})
    title = translate("layer", SITES, atlas.lang)
    groups = sorted(site_groups(rows), key=lambda one: legend_place(labels, one[1].iloc[0][COLOUR]))
    for look, alike in groups:
        row = alike.iloc[0]
        status = row["geometry_status"] if isinstance(row["geometry_status"], str) else ""
        value = f"{row[COLOUR]} {row[HATCH]} {status}{'' if row[MAIN] else ' other'}"
        names = alike["name"].fillna("").astype(str).tolist()
        words = site_words(alike, names, labels.get(row[COLOUR]) or title, [atlas.lang])
        yield value, words, look
