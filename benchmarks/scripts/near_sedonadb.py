"""Metres from each site to the nearest zone, as an analyst asks SedonaDB."""

import sys

import geopandas as gpd
import sedonadb

database = sedonadb.connect()
database.read_parquet(sys.argv[1]).to_view("sites")
zones = gpd.read_file(sys.argv[2]).to_crs(2326)
database.create_data_frame(zones[["zone", "geometry"]]).to_view("zones")
near = database.sql("""
    SELECT s.id, z.zone, ST_Distance(s.shape, z.geometry) AS nearest_m, s.geometry
    FROM (SELECT id, geometry, ST_Transform(geometry, 'EPSG:2326') AS shape FROM sites) s
    JOIN zones z ON ST_KNN(s.shape, z.geometry, 1, FALSE)
""")
near.to_parquet(sys.argv[3])
