"""The terminal: data on stdout, words on stderr, an error as one line and an exit code."""

import re
import shutil
import sys
import warnings
from collections.abc import Sized
from contextlib import contextmanager, suppress
from errno import errorcode
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer
from typer.core import TyperGroup

from nmgeo.cli.options import STDOUT, Asked
from nmgeo.cli.repeated_options import refuse_repeated
from nmgeo.cli.standard_streams import (
    PrintableWriter,
    discard_unwritten,
    printable,
    reopen_closed,
)
from nmgeo.errors import ExportError, NmgeoError, Notice, UsageError
from nmgeo.files import write_text
from nmgeo.messages import text
from nmgeo.translations import Lang, translate, translate_error, translate_message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    import pandas as pd


_Rows = TypeVar("_Rows", bound=Sized)

_MISUSE: Final[Any] = typer.BadParameter.__base__  # whatever the parser does not understand
_lang: Lang = "en"  # of messages, set for each run
_UNTAKEN: Final = {  # why stdout, or the disk behind it, does not take what it is given
    **dict.fromkeys(("ENOSPC", "EDQUOT", "EFBIG"), text("free some space")),
    **dict.fromkeys(("EBADF", "EIO"), text("leave stdout open, or write to a file")),
}


class Group(TyperGroup):
    """Turns an error into its one line and its exit code, and a notice into a line."""

    def main(self, *args: Any, **how: Any) -> Any:
        """Run the command line; a standard stream that is closed is opened on nothing first."""
        reopen_closed()
        return super().main(*args, **how)

    def make_context(self, info_name: Any, args: list[str], *more: Any, **how: Any) -> Any:
        """Read the options, or print the help; errors are said on stderr."""
        _say_in(args)
        if not args:  # help is what was asked for
            return super().make_context(info_name, args, *more, **how)
        with _saying_errors():
            return super().make_context(info_name, args, *more, **how)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by group, each with its short help."""
        names = self.list_commands(ctx)
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in names:
            command: Any = self.get_command(ctx, name)
            line = (name.ljust(max(map(len, names))), command.short_help)
            panels.setdefault(command.rich_help_panel, []).append(line)
        for panel, lines in panels.items():
            with formatter.section(panel):
                formatter.write_dl(lines)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command, after a look at its options."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            refuse_repeated(command, ctx, rest)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; notices and errors are said on stderr."""
        warnings.simplefilter("default", Notice)  # the same notice of many batches is said once
        warnings.showwarning = _say_warning  # type: ignore[assignment]
        with _saying_errors(ctx):
            return super().invoke(ctx)


def _say_in(args: list[str]) -> None:
    """Find the language that messages are asked for in, before the options are read."""
    global _lang  # noqa: PLW0603 - one process says its messages in one language
    asked = re.findall(r"(?:^|\n)--lang[=\n](en|tc|sc)(?:\n|$)", "\n".join(args))
    _lang = asked[-1] if asked else "en"


@contextmanager
def _saying_errors(ctx: Any = None) -> "Iterator[None]":
    """Say an error in its line, and leave with its exit code; a bug is left alone."""
    try:
        yield
        sys.stdout.flush()
        discard_unwritten()
    except NmgeoError as error:
        _leave(error.exit_code, translate_error(error, _lang, command_line=True))
    except _MISUSE as error:
        _leave(UsageError.exit_code, str(_misuse(error, getattr(ctx, "invoked_subcommand", ""))))
    except BrokenPipeError:  # the reader of the pipe has left, as head does
        _leave(0)
    except OSError as error:
        remedy = _UNTAKEN.get(errorcode.get(error.errno or 0, ""))
        if remedy is None:
            raise
        wrong = text("cannot be written ({why})", why=error.strerror)
        untaken = ExportError(text("output"), wrong, remedy)
        _leave(untaken.exit_code, translate_error(untaken, _lang, command_line=True))


def _misuse(error: Any, command: str) -> UsageError:
    """Say in our words what the parser did not understand."""
    said = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
    said = re.sub("Input should be a valid integer.*", "not a whole number", said)
    called = f"nmgeo {command or ''}".strip()
    return UsageError(command or "usage", f"{said[0].lower()}{said[1:]}", f"see {called} -h")


