"""The options that commands share, and how they are read."""

from pathlib import Path
from typing import Annotated

import typer

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import UsageError
from nmgeo.words import Format, Lang

Sites = Annotated[
    str | None, typer.Option(help="Ask about the sites of FILE (or FILE#LAYER).", metavar="FILE")
]
Key = Annotated[
    str | None, typer.Option(help="Column of FILE that holds the ids of sites.", metavar="COLUMN")
]
Layers = Annotated[
    list[str] | None, typer.Option("--layer", help="Bring a layer.", metavar="NAME=FILE")
]
Crs = Annotated[
    list[str] | None,
    typer.Option(help="What your files are in, such as EPSG:2326.", metavar="[NAME=]CODE"),
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse faults instead of mending them.")]
Data = Annotated[
    Path | None,
    typer.Option(help="Use another folder of geodata.", metavar="DIR", envvar="NMGEO_DATA"),
]
Form = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="Else a table on a terminal, csv into a pipe."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
Language = Annotated[Lang, typer.Option(help="Language of names and headings.")]
At = Annotated[list[str] | None, typer.Option(help="Distance of a ring: 500m, 1km.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")]


def asked(
    data: Path | None,
    sites: str | None,
    key: str | None,
    layer: list[str] | None,
    crs: list[str] | None,
    *,
    strict: bool = False,
) -> Catalog:
    """Read ``NAME=FILE`` and ``[NAME=]CODE``, and open what is asked about."""
    layers = dict(_pair(text, "--layer", "NAME=FILE") for text in layer or ())
    files = [*layers, *(["sites"] if sites else [])]
    plain = [code for code in crs or () if "=" not in code]
    systems = dict.fromkeys(files, plain[-1]) if plain else {}
    systems |= dict(_pair(text, "--crs", "NAME=CODE") for text in crs or () if "=" in text)
    if plain and not files:
        raise UsageError("--crs", "no file was given", "give --sites or --layer with it")
    return open_catalog(data, sites=sites, key=key, layers=layers, crs=systems, strict=strict)


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise UsageError(f"{option} {text!r}", "cannot be read", f"write {form}")
    return name, value
