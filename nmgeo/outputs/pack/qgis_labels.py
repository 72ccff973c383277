"""Names on the map in QGIS: what the page writes, at its zooms and in its colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

from nmgeo.languages import find_language
from nmgeo.outputs.map_styles import BASE, style_of
from nmgeo.outputs.map_zooms import NAMES_FROM, PLACES_FROM, scale_of
from nmgeo.outputs.pack.qgis_expressions import (
    EXPRESSION,
    EXTENT_MM,
    FIELD,
    chosen,
    colour_code,
    first_of,
    is_merged,
    properties,
    quote_text,
    shown_from,
    stage_of,
)
from nmgeo.outputs.pack.styled import Styled
from nmgeo.outputs.site_symbology import COLOUR, MAIN
from nmgeo.translations import translate


@dataclass(frozen=True, kw_only=True)
class _TextStyle:
    """How a name is written, as the style sheet of the page has it; sizes are points."""

    size: float = 9.6
    colour: str = "#1b1b1b"
    bold: bool = False
    italic: bool = False
    spacing: float = 0.0
    case: str = "mixed"


_AWAY: Final = "#76716a"
_SPACED: Final = _TextStyle(size=10.2, colour=_AWAY, spacing=2.0)
_TEXT_STYLES: Final[Mapping[str, _TextStyle]] = {
    "sites": _TextStyle(size=11.4, bold=True),
    "rings": _TextStyle(bold=True),
    "hills": _TextStyle(colour="#8f7a58", italic=True),
    "sea": _TextStyle(colour="#4c7f9c", italic=True),
}
_PLACES: Final[Mapping[str, _TextStyle]] = {
    "town": _TextStyle(size=11.4, colour="#4f4a44", bold=True),
    "village": _TextStyle(colour="#6f695f"),
    "shenzhen_place": _TextStyle(size=9, colour=_AWAY, spacing=1.3, case="upper"),
    "district": _SPACED,
    "country_park": _SPACED,
}
_PLACEMENTS: Final = {"Polygon": 4, "LineString": 2, "Point": 6}  # horizontal, along, around
_NEAR, _OVER, _ALONG = 0, 1, 2
_FAR_MM: Final = 14  # of the name of a site from its middle, with a line to it
_AROUND: Final = "R,L,T,B,TR,BR,TL,BL"  # in this order


_ROOM_MM: Final = 15  # the extent of a site that has room for its name
_SITE_DISTANCE: Final = f"if({EXTENT_MM} < {_ROOM_MM}, {_FAR_MM}, 0)"
_LEADER: Final = (
    '<callout type="simple"><Option type="Map"><Option name="enabled" type="QString" value="1"/>'
    '<Option name="anchorPoint" type="QString" value="pole_of_inaccessibility"/>'
    '<Option name="minLength" type="double" value="4"/>'
    '<Option name="minLengthUnit" type="QString" value="MM"/></Option></callout>'
)


def label_parts(one: Styled) -> str:
    """Return the labels of a layer as XML; nothing if it has no names, or too many."""
    if not one.named or not (style_of(one.layer).labelled or one.layer == "rings"):
        return ""
    text = _label_text(one)
    if not text:
        return ""
    look, first = _TEXT_STYLES.get(one.layer, _TextStyle()), NAMES_FROM.get(one.layer, 0)
    return (
        f'<labeling type="simple"><settings calloutType="simple"><text-style '
        f"fieldName={quoteattr(text)} "
        f'isExpression="1" fontSize="{look.size:g}" fontSizeUnit="Point" '
        f'fontWeight="{75 if look.bold else 50}" fontItalic="{int(look.italic)}" '
        f'fontFamily="Noto Sans CJK TC" textColor="{colour_code(look.colour)}">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" '
        'bufferColor="255,255,255,230"/></text-style>'
        f'<text-format multilineAlign="1"/>{_placement(one)}'
        f'<rendering scaleVisibility="{int(bool(first))}" scaleMin="1" '
        f'scaleMax="{scale_of(first) if first else 0}" obstacle="{int(one.kind == "Point")}"/>'
        f"{properties('dd_properties', _label_properties(one))}"
        f"{_LEADER if one.figures else ''}</settings></labeling>\n"
    )


def _placement(one: Styled) -> str:
    """Return where names stand: sites first, places last."""
    placed = {"sites": _NEAR, "rings": _ALONG, "place_names": _OVER}
    priority = 10 if one.layer == "sites" else 1 if one.layer in BASE else 5
    return (
        f'<placement placement="{placed.get(one.layer, _PLACEMENTS[one.kind])}" '
        f'dist="{_FAR_MM if one.figures else 0.4}" distUnits="MM" quadOffset="4" '
        f'predefinedPositionOrder="{_AROUND}" offsetType="1" priority="{priority}"/>'
    )


def _label_text(one: Styled) -> str:
    """Return the expression of what is written of a feature; empty if no field has a name."""
    if one.layer == "rings":
        return _distance(one) if "to_m" in one.fields else ""
    own = find_language(one.lang).name_column
    named = first_of((own, "name", "name_en"), one.fields)
    if not named:
        return ""
    if one.layer == "sites":
        return _site_label(named, own, one)
    if one.layer == "place_names" and "kind" in one.fields:
        return f"if(\"kind\" = 'town', {_both(named, own, one, ' ')}, {named})"
    if one.layer == "hills" and "height_m" in one.fields:
        return f"{named} || ' ' || round(\"height_m\")"
    return named + _year(one)


def _both(named: str, own: str, one: Styled, between: str) -> str:
    """Return the expression of the name in the language and the one in another after it."""
    other = first_of(["name_en" if own != "name_en" else "name_tc"], one.fields)
    if not other:
        return named
    return f"{named} || coalesce('{between}' || nullif({other}, {named}), '')"


def _year(one: Styled) -> str:
    """Return the expression of the year after the name of what is not open yet."""
    if "opens" not in one.fields or one.layer in BASE or one.kind != "Point":
        return ""
    ready = f"{stage_of(one.fields, one.year)} IN ('open_in_year', '')"
    return f" || if({ready} OR \"opens\" IS NULL, '', ' · ' || to_int(\"opens\"))"


def _site_label(named: str, own: str, one: Styled) -> str:
    """Return the expression of the names of a site, as the page has them.

    The name in the language, the one in another below it, then hectares, certainty and accuracy.
    """
    both = named
    if one.figures:
        both = _both(named, own, one, "\n")
        told = {key: quote_text(words) for key, words in one.figures.items()}
        both += f" || coalesce('\n' || nullif({chosen('outline_id', told)}, ''), '')"
    return f'if("{MAIN}", {both}, NULL)' if MAIN in one.fields else both


def _distance(one: Styled) -> str:
    """Return the expression of the distance of a ring, in metres or kilometres."""
    metre, kilo = (quote_text(f" {translate('phrase', unit, one.lang)}") for unit in ("m", "km"))
    return f'if("to_m" < 1000, round("to_m") || {metre}, round("to_m" / 1000, 3) || {kilo})'


def _label_properties(one: Styled) -> dict[str, tuple[str, int]]:
    """Return what differs between names of a layer: colour, size, and the zoom of each."""
    if one.layer in {"sites", "rings"} and COLOUR in one.fields:
        inside = {"LabelDistance": (_SITE_DISTANCE, EXPRESSION)} if one.figures else {}
        return {"Color": (COLOUR, FIELD), **inside}
    if one.layer == "hills" and "height_m" in one.fields:
        return {"Show": (shown_from("hills", "", one.fields), EXPRESSION)}
    if one.merged:
        return {"Show": (f"NOT {is_merged(one.merged)}", EXPRESSION)}
    return _place_properties() if one.layer == "place_names" and "kind" in one.fields else {}


def _place_properties() -> dict[str, tuple[str, int]]:
    """Return how the names of places of each kind are written, and from which zoom on."""
    kinds = _PLACES.items()
    scales = {kind: scale_of(PLACES_FROM[kind]) for kind, _ in kinds}
    told: dict[str, dict[str, object]] = {
        "Color": {kind: quote_text(look.colour) for kind, look in kinds},
        "Size": {kind: f"{look.size:g}" for kind, look in kinds},
        "Bold": {kind: int(look.bold) for kind, look in kinds},
        "FontLetterSpacing": {kind: f"{look.spacing:g}" for kind, look in kinds},
        "FontCase": {kind: quote_text(look.case) for kind, look in kinds},
    }
    shown = {"Show": (f"@map_scale <= {chosen('kind', scales)}", EXPRESSION)}
    return shown | {name: (chosen("kind", values), EXPRESSION) for name, values in told.items()}
