"""The terminal: data on stdout, words on stderr, an error as one line and an exit code."""

import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from nmgeo.catalog import Catalog
from nmgeo.errors import NmgeoError, Notice
from nmgeo.words import Format, Lang, say

if TYPE_CHECKING:
    import pandas as pd


class Group(TyperGroup):
    """Turns an error of ours into its one line and its exit code, and a notice into a line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; notices and errors are said on stderr."""
        warnings.simplefilter("always", Notice)
        warnings.showwarning = _say_warning  # type: ignore[assignment]
        try:
            return super().invoke(ctx)
        except NmgeoError as error:
            remark(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:  # the reader of the pipe has left, as head does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None


def form_of(form: Format | None, *, as_json: bool) -> Format:
    """Return the format that is asked for: a table on a terminal, CSV into a pipe."""
    if as_json:
        return "json"
    return form or ("table" if sys.stdout.isatty() else "csv")


def show(
    command: str,
    rows: "pd.DataFrame",
    form: Format | None,
    lang: Lang,
    *,
    as_json: bool,
    total: dict[str, float] | None = None,
) -> None:
    """Print the answer of a verb, and under CSV the land in words on stderr."""
    from nmgeo.tables import render  # noqa: PLC0415 - pandas and rich only once there are rows

    width = shutil.get_terminal_size().columns
    form = form_of(form, as_json=as_json)
    put(render(command, rows, form, lang=lang, width=width, total=total))
    if total is not None and form == "csv":
        remark(say("phrase", "land", lang).format(**total))


def put(text: str) -> None:
    """Print data: UTF-8 into a pipe, whatever the locale."""
    typer.echo(text if sys.stdout.isatty() else text.encode(), nl=False)


def remark(text: str) -> None:
    """Say a line on stderr."""
    typer.echo(f"nmgeo: {text}", err=True)


def remark_if(holds: object, text: str) -> None:
    """Say a line on stderr if it holds."""
    if holds:
        remark(text)


def remark_caveat(catalog: Catalog, name: str) -> None:
    """Say what the registry warns of in a layer."""
    if name in catalog.layers and name not in catalog.own_layers:
        remark_if(catalog.layers[name].caveat, f"{name}: {catalog.layers[name].caveat}")


def remark_written(*paths: Path) -> None:
    """Say which files were written."""
    for path in paths:
        remark(f"wrote {path}")


def _say_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    remark(
        f"note: {message}" if issubclass(category, Notice) else f"{category.__name__}: {message}"
    )
