"""Notes on accuracies that are not known: said once of a table, and of a file of many batches."""

from typing import Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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
    def of(cls, rows: pd.DataFrame) -> Self:
        """Count the unknown accuracies of a table in which the rows of a site stand together."""
        is_measured = rows[next(name for name in _MEASURED if name in rows)].notna()
        own = rows["site_accuracy_m" if "site_accuracy_m" in rows else "accuracy_m"].isna()
        sites_count = _sites_without(rows[is_measured], own[is_measured])
        met = next((name for name in _FEATURES if name in rows), None)
        if met is None:
            return cls(sites_count)
        is_met, far = rows[met].notna(), rows[_FEATURES[met]].isna()
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


def _sites_without(rows: pd.DataFrame, unknown: pd.Series) -> int:
    """Count the sites of which no row has an accuracy; a row of overlaps never has one."""
    starts = np.flatnonzero(_changes(rows["site_id"]) | _changes(rows["basis"]))
    return int(np.logical_and.reduceat(unknown.to_numpy(), starts).sum()) if len(starts) else 0


def _changes(texts: pd.Series) -> Any:
    """Tell which texts differ from the one before; those that are missing are alike."""
    told = pa.array(texts, from_pandas=True).cast(pa.large_string())
    told = told.fill_null("") if told.null_count else told
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
