"""JSON that somebody else wrote, read with care."""

import json
import re
import stat
from pathlib import Path
from typing import Any, Final

_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")  # of a surrogate pair
_MOST: Final = 5_000_000  # bytes of a file


def parse_json(content: bytes) -> Any:
    r"""Parse JSON whose text may hold half of a surrogate pair, which no file can hold.

    Parameters
    ----------
    content : bytes
        JSON in UTF-8, UTF-16 or UTF-32.

    Returns
    -------
    any
        The value; each half without the other is a question mark.

    Raises
    ------
    ValueError
        If it is not JSON.
    RecursionError
        If it is nested too deep.

    Examples
    --------
    >>> parse_json(rb'["\ud83c\udf09 bridge", "\ud83c"]')[1]
    '?'
    """
    written = content.decode(json.detect_encoding(content), "surrogatepass")
    value = json.loads(written)
    if not _HALF.search(written):
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def read_json_object(path: Path) -> dict[str, Any] | None:
    """Read a JSON object that somebody may have put in the place of ours.

    Parameters
    ----------
    path : Path
        Only a regular file is opened, and no link is followed.

    Returns
    -------
    dict or None
        None if it is missing, too large, damaged or no object. Text that is not Unicode has
        question marks.
    """
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) or state.st_size > _MOST:
            return None
        told = parse_json(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
