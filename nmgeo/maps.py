"""Maps: an atlas as one HTML page that needs no network, made by folium.

Nothing reaches the page unescaped: folium puts attribute values and layer names into it as HTML,
so what it is given here are pieces from an autoescaping template.
"""

import html
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import folium
import geopandas as gpd
import jinja2
import shapely
from folium.utilities import JsCode

from nmgeo import crs, pages
from nmgeo.atlases import DISTANCES, Atlas, build_atlas
from nmgeo.catalog import Catalog
from nmgeo.files import write_text
from nmgeo.tables import accuracy, shown
from nmgeo.words import LANGS, Lang, say

# Okabe and Ito's colours, which stay apart for every kind of colour vision.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_DASHES: Final = {"official": "", "digitised": "", "indicative": "10 6", "schematic": "2 6"}
_POINTS: Final = {
    "stations": "#12324a",
    "crossings": "#9b1b30",
    "development_areas": "#6b4f9e",
    "wetlands": "#2e7d4f",
}
# A name beside each point; it is escaped before it gets there.
_LABEL: Final = JsCode(
    """function (feature, layer) {
        layer.bindTooltip(feature.properties.name, {
            permanent: true, direction: "right", offset: [6, 0], className: "nm-label"
        });
    }"""
)


def map(  # noqa: A001 - the verb of the command line
    out: Path | str,
    catalog: Catalog | None = None,
    *,
    at: Sequence[str] = DISTANCES,
    overwrite: bool = False,
    lang: Lang = "en",
) -> Path:
    """Write a web map of all layers as one HTML page that needs no network.

    Parameters
    ----------
    out : path
        Where to.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    at : sequence of str
        Distances of the rings.
    overwrite : bool
        Whether a file that is there may be replaced.
    lang : {"en", "tc", "sc"}
        Language of the page.

    Returns
    -------
    Path
        ``out``. The same input gives the same bytes.

    Raises
    ------
    ExportError
        If the file is there or cannot be written.
    NmgeoError
        Whatever is wrong with the files or the distances.
    """
    atlas = build_atlas(catalog, at=at, lang=lang)
    return write_text(Path(out), render_page(atlas), overwrite=overwrite)


def render_page(atlas: Atlas) -> str:
    """Return the page of an atlas; the same atlas gives the same text."""
    return pages.render(site_map(atlas).get_root())


def site_map(atlas: Atlas) -> folium.Map:
    """Draw an atlas.

    Parameters
    ----------
    atlas : Atlas
        From :func:`nmgeo.atlases.build_atlas`.

    Returns
    -------
    folium.Map
        Rings under sites under the other layers; each can be switched off.
    """
    lang = atlas.lang
    page = pages.OfflinePage(
        title=say("phrase", "title", lang), caveat=say("phrase", "caveat", lang), lang=lang
    )
    drawn = folium.Map(tiles=None, control_scale=True, max_zoom=19)
    drawn.default_js = [("leaflet", "leaflet.js")]
    drawn.default_css = [("leaflet_css", "leaflet.css")]
    page.add_child(drawn)
    colours = _site_colours(atlas)
    pieces = _pieces(lang)
    legend: list[dict[str, Any]] = []
    _add_rings(drawn, atlas, pieces)
    _add_sites(drawn, atlas, pieces, colours, legend)
    for number, (name, frame) in enumerate(atlas.layers.items()):
        _add_layer(drawn, atlas, pieces, name, frame, number, legend)
    west, south, east, north = atlas.rings.total_bounds
    drawn.fit_bounds([[south, west], [north, east]])
    folium.LayerControl(collapsed=False).add_to(drawn)
    page.legend = pieces.legend(legend, atlas.catalog.credits)
    return drawn


def _add_rings(drawn: folium.Map, atlas: Atlas, pieces: Any) -> None:
    for to_m, rings in atlas.rings.groupby("to_m"):
        rows = [pieces.ring(row) for row in rings.to_dict("records")]
        title = f"{shown('from_m', rings['from_m'].iloc[0], atlas.lang)}–"
        title = f"{say('phrase', 'ring', atlas.lang)} {title}{shown('to_m', to_m, atlas.lang)} m"
        style = {"color": "#5b6b76", "weight": 1, "dashArray": "4 4", "fillOpacity": 0.05}
        _add(drawn, title, rings, rows, style=lambda _, s=style: s)


