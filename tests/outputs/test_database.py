"""Layers in PostGIS: what comes back is what was measured, and a refusal changes nothing."""

import datetime as dt
import json
import os
import subprocess

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from programs import need_answer, need_library

import nmgeo as nm
from nmgeo.errors import ExportError, UsageError
from nmgeo.outputs.map_styles import BASE, LAYERS
from nmgeo.outputs.pack.content import layers_of, tables_of

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
LOOK = """
import json, sys
from qgis.core import *
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
source = sys.argv[1] + " dbname='postgres' key='fid' table=\\"pack\\".\\"sites\\" (geometry)"
layer = QgsVectorLayer(source, "sites", "postgres")
told = {"valid": layer.isValid(), "count": layer.featureCount()}
told["renderer"] = type(layer.renderer()).__name__
told["labels"] = layer.labelsEnabled()
print("TOLD" + json.dumps(told))
"""
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

    monkeypatch.setattr("nmgeo.outputs.postgis._Store.add_styles", lost)
    with pytest.raises(ExportError, match=r"server closed .*\*\*\*.*nothing was changed") as error:
        nm.export_to(address, lots(n=[2]), replace=True)

    assert "secret" not in str(error.value)
    assert ask_database("SELECT n FROM layer") == [(1,)]


def test_a_connection_that_is_cut_midway_changes_nothing(address, ask_database, monkeypatch):
    nm.export_to(address, lots(n=[1]), replace=True)
    compare = "nmgeo.outputs.postgis._Store.compare"  # the last that is asked

    def cut(store, _):
        ask_database(f"SELECT pg_terminate_backend({store.connection.info.backend_pid})")
        store.run("SELECT 1")

    monkeypatch.setattr(compare, cut)
    with pytest.raises(ExportError, match=r"\(.*terminating.*nothing was changed") as error:
        nm.export_to(address, lots(n=[2]), schema="fresh", replace=True)
    with pytest.raises(ExportError, match="nothing was changed"):
        nm.pack(address, schema="fresh")

    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)
    assert ask_database("SELECT n FROM layer") == [(1,)]
    assert not ask_database("SELECT 1 FROM pg_namespace WHERE nspname = 'fresh'")


@pytest.mark.parametrize(
    ("rights", "schema"),
    [
        ("REVOKE CREATE ON SCHEMA public FROM PUBLIC, guest", "public"),  # may not make a table
        ("REVOKE CREATE ON DATABASE postgres FROM PUBLIC, guest", "another"),  # nor a schema
        ("GRANT CREATE ON SCHEMA public TO guest", "public"),  # may, but the table is another's
    ],
)
def test_a_user_without_the_right_is_one_line_and_changes_nothing(
    rights, schema, address, ask_database, run
):
    nm.export_to(address, "stations", replace=True)
    count = ask_database("SELECT count(*) FROM stations")
    made = "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'guest')"
    psycopg = need_library("'nmgeo[database]'", "psycopg")
    with psycopg.connect(address) as connection:
        connection.execute(f"DO $$BEGIN {made} THEN CREATE ROLE guest LOGIN; END IF; END$$")
        connection.execute(rights)
    guest = address.replace("postgres:secret@", "guest:hush@")
    done = run("export", "stations", "--to", guest, "--schema", schema, "--replace")

    assert done.exit_code != 0
    assert len(done.stderr.strip().splitlines()) == 1
    assert "nothing was changed in the database" in done.stderr
    assert "hush" not in done.output
    assert ask_database("SELECT count(*) FROM stations") == count
    assert not ask_database("SELECT 1 FROM pg_namespace WHERE nspname = 'another'")


def test_a_database_that_refuses_is_one_line_without_the_password(run):
    need_library("'nmgeo[database]'", "psycopg")
    done = run("export", "--to", "postgresql://me:hush@localhost:1/gis")

    assert done.exit_code != 0
    assert "postgresql://me@localhost/gis: cannot be written (" in done.stderr
    assert "hush" not in done.output
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("to", ["mysql://me:hush@host/a", "gis", "postgres:hush"])
def test_what_is_no_address_is_said_without_the_password(to):
    with pytest.raises(
        UsageError, match=r"^to='.*': not the address of a database; write one"
    ) as error:
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


def test_dates_and_times_have_types_of_the_database(address, ask_database):
    times = pd.to_datetime(["2026-01-01T10:30:00", None])
    days = [dt.date(2026, 1, 1), None]
    frame = lots(seen=times, at=times.tz_localize("Asia/Hong_Kong"), day=days)
    nm.export_to(address, frame, schema="times", replace=True)

    kinds = (
        "SELECT pg_typeof(seen)::text, pg_typeof(at)::text, pg_typeof(day)::text FROM times.layer"
    )
    assert ask_database(kinds)[0] == (
        "timestamp without time zone",
        "timestamp with time zone",
        "date",
    )
    found = "SELECT seen::text, at = '2026-01-01T10:30+08', day::text FROM times.layer"
    assert ask_database(found)[0] == ("2026-01-01 10:30:00", True, "2026-01-01")


@pytest.fixture(scope="module")
def packed(address):
    """Write a pack into a schema of its own."""
    return nm.pack(address, schema="pack", lang="tc")


