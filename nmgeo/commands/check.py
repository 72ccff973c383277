"""Checks: whether the shipped files are what the registry says, and name only what exists."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from nmgeo.catalog import GEOMETRY_STATUS, Catalog, Table, checked_path, open_catalog
from nmgeo.commands.calls import takes_rows
from nmgeo.errors import AuditError, LayerError, NmgeoError
from nmgeo.messages import text
from nmgeo.records.aliases import read_aliases
from nmgeo.records.phases import read_phases
from nmgeo.records.policies import read_claims, read_places, read_policies
from nmgeo.records.statuses import read_statuses
from nmgeo.records.tables import read_sources, read_translations
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.layers import read_layer


def check(catalog: Catalog | None = None) -> pd.DataFrame:
    """Check every shipped file: hash, key, columns, geometry, sources, and what names what.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.

    Returns
    -------
    DataFrame
        One row a check: ``layer``, ``check``, ``result`` (``ok`` or ``broken``) and ``detail``.

    Raises
    ------
    LayerError
        If the registry itself cannot be read.
    """
    here = catalog or open_catalog()
    rows = []
    for record in (*here.layers.values(), *here.tables.values()):
        rows.append(_checked(record.name, "hash", partial(checked_path, record)))
        rows.append(_checked(record.name, "record", partial(_check_record, record)))
    with local_drivers_only():  # once for all layers
        rows += [_checked(n, "features", partial(_check_features, here, n)) for n in here.layers]
    readers: dict[str, Callable[[Catalog], object]] = {
        "sources": read_sources,
        "places": read_places,
        "claims": read_claims,
        "policies": read_policies,
        "statuses": read_statuses,
        "phases": read_phases,
        "aliases": read_aliases,
        "translations": read_translations,
    }
    rows += [_checked(name, "rows", partial(read, here)) for name, read in readers.items()]
    return pd.DataFrame(rows)


@takes_rows("check", "result", "layer")
def require_ok(rows: pd.DataFrame) -> None:
    """Stop if a check found something broken.

    Parameters
    ----------
    rows : DataFrame
        From :func:`check`.

    Raises
    ------
    AuditError
        Saying how many.
    """
    broken = int((rows["result"] == "broken").sum())
    if broken:
        first = rows.loc[rows["result"] == "broken", "layer"].iloc[0]
        wrong = text("{count} of {all} checks failed", count=broken, all=len(rows))
        raise AuditError(
            "check", wrong, text("mend what the table says, first {first!r}", first=first)
        )


def _checked(name: str, what: str, run: Callable[[], object]) -> dict[str, str]:
    try:
        run()
    except NmgeoError as error:
        return {"layer": name, "check": what, "result": "broken", "detail": str(error)}
    return {"layer": name, "check": what, "result": "ok", "detail": ""}


def _check_record(record: Table) -> None:
    for field in ("licence", "credit", "source_url", "as_of", "title_en", "title_tc", "title_sc"):
        if not getattr(record, field):
            wrong = text("no {field} in the registry", field=field)
            raise LayerError(text("layer {layer!r}", layer=record.name), wrong, text("fill it in"))
    status = getattr(record, "geometry_status", GEOMETRY_STATUS[0])
    if status not in GEOMETRY_STATUS:
        known = ", ".join(GEOMETRY_STATUS)
        thing, remedy = text("layer {layer!r}", layer=record.name), text("use {known}", known=known)
        raise LayerError(thing, f"geometry_status {status!r}", remedy)


def _check_features(here: Catalog, name: str) -> None:
    frame = read_layer(here, name)
    known = set(read_sources(here).index)
    for feature, source in frame["source"].items():
        if source not in known:
            what = text("layer {layer!r}, feature {feature}", layer=name, feature=feature)
            wrong = text("source {source!r} does not exist", source=source)
            raise LayerError(what, wrong, text("add it to {table}", table="sources.csv"))
    odd = set(frame["geometry_status"]) - set(GEOMETRY_STATUS)
    if odd:
        thing = text("layer {layer!r}", layer=name)
        raise LayerError(thing, f"geometry_status {odd}", text("mend it"))
