"""Commands that measure the sites."""

from pathlib import Path
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options
from nmgeo.cli.app import app
from nmgeo.translations import Cap, Side, translate


@app.command(epilog="Example: nmgeo area --sites lots.gpkg --key lot_no")
@options.sharing(*options.SITES)
def area(
    asked: options.Asked,
    receipt: Annotated[
        bool, typer.Option("--receipt", help="How each was measured, and how far it may be out.")
    ] = False,
) -> None:
    """Measure areas on the Hong Kong 1980 Grid and the ellipsoid, beside what was published."""
    if receipt:
        return console.show_receipt(nm.receipt(asked.catalog, lang=asked.lang), asked)
    rows = nm.area(asked.catalog, lang=asked.lang)
    console.show("area", rows, asked, total=rows.attrs["land"])
    return console.remark_if(
        rows["fitted_to_published"].any(), translate("phrase", "fitted", asked.lang)
    )


@app.command(epilog="Example: nmgeo near stations --in today --in 2034")
@options.sharing(*options.STREAMS)
def near(
    asked: options.Asked,
    name: Annotated[str, typer.Argument(metavar="LAYER", help="Measure to the nearest of these.")],
    k: Annotated[int | None, typer.Option("--k", help="List this many, ties all.")] = None,
    within: Annotated[str | None, typer.Option(help="List all this close: 2km.")] = None,
    origin: Annotated[
        str,
        typer.Option("--from", help="edge, centroid, or a layer of entrances.", metavar="WHERE"),
    ] = "edge",
    years: Annotated[
        list[str] | None,
        typer.Option("--in", help="What is open: today, or by 2034.", metavar="YEAR"),
    ] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is open today.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the shortest lines as .geojson, or as in rings."),
    ] = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
) -> None:
    """Measure from every site to the nearest features of a layer, nearest first."""
    odd = {"k": k, "within": within, "in": years, "from": origin != "edge"}
    if options.streams(out, asked, resume=resume, lines=True, odd=odd):
        held = nm.near_batches(name, asked.catalog, open_only=open_only, lang=asked.lang)
        return console.stream(held, out, asked, overwrite=overwrite, resume=resume)
    rows = nm.near(
        name,
        asked.catalog,
        k=k,
        within=within,
        origin=origin,
        years=years or (),
        open_only=open_only,
        lang=asked.lang,
    )
    if out is not None:
        return console.remark_written(
            *nm.export(out, rows, asked.catalog, overwrite=overwrite, lang=asked.lang)
        )
    console.show("near", rows, asked)
    return console.remark_origin(origin, name, asked)


@app.command(epilog="Example: nmgeo matrix")
@options.sharing(*options.FILES)
def matrix(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="Measure to all of these.")
    ] = "sites",
) -> None:
    """Measure from every site to every other, or to every feature of a layer."""
    rows = nm.matrix(name, asked.catalog, lang=asked.lang)
    console.show_matrix(rows, asked)
    console.remark_caveat(name, asked, among=True)


@app.command(epilog="Example: nmgeo robust stations --at 400m --at 1km")
@options.sharing(*options.FILES)
def robust(
    asked: options.Asked,
    name: Annotated[str, typer.Argument(metavar="LAYER", help="What the sites are ranked by.")],
    by: Annotated[
        str, typer.Option(help="Rank by distance, or by the count within: 800m.")
    ] = "distance",
    at: Annotated[list[str] | None, typer.Option(help="Reach of a count: 400m, 1km.")] = None,
) -> None:
    """Ask whether a ranking of the sites holds however it is measured, or where it flips."""
    rows = nm.robust(name, asked.catalog, by=by, at=at or (), lang=asked.lang)
    console.show("robust", rows, asked)
    console.remark(rows.attrs["verdict"])


