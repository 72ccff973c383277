"""Receipts: how each hectare was got, how far it may be out, and what a web map would have said."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmgeo import crs
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.outputs.tables import accuracy, clean, md, shown, to_markdown
from nmgeo.questions.listings import sites
from nmgeo.reading.geometries import require_polygons
from nmgeo.reading.looks import look
from nmgeo.reading.outlines import OUTLINE
from nmgeo.rulers import areas
from nmgeo.words import Lang, say

_LINES: Final = (
    *("area_ha", "geodesic_ha", "ppm", "geometry_status", "low_ha", "high_ha", "perimeter_m"),
    *("vertices_count", "mercator_ha", "mercator_percent", "file_crs", "measured_crs"),
    *("ellipsoid", "area_method"),
)
_LAND: Final = ("gross_ha", "net_ha", "double_counted_ha", "remainder_ha")


def receipt(catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """Say of every outline how its area was measured, and how far it may be out.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name`` and ``area_method``.

    Returns
    -------
    DataFrame, n rows
        The CRS of the file and of the measure, the method, ``vertices_count``, ``perimeter_m``;
        ``area_ha`` on the grid, ``geodesic_ha`` on the ``ellipsoid`` and ``ppm``, the first above
        the second in millionths; ``low_ha`` to ``high_ha``, the area less and plus perimeter times
        ``accuracy_m`` (metres; all three missing where nobody says), at least 0; ``mercator_ha``,
        what Web Mercator would have said, and ``mercator_percent``, by how much that is over the
        ellipsoid. Its ``attrs["land"]`` is what :func:`nmgeo.land` says.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken, or a site has no area.

    Source
    ------
    :func:`nmgeo.area_ha`, :func:`nmgeo.geodesic_ha` and :mod:`nmgeo.rulers.areas`.
    """
    here = catalog or open_catalog()
    outlines = sites(here, lang=lang)
    require_polygons(outlines, "sites")
    planar, room = areas.area_ha(outlines), areas.room_ha(outlines)
    geodesic, mercator = areas.geodesic_ha(outlines), areas.mercator_ha(outlines)
    rows = outlines[[*OUTLINE, "geometry_status", "accuracy_m"]].assign(
        file_crs=_file_crs(here),
        measured_crs=crs.MEASURED.to_string(),
        ellipsoid=str(crs.STORED.ellipsoid),
        area_method=say("phrase", "area_method", lang),
        vertices_count=_vertices(outlines),
        perimeter_m=areas.perimeter_m(outlines),
        area_ha=planar,
        geodesic_ha=geodesic,
        ppm=(planar / geodesic - 1) * 1e6,
        low_ha=(planar - room).clip(lower=0.0),
        high_ha=planar + room,
        mercator_ha=mercator,
        mercator_percent=(mercator / geodesic - 1) * 100,
    )
    table = pd.DataFrame(rows[[*OUTLINE, *_LINES, "accuracy_m"]]).reset_index(drop=True)
    table.attrs["land"] = areas.land(outlines)
    return table


def write_receipt(
    rows: pd.DataFrame, *, form: str = "table", lang: Lang = "en", width: int = 80
) -> str:
    """Write a receipt to be read: one outline after another, a line a fact, then the land.

    Parameters
    ----------
    rows : DataFrame
        From :func:`receipt`.
    form : {"table", "md"}
        Lines for a terminal, or Markdown.
    lang : {"en", "tc", "sc"}
        Language of the labels.
    width : int
        Columns of the terminal.

    Returns
    -------
    str
        Ends with a line end.
    """
    parts = []
    for row in rows.to_dict("records"):
        title = f"{row['name']}: {say('basis', str(row['basis']), lang)}"
        parts.append(_part(title, _facts(row, _LINES, lang), form, width))
    total = rows.attrs["land"]
    parts.append(_part(say("phrase", "land_title", lang), _facts(total, _LAND, lang), form, width))
    return "\n".join(parts)


def _facts(row: Mapping[Any, Any], columns: Sequence[str], lang: Lang) -> list[tuple[str, str]]:
    """Return label and value of each column; how well an outline is known is said in words."""
    said = {"geometry_status": accuracy(row, lang)} if "geometry_status" in row else {}
    unknown = dict.fromkeys(("low_ha", "high_ha"), say("accuracy", "unknown", lang))
    said |= unknown if pd.isna(row.get("low_ha", 0.0)) else {}
    return [(say("heading", c, lang), said.get(c) or shown(c, row[c], lang)) for c in columns]


def _part(title: str, facts: Sequence[tuple[str, str]], form: str, width: int) -> str:
    if form == "md":
        blank = to_markdown(["item", "value"], ["", ""], facts)
        return f"### {md(title)}\n\n{blank}"
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in facts:
        grid.add_row(Text(f"  {label}"), Text(clean(value)))
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, legacy_windows=False)
    console.print(Text(clean(title)), grid, sep="\n")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _file_crs(here: Catalog) -> str:
    """Return what the file of sites is in: what the user says, else what the file says."""
    own = here.own_sites
    if own is None:
        return here.layers["sites"].crs
    if own.crs is not None:
        return own.crs
    said = look(own.path).crs
    return "" if said is None else said.to_string()


def _vertices(outlines: gpd.GeoDataFrame) -> pd.Series:
    """Count the corners of each outline: the last point of a ring is its first."""
    shapes = outlines.geometry.to_numpy()
    rings = shapely.get_num_interior_rings(shapely.get_parts(shapes)) + 1
    _, rows = shapely.get_parts(shapes, return_index=True)
    closing = pd.Series(rings).groupby(rows).sum().to_numpy()
    return pd.Series(shapely.get_num_coordinates(shapes) - closing, index=outlines.index)