def _add_sites(
    drawn: folium.Map,
    atlas: Atlas,
    pieces: Any,
    colours: Mapping[str, str],
    legend: list[dict[str, Any]],
) -> None:
    rules = {site: rows.to_dict("records") for site, rows in atlas.policies.groupby("site_id")}
    records = atlas.sites.to_dict("records")
    rows = [pieces.site(_filled(row), rules.get(row["site_id"], [])) for row in records]
    styles = {
        str(index): {
            "color": colours[row["site_id"]],
            "weight": 3,
            "dashArray": _DASHES.get(row["geometry_status"] or "", "") or None,
            "fillColor": colours[row["site_id"]],
            "fillOpacity": 0.18,
        }
        for index, row in zip(atlas.sites.index, records, strict=True)
    }
    title = say("phrase", "sites", atlas.lang)
    _add(drawn, title, atlas.sites, rows, style=lambda f: styles[f["id"]])
    for row in records:
        text = f"{row['name']}, {say('basis', row['basis'], atlas.lang)}: "
        text += accuracy(row, atlas.lang)
        dash = _DASHES.get(row["geometry_status"] or "", "")
        colour = colours[row["site_id"]]
        legend.append(_entry(text, colour, dash=dash))


def _add_layer(
    drawn: folium.Map,
    atlas: Atlas,
    pieces: Any,
    name: str,
    frame: gpd.GeoDataFrame,
    number: int,
    legend: list[dict[str, Any]],
) -> None:
    record = atlas.catalog.layers.get(name) if name not in atlas.catalog.own_layers else None
    title = str(getattr(record, f"title_{atlas.lang}")) if record else name
    colour = _POINTS.get(name, "#555555" if record else _COLOURS[number % len(_COLOURS)])
    cited = frame.drop(columns=atlas.sources.columns, errors="ignore")
    cited = cited.join(atlas.sources, on="source")
    rows = [pieces.feature(_filled(row)) for row in cited.to_dict("records")]
    point = bool((frame.geom_type == "Point").any())
    styles = {
        str(index): {
            "color": colour,
            "weight": 2,
            "fill": frame.geom_type[index] != "LineString",
            "fillColor": colour if state in ("open", None, "") else "#ffffff",
            "fillOpacity": 0.9 if point else 0.2,
        }
        for index, state in frame["status"]
        .astype(object)
        .where(frame["status"].notna(), None)
        .items()
    }
    _add(drawn, title, frame, rows, style=lambda f: styles[f["id"]], labels=point)
    legend.append(_entry(title, colour, point=point))
    if name == "stations":
        text = f"{title}: {say('phrase', 'not_open', atlas.lang)}"
        legend.append(_entry(text, colour, fill="#ffffff", point=True))


def _add(
    drawn: folium.Map,
    title: str,
    frame: gpd.GeoDataFrame,
    popups: Sequence[Any],
    *,
    style: Any,
    labels: bool = False,
) -> None:
    """Add a layer whose popups and labels are pieces of HTML that are escaped already."""
    names = frame["name"].map(lambda name: html.escape(str(name)))
    geometry = crs.transformed(frame.geometry, crs.STORED)
    rounded = shapely.transform(geometry.to_numpy(), lambda xy: xy.round(6))
    features = [
        {
            "type": "Feature",
            "id": str(index),
            "properties": {"popup": str(popup), "name": name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for index, popup, name, shape in zip(frame.index, popups, names, rounded, strict=True)
    ]
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=html.escape(title),
        style_function=style,
        marker=folium.CircleMarker(radius=6) if labels else None,
        popup=folium.GeoJsonPopup(["popup"], labels=False, localize=False, maxWidth=380),
        on_each_feature=_LABEL if labels else None,
    )
    layer.add_to(drawn)


def _entry(
    text: str, colour: str, *, fill: str | None = None, dash: str = "", point: bool = False
) -> dict[str, Any]:
    return {"text": text, "colour": colour, "fill": fill or colour, "dash": dash, "point": point}


def _site_colours(atlas: Atlas) -> dict[str, str]:
    sites = dict.fromkeys(atlas.sites["site_id"])
    return {site: _COLOURS[number % len(_COLOURS)] for number, site in enumerate(sites)}


def _pieces(lang: Lang) -> Any:
    """Return the macros of ``pieces.html`` in a language."""
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(pages.FOLDER),
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {
        "say": partial(say, lang=lang),
        "shown": partial(shown, lang=lang),
        "accuracy": partial(accuracy, lang=lang),
        "langs": LANGS,
    }
    return environment.get_template("pieces.html").module


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Replace what is missing by nothing, so that a template need only ask whether it is there."""
    return {k: "" if k != "opens" and v is not None and v != v else v for k, v in row.items()}  # noqa: PLR0124