def test_a_pack_has_every_layer_and_table_of_its_geopackage(packed, ask_database, shipped_atlas):
    layers = layers_of(shipped_atlas("tc"))
    parts = (*layers, *tables_of(shipped_atlas("tc"), layers))
    meant = {part.name: len(part.rows) for part in parts}
    names = [
        row[0] for row in ask_database("SELECT tablename FROM pg_tables WHERE schemaname = 'pack'")
    ]
    counts = {n: ask_database(f'SELECT count(*) FROM pack."{n}"')[0][0] for n in names}  # noqa: S608
    shapes = ask_database(
        "SELECT type, srid FROM geometry_columns WHERE f_table_schema = 'pack' "
        "AND f_table_name IN ('sites', 'stations')"
    )

    assert not packed
    assert packed.read_back.count == sum(meant.values())
    assert counts == meant
    assert sorted(shapes) == [("MULTIPOLYGON", 2326), ("POINT", 2326)]
    assert "落馬洲" in str(ask_database("SELECT name FROM pack.stations"))


@pytest.mark.usefixtures("packed")
def test_tables_of_a_pack_are_related_by_keys(ask_database):
    keys = ask_database(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = 'pack'::regnamespace ORDER BY 1"
    )
    held = ask_database(
        "SELECT count(*) FROM pack.sites JOIN pack.site_policies USING (site_id) "
        "JOIN pack.instruments USING (policy_id)"
    )
    claimed = ask_database(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'pack' AND tablename = 'claims'"
    )

    assert keys == [
        ("pack.links", "pack.sites"),
        ("pack.rings", "pack.sites"),
        ("pack.site_policies", "pack.instruments"),
    ]
    assert held[0][0] > 0
    assert any("(subject)" in row[0] for row in claimed)


@pytest.mark.usefixtures("packed")
def test_tables_of_a_pack_have_titles_comments_and_styles(ask_database):
    (table,) = ask_database("SELECT obj_description('pack.stations'::regclass)")[0]
    (field,) = ask_database(
        "SELECT col_description('pack.sites'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'pack.sites'::regclass AND attname = 'area_ha'"
    )[0]
    styled = ask_database("SELECT f_table_name FROM layer_styles WHERE f_table_schema = 'pack'")

    assert table.startswith("鐵路車站; ")
    assert field == nm.schema()["columns"]["area_ha"]["help"]["tc"]
    assert {*LAYERS, *BASE} == {row[0] for row in styled}


@pytest.mark.usefixtures("packed")
def test_qgis_opens_a_layer_of_the_database_with_its_style(postgis):
    need_answer("python3-qgis", ["/usr/bin/python3", "-c", "import qgis.core"], **OFFSCREEN)
    done = subprocess.run(
        ["/usr/bin/python3", "-c", LOOK, f"host='{postgis['PGHOST']}' user='postgres'"],
        env=os.environ | OFFSCREEN,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert "TOLD" in done.stdout, done.stderr
    assert json.loads(done.stdout.partition("TOLD")[2].splitlines()[0]) == {
        "valid": True,
        "count": 4,
        "renderer": "QgsCategorizedSymbolRenderer",
        "labels": True,
    }


@pytest.mark.usefixtures("packed")
def test_a_pack_is_replaced_only_on_demand_and_never_in_part(address, ask_database):
    before = ask_database("SELECT oid FROM pg_class WHERE relnamespace = 'pack'::regnamespace")
    with pytest.raises(ExportError, match=r"pack\.\w+: is there already; add replace=True"):
        nm.pack(address, schema="pack")
    assert before == ask_database(
        "SELECT oid FROM pg_class WHERE relnamespace = 'pack'::regnamespace"
    )
    nm.pack(address, schema="pack", replace=True, lang="tc")

    assert ask_database("SELECT count(*) FROM layer_styles WHERE f_table_name = 'sites'") == [(1,)]


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_own_layers_of_any_name_are_packed(address, ask_database, ask):
    mine = lots(site_id=["a"], fid=[7], geometry_=["x"])
    nm.pack(
        address, ask(mine, claims=lots(name=['"; --']), layer_styles=lots(name=["y"])), schema="own"
    )

    assert ask_database("SELECT fid, fid_2 FROM own.sites") == [(1, 7)]
    assert ask_database("SELECT name FROM own.claims_2") == [('"; --',)]
    assert ask_database("SELECT name FROM own.layer_styles_2") == [("y",)]


@pytest.mark.usefixtures("packed")
def test_a_pack_into_a_database_is_said_without_the_password(run, address):
    done = run("pack", address, "--schema", "pack", "--replace")

    assert done.exit_code == 0, done.stderr
    assert "secret" not in done.output
    assert "read back as written: " in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["postgresql://h/d", "--overwrite"], "--overwrite: belongs to files"),
        (["p.zip", "--schema", "s"], "--schema s: belongs to a database, and p.zip is none"),
        (["p.zip", "--replace"], "--replace: belongs to a database, and p.zip is none"),
    ],
)
def test_options_of_a_pack_belong_to_files_or_to_a_database(words, said, run):
    assert said in run("pack", *words).stderr
