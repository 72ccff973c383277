"""Columns: what each column of a table means, its unit, its digits and its heading."""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar, get_args

import tomli

from nmgeo.languages import LANGS, Lang
from nmgeo.translations import AreaUnit, translate

_FOLDER: Final = Path(__file__).with_name("translations")
_LAYER: Final = "{layer}"
_HECTARES: Final = "ha"  # the unit of columns of areas, and the end of their names
_HEADING: Final = re.compile(r'^\["?([^"\n]+?)"?\]$', re.MULTILINE)
_Entry = TypeVar("_Entry")
_OF_UNIT: Final[Mapping[str, str]] = {  # columns like which a value is rounded, by its unit
    **{unit: f"area_{unit}" for unit in get_args(AreaUnit)},
    "m": "distance_m",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table, or one field of a geodata file.

    Parameters
    ----------
    name : str
        Its name in CSV, JSON and Python. ``{layer}`` in it stands for the name of a layer.
    heading, help : mapping of language to text
        Its heading with the unit, and one sentence on its meaning.
    type : str
        Type of its values.
    unit : str, optional
        Unit of its numbers.
    decimals : int, optional
        Decimals shown, fewer where an accuracy limits them; all if not given.
    small : int, optional
        Significant digits of a number below 10.
    accuracy : tuple of str
        Columns of the accuracy that limits its digits; the first that the table has counts.
    rounds : {"nearest", "down", "up", "step"}
        Direction of rounding by the accuracy; ``step`` is the nearest, but no less than one step.
    of : tuple of str
        Columns that it joins for a reader, such as both ends of a range.
    joint : str
        How it joins them: an entry of the words ``joint``, or ``unit`` for a value and its unit.
    default : str, optional
        A value that tells a reader nothing, and is left out where columns are joined.
    otherwise : str, optional
        The column in their place where all of them are missing.
    heading_by : str, optional
        Column whose value chooses the heading.
    words : tuple of str
        Sections of the words in which its values are translated; the first that has one counts.
    link : str, optional
        Column of the address behind its text.
    """

    name: str
    heading: Mapping[str, str]
    help: Mapping[str, str]
    type: str = "text"
    unit: str | None = None
    decimals: int | None = None
    small: int | None = None
    accuracy: tuple[str, ...] = ()
    rounds: Literal["nearest", "down", "up", "step"] = "nearest"
    of: tuple[str, ...] = ()
    joint: str = "range"
    default: str | None = None
    otherwise: str | None = None
    heading_by: str | None = None
    words: tuple[str, ...] = ()
    link: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether it stands right in a table."""
        return self.type in {"number", "integer", "year"}


@dataclass(frozen=True, kw_only=True)
class Table:
    """The table of a command.

    Parameters
    ----------
    name : str
        Name of the command, or of another table of the command ``of``.
    shown : tuple of str
        Columns, or patterns of columns, that a reader sees, in this order.
    cited : tuple of str
        Columns that follow them in Markdown, where there is room, such as the source.
    columns : tuple of str
        Every column that the command can return.
    leading : int
        Number of first columns that stand as a line above their rows if that makes the table
        shorter.
    titled : bool
        Whether the first column stands above the table if it is the same in all rows.
    listed : bool
        Whether a terminal shows one value a line, since the table has few rows of long values.
    exact : bool
        Whether areas keep their digits, since they are compared.
    raw : tuple of str
        Columns whose values are not translated, since a user types them.
    once : tuple of str
        Columns that a reader sees below the table if they are the same in every row.
    of : str, optional
        The command, if the table is called otherwise.
    """

    name: str
    shown: tuple[str, ...]
    columns: tuple[str, ...]
    cited: tuple[str, ...] = ()
    leading: int = 0
    titled: bool = False
    listed: bool = False
    exact: bool = False
    raw: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    of: str | None = None

    def in_unit(self, unit: AreaUnit) -> "Table":
        """Return the table with its columns of areas in a unit."""
        shown, cited, once = (
            tuple(in_area_unit(name, unit) for name in names)
            for names in (self.shown, self.cited, self.once)
        )
        return replace(self, shown=shown, cited=cited, once=once)


def find_accuracy(column: Column | None, names: Container[str]) -> str | None:
    """Return the name of the accuracy that limits the digits of a column in a table, if any."""
    ends = () if column is None else column.accuracy
    return next((name for name in ends if name in names), None)


def column_of_unit(unit: object) -> Column | None:
    """Return the column that describes a value in a unit, which has no column of its own.

    Examples
    --------
    >>> column_of_unit("ha").decimals, column_of_unit("HKD")
    (2, None)
    """
    name = _OF_UNIT.get(str(unit))
    return None if name is None else find_column(name)


class _Entries(Mapping[str, _Entry], Generic[_Entry]):
    """The entries of a file by their names; each is read at its first use, as few are used."""

    def __init__(self, file: str, kind: Callable[..., _Entry]) -> None:
        _, *parts = _HEADING.split((_FOLDER / file).read_text(encoding="utf-8"))
        self._texts = dict(zip(parts[::2], parts[1::2], strict=True))
        self._kind, self._read = kind, dict[str, _Entry]()

    def __getitem__(self, name: str) -> _Entry:
        if name not in self._read:
            entry = tomli.loads(self._texts[name])
            tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
            self._read[name] = self._kind(name=name, **tuples)  # that cannot be changed
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def all_columns() -> Mapping[str, Column]:
    """Return the description of every column by its name."""
    return _Entries("columns.toml", Column)


@cache
def all_tables() -> Mapping[str, Table]:
    """Return the description of every table by the name of its command."""
    return _Entries("tables.toml", Table)


def in_area_unit(name: str, unit: AreaUnit) -> str:
    """Return the name of a column of areas in a unit; the name of another column as it is.

    Examples
    --------
    >>> in_area_unit("area_ha", "sqft"), in_area_unit("nearest_m", "sqft")
    ('area_sqft', 'nearest_m')
    """
    if name.endswith(f"_{_HECTARES}") and name in all_columns():
        return name.removesuffix(_HECTARES) + unit
    return name


@cache
def find_column(name: str) -> Column | None:
    """Return the description of a column, or None for a column that the user brought.

    Examples
    --------
    >>> find_column("area_ha").unit, find_column("wells_count").unit, find_column("lot_no")
    ('ha', 'count', None)
    """
    known = all_columns()
    if name in known:
        return known[name]
    stem, _, unit = name.rpartition("_")
    if unit in get_args(AreaUnit) and (of_areas := known.get(f"{stem}_{_HECTARES}")):
        return _converted(of_areas, unit)
    patterns = (pattern for pattern in known if _LAYER in pattern)
    fits = (p for p in patterns if fnmatchcase(name, p.replace(_LAYER, "*")))
    return next((known[pattern] for pattern in fits), None)


def column_heading(name: str, lang: Lang) -> str:
    """Return the heading of a column, or its name if the user brought it.

    Examples
    --------
    >>> column_heading("area_ha", "tc"), column_heading("wells_count", "en")
    ('面積 (公頃)', 'wells (no.)')
    """
    column = find_column(name)
    if column is None:
        return name
    layer = name.removesuffix(column.name.removeprefix(_LAYER))
    heading = column.heading.get(lang, column.heading["en"])
    return heading.replace(_LAYER, translate("layer", layer, lang))


def _converted(column: Column, unit: Any) -> Column:
    """Return a column of areas in a unit; its values are rounded when they are converted."""
    heading: dict[str, str] = {}
    told: dict[str, str] = {}
    for lang in LANGS:
        before, after = (f"({translate('unit', one, lang)})" for one in (_HECTARES, unit))
        joined = after.replace(" ", "\u00a0")  # "sq ft" stays on one line
        heading[lang] = column.heading.get(lang, column.heading["en"]).replace(before, joined)
        before, after = (translate("area_unit", one, lang) for one in (_HECTARES, unit))
        told[lang] = column.help.get(lang, column.help["en"]).replace(before, after)
    return replace(
        column,
        name=in_area_unit(column.name, unit),
        heading=heading,
        help=told,
        unit=unit,
        decimals=None,
        of=tuple(in_area_unit(name, unit) for name in column.of),
    )
