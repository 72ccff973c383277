"""Which layers and tables there are: the records of ``layers.toml``, their hashes and credits.

This module is longer than 300 lines because one call, :func:`open_catalog`, says all that can be
said of the files of a question.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from os import PathLike, fspath
from os.path import realpath
from pathlib import Path
from typing import Any, Final, TypeVar

import tomli

from nmgeo.cache import PulledLayer, newest_versions, official_layers
from nmgeo.errors import LayerError, NmgeoError, UnknownLayerError, UsageError, first_line, notify
from nmgeo.files import sha256
from nmgeo.languages import Lang
from nmgeo.messages import either, option, text
from nmgeo.record_fields import fault_of_record
from nmgeo.regular_file import is_there, require_regular_file
from nmgeo.spelling import find_spelling
from nmgeo.stated_credits import stated_credits
from nmgeo.translations import did_you_mean
from nmgeo.units import accuracy_m, named_after, read_size

GEOMETRY_STATUS: Final = ("official", "digitised", "indicative", "schematic")
REGISTRY: Final = "layers.toml"
_TODAY: Final = "today"
_BESIDE: Final = 4  # other files that a file is held against, the sites first
RESERVED: Final = ("sites", "rings", "links")  # what is measured has these names
NOT_KNOWN: Final = "not_known"  # the status on a day of what was stated later
OPEN: Final = "_open"  # behind the name of a layer: those of it that are open


@dataclass(frozen=True, kw_only=True)
class Table:
    """One file of the catalog: what it is, whose it is, and when it was true."""

    name: str
    path: Path
    sha256: str
    key: str
    columns: tuple[str, ...]
    title_en: str
    title_tc: str
    title_sc: str
    licence: str
    credit: str
    source_url: str
    as_of: str

    def title(self, lang: Lang) -> str:
        """Return the title in a language, in English if there is none in it."""
        return str(getattr(self, f"title_{lang}", "") or self.title_en)


@dataclass(frozen=True, kw_only=True)
class Layer(Table):
    """One file of features: also where they lie and how well that is known.

    ``geometry_status`` and ``accuracy_m`` (metres) are those of its least certain feature.
    ``context`` marks a layer that is drawn under the map and measured only when it is named.
    """

    crs: str
    geometry: str
    geometry_status: str
    accuracy_m: float
    caveat: str = ""
    context: bool = False


@dataclass(frozen=True, eq=False)
class Given:
    """A frame, or GeoJSON in Python, as it was when a catalog was opened with it.

    ``checked`` says that it is a frame that was checked already, such as a batch of a file;
    ``of_file`` that it was read from the file that the path beside it names.
    """

    value: Any
    checked: bool = False
    of_file: bool = False


@dataclass(frozen=True, kw_only=True)
class OwnFile:
    """A user's file or frame, and what the user says of it.

    ``path`` is ``FILE`` or ``FILE#LAYER``, or what a frame is called in a message; ``given`` is
    the frame; ``key`` the column of ids, ``name`` that of names; ``accuracy_m`` the accuracy of
    the edges in metres, if the file states none; ``licence`` and ``credit`` those of the data;
    ``encoding`` that of its text; ``max_size`` the bytes up to which it is read whatever the usual
    limits are (0: those limits); ``crs`` the CRS of the coordinates, whatever the file
    states; ``strict`` refuses a fault instead of repairing it; ``beside`` are the other files of
    the same question, which serve to check its CRS; ``written`` says where in a project file a
    field stands, by its name; ``remark`` says what its features lost before they were used, which
    every output repeats.
    """

    path: str
    key: str | None = None
    crs: str | None = None
    strict: bool = False
    encoding: str | None = None
    name: str | None = None
    max_size: int = 0
    accuracy_m: float | None = None
    licence: str | None = None
    credit: str | None = None
    beside: tuple["OwnFile", ...] = ()
    given: Given | None = None
    written: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    remark: str = ""

    @property
    def on_disk(self) -> Path | None:
        """The file, without a layer of it; None for a frame, whose name is no path."""
        is_file = self.given is None or self.given.of_file
        return Path(self.path.partition("#")[0]) if is_file else None


@dataclass(frozen=True)
class Catalog:
    """All layers and tables of one folder, and the files that the user brought."""

    folder: Path
    layers: dict[str, Layer]
    tables: dict[str, Table]
    own_sites: OwnFile | None = None
    own_layers: dict[str, OwnFile] = field(default_factory=dict)
    pulled: dict[str, PulledLayer] = field(default_factory=dict)  # of the cache, the newest
    chosen: tuple[str, ...] = ()  # the sites or outlines to measure alone; all if empty
    own_rows: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)  # by table
    masking: Mapping[str, Any] = field(
        default_factory=dict
    )  # how own files are masked; not if empty
    known_on: date | None = None  # only figures and statuses known on this day; all if None

    @property
    def sites_file(self) -> str:
        """What the sites are called in a message: the user's file of them, else ``sites``."""
        return "sites" if self.own_sites is None else self.own_sites.path

    @cached_property
    def known_layers(self) -> list[str]:
        """The names of all layers: shipped, of the user and of the cache."""
        return list(dict.fromkeys([*self.layers, *self.own_layers, *self.pulled]))

    @cached_property
    def newest_day(self) -> str:
        """The day of the newest figures and outlines, ``2026-11``, up to the day asked of."""
        newest = self._last_day_of_data
        return newest if self.known_on is None else min(newest, self.known_on.isoformat())

    @property
    def _last_day_of_data(self) -> str:
        return max(file.as_of for file in [*self.layers.values(), *self.tables.values()])

    @cached_property
    def main_layers(self) -> dict[str, Layer]:
        """The shipped layers without the context that is drawn under the map."""
        return {name: layer for name, layer in self.layers.items() if not layer.context}

    @cached_property
    def context_layers(self) -> dict[str, Layer]:
        """The shipped layers that are drawn under the map."""
        return {name: layer for name, layer in self.layers.items() if layer.context}

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What the user's sites and layers lost by masking, each once."""
        files = [self.own_sites, *self.own_layers.values()]
        return tuple(dict.fromkeys(file.remark for file in files if file and file.remark))

    @cached_property
    def credits(self) -> tuple[str, ...]:
        """The credit lines of the sites, of all shipped files, and of the user's layers."""
        others = {*self.layers, *self.tables, *self.own_layers} - {"sites"}
        return self.credits_of(others, sites=True)

    def known_by(self, on: str | None) -> "Catalog":
        """Return it with only what was stated by a day, ``"2026-02-04"``; itself without a day.

        Warns
        -----
        Notice
            If the day is later than the data.

        Raises
        ------
        UsageError
            If ``on`` is not a day.
        """
        if on is None:
            return self
        day, newest = read_date(on), self._last_day_of_data
        if day.isoformat() > last_day(newest):
            notify(text("the data end with {newest}: nothing later is known", newest=newest))
        return replace(self, known_on=day)

    def shown_as_shipped(self, name: str) -> Layer | None:
        """Return the record of a layer that is shown; None if the user brought their own."""
        own = name in self.own_layers or (name == "sites" and self.own_sites is not None)
        return None if own else self.layers.get(name)

    def credits_of(self, names: Iterable[str], *, sites: bool = False) -> tuple[str, ...]:
        """Return the credit lines of these files, each once, in the order of the registry.

        Parameters
        ----------
        names : iterable of str
            Layers and tables; of others there is none. ``"sites"`` are the shipped ones.
        sites : bool
            Whether the sites that are measured count, too: the user's own, or the shipped ones.

        Returns
        -------
        tuple of str
            First what sites and layers lost by masking; then whose the user's own are, if it was
            stated, also in a file that nmgeo wrote, or if data of others stand beside them; then
            those others with their licence.
        """
        named = dict.fromkeys(names)
        own = {name: self.own_layers[name] for name in named if name in self.own_layers}
        asked = named.keys() - own.keys()
        if sites and self.own_sites is not None:
            own = {"sites": self.own_sites, **own}
        elif sites:
            asked |= {"sites"}
        if "sites" in asked and self.own_sites is None:
            asked |= {layer.name for layer in official_layers(self.pulled)}
        every: dict[str, Table | PulledLayer] = {**self.layers, **self.tables, **self.pulled}
        shipped = [f"{f.credit} ({f.licence})" for name, f in every.items() if name in asked]
        stated = [line for n, file in own.items() for line in _own_credits(n, file, shipped)]
        return tuple(dict.fromkeys([*self.remarks, *stated, *shipped]))


