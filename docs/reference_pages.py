"""Reference pages written from the program itself: commands, layers and tables, llms.txt."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import typer

import nmgeo as nm
from nmgeo.catalog import Catalog
from nmgeo.cli import app
from nmgeo.columns import all_columns, all_tables, find_column
from nmgeo.formats import FORMATS

DOCS: Final = Path(__file__).parent
_SUMMARY: Final = """\
> Measures and maps land sites in Hong Kong's Northern Metropolis, and sites of your own. A Python
> library (`import nmgeo as nm`) and a command line (`nmgeo`). Each command is a function of the
> same name.

Data go to stdout: a table on a terminal, CSV in a pipe, JSON with `--json`. Messages go to stderr.
The ending of a column name is its unit."""
_ABOUT_COLUMNS: Final = """\
What a column or a field means, and the answers that have it. The ending of a name is its unit. CSV,
JSON and Python use these names in every language. `{layer}` stands for the name of a layer."""
_ROOMS: Final = {
    "tutorials": "Tutorials",
    "how-to": "How-to",
    "explanation": "Explanation",
    "reference": "Reference",
}
_WRITTEN: Final = "<!-- Written by `make pages`. -->"
_NAMES_OF_TYPES: Final = {"str": "TEXT", "int": "NUMBER", "float": "NUMBER", "Path": "PATH"}


def reference_pages(catalog: Catalog) -> dict[Path, str]:
    """Return every page of docs/reference that is written from something else."""
    folder = DOCS / "reference"
    commands = sorted(typer.main.get_command(app).commands.items())  # type: ignore[attr-defined]
    return {
        **{folder / "commands" / f"{name}.md": command_page(name, c) for name, c in commands},
        folder / "commands" / "index.md": commands_index(dict(commands)),
        folder / "columns.md": columns_page(),
        folder / "formats.md": formats_page(),
        folder / "data.md": data_page(catalog),
    }


def command_page(name: str, command: Any) -> str:
    """Return the page of one command: what it does, its arguments and options, an example."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["nmgeo", name, "[OPTIONS]", *(_usage(a) for a in arguments)])
    parts = [
        f"# nmgeo {name}",
        _WRITTEN,
        " ".join(command.help.split()),
        f"```text\n{usage}\n```",
        *_parameter_table("Argument", arguments),
        *_parameter_table("Option", options),
        f"Example:\n\n```text\n{command.epilog.removeprefix('Example: ')}\n```",
    ]
    if name in dir(nm):
        parts.append(f"In Python: {{func}}`nmgeo.{name}`.")
    return "\n\n".join([*parts, *_columns_of(name)]) + "\n"


