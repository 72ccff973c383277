"""Options that several commands share, and the functions that read them.

This module is longer than 300 lines because each shared option has its help here, once.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_type_hints

import typer

from nmgeo.cli import project_file
from nmgeo.cli.file_options import (
    by_file,
    is_file,
    pairs,
    require_files,
    require_named,
    require_one,
)
from nmgeo.errors import UnitError, UsageError, notify
from nmgeo.formats import NAMES, Format, choose_format
from nmgeo.messages import option, text
from nmgeo.translations import AreaUnit, Lang
from nmgeo.units import metres

if TYPE_CHECKING:
    from nmgeo.catalog import Catalog, OwnFile

Crs = Annotated[
    str | None, typer.Option(help="CRS of FILE, e.g. EPSG:2326 or hk80-swapped.", metavar="CODE")
]
Key = Annotated[
    str | None, typer.Option(help="Column of FILE with the ids, e.g. lot_no.", metavar="COLUMN")
]
Name = Annotated[
    str | None,
    typer.Option("--name", help="Column of FILE with the names, e.g. title.", metavar="COLUMN"),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        help="Encoding of the text of FILE, e.g. big5-hkscs. Default: detected.", metavar="CODE"
    ),
]
MaxSize = Annotated[
    str | None,
    typer.Option(
        help="Read your files up to a size, unpacked, e.g. 5GB. Default: a limit for each danger.",
        metavar="SIZE",
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(help="Distance of a ring, e.g. 500m or 1km; may be repeated.", metavar="LENGTH"),
]
On = Annotated[
    str | None,
    typer.Option(
        help="Use only what was stated by a day, e.g. 2026-02-04. Outlines are the newest.",
        metavar="DATE",
    ),
]
_OwnPolicies = Annotated[
    str | None,
    typer.Option(
        "--policies",
        help="Your own policies, CSV, .xlsx or .ods, beside the shipped ones, e.g. mine.csv.",
        metavar="FILE",
    ),
]
_OwnClaims = Annotated[
    str | None,
    typer.Option(
        "--claims",
        help="Your own figures, CSV, .xlsx or .ods, beside the published ones, e.g. figures.csv.",
        metavar="FILE",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]

_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Write the table to FILE, with all digits and its geometry, e.g. out.gpkg or out.csv; "
        "- is stdout. Rows stand in the order of the sites.",
        metavar="FILE",
    ),
]
_OutOfNoSites = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Write the table to FILE, with all digits, e.g. out.xlsx or out.csv; - is stdout.",
        metavar="FILE",
    ),
]
_Resume = Annotated[
    bool, typer.Option("--resume", help="Continue an interrupted run with the same --out.")
]

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
_Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", help="Column with the ids, e.g. lot_no or zones=code.", metavar="[NAME=]COLUMN"
    ),
]
_Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name", help="Column with the names, e.g. title or zones=label.", metavar="[NAME=]COLUMN"
    ),
]
_Encodings = Annotated[
    list[str] | None,
    typer.Option(
        "--encoding",
        help="Encoding of text, e.g. big5-hkscs or zones=utf-16. Default: detected.",
        metavar="[NAME=]CODE",
    ),
]
_Accuracies = Annotated[
    list[str] | None,
    typer.Option(
        "--accuracy",
        help="Accuracy of edges without accuracy_m, e.g. 5m or zones=20m.",
        metavar="[NAME=]LENGTH",
    ),
]
_Sites = Annotated[
    list[str] | None,
    typer.Option(
        "--site", help="Site to use alone, e.g. sandy_ridge; may be repeated.", metavar="ID"
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Stop at faulty input instead of repairing it.")
]
_Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder of geodata to use, e.g. ./geodata.", metavar="DIR", envvar="NMGEO_DATA"
    ),
]
_Shipped = Annotated[
    bool,
    typer.Option("--shipped", help="Use the shipped layers, not those that nmgeo pull fetched."),
]
_Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help=f"Output format, e.g. csv: {', '.join(NAMES)}. Default: table, or csv in a pipe.",
        metavar="FORMAT",
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
_Generalise = Annotated[
    str | None,
    typer.Option(
        help="Hide exact outlines: simplify yours and move them to a grid, e.g. 100m.",
        metavar="LENGTH",
    ),
]
_PointsOnly = Annotated[
    bool, typer.Option("--points-only", help="Hide outlines: draw each of yours as a point.")
]
_Aggregate = Annotated[
    str | None,
    typer.Option(
        help="Hide single sites: show the classes of a column, e.g. district.", metavar="COLUMN"
    ),
]
_Units = Annotated[
    AreaUnit, typer.Option(help="Unit of areas, e.g. sqft. CSV and JSON name it in the column.")
]
_Language = Annotated[Lang, typer.Option(help="Language of tables and messages, e.g. tc.")]

STDOUT: Final = Path("-")
_PAGES: Final = (".html", ".htm")
MASKING: Final = ("generalise", "points_only", "aggregate")
_SHARED: Final[Mapping[str, tuple[Any, Any]]] = {
    "sites": (_File, None),
    "key": (_Keys, None),
    "titles": (_Names, None),
    "encoding": (_Encodings, None),
    "accuracy": (_Accuracies, None),
    "site": (_Sites, None),
    "layer": (_Layers, None),
    "crs": (_Crs, None),
    "strict": (Strict, False),
    "max_size": (MaxSize, None),
    "data": (_Data, None),
    "shipped": (_Shipped, False),
    "form": (_Form, None),
    "as_json": (_AsJson, False),
    "lang": (_Language, "en"),
    "engine": (_Engine, None),
    "scheduler": (_Scheduler, None),
    "out": (_Out, None),
    "overwrite": (Overwrite, False),
    "resume": (_Resume, False),
    "on": (On, None),
    "units": (_Units, "ha"),
    "own_policies": (_OwnPolicies, None),
    "own_claims": (_OwnClaims, None),
    "generalise": (_Generalise, None),
    "points_only": (_PointsOnly, False),
    "aggregate": (_Aggregate, None),
}
ALL: Final = "*"
EVERY: Final = frozenset({ALL, "rings"})  # all layers are read: rings count what lies in them
SHOWN: Final = ("form", "as_json", "lang")
WRITTEN: Final = ("form", "as_json", "out", "overwrite", "lang")
OWN: Final = ("own_policies", "own_claims")
ANSWER: Final = ("data", "shipped", *WRITTEN)
_READ: Final = ("crs", "encoding", "accuracy", "strict", "max_size")
_SITES: Final = ("sites", "site", "key", "titles", *_READ)
_FILES: Final = ("sites", "site", "key", "titles", "layer", *_READ)
SITES: Final = (*_SITES, *ANSWER)
PLACES: Final = tuple(name for name in SITES if name != "site")  # a site is its argument
FILES: Final = (*_FILES, *ANSWER)
DRAWN: Final = (*_FILES, *MASKING, "data", "shipped", *SHOWN)
STREAMS: Final = (*FILES, *MASKING, "resume", "engine", "scheduler")
WRITING: Final = (*_FILES, *MASKING, "data", "shipped", "lang")
PRINTED: Final = (*_FILES, *MASKING, "data", "shipped")


@dataclass(frozen=True)
class Asked:
    """What a command is asked about, and how it is to answer."""

    catalog: "Catalog"
    form: Format | None  # None: a table on a terminal, CSV in a pipe
    lang: Lang
    out: Path | None = None  # None: shown; "-": written to stdout with all digits
    overwrite: bool = False
    resume: bool = False
    engine: Literal["dask"] | None = None  # where batches are measured; None: in this process
    scheduler: str | None = None
    units: AreaUnit = "ha"  # of areas
    of_table: Mapping[str, Any] = field(default_factory=dict)  # options of a table: encoding, ...
    masking: Mapping[str, Any] = field(default_factory=dict)  # options that hide exact places
    exact: "Catalog | None" = None  # the catalog before they were hidden

    @property
    def holds_geometry(self) -> bool:
        """Whether the table is written with its geometry."""
        return self.form is not None and self.form.geometry


def shared_options(
    *names: str,
    sites: str | None = None,
    table: str | None = None,
    page: str | None = None,
    layers: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command shared options, which reach it read, as its parameter ``asked``.

    Parameters
    ----------
    *names : str
        The options.
    sites : str, optional
        A parameter of the command that may name a file: it then stands for ``--sites``.
    table : str, optional
        A parameter that names a table without outlines. ``--encoding``, ``--crs`` and
        ``--max-size`` then apply to it too, or to it alone: ``--encoding table=big5``.
    page : str, optional
        A parameter that names an HTML page; ``--out`` with the name of one then stands for it.
    layers : mapping of str to str, optional
        The parameters of the command that name the layers it reads, and what is read if one is not
        given: ``ALL`` for all layers. A layer of ``--layer`` that none of them names is refused.
        A command without this reads all layers.
    """

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            shared = {name: given.pop(name) for name in names}
            if sites:
                _stand_for_sites(shared, given, sites)
            if table and given[table] is not None:
                shared["table"] = table
            _split_page(shared, given, page)
            if layers is not None:
                _name_paths(layers, shared, given)
            shared["named"] = None if layers is None else _named_layers(layers, given)
            if shared.get("overwrite") and shared["out"] is None:
                require_written(*given.values())
            command(**given, asked=_read(project_file.files_for(names), **shared))

        run.add_parameters = partial(_add_parameters, run, command, names)  # type: ignore[attr-defined]
        return run

    return wrap


