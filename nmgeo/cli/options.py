"""Options that several commands share, and the functions that read them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeGuard, get_type_hints

import typer

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import UsageError
from nmgeo.formats import format_of_path
from nmgeo.translations import Format, Lang

Crs = Annotated[
    str | None, typer.Option(help="CRS of FILE, e.g. EPSG:2326 or hk80-swapped.", metavar="CODE")
]
Key = Annotated[
    str | None, typer.Option(help="Column of FILE with the ids, e.g. lot_no.", metavar="COLUMN")
]
At = Annotated[
    list[str] | None,
    typer.Option(help="Distance of a ring, e.g. 500m or 1km; may be repeated.", metavar="LENGTH"),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Rows = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Write one row for each site of a large FILE, e.g. out.csv; - is stdout.",
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")]

_File = Annotated[
    str | None,
    typer.Option(help="File with your sites, e.g. lots.gpkg or lots.gpkg#phase1.", metavar="FILE"),
]
_Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layer",
        help="Add a layer of yours, e.g. zones=zones.gpkg; may be repeated.",
        metavar="NAME=FILE",
    ),
]
_Crs = Annotated[
    list[str] | None,
    typer.Option(
        help="CRS of your files, e.g. EPSG:2326 or zones=hk80-swapped.", metavar="[NAME=]CODE"
    ),
]
_Strict = Annotated[
    bool, typer.Option("--strict", help="Stop at faulty input instead of repairing it.")
]
_Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder of geodata to use, e.g. ./geodata.", metavar="DIR", envvar="NMGEO_DATA"
    ),
]
_Form = Annotated[
    Format | None,
    typer.Option(
        "--format", "-f", help="Output format, e.g. json. Default: table, or csv in a pipe."
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Same as --format json.")]
_Engine = Annotated[
    Literal["dask"] | None,
    typer.Option(help="Measure a folder of parts in parallel, e.g. dask.", show_choices=True),
]
_Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of a cluster, e.g. tcp://10.0.0.5:8786. Default: this computer.",
        metavar="ADDRESS",
    ),
]
_Language = Annotated[Lang, typer.Option(help="Language of tables and messages, e.g. tc.")]

_SHARED: Final[Mapping[str, tuple[Any, Any]]] = {
    "sites": (_File, None),
    "key": (Key, None),
    "layer": (_Layers, None),
    "crs": (_Crs, None),
    "strict": (_Strict, False),
    "data": (_Data, None),
    "form": (_Form, None),
    "as_json": (_AsJson, False),
    "lang": (_Language, "en"),
    "engine": (_Engine, None),
    "scheduler": (_Scheduler, None),
}
ANSWER: Final = ("data", "form", "as_json", "lang")
SITES: Final = ("sites", "key", "crs", "strict", *ANSWER)
FILES: Final = ("sites", "key", "layer", "crs", "strict", *ANSWER)
STREAMS: Final = (*FILES, "engine", "scheduler")
WRITING: Final = ("sites", "key", "layer", "crs", "strict", "data", "lang")


@dataclass(frozen=True)
class Asked:
    """What a command is asked about, and how it is to answer."""

    catalog: Catalog
    form: Format | None  # None: a table on a terminal, CSV into a pipe
    lang: Lang
    engine: Literal["dask"] | None = None  # where large files are measured, here if None
    scheduler: str | None = None


def sharing(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command shared options, which reach it read, as its parameter ``asked``."""

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True) | {
            name: _SHARED[name][0] for name in names
        }
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "asked"]
        kind = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, kind, default=_SHARED[name][1]) for name in names]

        @wraps(command)
        def run(**given: Any) -> None:
            shared = {name: given.pop(name) for name in names}
            command(**given, asked=_read(**shared))

        every = [p.replace(kind=kind, annotation=hints[p.name]) for p in (*own, *added)]
        run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in every}
        return run

    return wrap


def _read(
    *,
    sites: str | None = None,
    key: str | None = None,
    layer: list[str] | None = None,
    crs: list[str] | None = None,
    strict: bool = False,
    data: Path | None = None,
    form: Format | None = None,
    as_json: bool = False,
    lang: Lang = "en",
    engine: Literal["dask"] | None = None,
    scheduler: str | None = None,
) -> Asked:
    """Read ``NAME=FILE`` and ``[NAME=]CODE``, and open what is asked about."""
    layers = pairs(layer, "--layer", "NAME=FILE")
    files = [*layers, *(["sites"] if sites else [])]
    plain = [code for code in crs or () if "=" not in code]
    systems = dict.fromkeys(files, plain[-1]) if plain else {}
    systems |= pairs([code for code in crs or () if "=" in code], "--crs", "NAME=CODE")
    if plain and not files:
        raise UsageError("--crs", "no file was given", "give --sites or --layer with it")
    here = open_catalog(data, sites=sites, key=key, layers=layers, crs=systems, strict=strict)
    if scheduler and not engine:
        raise UsageError("--scheduler", "is of no engine", "add --engine dask")
    return Asked(here, "json" if as_json else form, lang, engine, scheduler)


def streams(
    out: Path | None,
    asked: Asked,
    *,
    resume: bool,
    lines: bool = False,
    odd: Mapping[str, object] | None = None,
) -> TypeGuard[Path]:
    """Tell whether rows are written as they come, and refuse the options that do not go with it.

    With ``lines``, a name that ends in ``.geojson`` asks for those.
    """
    stdout = str(out) == "-"
    if out is None or (lines and _draws(out)):
        if resume or asked.engine:
            thing = "--resume" if resume else "--engine"
            raise UsageError(thing, "no rows are written", "name a file with --out")
        return False
    if stray := next((name for name, given in (odd or {}).items() if given), None):
        raise UsageError(
            f"--{stray}", "does not go with one row for each site", "leave it or --out out"
        )
    if asked.form and not stdout:
        raise UsageError("--format", "the name of --out says the format", "leave it out")
    if stdout and (resume or asked.form in {"table", "md"}):
        thing = "--resume" if resume else f"--format {asked.form}"
        raise UsageError(thing, "does not go with --out -", "use csv or json, or name a file")
    return True


def _draws(out: Path) -> bool:
    """Tell whether a name asks for lines, and refuse one that asks for neither lines nor rows."""
    if str(out) != "-":
        format_of_path(out, streaming=True)
    return out.suffix == ".geojson"


def pairs(texts: list[str] | None, option: str, form: str) -> dict[str, str]:
    """Read options such as ``NAME=FILE``, one for each name."""
    return dict(_pair(text, option, form) for text in texts or ())


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise UsageError(f"{option} {text!r}", "cannot be read", f"write {form}")
    return name, value
