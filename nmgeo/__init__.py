"""nmgeo: land sites in Hong Kong's Northern Metropolis, measured, ruled and mapped.

The floors, from the ground: ``errors``; ``crs``, ``units``, ``words``, ``files``; ``catalog``;
``features`` on ``geometries``; ``outlines`` and ``policies``; ``areas``, ``proximity`` and
``buffers``; ``join``; ``listings``, ``measures`` and ``checks``; ``atlases``; ``maps``, ``reports`` and
``exports`` on ``tables``; ``publish``; ``cli``. Nothing is imported before it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nmgeo.areas import area_ha, geodesic_ha, inside_share, net_ha
    from nmgeo.buffers import ring_shapes
    from nmgeo.catalog import Catalog, open_catalog
    from nmgeo.checks import check
    from nmgeo.errors import NmgeoError, Notice
    from nmgeo.features import read_layer
    from nmgeo.listings import claims, layers, policy, sites
    from nmgeo.measures import area, inside, land, near, rings
    from nmgeo.proximity import nearest, nearest_m, within_count

_DOOR = {
    "areas": ("area_ha", "geodesic_ha", "inside_share", "net_ha"),
    "atlases": ("DISTANCES", "Atlas", "build_atlas"),
    "buffers": ("ring_shapes",),
    "catalog": ("Catalog", "open_catalog"),
    "checks": ("check", "require_ok"),
    "errors": ("NmgeoError", "Notice"),
    "exports": ("export",),
    "features": ("read_layer",),
    "listings": ("claims", "layers", "policy", "sites"),
    "maps": ("map", "site_map"),
    "measures": ("COUNTED", "area", "inside", "land", "near", "rings"),
    "proximity": ("nearest", "nearest_m", "within_count"),
    "publish": ("atlas",),
    "reports": ("document", "report"),
}
_ROOM = {name: module for module, names in _DOOR.items() for name in names}

__all__ = ["__version__", *sorted(_ROOM)]


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'nmgeo' has no attribute {name!r}")
    return getattr(import_module(f"nmgeo.{_ROOM[name]}"), name)


def __dir__() -> list[str]:
    return __all__
