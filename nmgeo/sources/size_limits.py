"""How much of a file is read, unless the user trusts it."""

import math
from typing import Final

from nmgeo.messages import Text, option, text

BOMB: Final = 50_000_000  # bytes; less is unpacked whatever it was packed to
LINE: Final = 10_000_000  # bytes of a line of CSV
SIDE: Final = 10_000_000  # bytes of a file of text beside it, such as .prj
RATIO: Final = 150  # times; text of real data packs to a fiftieth at best


def raise_limit(size: int) -> Text:
    """Return what to add so that a file of this size is read all the same."""
    limit = option("max_size", f"{math.ceil(size / 1e6)}MB")
    return text("if you trust it, add {limit}", limit=limit)
