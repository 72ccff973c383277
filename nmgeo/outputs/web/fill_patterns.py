"""Fill patterns of the web map, as SVG: what a colour or a dash says shows by lines too."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_BOLD: Final = 10  # pixels of a side of a pattern
_FINE: Final = 12


def patterned_fills(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List what is filled with a pattern: sites, and classes of small layers."""
    yield from data["sites"]
    for layer in data.get("layers", ()):
        for one in layer.get("classes", ()):
            if one["pattern"]:
                colour = one["colour"]
                yield {"colour": colour, "pattern": f"{one['pattern']}-{colour[1:]}"}


def svg_pattern(site: Mapping[str, Any]) -> str:
    """Return the SVG fill of a site: colour and pattern both show its status.

    A fine pattern tells how sure its outline is.
    """
    colour, name = site["colour"], site["pattern"]
    marks = {
        "lines": f'<path d="M0 10L10 0" stroke="{colour}" stroke-width="2"/>',
        "dots": f'<circle cx="5" cy="5" r="2" fill="{colour}"/>',
        "cross": f'<path d="M0 10L10 0M0 0L10 10" stroke="{colour}" stroke-width="1"/>',
        "fine_lines": f'<path d="M0 12L12 0" stroke="{colour}" stroke-width=".5"/>',
        "fine_cross": f'<path d="M0 12L12 0M0 0L12 12" stroke="{colour}" stroke-width=".5"/>',
    }
    kind = name.partition("-")[0]
    size = _FINE if kind.startswith("fine") else _BOLD
    return (
        f'<pattern id="nm-{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f'<rect width="{size}" height="{size}" fill="{colour}" fill-opacity=".16"/>'
        f"{marks.get(kind, '')}</pattern>"
    )
