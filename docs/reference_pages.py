"""Reference pages and llms.txt, written from ``nm.schema()`` and the registry of geodata."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import nmgeo as nm
from nmgeo.catalog import Catalog
from nmgeo.outputs.report import COLUMNS
from nmgeo.sources import gdal
from nmgeo.sources.coordinate_headings import AXES
from nmgeo.sources.own_layer import LARGEST
from nmgeo.sources.plain_table import TABLE
from nmgeo.sources.size_limits import BOMB, LINE, RATIO, SIDE
from nmgeo.sources.text_encoding import ENCODINGS
from nmgeo.stamps import KEY

_JSON_TYPES: Final = {  # of a column of the report, by its type; what is missing is null
    "number": ["number", "null"],
    "value": ["string", "number", "boolean", "null"],
    **{key: ["string", "null"] for key in ("text", "date", "url", "id")},
}
DOCS: Final = Path(__file__).parent
_WRITTEN: Final = "<!-- Written by `make pages`. -->"
_MARKS: Final = "<!-- written by make pages -->", "<!-- end -->"
_VALUES: Final = {"text": "TEXT", "integer": "NUMBER", "number": "NUMBER", "path": "PATH"}
_ROOMS: Final = {
    "tutorials": "Tutorials",
    "how-to": "How-to",
    "explanation": "Explanation",
    "reference": "Reference",
}
_SUMMARY: Final = """\
> Measures and maps land sites in Hong Kong's Northern Metropolis, and sites of your own. A Python
> library (`import nmgeo as nm`) and a command line (`nmgeo`). Each command is a function of the
> same name.

Data go to stdout: a table on a terminal, CSV in a pipe, JSON with `--json`. Messages go to stderr.
The ending of a column name is its unit. `nmgeo schema` describes commands, columns, formats, exit
codes and data as JSON."""
_READ: Final = {  # a note on a driver of GDAL
    "CSV": "`.csv`, `.tsv`, `.txt`; coordinates by the headings below, or WKT",
    "DXF": "closed polylines and hatches are areas",
    "ESRI Shapefile": "encoding from `.cpg`, else recognised; also in a zip, in any folder of it",
    "ESRIJSON": "`wkid` 102140 is Hong Kong 1980 Grid",
    "GeoJSON": "also a bare list of features, and a script `var x = {...}`",
    "GeoJSONSeq": "lines or text sequences",
    "GPX": "the one layer that holds features",
    "KML": "",
    "LIBKML": "`.kmz` too",
    "ODS": "coordinates by the headings below, or WKT",
    "XLSX": "coordinates by the headings below, or WKT",
}
_ABOUT_COLUMNS: Final = """\
What a column or a field means, and the commands whose answer has it. The ending of a name is its
unit. CSV, JSON and Python use these names in every language. `{layer}` stands for the name of a
layer."""
_ABOUT_DATA: Final = """\
nmgeo comes with these layers and tables. `nmgeo layers` lists them. [Columns](columns.md) explains
the fields. Coordinates are WGS 84, longitude first.