def _own_credits(name: str, file: OwnFile, shipped: Collection[str]) -> list[str]:
    """Return whose a file of the user is.

    That is as a project file says, or else the file itself if nmgeo wrote it. Beside data of others
    it says what is the user's own.
    """
    if file.credit:
        return [f"{file.credit} ({file.licence})" if file.licence else file.credit]
    credits_, are_all = stated_credits(file.on_disk)
    if are_all or not (shipped or credits_):
        return [*credits_]
    if name == "sites":
        return [text("Sites: the author's own data"), *credits_]
    return [text("Layer {layer}: the author's own data", layer=name), *credits_]


def shipped_folder() -> Path:
    """Return the folder of the data that come with the package.

    Returns
    -------
    Path
        Inside the package when installed from a wheel, beside it in a checkout.
    """
    here = Path(__file__).parent
    return next(p for p in (here / "geodata", here.parent / "geodata") if p.is_dir())


def open_catalog(  # noqa: PLR0913 - all that can be said of files
    folder: Path | str | None = None,
    *,
    sites: Any = None,
    key: str | Mapping[str, str] | None = None,
    layers: Mapping[str, Any] | None = None,
    crs: str | Mapping[str, str] | None = None,
    name: str | Mapping[str, str] | None = None,
    encoding: str | Mapping[str, str] | None = None,
    accuracy: str | float | Mapping[str, str | float] | None = None,
    strict: bool = False,
    max_size: str | None = None,
    on: str | None = None,
    shipped_only: bool = False,
) -> Catalog:
    """Open the shipped sites and layers, or the user's own beside them.

    No file is opened yet. A frame is copied, so that later changes to it have no effect.

    Parameters
    ----------
    folder : path, optional
        A folder with a ``layers.toml``; the data that come with the package if not given.
    sites : path, GeoDataFrame or object with ``__geo_interface__``, optional
        Sites to measure instead of the shipped ones; a path is ``FILE`` or ``FILE#LAYER``.
    key : str or mapping, optional
        The column of ``sites`` that holds their ids, or by the name of the file (``"sites"`` for
        the sites) the column of its ids; if not given, the ids of the features in a file, or the
        index of a frame.
    layers : mapping of str to path, GeoDataFrame or object with ``__geo_interface__``, optional
        Files or frames to use as layers, by the name that each is to have.
    crs : str or mapping, optional
        The CRS of the user's files and frames, whatever they state: one code for all of them, or
        by the name of the layer (``"sites"`` for the sites).
    name : str or mapping, optional
        The column of ``sites`` that holds their names, or by the name of the file, as ``key``.
    encoding : str or mapping, optional
        The encoding of the text of the user's files, as ``crs``; detected if not given.
    accuracy : str, float or mapping, optional
        How far the edges of the user's features may be off, ``"5m"`` or in metres, where a feature
        has no ``accuracy_m`` of its own; for all files, or by the name of the file.
    strict : bool
        Refuse faults in the user's files and frames instead of repairing them.
    max_size : str, optional
        Size such as ``"5GB"`` up to which the user's files are read, unpacked, whatever the usual
        limits are.
    on : str, optional
        Use only the published figures and statuses known on this day, ``"2026-02-04"``.
    shipped_only : bool
        Leave out the layers of the cache, which :func:`nmgeo.pull` fetched. Without it such a
        layer takes the place of a shipped one of the same name.

    Returns
    -------
    Catalog
        Its layers and tables, in the order of the registry.

    Raises
    ------
    UsageError
        If ``key`` is given without ``sites``, ``crs`` names a file that was not given, the name
        of a layer is taken (one of :data:`RESERVED`, or that of another with ``_open`` behind
        it), or ``sites`` or a layer is neither a path nor features.
    LayerError
        If the registry is missing, is not TOML, or a record lacks a field or has one too many.

    Examples
    --------
    >>> list(open_catalog().layers)[:2]
    ['sites', 'boundary']
    """
    root = shipped_folder() if folder is None else Path(folder)
    shipped, tables = _read_registry(root)
    own = dict(layers or {})
    require_free(own, [*own, *shipped])
    asked = ({} if sites is None else {"sites": sites}) | own
    told: dict[str, Mapping[str, Any]] = {
        "key": _by_file("key", _of_sites("key", key, asked), asked),
        "name": _by_file("name", _of_sites("name", name, asked), asked),
        "crs": _by_file("crs", crs, asked),
        "encoding": _by_file("encoding", encoding, asked),
        "accuracy_m": _accuracies(accuracy, asked),
    }
    most = read_size(max_size)
    files = {
        called: _with_options(
            replace(own_file(called, value), strict=strict, max_size=most),
            {word: said[called] for word, said in told.items() if called in said},
        )
        for called, value in asked.items()
    }
    held = {name: replace(file, beside=_others(files, name)) for name, file in files.items()}
    pulled = {} if shipped_only else newest_versions()
    return Catalog(root, shipped, tables, held.pop("sites", None), held, pulled).known_by(on)


