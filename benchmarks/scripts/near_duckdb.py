"""Metres from each site to the nearest zone, as an analyst asks DuckDB, without its own join."""

import sys
from pathlib import Path

import duckdb
import duckdb_extension_spatial

extensions = Path(duckdb_extension_spatial.__path__[0]) / "extensions"
database = duckdb.connect()
database.load_extension(str(next(extensions.rglob("spatial.duckdb_extension"))))
database.execute("CREATE TABLE zones AS SELECT zone, geom FROM st_read(?)", [sys.argv[2]])
database.read_parquet(sys.argv[1]).create_view("places")
database.execute("""
    CREATE VIEW sites AS SELECT id, geometry,
        ST_Transform(geometry, 'EPSG:4326', 'EPSG:2326', always_xy := true) AS shape
    FROM places
""")
near = database.sql("""
    SELECT id, any_value(geometry) AS geometry, min(ST_Distance(shape, geom)) AS nearest_m,
        arg_min(zone, ST_Distance(shape, geom)) AS zone
    FROM sites, zones GROUP BY id
""")
near.write_parquet(sys.argv[3])
