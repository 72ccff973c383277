"""What lies inside a layer together, in a sentence for each site."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.columns import all_columns
from nmgeo.languages import is_chinese
from nmgeo.measures.area_rounding import area_decimals, round_but_not_to_zero
from nmgeo.outputs.values import format_joined
from nmgeo.translations import AreaUnit, Lang, join_texts, translate
from nmgeo.units import from_hectares

_LEAST_HA: Final = 1e-4  # 1 m2: less is noise of borders that features share
_FINEST: Final = 2  # decimals of hectares


def total_sentences(
    totals: pd.DataFrame, rows: gpd.GeoDataFrame, lang: Lang, units: AreaUnit
) -> Iterator[str]:
    """Yield a sentence for each outline that lies in several features of a layer.

    Parameters
    ----------
    totals : DataFrame
        From :func:`nmgeo.commands.inside_totals.inside_totals`.
    rows : GeoDataFrame
        From :func:`nmgeo.inside`, whose digits totals of no known accuracy have.
    lang : {"en", "tc", "sc"}
        Language of the sentences.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Yields
    ------
    str
        The land inside with overlaps counted once and its range, and what the rows add up to if
        that is more.
    """
    for row in totals.to_dict("records"):
        of_row = pd.DataFrame([row])[["inside_ha", "accuracy_m"]]
        own = rows if pd.isna(row["accuracy_m"]) else of_row
        pen = _Pen(units, area_decimals(own, units), lang)
        once, added = row["inside_ha"], row["added_ha"]
        key = "inside_once" if added - once > _LEAST_HA else "inside_together"
        yield translate("phrase", key, lang).format(
            site=format_joined(all_columns()["site"], row, lang),
            once=pen.with_range(once, row["low_ha"], row["high_ha"]),
            added=pen.amount(added),
        )


@dataclass(frozen=True)
class _Pen:
    """How areas are written: their unit, and the decimals that their accuracy justifies."""

    units: AreaUnit
    decimals: int
    lang: Lang

    def amount(self, area_ha: float) -> str:
        """Return an area with its unit."""
        finest = _FINEST if self.units == "ha" else 0
        value = from_hectares(area_ha, self.units)
        written = f"{round_but_not_to_zero(value, self.decimals, finest):,f}"
        space = "" if is_chinese(self.lang) else " "
        return f"{written}{space}{translate('unit', self.units, self.lang)}"

    def with_range(self, area_ha: float, low_ha: float, high_ha: float) -> str:
        """Return an area with its range, rounded outwards; without one if it is not known."""
        said = self.amount(area_ha)
        if pd.isna(low_ha):
            return said
        step = 10.0**-self.decimals
        low, high = (from_hectares(end, self.units) / step for end in (low_ha, high_ha))
        ends = (math.floor(round(low, 6)) * step, math.ceil(round(high, 6)) * step)
        shown = "–".join(f"{end:,.{max(self.decimals, 0)}f}" for end in ends)
        return join_texts([said, shown], "brackets", self.lang)
