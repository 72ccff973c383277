"""Budgets: what a page weighs, what in it weighs most, and what would make it less."""

import re
from collections.abc import Mapping
from typing import Any, Final

from nmgeo.errors import UnitError
from nmgeo.outputs.payloads import to_json

_BYTES: Final = {"kB": 1_000, "MB": 1_000_000}
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


def costs(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Say what the layers of a page weigh, the heaviest first.

    Parameters
    ----------
    data : mapping
        From :func:`nmgeo.outputs.payloads.payload`.

    Returns
    -------
    list of (str, int)
        ``layer vertices`` or ``layer attribute``, and its characters in the page.
    """
    drawn = [name for name in ("sites", "rings", "links") if name in data]
    found = {f"{name} vertices": len(to_json({"": data[name]})) for name in drawn}
    for layer in data["layers"]:
        packed = {"vertices": layer["pack"], **layer["columns"]} if "pack" in layer else {}
        for key, value in packed.items():
            found[f"{layer['name']} {key}"] = len(to_json({"": value}))
        for feature in layer["features"]:
            for key, value in feature.items():
                place = f"{layer['name']} {'vertices' if key == 'shape' else key}"
                found[place] = found.get(place, 0) + len(to_json({key: value}))
    return sorted(found.items(), key=lambda cost: (-cost[1], cost[0]))


def over_budget(size: int, budget: int, data: Mapping[str, Any]) -> str:
    """Say in words that a page is too large, why, and what to do."""
    heavy = ", ".join(f"{what} {weight / 1e6:.2f} MB" for what, weight in costs(data)[:_SHOWN])
    return (
        f"the page is {size / 1e6:.2f} MB, over the budget of {budget / 1e6:g} MB; heaviest: "
        f"{heavy}; leave attributes out of the file, or add --simplify 1m (shared borders stay so)"
    )
