"""Styles as QGIS reads them: QML with renderer, labels and aliases of fields in two languages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from xml.sax.saxutils import quoteattr

from nmgeo.columns import column_heading
from nmgeo.formats.plain_text import plain_text
from nmgeo.outputs.map_styles import BASE, CASING_MM, HATCHES, Style, stage_style
from nmgeo.outputs.map_zooms import PIXEL_MM, SMALL_SITE_MM
from nmgeo.outputs.pack.qgis_expressions import (
    EXPRESSION,
    EXTENT_MM,
    colour_code,
    grown,
    merged_offset,
    properties,
    shown_from,
    stage_of,
    symbol_size,
)
from nmgeo.outputs.pack.qgis_labels import label_parts
from nmgeo.outputs.pack.styled import Category, Styled
from nmgeo.translations import translate

VERSION: Final = "3.22.0"  # of the oldest QGIS that reads it
_KINDS: Final = {"Polygon": "fill", "LineString": "line", "Point": "marker"}
_MARKERS: Final = {"disc": "circle", "": "circle"}
# Of the page's symbols to a disc of one radius, as QGIS measures them.
_SIZES: Final = {"diamond": 1.25, "hexagon": 1.15, "square": 0.85}
_ALL_RINGS: Final = '<Option type="QString" name="ring_filter" value="0"/>'
_HOLLOW_MM, _SOLID_MM = 0.6, 2 * PIXEL_MM  # of the edge of a symbol
_GROWING: Final = ("roads", "rivers")
_BOX_MIDDLE: Final = (
    "make_point((x_min($geometry) + x_max($geometry)) / 2, "
    "(y_min($geometry) + y_max($geometry)) / 2)"
)


def qml(one: Styled) -> str:
    """Return the style of a layer as QML: XML, values escaped."""
    parts = style_parts(one)
    head = f'<qgis version="{VERSION}" styleCategories="Symbology|Labeling|Fields" '
    return f'<!DOCTYPE qgis PUBLIC "qgis" "QGIS">\n{head}labelsEnabled="1">\n{parts}</qgis>\n'


def style_parts(one: Styled) -> str:
    """Return renderer, labels and aliases, as a style and as a layer of a project have them."""
    drawn = _renderer(one) + label_parts(one) if one.kind else ""
    return drawn + _aliases(one.fields)


def _renderer(one: Styled) -> str:
    if one.categories:
        return _categories(one, one.attribute, [*one.categories, ("", "", one.plain)])
    if one.stages:
        return _categories(one, stage_of(one.fields, one.year), _stages(one))
    symbol = _symbol("0", one, one.plain)
    return f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>\n'


def _stages(one: Styled) -> Iterator[Category]:
    """Return the stages of a layer, and how they are drawn."""
    plain = one.plain
    for stage in one.stages:
        words = translate("phrase", f"stage_{stage}", one.lang).format(year=one.year)
        yield stage, words, stage_style(plain, stage)
    yield "", "", plain


def _categories(one: Styled, attribute: str, rows: Iterable[Category]) -> str:
    """Return a renderer that draws features by the values of an attribute or an expression."""
    listed = list(rows)
    categories = "".join(
        f'<category symbol="{number}" value={quoteattr(value)} render="true" '
        f"label={quoteattr(words)}/>"
        for number, (value, words, _) in enumerate(listed)
    )
    symbols = "".join(
        _symbol(str(n), one, look, value) for n, (value, _, look) in enumerate(listed)
    )
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(attribute)}>'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>\n"
    )


def _symbol(name: str, one: Styled, look: Style, value: str = "") -> str:
    """Return the symbol of features of a value."""
    layers = {"Polygon": _fills, "LineString": _lines, "Point": _marks}[one.kind](one, look, value)
    if one.layer == "rings":  # the outer edge alone, so that each distance is drawn once
        layers = layers.replace(_ALL_RINGS, _ALL_RINGS.replace('"0"', '"1"'))
    return f'<symbol type="{_KINDS[one.kind]}" name="{name}" alpha="1">{layers}</symbol>'


def _fills(one: Styled, look: Style, value: str) -> str:
    inside = "#ffffff" if look.hollow else look.fill
    fill = {
        "color": colour_code(inside or "#ffffff", look.opacity if look.fill else 0.0),
        "style": "solid" if look.fill else "no",
        "outline_style": "no",
    }
    drawn = _layer("SimpleFill", fill, shown=shown_from(one.layer, value, one.fields))
    drawn += _hatching(look) if look.hatch else ""
    drawn += _lines(one, look, value) if look.line else ""
    return drawn + (
        _small_site(look) if one.named and one.layer == "sites" and look.opacity else ""
    )


def _hatching(look: Style) -> str:
    """Return the hatch of an area: lines at angles, or dots."""
    hatch = HATCHES[look.hatch]
    if not hatch.angles:
        far = f"{hatch.gap:g}"
        dot = {"name": "circle", "color": colour_code(look.line), "size": f"{hatch.width:g}"}
        mark = _layer("SimpleMarker", dot | {"outline_style": "no"})
        inner = f'<symbol type="marker" name="@hatch" alpha="1">{mark}</symbol>'
        units = {"distance_x_unit": "MM", "distance_y_unit": "MM"}
        return _layer("PointPatternFill", units | {"distance_x": far, "distance_y": far}, inner)
    drawn, width = "", f"{hatch.width:g}"
    line = _layer("SimpleLine", {"line_color": colour_code(look.line), "line_width": width})
    inner = f'<symbol type="line" name="@hatch" alpha="1">{line}</symbol>'
    for angle in hatch.angles:
        told = {"angle": str(angle), "distance": f"{hatch.gap:g}", "line_width": width}
        drawn += _layer("LinePatternFill", told | {"distance_unit": "MM"}, inner)
    return drawn


def _small_site(look: Style) -> str:
    """Return the disc of a site that is small on the map."""
    where = f"if({EXTENT_MM} < {SMALL_SITE_MM:.1f}, {_BOX_MIDDLE}, NULL)"
    told = {"name": "circle", "color": colour_code(look.fill), "size": f"{look.size:g}"}
    edge = {"outline_color": "255,255,255,255", "outline_width": f"{_SOLID_MM:.2f}"}
    mark = _layer("SimpleMarker", told | edge)
    inner = f'<symbol type="marker" name="@disc" alpha="1">{mark}</symbol>'
    drawn = {"SymbolType": "Marker", "geometryModifier": where, "units": "MapUnit"}
    return _layer("GeometryGenerator", drawn, inner)


def _lines(one: Styled, look: Style, value: str, more: float = 0.0) -> str:
    casing = ""
    if look.casing:
        casing = _lines(one, replace(look, line=look.casing, casing=""), value, CASING_MM)
    line = {
        "line_color": colour_code(look.colour or "#ffffff", float(bool(look.colour))),
        "line_width": f"{look.width + more:g}",
        "line_width_unit": "MM",
        "capstyle": "flat" if look.dash else "round",
        "joinstyle": "round",
        "ring_filter": "0",
    }
    if look.dash:
        dashes = ";".join(f"{length:g}" for length in look.dash)
        line |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    told = {"outlineWidth": grown(look.width, more)} if one.layer in _GROWING else {}
    return casing + _layer(
        "SimpleLine", line, shown=shown_from(one.layer, value, one.fields), told=told
    )


def _marks(one: Styled, look: Style, _: str) -> str:
    shown = look.fill if look.marker else ""
    share = _SIZES.get(look.marker, 1.0)
    mark = {
        "name": _MARKERS.get(look.marker, look.marker),
        "color": colour_code(
            "#ffffff" if look.hollow else shown or "#000000", 1.0 if shown else 0.0
        ),
        "size": f"{look.size * share if look.marker else 0:g}",
        "size_unit": "MM",
        "outline_color": colour_code(shown or "#ffffff"),
        "outline_style": (look.edge or "solid") if shown else "no",
        "outline_width": f"{_HOLLOW_MM if look.hollow else _SOLID_MM:.2f}",
        "offset_unit": "MapUnit",
    }
    told = {}
    if shown and one.layer not in {*BASE, "sites"}:
        told["size"] = symbol_size(one.merged, share)
        if one.merged:
            told["offset"] = merged_offset(one.merged)
    if one.layer in BASE:
        mark |= {"outline_style": "no"}
    return _layer("SimpleMarker", mark, shown=shown_from(one.layer, "", one.fields), told=told)


def _layer(
    kind: str,
    options: Mapping[str, str],
    inner: str = "",
    *,
    shown: str = "",
    told: Mapping[str, str] | None = None,
) -> str:
    """Return a layer of a symbol; ``told`` are its properties that are expressions."""
    listed = "".join(
        f'<Option type="QString" name="{name}" value={quoteattr(value)}/>'
        for name, value in options.items()
    )
    given = {**(told or {}), **({"enabled": shown} if shown else {})}
    defined = properties("data_defined_properties", {n: (v, EXPRESSION) for n, v in given.items()})
    drawn = f'<Option type="Map">{listed}</Option>{defined}'
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0">{drawn}{inner}</layer>'


def _aliases(fields: Sequence[str]) -> str:
    listed = "".join(
        f'<alias field={quoteattr(plain_text(field))} index="{number}" '
        f"name={quoteattr(alias(field))}/>"
        for number, field in enumerate(fields, start=1)
    )
    return f'<aliases><alias field="fid" index="0" name=""/>{listed}</aliases>\n'


def alias(field: str) -> str:
    """Return the heading of a column in English and Traditional Chinese, or its name.

    Examples
    --------
    >>> alias("area_ha"), alias("lot_no")
    ('Area (ha) · 面積 (公頃)', 'lot_no')
    """
    names = dict.fromkeys([column_heading(field, "en"), column_heading(field, "tc")])
    return plain_text(" · ".join(names))
