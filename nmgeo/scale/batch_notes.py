"""Notes on the rows of all batches: what the command says of a table that it has as a whole."""

from typing import Final

import pandas as pd
import pyarrow as pa

from nmgeo.commands.accuracy_notes import UnknownAccuracy
from nmgeo.commands.layers import caveat_notes
from nmgeo.commands.ring_notes import describe_rings, inside_remarks
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.translations import translate

_OF_RINGS: Final = (  # columns that notes on drawn rings follow from
    *("from_m", "to_m", "inside_share", "inside_accuracy_m"),
    *("radius_min_m", "radius_max_m", "radius_error_share"),
)
_ENDS: Final = {  # least and greatest of these tell what rings are said to be
    "radius_min_m": "idxmin",
    "radius_max_m": "idxmax",
    "radius_error_share": "idxmax",
}


class BatchNotes:
    """What a reader must know of the rows of a measure.

    Parameters
    ----------
    measure : BatchMeasure
        Whose rows are added.
    """

    def __init__(self, measure: BatchMeasure) -> None:
        """Know nothing yet."""
        self._measure = measure
        self._draws_rings = measure.command == "rings" and not measure.options.get("counts_only")
        self._unknown = UnknownAccuracy()
        self._rings: list[pd.DataFrame] = []  # rows that hold the extremes of a batch

    def add(self, table: pa.Table) -> None:
        """Add the rows of a batch."""
        self._unknown = self._unknown.plus(UnknownAccuracy.of(table))
        if self._draws_rings:
            read = [name for name in table.column_names if name in _OF_RINGS]
            self._rings.append(_extreme_rows(table.select(read).to_pandas()))

    def said(self) -> list[str]:
        """Return the sentences, as those of a table."""
        lang, command = self._measure.lang, self._measure.command
        said = self._unknown.notes(command, lang)
        if command != "rings":
            return [*said, *caveat_notes(self._measure.layers[0], self._measure.catalog, lang)]
        if not self._draws_rings:
            return [*said, translate("sentence", "rings_counted", lang)]
        rows = pd.concat(self._rings, ignore_index=True)
        rings = describe_rings(rows, self._measure.options.get("clip"), lang)
        return [*said, *inside_remarks(rows, lang), rings]


def _extreme_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return of each ring the rows with the least and the greatest of what is said of it."""
    rows = rows[rows["to_m"].notna()]
    found = [pd.Series(rows.drop_duplicates("to_m").index)]
    for name, end in _ENDS.items():
        if name in rows:
            groups = rows[rows[name].notna()].groupby("to_m")[name]
            found.append(getattr(groups, end)())
    if "inside_accuracy_m" in rows and "inside_share" in rows:
        known = rows.loc[rows["inside_share"] > 0, "inside_accuracy_m"].dropna()
        found += [pd.Series([known.idxmin(), known.idxmax()])] if len(known) else []
    return pd.DataFrame(rows.loc[pd.concat(found).unique()])
