"""Commands that write reports, maps and files.

This module is longer than 300 lines because each option of a command is a parameter with its help.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

import nmgeo as nm
from nmgeo.cli import console, options, show_table
from nmgeo.cli.app import WRITE, app
from nmgeo.cli.file_options import is_file
from nmgeo.files import PROJECT, write_text
from nmgeo.languages import Lang

_FOLDER: Final = Path("maps")
Schema = Annotated[
    str | None, typer.Option(help="Schema in the database, e.g. planning.", metavar="NAME")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Replace tables of the same name in the database.")
]
DrawnAt = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        help="Distance of a ring, e.g. 500m; may be repeated. none: no rings and lines.",
        metavar="LENGTH",
    ),
]
Title = Annotated[
    str | None, typer.Option(help="Title of the map, e.g. 'Lots 2026'.", metavar="TEXT")
]
ColourBy = Annotated[
    str | None,
    typer.Option(
        help="Colour your sites or layers by a column, e.g. lots:use.", metavar="[LAYER:]COLUMN"
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(help="Classes, e.g. quantiles; or categories, breaks.", metavar="HOW"),
]


@app.command(
    short_help="Report everything known about the sites.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo report -o report.html --lang tc",
)
@options.shared_options(*options.FILES, *options.MASKING, "units", *options.OWN, page="html")
def report(
    asked: options.Asked,
    at: options.At = None,
    on: options.On = None,
    html: Annotated[
        Path | None, typer.Option(help="Same as -o with a page, e.g. report.html.", metavar="FILE")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every value on the screen, too.")
    ] = False,
) -> None:
    """Report everything known about the sites: a summary on the screen, else one table.

    With -o it is written as the name of the file says: .html is a page and .md a document, both
    with a summary first; .xlsx, .csv, .json and others hold the table.
    """
    if html is not None:
        how: dict[str, Any] = {"at": at or nm.DISTANCES, "on": on, "units": asked.units}
        how |= {"html": True, "lang": asked.lang}
        page = write_text(html, nm.document(asked.catalog, **how), overwrite=asked.overwrite)
        return console.print_written(page)
    if show_table.chosen_format(asked) == "md":
        about: dict[str, Any] = {"on": on, "units": asked.units, "lang": asked.lang}
        document = nm.document(asked.catalog, at=at or nm.DISTANCES, **about)
        return show_table.save_text(document, asked)
    if show_table.is_printed(asked) and not every:
        return show_table.show_summary(asked, at=at or nm.DISTANCES, on=on)
    rows = nm.report(asked.catalog, at=at or nm.DISTANCES, on=on, lang=asked.lang)
    return show_table.show_table("report", rows, asked)


@app.command(
    "map",
    short_help="Write a web map as one HTML page.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo map -o hetao.html --at 2km",
)
@options.shared_options(*options.DRAWN, *options.OWN)
def map_(
    asked: options.Asked,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="Page to write, e.g. map.html; or map.png.",
            metavar="FILE",
        ),
    ] = Path("maps/map.html"),
    at: DrawnAt = None,
    on: options.On = None,
    tiles: Annotated[
        str,
        typer.Option(
            help="Background map, e.g. imagery; or landsd-en, landsd-tc, landsd-sc, none."
        ),
    ] = "none",
    basemap: Annotated[
        Path | None,
        typer.Option(
            help="Tiles to put into the page, e.g. hk.mbtiles or basemap.", metavar="FILE|NAME"
        ),
    ] = None,
    simplify: Annotated[
        str | None,
        typer.Option(
            help="Simplify your layers for display (tolerance, e.g. 1m).", metavar="LENGTH"
        ),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Warn if the page is larger, e.g. 8MB.", metavar="SIZE")
    ] = None,
    title: Title = None,
    colour_by: ColourBy = None,
    classes: Classes = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            help="List the hosts that an existing page can reach, e.g. map.html.", metavar="PAGE"
        ),
    ] = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Write a web map of all layers as one HTML page, or check one with --verify."""
    look: dict[str, Any] = {"title": title, "colour_by": colour_by, "classes": classes}
    look |= {"on": on, "simplify": simplify, "budget": budget, "basemap": basemap}
    if verify is not None:
        drawn = look | {"at": at, "tiles": tiles != "none", "overwrite": overwrite}
        options.refuse_beside("--verify", drawn)
        return show_table.show_table("verify", nm.verify(verify), asked)
    path = nm.map(
        out,
        asked.catalog,
        at=at or nm.DISTANCES,
        tiles=tiles,
        overwrite=overwrite,
        lang=asked.lang,
        **look,
    )
    return console.print_written(path)


