"""Two registers of the same thing: which features agree, and where their hectares differ."""

from typing import Any, Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.inputs import Features, Inputs, takes_features
from nmgeo.commands.two_layers import credit_layers, open_two
from nmgeo.errors import UsageError
from nmgeo.measures.areas import area_ha
from nmgeo.measures.matching import match_by_overlap
from nmgeo.measures.pieces import shared_pieces, uncovered_m2, uncovered_pieces
from nmgeo.messages import Text, option, text
from nmgeo.sources.geometry_kinds import keep_polygons
from nmgeo.units import M2_PER_HECTARE, named_after, read_share

RESULTS: Final = ("same", "split", "merged", "partial", "only_a", "only_b")
_LEAST_HA: Final = 1e-6  # 100 square centimetres, which rounding of coordinates leaves
BELOW: Final = "below_least"  # of a piece of two features that do not match
_SUMMARY: Final = ["match_result", "a_count", "b_count", "a_ha", "b_ha", "b_less_a_ha"]
_PIECES: Final = ["match_result", "match", "piece", "a_id", "b_id", "piece_ha", "geometry"]


@takes_features()
def reconcile(
    a: Features,
    b: Features,
    *,
    same: str = "95%",
    least: str = "10%",
    pieces: bool = False,
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Match two registers by the land that they share, and explain the difference of their totals.

    Parameters
    ----------
    a, b : str, path, GeoDataFrame or object with ``__geo_interface__``
        The registers, polygons; each may be the name of a layer.
    same : str
        Share of the larger of two features that they must have in common to be the same.
    least : str
        Share of the smaller of two features that they must have in common to match at all.
    pieces : bool
        Return the pieces of land instead of the sums.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`; ``key`` and ``crs`` are of both registers, or
        by ``"a"`` and ``"b"``. Also for ``generalise``, ``points_only`` and ``aggregate``.

    Returns
    -------
    DataFrame, a row for each of ``RESULTS`` and one for the total
        ``match_result``: ``same``, ``split`` (one of A is several of B), ``merged`` (several of A
        are one of B), ``partial`` (all other matches), ``only_a`` and ``only_b``; how many
        features of each register, their hectares, and ``b_less_a_ha``. Each feature
        counts in one row, so that the rows add up to the totals. ``attrs["remark"]`` says the
        thresholds and what makes up the difference.
    GeoDataFrame, EPSG:4326
        With ``pieces``: for each piece of land ``match_result``, the number of the ``match``,
        ``piece`` (``shared``, ``only_a`` or ``only_b``), ``a_id``, ``b_id`` and ``piece_ha``. What
        two features share that do not match is ``below_least``.

    Raises
    ------
    UsageError
        If a threshold is no share.
    LayerError
        If a file is missing or broken, or a register has no polygons.

    Warns
    -----
    Notice
        Which features have no area and are left out.

    Source
    ------
    Intersections and differences by GEOS in EPSG:2326.
    """
    limits = {"same": _threshold("same", same), "least": _threshold("least", least)}
    here, frames, names = open_two(inputs, a=a, b=b)
    frames = {word: keep_polygons(frame, word.upper()) for word, frame in frames.items()}
    drawn = [crs.to_hk80(frame) for frame in frames.values()]
    shapes = [one.to_numpy() for one in drawn]
    hectares = [area_ha(one.to_frame()).to_numpy() for one in drawn]
    both = shared_pieces(*shapes)
    a_m2, b_m2 = (one * M2_PER_HECTARE for one in hectares)
    found = match_by_overlap(a_m2, b_m2, both, **limits)
    found = found.assign(area_ha=np.concatenate(hectares))
    rows = _pieces(frames, shapes, both, found) if pieces else _summary(found)
    alone = _alone_in(rows) if pieces else _alone_ha(shapes, both)
    rows.attrs["remark"] = _remark(alone, found, same, least)
    return credit_layers(rows, here, names)  # type: ignore[no-any-return]


def _threshold(word: str, written: str) -> float:
    """Read a share between 0 and 1."""
    with named_after(word, written):
        share = read_share(written)
    if not 0 < share <= 1:
        wrong = text("a threshold is more than 0% and at most 100%")
        raise UsageError(option(word, written), wrong, text("write a share such as 50%"))
    return share


def _summary(found: pd.DataFrame) -> pd.DataFrame:
    """Add up the features of each result."""
    sides = {}
    for side in ("a", "b"):
        groups = found[found["register"] == side].groupby("result")["area_ha"]
        sides[f"{side}_count"] = groups.size()
        sides[f"{side}_ha"] = groups.sum()
    table = pd.DataFrame(sides).reindex(RESULTS).fillna(0.0)
    table.loc["total"] = table.sum()
    table = table.astype({"a_count": int, "b_count": int})
    table["b_less_a_ha"] = table["b_ha"] - table["a_ha"]
    return table.rename_axis("match_result").reset_index()[_SUMMARY]


def _pieces(
    frames: dict[str, gpd.GeoDataFrame], shapes: list[Any], both: pd.DataFrame, found: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return what two features share, and what is left of each outside the other register."""
    sides = [found[found["register"] == side].reset_index(drop=True) for side in ("a", "b")]
    ids = [frame.index.astype(str) for frame in frames.values()]
    row, other = both["row"].to_numpy(), both["other"].to_numpy()
    ends = (row, other), (other, row)
    rest = [
        sides[side][["match", "result"]].assign(
            piece=f"only_{name}",
            geometry=uncovered_pieces(shapes[side], shapes[1 - side], *ends[side]),
            **{f"{name}_id": ids[side]},
        )
        for side, name in enumerate("ab")
    ]
    shared = _shared(sides, both).assign(a_id=ids[0][row], b_id=ids[1][other])
    table = pd.concat([shared, *rest], ignore_index=True).rename(columns={"result": "match_result"})
    drawn = gpd.GeoDataFrame(table, geometry="geometry", crs=crs.HK80)
    drawn = drawn.assign(piece_ha=area_ha, match=drawn["match"].astype("Int64"))
    drawn = drawn[drawn["piece_ha"] > _LEAST_HA]
    order = drawn.sort_values(["match", "piece"], na_position="last")
    land: gpd.GeoDataFrame = order[_PIECES].reset_index(drop=True).to_crs(crs.WGS84)
    return land


def _shared(sides: list[pd.DataFrame], both: pd.DataFrame) -> pd.DataFrame:
    """Return the shared pieces with their match; of features that do not match there is none."""
    a, b = sides[0].iloc[both["row"]], sides[1].iloc[both["other"]]
    linked = a["match"].to_numpy() == b["match"].to_numpy()
    return pd.DataFrame(
        {
            "match": np.where(linked, a["match"], np.nan),
            "result": np.where(linked, a["result"], BELOW),
            "piece": "shared",
            "geometry": both["geometry"],
        }
    )


def _alone_in(pieces: gpd.GeoDataFrame) -> list[float]:
    """Add up the pieces of A outside B, and of B outside A, in hectares."""
    return [
        float(pieces["piece_ha"][pieces["piece"] == only].sum()) for only in ("only_a", "only_b")
    ]


def _alone_ha(shapes: list[Any], both: pd.DataFrame) -> list[float]:
    """Return the hectares of A outside B, and of B outside A, as the pieces add up to them."""
    row, other = both["row"].to_numpy(), both["other"].to_numpy()
    a, b = shapes
    sides = uncovered_m2(a, b, row, other, both), uncovered_m2(b, a, other, row, both)
    each = [side / M2_PER_HECTARE for side in sides]
    return [float(ha[ha > _LEAST_HA].sum()) for ha in each]


def _remark(alone: list[float], found: pd.DataFrame, same: str, least: str) -> Text:
    """State the thresholds, and what makes up the difference of the totals."""
    totals = found.groupby("register")["area_ha"].sum()
    only_a, only_b = alone
    difference = round(float(totals.get("b", 0.0) - totals.get("a", 0.0)), 4) + 0.0
    return text(
        "B less A: {difference:+,.4f} ha = {only_b:,.4f} ha of B outside A, less {only_a:,.4f} ha "
        "of A outside B, {overlaps:+,.4f} ha from overlaps inside a register; same: {same} of "
        "the larger feature shared; matched: {least} of the smaller",
        difference=difference,
        only_a=only_a,
        only_b=only_b,
        overlaps=round(difference - only_b + only_a, 4) + 0.0,
        same=same,
        least=least,
    )
