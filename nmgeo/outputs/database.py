"""Layers in a PostGIS database: one transaction, geometry in EPSG:2326, comments, indexes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Unpack
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.columns import find_column
from nmgeo.commands.inputs import Features, Inputs, Length, read_lengths, takes_features
from nmgeo.errors import ExportError, UsageError
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.plain_text import plain_table
from nmgeo.formats.read_back import Written
from nmgeo.formats.rows import GEOMETRY, attribute_names, to_arrow
from nmgeo.measures.areas import area_ha
from nmgeo.messages import Text, option, text
from nmgeo.outputs.atlas import DISTANCES
from nmgeo.outputs.export import chosen_layer, credit_lines_of, open_layer, with_ids
from nmgeo.translations import Lang
from nmgeo.units import M2_PER_HECTARE

_SCHEMES: Final = ("postgresql://", "postgres://")
_TYPES: Final = {"int64": "bigint", "double": "double precision", "bool": "boolean"}
_NAME_BYTES: Final = 63  # of PostgreSQL
_WAIT_S: Final = 15  # for a connection
_TOLERANCE_M2: Final = 1.0  # of the area of a feature


@dataclass(frozen=True, kw_only=True)
class _Table:
    """What is stored: rows with WKB in EPSG:2326, and where."""

    schema: str
    name: str
    rows: pa.Table
    credits: Sequence[str]
    srid: int
    area_ha: float


@takes_features()
def export_to(
    to: str,
    layer: Features = "sites",
    sites: Features | None = None,
    *,
    schema: str = "public",
    replace: bool = False,
    at: Length | Sequence[Length] = DISTANCES,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> Written:
    """Write a layer into a PostGIS database, in one transaction.

    Parameters
    ----------
    to : str
        Address of the database, ``"postgresql://user@host/name"``. Leave the password to
        ``PGPASSWORD`` or ``~/.pgpass``; it is never shown.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        As for :func:`nmgeo.export`; its name is that of the table.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    schema : str
        Schema of the table; created if necessary.
    replace : bool
        Whether to replace a table of this name.
    at : str, float or sequence of them
        Distances of ``rings``: ``"300m"``, ``[500, "1km"]``.
    lang : {"en", "tc", "sc"}
        Language of ``name`` and of the comments.
    catalog, site, key, name, crs, encoding, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    Written
        The number of rows and their area in hectares, as the database counts them.

    Raises
    ------
    UsageError
        If the address is none, or psycopg is not installed.
    ExportError
        If the database refuses or is lost, or the table exists; nothing is changed.
    """
    if not to.startswith(_SCHEMES):
        remedy = text("write one such as {url}", url="postgresql://user@host/name")
        raise UsageError(option("to", _shown(to)), text("not the address of a database"), remedy)
    here, chosen = open_layer(inputs, sites, layer)
    frame = chosen_layer(here, chosen, read_lengths(at, "at"), lang)
    name = chosen if isinstance(chosen, str) else "layer"
    table = _table(schema, name, frame, credit_lines_of(here, chosen, frame))
    with _connection(to) as connection:
        return _store(connection, table, to, lang, replace=replace)


def _table(schema: str, name: str, frame: gpd.GeoDataFrame, credit_lines: Sequence[str]) -> _Table:
    rows = with_ids(frame, credit_lines)
    rows = rows.set_geometry(crs.to_hk80(rows))
    stored = plain_table(to_arrow(rows))
    names = attribute_names(stored)
    heads = unique_names(names, [GEOMETRY.name], size=_NAME_BYTES)
    return _Table(
        schema=schema,
        name=unique_names([name], size=_NAME_BYTES)[0],
        rows=stored.rename_columns([*heads, GEOMETRY.name]),
        credits=credit_lines,
        srid=int((crs.HK80.to_authority() or ("", "0"))[1]),
        area_ha=float(area_ha(rows).sum()),
    )


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
        raise ExportError(_shown(to), wrong, text("nothing was changed in the database")) from None


def _psycopg() -> Any:
    try:
        return import_module("psycopg")
    except ImportError:
        wrong = text("the package {package} is not installed", package="psycopg")
        raise UsageError(option("to"), wrong, "pip install 'nmgeo[database]'") from None


def _shown(to: str) -> str:
    """Return an address without its password and options; dots if it is none."""
    scheme, separator, _ = to.partition("://")
    if not separator:
        return "..."
    try:
        parts = urlsplit(to)
        host, user, path = parts.hostname or "", parts.username, parts.path
    except ValueError:
        return f"{scheme}://..."
    return f"{scheme}://{user + '@' if user else ''}{host}{path}"


def _store(connection: Any, table: _Table, to: str, lang: Lang, *, replace: bool) -> Written:
    sql = import_module("psycopg.sql")
    place = sql.Identifier(table.schema, table.name)
    connection.execute("SELECT postgis_lib_version()")
    there = connection.execute("SELECT to_regclass(%s)", [place.as_string(connection)]).fetchone()
    if there[0] is not None and not replace:
        thing = f"{_shown(to)} {table.schema}.{table.name}"
        remedy = text("add {replace}", replace=option("replace", value=True))
        raise ExportError(thing, text("is there already"), remedy)
    schema = sql.Identifier(table.schema)
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(place))
    _create(connection, sql, place, table)
    _copy(connection, sql, place, table)
    _index_and_comment(connection, sql, place, table, lang)
    return _compare(connection, sql, place, table, to)


def _create(connection: Any, sql: Any, place: Any, table: _Table) -> None:
    fields = [
        sql.SQL("{} {}").format(sql.Identifier(f.name), sql.SQL(_type(f)))
        for f in table.rows.schema
        if f.name != GEOMETRY.name
    ]
    shape = sql.SQL("{} geometry(Geometry, {})").format(
        sql.Identifier(GEOMETRY.name), sql.Literal(table.srid)
    )
    listed = sql.SQL(", ").join([*fields, shape])
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, listed))


def _type(field: pa.Field) -> str:
    return "jsonb" if field.metadata else _TYPES.get(str(field.type), "text")


def _copy(connection: Any, sql: Any, place: Any, table: _Table) -> None:
    shapes = shapely.set_srid(shapely.from_wkb(table.rows[GEOMETRY.name].to_numpy()), table.srid)
    codes = shapely.to_wkb(shapes, hex=True, include_srid=True)
    rows = table.rows.drop_columns([GEOMETRY.name]).to_pydict()
    columns = [*rows.values(), np.asarray(codes, dtype=object).tolist()]
    copy = sql.SQL("COPY {} FROM STDIN").format(place)
    with connection.cursor() as cursor, cursor.copy(copy) as writer:
        for row in zip(*columns, strict=True):
            writer.write_row(row)


def _index_and_comment(connection: Any, sql: Any, place: Any, table: _Table, lang: Lang) -> None:
    shape = sql.Identifier(GEOMETRY.name)
    connection.execute(sql.SQL("CREATE INDEX ON {} USING gist ({})").format(place, shape))
    first = sql.Identifier(table.rows.column_names[0])
    connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(place, first))
    said = sql.Literal("; ".join(table.credits))
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(place, said))
    for name in table.rows.column_names:
        if column := find_column(name):
            words = sql.Literal(column.help.get(lang, column.help["en"]))
            field = sql.Identifier(table.schema, table.name, name)
            connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(field, words))


def _compare(connection: Any, sql: Any, place: Any, table: _Table, to: str) -> Written:
    """Let the database count rows and hectares, and compare them with what was meant."""
    asked = "SELECT count(*), coalesce(sum(ST_Area({})), 0) FROM {}"
    query = sql.SQL(asked).format(sql.Identifier(GEOMETRY.name), place)
    count, area_m2 = connection.execute(query).fetchone()
    if count != table.rows.num_rows:
        raise _differs(to, text("the number of rows does not read back"))
    if abs(area_m2 - table.area_ha * M2_PER_HECTARE) > _TOLERANCE_M2 * max(count, 1):
        raise _differs(to, text("areas do not read back"))
    return Written(count=count, area_ha=area_m2 / M2_PER_HECTARE, texts=0)


def _differs(to: str, wrong: Text) -> ExportError:
    return ExportError(_shown(to), wrong, text("please report this as a fault of nmgeo"))
