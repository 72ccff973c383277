"""Commands that list what is known about layers, sites and policy instruments."""

from typing import Annotated, Any

import typer

import nmgeo as nm
from nmgeo.cli import console, options, show_table
from nmgeo.cli.app import KNOW, app
from nmgeo.errors import UsageError
from nmgeo.messages import text
from nmgeo.translations import did_you_mean


@app.command(
    short_help="List the layers and tables.", rich_help_panel=KNOW, epilog="Example: nmgeo layers"
)
@options.shared_options("layer", "sites", *options.ANSWER)
def layers(asked: options.Asked) -> None:
    """List the shipped layers and tables, and your own layers."""
    show_table.show_table("layers", nm.layers(asked.catalog, lang=asked.lang), asked)


@app.command(
    short_help="List the sites.", rich_help_panel=KNOW, epilog="Example: nmgeo sites --lang tc"
)
@options.shared_options(*options.SITES, *options.MASKING, "on")
def sites(asked: options.Asked) -> None:
    """List the sites, one row for each outline."""
    geometry: Any = asked.holds_geometry
    rows = nm.sites(asked.catalog, lang=asked.lang, geometry=geometry)
    if asked.out is not None and asked.catalog.own_sites is not None:
        from nmgeo.outputs.own_columns import with_own_columns  # noqa: PLC0415 - not for help

        rows = with_own_columns(rows, asked.catalog.own_sites).assign(basis=rows["basis"])
    show_table.show_table("sites", rows, asked)


@app.command(
    short_help="List policy instruments, or show one.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo policy hetao_hk_park --on 2026-02-04",
)
@options.shared_options(*options.PLACES, *options.OWN, sites="site")
def policy(
    asked: options.Asked,
    site: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SITE|INSTRUMENT|LON,LAT|FILE",
            help="Sites or instruments by any name, e.g. hetao_hk_park or nias. Default: all "
            "sites.",
        ),
    ] = None,
    on: options.On = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Keep a kind, e.g. funding; may be repeated.", metavar="KIND"),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(help="Keep a stage, e.g. pilot; may be repeated.", metavar="STAGE"),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="Keep a status, e.g. open; may be repeated.", metavar="STATUS"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show all instruments of each site.")
    ] = False,
) -> None:
    """List the policy instruments of sites with their status, or show one as a card."""
    from nmgeo.commands.subjects import find_instrument  # noqa: PLC0415 - not for help

    if site is not None and len(site) == 1 and find_instrument(asked.catalog, site[0]):
        card = nm.policy_card(site[0], asked.catalog, on=on, lang=asked.lang)
        show_table.show_table("policy_card", card, asked)
    else:
        chosen = {"kind": kind, "stage": stage, "status": status}
        rows = nm.policy(site, asked.catalog, on=on, **chosen, lang=asked.lang)
        show_table.show_policy(rows, asked, every=every or any(chosen.values()))


@app.command(
    short_help="Find the sites that meet your needs.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo find --stage pilot --near stations:1km --open-by 2031",
)
@options.shared_options(
    "sites",
    "site",
    "key",
    "titles",
    "layer",
    "crs",
    "encoding",
    "accuracy",
    "strict",
    "max_size",
    *options.ANSWER,
    "units",
    *options.OWN,
    sites="place",
    layers={"near": "", "place": ""},
)
def find(
    asked: options.Asked,
    place: Annotated[
        str | None,
        typer.Argument(metavar="SITE|FILE", help="By any name, e.g. hetao. Default: all sites."),
    ] = None,
    stage: Annotated[
        str | None, typer.Option(help="Stage that policy names, e.g. pilot.", metavar="STAGE")
    ] = None,
    near: Annotated[
        list[str] | None,
        typer.Option(
            help="Layer and its largest distance, e.g. stations:1km; may be repeated.",
            metavar="LAYER:LENGTH",
        ),
    ] = None,
    open_by: Annotated[
        str | None,
        typer.Option(help="Count only what is open by a year, e.g. 2031.", metavar="YEAR"),
    ] = None,
    land_by: Annotated[
        str | None, typer.Option(help="Land is released by a year, e.g. 2031.", metavar="YEAR")
    ] = None,
    min_area: Annotated[
        str | None, typer.Option(help="Smallest area, e.g. 5ha.", metavar="AREA")
    ] = None,
    fund: Annotated[
        str | None,
        typer.Option(help="Money of the project, e.g. 'project cost 160m'.", metavar="MONEY"),
    ] = None,
    on: options.On = None,
    every: Annotated[bool, typer.Option("--all", help="Show all sites and phases.")] = False,
) -> None:
    """Find sites and phases that meet needs: stage, distance, land, area and money.

    Each need is passed, failed or not known, with its source. With --sites it tests your own sites.
    """
    asked = options.with_sites(asked, place)
    needs: dict[str, Any] = {
        "stage": stage,
        "near": near or (),
        "open_by": open_by,
        "land_by": land_by,
    }
    needs |= {"min_area": min_area, "fund": fund, "on": on}
    rows = nm.find(asked.catalog, **needs, units=asked.units, lang=asked.lang)
    show_table.show_find(rows, asked, every=every)


