"""The command line itself: its name, its version and its exit codes."""

from typing import Annotated

import typer

import nmgeo as nm
from nmgeo.cli import console

app = typer.Typer(
    cls=console.Group,
    name="nmgeo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Map and measure land sites in Hong Kong's Northern Metropolis.

    Data go to stdout, words to stderr. Exit codes: 0 done, 2 wrong usage, 3 a check failed,
    4 input rejected, 5 source or cluster not reached, 6 output not written.
    """
    if version:
        console.put(f"nmgeo {nm.__version__}\n")
        raise typer.Exit
