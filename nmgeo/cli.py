"""The command line: one short function a command, which parses, calls and prints."""

from pathlib import Path
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo import console, options
from nmgeo.catalog import open_catalog
from nmgeo.words import say

app = typer.Typer(
    cls=console.Group,
    name="nmgeo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(epilog="Example: nmgeo layers")
def layers(
    layer: options.Layers = None,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """List the layers and tables that there are."""
    here = options.asked(data, None, None, layer, None)
    console.show("layers", nm.layers(here, lang=lang), form, lang, as_json=as_json)


@app.command(epilog="Example: nmgeo check")
def check(
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Check the shipped files: hashes, keys, geometry, sources; exit code 3 if one is broken."""
    rows = nm.check(open_catalog(data))
    console.show("check", rows, form, lang, as_json=as_json)
    nm.require_ok(rows)


@app.command(epilog="Example: nmgeo sites --lang tc")
def sites(
    sites: options.Sites = None,
    key: options.Key = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """List the sites, one row an outline."""
    here = options.asked(data, sites, key, None, crs, strict=strict)
    console.show("sites", nm.sites(here, lang=lang), form, lang, as_json=as_json)


@app.command(epilog="Example: nmgeo area --sites lots.gpkg --key lot_no")
def area(
    sites: options.Sites = None,
    key: options.Key = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Measure areas on the Hong Kong 1980 Grid and the ellipsoid, beside what was published."""
    here = options.asked(data, sites, key, None, crs, strict=strict)
    rows = nm.area(here, lang=lang)
    console.show("area", rows, form, lang, as_json=as_json, total=rows.attrs["land"])
    console.remark_if(rows["fitted_to_said"].any(), say("phrase", "fitted", lang))


@app.command(epilog="Example: nmgeo near stations --within 2km")
def near(
    name: Annotated[str, typer.Argument(metavar="LAYER", help="Measure to the nearest of these.")],
    within: Annotated[str | None, typer.Option(help="Keep sites this close: 2km.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is open today.")] = False,
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Measure from the edge of every site to the nearest feature of a layer, nearest first."""
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    rows = nm.near(name, here, within=within, open_only=open_only, lang=lang)
    console.show("near", rows, form, lang, as_json=as_json)
    console.remark_caveat(here, name)


@app.command(epilog="Example: nmgeo rings --at 500m --at 1km")
def rings(
    at: options.At = None,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="Every ring from 0.")] = False,
    count: Annotated[
        list[str] | None, typer.Option(help="Layer to count.", metavar="LAYER")
    ] = None,
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Measure the land within distances of every site (buffers), and count what lies in it."""
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    rows = nm.rings(at or (), here, cumulative=cumulative, count=count or nm.COUNTED, lang=lang)
    console.show("rings", rows, form, lang, as_json=as_json)
    console.remark(say("phrase", "rings", lang))


@app.command(epilog="Example: nmgeo inside zones --layer zones=zones.gpkg")
def inside(
    name: Annotated[str, typer.Argument(metavar="LAYER", help="Polygons to lie inside of.")],
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Measure how much of every site lies inside each polygon of a layer."""
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    console.show("inside", nm.inside(name, here, lang=lang), form, lang, as_json=as_json)
    console.remark_caveat(here, name)


@app.command(epilog="Example: nmgeo policy hetao_hk_park --on 2026-02-04")
def policy(
    site: Annotated[str | None, typer.Argument(help="A site; all if left out.")] = None,
    on: Annotated[
        str | None, typer.Option(help="In force or promised on a day: 2026-02-04.")
    ] = None,
    sites: options.Sites = None,
    key: options.Key = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """List the instruments that hold at a site, each with its source."""
    here = options.asked(data, sites, key, None, crs, strict=strict)
    console.show("policy", nm.policy(site, here, on=on, lang=lang), form, lang, as_json=as_json)


@app.command(epilog="Example: nmgeo claims sandy_ridge --format md")
def claims(
    subject: Annotated[str | None, typer.Argument(help="A site, place or instrument.")] = None,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """List every figure that was published about a site, a place or an instrument."""
    rows = nm.claims(subject, open_catalog(data), lang=lang)
    console.show("claims", rows, form, lang, as_json=as_json)


@app.command(epilog="Example: nmgeo report --format md --lang tc")
def report(
    at: options.At = None,
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Report all that is known of the sites as one table, or as a document with --format md."""
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    if console.form_of(form, as_json=as_json) == "md":
        console.put(nm.document(here, at=at or nm.DISTANCES, lang=lang))
    else:
        rows = nm.report(here, at=at or nm.DISTANCES, lang=lang)
        console.show("report", rows, form, lang, as_json=as_json)


@app.command("map", epilog="Example: nmgeo map -o hetao.html --at 2km")
def map_(
    out: Annotated[Path, typer.Option("--out", "-o", help="The page.")] = Path("maps/map.html"),
    at: options.At = None,
    tiles: Annotated[str, typer.Option(help="landsd-en, landsd-tc, landsd-sc, imagery.")] = "none",
    simplify: Annotated[str | None, typer.Option(help="Move lines of your layers: 1m.")] = None,
    budget: Annotated[str | None, typer.Option(help="Warn above a size: 8MB.")] = None,
    verify: Annotated[Path | None, typer.Option(help="Only say what a page can reach.")] = None,
    overwrite: options.Overwrite = False,
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    form: options.Form = None,
    as_json: options.AsJson = False,
    lang: options.Language = "en",
) -> None:
    """Write a web map of all layers as one HTML page, or --verify one."""
    if verify is not None:
        return console.show("verify", nm.verify(verify), form, lang, as_json=as_json)
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    path = nm.map(
        out,
        here,
        at=at or nm.DISTANCES,
        tiles=tiles,
        simplify=simplify,
        budget=budget,
        overwrite=overwrite,
        lang=lang,
    )
    return console.remark_written(path)


@app.command(epilog="Example: nmgeo export stations -o stations.geojson")
def export(
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="sites, rings or a layer.")
    ] = "sites",
    out: Annotated[Path, typer.Option("--out", "-o", help="The GeoJSON.")] = Path(
        "maps/sites.geojson"
    ),
    overwrite: options.Overwrite = False,
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    lang: options.Language = "en",
) -> None:
    """Write RFC 7946 GeoJSON and its twin on the Hong Kong 1980 Grid, and read both back."""
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    console.remark_written(*nm.export(out, name, here, overwrite=overwrite, lang=lang))


@app.command(epilog="Example: nmgeo atlas -o maps")
def atlas(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder.")] = Path("maps"),
    at: options.At = None,
    overwrite: options.Overwrite = False,
    sites: options.Sites = None,
    key: options.Key = None,
    layer: options.Layers = None,
    crs: options.Crs = None,
    strict: options.Strict = False,
    data: options.Data = None,
    lang: options.Language = "en",
) -> None:
    """Write everything into a folder: the map, the report, the sites, and a list of it all."""
    here = options.asked(data, sites, key, layer, crs, strict=strict)
    paths = nm.atlas(out, here, at=at or nm.DISTANCES, overwrite=overwrite, lang=lang)
    console.remark_written(*paths)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Map and measure land sites in Hong Kong's Northern Metropolis.

    Data go to stdout, words to stderr. Exit codes: 0 done, 2 wrong usage, 3 a check failed,
    4 input rejected, 6 output not written.
    """
    if version:
        console.put(f"nmgeo {nm.__version__}\n")
        raise typer.Exit
