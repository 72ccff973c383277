"""Tables in a PostGIS database: one transaction, keys, indexes, comments, and what reads back.

This module is longer than 300 lines because one transaction holds all of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.columns import find_column
from nmgeo.errors import ExportError, UsageError
from nmgeo.formats.read_back import Written
from nmgeo.formats.rows import GEOMETRY, attribute_names, has_geometry
from nmgeo.messages import Text, option, text
from nmgeo.translations import Lang
from nmgeo.units import M2_PER_HECTARE

NAME_BYTES: Final = 63  # of PostgreSQL
_SCHEMES: Final = ("postgresql://", "postgres://")
_TYPES: Final = {
    "int64": "bigint",
    "double": "double precision",
    "bool": "boolean",
    "date32[day]": "date",
}
_WAIT_S: Final = 15  # for a connection
_TOLERANCE_M2: Final = 1.0  # of the area of a feature
_SRID: Final = int((crs.HK80.to_authority() or ("", "0"))[1])
# The table in which QGIS looks for styles.
_STYLES: Final = """
CREATE TABLE IF NOT EXISTS layer_styles (
  id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar, f_table_name varchar,
  f_geometry_column varchar, stylename text, styleqml xml, stylesld xml, useasdefault boolean,
  description text, owner varchar(63) DEFAULT CURRENT_USER, ui xml,
  update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)
"""
_ADD_STYLE: Final = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  stylename, styleqml, useasdefault, description)
VALUES (current_database(), %s, %s, %s, 'nmgeo', XMLPARSE(DOCUMENT %s), true, 'nmgeo')
"""
_DROP_STYLE: Final = """
DELETE FROM layer_styles WHERE f_table_catalog = current_database() AND f_table_schema = %s
  AND f_table_name = %s AND stylename = 'nmgeo'
"""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A column whose values are those of a unique column of another table."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, kw_only=True)
class DatabaseTable:
    """A table of a database: its rows with WKB in EPSG:2326, if it has geometry.

    Parameters
    ----------
    name : str
        Its name, of at most 63 bytes.
    rows : Table
        What it holds; ``geometry`` is the last column.
    comment : str
        What the database says of it.
    area_ha : float
        Area of all rows, which the database is to find again.
    kind : str
        Type of the geometry, ``MultiPolygon``; ``Geometry`` for any.
    key : str
        Column that is the primary key; none if empty.
    indexed, unique : sequence of str
        Columns that get an index, or a unique one.
    references : sequence of Reference
        Columns that are foreign keys.
    style : str
        QML of its default style in QGIS; none if empty.
    """

    name: str
    rows: pa.Table
    comment: str
    area_ha: float = 0.0
    kind: str = "Geometry"
    key: str = ""
    indexed: Sequence[str] = ()
    unique: Sequence[str] = ()
    references: Sequence[Reference] = ()
    style: str = ""


def is_address(to: object) -> bool:
    """Tell whether a text is the address of a database.

    Examples
    --------
    >>> is_address("postgresql://me@host/gis"), is_address("pack.zip")
    (True, False)
    """
    return isinstance(to, str) and to.startswith(_SCHEMES)


def shown_address(to: str) -> str:
    """Return an address without its password and options; dots if it is none.

    Examples
    --------
    >>> shown_address("postgresql://me:secret@host/gis?sslmode=require")
    'postgresql://me@host/gis'
    """
    scheme, separator, _ = to.partition("://")
    if not separator:
        return "..."
    try:
        parts = urlsplit(to)
        host, user, path = parts.hostname or "", parts.username, parts.path
    except ValueError:
        return f"{scheme}://..."
    return f"{scheme}://{user + '@' if user else ''}{host}{path}"


def store_tables(
    to: str, schema: str, tables: Sequence[DatabaseTable], lang: Lang, *, replace: bool
) -> list[Written]:
    """Write tables into a database in one transaction, and compare each with what was meant.

    Parameters
    ----------
    to : str
        Address of the database.
    schema : str
        Where the tables go; created if necessary.
    tables : sequence of DatabaseTable
        A table stands after those that it refers to.
    lang : {"en", "tc", "sc"}
        Language of the comments on columns.
    replace : bool
        Whether tables of these names are replaced.

    Returns
    -------
    list of Written
        What the database gives back of each table.

    Raises
    ------
    UsageError
        If psycopg is not installed.
    ExportError
        If the database refuses or is lost, or a table exists; nothing is changed.
    """
    with _connection(to) as connection:
        store = _Store(connection, to, schema, lang)
        store.prepare(tables, replace=replace)
        for table in tables:
            store.write(table)
        store.add_styles({one.name: one for one in tables if one.style})
        return [store.compare(table) for table in tables]


