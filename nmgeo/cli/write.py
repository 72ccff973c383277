"""Commands that write: reports, maps, files."""

from pathlib import Path
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options
from nmgeo.cli.app import app


@app.command(epilog="Example: nmgeo report --format md --lang tc")
@options.sharing(*options.FILES)
def report(
    asked: options.Asked,
    at: options.At = None,
) -> None:
    """Report all that is known of the sites as one table, or as a document with --format md."""
    if console.form_of(asked) == "md":
        console.put(nm.document(asked.catalog, at=at or nm.DISTANCES, lang=asked.lang))
    else:
        rows = nm.report(asked.catalog, at=at or nm.DISTANCES, lang=asked.lang)
        console.show("report", rows, asked)


@app.command("map", epilog="Example: nmgeo map -o hetao.html --at 2km")
@options.sharing(*options.FILES)
def map_(
    asked: options.Asked,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page.")] = Path("maps/map.html"),
    at: options.At = None,
    tiles: Annotated[str, typer.Option(help="landsd-en, landsd-tc, landsd-sc, imagery.")] = "none",
    simplify: Annotated[str | None, typer.Option(help="Move lines of yours as drawn: 1m.")] = None,
    budget: Annotated[str | None, typer.Option(help="Warn above a size: 8MB.")] = None,
    verify: Annotated[Path | None, typer.Option(help="Only say what a page can reach.")] = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Write a web map of all layers as one HTML page, or --verify one."""
    if verify is not None:
        return console.show("verify", nm.verify(verify), asked)
    path = nm.map(
        out,
        asked.catalog,
        at=at or nm.DISTANCES,
        tiles=tiles,
        simplify=simplify,
        budget=budget,
        overwrite=overwrite,
        lang=asked.lang,
    )
    return console.remark_written(path)


@app.command(epilog="Example: nmgeo export stations -o stations.geojson")
@options.sharing(*options.WRITING)
def export(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="sites, rings or a layer.")
    ] = "sites",
    out: Annotated[Path, typer.Option("--out", "-o", help="The GeoJSON.")] = Path(
        "maps/sites.geojson"
    ),
    overwrite: options.Overwrite = False,
) -> None:
    """Write RFC 7946 GeoJSON and its twin on the Hong Kong 1980 Grid, and read both back."""
    console.remark_written(
        *nm.export(out, name, asked.catalog, overwrite=overwrite, lang=asked.lang)
    )


@app.command(epilog="Example: nmgeo partition buildings.gpkg -o parts --parts 64")
def partition(
    file: Annotated[str, typer.Argument(metavar="FILE", help="FILE or FILE#LAYER.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder.")],
    parts: Annotated[int, typer.Option(help="How many.")] = 64,
    key: options.Key = None,
    crs: options.Crs = None,
) -> None:
    """Cut a large file into parts of near sites, for --engine dask."""
    console.remark_written(nm.partition(file, out, parts=parts, key=key, crs=crs))


@app.command(epilog="Example: nmgeo atlas -o maps")
@options.sharing(*options.WRITING)
def atlas(
    asked: options.Asked,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder.")] = Path("maps"),
    at: options.At = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Write everything into a folder: the map, the report, the sites, and a list of it all."""
    paths = nm.atlas(
        out, asked.catalog, at=at or nm.DISTANCES, overwrite=overwrite, lang=asked.lang
    )
    console.remark_written(*paths)
