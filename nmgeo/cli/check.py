"""Commands that check data and results; each ends with exit code 3 if a check fails."""

from pathlib import Path
from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options, show_table
from nmgeo.cli.app import CHECK, app
from nmgeo.translations import translate, translate_value

_LISTED = 1_000  # faults of a table, at most


@app.command(
    short_help="Check your files for CRS and other faults.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo doctor lots.gpkg wells.geojson",
)
@options.shared_options(*options.WRITTEN)
def doctor(
    asked: options.Asked,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="File to check, e.g. lots.gpkg or lots.gpkg#phase1."
        ),
    ],
    crs: options.Crs = None,
    key: options.Key = None,
    encoding: options.Encoding = None,
    max_size: options.MaxSize = None,
) -> None:
    """Check the CRS, ids, text and geometry of your files."""
    said = {"crs": crs, "key": key, "encoding": encoding, "max_size": max_size}
    rows = nm.doctor(*files, **said, watch=console.watch_features)
    shown = rows.map(lambda cell: translate_value(cell, asked.lang, command_line=True))
    show_table.show_table("doctor", shown, asked)
    nm.require_sound(rows)


@app.command(
    short_help="Check the shipped data, or a table of yours.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo check",
)
@options.shared_options(*options.ANSWER)
def check(
    asked: options.Asked,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="Your table, e.g. claims.csv. Default: shipped data."),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            help="Its columns: policies, claims, statuses or attributes, e.g. claims.",
            metavar="TABLE",
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every fault, not the first 1,000.")
    ] = False,
    encoding: options.Encoding = None,
    max_size: options.MaxSize = None,
) -> None:
    """Check the shipped files, or row by row a table of policies or claims of your own."""
    if file is not None:
        faults = nm.check_table(
            file,
            asked.catalog,
            table=table,
            encoding=encoding,
            max_size=max_size,
            listed=None if every else _LISTED,
            lang=asked.lang,
        )
        show_table.show_checked(faults, asked)
        return nm.require_valid_rows(faults)
    rows = nm.check(asked.catalog)
    show_table.show_table("check", rows, asked)
    return nm.require_ok(rows)


@app.command(
    short_help="Compare published areas with measured ones.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo audit --tolerance 1%",
)
@options.shared_options(*options.SITES, "on", "units", table="claims")
def audit(
    asked: options.Asked,
    claims: Annotated[
        Path | None,
        typer.Option(
            help="File with your figures (site, area, unit), e.g. areas.csv.", metavar="FILE"
        ),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(help="Difference that passes, e.g. 1%.", metavar="SHARE")
    ] = "0.1%",
    every: Annotated[
        bool, typer.Option("--all", help="List figures that cannot be compared, too.")
    ] = False,
) -> None:
    """Compare published areas with measured ones."""
    said = options.without_crs(asked)
    rows = nm.audit(asked.catalog, claims, tolerance=tolerance, lang=asked.lang, **said)
    show_table.show_audit(rows, asked, every=every or claims is not None)
    console.print_note(translate("sentence", "audit", asked.lang).format(least=tolerance))
    if (rows["result"] == "fitted").any():
        console.print_note(translate("phrase", "fitted", asked.lang))
    nm.require_agreed(rows)


@app.command(
    short_help="Compare results with GDAL, QGIS and PostGIS.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo crosscheck stations --at 500m",
)
@options.shared_options(*options.FILES, "units", layers={"name": ""})
def crosscheck(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="Layer to measure distances to, e.g. crossings.")
    ] = "stations",
    at: Annotated[
        str, typer.Option(help="Distance of the buffer, e.g. 1km.", metavar="LENGTH")
    ] = "500m",
) -> None:
    """Measure again with the ellipsoid, GDAL, QGIS and PostGIS, and compare."""
    rows = nm.crosscheck(name, asked.catalog, at=at, lang=asked.lang)
    show_table.show_crosscheck(rows, asked)
    console.print_note(rows.attrs["remark"])
    nm.require_agreement(rows)


@app.command(
    short_help="Run a manifest again and compare.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo replay manifest.json",
)
@options.shared_options(*options.ANSWER)
def replay(
    asked: options.Asked,
    manifest: Annotated[
        Path, typer.Argument(metavar="FILE", help="Manifest of an atlas, e.g. maps/manifest.json.")
    ],
    every: Annotated[bool, typer.Option("--all", help="List what is the same, too.")] = False,
) -> None:
    """Run a manifest of nmgeo atlas again, and compare every file. Nothing is written.

    The table lists outputs, and the inputs and libraries that are not as they were.
    """
    rows = nm.replay(manifest, asked.catalog)
    shown = rows if every else rows[(rows["part_of_run"] == "output") | (rows["result"] != "ok")]
    show_table.show_table("replay", shown, asked)
    nm.require_equal(rows)


@app.command(
    short_help="Tell how a file was made, and from what.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo explain maps/map.html",
)
@options.shared_options(*options.WRITTEN)
def explain(
    asked: options.Asked,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Any file that nmgeo wrote, e.g. maps/map.html.")
    ],
    beside: Annotated[
        bool,
        typer.Option(
            "--beside", help="Write it beside FILE, as FILE.provenance.json, to go with FILE."
        ),
    ] = False,
) -> None:
    """Tell which command wrote a file, when, and from what data.

    Hashes, dates and accuracies of the inputs are in --format json and csv.

    The file is known by its content. The journal of this computer stands in the folder that
    NMGEO_JOURNAL names; NMGEO_JOURNAL=off keeps none. CSV and text cannot carry their provenance:
    with --beside it goes with them to other computers.
    """
    show_table.show_explain(nm.explain(file, beside=beside), asked)
