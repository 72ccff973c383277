"""The command line: its name, its groups of commands, and its exit codes."""

from typing import Annotated, Final

import typer

import nmgeo as nm
from nmgeo.cli import console
from nmgeo.errors import EXIT_CODES

MEASURE: Final = "Measure"
KNOW: Final = "Know"
CHECK: Final = "Check"
WRITE: Final = "Write"

app = typer.Typer(
    cls=console.Group,
    name="nmgeo",
    help=f"""Map and measure land sites in Hong Kong's Northern Metropolis.

    Tables go to stdout, messages to stderr. Exit codes:
    {", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())}.
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version if it is asked for."""
    if version:
        console.print_data(f"nmgeo {nm.__version__}\n")
        raise typer.Exit