def _with_options(file: OwnFile, said: Mapping[str, str]) -> OwnFile:
    """Return a file with what options say of it, which counts more than a project file."""
    written = {word: place for word, place in file.written.items() if word not in said}
    return replace(file, written=written, **dict[str, Any](said))


def read_date(written: str) -> date:
    """Read a date such as ``2026-02-04``, or ``today``.

    Parameters
    ----------
    written : str
        Year, month and day; or ``today``, as the clock of this computer has it.

    Returns
    -------
    date
        The day.

    Raises
    ------
    UsageError
        If it is not a date.
    """
    if written == _TODAY:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise UsageError(
            text("date {date!r}", date=written), text("not a date"), text("write it as 2026-02-04")
        ) from None


def first_day(written: str) -> str:
    """Return the first day that a date can mean.

    Examples
    --------
    >>> first_day("2024"), first_day("2024-02"), first_day("2024-02-03")
    ('2024-01-01', '2024-02-01', '2024-02-03')
    """
    return written + "-01-01"[len(written) - 4 :]


def last_day(written: str) -> str:
    """Return the last day that a date can mean, since it may be a year or a month.

    Examples
    --------
    >>> last_day("2024"), last_day("2024-02"), last_day("2024-02-03")
    ('2024-12-31', '2024-02-29', '2024-02-03')
    """
    year, *more = written.split("-")
    if not more:
        return f"{year}-12-31"
    if len(more) == 1:
        return f"{written}-{monthrange(int(year), int(more[0]))[1]}"
    return written