def _leave(code: int, said: str = "") -> None:
    """Leave with an exit code, after what is left to be written and the message."""
    discard_unwritten()
    remark_if(said, said)
    raise typer.Exit(code) from None


def form_of(asked: Asked) -> str:
    """Return the name of the format that is asked for: a table on a terminal, CSV in a pipe."""
    return asked.form.name if asked.form else "table" if sys.stdout.isatty() else "csv"


def show(
    command: str, rows: "pd.DataFrame", asked: Asked, total: dict[str, float] | None = None
) -> None:
    """Print the table of a command or write it, and under CSV the land in words on stderr."""
    from nmgeo.outputs.tables import land_sentence, render  # noqa: PLC0415 - pandas and rich only once there are rows

    width = shutil.get_terminal_size().columns

    def shown(form: str) -> str:
        return render(command, rows, form, lang=asked.lang, width=width, total=total)

    _put_or_save(command, rows, asked, shown)
    if total is not None and form_of(asked) == "csv":
        remark(land_sentence(total, asked.lang))


def _put_or_save(
    command: str, rows: "pd.DataFrame", asked: Asked, shown: "Callable[[str], str]"
) -> None:
    """Print a table as it is shown, or write it to the file that is asked for."""
    if asked.out is None or asked.form is None:
        return put(shown(form_of(asked)))
    from nmgeo.outputs.table_file import write_table  # noqa: PLC0415 - as in show

    out = standard_output() if asked.out == STDOUT else asked.out
    about: dict[str, Any] = {"catalog": asked.catalog, "name": command, "render": shown}
    write_table(out, rows, asked.form, **about, overwrite=asked.overwrite)
    return remark_saved(asked)


def save_text(text: str, asked: Asked) -> None:
    """Print a document, or write it to the file that is asked for."""
    if asked.out is None or asked.out == STDOUT:
        return put(text)
    return remark_written(write_text(asked.out, text, overwrite=asked.overwrite))


def remark_saved(asked: Asked) -> None:
    """Say which file was written, and if it holds no geometry."""
    if asked.out is not None and asked.out != STDOUT:
        remark_written(asked.out)


