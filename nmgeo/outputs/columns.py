"""Columns: how wide each is on a terminal, and where a word breaks that is wider."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from rich.cells import cell_len

_CJK: Final = 8  # columns below which a run of Chinese is not squeezed
_JOINT: Final = re.compile(r"(?<=[_/.:\-])(?=[^\W\d])")  # names and addresses have them, dates none
_DASH: Final = re.compile(r"(?<=[_/.:-])(?!$)")  # if it must be, dates too


def widths(grid: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give each column its longest word, then what is left to whichever would wrap the most.

    Where there is no room for every longest word, names and addresses are broken at their joints
    before any word is cut.

    Parameters
    ----------
    grid : sequence of rows
        Text, the headings first.
    width : int
        Columns of the terminal.

    Returns
    -------
    list of int
        Columns of the terminal for each column of the grid, without the space between them.
    """
    columns = list(zip(*grid, strict=True))
    found = [max(_longest(str.split, cell) for cell in column) for column in columns]
    least = [max(_longest(_pieces, cell) for cell in column) for column in columns]
    room = width - len(columns) + 1
    found = _squeezed(_squeezed(found, least, room), [_CJK] * len(columns), room)
    wanted = [max(cell_len(cell) for cell in column) for column in columns]
    for _ in range(room - sum(found)):
        lines = [-(-want // have) for want, have in zip(wanted, found, strict=True)]
        most = max(range(len(columns)), key=lines.__getitem__)
        if lines[most] == 1:
            break
        found[most] += 1
    return found


def broken(text: str, room: int) -> str:
    r"""Break the words of a text that are wider than its column at their joints.

    Parameters
    ----------
    text : str
        A cell.
    room : int
        Columns of the terminal.

    Returns
    -------
    str
        With a line end wherever a word has to break.

    Examples
    --------
    >>> broken("in lots_of_san_tin.gpkg", 12)
    'in lots_of_san_\ntin.gpkg'
    """
    return re.sub(r"\S+", lambda word: _filled(word[0], room), text)


def _filled(word: str, room: int) -> str:
    if cell_len(word) <= room:
        return word
    lines = [""]
    pieces = _JOINT.split(word)
    if max(map(cell_len, pieces)) > room:
        pieces = _DASH.split(word)
    for piece in pieces:
        if lines[-1] and cell_len(lines[-1] + piece) > room:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _squeezed(found: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Take from the widest column that has more than its least, as long as there is no room."""
    found = list(found)
    while sum(found) > room:
        spare = [have if have > need else 0 for have, need in zip(found, least, strict=True)]
        if not any(spare):
            break
        found[spare.index(max(spare))] -= 1
    return found


def _pieces(text: str) -> list[str]:
    return [piece for word in text.split() for piece in _JOINT.split(word)]


def _longest(parts: Callable[[str], list[str]], text: str) -> int:
    """Chinese breaks anywhere, so only what is in Latin letters counts in full."""
    return max(
        (cell_len(w) if w.isascii() else min(cell_len(w), _CJK) for w in parts(text)), default=1
    )
