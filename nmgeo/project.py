"""Project files: an ``nmgeo.toml`` that names sites, layers and defaults once for every command.

The list of fields stands once, in :data:`SECTIONS`. The check of a file, the file that ``nmgeo
init`` writes and the JSON schema for editors are made of it.

This module is longer than 300 lines because the check, the file with comments and the schema all
follow from one list of fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tomli

from nmgeo.catalog import Catalog, OwnFile, open_catalog
from nmgeo.errors import LayerError, NmgeoError, first_line
from nmgeo.files import PROJECT, write_text
from nmgeo.languages import LANGS, Lang
from nmgeo.messages import Text, option, text
from nmgeo.regular_file import require_regular_file, unopened_as_error
from nmgeo.translations import did_you_mean, translate_message
from nmgeo.units import LENGTH_PATTERN, accuracy_m, metres

_LARGEST: Final = 1_000_000  # bytes
_LONGEST: Final = 4_000  # characters of a line: the time of a key grows with the square of its dots
_CORRECT: Final = text("correct the line; {command} lists the fields", command="nmgeo init")


@dataclass(frozen=True)
class Field:
    """A field of a project file.

    ``kind`` is ``text``, ``file``, ``folder``, ``crs``, ``length``, ``lengths`` or ``language``.
    """

    name: str
    kind: str
    help: Text
    example: str  # as TOML


_GENERAL: Final = (
    Field("lang", "language", text("Language of tables, messages and maps: en, tc or sc"), '"tc"'),
    Field("rings", "lengths", text("Distances of rings"), '["500m", "1km"]'),
    Field("outputs", "folder", text("Folder that atlas and map write to"), '"maps"'),
)
_FILE: Final = (
    Field("file", "file", text("File, from the folder of this one"), '"lots.gpkg"'),
    Field("key", "text", text("Column with the ids"), '"lot_no"'),
    Field("name", "text", text("Column with the names"), '"title"'),
    Field("crs", "crs", text("CRS of the coordinates, whatever the file states"), '"EPSG:2326"'),
    Field("encoding", "text", text("Encoding of the text"), '"big5-hkscs"'),
    Field("accuracy", "accuracy", text("Accuracy of the edges, if the file states none"), '"5m"'),
    Field("licence", "text", text("Licence of the data"), '"CC-BY-4.0"'),
    Field("credit", "text", text("Whom maps and reports credit"), '"Our Survey Office"'),
)
SECTIONS: Final[Mapping[str, tuple[Text, tuple[Field, ...]]]] = {
    "": (text("Options on the command line take precedence over this file"), _GENERAL),
    "sites": (text("Your sites, in place of the shipped ones"), _FILE),
    "layers.NAME": (text("A layer of yours, under a name of your choice"), _FILE),
}
_Path = tuple[str, ...]  # of tables and a field


@dataclass(frozen=True)
class Project:
    """What a project file says.

    Parameters
    ----------
    path : Path
        The file.
    files : dict of str to OwnFile
        By name, ``sites`` among them if it names any.
    rings : tuple of str
        Distances of rings; empty if it names none.
    lang : {"en", "tc", "sc"}, optional
    outputs : Path, optional
        Folder to write to.
    """

    path: Path
    files: dict[str, OwnFile] = field(default_factory=dict)
    rings: tuple[str, ...] = ()
    lang: Lang | None = None
    outputs: Path | None = None

    @property
    def catalog(self) -> Catalog:
        """The shipped data with the sites and layers of the project."""
        layers = {name: file for name, file in self.files.items() if name != "sites"}
        return open_catalog(sites=self.files.get("sites"), layers=layers)


def open_project(path: Path | str = PROJECT, *, trusted: bool = True) -> Project:
    """Read a project file.

    Parameters
    ----------
    path : path
        A TOML file, as ``nmgeo init`` writes it.
    trusted : bool
        Whether it may name files outside its folder. The command line trusts a file that the user
        names, and not one that lies in the working directory.

    Returns
    -------
    Project
        Its ``catalog`` is for every function: ``nm.area(nm.open_project().catalog)``.

    Raises
    ------
    LayerError
        With the line of what cannot be read.
    """
    where = Path(path)
    source = _text_of(where)
    for number, line in enumerate(source.splitlines(), start=1):
        if len(line) > _LONGEST:
            wrong = text("line {line} has more than {most} characters", line=number, most=_LONGEST)
            raise LayerError(str(where), wrong, _CORRECT)
    try:
        told = tomli.loads(source)
    except (ValueError, RecursionError) as error:
        wrong = text("cannot be read ({why})", why=first_line(error))
        raise LayerError(str(where), wrong, _CORRECT) from None
    return _Reader(where, _lines(source), trusted).read(told)


def _text_of(path: Path) -> str:
    require_regular_file(path, str(path), may_be_empty=True)
    with unopened_as_error(str(path)), path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        wrong = text("larger than {size} MB", size=_LARGEST // 1_000_000)
        raise LayerError(str(path), wrong, text("name a project file"))
    try:
        return raw.decode("utf-8-sig")  # editors on Windows put a mark before it
    except UnicodeDecodeError:
        raise LayerError(str(path), text("is not UTF-8"), text("save it as UTF-8")) from None


_TABLE: Final = re.compile(r"\s*\[([^\[\]]+)\]")
_ENTRY: Final = re.compile(r"""([\w.'"-][\w.'" -]*)=""")


def _lines(source: str) -> dict[_Path, int]:
    """Return the line of each table and field, as far as it begins one."""
    found: dict[_Path, int] = {}
    table: _Path = ()
    for number, line in enumerate(source.splitlines(), start=1):
        if head := _TABLE.match(line):
            table = _parts(head[1])
            found.setdefault(table, number)
        elif entry := _ENTRY.match(line.lstrip()):
            found.setdefault((*table, *_parts(entry[1])), number)
    return found


def _parts(written: str) -> _Path:
    return tuple(part.strip().strip("\"'") for part in written.split("."))


@dataclass(frozen=True)
class _Reader:
    """Reads one file."""

    path: Path
    lines: Mapping[_Path, int]
    trusted: bool

    def read(self, told: Mapping[str, Any]) -> Project:
        general = {n: v for n, v in told.items() if n not in ("sites", "layers")}
        said = self._fields(general, _GENERAL, (), ("sites", "layers"))
        files = {"sites": self._file(told["sites"], ("sites",))} if "sites" in told else {}
        for name, entry in self._table(told.get("layers", {}), ("layers",)).items():
            if not name.strip() or name == "sites":
                raise self._wrong(("layers", name), text("is no name of a layer"))
            files[name] = self._file(entry, ("layers", name))
        return Project(self.path, files, **said)

    def _file(self, entry: Any, at: _Path) -> OwnFile:
        said = self._fields(self._table(entry, at), _FILE, at)
        if "file" not in said:
            raise self._wrong(at, text("names no {name}", name="file"))
        out = said.pop("accuracy", None)
        written = {name: self._place((*at, name)) for name in said}
        return OwnFile(path=said.pop("file"), accuracy_m=out, written=written, **said)

    def _table(self, value: Any, at: _Path) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        raise self._wrong(at, text("is no table, written as {example}", example="[sites]"))

    def _fields(
        self, told: Mapping[str, Any], fields: tuple[Field, ...], at: _Path, tables: _Path = ()
    ) -> dict[str, Any]:
        """Check fields, and return what they say."""
        kinds = {one.name: one for one in fields}
        found = {}
        for name, value in told.items():
            if name not in kinds:
                guess = did_you_mean(name, [*kinds, *tables])
                raise self._wrong((*at, name), text("is no field{guess}", guess=guess))
            found[name] = self._value(value, kinds[name], (*at, name))
        return found

    def _value(self, value: Any, known: Field, at: _Path) -> Any:
        try:
            return _READ[known.kind](self, value)
        except NmgeoError as error:
            raise self._wrong(at, getattr(error, "wrong", str(error))) from None
        except (TypeError, ValueError):
            wrong = text("is not as in {example}", example=f"{known.name} = {known.example}")
            raise self._wrong(at, wrong) from None

    def _wrong(self, at: _Path, wrong: str) -> LayerError:
        """Return the error of a field or table, with its line."""
        return LayerError(self._place(at), wrong, _CORRECT)

    def _place(self, at: _Path) -> Text:
        """Say where a field or table stands."""
        file, name = str(self.path), ".".join(at)
        known = [at[:end] for end in range(len(at), 0, -1) if at[:end] in self.lines]
        if not known:
            return text("{file}: {field}", file=file, field=name)
        line = self.lines[known[0]]
        return text("{file}, line {line}: {field}", file=file, line=line, field=name)

    def find_place(self, written: str) -> Path:
        """Return the path of a file that is named from the folder of the project."""
        root = self.path.absolute().parent
        place = root / written
        with suppress(OSError, RuntimeError):  # links in a circle lead nowhere
            if self.trusted or place.resolve().is_relative_to(root.resolve()):
                return place
        project = option("project", self.path.name)
        wrong = text("lies outside the folder of the project; {project} allows it", project=project)
        raise LayerError(written, wrong, _CORRECT)


def _text(_: _Reader, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError
    return value


def _file(reader: _Reader, value: Any) -> str:
    name, sign, layer = _text(reader, value).partition("#")
    return f"{reader.find_place(name)}{sign}{layer}"


def _crs(reader: _Reader, value: Any) -> str:
    from nmgeo.crs import read_system  # noqa: PLC0415 - pyproj only where a CRS is named

    read_system(_text(reader, value))
    return str(value)


def _lengths(reader: _Reader, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise TypeError
    for one in value:
        metres(_text(reader, one))
    return tuple(value)


def _language(_: _Reader, value: Any) -> str:
    if value not in LANGS:
        raise ValueError
    return str(value)


_READ: Final[Mapping[str, Callable[[_Reader, Any], Any]]] = {
    "text": _text,
    "file": _file,
    "folder": lambda reader, value: reader.find_place(_text(reader, value)),
    "crs": _crs,
    "accuracy": lambda reader, value: accuracy_m(_text(reader, value)),
    "lengths": _lengths,
    "language": _language,
}


def init(out: Path | str = PROJECT, *, lang: Lang = "en") -> Path:
    """Write a project file in which every field stands as a comment.

    Parameters
    ----------
    out : path
        Where to; a file that is there already is left alone.
    lang : {"en", "tc", "sc"}
        Language of the comments.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    ExportError
        If the file is there already, or cannot be written.
    """
    return write_text(Path(out), project_template(lang))


def project_template(lang: Lang) -> str:
    """Return a project file in which every field stands as a comment.

    Parameters
    ----------
    lang : {"en", "tc", "sc"}
        Language of the comments.

    Returns
    -------
    str
        TOML.

    Examples
    --------
    >>> project_template("en").splitlines()[2:4]
    ['# Language of tables, messages and maps: en, tc or sc', '#lang = "tc"']
    """
    return "\n".join(_template_lines(lang))


def _template_lines(lang: Lang) -> Iterator[str]:
    for section, (about, fields) in SECTIONS.items():
        yield f"# {translate_message(about, lang)}"
        yield f"#[{section.replace('NAME', 'zones')}]" if section else ""
        for one in fields:
            yield f"# {translate_message(one.help, lang)}"
            yield f"#{one.name} = {one.example}"
        yield ""


def project_schema() -> dict[str, Any]:
    """Describe project files for editors, which complete and check them by it.

    Returns
    -------
    dict
        A JSON schema.
    """
    general, file = (_properties(fields) for fields in (_GENERAL, _FILE))
    table = {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": file,
    }
    sites, layer = (table | {"description": str(SECTIONS[name][0])} for name in list(SECTIONS)[1:])
    names = {"pattern": r"\S", "not": {"const": "sites"}}
    layers = {"type": "object", "propertyNames": names, "additionalProperties": layer}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": PROJECT,
        "type": "object",
        "additionalProperties": False,
        "properties": {**general, "sites": sites, "layers": layers},
    }


def _properties(fields: tuple[Field, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "string", "pattern": r"\S"}
    length: dict[str, Any] = {"type": "string", "pattern": LENGTH_PATTERN}
    kinds: dict[str, dict[str, Any]] = {
        "language": {"enum": list(LANGS)},
        "length": length,
        "accuracy": length,
        "lengths": {"type": "array", "minItems": 1, "items": length},
    }
    return {
        one.name: {
            **kinds.get(one.kind, plain),
            "description": str(one.help),
            "examples": [tomli.loads(f"x = {one.example}")["x"]],
        }
        for one in fields
    }
