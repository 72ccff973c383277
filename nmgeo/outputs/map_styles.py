"""How layers are drawn: colours and symbols everywhere, lines on paper and in QGIS."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

# Colours of Okabe and Ito, which all kinds of colour vision can tell apart.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_BLUE, _, _GREEN = COLOURS[:3]


@dataclass(frozen=True, kw_only=True)
class Style:
    """How the features of a layer look; lengths are millimetres on paper.

    Parameters
    ----------
    fill, line : str
        Colours as ``#rrggbb``; empty for none.
    width : float
        Of lines.
    casing : str
        Colour of the edges of lines; empty for none.
    dash : tuple of float
        Dash and gap in turn; empty for a whole line.
    opacity : float
        Of the fill, 0 to 1.
    hatch : str
        One of :data:`HATCHES` over the fill; empty for none.
    marker : str
        Symbol of points: ``disc``, ``square``, ``diamond``, ``hexagon``, ``triangle``; empty for
        names alone.
    size : float
        Of the symbol.
    edge : str
        Of a hollow symbol: ``dash`` or ``dot``; empty for a whole one.
    labelled : bool
        Whether names are shown.
    hollow : bool
        Whether symbols and areas are white inside, since they are not open.
    """

    fill: str = ""
    line: str = ""
    width: float = 0.2
    casing: str = ""
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    hatch: str = ""
    marker: str = ""
    size: float = 3.2
    edge: str = ""
    labelled: bool = False
    hollow: bool = False

    @property
    def colour(self) -> str:
        """Its one colour: that of the line, or of the fill where no line is drawn."""
        return self.line or self.fill


@dataclass(frozen=True, kw_only=True)
class Hatch:
    """Lines at angles in degrees from east, their gap and width in millimetres; or dots."""

    angles: tuple[int, ...]
    gap: float
    width: float


# Bold hatches tell classes, as the patterns of the page do; fine ones how sure an outline is.
HATCHES: Final[Mapping[str, Hatch]] = {
    "lines": Hatch(angles=(45,), gap=1.9, width=0.5),
    "cross": Hatch(angles=(45, 135), gap=1.9, width=0.26),
    "dots": Hatch(angles=(), gap=2.65, width=1.06),
    "fine_lines": Hatch(angles=(45,), gap=2.2, width=0.12),
    "fine_cross": Hatch(angles=(45, 135), gap=2.2, width=0.12),
}
CASING_MM: Final = 0.42  # of both edges of a line together
_WATER_EDGE: Final = "#b7d2e1"
_ROAD: Final = Style(line="#ffffff", width=0.45, casing="#d9d4c8")
BASE: Final[Mapping[str, Style]] = {  # from the bottom up, in the colours of the page
    "sea": Style(fill="#cfe3ee", labelled=True),
    "land": Style(fill="#f7f5ef"),
    "shenzhen": Style(fill="#eceae5"),
    "golf_courses": Style(fill="#e5eddb"),
    "ponds": Style(fill="#d8e9f2", line=_WATER_EDGE, width=0.15),
    "inland_water": Style(fill="#cfe3ee", line=_WATER_EDGE, width=0.15),
    "rivers": Style(line=_WATER_EDGE, width=0.29),
    "district_borders": Style(line="#cdc7bb", width=0.2, dash=(1.6, 1.2)),
    "roads": _ROAD,
    "hills": Style(fill="#8f7a58", marker="triangle", size=2.1, labelled=True),
    "place_names": Style(labelled=True),
}
ROADS: Final[Mapping[str, Style]] = {  # by kind
    "motorway": Style(line="#f2d9b3", width=0.79, casing="#d9b98a"),
    "trunk_road": replace(_ROAD, width=0.58),
    "main_road": _ROAD,
}
LAYERS: Final[Mapping[str, Style]] = {  # from the bottom up
    "boundary": Style(line="#9c7fb0", width=0.45, dash=(3, 1, 0.6, 1)),
    "railways": Style(line="#7d7d7d", width=0.45),
    "rings": Style(line=_BLUE, width=0.3, dash=(0.4, 1.2)),
    "development_areas": Style(fill="#6b4f9e", marker="square", labelled=True),
    "wetlands": Style(fill="#2e7d4f", marker="hexagon", labelled=True),
    "sites": Style(fill=_BLUE, line=_BLUE, width=0.6, opacity=0.16, marker="disc", labelled=True),
    "links": Style(line="#4a4540", width=0.25, dash=(0.4, 1)),
    "crossings": Style(fill="#8e1b3a", marker="diamond", labelled=True),
    "stations": Style(fill="#3d3a36", marker="disc", labelled=True),
}
OWN_LAYER: Final = Style(
    fill=_GREEN, line=_GREEN, width=0.5, opacity=0.16, marker="disc", labelled=True
)
# How sure an outline is, shown by its dash and its hatch.
CERTAINTY: Final[Mapping[str, tuple[tuple[float, ...], str]]] = {
    "official": ((), ""),
    "digitised": ((), ""),
    "indicative": ((3, 1.5), "fine_lines"),
    "schematic": ((1.5, 1.1), "fine_cross"),
}
# Dash and gap of lines that are not open, millimetres.
_STAGE_DASHES: Final[Mapping[str, tuple[float, ...]]] = {
    "due": (4.6, 1.3),
    "not_open": (2, 1.2),
    "undated": (0.4, 1.2),
}
_STAGE_EDGES: Final = {"not_open": "dash", "undated": "dot"}  # of symbols
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
        With the columns ``status``, ``opens`` and ``as_of``, if it has them.
    year : int
        The year that is shown.

    Returns
    -------
    Series, n rows, of str
        One of :data:`STAGES`: ``due`` by the year, ``not_open`` before its end, ``undated`` if the
        year is not known; empty for a feature that says neither status nor year. What is said to
        be open is so, whatever later year it opens.

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
    said = pd.to_numeric(rows.get("as_of", missing).astype(str).str[:4], errors="coerce")
    opens = opens.mask((status == "open") & (opens > said.fillna(year)))
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
    edge = _STAGE_EDGES.get(stage, "")
    return replace(look, hollow=True, dash=_STAGE_DASHES[stage], edge=edge)


def site_style(status: Any, colour: Any = "", hatch: Any = "", main: Any = True) -> Style:
    """Return the style of an outline of a site.

    Parameters
    ----------
    status : str or None
        How sure it is, of :data:`CERTAINTY`.
    colour : str, optional
        Its own colour.
    hatch : str, optional
        That of its class; without one, the hatch that tells how sure the outline is.
    main : bool
        Whether it is the first of its site; another is a thin line without fill.
    """
    plain, dash = style_of("sites"), CERTAINTY.get(str(status), ((), ""))[0]
    look = replace(plain, dash=dash, fill=colour or plain.fill, line=colour or plain.line)
    if not main:
        return replace(look, opacity=0.0, width=0.35)
    return replace(look, hatch=hatch or certainty_hatch(status))


def certainty_hatch(status: Any) -> str:
    """Return the hatch that tells how sure an outline is; none for one that is known well."""
    return CERTAINTY.get(str(status), ((), ""))[1]
