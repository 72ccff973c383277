"""Fonts: one that has every character of a sheet, and the width of its text."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import ExportError, LayerError, UsageError, first_line, notify
from nmgeo.messages import Text, option, text
from nmgeo.outputs.sheets.drawing import POINT_MM
from nmgeo.outputs.sheets.extra import load
from nmgeo.sources.file_safety import require_file

_FOLDERS: Final = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts"),
    "C:/Windows/Fonts",
)
# In this order; those with Chinese first, so that a sheet looks the same in all languages.
_NAMES: Final = (
    *("NotoSansCJK-Regular.ttc", "NotoSansTC-Regular.otf", "NotoSansHK-Regular.otf"),
    *("NotoSansCJKtc-Regular.otf", "SourceHanSansTC-Regular.otf", "PingFang.ttc", "msjh.ttc"),
    *("wqy-microhei.ttc", "Arial Unicode.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf"),
)
_BOX, _INSTEAD = "\u25a1", "?"  # in place of a character without a glyph
_MOST_BOXES: Final = 0.1  # of the characters of a sheet
_NAMED: Final = 5  # of them that a notice names
_FEATURES: Final = {"BASE", "GDEF", "GPOS", "GSUB", "kern"}  # tables that a sheet makes no use of
_FACES: Final = (" TC", " HK")  # of a collection: the forms of characters used in Hong Kong


@dataclass(frozen=True)
class Font:
    """A font file, and which font of a collection it is."""

    path: Path
    number: int = 0

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name

    def missing_glyphs(self, characters: Iterable[str]) -> list[str]:
        """Return the characters that the font has no glyph for."""
        known = _widths(self)[0]
        return sorted(c for c in set(characters) if ord(c) not in known)

    def width_mm(self, line: str, size: float) -> float:
        """Return the width of a line of text, of a size in points."""
        widths, unit = _widths(self)
        return sum(widths.get(ord(c), unit) for c in line) / unit * size * POINT_MM

    def cut_out(self, characters: Iterable[str]) -> bytes:
        """Return a font file with these characters alone: a Chinese one has 65,000 glyphs."""
        subset = load("fontTools.subset")
        options = subset.Options(desubroutinize=True, layout_features=[])
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(characters))
        face = _face(self)
        for table in _FEATURES & set(face.keys()):
            del face[table]  # at once: fontTools would decode them all to look for large glyph ids
        cutter.subset(face)
        found = io.BytesIO()
        face.save(found)
        return found.getvalue()


def find_font(path: Path | None, characters: set[str]) -> Font:
    """Return the font that is named, or the first one here that lacks the fewest characters.

    Raises
    ------
    LayerError
        If the named file is not a font.
    ExportError
        If there is no font here.
    """
    if path:
        require_file(path, str(path))
        return _open(path)
    found = []
    for font in _installed():
        missing = len(font.missing_glyphs(characters))
        if not missing:
            return font
        found.append((missing, font))
    if not found:
        raise ExportError(text("fonts"), text("none is known here"), _remedy())
    return min(found, key=lambda one: one[0])[1]


def boxed_characters(font: Font, characters: set[str]) -> dict[str, str]:
    """Return a box for each character that a font has no glyph for, and tell of them.

    Raises
    ------
    ExportError
        If the font lacks so many that the sheet could not be read; the message names the first.

    Warns
    -----
    Notice
        Which characters are shown as a box, and what the font file is.
    """
    missing = font.missing_glyphs(characters)
    if not missing:
        return {}
    named = [f"{one} (U+{ord(one):04X})" for one in missing[:_NAMED]]
    if len(missing) > _MOST_BOXES * len(characters):
        wrong = text("has no glyph for {character}", character=named[0])
        raise ExportError(text("font {name}", name=font.name), wrong, _remedy())
    box = _INSTEAD if font.missing_glyphs(_BOX) else _BOX
    said = text(
        "font {name} has no glyph for {characters}: {box} stands there; {font} names another",
        name=font.name,
        characters=", ".join(named),
        box=box,
        font=option("font", "FILE"),
    )
    notify(said)
    return dict.fromkeys(missing, box)


def _remedy() -> Text:
    return text(
        "install {package}, or name a font with {font}",
        package="fonts-noto-cjk",
        font=option("font", "NotoSansTC-Regular.otf"),
    )


def _installed() -> Iterator[Font]:
    for name in _NAMES:
        for folder in _FOLDERS:
            yield from map(_open, sorted(Path(folder).rglob(name))[:1])


@cache
def _open(path: Path) -> Font:
    """Return the face of a file for Traditional Chinese, the first if there is none."""
    try:
        if path.suffix.lower() not in {".ttc", ".otc"}:
            font = Font(path)
            _widths(font)
            return font
        faces = load("fontTools.ttLib").TTCollection(io.BytesIO(path.read_bytes())).fonts
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - fontTools raises its own on what is no font
        wrong = text("cannot be read as a font ({why})", why=first_line(error))
        remedy = text("name a .ttf or .otf file")
        raise LayerError(option("font", str(path)), wrong, remedy) from None
    names = [str(face["name"].getDebugName(1)) for face in faces]
    fit = [n for n, name in enumerate(names) if name.endswith(_FACES) and "Mono" not in name]
    return Font(path, fit[0] if fit else 0)


@cache
def _widths(font: Font) -> tuple[dict[int, int], int]:
    """Return the advance width of each character, and the units of an em."""
    face = _face(font)
    metrics = face["hmtx"]
    widths = {code: metrics[glyph][0] for code, glyph in face.getBestCmap().items()}
    return widths, int(face["head"].unitsPerEm)


def _face(font: Font) -> Any:
    content = io.BytesIO(font.path.read_bytes())
    how = {"fontNumber": font.number, "lazy": True, "recalcTimestamp": False}
    how["recalcBBoxes"] = False  # to draw each glyph, to make the box of all smaller, takes longest
    return load("fontTools.ttLib").TTFont(content, **how)
