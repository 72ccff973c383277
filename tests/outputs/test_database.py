"""Layers in PostGIS: what comes back is what was measured, and a refusal changes nothing."""

import geopandas as gpd
import pytest
import shapely
from programs import need_library

import nmgeo as nm
from nmgeo.errors import ExportError, UsageError

BOX = shapely.box(820_000, 833_000, 820_100, 833_100)


@pytest.fixture(scope="module")
def address(postgis):
    """Return the address of a PostGIS server."""
    need_library("'nmgeo[database]'", "psycopg")
    return f"postgresql://postgres:secret@/postgres?host={postgis['PGHOST']}"


@pytest.fixture
def ask_database(address):
    psycopg = need_library("'nmgeo[database]'", "psycopg")

    def rows(query):
        with psycopg.connect(address) as connection:
            return connection.execute(query).fetchall()

    return rows


def lots(**columns):
    return gpd.GeoDataFrame(columns, geometry=[BOX] * len(next(iter(columns.values()))), crs=2326)


def test_postgis_gives_back_what_was_measured(address, ask_database, run):
    done = run("export", "sites", "--to", address, "--schema", "planning", "--lang", "tc")
    rows = ask_database(
        "SELECT name, ST_Area(geometry) / 1e4, ST_SRID(geometry) FROM planning.sites ORDER BY id"
    )
    area = nm.area().sort_index()

    assert done.exit_code == 0, done.stderr
    assert "secret" not in done.output
    assert f"{len(area)}行" in done.stderr
    assert [row[1] for row in rows] == pytest.approx(area["area_ha"].tolist(), abs=1e-4)
    assert {row[2] for row in rows} == {2326}
    assert "新田科技城" in {row[0] for row in rows}


def test_columns_have_comments_and_geometry_an_index(address, ask_database):
    nm.export_to(address, "stations", replace=True)
    (comment,) = ask_database(
        "SELECT col_description('stations'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'stations'::regclass AND attname = 'accuracy_m'"
    )[0]
    (table,) = ask_database("SELECT obj_description('stations'::regclass)")[0]
    indexes = ask_database("SELECT indexdef FROM pg_indexes WHERE tablename = 'stations'")

    assert comment == nm.schema()["columns"]["accuracy_m"]["help"]["en"]
    assert "nmgeo contributors" in table
    assert any("gist (geometry)" in row[0] for row in indexes)


def test_a_table_that_is_there_is_kept_unless_it_is_to_be_replaced(address, ask_database):
    nm.export_to(address, lots(n=[1, 2]), replace=True)
    with pytest.raises(ExportError, match=r"public\.layer: is there already; add replace=True"):
        nm.export_to(address, lots(n=[3]))
    assert ask_database("SELECT n FROM layer ORDER BY n") == [(1,), (2,)]
    nm.export_to(address, lots(n=[3]), replace=True)

    assert ask_database("SELECT n FROM layer") == [(3,)]


def test_hostile_names_and_values_are_kept_as_they_are(address, ask_database):
    rows = lots(
        **{
            'a"; DROP TABLE spatial_ref_sys; --': ["x'); --\t\\N\n"],
            "select": ["新田\x00"],
            "geometry_": [[1, "two"]],
        }
    )
    nm.export_to(address, rows, schema='s"; --', replace=True)

    assert ask_database('SELECT * FROM "s""; --".layer')[0][1:4] == (
        "x'); --\t\\N\n",
        "新田",
        [1, "two"],
    )
    assert ask_database("SELECT count(*) > 0 FROM spatial_ref_sys") == [(True,)]


def test_an_error_midway_changes_nothing(address, ask_database, monkeypatch):
    nm.export_to(address, lots(n=[1]), replace=True)
    psycopg = need_library("'nmgeo[database]'", "psycopg")

    def lost(*_):
        raise psycopg.OperationalError("server closed the connection of user with secret")

    monkeypatch.setattr("nmgeo.outputs.database._index_and_comment", lost)
    with pytest.raises(ExportError, match=r"server closed .*\*\*\*.*nothing was changed") as error:
        nm.export_to(address, lots(n=[2]), replace=True)

    assert "secret" not in str(error.value)
    assert ask_database("SELECT n FROM layer") == [(1,)]


def test_a_database_that_refuses_is_one_line_without_the_password(run):
    need_library("'nmgeo[database]'", "psycopg")
    done = run("export", "--to", "postgresql://me:hush@localhost:1/gis")

    assert done.exit_code != 0
    assert "postgresql://me@localhost/gis: cannot be written (" in done.stderr
    assert "hush" not in done.output
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("to", ["mysql://me:hush@host/a", "gis", "postgres:hush"])
def test_what_is_no_address_is_said_without_the_password(to):
    with pytest.raises((UsageError, ExportError)) as error:
        nm.export_to(to)

    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "postgresql://h/d", "-o", "a.gpkg"], "--out: does not go with --to"),
        (["--schema", "s"], "--schema: says nothing without --to; add --to"),
        (["--replace"], "--replace: says nothing without --to; add --to"),
    ],
)
def test_options_of_files_and_databases_do_not_mix(words, said, run):
    assert said in run("export", "sites", *words).stderr