def _of_sites(
    word: str, said: str | Mapping[str, str] | None, files: Collection[str]
) -> Mapping[str, str] | None:
    """Return what is said of a column by file; a text alone is of the sites."""
    if said is None or isinstance(said, Mapping):
        return said
    if "sites" not in files:
        wrong = text("names a column of your sites, and none were given")
        raise UsageError(option(word, said), wrong, text("add {sites}", sites=option("sites")))
    return {"sites": said}


def _by_file(
    word: str, said: Any | Mapping[str, Any] | None, files: Collection[str]
) -> Mapping[str, Any]:
    """Return what is said by file; a value alone is of all of them."""
    if said is None:
        return {}
    found = said if isinstance(said, Mapping) else dict.fromkeys(files, said)
    if stray := next((name for name in found if name not in files), None):
        wrong = text("no such file was given")
        thing = either(f"{word} {stray!r}", f"--{word} {stray}=...")
        raise UsageError(thing, wrong, text("name one that was"))
    return found


def _accuracies(said: Any, files: Collection[str]) -> dict[str, float]:
    """Return the accuracy that is said of files, in metres."""
    found = {}
    for name, out in _by_file("accuracy", said, files).items():
        with named_after("accuracy", out):
            found[name] = accuracy_m(out)
    return found


def own_file(name: str, value: Any) -> OwnFile:
    """Return a path, or a copy of a frame or of GeoJSON in Python, as a source; a source as it is.

    ``name`` is what a frame is called in a message.
    """
    if isinstance(value, OwnFile):
        return value
    if isinstance(value, str | PathLike):
        if not (path := fspath(value)):
            thing, wrong = text("sites or layer"), text("the name of its file is empty")
            raise UsageError(thing, wrong, text("name a file"))
        return OwnFile(path=str(path))
    if hasattr(value, "set_crs"):  # a GeoDataFrame or a GeoSeries
        return OwnFile(path=name, given=Given(_flat_copy(value)))
    plain = getattr(value, "__geo_interface__", value)
    try:
        return OwnFile(path=name, given=Given(deepcopy(plain)))
    except RecursionError:
        remedy = text("give a geometry, a feature or a feature collection")
        raise LayerError(name, text("is nested too deep"), remedy) from None


