"""The terminal: data on stdout, notes on stderr, an error as one line and an exit code."""

import atexit
import gc
import re
import sys
import warnings
from collections.abc import Sized
from contextlib import contextmanager, suppress
from errno import errorcode
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import typer
from typer.core import TyperGroup

from nmgeo.cli.lazy_commands import LazyCommands, PlainValues
from nmgeo.cli.parser_errors import ParserError, explain_parser_error
from nmgeo.cli.repeated_options import refuse_unclear
from nmgeo.cli.standard_streams import (
    NotedWriter,
    PrintableWriter,
    discard_unwritten,
    is_file,
    note_printed,
    printable,
    reopen_closed,
    terminal_width,
)
from nmgeo.errors import ExportError, NmgeoError, Notice, UsageError, message_line, reason
from nmgeo.messages import text
from nmgeo.translations import Lang, separator, translate, translate_error, translate_message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from nmgeo.formats.read_back import Written

_Rows = TypeVar("_Rows", bound=Sized)

_lang: Lang = "en"  # of messages, set for each run
_is_asked = False  # whether --lang names it
_shown: Final[set[str]] = set()  # notices of the command that runs
_held: list[str] | None = None  # until there is output: an error of usage comes without them
_FEW: Final = 1_000_000  # objects that need no search for garbage: nearly all stay to the end
_REMEDIES: Final = {  # by the error of the system, when stdout cannot be written
    **dict.fromkeys(("ENOSPC", "EDQUOT", "EFBIG"), text("free some space")),
    **dict.fromkeys(("EBADF", "EIO"), text("leave stdout open, or write to a file")),
}


class Group(PlainValues, TyperGroup):
    """The commands; an error is one line and an exit code, a notice is one line."""

    every: ClassVar[LazyCommands]  # set when all are registered

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = self.every

    def main(self, *args: Any, **how: Any) -> Any:
        """Run the command line; open standard streams that are closed on the null device first."""
        reopen_closed()
        gc.set_threshold(_FEW)
        atexit.register(gc.freeze)  # the search for garbage at the end takes 6 % of a command
        return super().main(*args, **how)

    def make_context(self, info_name: Any, args: list[str], *more: Any, **how: Any) -> Any:
        """Read the options, or print the help; print errors on stderr."""
        _set_language(args)
        self._words = list(args)
        if not args:  # prints the help
            return super().make_context(info_name, args, *more, **how)
        with _exit_on_error():
            return super().make_context(info_name, args, *more, **how)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer gives it
        """Return the names of the commands, of which none is built for it."""
        return list(self.every)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by group, each with its short help."""
        names = self.list_commands(ctx)
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in names:
            command = self.every.registered[name]
            line = (name.ljust(max(map(len, names))), command.short_help or "")
            panels.setdefault(str(command.rich_help_panel), []).append(line)
        for panel, lines in panels.items():
            with formatter.section(panel):
                formatter.write_dl(lines)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command, after its options are checked for repeated and empty ones."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            refuse_unclear(command, ctx, rest)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; print notices and errors on stderr."""
        from nmgeo import provenance  # noqa: PLC0415 - not for help

        _shown.clear()
        _hold_notices()
        warnings.simplefilter("always", Notice)
        warnings.showwarning = _print_warning  # type: ignore[assignment]
        with _exit_on_error(ctx), provenance.run(provenance.command_line(self._words)):
            done = super().invoke(ctx)
            provenance.keep_printed()
            return done


def _set_language(args: list[str]) -> None:
    """Read the language of messages from the arguments, before the parser reads them."""
    global _lang, _is_asked  # one process prints its messages in one language
    asked = re.findall(r"(?:^|\n)--lang[=\n](en|tc|sc)(?:\n|$)", "\n".join(args))
    _lang, _is_asked = (asked[-1], True) if asked else ("en", False)


def use_language(lang: Lang) -> None:
    """Print messages in a language, unless ``--lang`` names one."""
    global _lang  # noqa: PLW0603 - as above
    _lang = _lang if _is_asked else lang


@contextmanager
def _exit_on_error(ctx: Any = None) -> "Iterator[None]":
    """Print an error as one line and exit with its code; a fault of the program is raised."""
    try:
        yield
        release_notices()
        sys.stdout.flush()
        discard_unwritten()
    except NmgeoError as error:
        if isinstance(error, UsageError):
            _hold_notices()
        _exit(error.exit_code, translate_error(error, _lang, command_line=True))
    except ParserError as error:
        usage = explain_parser_error(error, getattr(ctx, "invoked_subcommand", "") or "")
        _exit(usage.exit_code, translate_error(usage, _lang, command_line=True))
    except BrokenPipeError:  # the reader of the pipe has ended, as head does
        _exit(0)
    except OSError as error:
        remedy = _REMEDIES.get(errorcode.get(error.errno or 0, ""))
        if remedy is None:
            raise
        wrong = text("cannot be written ({why})", why=reason(error))
        unwritten = ExportError(text("output"), wrong, remedy)
        _exit(unwritten.exit_code, translate_error(unwritten, _lang, command_line=True))
    finally:
        release_notices()


