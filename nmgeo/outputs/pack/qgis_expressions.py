"""Expressions of QGIS: what depends on the scale of the map, or on a feature."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import quoteattr

from nmgeo.outputs.map_zooms import (
    HILLS_FROM,
    LARGE_POND_HA,
    ROADS_FROM,
    SMALL_PONDS_FROM,
    scale_of,
    symbol_mm,
)
from nmgeo.outputs.merged_symbols import Merged

FIELD, EXPRESSION = 2, 3  # what QGIS calls that from which a property is taken
# Width or height of a feature on the map, whichever is more, in millimetres.
EXTENT_MM: Final = "max(bounds_width($geometry), bounds_height($geometry)) * 1000 / @map_scale"
_SIZED_FROM: Final = (11, 12, 13)  # zooms at which symbols grow
# The stage of a feature; a column that a layer lacks is NULL.
_STAGE: Final = (
    "CASE WHEN to_int({opens}) > {year} THEN 'not_open' "
    "WHEN coalesce({status}, '') = '' AND {opens} IS NULL THEN '' "
    "WHEN coalesce({status}, '') IN ('', 'open') THEN 'open_in_year' "
    "WHEN {opens} IS NOT NULL THEN 'due' ELSE 'undated' END"
)
_GROWTH: Final = f"max(0.45, 1.3 ^ (ln({scale_of(0)} / @map_scale) / ln(2) - 13))"


def quote_text(value: str) -> str:
    """Return a text as an expression.

    Examples
    --------
    >>> quote_text("a'b")
    "'a''b'"
    """
    doubled = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def chosen(field: str, values: Mapping[str, object]) -> str:
    """Return the expression of what stands for the value of a field; NULL for any other."""
    cases = " ".join(
        f'WHEN "{field}" = {quote_text(key)} THEN {value}' for key, value in values.items()
    )
    return f"CASE {cases} END"


def first_of(names: Iterable[str], fields: Sequence[str]) -> str:
    """Return the expression of the first name that a feature has; empty if no field has any."""
    found = [f"nullif(\"{name}\", '')" for name in names if name in fields]
    return f"coalesce({', '.join(found)})" if found else ""


def stage_of(fields: Sequence[str], year: int) -> str:
    """Return the expression that gives the stage of a feature in a year."""
    found = {name: f'"{name}"' if name in fields else "NULL" for name in ("status", "opens")}
    return _STAGE.format(year=year, **found)


def shown_from(layer: str, kind: str, fields: Collection[str]) -> str:
    """Return the expression of whether a feature of the base map is shown; empty if always."""
    if layer == "roads":
        return f"@map_scale <= {scale_of(ROADS_FROM[kind])}" if kind in ROADS_FROM else ""
    if layer == "ponds":
        large = f"area($geometry) >= {LARGE_POND_HA * 10_000}"
        return f"@map_scale <= {scale_of(SMALL_PONDS_FROM)} OR {large}"
    if layer == "hills" and "height_m" in fields:
        heights = " ".join(
            f"WHEN @map_scale <= {scale_of(zoom)} THEN {least}" for zoom, least in HILLS_FROM
        )
        return f'"height_m" > CASE {heights} END'
    return ""


def grown(width: float, more: float) -> str:
    """Return the expression of a width in millimetres that grows with the zoom, and more."""
    return f"{width:g} * {_GROWTH} + {more:g}"


def symbol_size(merged: Sequence[Merged], share: float) -> str:
    """Return the expression of the size of a symbol in millimetres, a share of that of a disc."""

    def by_scale(*, alone: bool) -> str:
        sizes = [symbol_mm(zoom - 1, merged=not alone) * share for zoom in (*_SIZED_FROM, 14)]
        steps = zip(_SIZED_FROM, sizes, strict=False)
        cases = " ".join(f"WHEN @map_scale > {scale_of(z)} THEN {size:.2f}" for z, size in steps)
        return f"CASE {cases} ELSE {sizes[-1]:.2f} END"

    alone = by_scale(alone=True)
    return f"if({is_merged(merged)}, {by_scale(alone=False)}, {alone})" if merged else alone


def is_merged(merged: Sequence[Merged]) -> str:
    """Return the expression of whether a control point is drawn round a station."""
    scales = chosen("feature_id", {one.id: f"{one.scale:.0f}" for one in merged})
    return f"coalesce(@map_scale > {scales}, false)"


def merged_offset(merged: Sequence[Merged]) -> str:
    """Return the expression of how far a control point is moved: metres east and south."""
    moves = {one.id: quote_text(f"{one.east:.1f},{-one.north:.1f}") for one in merged}
    return f"if({is_merged(merged)}, {chosen('feature_id', moves)}, '0,0')"


def properties(element: str, told: Mapping[str, tuple[str, int]]) -> str:
    """Return properties that are taken from fields or expressions, as XML; nothing of none."""
    if not told:
        return ""
    listed = "".join(
        f'<Option name="{name}" type="Map"><Option name="active" value="true" type="bool"/>'
        f'<Option name="{"field" if kind == FIELD else "expression"}" value={quoteattr(value)} '
        f'type="QString"/><Option name="type" value="{kind}" type="int"/></Option>'
        for name, (value, kind) in told.items()
    )
    return (
        f'<{element}><Option type="Map"><Option name="name" value="" type="QString"/>'
        f'<Option name="properties" type="Map">{listed}</Option>'
        f'<Option name="type" value="collection" type="QString"/></Option></{element}>'
    )


def colour_code(written: str, opacity: float = 1.0) -> str:
    """Return a colour as QGIS writes it."""
    red, green, blue = (int(written[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"
