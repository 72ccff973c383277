"""Measure and map land sites in Hong Kong's Northern Metropolis, or sites of your own.

Each function of this module is also a command of ``nmgeo``::

    import nmgeo as nm

    nm.near("stations")                     # the shipped sites, to the nearest station
    nm.near(gdf, "stations", k=2)           # your sites: a GeoDataFrame, a path, GeoJSON
    nm.area("lots.gpkg", key="lot_no")
    nm.rings(gdf, [500, "1km"])             # a number is metres
    nm.inside(gdf, zones)                   # a layer may be a name, a path or a frame
    nm.area(site="hetao_hk_park")

Results are DataFrames or GeoDataFrames and have the index of your frame. A column ends in its
unit: ``area_ha``, ``nearest_m``, ``inside_share``. ``attrs["credits"]`` names whose data were used.
:func:`nmgeo.layers` lists the layers, :func:`nmgeo.open_catalog` opens several files at once, and
each error is an :class:`nmgeo.NmgeoError` of one line that says what to write.

No module is loaded before it is used; ``__init__.pyi`` tells type checkers what there is.
"""

from importlib import import_module
from types import FunctionType
from typing import Any

__version__ = "0.1.0"

_DOOR = {
    "measures.areas": ("area_ha", "geodesic_ha", "inside_share", "net_ha"),
    "outputs.atlas": ("Atlas", "build_atlas"),
    "commands.audit": ("audit", "require_agreed"),
    "measures.buffers": ("ring_shapes",),
    "catalog": ("Catalog", "open_catalog"),
    "cli.schema": ("schema",),
    "commands.check": ("check", "require_ok"),
    "scale.dask_cluster": ("dask_engine",),
    "commands.crosscheck": ("crosscheck", "require_agreement"),
    "commands.near": ("near",),
    "commands.diff": ("diff",),
    "commands.reconcile": ("reconcile",),
    "commands.doctor": ("doctor", "require_sound"),
    "errors": ("NmgeoError", "Notice"),
    "outputs.export": ("export",),
    "outputs.database": ("export_to",),
    "sources.layers": ("read_layer",),
    "commands.claims": ("claims",),
    "commands.layers": ("layers",),
    "commands.check_table": ("check_table", "require_valid_rows", "table_fields"),
    "commands.join": ("join", "joined_outlines", "require_matched"),
    "commands.sum_by": ("sum_by",),
    "commands.compare": ("compare", "set_side_by_side"),
    "commands.find": ("find",),
    "commands.timeline": ("timeline",),
    "outputs.sheet": ("sheet",),
    "outputs.timeline_svg": ("timeline_svg",),
    "commands.history": ("changes", "history"),
    "commands.own_records": ("add_tables",),
    "commands.policy": ("policy",),
    "commands.policy_card": ("policy_card",),
    "commands.sites": ("sites",),
    "outputs.web.map": ("map", "site_map"),
    "commands.matrix": ("matrix", "side_by_side"),
    "commands.area": ("area", "land", "receipt"),
    "commands.constraints": ("constraints",),
    "commands.inside": ("inside",),
    "commands.zoning": ("zoning",),
    "scale.partition": ("partition",),
    "measures.distances": ("nearest", "nearest_m", "within_count"),
    "outputs.atlas_folder": ("atlas",),
    "outputs.pack.pack_files": ("pack",),
    "outputs.explain": ("explain",),
    "outputs.replay": ("replay", "require_equal"),
    "project": ("Project", "init", "open_project", "project_schema"),
    "commands.pull": ("pull",),
    "commands.pulled": ("pull_list", "pull_remove", "pull_verify", "require_whole"),
    "services.http": ("Limits",),
    "outputs.sheets.print_sheets": ("print",),
    "outputs.web.verify": ("verify",),
    "outputs.receipt": ("write_receipt",),
    "outputs.report": ("document", "report"),
    "commands.robust": ("robust",),
    "scale.stream": ("stream",),
    "commands.strip": ("strip",),
    "commands.rings": ("rings",),
    "commands.ring_distances": ("COUNTED", "DISTANCES"),
    "scale.batch_measures": ("inside_batches", "near_batches", "rings_batches"),
}
_TABLES = frozenset(  # what a notebook shows with headings, units and rounding
    {
        *("area", "audit", "check", "claims", "constraints", "crosscheck", "doctor", "inside"),
        *("layers", "matrix", "near", "policy", "report", "rings", "robust", "sites", "strip"),
        *("diff", "explain", "pull", "reconcile", "replay", "zoning"),
        *("changes", "compare", "find", "history", "policy_card", "timeline", "verify"),
        *("check_table", "join", "table_fields"),
    }
)
_ROOM = {name: module for module, names in _DOOR.items() for name in names}

__all__ = ["__version__", *sorted(_ROOM)]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'nmgeo' has no attribute {name!r}")
    found = getattr(import_module(f"nmgeo.{_ROOM[name]}"), name)
    if isinstance(found, FunctionType):
        found = import_module("nmgeo.commands.calls").refuse_misfits(found)
    if name not in _TABLES:
        return found
    return import_module("nmgeo.outputs.notebook.display").with_display(found)


def __dir__() -> list[str]:
    return __all__
