"""The size of a page: its largest parts, and the message if it exceeds its budget."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from nmgeo.messages import Text, option, text
from nmgeo.outputs.web.page_data import to_script_json

CODE_PART: Final = "code"  # scripts, styles and text that every page has
_GEOMETRY_KEYS: Final = ("sites", "rings", "links")
_MAX_LISTED: Final = 4  # parts that a message lists


def size_by_part(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    """List the parts of the data of a page with their size in bytes, the largest first.

    Parameters
    ----------
    data : mapping
        From :func:`nmgeo.outputs.web.page_data.build_page_data`.

    Returns
    -------
    list of (str, int)
        Name of the part (``LAYER vertices``, ``LAYER ATTRIBUTE`` or another such as ``words``), and
        its bytes in the page.
    """
    sizes: Counter[str] = Counter()
    for name, value in data.items():
        if name in _GEOMETRY_KEYS:
            for row in value:
                sizes.update(_size_by_key(name, row))
        elif name != "layers":
            sizes[name] += _size_bytes(value)
    for layer in data["layers"]:
        is_encoded = "pack" in layer
        encoded = {"shape": layer["pack"], "more": layer["columns"].items()} if is_encoded else {}
        for row in (encoded, *layer["features"]):
            sizes.update(_size_by_key(layer["name"], row))
    return sorted(sizes.items(), key=lambda cost: (-cost[1], cost[0]))


def budget_message(size: int, budget: int, data: Mapping[str, Any]) -> Text:
    """Return the message that a page is too large, with its largest parts and a remedy."""
    code = size - _size_bytes(data)
    found = sorted([(CODE_PART, code), *size_by_part(data)], key=lambda cost: -cost[1])
    largest = ", ".join(
        f"{what} {part_bytes / 1e6:.2f} MB" for what, part_bytes in found[:_MAX_LISTED]
    )
    remedy = text("no page can be smaller than its code")
    if code < budget:
        remedy = text(
            "leave attributes out of the file, or add {simplify}", simplify=option("simplify", "1m")
        )
    return text(
        "the page is {size:.2f} MB, over the budget of {budget:g} MB; largest parts: {parts};"
        " {remedy}",
        size=size / 1e6,
        budget=budget / 1e6,
        parts=largest,
        remedy=remedy,
    )


def _size_by_key(name: str, row: Mapping[str, Any]) -> Counter[str]:
    """Return the size of each part of a site or feature, bytes; of each attribute by itself."""
    sizes: Counter[str] = Counter()
    for key, value in row.items():
        part_name = "vertices" if key == "shape" else key
        for part, part_value in value if key == "more" else [(part_name, value)]:
            sizes[f"{name} {part}"] += len(to_script_json({part: part_value}).encode())
    return sizes


def _size_bytes(value: Any) -> int:
    return len(to_script_json({"": value}).encode())
