"""Styles as QGIS reads them: QML with renderer, labels and aliases of fields in two languages."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import quoteattr

from nmgeo.columns import column_heading
from nmgeo.formats.plain_text import plain_text
from nmgeo.languages import Lang, find_language
from nmgeo.outputs.map_styles import CERTAINTY, Style, style_of
from nmgeo.translations import translate

VERSION: Final = "3.22.0"  # of the oldest QGIS that reads it
_KINDS: Final = {"Polygon": "fill", "LineString": "line", "Point": "marker"}
_MARKERS: Final = {"disc": "circle", "": "circle"}
_HATCHES: Final = {"lines": (45,), "cross": (45, 135)}
_PLACEMENTS: Final = {"Polygon": 4, "LineString": 2, "Point": 6}  # horizontal, along, around
_GREY: Final = "#2b2b2b"


def qml(layer: str, kind: str, fields: Sequence[str], lang: Lang) -> str:
    """Return the style of a layer as QML.

    Parameters
    ----------
    layer : str
        Its name.
    kind : str
        ``Point``, ``LineString`` or ``Polygon``; empty for a table.
    fields : sequence of str
        Its columns.
    lang : {"en", "tc", "sc"}
        Language of labels and of the legend.

    Returns
    -------
    str
        XML, values escaped.
    """
    parts = style_parts(layer, kind, fields, lang)
    head = f'<qgis version="{VERSION}" styleCategories="Symbology|Labeling|Fields" '
    return f'<!DOCTYPE qgis PUBLIC "qgis" "QGIS">\n{head}labelsEnabled="1">\n{parts}</qgis>\n'


def style_parts(layer: str, kind: str, fields: Sequence[str], lang: Lang) -> str:
    """Return renderer, labels and aliases, as a style and as a layer of a project have them."""
    drawn = (
        _renderer(layer, kind, fields, lang) + _labels(layer, kind, fields, lang) if kind else ""
    )
    return drawn + _aliases(fields)


def _renderer(layer: str, kind: str, fields: Sequence[str], lang: Lang) -> str:
    if layer == "sites" and "geometry_status" in fields and kind == "Polygon":
        return _by_certainty(lang)
    symbol = _symbol("0", kind, style_of(layer))
    return f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>\n'


def _by_certainty(lang: Lang) -> str:
    categories = "".join(
        f'<category symbol="{number}" value="{value}" render="true" '
        f"label={quoteattr(translate('geometry_status', value, lang))}/>"
        for number, value in enumerate(CERTAINTY)
    )
    others = len(CERTAINTY)
    categories += f'<category symbol="{others}" value="" render="true" label=""/>'
    looks = [*CERTAINTY.values(), style_of("sites")]
    symbols = "".join(_symbol(str(n), "Polygon", look) for n, look in enumerate(looks))
    return (
        '<renderer-v2 type="categorizedSymbol" attr="geometry_status">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>\n"
    )


def _symbol(name: str, kind: str, look: Style) -> str:
    layers = {"Polygon": _fills, "LineString": _lines, "Point": _marks}[kind](look)
    return f'<symbol type="{_KINDS[kind]}" name="{name}" alpha="1">{layers}</symbol>'


def _fills(look: Style) -> str:
    outline = {
        "outline_color": _colour(look.line) if look.line else "0,0,0,0",
        "outline_width": f"{look.width}",
        "outline_style": "dash" if look.dash else "solid" if look.line else "no",
    }
    fill = {
        "color": _colour(look.fill or "#ffffff", look.opacity if look.fill else 0.0),
        "style": "solid" if look.fill else "no",
    }
    drawn = _layer("SimpleFill", fill | outline | {"outline_width_unit": "MM"})
    for angle in _HATCHES.get(look.hatch, ()):
        hatch = {"angle": str(angle), "distance": "2", "line_width": "0.2"}
        line = _layer("SimpleLine", {"line_color": _colour(look.line), "line_width": "0.2"})
        inner = f'<symbol type="line" name="@hatch" alpha="1">{line}</symbol>'
        drawn += _layer("LinePatternFill", hatch | {"distance_unit": "MM"}, inner)
    return drawn


def _lines(look: Style) -> str:
    line = {
        "line_color": _colour(look.colour),
        "line_width": f"{look.width}",
        "line_width_unit": "MM",
        "capstyle": "flat" if look.dash else "round",
        "joinstyle": "round",
    }
    if look.dash:
        dashes = ";".join(f"{length:g}" for length in look.dash)
        line |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    return _layer("SimpleLine", line)


def _marks(look: Style) -> str:
    shown = look.fill if look.marker else ""
    mark = {
        "name": _MARKERS.get(look.marker, look.marker),
        "color": _colour(shown or "#000000", 1.0 if shown else 0.0),
        "size": f"{look.size if look.marker else 0}",
        "size_unit": "MM",
        "outline_color": "255,255,255,255",
        "outline_style": "solid" if shown else "no",
        "outline_width": "0.2",
    }
    return _layer("SimpleMarker", mark)


def _layer(kind: str, options: Mapping[str, str], inner: str = "") -> str:
    listed = "".join(
        f'<Option type="QString" name="{name}" value={quoteattr(value)}/>'
        for name, value in options.items()
    )
    told = f'<Option type="Map">{listed}</Option>'
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0">{told}{inner}</layer>'


def _labels(layer: str, kind: str, fields: Sequence[str], lang: Lang) -> str:
    column = next((c for c in (find_language(lang).name_column, "name") if c in fields), None)
    if column is None or not style_of(layer).labelled:
        return ""
    return (
        f'<labeling type="simple"><settings calloutType="simple"><text-style '
        f'fieldName="{column}" isExpression="0" fontSize="8" fontSizeUnit="Point" '
        f'fontFamily="Noto Sans CJK TC" textColor="{_colour(_GREY)}">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" '
        'bufferColor="255,255,255,230"/></text-style>'
        f'<placement placement="{_PLACEMENTS[kind]}" dist="1" distUnits="MM"/>'
        '<rendering scaleVisibility="0" obstacle="1"/></settings></labeling>\n'
    )


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
