"""Metres from each site to the nearest zone, as an analyst writes it with GeoPandas."""

import sys

from files import read, write

sites, zones = read(sys.argv[1]).to_crs(2326), read(sys.argv[2]).to_crs(2326)
near = sites.sjoin_nearest(zones[["zone", "geometry"]], distance_col="nearest_m")
near = near[~near.index.duplicated()].drop(columns="index_right")
write(near.to_crs(4326), sys.argv[3])
