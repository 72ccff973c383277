"""Layout of tables on a terminal: numbers never break, words break last."""

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Final, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmgeo.errors import on_one_line
from nmgeo.outputs.terminal.wrap import (
    break_words,
    widest_piece,
    word_width,
    words_of,
    wrap_text,
)

_LEAST: Final = 4  # columns of text that is squeezed the most
_INDENT: Final = 1
_NARROW: Final = 18  # columns of text that is better not broken at all

Cells = Sequence[Sequence[str]]


def layout_table(
    heads: Sequence[str],
    cells: Cells,
    texts: Sequence[bool],
    width: int,
    lead: int,
    colon: str = ": ",
) -> str:
    """Lay a table out by width of characters.

    Parameters
    ----------
    heads : sequence of str, n
        Headings, which break between words.
    cells : sequence of sequence of str, n each
        Rows; control characters are replaced.
    texts : sequence of bool, n
        Which columns are of text, which stands left and may break; numbers do neither.
    width : int
        Columns of the terminal.
    lead : int
        How many of the first columns say what a row is about. They stand as a line of their own
        above the rows that share them where the table is shorter that way.
    colon : str
        Stands between them in that line.

    Returns
    -------
    str
        Ends with a line end. Only numbers that have no room at all make a line wider.
    """
    rows = [[on_one_line(cell) for cell in row] for row in cells]
    least = _least([list(heads), *rows], texts)
    flat = _table(heads, rows, texts, _widths([list(heads), *rows], texts, width), width)
    if not lead or lead >= len(heads) or not rows:
        return flat
    grouped = _grouped(heads, rows, texts, width, lead, colon)
    shorter = grouped.count("\n") < flat.count("\n")
    return grouped if shorter or sum(least) + len(least) > width else flat


def layout_with_title(
    heads: Sequence[str], cells: Cells, texts: Sequence[bool], width: int, colon: str
) -> str:
    """Lay a table out whose first column, one and the same in all rows, is its title."""
    title = f"{heads[0]}{colon}{on_one_line(cells[0][0])}\n"
    return title + layout_table(heads[1:], [row[1:] for row in cells], texts[1:], width, 0)


def layout_list(heads: Sequence[str], cells: Cells, width: int) -> str:
    """Lay rows out one value a line, each behind its heading, with a blank line between rows."""
    label = max(map(cell_len, heads))
    lines = []
    for row in cells:
        for head, cell in zip(heads, row, strict=True):
            first, *rest = wrap_text(on_one_line(cell), max(width - label - 1, _LEAST))
            lines += [f"{head}{' ' * (label - cell_len(head) + 1)}{first}"]
            lines += [f"{' ' * (label + 1)}{line}" for line in rest]
        lines.append("")
    return "\n".join(lines)


def _grouped(
    heads: Sequence[str],
    rows: Cells,
    texts: Sequence[bool],
    width: int,
    lead: int,
    colon: str,
) -> str:
    inner, kinds, room = heads[lead:], texts[lead:], width - _INDENT
    widths = _widths([list(inner), *(row[lead:] for row in rows)], kinds, room)
    parts = [_table(inner, [], kinds, widths, room)]
    for about, group in groupby(rows, key=lambda row: list(row[:lead])):
        title = colon.join(dict.fromkeys(text for text in about if text.strip("–"))) or "–"
        parts.append("\n".join(wrap_text(title, width)) + "\n")
        parts.append(_table((), [row[lead:] for row in group], kinds, widths, room))
    lines = [part.splitlines() for part in parts]
    return "".join(
        f"{' ' * (_INDENT if n % 2 == 0 else 0)}{line}".rstrip() + "\n"
        for n, part in enumerate(lines)
        for line in part
    )


def _table(
    heads: Sequence[str], rows: Cells, texts: Sequence[bool], widths: Sequence[int], width: int
) -> str:
    """Draw rows in columns of these widths, under headings if there are any."""
    table = Table(
        box=box.SIMPLE_HEAD if heads else None,
        show_edge=False,
        show_header=bool(heads),
        pad_edge=False,
        padding=(0, 0 if heads else 1, 0, 0),
    )
    for n, (room, text) in enumerate(zip(widths, texts, strict=True)):
        side: Literal["left", "right"] = "left" if text else "right"
        head = Text(break_words(heads[n], room)) if heads else ""
        table.add_column(head, justify=side, overflow="fold", width=room)
    for row in rows:
        table.add_row(*map(Text, map(break_words, row, widths)))
    out = io.StringIO()
    whole = max(width, sum(widths) + len(widths))
    Console(file=out, width=whole, color_system=None, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _least(grid: Cells, texts: Sequence[bool]) -> list[int]:
    """Give a column of text its longest word, one of numbers its longest number."""
    columns = zip(*grid, strict=True)
    return [
        max(_longest_word(column[0]), *(map(_longest_word if text else cell_len, column[1:])), 1)
        for column, text in zip(columns, texts, strict=True)
    ]


def _widths(grid: Cells, texts: Sequence[bool], width: int) -> list[int]:
    """Squeeze names, then words, then headings, if there is no room; else widen what wraps most."""
    widths, columns = _least(grid, texts), list(zip(*grid, strict=True))
    wanted = [max(cell_len(cell) for cell in column) for column in columns]
    joints = [max(map(widest_piece, column)) for column in columns]
    numbers = [max(map(cell_len, column[1:]), default=1) for column in columns]
    for least in (joints, [_LEAST] * len(columns)):
        floors = [
            low if text else most for low, most, text in zip(least, numbers, texts, strict=True)
        ]
        while sum(widths) + len(widths) > width:
            soft = [n for n, room in enumerate(widths) if room > floors[n]]
            if not soft:
                break
            widths[max(soft, key=lambda n: (texts[n], widths[n]))] -= 1
    _fill_narrow(widths, wanted, width)
    for _ in range(width - sum(widths) - len(widths)):
        lines = [-(-want // room) for want, room in zip(wanted, widths, strict=True)]
        most = max(range(len(widths)), key=lines.__getitem__)
        widths[most] += lines[most] > 1
    return widths


def _fill_narrow(widths: list[int], wanted: Sequence[int], width: int) -> None:
    """Give narrow columns what they want first, so that a short name stays on one line."""
    for n in sorted(range(len(widths)), key=lambda n: wanted[n] - widths[n]):
        more = wanted[n] - widths[n]
        if wanted[n] <= _NARROW and more <= width - sum(widths) - len(widths):
            widths[n] += max(more, 0)


def _longest_word(text: str) -> int:
    return max(map(word_width, words_of(text)), default=1)
