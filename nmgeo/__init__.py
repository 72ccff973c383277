"""nmgeo: land sites in Hong Kong's Northern Metropolis, measured, ruled and mapped.

The floors, from the ground: ``errors``; ``cells``, ``files``, ``offsets``, ``units``, ``words``;
``catalog``, ``crs``, ``names``; then a folder a floor: ``reading`` (files to frames), ``rulers``
(frames to measures), ``questions`` (measures to tables), ``outputs`` (tables to pages and files),
``scale`` (the same, batch by batch) and ``cli``. Nothing is imported before it is asked for;
``__init__.pyi`` tells type checkers what there is.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_DOOR = {
    "rulers.areas": ("area_ha", "geodesic_ha", "inside_share", "net_ha"),
    "outputs.atlases": ("DISTANCES", "Atlas", "build_atlas"),
    "questions.audits": ("audit", "require_agreed"),
    "rulers.buffers": ("ring_shapes",),
    "catalog": ("Catalog", "open_catalog"),
    "questions.checks": ("check", "require_ok"),
    "scale.clusters": ("dask_engine",),
    "questions.crosschecks": ("crosscheck", "require_agreement"),
    "questions.distances": ("near",),
    "questions.doctors": ("doctor", "require_sound"),
    "errors": ("NmgeoError", "Notice"),
    "outputs.exports": ("export",),
    "reading.features": ("read_layer",),
    "questions.listings": ("claims", "layers", "policy", "sites"),
    "outputs.maps": ("map", "site_map"),
    "questions.matrices": ("matrix", "side_by_side"),
    "questions.measures": ("area", "land", "receipt"),
    "questions.overlays": ("constraints", "inside"),
    "scale.partitions": ("partition",),
    "rulers.proximity": ("nearest", "nearest_m", "within_count"),
    "outputs.publish": ("atlas",),
    "outputs.reaches": ("verify",),
    "outputs.receipts": ("write_receipt",),
    "outputs.reports": ("document", "report"),
    "questions.robustness": ("robust",),
    "scale.streams": ("stream",),
    "questions.strips": ("strip",),
    "questions.surroundings": ("COUNTED", "rings"),
    "scale.yardsticks": ("inside_yardstick", "near_yardstick", "rings_yardstick"),
}
_ROOM = {name: module for module, names in _DOOR.items() for name in names}

__all__ = ["__version__", *sorted(_ROOM)]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'nmgeo' has no attribute {name!r}")
    return getattr(import_module(f"nmgeo.{_ROOM[name]}"), name)


def __dir__() -> list[str]:
    return __all__