@app.command(
    short_help="Write a layer to a file.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo export stations -o stations.geojson",
)
@options.shared_options(*options.WRITING, "on", *options.OWN, layers={"name": ""})
def export(
    asked: options.Asked,
    name: Annotated[
        str,
        typer.Argument(
            metavar="LAYER[:COLUMN]",
            help="sites, rings, or a layer, e.g. stations; or classes, e.g. zones:ZONE_LABEL.",
        ),
    ] = "sites",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="File to write, e.g. stations.gpkg. Default: maps/LAYER.geojson.",
            metavar="FILE",
        ),
    ] = None,
    at: options.At = None,
    to: Annotated[
        str | None,
        typer.Option(help="Database to write to, e.g. postgresql://me@host/gis.", metavar="URL"),
    ] = None,
    schema: Schema = None,
    replace: Replace = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Write a layer to a file, e.g. .gpkg or .parquet, or to a PostGIS database.

    GeoJSON (RFC 7946) gets a copy on the Hong Kong 1980 Grid beside it.
    """
    if to is not None:
        options.refuse_beside("--to", {"out": out, "overwrite": overwrite})
        how: dict[str, Any] = {"schema": schema or "public", "replace": replace, "lang": asked.lang}
        written = nm.export_to(to, name, asked.catalog, at=at or nm.DISTANCES, **how)
        return console.print_read_back(written)
    options.refuse_without("--to", {"schema": schema, "replace": replace})
    files = nm.export(
        out or _default_file(name, asked),
        name,
        asked.catalog,
        at=at or nm.DISTANCES,
        overwrite=overwrite,
        lang=asked.lang,
    )
    console.print_written(*files)
    return console.print_read_back(files.read_back)


def _default_file(written: str, asked: options.Asked) -> Path:
    """Return the file that a layer is written to where none is named, which is called as it is."""
    from nmgeo.catalog import registered_name  # noqa: PLC0415 - not for help
    from nmgeo.commands.zones import split_classes  # noqa: PLC0415 - likewise

    layer = registered_name(asked.catalog, split_classes(written)[0])
    is_path = layer not in asked.catalog.known_layers and is_file(layer)
    return _FOLDER / f"{Path(layer.partition('#')[0]).stem if is_path else layer}.geojson"


@app.command(
    short_help="Write a styled GeoPackage and QGIS project.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo pack northern-metropolis.zip --lang tc",
)
@options.shared_options(*options.WRITING)
def pack(
    asked: options.Asked,
    out: Annotated[
        str,
        typer.Argument(
            metavar="OUT",
            help="Folder, zip or database to write, e.g. pack.zip.",
            show_default=False,
        ),
    ],
    at: options.At = None,
    schema: Schema = None,
    replace: Replace = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Write everything for GIS software into a folder or a zip, or into a PostGIS database.

    A GeoPackage with styles, a QGIS project, GeoJSON in WGS 84 and HK80, tables, credits. A
    database, e.g. postgresql://me@host/gis, gets the same layers and tables.
    """
    how: dict[str, Any] = {"schema": schema, "replace": replace, "overwrite": overwrite}
    files = nm.pack(out, asked.catalog, at=at or nm.DISTANCES, lang=asked.lang, **how)
    if files:
        console.print_written(Path(out))
    console.print_read_back(files.read_back)


