"""Fill patterns of the web map, as SVG: a status shows by lines, dots or crosses too."""

from collections.abc import Iterator, Mapping
from typing import Any


def patterned_fills(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List what is filled with a pattern: sites, and classes of small layers."""
    yield from data["sites"]
    for layer in data.get("layers", ()):
        for one in layer.get("classes", ()):
            if one["pattern"]:
                colour = one["colour"]
                yield {"colour": colour, "pattern": f"{one['pattern']}-{colour[1:]}"}


def svg_pattern(site: Mapping[str, Any]) -> str:
    """Return the SVG fill of a site: colour and pattern both show its status."""
    colour = site["colour"]
    marks = {
        "lines": f'<path d="M0 10L10 0" stroke="{colour}" stroke-width="2"/>',
        "dots": f'<circle cx="5" cy="5" r="2" fill="{colour}"/>',
        "cross": f'<path d="M0 10L10 0M0 0L10 10" stroke="{colour}" stroke-width="1"/>',
    }
    mark = marks.get(site["pattern"].partition("-")[0], "")
    return (
        f'<pattern id="nm-{site["pattern"]}" width="10" height="10" patternUnits="userSpaceOnUse">'
        f'<rect width="10" height="10" fill="{colour}" fill-opacity=".16"/>{mark}</pattern>'
    )
