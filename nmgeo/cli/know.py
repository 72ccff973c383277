"""Commands that list what is known about layers, sites and policy instruments."""

import json
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options
from nmgeo.cli.app import KNOW, app


@app.command(
    short_help="List the layers and tables.", rich_help_panel=KNOW, epilog="Example: nmgeo layers"
)
@options.sharing("layer", *options.ANSWER)
def layers(asked: options.Asked) -> None:
    """List the shipped layers and tables, and your own layers."""
    console.show("layers", nm.layers(asked.catalog, lang=asked.lang), asked)


@app.command(
    short_help="List the sites.", rich_help_panel=KNOW, epilog="Example: nmgeo sites --lang tc"
)
@options.sharing(*options.SITES)
def sites(asked: options.Asked) -> None:
    """List the sites, one row for each outline."""
    if asked.drawn:
        return console.show("sites", nm.sites(asked.catalog, lang=asked.lang), asked)
    return console.show("sites", nm.sites(asked.catalog, lang=asked.lang, geometry=False), asked)


@app.command(
    short_help="List the policy instruments of a site.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo policy hetao_hk_park --on 2026-02-04",
)
@options.sharing(*options.SITES)
def policy(
    asked: options.Asked,
    site: Annotated[
        str | None,
        typer.Argument(
            metavar="SITE", help="Id of a site, e.g. hetao_hk_park. Default: all sites."
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            help="Show what was in force or promised on a day, e.g. 2026-02-04.", metavar="DATE"
        ),
    ] = None,
) -> None:
    """List the policy instruments that apply to a site, each with its source."""
    console.show("policy", nm.policy(site, asked.catalog, on=on, lang=asked.lang), asked)


@app.command(
    short_help="List published figures about a site.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo claims sandy_ridge --format md",
)
@options.sharing(*options.ANSWER)
def claims(
    asked: options.Asked,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="SUBJECT", help="Id of a site, place or instrument, e.g. sandy_ridge."
        ),
    ] = None,
) -> None:
    """List the figures published about a site, a place or a policy instrument."""
    rows = nm.claims(subject, asked.catalog, lang=asked.lang)
    console.show("claims", rows, asked)


@app.command(
    short_help="Describe commands, columns and formats as JSON.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo schema",
)
@options.sharing("data")
def schema(asked: options.Asked) -> None:
    """Describe commands, columns, formats, exit codes and geodata fields as JSON.

    The member 'members' of the document says what each member holds.
    """
    console.put(json.dumps(nm.schema(asked.catalog), ensure_ascii=False, indent=2) + "\n")
