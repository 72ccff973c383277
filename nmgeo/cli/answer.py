"""Commands that bring facts of several sites together: compare, timeline, sheet, join."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options, show_table
from nmgeo.cli.app import KNOW, app
from nmgeo.cli.standard_streams import terminal_width
from nmgeo.errors import UsageError
from nmgeo.files import write_text
from nmgeo.messages import option, text

_SITE = "Site by any name, e.g. sandy_ridge."


@app.command(
    short_help="Set sites or instruments side by side.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo compare hetao san_tin_technopole",
)
@options.shared_options(*options.ANSWER, "units", *options.OWN)
def compare(
    asked: options.Asked,
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C] [D]", help="Sites, places or instruments by any name, e.g. hetao."
        ),
    ],
    on: options.On = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show what only one of them has too.")
    ] = False,
) -> None:
    """Set two to four sites, places or instruments side by side, with dates and sources."""
    rows = nm.compare(*subjects, catalog=asked.catalog, on=on, units=asked.units, lang=asked.lang)
    show_table.show_compare(rows, asked, every=every)


@app.command(
    short_help="List what happened and is planned.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo timeline san_tin_technopole --svg timeline.svg",
)
@options.shared_options(*options.ANSWER, *options.OWN)
def timeline(
    asked: options.Asked,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="SITE|INSTRUMENT", help="By any name, e.g. sandy_ridge. Default: all sites."
        ),
    ] = None,
    on: options.On = None,
    svg: Annotated[
        Path | None, typer.Option(help="Draw it into a file, e.g. timeline.svg.", metavar="FILE")
    ] = None,
) -> None:
    """List what happened and is planned, oldest first, or draw it with --svg."""
    rows = nm.timeline(subject, asked.catalog, on=on, lang=asked.lang)
    if svg is None:
        return show_table.show_table("timeline", rows, asked)
    drawn = nm.timeline_svg(rows, subject or "", asked.lang)
    return console.print_written(write_text(svg, drawn, overwrite=asked.overwrite))


@app.command(
    short_help="Write a fact sheet of a site.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo sheet sandy_ridge -o sandy_ridge.html",
)
@options.shared_options("data", "shipped", "lang", "units", *options.OWN)
def sheet(
    asked: options.Asked,
    site: Annotated[str, typer.Argument(metavar="SITE", help=_SITE)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File to write, e.g. sheet.html or sheet.md.", metavar="FILE"
        ),
    ] = None,
    on: options.On = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Write a fact sheet of one page: sentences to quote, figures, events and sources.

    Markdown to stdout, laid out on a terminal; with -o a .md or .html file.
    """
    if overwrite:
        options.require_written(out)
    suffix = ".md" if out is None else out.suffix.lower()
    if suffix not in {".md", ".html"}:
        wrong = text("unknown file extension {suffix!r}", suffix=suffix)
        raise UsageError(option("out", str(out)), wrong, text("use .md or .html"))
    page = nm.sheet(
        site, asked.catalog, html=suffix == ".html", on=on, units=asked.units, lang=asked.lang
    )
    if out is None:
        return console.print_data(_for_reader(page))
    return console.print_written(write_text(out, page, overwrite=overwrite))


def _for_reader(markdown: str) -> str:
    """Return Markdown as it is; on a terminal as lines and tables of its width."""
    if not sys.stdout.isatty():
        return markdown
    from nmgeo.outputs.document_text import document_text  # noqa: PLC0415 - only on a terminal

    return document_text(markdown, terminal_width())


@app.command(
    short_help="Join a table of yours onto sites.",
    rich_help_panel=KNOW,
    epilog="Example: nmgeo join owners.csv",
)
@options.shared_options(*options.SITES, table="table")
def join(
    asked: options.Asked,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="CSV, .xlsx or .ods, e.g. owners.csv.")
    ],
    column: Annotated[
        str | None,
        typer.Option(help="Column of TABLE with ids or names, e.g. lot_no.", metavar="COLUMN"),
    ] = None,
    place: Annotated[
        bool, typer.Option("--place", help="Join by the coordinates of each row.")
    ] = False,
    fail_under: Annotated[
        str | None,
        typer.Option(help="End with exit code 3 if less matched, e.g. 100%.", metavar="SHARE"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List what matched as written, too.")
    ] = False,
) -> None:
    """Join a table onto sites by key or place: what matched, after which folding, what did not.

    A table of policies or claims matches places without outline too; a row without a name matches
    by its coordinates.

    With -o FILE.gpkg, write the outlines that matched with the columns of the table.
    """
    said = asked.of_table if place else options.without_crs(asked)
    rows = nm.join(
        table, catalog=asked.catalog, column=column, place=place, lang=asked.lang, **said
    )
    show_table.show_join(rows, asked, every=every)
    if fail_under is not None:
        nm.require_matched(rows, fail_under)
