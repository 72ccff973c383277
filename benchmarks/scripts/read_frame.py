"""Read a file as a GeoDataFrame, and count its features."""

import sys

from files import read

sys.stdout.write(f"{len(read(sys.argv[1]))}\n")