@app.command(
    "print",
    short_help="Write a map at a true scale, as PDF.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo print hetao_hk_park -o hetao.pdf --scale 1:10000",
)
@options.shared_options(*options.PRINTED)
def print_(
    asked: options.Asked,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File to write, e.g. map.pdf.", metavar="FILE")
    ],
    subject: Annotated[
        str | None,
        typer.Argument(metavar="SITE", help="Site in the middle, e.g. hetao_hk_park."),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="Scale on the HK80 grid, e.g. 1:10000.", metavar="1:N"),
    ] = None,
    paper: Annotated[
        str, typer.Option(help="Paper, e.g. a3; or a4, a2, a1, a0.", metavar="SIZE")
    ] = "a3",
    landscape: Annotated[
        bool, typer.Option("--landscape/--portrait", help="Lay the sheet on its long side.")
    ] = True,
    form: Annotated[
        str | None,
        typer.Option("--format", "-f", help="Format, e.g. pdf; or svg, png.", metavar="FORMAT"),
    ] = None,
    atlas: Annotated[
        bool, typer.Option("--atlas", help="An overview, and one sheet a site with its tables.")
    ] = False,
    title: Title = None,
    colour_by: ColourBy = None,
    classes: Classes = None,
    at: DrawnAt = None,
    font: Annotated[
        Path | None,
        typer.Option(help="Font with all characters, e.g. NotoSansTC-Regular.otf.", metavar="FILE"),
    ] = None,
    lang: Annotated[
        Literal[Lang, "both"],
        typer.Option(help="Language of the sheet, e.g. tc; both is English and Chinese."),
    ] = "en",
    overwrite: options.Overwrite = False,
) -> None:
    """Write a map at a true scale on paper, as vector PDF, SVG or PNG.

    It has a legend, a scale bar, the numbers of the HK80 grid, accuracies and sources.
    """
    look: dict[str, Any] = {"subject": subject, "scale": scale, "paper": paper, "form": form}
    look |= {"landscape": landscape, "atlas": atlas, "font": font, "overwrite": overwrite}
    look |= {"title": title, "colour_by": colour_by, "classes": classes}
    path = nm.print(out, asked.catalog, at=at or nm.DISTANCES, lang=lang, **look)
    console.print_written(path)


@app.command(
    short_help="Split a large file into parts for dask.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo partition buildings.gpkg -o parts --parts 64",
)
def partition(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="File to split, e.g. buildings.gpkg or buildings.gpkg#2024."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write, e.g. parts.", metavar="DIR")
    ],
    parts: Annotated[int, typer.Option(help="Number of parts, e.g. 128.")] = 64,
    key: options.Key = None,
    titles: options.Name = None,
    crs: options.Crs = None,
    encoding: options.Encoding = None,
    max_size: options.MaxSize = None,
) -> None:
    """Split a large file into parts of nearby features, for --engine dask."""
    said = {"key": key, "name": titles, "crs": crs, "encoding": encoding, "max_size": max_size}
    console.print_written(nm.partition(file, out, parts=parts, **said))


@app.command(
    short_help="Write map, report and sites into a folder.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo atlas -o maps",
)
@options.shared_options(*options.WRITING, "on", *options.OWN)
def atlas(
    asked: options.Asked,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write, e.g. maps.", metavar="DIR")
    ] = Path("maps"),
    at: options.At = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Write the map, the report, the sites and a list of all files into a folder."""
    paths = nm.atlas(
        out, asked.catalog, at=at or nm.DISTANCES, overwrite=overwrite, lang=asked.lang
    )
    console.print_written(*paths)


@app.command(
    short_help="Write a project file to fill in.",
    rich_help_panel=WRITE,
    epilog="Example: nmgeo init",
)
@options.shared_options("lang")
def init(
    asked: options.Asked,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File to write, e.g. nmgeo.toml.", metavar="FILE")
    ] = Path(PROJECT),
) -> None:
    """Write a project file in which every field stands as a comment.

    Commands in its folder use the sites, layers, rings and language that it names.
    """
    console.print_written(nm.init(out, lang=asked.lang))
