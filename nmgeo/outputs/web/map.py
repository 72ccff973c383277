"""Maps: an atlas as one HTML page that needs no network, made by folium.

Nothing but data reaches the page: values stand in a block of JSON, and the page's own scripts set
them as text.
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import folium

from nmgeo.catalog import Catalog
from nmgeo.errors import Notice, UsageError
from nmgeo.files import refuse_to_replace, write_text
from nmgeo.languages import find_language
from nmgeo.outputs.atlas import DISTANCES, Atlas, build_atlas
from nmgeo.outputs.web import page as offline
from nmgeo.outputs.web.page_data import YEARS, build_page_data, to_script_json
from nmgeo.outputs.web.size_budget import budget_message, read_size
from nmgeo.translations import LANGS, Lang, did_you_mean, translate
from nmgeo.units import metres

NO_TILES: Final = "none"
_MAX_ZOOM: Final = 19  # the last of the tiles; a pixel is 0.3 m
_HOST: Final = "https://mapapi.geodata.gov.hk"
_XYZ: Final = f"{_HOST}/gs/api/v1.0.0/xyz"
_CREDIT: Final = (
    '<a href="https://api.portal.hkmapservice.gov.hk/disclaimer" target="_blank" '
    'rel="noopener noreferrer">Map information from Lands Department</a>'
)
# The map of the Lands Department, under its own labels, or its imagery.
TILES: Final[Mapping[str, Sequence[str]]] = {
    NO_TILES: (),
    **{
        f"landsd-{lang}": ("basemap/WGS84", f"label/hk/{lang}/WGS84") for lang in ("en", "tc", "sc")
    },
    "imagery": ("imagery/WGS84", "label/hk/en/WGS84"),
}


def map(  # noqa: A001 - the verb of the command line
    out: Path | str,
    catalog: Catalog | None = None,
    *,
    at: Sequence[str] = DISTANCES,
    tiles: str = NO_TILES,
    simplify: str | None = None,
    budget: str | None = None,
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
    tiles : str
        A background of the Lands Department that the page asks for over the network:
        ``landsd-en``, ``landsd-tc``, ``landsd-sc``, ``imagery`` or ``none``.
    simplify : str, optional
        How far the lines of the user's own sites and layers may move as they are drawn, to save
        vertices: ``"1m"``; what is measured stays as it is, and the legend says so.
    budget : str, optional
        A size, such as ``"8MB"``, above which to say what weighs most.
    overwrite : bool
        Whether a file that is there may be replaced.
    lang : {"en", "tc", "sc"}
        Language in which the page opens.

    Returns
    -------
    Path
        ``out``. The same input gives the same bytes.

    Raises
    ------
    ExportError
        If the file is there or cannot be written.
    NmgeoError
        Whatever is wrong with the files, the distances or the options.

    Warns
    -----
    Notice
        If the page is larger than ``budget``; it is written all the same. If there are so many
        sites that rings are drawn round all of them together.
    """
    path, most = Path(out), None if budget is None else read_size(budget)
    tolerance_m = 0.0 if simplify is None else metres(simplify)
    if not overwrite:
        refuse_to_replace(path)
    data = build_page_data(build_atlas(catalog, at=at, lang=lang), tolerance_m)
    text = offline.render(build_page(data, tiles).get_root())
    size = len(text.encode())
    if most is not None and size > most:
        warnings.warn(budget_message(size, most, data), Notice, stacklevel=2)
    return write_text(path, text, overwrite=overwrite)


def render_page(atlas: Atlas) -> str:
    """Return the page of an atlas; the same atlas gives the same text."""
    return offline.render(build_page(build_page_data(atlas), NO_TILES).get_root())


def site_map(
    catalog: Catalog | None = None,
    *,
    at: Sequence[str] = DISTANCES,
    tiles: str = NO_TILES,
    lang: Lang = "en",
) -> folium.Map:
    """Draw the sites; a notebook shows the page in a sandboxed frame.

    Parameters
    ----------
    catalog, at, tiles, lang
        As for :func:`map`.

    Returns
    -------
    folium.Map
        In a page with a table of the sites, their instruments, a legend and a search.

    Raises
    ------
    NmgeoError
        Whatever is wrong with the files, the distances or the options.
    """
    return build_page(build_page_data(build_atlas(catalog, at=at, lang=lang)), tiles)


def build_page(data: Mapping[str, Any], tiles: str) -> folium.Map:
    """Build the page of a payload; its scripts depend on the tiles alone.

    Raises
    ------
    UsageError
        If there are no such tiles.
    """
    if tiles not in TILES:
        wrong = f"unknown{did_you_mean(tiles, TILES)}"
        raise UsageError(f"tiles {tiles!r}", wrong, f"use one of {', '.join(TILES)}")
    page = offline.OfflinePage(
        title=translate("phrase", "title", data["lang"]),
        html_lang=find_language(data["lang"]).html,
        years=YEARS,
        noscript=" ".join(translate("phrase", "noscript", language) for language in LANGS),
        patterns="".join(dict.fromkeys(_pattern(site) for site in data["sites"])),
        payload=to_script_json(data),
        hosts=[_HOST] if TILES[tiles] else [],
    )
    drawn = offline.PageMap(tiles=None, maxZoom=_MAX_ZOOM)
    page.add_child(drawn)
    for part in TILES[tiles]:
        url = f"{_XYZ}/{part}/{{z}}/{{x}}/{{y}}.png"
        folium.TileLayer(url, attr=_CREDIT, max_zoom=_MAX_ZOOM, control=False).add_to(drawn)
    drawn.add_child(offline.StartScript())  # type: ignore[no-untyped-call]
    return drawn


def _pattern(site: Mapping[str, Any]) -> str:
    """Return the fill of a site: its colour, and a pattern, both of which say its status."""
    colour = site["colour"]
    marks = {
        "lines": f'<path d="M0 10L10 0" stroke="{colour}" stroke-width="2"/>',
        "dots": f'<circle cx="5" cy="5" r="2" fill="{colour}"/>',
        "cross": f'<path d="M0 10L10 0M0 0L10 10" stroke="{colour}" stroke-width="1"/>',
    }
    mark = marks.get(site["pattern"].partition("-")[0], "")
    return (
        f'<pattern id="nm-{site["pattern"]}" width="10" height="10" patternUnits="userSpaceOnUse">'
        f'<rect width="10" height="10" fill="{colour}" fill-opacity=".16"/>{mark}</pattern>'
    )
