"""Markdown of nmgeo as a terminal shows it: lines and tables of its width, titles for links."""

from collections.abc import Iterator, Sequence
from html import unescape
from itertools import groupby
from typing import Final

from nmgeo.outputs.document_html import CELL, ESCAPED, HEADING, LINK
from nmgeo.outputs.terminal.table import layout_table
from nmgeo.outputs.terminal.wrap import wrap_text

_INDENT: Final = "  "  # of what is quoted or listed


def document_text(markdown: str, width: int) -> str:
    """Return a document of nmgeo as lines of a terminal.

    Parameters
    ----------
    markdown : str
        Written by nmgeo, as for :func:`nmgeo.outputs.document_html.markdown_page`.
    width : int
        Columns of the terminal.

    Returns
    -------
    str
        Ends with a line end. Addresses are left out: Markdown and HTML have them.
    """
    filled = groupby(markdown.split("\n"), key=lambda line: bool(line.strip()))
    blocks = ("\n".join(_block(list(lines), width)) for is_text, lines in filled if is_text)
    return "\n\n".join(block.rstrip("\n") for block in blocks) + "\n"


def _block(lines: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of what stands between two blank lines."""
    if lines[0].startswith("| "):
        yield _table([line for line in lines if line.startswith("|")], width)
        lines = [line for line in lines if not line.startswith("|")]
    for line in lines:
        heading = HEADING.fullmatch(line)
        said = heading[2] if heading else line
        room = _INDENT if said.startswith(("> ", "- ")) else ""
        told = _plain(said[len(room) :])
        yield from (f"{room}{one}" for one in wrap_text(told, width - len(room)))


def _table(lines: Sequence[str], width: int) -> str:
    rows = [[_plain(cell.strip()) for cell in CELL.split(line)[1:-1]] for line in lines]
    head, rule, *cells = rows
    return layout_table(head, cells, [not mark.endswith(":") for mark in rule], width, 0)


def _plain(text: str) -> str:
    """Return a line without marks, its links as their titles."""
    return unescape(ESCAPED.sub(r"\1", LINK.sub(r"\1", text)))
