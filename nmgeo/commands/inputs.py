"""What the commands take in Python: sites and layers by name, path or frame, and lengths.

:func:`takes_features` lets a command be called in all its forms. :func:`open_inputs` makes a
catalog of what was given. :func:`read_length` and :func:`list_of` read lengths and single values.

This module is longer than 300 lines because every form of an argument is read here, once.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import wraps
from math import isfinite
from numbers import Real
from os import PathLike, fspath
from pathlib import Path
from typing import (
    Any,
    Final,
    Literal,
    ParamSpec,
    Protocol,
    TypedDict,
    TypeGuard,
    TypeVar,
    get_type_hints,
)

from nmgeo import provenance
from nmgeo.catalog import OPEN, RESERVED, Catalog, find_layer, open_catalog, registered_name
from nmgeo.commands.calls import has_features, require_fit
from nmgeo.errors import UnitError, UnknownLayerError, UsageError, facts_said_once
from nmgeo.files import require_name
from nmgeo.messages import Option, either, list_some, option, text
from nmgeo.records.aliases import find_id, find_outline, suggest_ids
from nmgeo.records.tables import site_ids
from nmgeo.regular_file import is_there
from nmgeo.sources.file_names import STDIN, split_layer
from nmgeo.translations import did_you_mean
from nmgeo.units import metres, named_after


class HasGeoInterface(Protocol):
    """An object with ``__geo_interface__``, such as a GeoDataFrame, a GeoSeries or a shape."""

    @property
    def __geo_interface__(self) -> Any:
        """Its features as GeoJSON."""


# The name of a layer, a path, features as an object or as GeoJSON, or with a column of classes; a
# catalog may stand among the arguments too.
Features = str | PathLike[str] | HasGeoInterface | Mapping[str, Any] | tuple[Any, str] | Catalog
Length = str | float  # text such as "500m"; a number is metres
NO_RINGS: Final = "none"  # of a map
_UNNAMED: Final = "layer"
_SHOWN: Final = 5  # how many layers a message names
_GUESSES: Final = 2  # how many names may have been meant
_HIDING: Final = ("generalise", "points_only", "aggregate")
_SAID: Final[
    tuple[Literal["key", "name", "crs", "encoding", "accuracy", "strict", "max_size"], ...]
] = ("key", "name", "crs", "encoding", "accuracy", "strict", "max_size")

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Inputs(TypedDict, total=False):
    """The keywords about sites and layers that every measuring command takes.

    ``catalog`` comes from :func:`nmgeo.open_catalog`, the shipped one if not given. ``site`` is the
    id of one site, or several, to measure alone. ``key`` is the column of ``sites`` that holds
    their ids and ``name`` that of their names, or by the name of a layer the column of that.
    ``encoding`` is that of the text of files, detected if not given. ``crs`` is the CRS of the
    sites and layers of this call, whatever they state: one code for all, or one by name
    (``"sites"`` for the sites). ``accuracy``, such as ``"5m"``, is how far the edges of features
    may be off that have no ``accuracy_m`` of their own, as ``crs``. ``strict`` refuses faults
    instead of repairing them. ``max_size``, such as ``"5GB"``, is the size up to which files are
    read whatever the usual limits are.

    Three keywords hide where own sites and layers lie exactly (:mod:`nmgeo.commands.masking`):
    ``generalise`` moves outlines to a grid of a cell such as ``"100m"``, ``points_only`` draws each
    as a point, ``aggregate`` names a column whose classes take the place of sites.
    """

    catalog: Catalog | None
    site: str | Sequence[str] | None
    key: str | Mapping[str, str] | None
    name: str | Mapping[str, str] | None
    crs: str | Mapping[str, str] | None
    encoding: str | Mapping[str, str] | None
    accuracy: Length | Mapping[str, Length] | None
    strict: bool
    max_size: str | None
    generalise: Length | None
    points_only: bool
    aggregate: str | None


def takes_features(
    alone: str | None = None, when: Callable[[Any], bool] = lambda _: True
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a command be called in all its forms, and report a call that fits none.

    A catalog may stand among the arguments, as in ``near("stations", catalog)``. One argument by
    itself is the first parameter, or ``alone``.

    Parameters
    ----------
    alone : str, optional
        The parameter that one argument by itself stands for: ``near("stations")``.
    when : callable
        Whether that holds for this argument; it does for any if not given.

    Returns
    -------
    callable
        A decorator. The signature of the command then names each keyword of :class:`Inputs`.
    """

    def wrap(function: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = _signature(function)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> _R:
            found, named = _arranged(args, kwargs)
            if alone and len(found) == 1 and not {alone, "sites"} & named.keys() and when(found[0]):
                found, named = [], {alone: found[0]} | named
            require_fit(function.__name__, signature, found, named)
            with provenance.run(f"nm.{function.__name__}()"), facts_said_once():
                return function(*found, **named)

        call.__signature__ = signature  # type: ignore[attr-defined]
        return call

    return wrap


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """Write the keywords of :class:`Inputs` out, in place of ``**inputs``."""
    bare = inspect.signature(function)
    own = [p for p in bare.parameters.values() if p.kind != p.VAR_KEYWORD]
    kind = inspect.Parameter.KEYWORD_ONLY
    shared = get_type_hints(Inputs) if len(own) < len(bare.parameters) else {}
    own += [
        inspect.Parameter(name, kind, default=False if hint is bool else None, annotation=hint)
        for name, hint in shared.items()
    ]
    return bare.replace(parameters=own)


def _arranged(
    args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Take a catalog out of the arguments; before others it stands for the sites."""
    named = dict(kwargs)
    catalogs = [value for value in args if isinstance(value, Catalog)]
    if isinstance(named.get("sites"), Catalog):
        catalogs.append(named.pop("sites"))
    if catalogs:
        named.setdefault("catalog", catalogs[0])
    found = [None if isinstance(value, Catalog) else value for value in args]
    while found and found[-1] is None:
        found.pop()
    return found, named


def open_inputs(
    inputs: Inputs, sites: Features | None = None, **layers: Features | None
) -> tuple[Catalog, dict[str, str]]:
    """Make a catalog of what a command was given.

    Parameters
    ----------
    inputs : Inputs
        The shared keywords of the command.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        Sites to measure; a text is the name of a layer of the catalog, else a path.
    **layers
        By parameter, layers in the same forms, or a mapping of one name to a layer. None is
        left out.

    Returns
    -------
    (Catalog, dict)
        The catalog, and by parameter the name that the layer has in it.

    Raises
    ------
    UnknownLayerError
        If a text is neither the name of a layer nor a path.
    UsageError
        If ``key`` or ``crs`` has nothing that it could belong to.

    Examples
    --------
    >>> open_inputs({}, layer="stations")[1]
    {'layer': 'stations'}
    """
    base = inputs.get("catalog") or open_catalog()
    chosen = list_of(inputs.get("site"))
    if isinstance(sites, str) and (named := _named_site(base, sites)):
        sites, chosen = None, (named,)
    asked: dict[str, Any] = {} if sites is None else _sites_of(base, sites, layers.values())
    files: dict[str, Any] = {}
    names: dict[str, str] = {}
    for parameter, value in layers.items():
        if value is None and parameter == _UNNAMED:
            example = "nm.near(gdf, 'stations')"
            remedy = text("give one, as in {example}", example=example)
            raise UsageError(option(parameter), text("no layer was given"), remedy)
        if value is not None:
            names[parameter], added = _layer_of(base, parameter, value, {*files, *base.own_layers})
            files |= added
    said = _said(inputs)
    _require_use(said, asked, files)
    own = open_catalog(base.folder, layers=files, **(asked | said)) if asked or files else base
    here = replace(
        base,
        own_sites=base.own_sites if sites is None else own.own_sites,
        own_layers=base.own_layers | own.own_layers,
        chosen=chosen or base.chosen,
    )
    return _masked(provenance.use_catalog(base if here == base else here), inputs), names


def masking_of(inputs: Inputs) -> Mapping[str, Any]:
    """Return the keywords of a call that hide exact places, else those of its catalog."""
    given = {word: inputs.get(word) for word in _HIDING}
    asked = {word: one for word, one in given.items() if one is not None and one is not False}
    catalog = inputs.get("catalog")
    return asked or (catalog.masking if catalog else {})


def _masked(here: Catalog, inputs: Inputs) -> Catalog:
    how = masking_of(inputs)
    if not how:
        return here
    from nmgeo.commands.masking import Masking, masked_catalog  # noqa: PLC0415 - geopandas only if asked for

    return masked_catalog(replace(here, masking=how), Masking(**how))


def _said(inputs: Inputs) -> dict[str, Any]:
    """Return what is said of files; an accuracy of 0 is said, too."""
    told: dict[str, Any] = {word: inputs.get(word) for word in _SAID}
    return {word: one for word, one in told.items() if one or (one == 0 and one is not False)}


def _require_use(
    said: Mapping[str, Any], asked: Mapping[str, Any], files: Mapping[str, Any]
) -> None:
    """Refuse what is said of sites or layers that were not given."""
    for word in {"key", "name"} & said.keys():
        if isinstance(said[word], str) and "sites" not in asked:
            wrong = text("no sites were given in this call")
            raise UsageError(option(word, said[word]), wrong, text("add them, or leave it out"))
    for word in ("key", "name", "crs", "encoding", "accuracy", "max_size"):
        if word in said and not (asked or files):
            wrong = text("no sites or layers were given in this call")
            raise UsageError(option(word, said[word]), wrong, text("add them, or leave it out"))


def _sites_of(base: Catalog, value: Features, layers: Iterable[Any]) -> dict[str, Any]:
    """Return what :func:`nmgeo.open_catalog` is to be told of the sites."""
    if not isinstance(value, str | PathLike):
        return {"sites": value}
    name = layer_or_path(base, fspath(value))
    if name in base.known_layers:
        _refuse_swapped(base, fspath(value), layers)
    if name in base.own_layers:
        own = base.own_layers[name]
        return {"sites": own.path if own.given is None else own.given.value, "crs": own.crs}
    if name in base.pulled:
        pulled = base.pulled[name]
        return {"sites": pulled.path, "key": pulled.key, "crs": pulled.crs}
    if name in base.layers:
        record = base.layers[name]
        return {} if name == "sites" else {"sites": record.path, "key": record.key}
    if not _is_path(name):
        _refuse_sites(base, name)
    return {"sites": name}


def _named_site(base: Catalog, name: str) -> str | None:
    """Return the id of the shipped site or outline that a text names, if no layer and no path."""
    if layer_or_path(base, name) in base.known_layers or _is_path(name):
        return None
    outlines = site_ids(base)
    id_ = find_outline(base, name) or find_id(base, name)
    return id_ if id_ in outlines or id_ in outlines.values() else None


def _refuse_sites(base: Catalog, name: str) -> None:
    """Say what a text that names no sites was likely meant to be."""
    known, frame = base.known_layers, either(" / GeoDataFrame", "")
    like = suggest_ids(base, name, site_ids(base).values(), known)
    same = [one for one in like if (one in known) == (like[0] in known)]  # layers, or sites
    names = ", ".join(same[:_GUESSES])
    close = text(" (did you mean {close}?)", close=names) if like else ""
    wrong = text("neither a site, a layer nor a file{guess}", guess=close)
    shown = list_some(known, _SHOWN)
    remedy = text("give a path{frame}, a site, or one of {known}", frame=frame, known=shown)
    if is_length(name):  # a number without a unit is a year
        asked = ("years", ["2031", name]) if name.isdigit() else ("at", ["500m", name])
        told = {"frame": frame, "example": write_several(*asked)}
        remedy = text("give a path{frame}, or several values as {example}", **told)
    raise UnknownLayerError(text("sites {name!r}", name=name), wrong, remedy)


def _refuse_swapped(base: Catalog, sites: str, layers: Iterable[Any]) -> None:
    """Stop if a site stands in the place of a layer, whose name stands in that of the sites."""
    for name in layers:
        if isinstance(name, str) and (site := _named_site(base, name)):
            wrong = text("no layer; {site} is a site", site=site)
            remedy = text("give the sites first: {example}", example=f"{name!r}, {sites!r}")
            raise UnknownLayerError(text("layer {layer!r}", layer=name), wrong, remedy)


def _refuse_site_as_layer(base: Catalog, name: str) -> None:
    """Stop if a name of no layer is that of a site or is like one, and like no layer."""
    known = base.known_layers
    like = suggest_ids(base, name, site_ids(base).values())
    if like and not did_you_mean(name, known):
        wrong = text("no layer; {site} is a site", site=like[0])
        shown = list_some(known, _SHOWN)
        example = either(f"nm.near({like[0]!r}, 'stations')", f"nmgeo near stations {like[0]}")
        told = {"known": shown, "example": example}
        remedy = text("name a layer, one of {known}, and the site as in {example}", **told)
        raise UnknownLayerError(text("layer {layer!r}", layer=name), wrong, remedy)


def write_several(parameter: str, values: Sequence[str]) -> Option:
    """Write several values of a parameter: a list, or an option that is repeated.

    Examples
    --------
    >>> write_several("at", ["500m", "1km"]).command_line
    '--at 500m --at 1km'
    """
    repeated = " ".join(option(parameter, value).command_line for value in values)
    return either(f"{parameter}={list(values)!r}", repeated)


def _layer_of(
    base: Catalog, parameter: str, value: Features, taken: Iterable[str]
) -> tuple[str, dict[str, Any]]:
    """Return the name of a layer, and the file or frame that is new under that name."""
    if isinstance(value, Mapping) and "type" not in value and len(value) == 1:
        return next(iter(value)), dict(value)
    if isinstance(value, str | PathLike):
        name = layer_or_path(base, fspath(value))
        if name in base.known_layers:
            return name, {}
        if not _is_path(name):
            _refuse_site_as_layer(base, name)
            find_layer(base, name)
        called = free_name(name, parameter, taken)
        return called, {called: name}
    called = _free(parameter, _UNNAMED, taken)
    return called, {called: value}


def free_name(path: str, parameter: str, taken: Iterable[str]) -> str:
    """Return what a file is called that stands in place of a layer, unlike the others of a call.

    Parameters
    ----------
    path : str
        ``FILE`` or ``FILE#LAYER``.
    parameter : str
        What it is called if its own name is that of something else.
    taken : iterable of str
        The names of the others.

    Examples
    --------
    >>> free_name("a/zones.gpkg", "layer", ["zones"])
    'zones_2'
    """
    return _free(_stem(path), parameter, taken)


def _free(name: str, instead: str, taken: Iterable[str]) -> str:
    """Return a name that no other layer of the call has."""
    stem = instead if name in RESERVED or name.endswith(OPEN) or not name else name
    names = (stem, *(f"{stem}_{number}" for number in range(2, 1_000)))
    return next(name for name in names if name not in set(taken))


def _stem(path: str) -> str:
    """Return ``LAYER`` of ``FILE#LAYER``, else the name of the file without its suffix."""
    file, layer = split_layer(path)
    return layer or file.stem


def layer_or_path(catalog: Catalog, written: str) -> str:
    """Return the name of a layer in any spelling, but a path as it is that is there.

    What is written exactly as a layer is called names the layer.
    """
    is_path = written not in catalog.known_layers and is_there(written)
    return written if is_path else registered_name(catalog, written)


def _is_path(name: str) -> bool:
    if name.split("#", maxsplit=1)[0] == STDIN:
        return True
    return bool(Path(name).suffix) or any(sign in name for sign in "/\\#") or is_there(name)


def names_layer(value: Any) -> TypeGuard[str]:
    """Tell whether an argument by itself is the name of a layer: text that is no path."""
    return isinstance(value, str) and not _is_path(value)


def list_of(value: Any) -> tuple[Any, ...]:
    """Return several values as a tuple; None is none, and a single value is one.

    Examples
    --------
    >>> list_of("500m"), list_of([500, "1km"]), list_of(None)
    (('500m',), (500, '1km'), ())
    """
    if value is None:
        return ()
    alone = isinstance(value, str | bytes | bytearray | Real | Mapping)
    single = alone or not isinstance(value, Iterable)
    return (value,) if single or has_features(value) else tuple(value)


def read_path(value: Any, parameter: str, example: str) -> Path:
    """Read the path of a file to write; features in its place are refused with an example.

    Examples
    --------
    >>> read_path("a.html", "out", "nm.map('a.html', gdf)").name
    'a.html'
    """
    if isinstance(value, str | PathLike):
        require_name(Path(value))
        return Path(value)
    wrong = text("a {kind} is not a path", kind=type(value).__name__)
    raise UsageError(option(parameter), wrong, text("write {example}", example=example))


def read_length(value: Any, parameter: str) -> str:
    """Read a length that a command was given: a number is metres.

    Parameters
    ----------
    value : str or float
        ``"500m"`` or ``500``; below 0 for a setback.
    parameter : str
        What it was given as.

    Returns
    -------
    str
        With its unit, as :func:`nmgeo.units.metres` reads it.

    Raises
    ------
    UnitError
        If it is no length; the parameter is named.

    Examples
    --------
    >>> read_length(500, "within"), read_length("1km", "within")
    ('500m', '1km')
    """
    if isinstance(value, str):
        with named_after(parameter, value):
            metres(value.strip().removeprefix("-").removeprefix("\N{MINUS SIGN}"))
        return value
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not isfinite(float(value)):
        kind = type(value).__name__
        wrong = text("a {kind} is not a length", kind=kind)
        if number:
            wrong = text("not a length")
        remedy = text("write a number of metres, or a text such as '500m'")
        shown = option(parameter) if has_features(value) else option(parameter, value)
        raise UnitError(shown, wrong, remedy)
    return f"{Decimal(str(float(value))):f}m".replace(".0m", "m")


def read_lengths(value: Any, parameter: str) -> tuple[str, ...]:
    """Read lengths as :func:`read_length` does; a single one is a list of one."""
    each = list_of(value)
    for one in each:
        _require_single(one, parameter)
    return tuple(read_length(one, parameter) for one in each)


def _require_single(value: Any, parameter: str) -> None:
    """Refuse several lengths in one text, such as ``"500m,1km"``."""
    parts = re.split(r"\s*[,;\N{IDEOGRAPHIC COMMA}]\s*|\s+(?=\d)", str(value).strip())
    if len(parts) == 1:
        return
    try:
        lengths = [read_length(part, parameter) for part in parts]
    except UnitError:  # it is said of the whole
        return
    wrong = text("several lengths in one value")
    remedy = text("give several values as {example}", example=write_several(parameter, lengths))
    raise UnitError(option(parameter, value), wrong, remedy)


def read_rings(value: Any) -> tuple[str, ...]:
    """Read the distances of the rings of a map; none for ``"none"``."""
    return () if list_of(value) == (NO_RINGS,) else read_lengths(value, "at")


def is_length(value: Any) -> bool:
    """Tell whether an argument is a length, or several: what begins with a digit or a sign.

    Examples
    --------
    >>> is_length(["500m", 1000]), is_length("lots.gpkg")
    (True, False)
    """
    if has_features(value) or isinstance(value, Mapping | PathLike):
        return False
    if isinstance(value, str):
        return value.strip()[:1].isdigit() or value.strip()[:1] in {"-", "\N{MINUS SIGN}"}
    return all(isinstance(one, str | Real) for one in list_of(value))
