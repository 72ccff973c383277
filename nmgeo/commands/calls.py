"""Calls: arguments that do not fit a public function are refused in one line."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar, get_args, get_origin

from nmgeo.catalog import Catalog
from nmgeo.errors import UsageError, first_line
from nmgeo.languages import LANGS, Lang
from nmgeo.messages import list_choices, option, text

_P = ParamSpec("_P")
_R = TypeVar("_R")
_FEATURES: Final = "__geo_interface__"


class _Kind(NamedTuple):
    """The classes of a kind of argument, and its name in a message."""

    types: type
    words: str


_KINDS: Final[Mapping[Any, _Kind]] = {
    str: _Kind(str, text("text")),
    Path: _Kind(PathLike, text("a path")),
    PathLike: _Kind(PathLike, text("a path")),
    int: _Kind(Integral, text("a whole number")),
    float: _Kind(Real, text("a number")),
    bool: _Kind(bool, text("True or False")),
    Mapping: _Kind(Mapping, text("a dict")),
    Sequence: _Kind(Iterable, text("a list")),
    Catalog: _Kind(Catalog, text("a catalog from nm.open_catalog()")),
    NoneType: _Kind(NoneType, ""),
}
_FRAMES: Final = ("DataFrame", "GeoDataFrame", "Series")  # of a library that loads when it is used
_ALIKE: Final = 0.65  # of 1: what a slip leaves, and not "sites" of "units"
_OWN_WORDS: Final = ("out", "k")  # these, and lengths, are refused in words of their own


@cache
def refuse_misfits(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return the same function, which reports a call that does not fit it in one line.

    A command that :func:`nmgeo.commands.inputs.takes_features` has wrapped does so already.
    """
    if hasattr(function, "__signature__"):
        return function
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        require_fit(function.__name__, signature, args, kwargs)
        return function(*args, **kwargs)

    return call


def require_fit(
    name: str, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Refuse arguments that do not fit a function.

    Parameters
    ----------
    name : str
        Its name.
    signature : Signature
        Its parameters, whose annotations say which kinds of values they take.
    args, kwargs : sequence and mapping
        The arguments of the call.

    Raises
    ------
    UsageError
        If a keyword is unknown, an argument is missing or left over, or of the wrong kind.
    """
    known = list(signature.parameters)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        _refuse_unknown(name, known, kwargs)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        wrong = text("the arguments do not fit ({why})", why=first_line(error))
        remedy = text("its parameters are {known}", known=", ".join(known))
        raise UsageError(f"nm.{name}()", wrong, remedy) from None
    for word, value in bound.arguments.items():
        parameter = signature.parameters[word]
        several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
        for one in value if several else (value,):
            _require_kind(word, parameter.annotation, one)


def _refuse_unknown(name: str, known: Sequence[str], kwargs: Mapping[str, Any]) -> None:
    if stray := next((word for word in kwargs if word not in known), None):
        near = difflib.get_close_matches(stray, known, n=1, cutoff=_ALIKE) or known
        wrong = text("nm.{name}() has no such parameter", name=name)
        raise UsageError(option(stray), wrong, text("use {known}", known=", ".join(near)))


def _require_kind(word: str, hint: Any, value: Any) -> None:
    """Refuse a value that is of none of the kinds that a parameter takes."""
    if hint == Lang and value not in LANGS:
        remedy = text("use one of {names}", names=", ".join(LANGS))
        raise UsageError(option(word, value), text("no such language"), remedy)
    members = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kinds = [_kind(member) for member in members]
    own_words = word in _OWN_WORDS or (float in members and hint is not float)
    if own_words or None in kinds or any(_is_of(value, member) for member in members):
        return
    wrong = text("the {kind} does not fit", kind=type(value).__name__)
    words = [kind.words for kind in kinds if kind is not None and kind.words]
    remedy = text("give {kinds}", kinds=list_choices(dict.fromkeys(words)))
    raise UsageError(option(word), wrong, remedy)


def _is_of(value: Any, member: Any) -> bool:
    """Tell whether a value is of a kind; text, a dict and a frame are no lists."""
    origin = get_origin(member) or member
    if origin is Sequence:
        single = isinstance(value, str | Mapping) or has_features(value)
        return isinstance(value, Iterable) and not single
    kind = _kind(origin)
    if getattr(origin, "__name__", "") == "GeoDataFrame" and hasattr(value, "to_crs"):
        return True  # a GeoSeries has the geometry and the CRS, too
    return kind is not None and isinstance(value, kind.types)


def _kind(member: Any) -> _Kind | None:
    """Return a kind of argument, None if it is not checked here."""
    if getattr(member, "__name__", "") in _FRAMES:
        return _Kind(member, text("a {kind}", kind=member.__name__))
    return _KINDS.get(get_origin(member) or member)


def has_features(value: Any) -> bool:
    """Tell whether an object gives features by ``__geo_interface__``, which a frame builds anew."""
    return hasattr(type(value), _FEATURES) or hasattr(value, _FEATURES)


def takes_rows(
    command: str, *columns: str, attrs: Sequence[str] = ()
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a function take the table of one command, and refuse any other in one line.

    Parameters
    ----------
    command : str
        The public function that makes the table.
    *columns
        Columns that the function reads.
    attrs : sequence of str
        Names in the ``attrs`` of the table that the function reads.

    Returns
    -------
    callable
        A decorator for functions whose first parameter is ``rows``.
    """

    def wrap(function: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            rows: Any = signature.bind(*args, **kwargs).arguments["rows"]
            lacks = [name for name in columns if name not in rows.columns]
            lacks += [f"attrs[{name!r}]" for name in attrs if name not in rows.attrs]
            if lacks:
                wrong = text("the table has no {name}", name=lacks[0])
                remedy = text("give the table of {call}", call=f"nm.{command}()")
                raise UsageError(option("rows"), wrong, remedy)
            return function(*args, **kwargs)

        return call

    return wrap
