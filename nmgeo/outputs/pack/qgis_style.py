"""Styles as QGIS reads them: QML with renderer, labels and aliases of fields in two languages.

This module is longer than 300 lines because it holds all that QGIS knows of the look of a layer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from xml.sax.saxutils import quoteattr

from nmgeo.columns import column_heading
from nmgeo.formats.plain_text import plain_text
from nmgeo.languages import Lang, find_language
from nmgeo.outputs.map_styles import (
    BASE,
    CASING_MM,
    CERTAINTY,
    NAMES_FROM,
    OWN_LAYER,
    PLACES_FROM,
    Style,
    scale_of,
    stage_style,
    style_of,
)
from nmgeo.outputs.site_symbology import COLOUR, MAIN
from nmgeo.translations import translate

VERSION: Final = "3.22.0"  # of the oldest QGIS that reads it
_KINDS: Final = {"Polygon": "fill", "LineString": "line", "Point": "marker"}
_MARKERS: Final = {"disc": "circle", "": "circle"}
_HATCHES: Final = {"lines": (45,), "cross": (45, 135)}
_PLACEMENTS: Final = {"Polygon": 4, "LineString": 2, "Point": 6}  # horizontal, along, around
_GREY: Final = "#2b2b2b"
_QUIET: Final = "#76716a"  # names of places
_FIELD, _EXPRESSION = 2, 3  # what QGIS calls that from which a property is taken
_ALL_RINGS: Final = '<Option type="QString" name="ring_filter" value="0"/>'
# The stage of a feature, as an expression of QGIS; a column that a layer lacks is NULL.
_STAGE: Final = (
    "CASE WHEN to_int({opens}) > {year} THEN 'not_open' "
    "WHEN coalesce({status}, '') = '' AND {opens} IS NULL THEN '' "
    "WHEN coalesce({status}, '') IN ('', 'open') THEN 'open_in_year' "
    "WHEN {opens} IS NOT NULL THEN 'due' ELSE 'undated' END"
)


Category = tuple[str, str, Style]  # value, words and style


@dataclass(frozen=True, kw_only=True)
class Styled:
    """What a style depends on.

    Parameters
    ----------
    layer : str
        Name of the layer.
    kind : str
        ``Point``, ``LineString`` or ``Polygon``; empty for a table.
    fields : sequence of str
        Its columns.
    lang : {"en", "tc", "sc"}
        Language of labels and of the legend.
    year : int
        The year that is shown.
    stages : sequence of str
        Stages of its features in that year, of :data:`nmgeo.outputs.map_styles.STAGES`.
    plain : Style
        Of a feature that is none of the others.
    attribute : str
        Attribute or expression of QGIS by which features look different; empty for none.
    categories : sequence of (value, words, Style)
        How they look by its values.
    few : bool
        Whether they are so few that the names of sites say hectares and accuracy too.
    """

    layer: str
    kind: str
    fields: Sequence[str]
    lang: Lang
    year: int = 0
    stages: Sequence[str] = ()
    plain: Style = OWN_LAYER
    attribute: str = ""
    categories: Sequence[Category] = ()
    few: bool = False


def qml(one: Styled) -> str:
    """Return the style of a layer as QML: XML, values escaped."""
    parts = style_parts(one)
    head = f'<qgis version="{VERSION}" styleCategories="Symbology|Labeling|Fields" '
    return f'<!DOCTYPE qgis PUBLIC "qgis" "QGIS">\n{head}labelsEnabled="1">\n{parts}</qgis>\n'


def style_parts(one: Styled) -> str:
    """Return renderer, labels and aliases, as a style and as a layer of a project have them."""
    drawn = _renderer(one) + _labels(one) if one.kind else ""
    return drawn + _aliases(one.fields)


def _renderer(one: Styled) -> str:
    if one.categories:
        return _categories(one, one.attribute, [*one.categories, ("", "", one.plain)])
    if one.stages:
        return _categories(one, _stage_of(one), _stages(one))
    symbol = _symbol("0", one, one.plain)
    return f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>\n'


def _stages(one: Styled) -> Iterator[Category]:
    """Return the stages of a layer, and how they are drawn."""
    plain = one.plain
    for stage in one.stages:
        words = translate("phrase", f"stage_{stage}", one.lang).format(year=one.year)
        yield stage, words, stage_style(plain, stage)
    yield "", "", plain


def _stage_of(one: Styled) -> str:
    """Return the expression that gives the stage of a feature."""
    fields = {name: f'"{name}"' if name in one.fields else "NULL" for name in ("status", "opens")}
    return _STAGE.format(year=one.year, **fields)


def _categories(one: Styled, attribute: str, rows: Iterable[Category]) -> str:
    """Return a renderer that draws features by the values of an attribute or an expression."""
    listed = list(rows)
    categories = "".join(
        f'<category symbol="{number}" value={quoteattr(value)} render="true" '
        f"label={quoteattr(words)}/>"
        for number, (value, words, _) in enumerate(listed)
    )
    symbols = "".join(_symbol(str(n), one, look) for n, (_, _, look) in enumerate(listed))
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(attribute)}>'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>\n"
    )


def _symbol(name: str, one: Styled, look: Style) -> str:
    layers = {"Polygon": _fills, "LineString": _lines, "Point": _marks}[one.kind](look)
    if one.layer == "rings":  # the outer edge alone, so that each distance is drawn once
        layers = layers.replace(_ALL_RINGS, _ALL_RINGS.replace('"0"', '"1"'))
    return f'<symbol type="{_KINDS[one.kind]}" name="{name}" alpha="1">{layers}</symbol>'


def _fills(look: Style) -> str:
    inside = "#ffffff" if look.hollow else look.fill
    fill = {
        "color": _colour(inside or "#ffffff", look.opacity if look.fill else 0.0),
        "style": "solid" if look.fill else "no",
        "outline_style": "no",
    }
    drawn = _layer("SimpleFill", fill)
    for angle in _HATCHES.get(look.hatch, ()):
        hatch = {"angle": str(angle), "distance": "2.2", "line_width": "0.12"}
        line = _layer("SimpleLine", {"line_color": _colour(look.line), "line_width": "0.12"})
        inner = f'<symbol type="line" name="@hatch" alpha="1">{line}</symbol>'
        drawn += _layer("LinePatternFill", hatch | {"distance_unit": "MM"}, inner)
    return drawn + (_lines(look) if look.line else "")


def _lines(look: Style) -> str:
    casing = ""
    if look.casing:
        edges = replace(look, line=look.casing, casing="", width=look.width + CASING_MM)
        casing = _lines(edges)
    line = {
        "line_color": _colour(look.colour),
        "line_width": f"{look.width:g}",
        "line_width_unit": "MM",
        "capstyle": "flat" if look.dash else "round",
        "joinstyle": "round",
        "ring_filter": "0",
    }
    if look.dash:
        dashes = ";".join(f"{length:g}" for length in look.dash)
        line |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    return casing + _layer("SimpleLine", line)


def _marks(look: Style) -> str:
    shown = look.fill if look.marker else ""
    mark = {
        "name": _MARKERS.get(look.marker, look.marker),
        "color": _colour("#ffffff" if look.hollow else shown or "#000000", 1.0 if shown else 0.0),
        "size": f"{look.size if look.marker else 0}",
        "size_unit": "MM",
        "outline_color": _colour(shown if look.hollow and shown else "#ffffff"),
        "outline_style": "solid" if shown else "no",
        "outline_width": "0.5" if look.hollow else "0.2",
    }
    return _layer("SimpleMarker", mark)


def _layer(kind: str, options: Mapping[str, str], inner: str = "") -> str:
    listed = "".join(
        f'<Option type="QString" name="{name}" value={quoteattr(value)}/>'
        for name, value in options.items()
    )
    told = f'<Option type="Map">{listed}</Option>'
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0">{told}{inner}</layer>'


def _labels(one: Styled) -> str:
    if not style_of(one.layer).labelled:
        return ""
    own = find_language(one.lang).name_column
    named = _first_of((own, "name", "name_en"), one.fields)
    if not named:
        return ""
    is_site, is_base = one.layer == "sites", one.layer in BASE
    first = 0 if is_base else scale_of(NAMES_FROM.get(one.layer, 0))
    weight = 75 if is_site else 50
    size, colour = (10, _GREY) if is_site else (7, _QUIET) if is_base else (8, _GREY)
    label = _site_label(named, own, one) if is_site else named
    return (
        f'<labeling type="simple"><settings calloutType="simple"><text-style '
        f"fieldName={quoteattr(label)} "
        f'isExpression="1" fontSize="{size}" fontSizeUnit="Point" fontWeight="{weight}" '
        f'fontFamily="Noto Sans CJK TC" textColor="{_colour(colour)}">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" '
        'bufferColor="255,255,255,230"/></text-style>'
        f'<placement placement="{_PLACEMENTS[one.kind]}" dist="0.4" distUnits="MM" '
        f'offsetType="1" priority="{10 if is_site else 1 if is_base else 5}"/>'
        f'<rendering scaleVisibility="{int(one.layer in NAMES_FROM)}" scaleMin="1" '
        f'scaleMax="{first}" obstacle="{int(one.kind == "Point")}"/>'
        f"{_label_properties(one)}</settings></labeling>\n"
    )


def _label_properties(one: Styled) -> str:
    """Return what differs between names of a layer: the colour of a site, the zoom of a place."""
    if one.layer == "sites" and COLOUR in one.fields:
        return _property("Color", "field", COLOUR, _FIELD)
    if one.layer in BASE and "kind" in one.fields:
        scales = {kind: scale_of(zoom) for kind, zoom in PLACES_FROM.items()}
        shown = f"@map_scale <= {_chosen('kind', scales)}"
        return _property("Show", "expression", shown, _EXPRESSION)
    return ""


def _property(name: str, key: str, value: str, kind: int) -> str:
    return (
        '<dd_properties><Option type="Map"><Option name="properties" type="Map">'
        f'<Option name="{name}" type="Map"><Option name="active" value="true" type="bool"/>'
        f'<Option name="{key}" value={quoteattr(value)} type="QString"/>'
        f'<Option name="type" value="{kind}" type="int"/></Option></Option>'
        '<Option name="type" value="collection" type="QString"/></Option></dd_properties>'
    )


def _first_of(names: Iterable[str], fields: Sequence[str]) -> str:
    """Return the expression of the first name that a feature has; empty if no field has any."""
    found = [f"nullif(\"{name}\", '')" for name in names if name in fields]
    return f"coalesce({', '.join(found)})" if found else ""


def _site_label(named: str, own: str, one: Styled) -> str:
    """Return the expression of the names of a site, as the page has them.

    The name in the language, the one in another below it, then hectares, certainty and accuracy.
    """
    fields = one.fields
    other = _first_of(["name_en" if own != "name_en" else "name_tc"], fields)
    both = f"{named} || coalesce('\n' || nullif({other}, {named}), '')" if other else named
    both += _site_figures(one) if one.few else ""
    return f'if("{MAIN}", {both}, NULL)' if MAIN in fields else both


def _site_figures(one: Styled) -> str:
    """Return the expression of the last line of the name of a site: ``87 ha · digitised ±50 m``."""
    if not {"area_ha", "geometry_status", "accuracy_m"} <= set(one.fields):
        return ""
    ha, metre = (translate("phrase", unit, one.lang) for unit in ("ha", "m"))
    words = {key: f"'{translate('geometry_status', key, one.lang)}'" for key in CERTAINTY}
    area = f"coalesce({_number('area_ha', 1)} || ' {ha}', '')"
    sure = f"coalesce({_chosen('geometry_status', words)}, '')"
    error = f"coalesce(' ±' || {_number('accuracy_m', 0)} || ' {metre}', '')"
    parts = f"regexp_replace({area} || ' · ' || trim({sure} || {error}), '^ · | · $', '')"
    return f" || coalesce('\n' || nullif({parts}, ''), '')"


def _chosen(field: str, values: Mapping[str, object]) -> str:
    """Return the expression of what stands for the value of a field; NULL for any other."""
    cases = " ".join(f"WHEN \"{field}\" = '{key}' THEN {value}" for key, value in values.items())
    return f"CASE {cases} END"


def _number(field: str, digits: int) -> str:
    """Return the expression of a number with commas between thousands."""
    thousands = r"'\\B(?=(\\d{3})+(?!\\d))', ','"
    return f'regexp_replace(to_string(round("{field}", {digits})), {thousands})'


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


def _colour(written: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(written[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"