def show_receipt(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print a receipt: line by line to be read, or as data."""
    from nmgeo.outputs.receipt import write_receipt  # noqa: PLC0415 - as in show

    if form_of(asked) == "json":
        return show("receipt", rows, asked, total=rows.attrs["land"])
    width = shutil.get_terminal_size().columns

    def shown(form: str) -> str:
        return write_receipt(rows, form=form, lang=asked.lang, width=width)

    return _put_or_save("receipt", rows, asked, shown)


def show_matrix(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print a matrix: side by side to be read where that fits, else a row a pair."""
    from nmgeo.commands.matrix import side_by_side  # noqa: PLC0415 - as in show

    fits = None
    if form_of(asked) == "table":
        fits = side_by_side(rows, width=shutil.get_terminal_size().columns, lang=asked.lang)
    show(*(("matrix", rows) if fits is None else ("side_by_side", fits)), asked)
    ends = rows[["from_accuracy_m", "to_accuracy_m"]]
    remark_if(_by_one(ends), translate("phrase", "matrix_more", asked.lang))


def show_inside(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print what lies inside what, and say if a range is by one side alone."""
    show("inside", rows, asked)
    met = rows.loc[rows["feature_id"].notna(), ["site_accuracy_m", "feature_accuracy_m"]]
    remark_if(_by_one(met), translate("phrase", "inside_more", asked.lang))


def show_constraints(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print what constrains the sites, and say if a state or a range is not by both sides."""
    show("constraints", rows, asked)
    remark(translate("phrase", "constraints", asked.lang))
    each = ~rows["layer"].isin(["together", "published"])
    met = rows.loc[each, ["site_accuracy_m", "layer_accuracy_m"]]
    remark_if(met.isna().any(axis=None), translate("phrase", "constraints_more", asked.lang))


def _by_one(ends: "pd.DataFrame") -> bool:
    """Tell if there is a range by one end alone, as the other does not say how accurate it is."""
    untold = ends.isna()
    return bool((untold.any(axis=1) & ~untold.all(axis=1)).any())


def progress_bar(
    rows: "Iterator[_Rows]",
    total: int | None = None,
    *,
    what: str = "sites",
    size: "Callable[[_Rows], int]" = len,
) -> "Generator[_Rows, None, None]":
    """Give on what comes, under a bar that counts it."""
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import MofNCompleteColumn, Progress  # noqa: PLC0415

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    with Progress(*columns, console=console, transient=True) as bar, _saying(console.print):
        task = bar.add_task(what, total=total)
        for table in rows:
            yield table
            bar.advance(task, size(table))


def examined(rows: "Generator[_Rows, None, None]") -> "Generator[_Rows, None, None]":
    """Give on what the doctor reads, on a terminal under a bar that counts it."""
    return progress_bar(rows, what="features") if sys.stderr.isatty() else rows


def show_strip(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print strips, and say if their range is by one end alone."""
    show("strip", rows, asked)
    remark(translate("phrase", "strip", asked.lang))
    ends = {"feature_id": "line_accuracy_m", "site_id": "site_accuracy_m"}
    untold = [rows.loc[rows[id_].notna(), out].isna().any() for id_, out in ends.items()]
    remark_if(any(untold), translate("phrase", "strip_more", asked.lang))


@contextmanager
def _saying(put_line: "Callable[[str], object]") -> "Iterator[None]":
    """Say notices in another way, which is that of whoever draws on the terminal meanwhile."""
    before = warnings.showwarning
    warnings.showwarning = lambda said, kind, *_: put_line(f"nmgeo: {_worded(said, kind)}")  # type: ignore[assignment]
    try:
        yield
    finally:
        warnings.showwarning = before


def put(data: str) -> None:
    """Print data: to a terminal what it can show, into a pipe UTF-8, whatever the locale."""
    typer.echo(printable(data) if sys.stdout.isatty() else data.encode(), nl=False)


def standard_output() -> Any:
    """Return stdout as it takes bytes: into a pipe as they are, to a terminal what it can show."""
    return PrintableWriter(sys.stdout) if sys.stdout.isatty() else sys.stdout.buffer


def remark(said: str) -> None:
    """Say a line on stderr; a terminal gets it broken between words, or in Chinese anywhere.

    A stderr that is not read any more changes nothing in what the command does.
    """
    line = f"nmgeo: {said}"
    if sys.stderr.isatty():
        line = _filled(line, shutil.get_terminal_size().columns)
    with suppress(OSError):
        typer.echo(line, err=True)


def _filled(line: str, width: int) -> str:
    if line.isascii():  # so that a name of a file stays in one piece
        return fill(line, width, break_long_words=False, break_on_hyphens=False)
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.text import Text  # noqa: PLC0415

    return "\n".join(part.plain.rstrip() for part in Text(line).wrap(Console(), width))


def remark_if(holds: object, said: str) -> None:
    """Say a line on stderr if it holds."""
    if holds:
        remark(said)


def remark_origin(origin: str, name: str, asked: Asked) -> None:
    """Say where distances begin, and what is warned of in the layer that they lead to."""
    start = translate("origin", origin, asked.lang)
    remark(translate("phrase", "measured_from", asked.lang).format(origin=start))
    remark_caveat(name, asked)


def remark_caveat(name: str, asked: Asked, *, among: bool = False) -> None:
    """Say what the registry warns of in a layer; among themselves, sites are the user's own."""
    if among and name == "sites" and asked.catalog.own_sites:
        return
    from nmgeo.commands.layers import caveat  # noqa: PLC0415 - as in show

    said = caveat(name, asked.catalog, lang=asked.lang)
    remark_if(said, f"{name}: {said}")


def remark_written(*paths: Path) -> None:
    """Say which files were written."""
    for path in paths:
        remark(f"wrote {path}")


def _say_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    remark(_worded(message, category))


def _worded(message: Warning | str, category: type[Warning]) -> str:
    if not issubclass(category, Notice):
        return f"{category.__name__}: {message}"
    given = message.args[0] if isinstance(message, Warning) else message
    said = translate_message(given, _lang, command_line=True)
    return f"{translate('severity', 'note', _lang)}: {said}"