`geometry_status` says how an outline was made. *official*: from the authority. *digitised*: traced
from a map. *indicative*: drawn from a description. *schematic*: a symbol of the right size near the
right place. `accuracy_m` is the largest distance in metres between an edge or a point and its true
position. Each entry below gives the least certain feature of the layer. No outline is a legal
boundary."""


def reference_pages(catalog: Catalog) -> dict[Path, str]:
    """Return every page of docs/reference that is written from something else."""
    schema, folder = nm.schema(), DOCS / "reference"
    return {
        **{
            folder / "commands" / f"{command['name']}.md": command_page(command, schema["columns"])
            for command in schema["commands"]
        },
        folder / "commands" / "index.md": commands_index(schema["commands"]),
        folder / "columns.md": columns_page(schema),
        folder / "formats.md": _filled(
            folder / "formats.md",
            read_table(),
            headings_table(),
            limits_table(),
            formats_table(schema["formats"]),
        ),
        folder / "exit-codes.md": _filled(
            folder / "exit-codes.md", exit_codes_table(schema["exit_codes"])
        ),
        folder / "data.md": data_page(catalog),
        folder / "report.schema.json": report_schema(schema["columns"]),
    }


def report_schema(columns: Mapping[str, Any]) -> str:
    """Return the JSON Schema of ``nmgeo report --format json``."""
    rows = {
        name: {
            "type": _JSON_TYPES[columns[name]["type"]],
            "description": columns[name]["help"]["en"],
        }
        for name in COLUMNS
    }
    row = {"type": "object", "properties": rows, "required": list(rows)}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nmgeo report",
        "type": "object",
        "properties": {
            "schema": {"const": "nmgeo.report/1"},
            "rows": {"type": "array", "items": row | {"additionalProperties": False}},
            KEY: {"type": "object", "description": "In a file: how it was made, and from what."},
        },
        "required": ["schema", "rows"],
        "additionalProperties": False,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def command_page(command: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    """Return the page of one command: arguments, options, an example, and its columns."""
    name = command["name"]
    usage = " ".join(["nmgeo", name, "[OPTIONS]", *(_usage(a) for a in command["arguments"])])
    told = [(c, _cell(columns[c]["help"]["en"])) for c in command["columns"] if c in columns]
    parts = [
        f"# nmgeo {name}",
        _WRITTEN,
        command["help"],
        f"```text\n{usage}\n```",
        *_parameters("Argument", command["arguments"]),
        *_parameters("Option", command["options"]),
        f"Example:\n\n```text\n{command['example']}\n```",
        f"In Python: {{func}}`nmgeo.{name}`.",
    ]
    if told:
        parts.append("## Columns")
        parts.append(_table(("Column", "Meaning"), [(f"`{c}`", meaning) for c, meaning in told]))
    return "\n\n".join(parts) + "\n"


def _usage(argument: Mapping[str, Any]) -> str:
    name = argument["metavar"] or argument["name"].upper()
    return str(name) if argument["required"] else f"[{name}]"


def _parameters(heading: str, parameters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if parameters:
        yield _table((heading, "Meaning"), [(_typed(p), _meaning(p)) for p in parameters])


def _typed(parameter: Mapping[str, Any]) -> str:
    """Return a parameter as it is typed, its short name first: ``-o``, ``--out PATH``."""
    value = parameter["metavar"] or "|".join(parameter["choices"])
    value = value or _VALUES.get(parameter["type"], "")
    if not parameter["flags"]:
        return f"`{_cell(value or parameter['name'].upper())}`"
    *short, long = sorted(parameter["flags"], key=len)
    return ", ".join([*(f"`{s}`" for s in short), f"`{_cell(f'{long} {value}'.strip())}`"])


def _meaning(parameter: Mapping[str, Any]) -> str:
    text = _cell(parameter["help"] or "")
    if parameter["repeatable"] and "may be repeated" not in text:
        text += " May be given more than once."
    if parameter["default"] not in (None, False, []):
        text += f" Default: `{parameter['default']}`."
    if parameter["environment"]:
        text += f" Environment variable: `{parameter['environment']}`."
    return text


def commands_index(commands: Sequence[Mapping[str, Any]]) -> str:
    """Return the list of the commands, group by group."""
    groups: dict[str, list[str]] = {}
    for command in commands:
        name = command["name"]
        line = f"- [nmgeo {name}]({name}.md): {command['summary']}"
        groups.setdefault(command["group"], []).append(line)
    listed = [f"## {group}\n\n" + "\n".join(lines) for group, lines in groups.items()]
    names = "\n".join(command["name"] for command in commands)
    tree = "```{toctree}\n:hidden:\n\n" + names + "\n```"
    return "\n\n".join(["# Commands", _WRITTEN, *listed, tree]) + "\n"


def columns_page(schema: Mapping[str, Any]) -> str:
    """Return the glossary of columns: unit, meaning, and the commands whose answer has it."""
    used: dict[str, list[str]] = {}
    for command in schema["commands"]:
        for column in command["columns"]:
            used.setdefault(column, []).append(command["name"])
    rows = [
        (f"`{name}`", c["unit"] or c["type"], _cell(c["help"]["en"]), ", ".join(used.get(name, ())))
        for name, c in sorted(schema["columns"].items())
    ]
    table = _table(("Column", "Unit or type", "Meaning", "Commands"), rows)
    return f"# Columns\n\n{_WRITTEN}\n\n{_ABOUT_COLUMNS}\n\n{table}" + "\n"


def read_table() -> str:
    """Return the table of the formats that are read: the drivers that GDAL may use, and our own."""
    told = [(name, _READ.get(name, "")) for name in gdal.DRIVERS]
    return _table(("Format", "Note"), [("GeoParquet", "read without GDAL"), *told])


def headings_table() -> str:
    """Return the table of the headings by which a column of coordinates is known."""
    rows = [(axis, ", ".join(f"`{word}`" for word in words)) for axis, words in AXES.items()]
    return _table(("Column", "Headings"), rows)


def limits_table() -> str:
    """Return the table of the encodings that are recognised and of the limits of size."""
    known = ", ".join(dict.fromkeys(ENCODINGS.values()))
    rows = [
        ("Encodings recognised without a declaration", known, ""),
        ("Largest file that is measured as a whole", f"{LARGEST / 1e9:g} GB", "yes"),
        ("Largest file that is unpacked whatever its ratio", f"{BOMB / 1e6:g} MB", "yes"),
        ("Largest ratio of unpacked to packed size above that", f"{RATIO:g}", "yes"),
        ("Largest text file beside the data, such as .prj", f"{SIDE / 1e6:g} MB", "yes"),
        ("Longest line of CSV", f"{LINE / 1e6:g} MB", "yes"),
        ("Largest table of `join`, `check` and `audit --claims`", f"{TABLE / 1e6:g} MB", "yes"),
        ("Longest value of GeoJSON", "10,000,000 characters", "no"),
        ("Memory for one feature of GeoJSON", "200 MB", "no"),
    ]
    return _table(("What", "Limit", "Raised by `--max-size`"), rows)


def formats_table(formats: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of the formats that are written."""
    heads = ("Extension", "Format", "Geometry", "Batch by batch", "To stdout")
    rows = [
        (
            ", ".join(f"`{suffix}`" for suffix in one["suffixes"]),
            one["title"],
            *("yes" if one[member] else "no" for member in ("geometry", "streaming", "stdout")),
        )
        for one in formats
    ]
    return _table(heads, rows)