def _usage(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _parameter_table(heading: str, parameters: list[Any]) -> Iterator[str]:
    if parameters:
        rows = [f"| {_written(p)} | {_cell(_meaning(p))} |" for p in parameters]
        yield "\n".join([f"| {heading} | Meaning |", "| :-- | :-- |", *rows])


def _written(parameter: Any) -> str:
    """Return an option as it is typed, its short name first: ``-o``, ``--out PATH``."""
    value = "" if getattr(parameter, "is_flag", False) else _value(parameter)
    names = sorted(parameter.opts, key=len) if value != "argument" else []
    if parameter.param_type_name == "argument":
        return f"`{_cell(parameter.metavar or parameter.name.upper())}`"
    *short, long = names
    return ", ".join([*(f"`{s}`" for s in short), f"`{_cell(f'{long} {value}'.strip())}`"])


def _value(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    kind = parameter.type_descriptor.annotation
    if choices := get_args(kind):
        texts = [c for c in choices if isinstance(c, str)]
        if texts:
            return "|".join(texts)
        kind = choices[0]
    return _NAMES_OF_TYPES.get(getattr(kind, "__name__", ""), "VALUE")


def _meaning(parameter: Any) -> str:
    text = parameter.help or ""
    if getattr(parameter, "multiple", False):
        text += " May be given more than once."
    if parameter.default not in (None, False, ()):
        text += f" Default: `{parameter.default}`."
    if parameter.envvar:
        text += f" Environment variable: `{parameter.envvar}`."
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands_index(commands: Mapping[str, Any]) -> str:
    """Return the list of the commands, in panels where they have them."""
    panels: dict[str, list[str]] = {}
    for name, command in commands.items():
        panel = getattr(command, "rich_help_panel", None) or "Commands"
        panels.setdefault(str(panel), []).append(f"- [nmgeo {name}]({name}.md): {summary(command)}")
    listed = [f"## {panel}\n\n" + "\n".join(lines) for panel, lines in panels.items()]
    tree = "```{toctree}\n:hidden:\n\n" + "\n".join(commands) + "\n```"
    return "\n\n".join(["# Commands", _WRITTEN, *listed, tree]) + "\n"


def summary(command: Any) -> str:
    """Return what a command does in one sentence."""
    text = command.short_help or re.split(r"(?<=\.)\s", " ".join(command.help.split()))[0]
    return str(text).rstrip(".") + "."


def data_page(catalog: Catalog) -> str:
    """Return the page of the layers and tables that come with nmgeo, and their fields."""
    parts = [
        "# Layers and tables",
        _WRITTEN,
        (
            "nmgeo comes with these layers and tables. `nmgeo layers` lists them. "
            "[Columns](columns.md) explains the fields. Coordinates are WGS 84, longitude first."
        ),
        (
            "`geometry_status` says how an outline was made. *official*: from the authority. "
            "*digitised*: traced from a map. *indicative*: drawn from a description. "
            "*schematic*: a symbol of the right size near the right place. "
            "`accuracy_m` is the largest distance in metres between an edge or a point and its "
            "true position. Each entry below gives the least certain feature of the layer. "
            "No outline is a legal boundary."
        ),
        "## Layers",
    ]
    for name, layer in catalog.layers.items():
        parts += [
            f"### {name}",
            f"{layer.title_en} · {layer.title_tc}. {layer.caveat}",
            (
                f"- File: `{layer.path.name}`, {layer.geometry}, {layer.geometry_status}, "
                f"± {layer.accuracy_m:,g} m, as of {layer.as_of}\n"
                f"- Fields: {_fields(layer.columns)}\n"
                f"- Credit: {layer.credit}. Licence: {layer.licence}. [Source]({layer.source_url})"
            ),
        ]
    parts.append("## Tables")
    for name, table in catalog.tables.items():
        parts += [
            f"### {name}",
            f"{table.title_en} · {table.title_tc}.",
            (
                f"- File: `{table.path.name}`, as of {table.as_of}\n"
                f"- Fields: {_fields(table.columns)}\n"
                f"- Credit: {table.credit}. Licence: {table.licence}."
            ),
        ]
    return "\n\n".join(parts) + "\n"


def _fields(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def columns_page() -> str:
    """Return the glossary of columns: name, unit, heading and meaning, and the commands with it."""
    used: dict[str, list[str]] = {}
    for table in all_tables().values():
        for column in table.columns:
            used.setdefault(column, []).append(table.name)
    rows = [
        " | ".join([f"| `{name}`", c.unit or c.type, _cell(c.help["en"]), _names(used, name)])
        for name, c in sorted(all_columns().items())
    ]
    head = ["# Columns", "", _WRITTEN, "", _ABOUT_COLUMNS, ""]
    table = ["| Column | Unit or type | Meaning | In |", "| :-- | :-- | :-- | :-- |", *rows]
    return "\n".join([*head, *table, ""])


def _names(used: Mapping[str, list[str]], column: str) -> str:
    return ", ".join(used.get(column, [])) + " |"


def _columns_of(name: str) -> Iterator[str]:
    """List the columns that a command returns."""
    if table := all_tables().get(name):
        told = [(column, find_column(column)) for column in table.columns]
        rows = [f"| `{n}` | {_cell(c.help['en'])} |" for n, c in told if c is not None]
        yield "\n".join(["## Columns", "", "| Column | Meaning |", "| :-- | :-- |", *rows])


def formats_page() -> str:
    """Return the page of formats with the table of those that are written."""
    rows = [
        f"| {', '.join(f'`{s}`' for s in f.suffixes)} | {f.title} | {_yes(f.geometry)} "
        f"| {_yes(f.streaming)} | {_yes(not f.to_path)} |"
        for f in FORMATS
    ]
    head = "| Extension | Format | Geometry | Batch by batch | To stdout |"
    table = "\n".join([head, "| :-- | :-- | :-- | :-- | :-- |", *rows])
    page = (DOCS / "reference" / "formats.md").read_text(encoding="utf-8")
    marks = "<!-- written by make pages -->", "<!-- end -->"
    before, after = page.split(marks[0])[0], page.split(marks[1])[1]
    return f"{before}{marks[0]}\n\n{table}\n\n{marks[1]}{after}"


def _yes(holds: bool) -> str:  # noqa: FBT001 - the one thing that it is about
    return "yes" if holds else ""


def llms_txt() -> str:
    """Return llms.txt: the pages and the commands in short, for machine readers."""
    parts = ["# nmgeo", _SUMMARY]
    for room, title in _ROOMS.items():
        pages = [DOCS / room / "index.md", *sorted((DOCS / room).rglob("*.md"))]
        lines = [_listed(page) for page in dict.fromkeys(pages) if page.parent.name != "commands"]
        parts.append(f"## {title}\n\n" + "\n".join(lines))
    names = sorted(typer.main.get_command(app).commands.items())  # type: ignore[attr-defined]
    lines = [
        f"- [nmgeo {name}](docs/reference/commands/{name}.md): {summary(command)} "
        f"{command.epilog.replace('Example: ', 'Example: `')}`"
        for name, command in names
    ]
    parts.append("## Commands\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _listed(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    return f"- [{title[1] if title else page.stem}]({page.relative_to(DOCS.parent).as_posix()})"
