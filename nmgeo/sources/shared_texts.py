"""How much text the cells of an Excel workbook hold: each text stands once, for any cells."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

_CELL: Final = 20  # bytes that a cell takes at least
_ENOUGH: Final = 1_000_000_000  # bytes; below it the texts are not counted
_CHUNK: Final = 1 << 20


def shared_text_bytes(archive: zipfile.ZipFile, sizes: Mapping[str, int]) -> int:
    """Count the bytes of text in all cells of a workbook, 0 if they are certainly few.

    Parameters
    ----------
    archive : ZipFile
        The workbook, of members whose names differ.
    sizes : mapping of str to int
        Its members, and how many bytes each has unpacked.
    """
    tables = [name for name in sizes if name.lower().endswith("sharedstrings.xml")]
    sheets = [name for name in sizes if name.lower().startswith("xl/worksheets/")]
    pieces = chain.from_iterable(archive.read(name).split(b"</si>") for name in tables)
    lengths = list(map(len, pieces))
    cells = sum(sizes[name] for name in sheets) // _CELL
    if max(lengths, default=0) * cells < _ENOUGH:
        return 0
    return sum(_bytes_of_sheet(archive, name, lengths) for name in sheets)


def _bytes_of_sheet(archive: zipfile.ZipFile, name: str, lengths: list[int]) -> int:
    """Add up the texts that the cells of a sheet name by their numbers."""
    sheet = _Sheet(lengths)
    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = sheet.begin, sheet.end
    parser.CharacterDataHandler = sheet.add
    with archive.open(name) as opened:
        try:
            while chunk := opened.read(_CHUNK):
                parser.Parse(chunk, False)  # noqa: FBT003 - it takes no keyword
        except (ExpatError, ValueError, LookupError):
            return sheet.total  # GDAL reads no further either
    return sheet.total


@dataclass
class _Sheet:
    """What a parser has seen of a sheet."""

    lengths: list[int]
    total: int = 0
    is_text: bool = False
    written: str = ""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """See where a cell or a value begins."""
        self.is_text = attributes.get("t") == "s" if tag == "c" else self.is_text
        self.written = ""

    def add(self, text: str) -> None:
        """See some characters."""
        self.written += text

    def end(self, tag: str) -> None:
        """See where a value ends: the number of a text."""
        if tag == "v" and self.is_text and self.written.strip().isdecimal():
            self.total += self.lengths[min(int(self.written), len(self.lengths) - 1)]
