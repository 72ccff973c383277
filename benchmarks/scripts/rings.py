"""Zones within 500 m, 1 km and 2 km of each site, as an analyst counts them with GeoPandas."""

import sys

from files import read, write

sites, zones = read(sys.argv[1]).to_crs(2326), read(sys.argv[2]).to_crs(2326)
for metres in (500, 1_000, 2_000):
    pairs = sites.sjoin(zones, predicate="dwithin", distance=metres)
    counts = pairs.groupby(level=0).size()
    sites[f"zones_{metres}"] = counts.reindex(sites.index, fill_value=0)
write(sites.to_crs(4326), sys.argv[3])
