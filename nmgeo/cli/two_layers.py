"""Commands that compare two layers."""

from typing import TYPE_CHECKING, Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console, options, show_table
from nmgeo.cli.app import CHECK, app
from nmgeo.cli.file_options import by_file

if TYPE_CHECKING:
    from nmgeo.catalog import OwnFile

_OLD_NEW, _A_B = ["old", "new"], ["a", "b"]  # what the two files are called in options

_Crs = Annotated[
    list[str] | None,
    typer.Option(
        "--crs", help="CRS of both files, or of one of them, e.g. EPSG:2326.", metavar="[NAME=]CODE"
    ),
]
_Encoding = Annotated[
    list[str] | None,
    typer.Option(
        "--encoding",
        help="Encoding of text, e.g. big5-hkscs. Default: detected.",
        metavar="[NAME=]CODE",
    ),
]


def _own_files(asked: options.Asked, **layers: str) -> "dict[str, OwnFile]":
    """Return the user's files among layers, each with what ``--key`` calls it."""
    from nmgeo.catalog import OwnFile  # noqa: PLC0415 - not for help

    own = asked.catalog.own_layers
    files = {name: own.get(layer) or OwnFile(path=layer) for name, layer in layers.items()}
    shipped = set(asked.catalog.known_layers) - set(own)
    return {f"{name}=": file for name, file in files.items() if layers[name] not in shipped}


@app.command(
    short_help="List changes between two versions of a layer.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo diff lots.gpkg zones.gpkg",
)
@options.shared_options(*options.ANSWER, "units")
def diff(
    asked: options.Asked,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="Layer or file before, e.g. zones_2024.gpkg.")
    ],
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="Layer or file after, e.g. zones_2026.gpkg.")
    ],
    by: Annotated[
        str | None,
        typer.Option(
            help="Show the land by class before and after, e.g. ZONE_LABEL.", metavar="COLUMN"
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            help="Match features by a column of ids, e.g. lot_no, or old=lot and new=lot_no. "
            "Default: by shape and overlap.",
            metavar="[NAME=]COLUMN",
        ),
    ] = None,
    crs: _Crs = None,
    encoding: _Encoding = None,
    max_size: options.MaxSize = None,
    strict: options.Strict = False,
) -> None:
    """List features that were added, removed or changed between two versions of a layer.

    Of a changed shape it says how far its edge moved and what land both versions hold; a shape is
    the same if no vertex moved by more than 1 cm. What changed stands first, then what was added
    and removed, by id.

    With --by, show the hectares that moved from each class to each other class.
    """
    rows = nm.diff(
        old,
        new,
        by=by,
        key=by_file(key, "--key", _OLD_NEW),
        crs=by_file(crs, "--crs", _OLD_NEW),
        encoding=by_file(encoding, "--encoding", _OLD_NEW),
        max_size=max_size,
        catalog=asked.catalog,
        lang=asked.lang,
        strict=strict,
    )
    show_table.show_table("diff_by" if by else "diff", rows, asked)
    console.print_note(rows.attrs["remark"])
    if key is None and by is None:
        show_table.hint_keys(_own_files(asked, old=old, new=new))


@app.command(
    short_help="Match two registers by overlap.",
    rich_help_panel=CHECK,
    epilog="Example: nmgeo reconcile lots.gpkg zones.gpkg",
)
@options.shared_options(*options.ANSWER, "units")
def reconcile(
    asked: options.Asked,
    a: Annotated[str, typer.Argument(metavar="A", help="First register, e.g. brownfield.gpkg.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Second register, e.g. ngo.gpkg.")],
    same: Annotated[
        str,
        typer.Option(
            help="Part of the larger feature that same ones share, e.g. 95%.", metavar="SHARE"
        ),
    ] = "95%",
    least: Annotated[
        str,
        typer.Option(
            help="Part of the smaller feature that a match shares, e.g. 10%.", metavar="SHARE"
        ),
    ] = "10%",
    pieces: Annotated[
        bool,
        typer.Option("--pieces", help="List the pieces of land, as --out writes them."),
    ] = False,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            help="Column with the ids, e.g. lot_no of both, or a=lot_no and b=PARCEL.",
            metavar="[NAME=]COLUMN",
        ),
    ] = None,
    crs: _Crs = None,
    encoding: _Encoding = None,
    max_size: options.MaxSize = None,
    strict: options.Strict = False,
) -> None:
    """Match two registers by overlap, and explain the difference of their totals.

    With -o, write the pieces of land that both share, and those of one register alone.
    """
    each = pieces or asked.out is not None
    rows = nm.reconcile(
        a,
        b,
        same=same,
        least=least,
        pieces=each,
        key=by_file(key, "--key", _A_B),
        crs=by_file(crs, "--crs", _A_B),
        encoding=by_file(encoding, "--encoding", _A_B),
        max_size=max_size,
        catalog=asked.catalog,
        strict=strict,
    )
    show_table.show_table("reconcile_pieces" if each else "reconcile", rows, asked)
    console.print_note(rows.attrs["remark"])
