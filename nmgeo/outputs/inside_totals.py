"""What lies inside a layer together: by site, with land where features overlap counted once."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.columns import all_columns
from nmgeo.commands.inputs import open_inputs
from nmgeo.measures.area_rounding import area_decimals, round_but_not_to_zero
from nmgeo.measures.overlaps import together_ha
from nmgeo.outputs.values import format_joined
from nmgeo.sources.layers import read_layer
from nmgeo.translations import AreaUnit, Lang, translate
from nmgeo.units import from_hectares

_LEAST_HA: Final = 1e-4  # 1 m2: less is noise of borders that features share
_FINEST: Final = 2  # decimals of hectares


def totals_inside(
    rows: gpd.GeoDataFrame, layer: str, catalog: Catalog, lang: Lang, units: AreaUnit
) -> Iterator[str]:
    """Yield a sentence for each outline that lies in several features of a layer.

    Parameters
    ----------
    rows : GeoDataFrame
        From :func:`nmgeo.inside`.
    layer : str
        The layer, as it was given.
    catalog : Catalog
        That was measured.
    lang : {"en", "tc", "sc"}
        Language of the sentences.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Yields
    ------
    str
        The land inside with overlaps counted once, and what the rows add up to if that is more.
    """
    several = rows[rows["inside_ha"] > 0]
    several = several[several.duplicated(["site_id", "basis"], keep=False)]
    if several.empty:
        return
    here, names = open_inputs({"catalog": catalog}, layer=layer)
    shapes = crs.to_hk80(read_layer(here, names["layer"]))
    decimals, unit = area_decimals(rows, units), translate("unit", units, lang)

    def amount(area_ha: float) -> str:
        finest = _FINEST if units == "ha" else 0
        value = round_but_not_to_zero(from_hectares(area_ha, units), decimals, finest)
        return f"{value:,f} {unit}"

    placed = several.assign(outline=crs.to_hk80(several).to_numpy())
    for _, own in placed.groupby(["site_id", "basis"], sort=False):
        features = shapes.loc[own["feature_id"]].to_numpy()
        once, added = together_ha(own["outline"].iloc[0], features), own["inside_ha"].sum()
        key = "inside_once" if added - once > _LEAST_HA else "inside_together"
        site = format_joined(all_columns()["site"], own.iloc[0].to_dict(), lang)
        yield translate("phrase", key, lang).format(
            site=site, once=amount(once), added=amount(added)
        )
