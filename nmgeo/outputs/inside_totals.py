"""What lies inside a layer together, in a sentence for each site."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.columns import all_columns
from nmgeo.measures.area_rounding import area_decimals, round_but_not_to_zero
from nmgeo.outputs.values import format_joined
from nmgeo.translations import AreaUnit, Lang, translate
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
        From :func:`nmgeo.inside`, whose digits the totals have.
    lang : {"en", "tc", "sc"}
        Language of the sentences.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Yields
    ------
    str
        The land inside with overlaps counted once, and what the rows add up to if that is more.
    """
    decimals, unit = area_decimals(rows, units), translate("unit", units, lang)

    def amount(area_ha: float) -> str:
        finest = _FINEST if units == "ha" else 0
        value = round_but_not_to_zero(from_hectares(area_ha, units), decimals, finest)
        return f"{value:,f} {unit}"

    for row in totals.to_dict("records"):
        once, added = row["once_ha"], row["added_ha"]
        key = "inside_once" if added - once > _LEAST_HA else "inside_together"
        site = format_joined(all_columns()["site"], row, lang)
        yield translate("phrase", key, lang).format(
            site=site, once=amount(once), added=amount(added)
        )
