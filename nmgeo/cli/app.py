"""The command line: its name, its groups of commands, and its exit codes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

import nmgeo as nm
from nmgeo.cli import console
from nmgeo.cli.project_file import use_project
from nmgeo.errors import EXIT_CODES
from nmgeo.files import PROJECT

if TYPE_CHECKING:
    from nmgeo.project import Project

MEASURE: Final = "Measure"
KNOW: Final = "Know"
CHECK: Final = "Check"
WRITE: Final = "Write"
_RINGED: Final = ("rings", "report", "map", "export", "pack", "print", "atlas")  # have --at

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
    ctx: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(
            help=f"Project file, e.g. survey/{PROJECT}. Default: {PROJECT} in this folder.",
            metavar="FILE",
            envvar="NMGEO_PROJECT",
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version if it is asked for, and read the project file if there is one."""
    if version:
        console.print_data(f"nmgeo {nm.__version__}\n")
        raise typer.Exit
    if (found := use_project(project)) is not None:
        ctx.default_map = _defaults(found, ctx)


def _defaults(project: "Project", ctx: typer.Context) -> dict[str, Any]:
    """Return the defaults of the options of each command that a project file sets."""
    commands: Any = ctx.command
    lang: dict[str, Any] = {} if project.lang is None else {"lang": project.lang}
    if project.lang is not None:
        console.use_language(project.lang)
    rings = {"at": list(project.rings)} if project.rings else {}
    found = {
        name: lang | (rings if name in _RINGED else {}) for name in commands.list_commands(ctx)
    }
    if project.outputs is not None:
        found["atlas"] = found["atlas"] | {"out": str(project.outputs)}
        found["map"] = found["map"] | {"out": str(project.outputs / "map.html")}
    return found