def _add_parameters(run: Any, command: Callable[..., None], names: Sequence[str]) -> None:
    """Give a function the parameters of a command and of the options that it shares."""
    hints = _hints(command, names)
    own = [p for p in inspect.signature(command).parameters.values() if p.name != "asked"]
    kind = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(name, kind, default=_SHARED[name][1]) for name in names]
    every = [p.replace(kind=kind, annotation=hints[p.name]) for p in (*own, *added)]
    run.__signature__ = inspect.Signature(every)
    run.__annotations__ = {p.name: p.annotation for p in every}


def _name_paths(parameters: Iterable[str], shared: dict[str, Any], given: dict[str, Any]) -> None:
    """Give a name to each file that stands in place of a layer, as ``--layer`` does.

    What options say of all files is then said of it, too.
    """
    named = [one for word in ("key", "titles") for one in shared.get(word) or () if "=" in one]
    if not named and not any(shared.get(word) for word in _READ):
        return
    for name in parameters:
        if isinstance(given[name], list):
            given[name] = [_name_path(one, shared) for one in given[name]]
        elif given[name]:
            given[name] = _name_path(given[name], shared)


def _name_path(written: str, shared: dict[str, Any]) -> str:
    """Return the name of a layer: for a file a new one, under which it is a file of ``--layer``."""
    from nmgeo.commands.inputs import free_name  # noqa: PLC0415 - not for help
    from nmgeo.commands.zones import split_classes  # noqa: PLC0415 - likewise

    path, column = split_classes(written)
    taken = pairs(shared["layer"], "--layer", "NAME=FILE")
    if path in taken or not Path(path.partition("#")[0]).suffix or not is_file(path):
        return written
    name = free_name(path, "layer", taken).replace("=", "_")
    shared["layer"] = [*(shared["layer"] or ()), f"{name}={path}"]
    return name if column is None else f"{name}:{column}"


