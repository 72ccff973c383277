"""Commands that measure the sites.

This module is longer than 300 lines because each option of a command is a parameter with its help.
"""

from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, file_options, options, show_table, streaming
from nmgeo.cli.app import MEASURE, app
from nmgeo.translations import Cap, Side

_Place = Annotated[
    str | None,
    typer.Argument(metavar="SITE|FILE", help="By any name, e.g. hetao. Default: all sites."),
]
_By = Annotated[
    str | None,
    typer.Option(help="Add up by a column of your sites, e.g. owner.", metavar="COLUMN"),
]


def _is_own_column(by: str, asked: options.Asked) -> bool:
    """Tell whether a text names a column of the user's sites, and no layer."""
    here = asked.catalog
    if here.own_sites is None or by.partition(":")[0] in here.known_layers:
        return False
    return by == here.own_sites.key or by in nm.sites(here, geometry=False)


@app.command(
    short_help="Measure the area of each site.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo area --sites lots.gpkg --key lot_no",
)
@options.shared_options(*options.SITES, *options.MASKING, "on", "units", sites="place")
def area(
    asked: options.Asked,
    place: _Place = None,
    receipt: Annotated[
        bool,
        typer.Option("--receipt", help="Show how each area was measured, and its uncertainty."),
    ] = False,
    by: _By = None,
) -> None:
    """Measure the area of each site on the Hong Kong 1980 Grid, in hectares.

    The table also shows the range of each area and the published area.
    """
    asked = options.with_sites(asked, place)
    if receipt:
        return show_table.show_receipt(nm.receipt(asked.catalog, lang=asked.lang), asked)
    return show_table.show_area(nm.area(asked.catalog, lang=asked.lang), asked, by=by)


@app.command(
    short_help="Measure distances to the nearest features.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo near stations --in today --in 2034",
)
@options.shared_options(
    *options.STREAMS, "on", sites="place", layers={"name": "", "origin": "", "place": ""}
)
def near(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="Layer to measure to, e.g. stations.")
    ],
    place: _Place = None,
    k: Annotated[
        int | None,
        typer.Option("--k", help="Number of features for each site, e.g. 3; ties are all listed."),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(help="List what may be within a distance, e.g. 2km.", metavar="LENGTH"),
    ] = None,
    origin: Annotated[
        str,
        typer.Option(
            "--from",
            help="Where distances begin: edge, centroid, or a layer of entrances, e.g. gates.",
            metavar="WHERE",
        ),
    ] = "edge",
    years: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            help="Count only what is open by then, e.g. today or 2034; may be repeated.",
            metavar="YEAR",
        ),
    ] = None,
    open_only: Annotated[
        bool, typer.Option("--open", help="Count only what is open today.")
    ] = False,
    nearest_first: Annotated[
        bool, typer.Option("--nearest-first", help="Sort the sites by their distance.")
    ] = False,
) -> None:
    """Measure the distance from each site to the nearest features of a layer.

    A table on the screen shows what is open today, then what is nearer and opens later, with its
    year. The geometry of a row is the shortest line.
    """
    asked = options.with_sites(asked, place)
    how = options.only_given(
        k=k,
        within=within,
        origin=origin,
        years=years,
        open_only=open_only,
        nearest_first=nearest_first,
        lang=asked.lang,
    )
    together = "nearest_first" if nearest_first else _together(origin)
    if options.measures_in_batches(asked, together=together):
        streaming.stream(nm.near_batches(name, asked.catalog, **how), asked)
    else:
        show_table.show_near(name, asked, how)
    return show_table.print_origin(origin, asked)


def _together(origin: str) -> str | None:
    """Return the option that needs all sites together: entrances do."""
    return None if origin in ("edge", "centroid") else "origin"


@app.command(
    short_help="Measure distances between all sites.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo matrix",
)
@options.shared_options(*options.FILES, "on", layers={"name": ""})
def matrix(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="Layer to measure to, e.g. stations.")
    ] = "sites",
) -> None:
    """Measure the distance from each site to every other, or to each feature of a layer."""
    rows = nm.matrix(name, asked.catalog, lang=asked.lang)
    show_table.show_matrix(rows, asked)


