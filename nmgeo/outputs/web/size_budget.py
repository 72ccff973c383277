"""Budgets: what a page weighs, what in it weighs most, and what would make it less."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from nmgeo.errors import UnitError
from nmgeo.outputs.web.page_data import to_script_json

_BYTES: Final = {"kB": 1_000, "MB": 1_000_000}
CODE_PART: Final = "code"  # the scripts, styles and text that every page has
_DRAWN: Final = ("sites", "rings", "links")
_SHOWN: Final = 4  # how many costs a message names


def read_size(text: str) -> int:
    """Read a size such as ``"8MB"`` or ``"400 kB"``.

    Parameters
    ----------
    text : str
        A plain number and kB or MB (thousands and millions of bytes).

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    UnitError
        If it is none.

    Examples
    --------
    >>> read_size("8MB")
    8000000
    """
    match = re.fullmatch(r"\s*(\d{1,6}(?:\.\d+)?)\s*(kB|MB)\s*", text, flags=re.ASCII)
    if match is None:
        raise UnitError(f"size {text!r}", "not a size", "write a number and kB or MB, as in 8MB")
    return round(float(match[1]) * _BYTES[match[2]])


def size_by_part(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Say what the data of a page weigh, the heaviest first.

    Parameters
    ----------
    data : mapping
        From :func:`nmgeo.outputs.web.page_data.build_page_data`.

    Returns
    -------
    list of (str, int)
        ``layer vertices``, ``layer attribute``, or what else there is, such as ``words``; and its
        bytes in the page.
    """
    found: Counter[str] = Counter()
    for name, value in data.items():
        if name in _DRAWN:
            for row in value:
                found.update(_parts(name, row))
        elif name != "layers":
            found[name] += _weight(value)
    for layer in data["layers"]:
        big = "pack" in layer
        packed = {"shape": layer["pack"], "more": layer["columns"].items()} if big else {}
        for row in (packed, *layer["features"]):
            found.update(_parts(layer["name"], row))
    return sorted(found.items(), key=lambda cost: (-cost[1], cost[0]))


def budget_message(size: int, budget: int, data: Mapping[str, Any]) -> str:
    """Say in words that a page is too large, why, and what to do."""
    code = size - _weight(data)
    found = sorted([(CODE_PART, code), *size_by_part(data)], key=lambda cost: -cost[1])
    heavy = ", ".join(f"{what} {weight / 1e6:.2f} MB" for what, weight in found[:_SHOWN])
    mended = "leave attributes out of the file, or add --simplify 1m (shared borders stay so)"
    return (
        f"the page is {size / 1e6:.2f} MB, over the budget of {budget / 1e6:g} MB; heaviest: "
        f"{heavy}; {mended if code < budget else 'no page weighs less than its code'}"
    )


def _parts(name: str, row: Mapping[str, Any]) -> Counter[str]:
    """Weigh a site or a feature part by part; what is told of it in pairs, pair by pair."""
    found: Counter[str] = Counter()
    for key, value in row.items():
        called = "vertices" if key == "shape" else key
        for part, worth in value if key == "more" else [(called, value)]:
            found[f"{name} {part}"] += len(to_script_json({part: worth}).encode())
    return found


def _weight(value: Any) -> int:
    return len(to_script_json({"": value}).encode())