def _named_layers(parameters: Mapping[str, str], given: Mapping[str, Any]) -> list[str] | None:
    """Return the texts of a command that name layers; None if it reads all."""
    said = [given[name] or other for name, other in parameters.items()]
    texts = [one for value in said for one in (value if isinstance(value, list) else [value])]
    return None if EVERY & set(texts) else texts


def require_written(*values: Any) -> None:
    """Stop if ``--overwrite`` is given and none of the values is a file to write.

    Raises
    ------
    UsageError
        Naming the option that is missing.
    """
    if not any(isinstance(value, Path) for value in values):
        remedy = text("add {out}", out=option("out", "out.csv"))
        raise UsageError(option("overwrite", value=True), text("needs a file to write"), remedy)


def _hints(command: Callable[..., None], names: Sequence[str]) -> dict[str, Any]:
    """Return the annotations of the parameters of a command, and of the options it shares."""
    hints = get_type_hints(command, include_extras=True)
    hints |= {name: _SHARED[name][0] for name in names}
    if "out" in names and "key" not in names:
        hints["out"] = _OutOfNoSites
    return hints


def _split_page(shared: dict[str, Any], given: dict[str, Any], name: str | None) -> None:
    """Let ``--out`` with the name of a page stand for the parameter that names one, if any does.

    Raises
    ------
    UsageError
        If a page is asked for beside a table.
    """
    if name is None:
        return
    out: Path | None = shared["out"]
    if given[name] is None and out is not None and out.suffix.lower() in _PAGES:
        given[name], shared["out"], out = out, None, None
    form = "json" if shared["as_json"] else shared["form"]
    other = option("out", str(out)) if out else option("format", form) if form else None
    if given[name] is not None and other is not None:
        wrong = text("does not go with {other}", other=other)
        raise UsageError(option(name, str(given[name])), wrong, text("leave one of them out"))


