"""Read the sites and write them again, which no command that reads and writes them can go below."""

import sys

import pyarrow.parquet as pq

table = pq.read_table(sys.argv[1])
pq.write_table(table, sys.argv[3], compression="zstd")