@contextmanager
def _connection(to: str) -> Iterator[Any]:
    """Connect, commit at the end, and roll back on an error, which becomes one line."""
    psycopg = _psycopg()
    try:
        with psycopg.connect(to, connect_timeout=_WAIT_S) as connection:
            yield connection
    except psycopg.Error as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        why = lines[0].replace(urlsplit(to).password or "\0", "***")
        wrong = text("cannot be written ({why})", why=why)
        remedy = text("nothing was changed in the database")
        raise ExportError(shown_address(to), wrong, remedy) from None


def _psycopg() -> Any:
    try:
        return import_module("psycopg")
    except ImportError:
        wrong = text("the package {package} is not installed", package="psycopg")
        raise UsageError(option("to"), wrong, "pip install 'nmgeo[database]'") from None


class _Store:
    """An open transaction, and the schema that it writes to."""

    def __init__(self, connection: Any, to: str, schema: str, lang: Lang) -> None:
        self.connection, self.to, self.schema, self.lang = connection, to, schema, lang
        self.sql = import_module("psycopg.sql")

    def run(self, statement: str, *parts: Any, values: Sequence[Any] | None = None) -> Any:
        """Run a statement whose braces are filled with parts that are already quoted."""
        return self.connection.execute(self.sql.SQL(statement).format(*parts), values)

    def place(self, name: str, *column: str) -> Any:
        return self.sql.Identifier(self.schema, name, *column)

    def join_names(self, names: Sequence[str]) -> Any:
        return self.sql.SQL(", ").join(map(self.sql.Identifier, names))

    def prepare(self, tables: Sequence[DatabaseTable], *, replace: bool) -> None:
        """Check that PostGIS is there, make the schema, and remove what is to be replaced."""
        self.run("SELECT postgis_lib_version()")
        places = [self.place(table.name) for table in tables]
        for table, place in zip(tables, places, strict=True):
            named = [place.as_string(self.connection)]
            there = self.run("SELECT to_regclass(%s)", values=named).fetchone()
            if there[0] is not None and not replace:
                thing = f"{shown_address(self.to)} {self.schema}.{table.name}"
                remedy = text("add {replace}", replace=option("replace", value=True))
                raise ExportError(thing, text("is there already"), remedy)
        self.run("CREATE SCHEMA IF NOT EXISTS {}", self.sql.Identifier(self.schema))
        self.run("DROP TABLE IF EXISTS {}", self.sql.SQL(", ").join(places))

    def write(self, table: DatabaseTable) -> None:
        """Create a table, copy its rows, and add keys, indexes and comments."""
        self.run("CREATE TABLE {} ({})", self.place(table.name), self._columns(table))
        self._copy(table)
        self._index(table)
        self._comment(table)

    def _columns(self, table: DatabaseTable) -> Any:
        columns = [
            self.sql.SQL("{} {}").format(self.sql.Identifier(f.name), self.sql.SQL(_type(f)))
            for f in table.rows.schema
            if f.name != GEOMETRY.name
        ]
        if has_geometry(table.rows):
            shape = self.sql.SQL("{} geometry({}, {})").format(
                self.sql.Identifier(GEOMETRY.name),
                self.sql.SQL(table.kind),
                self.sql.Literal(_SRID),
            )
            columns.append(shape)
        return self.sql.SQL(", ").join(columns)

    def _copy(self, table: DatabaseTable) -> None:
        rows = table.rows.select(attribute_names(table.rows)).to_pydict()
        columns = list(rows.values())
        if has_geometry(table.rows):
            shapes = shapely.from_wkb(table.rows[GEOMETRY.name].to_numpy())
            codes = shapely.to_wkb(shapely.set_srid(shapes, _SRID), hex=True, include_srid=True)
            columns.append(np.asarray(codes, dtype=object).tolist())
        copy = self.sql.SQL("COPY {} FROM STDIN").format(self.place(table.name))
        with self.connection.cursor() as cursor, cursor.copy(copy) as writer:
            for row in zip(*columns, strict=True):
                writer.write_row(row)

    def _index(self, table: DatabaseTable) -> None:
        place = self.place(table.name)
        if table.key:
            key = self.sql.Identifier(table.key)
            self.run("ALTER TABLE {} ADD PRIMARY KEY ({})", place, key)
        for name in table.unique:
            self.run("ALTER TABLE {} ADD UNIQUE ({})", place, self.sql.Identifier(name))
        if has_geometry(table.rows):
            shape = self.sql.Identifier(GEOMETRY.name)
            self.run("CREATE INDEX ON {} USING gist ({})", place, shape)
        for name in table.indexed:
            self.run("CREATE INDEX ON {} ({})", place, self.sql.Identifier(name))
        for one in table.references:
            ends = self.sql.Identifier(one.column), self.place(one.table)
            statement = "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({})"
            self.run(statement, place, *ends, self.sql.Identifier(one.key))

    def _comment(self, table: DatabaseTable) -> None:
        said = self.sql.Literal(table.comment)
        self.run("COMMENT ON TABLE {} IS {}", self.place(table.name), said)
        for name in table.rows.column_names:
            if column := find_column(name):
                words = self.sql.Literal(column.help.get(self.lang, column.help["en"]))
                self.run("COMMENT ON COLUMN {} IS {}", self.place(table.name, name), words)

    def add_styles(self, styled: Mapping[str, DatabaseTable]) -> None:
        """Add the default style of each layer where QGIS looks for it."""
        if not styled:
            return
        self.run(_STYLES)
        for name, table in styled.items():
            self.run(_DROP_STYLE, values=[self.schema, name])
            shape = GEOMETRY.name if has_geometry(table.rows) else ""
            self.run(_ADD_STYLE, values=[self.schema, name, shape, table.style])

    def compare(self, table: DatabaseTable) -> Written:
        """Let the database count rows, hectares and texts, and compare them with what was meant."""
        count, area_m2 = self._counted(table)
        if count != table.rows.num_rows:
            raise self._differs(text("the number of rows does not read back"))
        if abs(area_m2 - table.area_ha * M2_PER_HECTARE) > _TOLERANCE_M2 * max(count, 1):
            raise self._differs(text("areas do not read back"))
        names = [f.name for f in table.rows.schema if _type(f) == "text"]
        if names and self._texts(table, names) != _texts_of(table.rows, names):
            raise self._differs(text("texts do not read back"))
        return Written(count=count, area_ha=area_m2 / M2_PER_HECTARE, texts=len(names) * count)

    def _counted(self, table: DatabaseTable) -> tuple[int, float]:
        if not has_geometry(table.rows):
            row = self.run("SELECT count(*), 0.0 FROM {}", self.place(table.name)).fetchone()
        else:
            asked = "SELECT count(*), coalesce(sum(ST_Area({})), 0) FROM {}"
            shape = self.sql.Identifier(GEOMETRY.name)
            row = self.run(asked, shape, self.place(table.name)).fetchone()
        return int(row[0]), float(row[1])

    def _texts(self, table: DatabaseTable, names: Sequence[str]) -> Counter[tuple[Any, ...]]:
        return Counter(
            self.run("SELECT {} FROM {}", self.join_names(names), self.place(table.name))
        )

    def _differs(self, wrong: Text) -> ExportError:
        remedy = text("please report this as a fault of nmgeo")
        return ExportError(shown_address(self.to), wrong, remedy)


def _type(field: pa.Field) -> str:
    if pa.types.is_timestamp(field.type):
        return "timestamp" if field.type.tz is None else "timestamp with time zone"
    return "jsonb" if field.metadata else _TYPES.get(str(field.type), "text")


def _texts_of(rows: pa.Table, names: Sequence[str]) -> Counter[tuple[Any, ...]]:
    """Return how often each row of texts occurs; what is no text is compared as it is written."""
    columns = [
        [v if v is None or isinstance(v, str) else str(v) for v in rows[name].to_pylist()]
        for name in names
    ]
    return Counter(zip(*columns, strict=True))
