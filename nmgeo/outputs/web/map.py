"""Web maps: an atlas as one HTML page that works offline, made by folium.

Values reach the page as a block of JSON only, and the scripts of the page set them as text.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final, Unpack

from nmgeo.catalog import Catalog
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    open_inputs,
    read_length,
    read_path,
    read_rings,
    takes_features,
)
from nmgeo.commands.ring_distances import DISTANCES
from nmgeo.errors import UsageError, notify
from nmgeo.files import refuse_to_replace, write_text
from nmgeo.languages import find_language
from nmgeo.messages import option, text
from nmgeo.outputs.appearance import Appearance
from nmgeo.outputs.atlas import Atlas, build_atlas
from nmgeo.outputs.web import page as offline
from nmgeo.outputs.web.fill_patterns import patterned_fills, svg_pattern
from nmgeo.outputs.web.garbage import without_garbage_search
from nmgeo.outputs.web.page_data import YEARS, build_page_data, to_script_json
from nmgeo.outputs.web.shape_steps import shapes_as_steps
from nmgeo.outputs.web.size_budget import budget_message
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.input_paths import input_files, require_elsewhere
from nmgeo.translations import LANGS, Lang, did_you_mean, translate
from nmgeo.units import metres, read_size

NO_TILES: Final = "none"
_SUFFIXES: Final = (".html", ".htm")
_PICTURES: Final = (".png", ".svg")
_MAX_ZOOM: Final = 19  # of the tiles; a pixel is 0.3 m
_HOST: Final = "https://mapapi.geodata.gov.hk"
_XYZ: Final = f"{_HOST}/gs/api/v1.0.0/xyz"
_ATTRIBUTION: Final = (
    '<a href="https://api.portal.hkmapservice.gov.hk/disclaimer" target="_blank" '
    'rel="noopener noreferrer">Map information from Lands Department</a>'
)
# The base map of the Lands Department with its labels, or its imagery.
TILES: Final[Mapping[str, Sequence[str]]] = {
    NO_TILES: (),
    **{
        f"landsd-{lang}": ("basemap/WGS84", f"label/hk/{lang}/WGS84") for lang in ("en", "tc", "sc")
    },
    "imagery": ("imagery/WGS84", "label/hk/en/WGS84"),
}


def _is_features(value: Any) -> bool:
    """Tell whether an argument by itself are sites and no page: it is no path."""
    return not isinstance(value, str | PathLike)


@takes_features(alone="sites", when=_is_features)
@local_drivers_only()  # once, and not again for each layer
@without_garbage_search()
def map(  # noqa: A001, PLR0913 - the verb of the command line, and its options
    out: Path | str | None = None,
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    on: str | None = None,
    tiles: str = NO_TILES,
    basemap: Path | str | None = None,
    simplify: Length | None = None,
    budget: str | None = None,
    title: str | None = None,
    colour_by: str | None = None,
    classes: str | None = None,
    overwrite: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> Any:
    """Write a web map of all layers as one HTML page that works offline, a picture, or show it.

    Parameters
    ----------
    out : path, optional
        The page to write; ``.png`` and ``.svg`` are pictures, 1,600 pixels wide, with the credits
        of what is drawn. Without it, as in ``nm.map(gdf)``, a notebook shows the map.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    at : str, float or sequence of them
        Distances of the rings: ``"500m"``, ``[500, "1km"]``; ``"none"`` leaves out rings and
        shortest lines.
    on : str, optional
        Show the statuses of instruments that were known on this day, ``"2026-02-04"``; the newest
        if not given.
    tiles : str
        Background map of the Lands Department, which the page loads from the network:
        ``landsd-en``, ``landsd-tc``, ``landsd-sc``, ``imagery`` or ``none``.
    basemap : path or str, optional
        MBTiles or PMTiles file of pictures, or the name of tiles that :func:`nmgeo.pull` fetched.
        It becomes the background, held by the page: the zooms of the first view that fit into
        ``budget`` (4 MB if not given). The page still loads nothing.
    simplify : str or float, optional
        Tolerance for simplifying the user's own sites and layers as drawn, such as ``"1m"``. The
        legend states it. Measures are not affected.
    budget : str, optional
        Size such as ``"8MB"`` above which a notice lists the largest parts; also of the tiles of
        ``basemap``.
    title : str, optional
        Title of the page; the name of your file if not given.
    colour_by : str, optional
        Column by which your sites or layers are coloured, ``"COLUMN"`` or ``"LAYER:COLUMN"``.
        Without it, zones of statutory plans are recognised by a column ``ZONE_LABEL``.
    classes : {"categories", "quantiles", "breaks"}, optional
        Classification of ``colour_by``; quantiles for numbers and categories for text if not
        given. ``breaks`` are natural breaks.
    overwrite : bool
        Whether an existing file may be replaced.
    lang : {"en", "tc", "sc"}
        Language in which the page opens.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    Path or folium.Map
        ``out``; the same input gives the same bytes. Without ``out`` what :func:`site_map` returns.

    Raises
    ------
    ExportError
        If the file exists or cannot be written.
    NmgeoError
        If a file, distance or parameter is wrong.

    Warns
    -----
    Notice
        If the page is larger than ``budget`` (it is written anyway), or if there are so many sites
        that their rings are dissolved.
    """
    _require_one_background(tiles, basemap)
    look = Appearance(title, colour_by, classes)
    if out is None:
        return _draw(open_inputs(inputs, sites)[0], at, lang, tiles, look, on, basemap)
    path = read_path(out, "out", "nm.map('map.html', gdf)")
    budget_bytes = None if budget is None else read_size(budget, "budget")
    tolerance_m = 0.0 if simplify is None else metres(read_length(simplify, "simplify"))
    pages_alone = {"simplify": simplify, "budget": budget, "basemap": basemap}
    pages_alone |= {"tiles": None if tiles == NO_TILES else tiles}
    drawn = _is_picture(path, pages_alone)
    here, _ = open_inputs(inputs, sites)
    require_elsewhere(path, input_files(here))
    if not overwrite:
        refuse_to_replace(path)
    atlas = build_atlas(here, at=read_rings(at), on=on, lang=lang, instruments=not drawn)
    if drawn:
        from nmgeo.outputs.sheets.picture import write_picture  # noqa: PLC0415 - not for a page

        return write_picture(path, atlas, look, overwrite=overwrite)
    data = _with_tiles(build_page_data(atlas, tolerance_m, look), basemap, budget_bytes)
    html = offline.render(build_page(data, tiles).get_root())
    size = len(html.encode())
    if budget_bytes is not None and size > budget_bytes:
        notify(budget_message(size, budget_bytes, shapes_as_steps(data)))
    return write_text(path, html, overwrite=overwrite)


def _is_picture(path: Path, pages_alone: Mapping[str, Any]) -> bool:
    """Tell a picture from a page by its name; a picture takes no options of pages."""
    if path.suffix.lower() not in _PICTURES:
        _require_page(path)
        return False
    for name, value in pages_alone.items():
        if value is not None:
            wrong = text("belongs to a web page, and the map is a picture")
            raise UsageError(option(name, value), wrong, text("leave it out"))
    return True


def _with_tiles(
    data: dict[str, Any], basemap: Path | str | None, budget: int | None
) -> dict[str, Any]:
    """Return the data of a page with the tiles that it holds, if any."""
    if basemap is None:
        return data
    from nmgeo.outputs.web.raster_base import held_tiles  # noqa: PLC0415 - readers of tiles

    return data | held_tiles(basemap, data["bounds"], budget)


def _require_one_background(tiles: str, basemap: Path | str | None) -> None:
    if basemap is not None and tiles != NO_TILES:
        wrong = text("the map has one background")
        raise UsageError(
            option("basemap", str(basemap)), wrong, text("leave out {other}", other=option("tiles"))
        )


def _require_page(path: Path) -> None:
    """Refuse the name of a picture or another file that a web page is not."""
    if path.suffix.lower() not in _SUFFIXES:
        wrong = text("the map is a web page, which no {suffix} holds", suffix=path.suffix or "file")
        raise UsageError(option("out", str(path)), wrong, text("end its name in .html"))


def render_page(atlas: Atlas) -> str:
    """Return the page of an atlas as HTML; the same atlas gives the same text."""
    return offline.render(build_page(build_page_data(atlas), NO_TILES).get_root())


@takes_features()
def site_map(
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    tiles: str = NO_TILES,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> offline.PageMap:
    """Draw the sites; a notebook shows the page in a sandboxed frame.

    Parameters
    ----------
    sites, at, tiles, lang, catalog, site, key, name, crs, encoding, accuracy, strict, max_size
        As for :func:`map`, also for ``generalise``, ``points_only`` and ``aggregate``.

    Returns
    -------
    folium.Map
        In a page with a table of the sites, their instruments, a legend and a search.

    Raises
    ------
    NmgeoError
        If a file, distance or parameter is wrong.
    """
    here, _ = open_inputs(inputs, sites)
    return _draw(here, at, lang, tiles, Appearance())


def _draw(
    here: Catalog,
    at: Any,
    lang: Lang,
    tiles: str,
    look: Appearance,
    on: str | None = None,
    basemap: Path | str | None = None,
) -> offline.PageMap:
    atlas = build_atlas(here, at=read_rings(at), on=on, lang=lang)
    return build_page(_with_tiles(build_page_data(atlas, look=look), basemap, None), tiles)


def build_page(data: Mapping[str, Any], tiles: str) -> offline.PageMap:
    """Build the page of the data; its scripts depend on the tiles only.

    Raises
    ------
    UsageError
        If the name of the tiles is unknown.
    """
    if tiles not in TILES:
        wrong = text("unknown background{hint}", hint=did_you_mean(tiles, TILES))
        remedy = text("use one of {names}", names=", ".join(TILES))
        raise UsageError(option("tiles", tiles), wrong, remedy)
    data = {**data, "base_shown": "tiles" if TILES[tiles] or "tiles" in data else "base"}
    page = offline.OfflinePage(
        title=data.get("title") or translate("phrase", "title", data["lang"]),
        html_lang=find_language(data["lang"]).html,
        years=YEARS,
        noscript=" ".join(translate("phrase", "noscript", language) for language in LANGS),
        patterns="".join(dict.fromkeys(svg_pattern(one) for one in patterned_fills(data))),
        payload=to_script_json(shapes_as_steps(data)),
        hosts=[_HOST] if TILES[tiles] else [],
    )
    page_map = offline.PageMap(tiles=None, maxZoom=_MAX_ZOOM)
    page.add_child(page_map)
    for part in TILES[tiles]:
        url = f"{_XYZ}/{part}/{{z}}/{{x}}/{{y}}.png"
        page_map.add_tiles(url, _ATTRIBUTION, _MAX_ZOOM)
    page_map.add_child(offline.StartScript())  # type: ignore[no-untyped-call]
    return page_map
