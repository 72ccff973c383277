"""Line breaks on a terminal: in English between words, in Chinese between characters."""

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, chop_cells

_CJK: Final = 8  # columns below which a run of Chinese is not squeezed
_JOINT: Final = re.compile(r"(?<=[_/.:\-])(?=[^\W\d])")  # names and addresses have them, dates none
_DASH: Final = re.compile(r"(?<=[_/.:-])(?!$)")  # a date breaks here if nothing else helps
# A line never begins with closing punctuation and never ends with an opening bracket.
_OPENING: Final = "（「『《〈【〔“‘([{"
_CLOSING: Final = "，。、；：！？）」』》〉】〕”’·…％–~,.;:!?)]}%"
_FIRST_CJK: Final = "\u2e80"
_CLOSED: Final = f"[{re.escape(_CLOSING)}]*"
_ATOM: Final = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[\u0021-\u2e7f]+|[^\u0021-\u2e7f]){_CLOSED}"
)
_SPACE: Final = re.compile(r"[^\S\u00a0]+")
_SHORT_NOTE: Final = re.compile(rf"[(（][^()（）]{{1,4}}[)）]{_CLOSED}|{_ATOM.pattern}")


def words_of(text: str) -> list[str]:
    """Return the words of a text; a no-break space joins what stands on one line."""
    return _SPACE.split(stripped) if (stripped := text.strip()) else []


def widest_piece(text: str) -> int:
    """Return how wide a column has to be to break the words of a text at their joints alone."""
    pieces = (piece for word in words_of(text) for piece in _JOINT.split(word))
    return max(map(word_width, pieces), default=1)


def word_width(word: str) -> int:
    """Return the width of a word; Chinese breaks anywhere, so only Latin letters count in full."""
    return cell_len(word) if _is_latin(word) else min(cell_len(word), _CJK)


def wrap_text(text: str, width: int) -> list[str]:
    """Break a text into lines.

    Parameters
    ----------
    text : str
        One paragraph; its spaces separate words.
    width : int
        Columns of the terminal. A piece that is wider is cut.

    Returns
    -------
    list of str
        At least one line.

    Examples
    --------
    >>> wrap_text("距離按誤差取整。", 14)
    ['距離按誤差取', '整。']
    """
    lines = [""]
    for piece, spaced in _pieces(text, width):
        joined = f"{lines[-1]} {piece}" if spaced and lines[-1] else lines[-1] + piece
        if lines[-1] and cell_len(joined) > width:
            lines.append(piece)
        else:
            lines[-1] = joined
    return lines


def break_words(text: str, room: int) -> str:
    r"""Break a text into lines that are no wider than its column.

    Parameters
    ----------
    text : str
        A cell.
    room : int
        Columns of the terminal.

    Returns
    -------
    str
        With a line end wherever it breaks; a word that is too wide breaks at its joints.

    Examples
    --------
    >>> break_words("in lots_of_san_tin.gpkg", 12)
    'in lots_of_\nsan_tin.gpkg'
    """
    return "\n".join(wrap_text(text, room))


def _pieces(text: str, width: int) -> Iterator[tuple[str, bool]]:
    """Yield the pieces that a line takes whole, and whether a space stands before each."""
    for word in words_of(text):
        spaced = True
        for atom in _atoms(word, width):
            for piece in _cut(atom, width):
                yield piece, spaced
                spaced = False


def _atoms(word: str, width: int) -> list[str]:
    """Split a word where it may break: between Chinese characters, never before a full stop.

    A unit or a short note in brackets stays whole where the line is wide enough.
    """
    if _is_latin(word):
        return [word]
    atoms = _SHORT_NOTE.findall(word)
    if max(map(cell_len, atoms), default=0) > width:
        atoms = _ATOM.findall(word)
    rest = word[sum(map(len, atoms)) :]
    return [*atoms, rest] if rest else atoms


def _is_latin(word: str) -> bool:
    """Tell if a word has letters, digits and signs alone, and breaks nowhere."""
    return all(character < _FIRST_CJK for character in word)


def _cut(atom: str, width: int) -> list[str]:
    """Cut a piece that is wider than the line: at its joints, at dashes, then anywhere."""
    if cell_len(atom) <= width:
        return [atom]
    pieces = _JOINT.split(atom)
    if max(map(cell_len, pieces)) > width:
        pieces = _DASH.split(atom)
    return [part for piece in pieces for part in chop_cells(piece, width)]
