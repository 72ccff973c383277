"""Notes on accuracies that are not known: said once of a table, and of a file of many batches."""

from typing import Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.arrow_columns import one_array
from nmgeo.translations import Lang, translate

_MEASURED: Final = ("to_m", "ties", "inside_share", "area_ha")  # missing where nothing was
_FEATURES: Final = {"nearest_id": "nearest_accuracy_m", "feature_id": "feature_accuracy_m"}


class UnknownAccuracy(NamedTuple):
    """Of how many sites, and of how many rows, an accuracy is not known.

    Attributes
    ----------
    sites_count : int
        The measured sites without an accuracy.
    one_end_count, any_end_count : int
        The rows in which the accuracy of just one of site and feature is not known, or of any.
    """

    sites_count: int = 0
    one_end_count: int = 0
    any_end_count: int = 0

    @classmethod
    def of(cls, rows: pd.DataFrame | pa.Table) -> Self:
        """Count the unknown accuracies of a table in which the rows of a site stand together."""
        names = rows.column_names if isinstance(rows, pa.Table) else rows.columns
        is_measured = _is_there(rows[next(name for name in _MEASURED if name in names)])
        own = ~_is_there(rows["site_accuracy_m" if "site_accuracy_m" in names else "accuracy_m"])
        sites_count = _sites_without(rows, is_measured, own)
        met = next((name for name in _FEATURES if name in names), None)
        if met is None:
            return cls(sites_count)
        is_met, far = _is_there(rows[met]), ~_is_there(rows[_FEATURES[met]])
        one_end, any_end = (int((is_met & ends).sum()) for ends in (own ^ far, own | far))
        return cls(sites_count, one_end, any_end)

    def plus(self, other: Self) -> Self:
        """Add what is counted of other sites."""
        return type(self)(*map(sum, zip(self, other, strict=True)))

    def notes(self, measure: str, lang: Lang) -> list[str]:
        """Say in sentences of how many sites the accuracy is not known, and what follows."""
        said = []
        if self.sites_count:
            key = "area_more" if measure in ("area", "rings") else "unknown_accuracy"
            said.append(translate("phrase", key, lang).format(count=f"{self.sites_count:,}"))
        if self.any_end_count if measure == "near" else self.one_end_count:
            said.append(translate("phrase", f"{measure}_more", lang))
        return said


def _is_there(column: pd.Series | pa.ChunkedArray) -> Any:
    """Tell which values of a column are there; NaN is not."""
    if isinstance(column, pa.ChunkedArray):
        return ~column.is_null(nan_is_null=True).to_numpy()
    return column.notna().to_numpy()


def _sites_without(rows: pd.DataFrame | pa.Table, is_measured: Any, unknown: Any) -> int:
    """Count the sites of which no row has an accuracy; a row of overlaps never has one."""
    keys = [_texts(rows[name]) for name in ("site_id", "basis")]
    if not is_measured.all():
        keys, unknown = [key.filter(pa.array(is_measured)) for key in keys], unknown[is_measured]
    starts = np.flatnonzero(np.logical_or(*map(_changes, keys)))
    return int(np.logical_and.reduceat(unknown, starts).sum()) if len(starts) else 0


def _texts(column: pd.Series | pa.ChunkedArray) -> pa.Array:
    """Return a column as text, in which what is missing is empty."""
    if isinstance(column, pa.ChunkedArray):
        told = one_array(column)
    else:
        told = pa.array(column, from_pandas=True).cast(pa.large_string())
    return told.fill_null("") if told.null_count else told


def _changes(told: pa.Array) -> Any:
    """Tell which texts differ from the one before."""
    begins = pc.not_equal(told[1:], told[:-1]).to_numpy(zero_copy_only=False)
    return np.append(np.ones(min(len(told), 1), dtype=bool), begins)


def accuracy_notes(rows: pd.DataFrame, measure: str, lang: Lang) -> list[str]:
    """Return what a reader must know of the accuracies in a table.

    Parameters
    ----------
    rows : DataFrame
        Of the command ``measure``.
    measure : {"area", "rings", "near", "inside"}
        The command.
    lang : {"en", "tc", "sc"}
        Language of the sentences.

    Returns
    -------
    list of str
        Empty where all are known.
    """
    return UnknownAccuracy.of(rows).notes(measure, lang)
