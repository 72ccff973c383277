"""Remarks: what a reader of rings must know of how they were drawn and clipped."""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.commands.figure_text import area_text
from nmgeo.errors import notify
from nmgeo.measures.area_rounding import area_decimals
from nmgeo.messages import list_some, text
from nmgeo.translations import AreaUnit, Lang, join_texts, translate

# Where what a shipped boundary cuts off lies.
BEYOND: Final = {"boundary": "shenzhen", "land": "sea_or_shenzhen"}
_CLIPPED: Final = {
    "boundary": "rings_clipped_shenzhen",
    "land": "rings_clipped_land",
    "sea": "rings_clipped_sea",
}
_SHOWN: Final = 3
_WHOLE: Final = 1 - 1e-9


def warn_of_rings(drawn: gpd.GeoDataFrame, clip: str | None) -> None:
    """Warn of outlines of which a setback leaves nothing, and of rings that are clipped in part.

    Parameters
    ----------
    drawn : GeoDataFrame, n rows
        With ``outline_id``, ``to_m`` and ``radius_min_m``; where clipped also ``covered_share``.
    clip : str or None
        The layer at which they are clipped.

    Warns
    -----
    Notice
        A line for each.
    """
    nothing = (drawn["to_m"] < 0) & drawn["radius_min_m"].isna()  # before any clip
    gone = drawn.loc[nothing, "outline_id"].unique()
    if len(gone):
        said = text(
            "a setback leaves nothing of {names} ({count} of the outlines)",
            names=list_some(gone, _SHOWN),
            count=len(gone),
        )
        notify(said)
    if clip is None:
        return
    past = drawn.loc[drawn["covered_share"] < _WHOLE, "outline_id"]
    if len(past):
        said = text(
            "nothing is clipped past the ends of {clip}: {count} of {all} rings, those of {names}",
            count=len(past),
            all=len(drawn),
            clip=clip,
            names=list_some(past.unique(), _SHOWN),
        )
        notify(said)


def describe_rings(
    drawn: gpd.GeoDataFrame, clip: str | None, lang: Lang, units: AreaUnit = "ha"
) -> str:
    """Describe in sentences what rings include, count twice, and how far their edges are.

    Parameters
    ----------
    drawn : GeoDataFrame, n rows
        With ``from_m``, ``to_m`` and the radii of :func:`nmgeo.measures.buffers.ring_shapes`; the
        ``double_counted_ha`` of dissolved ones.
    clip : str or None
        The layer at which they are clipped.
    lang : {"en", "tc", "sc"}
        Language of the sentences.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Returns
    -------
    str
        One or more sentences.
    """
    told = [translate(*_kind(drawn, clip), lang).format(layer=clip)]
    if "double_counted_ha" in drawn:
        each = drawn["double_counted_ha"]
        again = each.max() if (drawn["from_m"] == 0).all() else each.sum()
        decimals = area_decimals(drawn)  # overlaps are no surer than the outlines
        land = area_text(round(again, decimals), units, lang)
        told.append(translate("sentence", "rings_again", lang).format(again=land))
    reached = drawn.groupby("to_m").agg({"radius_min_m": "min", "radius_max_m": "max"}).dropna()
    if len(reached):
        edges = [
            translate("sentence", "rings_reached", lang).format(
                to=f"{to:,.6g}", low=f"{low:,.2f}", high=f"{high:,.2f}"
            )
            for to, low, high in reached.itertuples()
        ]
        more = " ..." if len(edges) > _SHOWN else ""
        words = {"reached": join_texts(edges[:_SHOWN], "semicolon", lang) + more}
        words["percent"] = f"{100 * drawn['radius_error_share'].max():.3f}"
        told.append(translate("sentence", "rings_error", lang).format(**words))
    return join_texts(told, "sentence", lang)


def undecided_remark(counts: Mapping[str, int], lang: Lang) -> str:
    """Say for how many features of each layer it is undecided whether they lie in a ring.

    Parameters
    ----------
    counts : mapping of layer to int
        From :func:`nmgeo.commands.ring_contents.undecided_count`.
    lang : {"en", "tc", "sc"}
        Language of the words.

    Returns
    -------
    str
        A sentence, empty where all are decided.
    """
    some = {translate("layer", layer, lang): count for layer, count in counts.items() if count}
    said = [f"{layer} {count:,}" for layer, count in some.items()]
    if not said:
        return ""
    listed = join_texts(said, "comma", lang)
    return translate("sentence", "rings_undecided", lang).format(list=listed)


def inside_remarks(rows: pd.DataFrame, lang: Lang) -> list[str]:
    """Say how uncertain the edges are within which land was measured; nothing of other tables.

    Parameters
    ----------
    rows : DataFrame, n rows
        The columns of :func:`nmgeo.rings`; of polygons ``inside_share`` and
        ``inside_accuracy_m``.
    lang : {"en", "tc", "sc"}
        Language of the words.

    Returns
    -------
    list of str
        A sentence, none where no land was measured or no accuracy is known.
    """
    if not {"inside_share", "inside_accuracy_m"} <= set(rows):
        return []
    known = rows.loc[rows["inside_share"] > 0, "inside_accuracy_m"].dropna()
    if known.empty:
        return []
    ends = dict.fromkeys(f"{end:,.0f}" for end in (known.min(), known.max()))
    return [translate("sentence", "rings_inside", lang).format(range="–".join(ends))]


def _kind(drawn: gpd.GeoDataFrame, clip: str | None) -> tuple[str, str]:
    if clip is not None:
        return "sentence", _CLIPPED.get(clip, "rings_clipped")
    return ("sentence", "setbacks") if (drawn["to_m"] < 0).all() else ("phrase", "rings")
