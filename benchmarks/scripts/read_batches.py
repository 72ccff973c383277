"""Read a file batch by batch, as the commands of nmgeo do, and count its features."""

import sys

from nmgeo.catalog import OwnFile
from nmgeo.sources.batches import open_batches

tables = open_batches(OwnFile(path=sys.argv[1], key="id", crs="wgs84")).batches()
sys.stdout.write(f"{sum(table.num_rows for _, table in tables)}\n")
