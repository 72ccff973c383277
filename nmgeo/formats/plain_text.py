"""Text that XML and C libraries can hold: without control characters."""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_FORBIDDEN: Final = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff]"  # in XML 1.0; also for RE2
_LEAST: Final = ord(" ")  # bytes below it are of control characters
_HIGH: Final = "\uffff".encode()[0]  # with which the two last characters begin, among others


def plain_text(text: str) -> str:
    """Return text without the characters that XML 1.0 forbids, such as NUL.

    Examples
    --------
    >>> plain_text("a" + chr(0) + "b")
    'ab'
    """
    return re.sub(f"{_FORBIDDEN}|[\ud800-\udfff]", "", text)


def one_line_end(value: str) -> str:
    """Return text whose lines end as those of a cell do, in LF alone."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def plain_table(table: pa.Table) -> pa.Table:
    """Return a table whose text has no control characters."""
    columns = [_plain(column) for column in table.columns]
    return pa.table(columns, schema=table.schema)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type) or not any(map(_is_suspect, column.chunks)):
        return column
    if not pc.any(pc.match_substring_regex(column, _FORBIDDEN)).as_py():
        return column
    return pc.replace_substring_regex(column, _FORBIDDEN, "")


def _is_suspect(texts: pa.Array) -> bool:
    """Tell from bytes alone whether texts may hold a forbidden character: in most none does."""
    if not len(texts):
        return False
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1]
    held = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]
    return bool(held.min(initial=_LEAST) < _LEAST or (held == _HIGH).any())
