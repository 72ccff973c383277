"""Hectares of each site in each zone, as an analyst measures them with GeoPandas."""

import sys

from files import read, write

sites, zones = read(sys.argv[1]).to_crs(2326), read(sys.argv[2]).to_crs(2326)
parts = sites.overlay(zones[["zone", "geometry"]])
parts["inside_ha"] = parts.area / 1e4
rows = sites.merge(parts[["id", "zone", "inside_ha"]], on="id", how="left")
write(rows.to_crs(4326), sys.argv[3])
