"""Calls as a user of geopandas writes them, which mypy accepts, and some that it refuses.

``make check`` runs mypy on this file. An ignore that mypy does not need is an error too.
"""

from pathlib import Path

import geopandas as gpd

import nmgeo as nm


def measure(lots: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Call the measuring commands with names, paths, frames, lengths and years."""
    catalog = nm.open_catalog(sites=lots, layers={"zones": zones})
    nm.area(lots)
    nm.area("lots.gpkg", key="lot_no")
    nm.area(site="hetao_hk_park", catalog=catalog)
    nm.near("stations")
    nm.near(lots, Path("wells.geojson"), k=2, within=500)
    nm.near("stations", catalog, years=[2031, "today"])
    nm.rings(lots, [500, "1km"])
    nm.rings("500m")
    nm.inside(lots, (zones, "ZONE_LABEL"))
    nm.policy(lots, stage="pilot")
    nm.claims(site="sandy_ridge")
    nm.area(lots, sight="hetao")  # type: ignore[call-arg]
    nm.near(lots, "stations", k="two")  # type: ignore[arg-type]
    nm.area(3.5)  # type: ignore[arg-type]
    nm.area(lots, lang="fr")  # type: ignore[arg-type]
    nm.hectares(lots)  # type: ignore[attr-defined]
    return nm.inside(lots, {"type": "FeatureCollection", "features": []})
