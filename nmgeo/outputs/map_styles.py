"""How layers are drawn: colours and symbols everywhere, lines on paper and in QGIS."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

# Colours of Okabe and Ito, which all kinds of colour vision can tell apart.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_BLUE, _ORANGE, _GREEN, _PINK = COLOURS[:4]


@dataclass(frozen=True, kw_only=True)
class Style:
    """How the features of a layer look; lengths are millimetres on paper.

    Parameters
    ----------
    fill, line : str
        Colours as ``#rrggbb``; empty for none.
    width : float
        Of lines.
    dash : tuple of float
        Dash and gap in turn; empty for a whole line.
    opacity : float
        Of the fill, 0 to 1.
    hatch : str
        ``lines`` or ``cross`` over the fill; empty for none.
    marker : str
        Symbol of points: ``disc``, ``square``, ``diamond``, ``hexagon``, ``triangle``; empty for
        names alone.
    size : float
        Of the symbol.
    labelled : bool
        Whether names are shown.
    hollow : bool
        Whether symbols and areas are white inside, since they are not open.
    """

    fill: str = ""
    line: str = ""
    width: float = 0.2
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    hatch: str = ""
    marker: str = ""
    size: float = 2.0
    labelled: bool = False
    hollow: bool = False

    @property
    def colour(self) -> str:
        """Its one colour: that of the line, or of the fill where no line is drawn."""
        return self.line or self.fill


BASE: Final[Mapping[str, Style]] = {  # from the bottom up
    "sea": Style(fill="#cfe3ec"),
    "land": Style(fill="#f7f4ec"),
    "shenzhen": Style(fill="#ebe8e1"),
    "golf_courses": Style(fill="#e3ecd5"),
    "ponds": Style(fill="#c4dce7"),
    "inland_water": Style(fill="#c4dce7"),
    "rivers": Style(line="#9fc3d4", width=0.25),
    "district_borders": Style(line="#b7a8c4", width=0.2, dash=(1.6, 1.2)),
    "roads": Style(line="#d9c9a8", width=0.35),
    "hills": Style(fill="#a48f73", marker="triangle", size=1.4),
    "place_names": Style(labelled=True),
}
LAYERS: Final[Mapping[str, Style]] = {  # from the bottom up
    "boundary": Style(line="#9c7fb0", width=0.5, dash=(3, 1, 0.6, 1)),
    "railways": Style(line="#7d7d7d", width=0.7),
    "rings": Style(line=_BLUE, width=0.3, dash=(0.4, 1.2)),
    "development_areas": Style(fill="#6b4f9e", marker="square", size=2.4, labelled=True),
    "wetlands": Style(fill="#2e7d4f", marker="hexagon", size=2.6, labelled=True),
    "sites": Style(
        fill=_BLUE, line=_BLUE, width=0.6, opacity=0.18, marker="disc", size=2.6, labelled=True
    ),
    "links": Style(line="#4a4540", width=0.25, dash=(0.4, 1)),
    # Below stations and larger, so that both are seen where they are at one place.
    "crossings": Style(fill="#8e1b3a", marker="diamond", size=3.4, labelled=True),
    "stations": Style(fill="#3d3a36", marker="disc", size=2.2, labelled=True),
}
OWN_LAYER: Final = Style(
    fill=_GREEN, line=_GREEN, width=0.5, opacity=0.18, marker="disc", labelled=True
)
# How sure an outline is, shown by its line and its hatching.
CERTAINTY: Final[Mapping[str, Style]] = {
    "official": Style(fill=_BLUE, line=_BLUE, width=0.7, opacity=0.22),
    "digitised": Style(fill=_BLUE, line=_BLUE, width=0.6, opacity=0.18),
    "indicative": Style(
        fill=_ORANGE, line=_ORANGE, width=0.6, dash=(3, 1.5), opacity=0.12, hatch="lines"
    ),
    "schematic": Style(
        fill=_PINK, line="#8a4fbf", width=0.6, dash=(1.5, 1.1), opacity=0.1, hatch="cross"
    ),
}
# Dash and gap of lines that are not open, millimetres.
_STAGE_DASHES: Final[Mapping[str, tuple[float, ...]]] = {
    "due": (4.6, 1.3),
    "not_open": (2, 1.2),
    "undated": (0.4, 1.2),
}
STAGES: Final = ("open_in_year", *_STAGE_DASHES)
_UNSTAGED: Final = frozenset({*BASE, "sites", "rings", "links"})  # they look the same in any year


def style_of(layer: str) -> Style:
    """Return the style of a layer; that of your own layers where it is none of ours."""
    return LAYERS.get(layer) or BASE.get(layer) or OWN_LAYER


def opening_stages(layer: str, rows: pd.DataFrame, year: int) -> pd.Series:
    """Return the stage of each feature in a year, as the web map draws it.

    Parameters
    ----------
    layer : str
        Its name; sites, rings, shortest lines and the base map have no stages.
    rows : DataFrame, n rows
        With the columns ``status`` and ``opens``, if it has them.
    year : int
        The year that is shown.

    Returns
    -------
    Series, n rows, of str
        One of :data:`STAGES`: ``due`` by the year, ``not_open`` before its end, ``undated`` if the
        year is not known; empty for a feature that says neither status nor year.

    Examples
    --------
    >>> rows = pd.DataFrame({"status": ["open", "planned", None], "opens": [None, 2034, None]})
    >>> opening_stages("stations", rows, 2026).tolist()
    ['open_in_year', 'not_open', '']
    """
    if layer in _UNSTAGED:
        return pd.Series("", index=rows.index, dtype=object)
    missing = pd.Series(np.nan, index=rows.index, dtype=object)
    status = rows.get("status", missing).fillna("").astype(str)
    opens = pd.to_numeric(rows.get("opens", missing), errors="coerce").astype(float)
    stage = np.select(
        [opens > year, (status == "") & opens.isna(), status.isin(["", "open"]), opens.notna()],
        ["not_open", "", "open_in_year", "due"],
        default="undated",
    )
    return pd.Series(stage, index=rows.index, dtype=object)


def stage_style(look: Style, stage: str) -> Style:
    """Return the style of a feature that is not open: hollow, its lines dashed after its stage."""
    if stage in {"", "open_in_year"}:
        return look
    return replace(look, hollow=True, dash=_STAGE_DASHES[stage])


def certainty_style(status: Any) -> Style:
    """Return the style of a site, after how sure its outline is."""
    plain = style_of("sites")
    return replace(CERTAINTY.get(str(status), plain), marker=plain.marker, size=plain.size)