_Since = Annotated[str | None, typer.Option(help="First day, e.g. 2025-01-01.", metavar="DATE")]
_Until = Annotated[str | None, typer.Option(help="Last day, e.g. 2026-02-04.", metavar="DATE")]


@app.command(
    short_help="Search the published figures.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo claims jobs --since 2025-01-01",
)
@options.shared_options(*options.ANSWER, "on", *options.OWN)
def claims(
    asked: options.Asked,
    subject: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT", help="Site, place or instrument, or words to search, e.g. jobs."
        ),
    ] = None,
    since: _Since = None,
    until: _Until = None,
    source_class: Annotated[
        list[str] | None,
        typer.Option(
            help="Class of source, e.g. official or press; may be repeated.", metavar="CLASS"
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show all figures.")] = False,
) -> None:
    """List published figures about a site, place or instrument, or those with a text.

    Rows stand by subject, then by attribute and date.
    """
    how = options.only_given(since=since, until=until, source_class=source_class)
    asked_for = " ".join(subject) if subject else None
    rows = nm.claims(asked_for, asked.catalog, **how, lang=asked.lang)
    show_table.show_claims(rows, asked, every=every or bool(subject))


@app.command(
    short_help="List what was stated of a site over time.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo history sandy_ridge_eoi status",
)
@options.shared_options(*options.ANSWER, *options.OWN)
def history(
    asked: options.Asked,
    subject: Annotated[
        str,
        typer.Argument(metavar="SITE|INSTRUMENT", help="Its id or any name, e.g. sandy_ridge."),
    ],
    attribute: Annotated[
        str | None, typer.Argument(metavar="ATTRIBUTE", help="Keep one attribute, e.g. jobs.")
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(help="Only what was stated by a day, e.g. 2026-02-04.", metavar="DATE"),
    ] = None,
) -> None:
    """List the figures and statuses stated about a site or instrument, oldest first."""
    rows = nm.history(subject, attribute, asked.catalog, on=on, lang=asked.lang)
    show_table.show_table("history", rows, asked)


@app.command(
    short_help="List what was stated between two days.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo changes --from 2024-11-20 --to 2026-02-04 sandy_ridge",
)
@options.shared_options(*options.ANSWER, *options.OWN)
def changes(
    asked: options.Asked,
    since: Annotated[
        str, typer.Option("--from", help="Earlier day, e.g. 2024-11-20.", metavar="DATE")
    ],
    until: Annotated[
        str, typer.Option("--to", help="Later day, e.g. 2026-02-04 or today.", metavar="DATE")
    ],
    subject: Annotated[
        str | None,
        typer.Argument(metavar="SITE|INSTRUMENT", help="Id or any name, e.g. nias. Default: all."),
    ] = None,
) -> None:
    """List the figures and statuses that were new or changed between two days."""
    rows = nm.changes(since, until, subject, asked.catalog, lang=asked.lang)
    show_table.show_table("changes", rows, asked)


@app.command(
    short_help="Describe commands, columns and formats as JSON.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo schema",
)
@options.shared_options("data", *options.WRITTEN)
def schema(
    asked: options.Asked,
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="TABLE|COMMAND",
            help="Columns of a table of yours, e.g. policies; a command, e.g. near; or project.",
        ),
    ] = None,
) -> None:
    """Describe commands, columns, formats, exit codes and geodata fields as JSON.

    With TABLE (policies, claims, statuses, attributes), list the columns of such a table of yours.
    With the name of a command, describe that one alone. With project, print the JSON schema of
    project files. The member 'members' of the document says what each member holds.
    """
    if table in (None, "project"):
        document = nm.project_schema() if table else nm.schema(asked.catalog)
        return show_table.save_json(document, asked)
    if table in console.Group.every and table != "claims":  # which is a table of yours, too
        described = nm.schema(asked.catalog)["commands"]
        return show_table.save_json(next(one for one in described if one["name"] == table), asked)
    _require_described(table)
    rows = nm.table_fields(table, lang=asked.lang)
    return show_table.show_table("table_fields", rows, asked)


def _require_described(name: str) -> None:
    """Stop unless a table of the user has this name; that of a command was looked for before."""
    from nmgeo.commands.own_tables import TABLES  # noqa: PLC0415 - not for help

    if name not in TABLES:
        commands = sorted(set(console.Group.every) - set(TABLES))
        guess = did_you_mean(name, [*TABLES, "project", *commands])
        wrong = text("no table and no command{guess}", guess=guess)
        known = {"tables": ", ".join([*TABLES, "project"]), "commands": ", ".join(commands)}
        raise UsageError(repr(name), wrong, text("use {tables}, {commands}", **known))