def _read(
    project: "Mapping[str, OwnFile]",
    *,
    sites: str | None = None,
    site: list[str] | None = None,
    key: list[str] | None = None,
    titles: list[str] | None = None,
    layer: list[str] | None = None,
    crs: list[str] | None = None,
    encoding: list[str] | None = None,
    accuracy: list[str] | None = None,
    strict: bool = False,
    max_size: str | None = None,
    data: Path | None = None,
    shipped: bool = False,
    form: str | None = None,
    as_json: bool = False,
    lang: Lang = "en",
    out: Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    engine: Literal["dask"] | None = None,
    scheduler: str | None = None,
    on: str | None = None,
    units: AreaUnit = "ha",
    own_policies: str | None = None,
    own_claims: str | None = None,
    table: str | None = None,
    named: Sequence[str] | None = None,
    **masking: Any,
) -> Asked:
    """Read ``NAME=FILE`` and ``[NAME=]CODE``, and open what is asked about."""
    own = _own_files(project, sites, layer)
    files = [*own, *([table] if table else [])]
    said = {
        "key": by_file(key, "--key", ["sites"]),
        "name": by_file(titles, "--name", ["sites"]),
        "crs": by_file(crs, "--crs", files),
        "encoding": by_file(encoding, "--encoding", files),
        "accuracy": by_file(accuracy, "--accuracy", list(own)),
    }
    require_files(said | {"max_size": {"": max_size} if max_size else {}}, files)
    beside = {word: found.pop(table) for word, found in said.items() if table in found}
    beside |= {"max_size": max_size} if table and max_size else {}
    chosen = _form_of(out, form, as_json=as_json)
    given = {"sites": own.pop("sites", None), "layers": own, "strict": strict, **said}
    here = _open(data, site, max_size=max_size, on=on, shipped_only=shipped, **given)
    require_named(here, layer, named)
    here = _with_own_tables(here, own_policies, own_claims)
    _require_engine(scheduler, engine)
    out = STDOUT if out is None and chosen is not None and chosen.geometry else out
    asked = Asked(here, chosen, lang, out, overwrite, resume, engine, scheduler, units, beside)
    hidden = {name: given for name, given in only_given(**masking).items() if given is not False}
    return _masked(replace(asked, masking=hidden))


def _open(data: Path | None, chosen: list[str] | None, **given: Any) -> "Catalog":
    from nmgeo.catalog import open_catalog  # noqa: PLC0415 - not for help

    here = open_catalog(data, **given)
    for name, file in here.own_layers.items():
        if name in here.layers:
            said = text(
                "{layer}: {file} stands in place of the shipped layer of that name",
                layer=name,
                file=file.path,
            )
            notify(said)
    return replace(here, chosen=tuple(chosen)) if chosen else here


def _with_own_tables(here: "Catalog", policies: str | None, claims: str | None) -> "Catalog":
    if not (policies or claims):
        return here
    from nmgeo.commands.own_records import add_tables  # noqa: PLC0415 - not for help

    return add_tables(here, policies=policies, claims=claims)


def _require_engine(scheduler: str | None, engine: str | None) -> None:
    if scheduler and not engine:
        remedy = text("add {engine}", engine=option("engine", "dask"))
        raise UsageError(option("scheduler"), text("is of no engine"), remedy)


def _masked(asked: Asked) -> Asked:
    """Return what is asked about a catalog in which exact places are hidden, if that is asked."""
    if not asked.masking:
        return asked
    from nmgeo.commands.inputs import open_inputs  # noqa: PLC0415 - not for help

    inputs: Any = {"catalog": asked.catalog, **asked.masking}
    return replace(asked, catalog=open_inputs(inputs)[0], exact=asked.catalog)


def _own_files(
    project: "Mapping[str, OwnFile]", sites: str | None, layers: list[str] | None
) -> dict[str, Any]:
    """Return the user's files by name; those of options take the place of those of the project."""
    from nmgeo.catalog import require_free  # noqa: PLC0415 - not for help

    named = pairs(layers, "--layer", "NAME=FILE")
    require_free(named, ())
    own: dict[str, Any] = {**project, **named}
    own |= {"sites": sites} if sites is not None else {}
    project_file.say_files(own)
    return own


def _stand_for_sites(shared: dict[str, Any], given: dict[str, Any], parameter: str) -> None:
    """Take the file that a parameter names by itself for that of the sites."""
    written = given[parameter]
    if isinstance(written, list) and len(written) == 1:
        written = written[0]
    if isinstance(written, str) and is_file(written):
        require_one(shared["sites"], written)
        shared["sites"], given[parameter] = written, None


