"""The index of a result, which is that of the frame that was given, and its credits."""

from collections.abc import Collection
from typing import TypeVar

import pandas as pd

from nmgeo.catalog import Catalog

_Frame = TypeVar("_Frame", bound=pd.DataFrame)


def finish(
    rows: _Frame,
    catalog: Catalog,
    layers: Collection[str] = (),
    *,
    notes: Collection[str] = (),
    numbered: bool = True,
) -> _Frame:
    """Index rows by the sites as the caller knows them, and add the notes and the credits.

    Parameters
    ----------
    rows : DataFrame or GeoDataFrame, n rows
        Indexed by the ids of outlines, each as often as it has rows.
    catalog : Catalog
        From :func:`nmgeo.commands.inputs.open_inputs`.
    layers : collection of str
        The layers and tables of the catalog that were used besides the sites.
    notes : collection of str
        What a reader must know of all rows: ``attrs["notes"]``.
    numbered : bool
        Whether rows of sites that were not given as a frame are numbered from 0; they keep their
        ids as index otherwise.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        Indexed by the labels of the frame of sites, if a frame was given. See also
        :func:`add_credits`.
    """
    labels = _labels(catalog)
    if labels is not None and rows.index.equals(labels):
        rows = rows.set_axis(labels)
    elif labels is not None:
        places = labels.astype(str).get_indexer(rows.index.astype(str))
        if (places >= 0).all():  # a ring around all sites together has another id
            rows = rows.set_axis(labels.take(places))
    elif numbered:
        rows = rows.reset_index(drop=True)
    rows.attrs["notes"] = list(notes)
    return add_credits(rows, catalog, layers)


def _labels(catalog: Catalog) -> pd.Index | None:
    """Return the labels of the sites in the frame that a caller gave, if one did."""
    if catalog.own_sites is None or catalog.own_sites.given is None:
        return None
    from nmgeo.sources.frame import given_index  # noqa: PLC0415 - only what is given has labels

    return given_index(catalog.own_sites)


def add_credits(rows: _Frame, catalog: Catalog, layers: Collection[str]) -> _Frame:
    """Add the credit lines of the files that were used, as ``attrs["credits"]``.

    Parameters
    ----------
    rows : DataFrame or GeoDataFrame
        A result.
    catalog, layers
        As for :func:`finish`; the sites that are measured count, too.

    Returns
    -------
    DataFrame or GeoDataFrame
        The same rows.
    """
    rows.attrs["credits"] = list(catalog.credits_of(layers, sites=True))
    return rows