def exit_codes_table(codes: Mapping[str, str]) -> str:
    """Return the table of the exit codes."""
    bug = {"1": "a fault in nmgeo: please report the traceback"}
    return _table(("Code", "Meaning"), sorted({**bug, **codes}.items()))


def data_page(catalog: Catalog) -> str:
    """Return the page of the layers and tables that come with nmgeo, and their fields."""
    parts = ["# Layers and tables", _WRITTEN, _ABOUT_DATA, "## Layers"]
    for name, layer in catalog.layers.items():
        lines = [
            (
                f"File: `{layer.path.name}`, {layer.geometry}, {layer.geometry_status}, "
                f"± {layer.accuracy_m:,g} m, as of {layer.as_of}"
            ),
            f"Fields: {_fields(layer.columns)}",
            f"Credit: {layer.credit}. Licence: {layer.licence}. [Source]({layer.source_url})",
        ]
        parts += [f"### {name}", f"{layer.title_en} · {layer.title_tc}. {layer.caveat}"]
        parts.append("\n".join(f"- {line}" for line in lines))
    parts.append("## Tables")
    for name, table in catalog.tables.items():
        lines = [
            f"File: `{table.path.name}`, as of {table.as_of}",
            f"Fields: {_fields(table.columns)}",
            f"Credit: {table.credit}. Licence: {table.licence}.",
        ]
        parts += [f"### {name}", f"{table.title_en} · {table.title_tc}."]
        parts.append("\n".join(f"- {line}" for line in lines))
    return "\n\n".join(parts) + "\n"


def llms_txt() -> str:
    """Return llms.txt: the pages and the commands in short, for machine readers."""
    parts = ["# nmgeo", _SUMMARY]
    for room, title in _ROOMS.items():
        pages = [DOCS / room / "index.md", *sorted((DOCS / room).rglob("*.md"))]
        lines = [_listed(page) for page in dict.fromkeys(pages) if page.parent.name != "commands"]
        parts.append(f"## {title}\n\n" + "\n".join(lines))
    lines = [
        f"- [nmgeo {c['name']}](docs/reference/commands/{c['name']}.md): {c['summary']} "
        f"Example: `{c['example']}`"
        for c in nm.schema()["commands"]
    ]
    parts.append("## Commands\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _listed(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    return f"- [{title[1] if title else page.stem}]({page.relative_to(DOCS.parent).as_posix()})"


def _filled(page: Path, *tables: str) -> str:
    """Return a page with a table between each pair of its marks."""
    text = page.read_text(encoding="utf-8")
    parts = re.split(f"(?s){_MARKS[0]}.*?{_MARKS[1]}", text)
    blocks = [f"{_MARKS[0]}\n\n{table}\n\n{_MARKS[1]}" for table in tables]
    return "".join(part for pair in zip(parts, [*blocks, ""], strict=True) for part in pair)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, [":--"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fields(columns: Sequence[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
