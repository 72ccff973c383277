"""Commands that say what is known: of layers, sites, instruments, and files."""

from pathlib import Path
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options
from nmgeo.cli.app import app
from nmgeo.translations import translate


@app.command(epilog="Example: nmgeo layers")
@options.sharing("layer", *options.ANSWER)
def layers(asked: options.Asked) -> None:
    """List the layers and tables that there are."""
    console.show("layers", nm.layers(asked.catalog, lang=asked.lang), asked)


@app.command(epilog="Example: nmgeo check")
@options.sharing(*options.ANSWER)
def check(asked: options.Asked) -> None:
    """Check the shipped files: hashes, keys, geometry, sources; exit code 3 if one is broken."""
    rows = nm.check(asked.catalog)
    console.show("check", rows, asked)
    nm.require_ok(rows)


@app.command(epilog="Example: nmgeo doctor lots.gpkg wells.geojson")
@options.sharing("form", "as_json", "lang")
def doctor(
    asked: options.Asked,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="FILE or FILE#LAYER.")],
    crs: options.Crs = None,
    key: options.Key = None,
) -> None:
    """Say what files are really in and what else is wrong; exit code 3 if something is."""
    rows = nm.doctor(*files, crs=crs, key=key, watch=console.examined)
    console.show("doctor", rows, asked)
    nm.require_sound(rows)


@app.command(epilog="Example: nmgeo sites --lang tc")
@options.sharing(*options.SITES)
def sites(asked: options.Asked) -> None:
    """List the sites, one row an outline."""
    console.show("sites", nm.sites(asked.catalog, lang=asked.lang, geometry=False), asked)


@app.command(epilog="Example: nmgeo policy hetao_hk_park --on 2026-02-04")
@options.sharing(*options.SITES)
def policy(
    asked: options.Asked,
    site: Annotated[str | None, typer.Argument(help="A site; all if left out.")] = None,
    on: Annotated[
        str | None, typer.Option(help="In force or promised on a day: 2026-02-04.")
    ] = None,
) -> None:
    """List the instruments that hold at a site, each with its source."""
    console.show("policy", nm.policy(site, asked.catalog, on=on, lang=asked.lang), asked)


@app.command(epilog="Example: nmgeo claims sandy_ridge --format md")
@options.sharing(*options.ANSWER)
def claims(
    asked: options.Asked,
    subject: Annotated[str | None, typer.Argument(help="A site, place or instrument.")] = None,
) -> None:
    """List every figure that was published about a site, a place or an instrument."""
    rows = nm.claims(subject, asked.catalog, lang=asked.lang)
    console.show("claims", rows, asked)


@app.command(epilog="Example: nmgeo audit --tolerance 1%")
@options.sharing(*options.SITES)
def audit(
    asked: options.Asked,
    claims: Annotated[
        Path | None, typer.Option(help="Your figures: site, area, unit.", metavar="FILE.csv")
    ] = None,
    tolerance: Annotated[str, typer.Option(help="Let pass what is off by less: 1%.")] = "0.1%",
) -> None:
    """Set published areas against measured ones; exit code 3 if one differs."""
    rows = nm.audit(asked.catalog, claims, tolerance=tolerance, lang=asked.lang)
    console.show("audit", rows, asked)
    console.remark(translate("sentence", "audit", asked.lang).format(least=tolerance))
    console.remark_if((rows["result"] == "fitted").any(), translate("phrase", "fitted", asked.lang))
    nm.require_agreed(rows)
