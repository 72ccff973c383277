"""Columns: where a word breaks that is wider than its column on a terminal."""

import re
from typing import Final

from rich.cells import cell_len

_CJK: Final = 8  # columns below which a run of Chinese is not squeezed
_JOINT: Final = re.compile(r"(?<=[_/.:\-])(?=[^\W\d])")  # names and addresses have them, dates none
_DASH: Final = re.compile(  # if it must be, dates too, and where Latin letters begin in Chinese
    r"(?<=[_/.:-])(?!$)|(?<=[^\x00-\x7f（])(?=（?[A-Za-z0-9])"
)


def widest_piece(text: str) -> int:
    """Return how wide a column has to be to break the words of a text at their joints alone."""
    pieces = (piece for word in text.split() for piece in _JOINT.split(word))
    return max(map(word_width, pieces), default=1)


def word_width(word: str) -> int:
    """Return the width of a word; Chinese breaks anywhere, so only Latin letters count in full."""
    return cell_len(word) if word.isascii() else min(cell_len(word), _CJK)


def break_words(text: str, room: int) -> str:
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
    >>> break_words("in lots_of_san_tin.gpkg", 12)
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