def with_sites(asked: Asked, written: str | None) -> Asked:
    """Return what is asked with a site or a file of sites that was named without an option.

    A site may be one of the file that ``--sites`` names.
    """
    if written is None:
        return asked
    from nmgeo.commands.inputs import open_inputs  # noqa: PLC0415 - not for help

    asked = asked if asked.exact is None else replace(asked, catalog=asked.exact)
    if project_file.names_sites() and asked.catalog.own_sites is not None:
        asked = replace(asked, catalog=replace(asked.catalog, own_sites=None))
    if asked.catalog.own_sites is not None and not is_file(written) and not asked.catalog.chosen:
        return _masked(replace(asked, catalog=replace(asked.catalog, chosen=(written,))))
    if asked.catalog.own_sites is not None or asked.catalog.chosen:
        require_one("--site", written)
    return _masked(replace(asked, catalog=open_inputs({"catalog": asked.catalog}, written)[0]))


def no_length(written: str | None, parameter: str, given: Sequence[str] | None) -> str | None:
    """Return a site or file that was named without an option.

    Raises
    ------
    UsageError
        If it is a length instead, and no file: an option takes one, and is repeated for more.
    """
    if written is None or not given or is_file(written):
        return written
    from nmgeo.commands.inputs import write_several  # noqa: PLC0415 - not for help

    try:
        metres(written.removeprefix("-"))
    except UnitError:
        return written
    remedy = text(
        "give several values as {example}", example=write_several(parameter, [*given, written])
    )
    raise UsageError(written, text("is a length without an option"), remedy)


def without_crs(asked: Asked) -> Mapping[str, Any]:
    """Return what is said of a table whose coordinates are not read.

    Raises
    ------
    UsageError
        If a CRS is said of it, and of nothing else.
    """
    said = dict(asked.of_table)
    if (crs := said.pop("crs", None)) and asked.catalog.own_sites is None:
        wrong = text("no file with coordinates was given")
        raise UsageError(option("crs", crs), wrong, text("leave it out"))
    return said


def _form_of(out: Path | None, form: str | None, *, as_json: bool) -> Format | None:
    """Read how the answer is written."""
    if as_json and form not in (None, "json"):
        wrong = text("does not go with {other}", other="--json")
        raise UsageError(f"--format {form}", wrong, text("leave one of them out"))
    return choose_format(out, "json" if as_json else form)


def measures_in_batches(asked: Asked, *, together: str | None = None) -> bool:
    """Tell whether the sites are measured batch by batch and rows are written as they come.

    Parameters
    ----------
    asked : Asked
        The sites, and where rows are written.
    together : str, optional
        The option that needs all sites together, if it is given.

    Raises
    ------
    UsageError
        If it is asked for and cannot be.
    """
    stdout = asked.out == STDOUT
    together = together or ("site" if asked.catalog.chosen else None)
    together = together or next(iter(asked.masking), None)
    per_site = asked.form is not None and asked.form.streaming and together is None
    if asked.out and asked.catalog.own_sites and per_site and not (asked.resume and stdout):
        return True
    if not (asked.resume or asked.engine):
        return False
    thing = option("resume") if asked.resume else option("engine", asked.engine)
    if together is not None:
        wrong = text("{together} needs all sites together", together=option(together))
        raise UsageError(thing, wrong, text("leave one of them out"))
    wrong = text("needs a file of sites, and a file to write batch by batch")
    example = f"{option('sites', 'lots.gpkg').command_line} -o out.csv"
    raise UsageError(thing, wrong, text("write {example}", example=example))


def only_given(**options: Any) -> dict[str, Any]:
    """Return the options that were given, for the function that has defaults for the others."""
    return {name: value for name, value in options.items() if value is not None}


def refuse_beside(chosen: str, others: Mapping[str, object]) -> None:
    """Stop if another option is given that this one leaves no use for."""
    if stray := next((name for name, given in others.items() if given), None):
        wrong = text("does not go with {other}", other=chosen)
        raise UsageError(f"--{stray}", wrong, text("leave one of them out"))


def refuse_without(needed: str, others: Mapping[str, object]) -> None:
    """Stop if an option is given that says nothing without another one."""
    if stray := next((name for name, given in others.items() if given), None):
        wrong = text("says nothing without {needed}", needed=needed)
        raise UsageError(option(stray, value=True), wrong, text("add {name}", name=needed))
