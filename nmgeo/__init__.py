"""nmgeo: land sites in Hong Kong's Northern Metropolis, measured, ruled and mapped.

The floors, from the ground: ``errors``; ``crs``, ``units``, ``words``, ``files``; ``catalog``;
``features`` on ``geometries``, and ``ledger``; ``outlines`` and ``policies``; ``areas``,
``proximity`` and ``buffers``; ``join``; ``listings``, ``measures`` and ``checks``; ``atlases``;
``maps``, ``reports`` and ``exports`` on ``pages`` and ``tables``; ``publish``; ``cli`` with
``options`` and ``console``. Nothing is imported before it is asked for; ``__init__.pyi`` tells
type checkers what there is.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

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
    "pages": ("verify",),
    "proximity": ("nearest", "nearest_m", "within_count"),
    "publish": ("atlas",),
    "reports": ("document", "report"),
}
_ROOM = {name: module for module, names in _DOOR.items() for name in names}

__all__ = ["__version__", *sorted(_ROOM)]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'nmgeo' has no attribute {name!r}")
    return getattr(import_module(f"nmgeo.{_ROOM[name]}"), name)


def __dir__() -> list[str]:
    return __all__