def _flat_copy(frame: Any) -> Any:
    """Copy a frame; columns of several levels become one, their names joined by ``_``."""
    copied = frame.copy()
    if getattr(getattr(copied, "columns", None), "nlevels", 1) == 1:
        return copied
    active = copied.active_geometry_name
    copied.columns = [_joined(name) for name in copied.columns]
    return copied if active is None else copied.set_geometry(_joined(active))


def _joined(name: Any) -> str:
    parts = name if isinstance(name, tuple) else (name,)
    return "_".join(filter(None, map(str, parts)))


def require_free(own: Iterable[Any], layers: Collection[str]) -> None:
    """Refuse a name that something else has in an answer, or that is no text.

    Parameters
    ----------
    own : names
        Those of the user's layers.
    layers : names
        Those of all layers.

    Raises
    ------
    UsageError
        For the first name that is taken.
    """
    for name in own:
        _require_name(name)
        stem = name.removesuffix(OPEN)
        if name in RESERVED:
            remedy = text("choose another name")
            if name == "sites":
                remedy = text("give the file as {sites}", sites=option("sites"))
            raise UsageError(
                text("layer {layer!r}", layer=name), text("that name is taken"), remedy
            )
        if stem != name and stem in layers:
            wrong = text("is what the open ones of {stem} are called", stem=stem)
            thing, remedy = text("layer {layer!r}", layer=name), text("choose another name")
            raise UsageError(thing, wrong, remedy)


def _require_name(name: Any) -> None:
    """Refuse a name that is no text."""
    if not isinstance(name, str):
        thing, wrong = text("layer {layer!r}", layer=name), text("its name is not text")
        raise UsageError(thing, wrong, text("choose another name"))


def _others(files: Mapping[str, OwnFile], name: str) -> tuple[OwnFile, ...]:
    return tuple(file for other, file in files.items() if other != name)[:_BESIDE]


@lru_cache(maxsize=4)  # many catalogs of one process have the same registry
def _parsed(registry: str) -> dict[str, Any]:
    return tomli.loads(registry)


def _read_registry(root: Path) -> tuple[dict[str, Layer], dict[str, Table]]:
    registry = root / REGISTRY
    try:
        entries = _parsed(registry.read_text(encoding="utf-8"))
        layers = {n: _record(Layer, root, n, e) for n, e in entries["layers"].items()}
        tables = {n: _record(Table, root, n, e) for n, e in entries["tables"].items()}
        _require_within(root, (*layers.values(), *tables.values()))
    except NmgeoError:
        raise
    except OSError:
        remedy = text("name a folder that holds one")
        raise LayerError(str(registry), text("missing"), remedy) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        wrong = text("cannot be read ({why})", why=first_line(error))
        raise LayerError(str(registry), wrong, text("restore it")) from None
    return layers, tables


