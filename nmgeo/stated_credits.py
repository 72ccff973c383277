"""Whose the data of a file are that nmgeo wrote: the credits of what it was made from."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import on_one_line
from nmgeo.stamps import read_stamp

_MOST: Final = 20  # inputs of a file that somebody may have made up
_LONGEST: Final = 500  # characters of a credit


def stated_credits(file: Path | None) -> tuple[tuple[str, ...], bool]:
    """Return the credits that a file states of its inputs, and whether it is made of them alone.

    Parameters
    ----------
    file : Path, optional
        A file; None of what lies in none, which states nothing.

    Returns
    -------
    (tuple of str, bool)
        Each credit once, with its licence; none of a file that states no provenance. False if some
        of its data are of nobody whom it names.
    """
    if file is None or not file.is_file():
        return (), False
    version = file.stat()
    return _stated(file, version.st_size, version.st_mtime_ns)


@lru_cache(maxsize=64)
def _stated(file: Path, _size: int, _changed: int) -> tuple[tuple[str, ...], bool]:
    inputs = (read_stamp(file) or {}).get("inputs")
    told = [one for one in inputs if isinstance(one, dict)] if isinstance(inputs, list) else []
    lines = dict.fromkeys(line for one in told[:_MOST] for line in _credits(one))
    return tuple(lines), bool(lines) and all(one.get("credit") for one in told)


def _credits(one: dict[str, Any]) -> list[str]:
    """Return the credits of an input: of what it was made from itself, or its own."""
    several = one.get("credits")
    if isinstance(several, list):
        return [_line(said) for said in several[:_MOST] if isinstance(said, str) and said]
    credit, licence = one.get("credit"), one.get("licence")
    if not isinstance(credit, str) or not credit:
        return []
    return [_line(f"{credit} ({licence})" if isinstance(licence, str) and licence else credit)]


def _line(said: str) -> str:
    return on_one_line(said[:_LONGEST])
