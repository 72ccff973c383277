"""Infinite numbers, which JSON and workbooks do not hold: said once for each column."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.errors import notify
from nmgeo.formats.rows import Answer
from nmgeo.messages import text


def tell_of_infinite(answer: Answer, title: str) -> Answer:
    """Return an answer whose infinite numbers are told once it was read.

    Parameters
    ----------
    answer : Answer
        Its tables may come one by one.
    title : str
        What the format is called.

    Warns
    -----
    Notice
        How many each column has.
    """
    if isinstance(answer.tables, Sequence):  # it may be read more than once
        for _ in _counted(answer.tables, title):
            pass
        return answer
    return replace(answer, tables=_counted(answer.tables, title))


def _counted(tables: Iterable[pa.Table], title: str) -> Iterator[pa.Table]:
    counts: Counter[str] = Counter()
    for table in tables:
        for field in table.schema:
            if pa.types.is_floating(field.type):
                counts[field.name] += pc.sum(pc.is_inf(table[field.name])).as_py() or 0
        yield table
    say_left_empty(counts, title)


def say_left_empty(counts: Mapping[str, int], title: str) -> None:
    """Say how many infinite numbers of each column are left empty, if any.

    Warns
    -----
    Notice
        One for each column.
    """
    for column, count in counts.items():
        if count:
            said = text(
                "column {column!r}: infinite numbers left empty ({count}), which {title} cannot "
                "hold; .gpkg keeps them",
                column=column,
                count=count,
                title=title,
            )
            notify(said)