def _exit(code: int, message: str = "") -> None:
    """Exit with a code, after the rest of the data and the message were printed."""
    discard_unwritten()
    release_notices()
    if message:
        print_note(message)
    raise typer.Exit(code) from None


def progress_bar(
    rows: "Iterator[_Rows]",
    total: int | None = None,
    *,
    what: str = "sites",
    size: "Callable[[_Rows], int]" = len,
) -> "Generator[_Rows, None, None]":
    """Yield the same tables, and show a bar that counts their rows."""
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import MofNCompleteColumn, Progress  # noqa: PLC0415

    release_notices()
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    with Progress(*columns, console=console, transient=True) as bar, _redirect(console.print):
        task = bar.add_task(translate("phrase", f"bar_{what}", _lang), total=total)
        for table in rows:
            yield table
            bar.advance(task, size(table))


def watch_features(
    rows: "Iterator[_Rows]", total: int | None = None
) -> "Generator[_Rows, None, None]":
    """Yield what is read or fetched; on a terminal, show a bar that counts its features."""
    yield from progress_bar(rows, total, what="features") if sys.stderr.isatty() else rows


@contextmanager
def _redirect(put_line: "Callable[[str], object]") -> "Iterator[None]":
    """Print notices through another function, which is that of the bar on the terminal."""
    before = warnings.showwarning

    def put_notice(message: Warning | str, category: type[Warning], *_: object) -> None:
        if note := _new_notice(message, category):
            put_line(_to_width(f"nmgeo: {note}"))

    warnings.showwarning = put_notice  # type: ignore[assignment]
    try:
        yield
    finally:
        warnings.showwarning = before


def print_data(data: str) -> None:
    """Print data: on a terminal what it can show, into a pipe UTF-8 in every locale."""
    release_notices()
    content = data.encode()
    typer.echo(printable(data) if sys.stdout.isatty() else content, nl=False)
    if is_file(sys.stdout):
        note_printed(content)


def standard_output() -> Any:
    """Return stdout for bytes: into a pipe as they are, on a terminal what it can show.

    What goes into a file is noted, so that the file can be explained.
    """
    release_notices()
    if sys.stdout.isatty():
        return PrintableWriter(sys.stdout)
    raw = sys.stdout.buffer
    return NotedWriter(raw, note_printed) if is_file(sys.stdout) else raw


def print_note(note: str) -> None:
    """Print a line on stderr; on a terminal it is broken to its width.

    A stderr that is closed changes nothing in what the command does.
    """
    release_notices()
    line = f"nmgeo: {message_line(translate_message(note, _lang, command_line=True))}"
    with suppress(OSError):
        typer.echo(_to_width(line) if sys.stderr.isatty() else line, err=True)


def _to_width(line: str) -> str:
    """Break a line to the width of the terminal."""
    from nmgeo.outputs.terminal.wrap import wrap_text  # noqa: PLC0415 - only on a terminal

    return "\n".join(wrap_text(line, terminal_width()))


def print_written(*paths: Path, geometry: bool = True) -> None:
    """Print which files were written, and whether they hold no geometry."""
    for path in paths:
        said = text("wrote {path}", path=path)
        print_note(said if geometry else text("wrote {path}, without geometry", path=path))


def print_read_back(written: "Written | None") -> None:
    """Print what was read again from a file and is equal to what was meant."""
    if written is None:
        return
    said = text("read back as written: {count} rows", count=written.count)
    if written.area_ha:
        said = text("{said}, {area_ha:,.4f} ha", said=said, area_ha=written.area_ha)
    if written.texts:
        said = text("{said}, {texts} texts", said=said, texts=written.texts)
    print_note(said)


def _print_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    if note := _new_notice(message, category):
        (print_note if _held is None else _held.append)(note)


def _hold_notices() -> None:
    """Print no notice until there is output; drop those that were held."""
    global _held  # noqa: PLW0603 - one process runs one command
    _held = []


def release_notices() -> None:
    """Print the notices that were held back, and from now on each as it comes."""
    global _held
    notes, _held = _held or [], None
    for note in notes:
        print_note(note)


def _new_notice(message: Warning | str, category: type[Warning]) -> str:
    """Return what a notice says; empty if the command has said it, as of another batch."""
    said = _notice_text(message, category)
    if said in _shown:
        return ""
    _shown.add(said)
    return said


def _notice_text(message: Warning | str, category: type[Warning]) -> str:
    if not issubclass(category, Notice):
        return f"{category.__name__}: {message}"
    given = message.args[0] if isinstance(message, Warning) else message
    said = message_line(translate_message(given, _lang, command_line=True))
    colon = separator("colon", _lang)
    return f"{translate('severity', 'note', _lang)}{colon}{said}"
