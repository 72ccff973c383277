"""Drawings written as vector PDF, as SVG, or as a picture."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from nmgeo.formats.plain_text import plain_text
from nmgeo.languages import LANGUAGES
from nmgeo.outputs.sheets.drawing import POINT_MM, WHITE, Drawing, Path, Tag, Text
from nmgeo.outputs.sheets.extra import load
from nmgeo.outputs.sheets.fonts import Font

_MADE_ON: Final = datetime(2026, 1, 1, tzinfo=UTC)  # the same bytes on any day
_HALO: Final = 0.9  # mm, all round half of it
_FAMILY: Final = "sheet"
_LANGUAGES: Final[Mapping[str, str]] = {
    **{language.code: language.html for language in LANGUAGES},
    "en": "en-HK",
    "both": "zh-Hant-HK",
}


def to_pdf(drawings: Sequence[Drawing], font: Font, lang: str) -> bytes:
    """Return drawings as a PDF of one page each, its font embedded.

    Parameters
    ----------
    drawings : sequence of Drawing
        At least one.
    font : Font
        One that has all characters.
    lang : {"en", "tc", "sc", "both"}
        Language that the document states.
    """
    pdf: Any = load("fpdf").FPDF(unit="mm")
    pdf.set_creation_date(_MADE_ON)
    pdf.set_title(drawings[0].title)
    pdf.set_creator("nmgeo")
    pdf.viewer_preferences = load("fpdf").ViewerPreferences(display_doc_title=True)
    pdf.set_lang(_LANGUAGES[lang])
    pdf.set_auto_page_break(auto=False)
    _add_font(pdf, font.cut_out(set().union(*(drawing.characters() for drawing in drawings))))
    for drawing in drawings:
        wide = drawing.width > drawing.height
        size = sorted((drawing.width, drawing.height))
        pdf.add_page(orientation="L" if wide else "P", format=tuple(size))
        pdf.start_section(drawing.title)
        _draw_parts(pdf, drawing, font)
    return bytes(pdf.output())


def _add_font(pdf: Any, font: bytes) -> None:
    with TemporaryDirectory() as folder:  # fpdf2 takes no bytes
        file = FilePath(folder) / "font.ttf"
        file.write_bytes(font)
        pdf.add_font(_FAMILY, fname=str(file))
    pdf.fonts[_FAMILY].ttfont.recalcBBoxes = False  # as where it was cut out


def _draw_parts(pdf: Any, drawing: Drawing, font: Font) -> None:
    """Draw the parts of a page: its first is the map, a figure, others are headings and text."""
    for number, (tag, parts) in enumerate(groupby(drawing.parts, key=_tag_of)):
        role, told = tag.role if tag else "", {}
        if not number:
            role, told = "Figure", {"title": drawing.title, "alt_text": drawing.description}
        with _marked(pdf, role, **told):
            for part in parts:
                if isinstance(part, Path):
                    _draw_path(pdf, part)
                else:
                    _draw_text(pdf, part, font)


def _tag_of(part: Path | Text) -> Tag | None:
    return part.tag if isinstance(part, Text) else None


@contextmanager
def _marked(pdf: Any, role: str, **told: str) -> Iterator[None]:
    """Mark what is drawn in this block as an element of the structure, or as no content."""
    if role:
        tree = pdf.struct_builder
        number = tree.next_mcid_for_page(pdf.page)
        _, parent = tree.add_marked_content(pdf.page, f"/{role}", number, **told)
        pdf.pages[pdf.page].struct_parents = parent
        begin = f"/{role} <</MCID {number}>> BDC"
    else:
        begin = "/Artifact BMC"
    pdf._out(begin)  # noqa: SLF001 - fpdf2 itself marks pictures and headings alone
    yield
    pdf._out("EMC")  # noqa: SLF001 - as above


def _draw_path(pdf: Any, part: Path) -> None:
    path: Any = load("fpdf.drawing").PaintedPath()
    style = path.style
    style.paint_rule = "auto"
    style.fill_color = part.fill or None
    style.fill_opacity = part.opacity
    style.stroke_color = part.line or None
    style.stroke_width = part.width
    style.stroke_dash_pattern = list(part.dash) or None
    style.stroke_cap_style = "butt" if part.dash else "round"
    style.stroke_join_style = "round"
    style.intersection_rule = "evenodd"
    style.auto_close = part.closed
    for points in part.parts:
        (x, y), *rest = points.tolist()
        path.move_to(x, y)
        for x, y in rest:
            path.line_to(x, y)
        if part.closed:
            path.close()
    pdf.draw_path(path, copy=False)  # a copy takes as long as all else


def _draw_text(pdf: Any, part: Text, font: Font) -> None:
    width = font.width_mm(part.text, part.size)
    x = part.x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[part.anchor]
    pdf.set_font(_FAMILY, size=part.size)
    if part.halo:
        with pdf.local_context(text_mode="STROKE"):
            pdf.set_draw_color(WHITE)
            pdf.set_line_width(_HALO / POINT_MM)  # fpdf2 takes that of text in points
            pdf.text(x, part.y, part.text)
    pdf.set_text_color(part.colour)
    pdf.text(x, part.y, part.text)


def to_svg(drawing: Drawing, lang: str) -> bytes:
    """Return a drawing as SVG whose lengths are millimetres."""
    size = f"{drawing.width:g} {drawing.height:g}"
    title = escape(plain_text(drawing.title))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{drawing.width:g}mm" height="{drawing.height:g}mm" viewBox="0 0 {size}" '
        f'role="img" lang="{_LANGUAGES[lang]}" aria-label={quoteattr(plain_text(drawing.title))} '
        'font-family="Noto Sans CJK TC, Noto Sans TC, sans-serif">\n'
        f"<title>{title}</title>\n<desc>{escape(plain_text(drawing.description))}</desc>\n"
        f'<rect width="100%" height="100%" fill="{WHITE}"/>\n'
    )
    parts = (_svg_path(p) if isinstance(p, Path) else _svg_text(p) for p in drawing.parts)
    return f"{head}{''.join(parts)}</svg>\n".encode()


def _svg_path(part: Path) -> str:
    rings = [" ".join(f"{x:.3f},{y:.3f}" for x, y in points) for points in part.parts]
    steps = "".join(f"M{ring}{'Z' if part.closed else ''}" for ring in rings)
    look = f'fill="{part.fill or "none"}" fill-rule="evenodd"'
    if part.fill and part.opacity < 1:
        look += f' fill-opacity="{part.opacity:g}"'
    if part.line:
        look += f' stroke="{part.line}" stroke-width="{part.width:g}" stroke-linejoin="round"'
    if part.dash:
        look += f' stroke-dasharray="{" ".join(f"{length:g}" for length in part.dash)}"'
    return f'<path d="{steps}" {look}/>\n'


def _svg_text(part: Text) -> str:
    halo = f' stroke="{WHITE}" stroke-width="{_HALO:g}" paint-order="stroke"' if part.halo else ""
    return (
        f'<text x="{part.x:.3f}" y="{part.y:.3f}" font-size="{part.size * POINT_MM:.3f}" '
        f'fill="{part.colour}" text-anchor="{part.anchor}"{halo}>'
        f"{escape(plain_text(part.text))}</text>\n"
    )


def to_png(pdf: bytes, *, pixels: int) -> bytes:
    """Return the first page of a PDF as a picture of a width in pixels."""
    document = load("pypdfium2").PdfDocument(pdf)
    page = document[0]
    picture = page.render(scale=(pixels - 0.5) / page.get_width()).to_pil().convert("RGB")
    file = io.BytesIO()
    picture.save(file, format="PNG")
    document.close()
    return file.getvalue()