def find_layer(catalog: Catalog, name: str) -> Layer:
    """Look a layer up.

    Raises
    ------
    UnknownLayerError
        If there is none of this name.
    """
    name = registered_name(catalog, name)
    if name not in catalog.layers:
        remedy = text(
            "list all with {layers}, or bring your own with {bring}",
            layers=either("nm.layers()", "nmgeo layers"),
            bring=either("layers={'NAME': FILE}", "--layer NAME=FILE"),
        )
        wrong = text("unknown{guess}", guess=did_you_mean(name, catalog.known_layers, most=2))
        raise UnknownLayerError(text("layer {layer!r}", layer=name), wrong, remedy)
    return catalog.layers[name]


def registered_name(catalog: Catalog, written: str) -> str:
    """Return the name of a layer that was written in another way or by its title.

    Parameters
    ----------
    catalog : Catalog
        From :func:`open_catalog`.
    written : str
        A name, in any case and with hyphens or underscores, or a title in any language.

    Returns
    -------
    str
        The name; what is written if no layer is called so.

    Examples
    --------
    >>> registered_name(open_catalog(), "Development-Areas")
    'development_areas'
    """
    if name := find_spelling(written, catalog.known_layers):
        return name
    titles = {
        title: name
        for name, layer in catalog.layers.items()
        for title in (layer.title_en, layer.title_tc, layer.title_sc)
    }
    return titles.get(find_spelling(written, titles) or "", written)


def find_table(catalog: Catalog, name: str) -> Table:
    """Look a table up.

    Raises
    ------
    LayerError
        If the registry has none of this name.
    """
    if name not in catalog.tables:
        wrong = text("no table {name!r}", name=name)
        raise LayerError(str(catalog.folder / REGISTRY), wrong, text("restore it"))
    return catalog.tables[name]


def checked_path(record: Table) -> Path:
    """Return the path of a file that is still the one the registry describes.

    Parameters
    ----------
    record : Table or Layer
        From a catalog.

    Returns
    -------
    Path
        Its file.

    Raises
    ------
    LayerError
        If the file is missing or none, such as a pipe, or its SHA-256 is not the registered one.
    """
    if not is_there(record.path):
        raise LayerError(
            str(record.path), text("missing"), text("restore it; nmgeo check lists what is wrong")
        )
    require_regular_file(record.path, str(record.path))
    found = sha256(record.path)
    if found != record.sha256:
        wrong = text(
            "altered (sha256 {found}, registered {registered})",
            found=found[:12],
            registered=record.sha256[:12],
        )
        remedy = text("restore it or register it in {registry}", registry=REGISTRY)
        raise LayerError(str(record.path), wrong, remedy)
    return record.path


_Kind = TypeVar("_Kind", bound=Table)


def _record(kind: type[_Kind], root: Path, name: str, entry: dict[str, Any]) -> _Kind:
    if fault := fault_of_record(kind, entry):
        section = "layers" if kind is Layer else "tables"
        raise LayerError(f"{root / REGISTRY}, [{section}.{name}]", *fault)
    fields = dict(entry)
    return kind(
        name=name, path=root / fields.pop("file"), columns=tuple(fields.pop("columns")), **fields
    )


def _require_within(root: Path, records: Iterable[Table]) -> None:
    """Stop if a registered file is not in the folder, by its name or by a link."""
    folder = realpath(root)
    for record in records:
        if not Path(realpath(record.path)).is_relative_to(folder):
            wrong = text("file {name!r} leads out of the folder", name=str(record.path))
            raise LayerError(str(root / REGISTRY), wrong, text("name a file in it"))
