"""The command that fetches layers; it alone reaches the network."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

import nmgeo as nm
from nmgeo.cli import console, options, show_table
from nmgeo.cli.app import KNOW, app
from nmgeo.errors import SourceError, UsageError
from nmgeo.messages import text

if TYPE_CHECKING:
    from collections.abc import Iterator


@app.command(
    short_help="Fetch official layers, and list those fetched.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo pull --list",
)
@options.shared_options(*options.ANSWER)
def pull(
    asked: options.Asked,
    what: Annotated[
        str | None,
        typer.Argument(metavar="NAME|URL", help="Known service or an address, e.g. zones."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the layer, e.g. lots.", metavar="NAME")
    ] = None,
    bbox: Annotated[
        str | None,
        typer.Option(
            help="Fetch a part: west, south, east, north, e.g. 114.0,22.4,114.2,22.6.",
            metavar="W,S,E,N",
        ),
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(help="Fetch the part within 1 km of a site, e.g. sandy_ridge.", metavar="ID"),
    ] = None,
    plan: Annotated[
        list[str] | None,
        typer.Option(
            help="Fetch the zones of plans, e.g. 'S/STT/%'; may be repeated.", metavar="PLAN"
        ),
    ] = None,
    zoom: Annotated[
        str | None,
        typer.Option(help="Zooms of raster tiles, e.g. 12 or 10-16.", metavar="ZOOMS"),
    ] = None,
    crs: options.Crs = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds for one answer, e.g. 900.", metavar="SECONDS")
    ] = 600.0,
    max_size: Annotated[
        str, typer.Option(help="Size of all answers together, e.g. 4GB.", metavar="SIZE")
    ] = "2GB",
    listed: Annotated[
        bool, typer.Option("--list", help="List the layers that were fetched.")
    ] = False,
    remove: Annotated[
        str | None,
        typer.Option(help="Remove a layer that was fetched, e.g. zones.", metavar="NAME"),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that fetched files are unaltered.")
    ] = False,
) -> None:
    """Fetch a layer from a service into the cache, where every command finds it by its name.

    Services are ArcGIS, WFS, OGC API Features, plain files and raster tiles. No other command uses
    the network.
    """
    part = {"name": name, "bbox": bbox, "site": site, "plan": plan, "zoom": zoom}
    if listed or remove or verify:
        options.refuse_beside("--list, --remove, --verify", {"NAME|URL": what, **part})
        return _keep_cache(asked, remove, verify=verify)
    if what is None:
        raise UsageError("NAME|URL", text("nothing to fetch"), text("write nmgeo pull zones"))
    limits = _limits(timeout, max_size)
    how: dict[str, Any] = {**part, "crs": crs, "limits": limits, "catalog": asked.catalog}
    with _stopped_in_a_line():
        rows = nm.pull(what, **how, watch=console.watch_features)
    return show_table.show_table("pull", rows, asked)


def _limits(timeout: float, max_size: str) -> "nm.Limits":
    from nmgeo.units import read_size  # noqa: PLC0415 - not for help

    silence_s = min(timeout, nm.Limits.silence_s)
    return nm.Limits(request_s=timeout, silence_s=silence_s, max_bytes=read_size(max_size))


def _keep_cache(asked: options.Asked, remove: str | None, *, verify: bool) -> None:
    """List, remove or check what is in the cache."""
    if verify:
        rows = nm.pull_verify(remove)
        show_table.show_table("pull_verify", rows, asked)
        return nm.require_whole(rows)
    rows = nm.pull_list() if remove is None else nm.pull_remove(remove)
    return show_table.show_table("pull", rows, asked)


@contextmanager
def _stopped_in_a_line() -> "Iterator[None]":
    try:
        yield
    except KeyboardInterrupt:
        wrong, remedy = text("stopped"), text("run it again: it continues where it was")
        raise SourceError("nmgeo pull", wrong, remedy) from None
