"""The schema: commands, columns, formats, exit codes and geodata fields, for machine readers."""

import re
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from typer.main import get_command

import nmgeo as nm
from nmgeo.catalog import Catalog, Layer, Table, open_catalog
from nmgeo.columns import Column, all_columns, all_tables
from nmgeo.errors import EXIT_CODES
from nmgeo.formats import FORMATS, Format
from nmgeo.languages import LANGUAGES
from nmgeo.translations import section_words

_MEMBERS: Final = {
    "schema": "Name and version of this document's structure.",
    "nmgeo": "Version of nmgeo that wrote it.",
    "members": "What each member of this document holds.",
    "commands": (
        "Commands in the order of the help: group, arguments and options, the columns that the "
        "command can return, and those that a table shows."
    ),
    "columns": (
        "Every column of an answer and every field of the geodata: type, unit, decimals, the "
        "columns of its accuracy, heading and meaning in each language, and the section of "
        "'words' in which its values are translated."
    ),
    "formats": "Formats that nmgeo writes.",
    "exit_codes": "Exit codes of the command line.",
    "languages": "Languages of tables, messages and the map.",
    "geodata": "Layers and tables of the geodata folder, with their fields.",
    "words": "Values of columns in each language, section by section.",
}
_TYPES: Final = {str: "text", int: "integer", float: "number", bool: "flag", Path: "path"}
_EXAMPLE: Final = re.compile(r"e\.g\. (\S+?)[;:,.)]*(?=\s|$)")


def schema(catalog: Catalog | None = None) -> dict[str, Any]:
    """Describe commands, columns, formats, exit codes and geodata fields for machine readers.

    Parameters
    ----------
    catalog : Catalog, optional
        Geodata whose fields are described; from :func:`nmgeo.open_catalog`. Default: the shipped.

    Returns
    -------
    dict
        A document that JSON can hold. Its ``schema`` is ``nmgeo.schema/1`` and its ``members``
        say what each member holds.

    Raises
    ------
    LayerError
        If the registry of the geodata is missing or damaged.

    Examples
    --------
    >>> import nmgeo as nm
    >>> nm.schema()["columns"]["area_ha"]["unit"]
    'ha'
    """
    sections = sorted({section for column in all_columns().values() for section in column.words})
    document = {
        "schema": "nmgeo.schema/1",
        "nmgeo": nm.__version__,
        "members": _MEMBERS,
        "commands": _commands(),
        "columns": {name: _column(column) for name, column in all_columns().items()},
        "formats": [_format(form) for form in FORMATS],
        "exit_codes": {str(code): meaning for code, meaning in EXIT_CODES.items()},
        "languages": [vars(language) for language in LANGUAGES],
        "geodata": _geodata(catalog or open_catalog()),
        "words": {section: section_words(section) for section in sections},
    }
    return {name: document[name] for name in _MEMBERS}


def _commands() -> list[dict[str, Any]]:
    from nmgeo.cli import app  # noqa: PLC0415 - the commands import this module

    group: Any = get_command(app)
    return [_command(name, command) for name, command in group.commands.items()]


def _command(name: str, command: Any) -> dict[str, Any]:
    tables = [table for table in all_tables().values() if (table.of or table.name) == name]
    given = [parameter for parameter in command.params if parameter.name != "help"]
    return {
        "name": name,
        "group": command.rich_help_panel,
        "summary": command.short_help,
        "help": command.help,
        "example": command.epilog.removeprefix("Example: "),
        "arguments": [_parameter(p) for p in given if p.param_type_name == "argument"],
        "options": [_parameter(p) for p in given if p.param_type_name == "option"],
        "columns": list(dict.fromkeys(column for table in tables for column in table.columns)),
        "shown": [column for table in tables if table.of is None for column in table.shown],
    }


def _parameter(parameter: Any) -> dict[str, Any]:
    """Describe an argument or option: its names, type, default, help and an example value."""
    annotation = parameter.type_descriptor.annotation
    listed = get_origin(annotation) is list
    inner = get_args(annotation)[0] if listed else annotation
    choices = list(get_args(inner)) if get_origin(inner) is Literal else []
    example = _EXAMPLE.search(parameter.help or "")
    default = parameter.default
    return {
        "name": parameter.name,
        "flags": [opt for opt in parameter.opts if opt.startswith("-")],
        "metavar": parameter.metavar,
        "type": "choice" if choices else _TYPES.get(inner, "text"),
        "choices": choices,
        "required": bool(parameter.required),
        "repeatable": bool(getattr(parameter, "multiple", False)) or parameter.nargs == -1,
        "default": str(default) if isinstance(default, Path) else default,
        "environment": parameter.envvar,
        "help": parameter.help,
        "example": example[1] if example else None,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "type": column.type,
        "unit": column.unit,
        "decimals": column.decimals,
        "accuracy": list(column.accuracy),
        "rounds": column.rounds,
        "joins": list(column.of),
        "words": list(column.words),
        "heading": dict(column.heading),
        "help": dict(column.help),
    }


def _format(form: Format) -> dict[str, Any]:
    return {
        "name": form.name,
        "title": form.title,
        "suffixes": list(form.suffixes),
        "binary": form.binary,
        "geometry": form.geometry,
        "plain": form.plain,
        "streaming": form.streaming,
        "stdout": not form.to_path,
    }


def _geodata(catalog: Catalog) -> dict[str, Any]:
    return {
        "layers": {name: _file(layer) for name, layer in catalog.layers.items()},
        "tables": {name: _file(table) for name, table in catalog.tables.items()},
    }


def _file(record: Table) -> dict[str, Any]:
    """Describe a file of the geodata; the key and the fields are columns of the schema."""
    return {
        "file": record.path.name,
        "title": {lang.code: record.title(lang.code) for lang in LANGUAGES},
        "key": record.key.split(),
        "fields": list(record.columns),
        "geometry": record.geometry if isinstance(record, Layer) else None,
        "crs": record.crs if isinstance(record, Layer) else None,
        "licence": record.licence,
        "credit": record.credit,
        "as_of": record.as_of,
    }
