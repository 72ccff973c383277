"""Commands that are built when they are used: building all of them takes longer than most run."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
            self._built[name] = get_command_from_info(
                self.registered[name], pretty_exceptions_short=False, rich_markup_mode=None
            )
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        """Go over the names, in the order of help."""
        return iter(self.registered)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self.registered)
