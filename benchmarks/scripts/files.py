"""Read and write a file by its suffix, as short as GeoPandas lets one."""

import geopandas as gpd
import pandas as pd


def read(path: str) -> gpd.GeoDataFrame:
    """Read GeoParquet, CSV with lon and lat, or what pyogrio reads."""
    if path.endswith(".parquet"):
        return gpd.read_parquet(path)
    if path.endswith(".csv"):
        rows = pd.read_csv(path, dtype={"id": str})
        return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows.lon, rows.lat), crs=4326)
    return gpd.read_file(path, use_arrow=True)


def write(frame: gpd.GeoDataFrame, path: str) -> None:
    """Write the same formats; CSV without geometry."""
    if path.endswith(".parquet"):
        frame.to_parquet(path)
    elif path.endswith(".csv"):
        frame.drop(columns="geometry").to_csv(path, index=False)
    else:
        frame.to_file(path)
