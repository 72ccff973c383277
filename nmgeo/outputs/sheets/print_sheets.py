"""The command print: a map at a true scale, or an atlas of sheets, as PDF, SVG or PNG."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Unpack

import geopandas as gpd
import numpy as np

from nmgeo.columns import column_heading
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    open_inputs,
    read_path,
    read_rings,
    takes_features,
)
from nmgeo.commands.ring_distances import DISTANCES
from nmgeo.commands.subjects import find_subject
from nmgeo.errors import UsageError
from nmgeo.files import staged_path
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.messages import option, text
from nmgeo.outputs.appearance import Appearance
from nmgeo.outputs.atlas import Atlas, build_atlas
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.fonts import Font, boxed_characters, find_font
from nmgeo.outputs.sheets.look import Look
from nmgeo.outputs.sheets.map_layers import frames_of
from nmgeo.outputs.sheets.map_names import feature_name
from nmgeo.outputs.sheets.paper import fit_frame, read_scale
from nmgeo.outputs.sheets.sheet import build_sheet
from nmgeo.outputs.sheets.write_drawing import to_pdf, to_png, to_svg
from nmgeo.outputs.values import format_amount
from nmgeo.sources.input_paths import require_all_elsewhere
from nmgeo.translations import Lang, join_texts, translate

SheetLang = Literal[Lang, "both"]
FORMATS: Final = ("pdf", "svg", "png")
_DPI: Final = 200
_LISTED: Final = 12  # instruments of a site


@takes_features()
def print(  # noqa: A001, PLR0913 - the verb of the command line, and its options
    out: Path | str,
    sites: Features | None = None,
    *,
    subject: str | None = None,
    scale: str | int | None = None,
    paper: str = "a3",
    landscape: bool = True,
    form: str | None = None,
    atlas: bool = False,
    title: str | None = None,
    colour_by: str | None = None,
    classes: str | None = None,
    at: Length | Sequence[Length] = DISTANCES,
    font: Path | str | None = None,
    overwrite: bool = False,
    lang: SheetLang = "en",
    **inputs: Unpack[Inputs],
) -> Path:
    """Write a map at a true scale, or an atlas of sheets, as vector PDF, SVG or PNG.

    Parameters
    ----------
    out : path
        The file to write; its extension says the format.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    subject : str, optional
        The site in the middle, by its id or a name; all sites if not given.
    scale : str or int, optional
        Scale on the Hong Kong 1980 Grid, ``"1:10000"``; if not given, the largest usual one at
        which the sites and their rings fit.
    paper : str
        ``a4``, ``a3``, ``a2``, ``a1`` or ``a0``.
    landscape : bool
        Whether the sheet lies on its long side.
    form : {"pdf", "svg", "png"}, optional
        The format, if the file has no extension.
    atlas : bool
        Write an overview and one sheet for each site with its tables, as PDF.
    title : str, optional
        Title of the map; the name of your file if not given, and of one site its name.
    colour_by, classes : str, optional
        The column by which your sites or layers are coloured, and how, as :func:`nmgeo.map` has
        them.
    at : str, float or sequence of them
        Distances of the rings: ``"500m"``, ``[500, "1km"]``; ``"none"`` leaves out rings and
        shortest lines.
    font : path, optional
        Font file; the one of this computer that has the most characters if not given. A box
        stands for a character that it has no glyph for, and a notice names it.
    overwrite : bool
        Whether an existing file may be replaced.
    lang : {"en", "tc", "sc", "both"}
        Language of names and words; ``both`` is English and Traditional Chinese.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    Path
        ``out``. The same input and font give the same bytes.

    Raises
    ------
    UsageError
        If a scale does not fit the paper; the message says which does.
    ExportError
        If the file exists or cannot be written, or the font has few of the characters.
    NmgeoError
        If a file or a parameter is wrong.
    """
    path = read_path(out, "out", "nm.print('map.pdf')")
    chosen = _format_of(path, form, atlas=atlas)
    number = read_scale(scale)
    appearance = Appearance(title, colour_by, classes)
    here, _ = open_inputs(inputs, sites)
    require_all_elsewhere([path], here)
    how: dict[str, Any] = {"lang": "tc" if lang == "both" else lang, "instruments": atlas}
    content = build_atlas(here, at=read_rings(at), **how)
    given = find_font(Path(font) if font else None, characters_of(content))
    look = Look(
        atlas=content,
        layers=frames_of(content, appearance),
        font=given,
        lang=lang,
        paper=paper.lower(),
        landscape=landscape,
        appearance=appearance,
    )
    drawings = list(_sheets(look, subject, number, atlas=atlas))
    data = write_drawings(drawings, given, chosen, lang)
    with staged_path(path, overwrite=overwrite) as draft:
        draft.write_bytes(data)
    return path


def write_drawings(
    drawings: Sequence[Drawing], font: Font, form: str, lang: str, pixels: int | None = None
) -> bytes:
    """Return drawings in a format; a box stands for a character that the font has no glyph for.

    SVG keeps all characters, since what shows it has fonts of its own.

    Raises
    ------
    ExportError
        If the font has no glyph for many characters.

    Warns
    -----
    Notice
        Which characters are a box.
    """
    if form == "svg":
        return to_svg(drawings[0], lang)
    boxed = boxed_characters(font, {c for drawing in drawings for c in drawing.characters()})
    for drawing in drawings if boxed else ():
        drawing.replace_characters(boxed)
    pdf = to_pdf(drawings, font, lang)
    wide = pixels or round(drawings[0].width / 25.4 * _DPI)
    return to_png(pdf, pixels=wide) if form == "png" else pdf


def _format_of(path: Path, form: str | None, *, atlas: bool) -> str:
    said = path.suffix.lower().removeprefix(".")
    if form is not None and said in FORMATS and form != said:
        wrong = text("the name of the file says {other}", other=said)
        raise UsageError(option("format", form), wrong, text("leave it out"))
    chosen = form or said
    if chosen not in FORMATS:
        remedy = text("use {suffixes}", suffixes=", ".join(f".{one}" for one in FORMATS))
        raise UsageError(option("out", str(path)), text("not a format of sheets"), remedy)
    if atlas and chosen != "pdf":
        wrong = text("{form} has one page", form=chosen)
        raise UsageError(option("atlas", value=True), wrong, text("write a .pdf"))
    return chosen


def characters_of(atlas: Atlas) -> set[str]:
    """Return the characters of the names that a sheet may show, to choose a font by."""
    frames = [atlas.sites, *atlas.layers.values()]
    texts = [str(value) for f in frames for c in f.columns if "name" in c for value in f[c]]
    return {c for one in texts for c in one if c.isprintable()}


def _sheets(
    look: Look, subject: str | None, scale: int | None, *, atlas: bool
) -> Iterator[Drawing]:
    sites = look.layers["sites"]
    ids = list(dict.fromkeys(sites["site_id"].astype(str)))
    title = look.title
    if subject is not None:
        ids = [find_subject(look.atlas.catalog, subject, ids)]
    if subject is not None or (look.atlas.catalog.chosen and len(ids) == 1 and not atlas):
        yield _site_sheet(look, ids[0], scale, with_tables=atlas)
        return
    if atlas:
        title = f"{title}: {look.say('phrase', 'sheet_overview')}"
    yield _sheet(look, sites, None if atlas else scale, title)
    for one in ids if atlas else ():
        yield _site_sheet(look, one, scale, with_tables=True)


def _sheet(
    look: Look,
    shown: gpd.GeoDataFrame,
    scale: int | None,
    title: str,
    tables: Sequence[tuple[str, Sequence[str]]] = (),
) -> Drawing:
    """Return a sheet on which sites fit, and where its scale is chosen the rings, too."""
    box = shown.total_bounds
    room = look.layers["rings"]["to_m"].max() if "rings" in look.layers else 0.0
    around = box + np.array([-1, -1, 1, 1]) * max(room, 0.0)
    how: dict[str, Any] = {"landscape": look.landscape, "around": around.tolist()}
    try:
        frame = fit_frame(box.tolist(), look.paper, scale, **how)
    except UsageError:  # no other scale helps where the notes are too long
        build_sheet(look, fit_frame(box.tolist(), look.paper, None, **how), title, tables)
        raise
    return build_sheet(look, frame, title, tables)


def _site_sheet(look: Look, site: str, scale: int | None, *, with_tables: bool) -> Drawing:
    rows = look.layers["sites"]
    own = rows[rows["site_id"].astype(str) == site]
    asked = None if with_tables else look.appearance.title
    title = asked or feature_name(own.iloc[0], look.lang)
    return _sheet(look.of_site(site), own, scale, title, _tables(look, site) if with_tables else ())


def _tables(look: Look, site: str) -> list[tuple[str, list[str]]]:
    """Return area, nearest features and instruments of a site, as lines of the panel."""
    lang, atlas = look.languages[-1], look.atlas
    areas = [
        f"{translate('basis', str(row['basis']), lang)}: "
        f"{format_amount(row['area_ha'], 'ha', lang)}"
        for row in round_areas(atlas.area).query("site_id == @site").to_dict("records")
    ]
    near = atlas.near[(atlas.near["site_id"] == site) & ~atlas.near["open_only"]]
    nearest = [
        f"{translate('layer', str(row['layer']), lang)}: {row['nearest_name']}, "
        f"{format_amount(row['nearest_m'], 'm', lang)}"
        for row in round_distances(near.drop_duplicates("layer")).to_dict("records")
    ]
    held = atlas.policies[atlas.policies["site_id"] == site].drop_duplicates("policy_id")
    rules = [
        join_texts(
            [row["policy_name"], translate("status", str(row["status"]), lang)], "comma", lang
        )
        for row in held.head(_LISTED).to_dict("records")
    ]
    heads = [column_heading(name, lang) for name in ("area_ha", "nearest_m", "policy_name")]
    return [(h, lines) for h, lines in zip(heads, (areas, nearest, rules), strict=True) if lines]