@app.command(
    epilog="Example: nmgeo rings --at 1km --clip boundary --by water --layer water=water.gpkg"
)
@options.sharing(*options.STREAMS)
def rings(
    asked: options.Asked,
    at: options.At = None,
    at_column: Annotated[
        str | None, typer.Option(help="Column with the distance of each site.", metavar="COLUMN")
    ] = None,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="Every ring from 0.")] = False,
    dissolve: Annotated[bool, typer.Option("--dissolve", help="One ring round all.")] = False,
    cap: Annotated[Cap, typer.Option(help="How it ends where a line does.")] = "round",
    max_error: Annotated[
        str | None, typer.Option(help="Let the edge be this far off: 0.1%, 1m.")
    ] = None,
    clip: Annotated[
        str | None, typer.Option(help="Leave out what lies beyond: boundary.", metavar="LAYER")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Measure what lies in it, such as water.", metavar="LAYER[:COLUMN]"),
    ] = None,
    count: Annotated[
        list[str] | None, typer.Option(help="Layer to count.", metavar="LAYER")
    ] = None,
    out: options.Rows = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
) -> None:
    """Measure the land within distances of every site, or a setback (--at=-20m) leaves of it."""
    counted = count or nm.COUNTED
    odd = {"at-column": at_column, "dissolve": dissolve, "max-error": max_error, "clip": clip}
    if options.streams(out, asked, resume=resume, odd={**odd, "by": by, "cap": cap != "round"}):
        held = nm.rings_batches(at or (), asked.catalog, cumulative=cumulative, count=counted)
        return console.stream(held, out, asked, overwrite=overwrite, resume=resume)
    rows = nm.rings(
        at or (),
        asked.catalog,
        at_column=at_column,
        cumulative=cumulative,
        dissolve=dissolve,
        cap=cap,
        max_error=max_error,
        clip=clip,
        by=by,
        count=count,
        lang=asked.lang,
    )
    console.show("rings", rows, asked)
    return console.remark(rows.attrs["remark"])


@app.command(epilog="Example: nmgeo strip boundary --width 35m --side right")
@options.sharing(*options.FILES)
def strip(
    asked: options.Asked,
    name: Annotated[str, typer.Argument(metavar="LAYER", help="Along these lines or edges.")],
    width: Annotated[str, typer.Option(help="Of one side: 35m.")],
    side: Annotated[Side, typer.Option(help="Of a line, or of polygons.")] = "both",
    cap: Annotated[Cap, typer.Option(help="How it ends where a line does.")] = "flat",
) -> None:
    """Measure the strip along one side of lines or edges, and how much of each site lies in it."""
    rows = nm.strip(name, width, asked.catalog, side=side, cap=cap, lang=asked.lang)
    console.show_strip(rows, asked)
    console.remark_caveat(name, asked, among=True)


@app.command(epilog="Example: nmgeo inside zones --layer zones=zones.gpkg")
@options.sharing(*options.STREAMS)
def inside(
    asked: options.Asked,
    name: Annotated[str, typer.Argument(metavar="LAYER", help="Polygons to lie inside of.")],
    out: options.Rows = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
) -> None:
    """Measure how much of every site lies inside each polygon of a layer."""
    if options.streams(out, asked, resume=resume):
        held = nm.inside_batches(name, asked.catalog)
        return console.stream(held, out, asked, overwrite=overwrite, resume=resume)
    console.show_inside(nm.inside(name, asked.catalog, lang=asked.lang), asked)
    return console.remark_caveat(name, asked)


@app.command(epilog="Example: nmgeo constraints zones --layer zones=zones.gpkg --covers zones=all")
@options.sharing(*options.FILES)
def constraints(
    asked: options.Asked,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="LAYER", help="Layers of constraints; wetlands and yours if none."),
    ] = None,
    covers: Annotated[
        list[str] | None,
        typer.Option(help="What a layer covers: all, or a layer.", metavar="NAME=all|LAYER"),
    ] = None,
) -> None:
    """Set every site against layers of constraints: what is constrained, what is left."""
    extents = options.pairs(covers, "--covers", "NAME=all")
    rows = nm.constraints(names or (), asked.catalog, covers=extents, lang=asked.lang)
    console.show_constraints(rows, asked)


@app.command(epilog="Example: nmgeo crosscheck --at 1km")
@options.sharing(*options.FILES)
def crosscheck(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="Measure distances to this.")
    ] = "stations",
    at: Annotated[str, typer.Option(help="The buffer to draw: 500m.")] = "500m",
) -> None:
    """Measure again by the ellipsoid, GDAL, QGIS and PostGIS; exit code 3 if they disagree."""
    rows = nm.crosscheck(name, asked.catalog, at=at, lang=asked.lang)
    console.show("crosscheck", rows, asked)
    console.remark(rows.attrs["remark"])
    nm.require_agreement(rows)