@app.command(
    short_help="Test if a ranking of the sites is robust.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo robust stations --at 400m --at 1km",
)
@options.shared_options(*options.FILES, "on", layers={"name": ""})
def robust(
    asked: options.Asked,
    name: Annotated[
        str, typer.Argument(metavar="LAYER", help="Layer that ranks the sites, e.g. stations.")
    ],
    by: Annotated[
        str, typer.Option(help="Rank by distance, or by the count within a distance, e.g. 800m.")
    ] = "distance",
    at: Annotated[
        list[str] | None,
        typer.Option(help="Distance to count within, e.g. 1km; may be repeated.", metavar="LENGTH"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show each rule, and which pairs it reverses.")
    ] = False,
) -> None:
    """Test if a ranking of the sites stays the same under other rules of measuring.

    The table has one line a pair of sites: how many rules keep its order. Files have a row a rule.
    """
    rows = nm.robust(name, asked.catalog, by=by, at=at or (), lang=asked.lang)
    console.print_note(rows.attrs["verdict"])
    show_table.show_robust(rows, asked, every=every)


@app.command(
    short_help="Measure the land within distances of sites.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo rings --at 1km --clip boundary --by water --layer water=water.gpkg",
)
@options.shared_options(*options.STREAMS, "units", "on", sites="place")
def rings(
    asked: options.Asked,
    place: _Place = None,
    at: options.At = None,
    at_column: Annotated[
        str | None,
        typer.Option(
            help="Column with the distance of each site, e.g. setback_m.", metavar="COLUMN"
        ),
    ] = None,
    cumulative: Annotated[
        bool, typer.Option("--cumulative", help="Let every ring start at the site.")
    ] = False,
    dissolve: Annotated[
        bool, typer.Option("--dissolve", help="Merge the rings of all sites into one.")
    ] = False,
    cap: Annotated[Cap, typer.Option(help="Line end style, e.g. flat.")] = "round",
    max_error: Annotated[
        str | None,
        typer.Option(help="Largest error of the buffer's edge, e.g. 0.1% or 1m.", metavar="ERROR"),
    ] = None,
    clip: Annotated[
        str | None,
        typer.Option(
            help="Keep the part of the rings that lies in a layer, e.g. land.", metavar="LAYER"
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Measure what part lies in a layer, e.g. water or zones:use; or add up by a "
            "column of your sites.",
            metavar="LAYER[:COLUMN]",
        ),
    ] = None,
    min_area: Annotated[
        str | None,
        typer.Option(help="Add up smaller classes of --by in one row, e.g. 1m2.", metavar="AREA"),
    ] = None,
    count: Annotated[
        list[str] | None,
        typer.Option(help="Layer to count, e.g. stations; may be repeated.", metavar="LAYER"),
    ] = None,
    counts_only: Annotated[
        bool,
        typer.Option("--counts-only", help="Count by distance and draw no rings; for many sites."),
    ] = False,
) -> None:
    """Measure the land within distances of each site, and count what lies in it.

    A negative distance measures a setback inside the site, e.g. --at=-20m.
    """
    asked = options.with_sites(asked, options.no_length(place, "at", at))
    summed = by if by is not None and _is_own_column(by, asked) else None
    how = options.only_given(
        at_column=at_column,
        cumulative=cumulative,
        dissolve=dissolve,
        cap=cap,
        max_error=max_error,
        clip=clip,
        by=None if summed else by,
        min_area=min_area,
        count=count,
        counts_only=counts_only,
        lang=asked.lang,
    )
    if options.measures_in_batches(
        asked, together="dissolve" if dissolve else "by" if summed else at_column and "at_column"
    ):
        return streaming.stream(nm.rings_batches(at or (), asked.catalog, **how), asked)
    rows = nm.rings(at or (), asked.catalog, **how)
    return show_table.show_rings(rows, asked, summed=summed)


@app.command(
    short_help="Measure a strip along lines or edges.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo strip boundary --width 35m --side right",
)
@options.shared_options(*options.FILES, "units", "on", layers={"name": ""})
def strip(
    asked: options.Asked,
    name: Annotated[
        str,
        typer.Argument(
            metavar="LAYER", help="Layer of lines or polygons to follow, e.g. boundary."
        ),
    ],
    width: Annotated[str, typer.Option(help="Width of the strip, e.g. 35m.", metavar="LENGTH")],
    side: Annotated[
        Side, typer.Option(help="Side of a line (left, right) or of a polygon (inside, outside).")
    ] = "both",
    cap: Annotated[Cap, typer.Option(help="Line end style, e.g. round.")] = "flat",
) -> None:
    """Measure a strip along lines or edges, and how much of each site lies in it."""
    rows = nm.strip(name, width, asked.catalog, side=side, cap=cap, lang=asked.lang)
    show_table.show_strip(rows, asked)


@app.command(
    short_help="Measure how much of each site lies in polygons.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo inside zones --layer zones=zones.gpkg",
)
@options.shared_options(
    *options.STREAMS, "units", "on", sites="place", layers={"name": "", "place": ""}
)
def inside(
    asked: options.Asked,
    name: Annotated[
        str,
        typer.Argument(
            metavar="LAYER[:COLUMN]", help="Layer of polygons, e.g. ponds or zones:ZONE_LABEL."
        ),
    ],
    place: _Place = None,
    min_area: Annotated[
        str | None,
        typer.Option(help="Leave out smaller pieces, and count them, e.g. 1m2.", metavar="AREA"),
    ] = None,
    by: _By = None,
) -> None:
    """Measure how much of each site lies inside each polygon of a layer.

    With a column, e.g. zones:ZONE_LABEL, measure by class; the rows of a site add up to its area.
    """
    asked = options.with_sites(asked, place)
    how = options.only_given(min_area=min_area, lang=asked.lang)
    if by is not None:
        return show_table.show_sums(nm.inside(name, asked.catalog, **how), by, asked)
    if options.measures_in_batches(asked, together="by" if show_table.by_class(name) else None):
        return streaming.stream(nm.inside_batches(name, asked.catalog, **how), asked)
    return show_table.show_inside(nm.inside(name, asked.catalog, **how), name, asked)


@app.command(
    short_help="Measure statutory zones in and around each site.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo zoning hetao_hk_park --rings 500m --layer zones=zones.gpkg",
)
@options.shared_options(
    *(name for name in options.FILES if name != "site"),
    *("units", "on"),
    sites="site",
    layers={"by": "zones", "site": ""},
)
def zoning(
    asked: options.Asked,
    site: Annotated[
        str | None,
        typer.Argument(metavar="SITE|FILE", help="Site or file of sites, e.g. hetao_hk_park."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Layer and column of the zones, e.g. zones:use. Default: the statutory zones.",
            metavar="LAYER[:COLUMN]",
        ),
    ] = None,
    rings: Annotated[
        list[str] | None,
        typer.Option(
            help="Distance of a ring around each site, e.g. 500m; may be repeated.",
            metavar="LENGTH",
        ),
    ] = None,
    min_area: Annotated[
        str, typer.Option(help="Add up smaller zones in one row, e.g. 1m2.", metavar="AREA")
    ] = "1m2",
) -> None:
    """Measure the hectares and the share of each zone in each site, and in rings around it.

    The rows of a site, and of a ring, add up to its area.
    """
    rows = nm.zoning(
        site, by, rings=rings or (), min_area=min_area, lang=asked.lang, catalog=asked.catalog
    )
    show_table.show_table("zoning", rows, asked)


@app.command(
    short_help="Measure constrained and free land of each site.",
    rich_help_panel=MEASURE,
    epilog="Example: nmgeo constraints zones --layer zones=zones.gpkg --covers zones=all",
)
@options.shared_options(*options.FILES, "on", "units", layers={"names": options.ALL, "covers": ""})
def constraints(
    asked: options.Asked,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="LAYER",
            help="Layers of constraints, e.g. zones or zones:ZONE_LABEL. Default: ponds and "
            "your layers.",
        ),
    ] = None,
    covers: Annotated[
        list[str] | None,
        typer.Option(
            help="What a layer covers: all, or a layer with its extent, e.g. zones=all.",
            metavar="NAME=all|LAYER",
        ),
    ] = None,
    min_area: Annotated[
        str | None,
        typer.Option(help="Leave out smaller pieces, and count them, e.g. 1m2.", metavar="AREA"),
    ] = None,
) -> None:
    """Measure how much of each site lies in layers of constraints, and how much is left."""
    extents = file_options.pairs(covers, "--covers", "NAME=all")
    how = options.only_given(min_area=min_area, lang=asked.lang)
    rows = nm.constraints(names or (), asked.catalog, covers=extents, **how)
    show_table.show_constraints(rows, asked, named=bool(names))
