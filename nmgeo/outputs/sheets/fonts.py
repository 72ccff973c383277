"""Fonts: one that has every character of a sheet, and the width of its text."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import ExportError, LayerError, UsageError
from nmgeo.messages import option, text
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


def find_font(path: Path | None, characters: set[str]) -> Font:
    """Return the font that is named, or the first one here that has all characters.

    Raises
    ------
    LayerError
        If the named file is not a font.
    ExportError
        If no font here has all characters; the message names the first that is missing.
    """
    if path:
        require_file(path, str(path))
    found = [_open(path)] if path else list(_installed())
    for font in found:
        if not font.missing_glyphs(characters):
            return font
    remedy = text(
        "install {package}, or name a font with {font}",
        package="fonts-noto-cjk",
        font=option("font", "NotoSansTC-Regular.otf"),
    )
    if not found:
        raise ExportError(text("fonts"), text("none is known here"), remedy)
    absent = found[0].missing_glyphs(characters)[0]
    wrong = text("has no glyph for {character} (U+{code:04X})", character=absent, code=ord(absent))
    raise ExportError(text("font {name}", name=found[0].name), wrong, remedy)


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
        wrong = text("cannot be read as a font ({why})", why=str(error))
        remedy = text("name a .ttf or .otf file")
        raise LayerError(option("font", str(path)), wrong, remedy) from None
    names = [str(face["name"].getDebugName(1)) for face in faces]
    fit = [n for n, name in enumerate(names) if name.endswith(_FACES) and "Mono" not in name]
    return Font(path, fit[0] if fit else 0)


@cache
def _widths(font: Font) -> tuple[dict[int, int], int]:
    """Return the advance width of each character, and the units of an em."""
    content = io.BytesIO(font.path.read_bytes())
    face: Any = load("fontTools.ttLib").TTFont(content, fontNumber=font.number, lazy=True)
    metrics = face["hmtx"]
    widths = {code: metrics[glyph][0] for code, glyph in face.getBestCmap().items()}
    return widths, int(face["head"].unitsPerEm)
