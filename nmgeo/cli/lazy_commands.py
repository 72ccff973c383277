"""Commands that are built when they are used, and values that are read without pydantic.

To build all commands takes longer than most of them run, and so does to import pydantic, by which
typer reads values: text, paths and choices that need no reading are passed on as they are.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from os import R_OK, access
from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from typer.core import TyperCommand
from typer.main import get_command_from_info, get_command_name

if TYPE_CHECKING:
    from typer import Typer
    from typer.models import CommandInfo


class LazyCommands(Mapping[str, Any]):
    """The commands of an app by their names, each built at its first use.

    Parameters
    ----------
    app : typer.Typer
        Its registered commands are taken out of it, so that typer does not build them.
    """

    def __init__(self, app: "Typer") -> None:
        self._built: dict[str, Any] = {}
        self.registered: dict[str, CommandInfo] = {}
        while app.registered_commands:
            info = app.registered_commands.pop(0)
            name = info.name or get_command_name(getattr(info.callback, "__name__", ""))
            self.registered[name] = info

    def __getitem__(self, name: str) -> Any:
        """Return a command; it is built if this is its first use."""
        if name not in self._built:
            info = self.registered[name]
            info.cls = Command
            if add_parameters := getattr(info.callback, "add_parameters", None):
                add_parameters()  # of its shared options
            self._built[name] = get_command_from_info(
                info, pretty_exceptions_short=False, rich_markup_mode=None
            )
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        """Go over the names, in the order of help."""
        return iter(self.registered)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self.registered)


class PlainValues:
    """A command of typer that passes on the values that typer would give back as they are."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, ``--help`` among them."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if "process_value" not in vars(param):
                param.process_value = partial(_process_value, param, param.process_value)
                if param.param_type_name == "argument":  # the type is Python's: list[str]
                    param.display_type_rich = _no_type
        return params


class Command(PlainValues, TyperCommand):
    """One command."""


def _no_type(ctx: Any) -> None:
    """Show no type beside the name of an argument in a help text."""


def _process_value(param: Any, by_typer: Callable[..., Any], ctx: Any, value: Any) -> Any:
    if (param.required and param.value_is_missing(value)) or not _is_plain(param, value):
        return by_typer(ctx, value)
    plain: Any = [*(value or ())] if param.multiple or param.nargs == -1 else value
    if plain is not None and param.type_descriptor.annotation is Path:
        plain = Path(plain)
    return plain if param.callback is None else param.callback(ctx, param, plain)


def _is_plain(param: Any, value: Any) -> bool:
    """Tell whether typer would give back a value as it is: nothing, text, a path or a choice."""
    kind = param.type_descriptor.annotation
    if value is None:
        return True
    if get_origin(kind) is list:
        return get_args(kind) == (str,) and not isinstance(value, str) and all(map(_is_text, value))
    if _is_path(param, value):
        return True
    return (kind is str and _is_text(value)) or (
        get_origin(kind) is Literal and value in get_args(kind)
    )


def _is_path(param: Any, value: Any) -> bool:
    """Tell whether a value is a path of which nothing is asked, and that can be read if it is."""
    kind, said = param.type_descriptor.annotation, param.type_descriptor.parameter_info
    if kind is not Path or not _is_text(value) or "\0" in value:
        return False
    asked = said.exists or said.writable or said.resolve_path or said.path_type
    asked = asked or not (said.file_okay and said.dir_okay)
    return not asked and (access(value, R_OK) or not lexists(value))


def _is_text(value: Any) -> bool:
    """Tell whether a value is text that can be written, which the name of a file may not be."""
    return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)
