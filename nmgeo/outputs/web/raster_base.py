"""The raster base map of a page: tiles of a file round the first view, held in the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nmgeo.cache import newest_tiles
from nmgeo.errors import notify
from nmgeo.messages import option, text
from nmgeo.regular_file import is_there
from nmgeo.sources.raster_tiles import read_raster_tiles

_TILE_BUDGET: Final = 4_000_000  # bytes of the tiles of a file, unless asked otherwise


def held_tiles(
    basemap: Path | str, bounds: Sequence[Sequence[float]], budget: int | None
) -> dict[str, Any]:
    """Return the tiles of a file round the first view, which is widened by half."""
    (south, west), (north, east) = bounds
    high, wide = max(north - south, 0.01) / 2, max(east - west, 0.01) / 2
    view = [[south - high, west - wide], [north + high, east + wide]]
    held = read_raster_tiles(str(_tile_file(basemap)), view, budget or _TILE_BUDGET)
    if not held.whole:
        message = text(
            "{file}: the page holds its tiles up to zoom {zoom}; closer ones exceed {size:g} MB,"
            " raise it with {budget}",
            file=str(basemap),
            zoom=held.most_zoom,
            size=(budget or _TILE_BUDGET) / 1e6,
            budget=option("budget", "20MB"),
        )
        notify(message)
    kept = {key: getattr(held, key) for key in ("least_zoom", "most_zoom", "attribution")}
    return {"tiles": {"pictures": dict(held.pictures), **kept}}


def _tile_file(basemap: Path | str) -> Path:
    """Return a file of tiles, or those of this name that were fetched."""
    path = Path(basemap)
    fetched = None if is_there(path) else newest_tiles(str(basemap))
    return fetched or path
