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
    "measures.areas": ("area_ha", "geodesic_ha", "inside_share", "net_ha"),
    "outputs.atlas": ("DISTANCES", "Atlas", "build_atlas"),
    "commands.audit": ("audit", "require_agreed"),
    "measures.buffers": ("ring_shapes",),
    "catalog": ("Catalog", "open_catalog"),
    "cli.schema": ("schema",),
    "commands.check": ("check", "require_ok"),
    "scale.dask_cluster": ("dask_engine",),
    "commands.crosscheck": ("crosscheck", "require_agreement"),
    "commands.near": ("near",),
    "commands.doctor": ("doctor", "require_sound"),
    "errors": ("NmgeoError", "Notice"),
    "outputs.export": ("export",),
    "sources.layers": ("read_layer",),
    "commands.claims": ("claims",),
    "commands.layers": ("layers",),
    "commands.policy": ("policy",),
    "commands.sites": ("sites",),
    "outputs.web.map": ("map", "site_map"),
    "commands.matrix": ("matrix", "side_by_side"),
    "commands.area": ("area", "land", "receipt"),
    "commands.constraints": ("constraints",),
    "commands.inside": ("inside",),
    "scale.partition": ("partition",),
    "measures.distances": ("nearest", "nearest_m", "within_count"),
    "outputs.atlas_folder": ("atlas",),
    "outputs.web.verify": ("verify",),
    "outputs.receipt": ("write_receipt",),
    "outputs.report": ("document", "report"),
    "commands.robust": ("robust",),
    "scale.stream": ("stream",),
    "commands.strip": ("strip",),
    "commands.rings": ("COUNTED", "rings"),
    "scale.batch_measures": ("inside_batches", "near_batches", "rings_batches"),
}
_ROOM = {name: module for module, names in _DOOR.items() for name in names}

__all__ = ["__version__", *sorted(_ROOM)]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'nmgeo' has no attribute {name!r}")
    return getattr(import_module(f"nmgeo.{_ROOM[name]}"), name)


def __dir__() -> list[str]:
    return __all__
