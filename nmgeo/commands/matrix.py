"""Matrices: every site against every site, or against every feature of a layer."""

import math
from collections.abc import Hashable, Mapping
from typing import Any, Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo.commands.calls import takes_rows
from nmgeo.commands.inputs import Features, Inputs, names_layer, open_inputs, takes_features
from nmgeo.commands.layers import caveat_notes
from nmgeo.commands.results import finish
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import notify
from nmgeo.measures import distance_origin, distances
from nmgeo.measures.distance_uncertainty import distance_range_m, known_error_m, round_distances
from nmgeo.messages import text
from nmgeo.names import add_names, distinct_names
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang, translate

_LABEL: Final = 20  # columns of a terminal that the names of the sites take
_CELL: Final = 15  # and a distance with its range
_LABELS: Final = "labels"  # attribute of a matrix among outlines: how each is called
_MORE: Final = "+?"  # behind a range that may be wider


@takes_features(alone="layer", when=names_layer)
def matrix(
    sites: Features | None = None,
    layer: Features = "sites",
    *,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Measure from every outline to every feature of a layer, or to every other outline.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        What to measure to; ``"sites"`` are the sites of this call themselves. The name of a layer
        by itself, as in ``nm.matrix("stations")``, is the layer.
    lang : {"en", "tc", "sc"}
        Language of the names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    DataFrame, n x m rows, by outline and then by feature
        Among the sites themselves each pair stands once, the earlier outline first, in
        n (n - 1) / 2 rows. Indexed as the sites:
        ``from_id``, ``to_id``, ``to_name``, ``distance_m`` (metres, edge to edge), ``accuracy_m``
        and the range from ``low_m`` (>= 0) to ``high_m`` that it makes: ``from_accuracy_m`` and
        ``to_accuracy_m`` added, where one of them is missing the other alone, so that the range
        may be wider; missing where both are.

    Raises
    ------
    UnknownLayerError, UsageError
        If there is no such layer, or there are too many pairs for one table.
    LayerError
        If a file is missing or broken.

    Source
    ------
    As :func:`nmgeo.nearest`.
    """
    here, names = open_inputs(inputs, sites, layer=layer)
    layer = names["layer"]
    outlines = read_outlines(here, lang=lang)
    among = layer == "sites"
    others = _alone_told(outlines) if among else add_names(read_layer(here, layer), lang)
    gaps = distances.distance_matrix_m(outlines, others).to_numpy()
    near, far = (frame["accuracy_m"].to_numpy(dtype=float) for frame in (outlines, others))
    out = known_error_m(near[:, np.newaxis], far)
    start, end = pairs = _pairs(gaps, once=among)
    called = distance_origin.outline_labels(others, lang) if among else others["name"]
    rows: pd.DataFrame = outlines[OUTLINE_COLUMNS].iloc[start]
    table = pd.DataFrame(rows).assign(
        layer=layer,
        from_id=rows.index,
        to_id=others.index[end],
        to_name=called.to_numpy()[end],
        distance_m=gaps[pairs],
        accuracy_m=out[pairs],
        **distance_range_m(gaps[pairs], out[pairs]),
        from_accuracy_m=near[start],
        to_accuracy_m=far[end],
    )
    table.attrs[_LABELS] = called.to_dict() if among else {}
    notes = [*_notes(table, lang), *caveat_notes(layer, here, lang, among=True)]
    return finish(table, here, [layer], notes=notes)


def _alone_told(outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites to measure to; say of one alone that there is no other."""
    if len(outlines) == 1:
        said = text(
            "matrix: {site} is the only site, and there is no other to measure to; add one, or "
            "name a layer such as stations",
            site=str(outlines["site_id"].iloc[0]),
        )
        notify(said)
    return outlines


def _notes(table: pd.DataFrame, lang: Lang) -> list[str]:
    """Say that a range may be wider, where the accuracy of one end is not known."""
    one_end = table[["from_accuracy_m", "to_accuracy_m"]].isna().sum(axis=1) == 1
    return [translate("phrase", "matrix_more", lang)] if one_end.any() else []


def _pairs(gaps: Any, *, once: bool) -> tuple[Any, ...]:
    """Return the rows and columns of all pairs, or of those in which the row comes first."""
    every = np.ones_like(gaps, dtype=bool)
    return np.nonzero(np.triu(every, 1) if once else every)


@takes_rows("matrix", "layer", "from_id", "to_id", "to_name", "distance_m", "low_m", "high_m")
def side_by_side(rows: pd.DataFrame, *, width: int = 80, lang: Lang = "en") -> pd.DataFrame | None:
    """Set the rows of a matrix side by side, a column for each feature, to be read.

    Parameters
    ----------
    rows : DataFrame
        From :func:`matrix`.
    width : int
        Columns of the terminal.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    DataFrame or None
        A row for each outline, text throughout: the distance in metres as far as it is known,
        with its range, ``+?`` behind one that may be wider since one end does not say how
        accurate it is; a dash for an outline and itself. None where the columns would not fit.
    """
    first = rows.drop_duplicates("from_id").set_index("from_id")
    from_names = distance_origin.outline_labels(first, lang)
    heads = rows.drop_duplicates("to_id").set_index("to_id")["to_name"]
    if labels := rows.attrs.get(_LABELS):
        from_names = heads = pd.Series(labels)
    if _LABEL + _CELL * len(heads) > width:
        return None
    cells = {(row["from_id"], row["to_id"]): _cell(row) for row in _rounded(rows)}
    cells |= {(end, start): cell for (start, end), cell in cells.items()} if labels else {}
    columns = [
        translate("phrase", "in_metres", lang).format(name=name) for name in distinct_names(heads)
    ]
    grid = [[cells.get((start, end), "–") for end in heads.index] for start in from_names.index]
    wide = pd.DataFrame(grid, columns=columns)
    return pd.concat([from_names.rename("name").reset_index(drop=True), wide], axis=1)


def _rounded(rows: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return round_distances(rows).to_dict("records")


def _cell(row: Mapping[Any, Any]) -> str:
    """Write a distance with its range, a dash where it is not known."""
    if math.isnan(row["accuracy_m"]):
        return f"{row['distance_m']:,.0f} (–)"
    more = _MORE if math.isnan(row["from_accuracy_m"] + row["to_accuracy_m"]) else ""
    return f"{row['distance_m']:,.0f} ({row['low_m']:,.0f}–{row['high_m']:,.0f}{more})"
