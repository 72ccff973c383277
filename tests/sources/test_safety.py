"""No file makes the program read another file, reach a host, or write beside itself.

Each hostile file names a listener on the loopback interface, or a canary file, in every way that
its format has for naming another place. Every command that reads files is given each of them.
"""

import io
import json
import os
import shutil
import sqlite3
import warnings
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from listener import Listener
from typer.testing import CliRunner
from world import layer, mapped, read, square, write, write_json

import nmgeo as nm
from nmgeo.cli import app
from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError, NmgeoError
from nmgeo.sources import gdal
from nmgeo.sources.plain_table import read_plain_table

CANARY = "canary-4711-bytes"
SQUARES = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, name=["A", "B"])
GML = 'xmlns:gml="http://www.opengis.net/gml"'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
POINT = "<gml:Point><gml:coordinates>114.05,22.5</gml:coordinates></gml:Point>"
MEMBER = "<gml:featureMember><x><gml:geometryProperty>{}</gml:geometryProperty><n>{}</n></x>"
PLACEMARK = "<Placemark><name>{}</name><Point><coordinates>114.05,22.5</coordinates></Point>"


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    heard = Listener(tmp_path_factory.mktemp("listener") / "requests")
    yield heard
    heard.close()


def gml(inner, head="", attributes=""):
    return f'<?xml version="1.0"?>{head}<c {GML} {XLINK} {attributes}>{inner}</c>'


def kml(inner, head=""):
    space = 'xmlns="http://www.opengis.net/kml/2.2"'
    return f'<?xml version="1.0"?>{head}<kml {space}><Document>{inner}</Document></kml>'


def dtd(root, target):
    return f'<!DOCTYPE {root} [<!ENTITY e SYSTEM "{target}"><!ENTITY % p SYSTEM "{target}"> %p;]>'


def texts(url, canary):
    """Return hostile files by name: text that names ``url`` or the file ``canary``."""
    place = {"type": "Point", "coordinates": [114.05, 22.5]}
    feature = {"type": "Feature", "properties": {"n": 1}, "geometry": place}

    def linked(kind, **properties):
        crs = {"type": kind, "properties": properties}
        return json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})

    vrt = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{}</SrcDataSource>{}"
    ends = "</OGRVRTLayer></OGRVRTDataSource>"
    schema = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
    found = {
        "link.geojson": linked("link", href=url, type="ogcwkt"),
        "url.geojson": linked("url", url=url),
        "name.geojson": linked("name", name=url),
        "file.geojson": linked("name", name=str(canary)),
        "late.geojson": '{"type":"FeatureCollection","features":['
        + ",".join([json.dumps(feature)] * 2_000)
        + f'],"crs":{{"properties":{{"href":"{url}"}},"type":"link"}}}}',
        "service.json": json.dumps({"features": [], "exceededTransferLimit": True, "url": url}),
        "oapif.json": json.dumps({"links": [{"rel": "data", "href": url}], "collections": []}),
        "vrt.geojson": vrt.format(f"CSV:{canary}", "") + ends,
        "vrt.csv": vrt.format(canary, "<SrcLayer>canary</SrcLayer>") + ends,
        "vrt.kml": vrt.format(f"WFS:{url}", "") + ends,
        "spaced.geojson": " " * 500 + vrt.format(canary, "") + ends,
        "raster.json": f"<VRTDataset><SourceFilename>{canary}</SourceFilename></VRTDataset>",
        "wfs.xml": f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>",
        "wfs.gml": f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>",
        "capabilities.xml": f'<WFS_Capabilities version="1.0.0"><Get onlineResource="{url}"/>',
        "gdalg.json": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal read {canary}"}
        ),
        "net.kml": kml(
            f"<NetworkLink><Link><href>{url}</href></Link></NetworkLink>"
            + PLACEMARK.format("a")
            + "</Placemark>"
        ),
        "style.kml": kml(PLACEMARK.format("a") + f"<styleUrl>{url}#s</styleUrl></Placemark>"),
        "filestyle.kml": kml(
            PLACEMARK.format("a") + f"<styleUrl>{canary}#s</styleUrl></Placemark>"
        ),
        "overlay.kml": kml(
            f"<GroundOverlay><Icon><href>{url}</href></Icon></GroundOverlay>"
            + PLACEMARK.format("a")
            + "</Placemark>"
        ),
        "dtd.kml": kml(PLACEMARK.format("&e;") + "</Placemark>", dtd("kml", url)),
        "dtdfile.kml": kml(
            PLACEMARK.format("&e;") + "</Placemark>", dtd("kml", f"file://{canary}")
        ),
        "dtd.gml": gml(MEMBER.format(POINT, "&e;") + "</gml:featureMember>", dtd("c", url)),
        "dtdfile.gml": gml(
            MEMBER.format(POINT, "&e;") + "</gml:featureMember>", dtd("c", f"file://{canary}")
        ),
        "schema.gml": gml(
            MEMBER.format(POINT, "1") + "</gml:featureMember>", "", f'{schema}"{url} {url}.xsd"'
        ),
        "xlink.gml": gml(
            MEMBER.format(f'<gml:Point xlink:href="{url}"/>', "1") + "</gml:featureMember>"
        ),
        "srs.gml": gml(
            MEMBER.format(POINT.replace("<gml:Point>", f'<gml:Point srsName="{url}">'), "1")
            + "</gml:featureMember>"
        ),
        "dtd.gpx": dtd("gpx", url)
        + '<gpx version="1.1"><wpt lat="22" lon="114"><name>&e;</name></wpt></gpx>',
        "dtd.svg": dtd("svg", url) + "<svg><text>&e;</text></svg>",
        "dtd.georss.xml": dtd("rss", url)
        + '<rss version="2.0"><item><title>&e;</title></item></rss>',
        "view.tab": f'!table\n!version 300\n\nopen table "{canary}"\ncreate view x as select *\n',
        "seamless.tab": "!table\n!version 300\nDefinition Table\n Type NATIVE\n"
        ' begin_metadata\n"\\IsSeamless" = "TRUE"\nend_metadata\n',
        "edigeo.thf": f"RTYSA03:GTS\nTXTSA08:{canary}\n",
        "pds4.xml": f"<Product_Observational><file_name>{canary}</file_name>",
        "elastic.json": f"ES:{url}",
        "http.geojson": url,
        "path.csv": str(canary),
        "name.csv": f"id,lon,lat,path\n1,114.05,22.5,{canary}\n",
    }
    for name in ("link.geojson", "vrt.geojson", "net.kml", "dtd.gml", "dtd.kml"):
        found[f"latin-{name}"] = "\ufeff" + found[name]
    return found


def packed(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def hostile(folder, url):
    """Write every hostile file into a folder and return the names."""
    canary = folder / "secret" / "canary.csv"
    canary.parent.mkdir()
    canary.write_text(f"{CANARY},lon,lat\n{CANARY},114.05,22.5\n")
    there = folder / "in"
    there.mkdir()
    files = {name: text.encode() for name, text in texts(url, canary).items()}
    files |= {f"{name}.zip": packed({name: data}) for name, data in files.items()}
    files |= {
        f"{name}.kmz": packed({"doc.kml": files[name]}) for name in files if name.endswith(".kml")
    }
    files["climb.zip"] = packed({"../secret/canary.csv": b"x"})
    files["link.zip"] = _link_in_a_zip(canary)
    for name, data in files.items():
        (there / name).write_bytes(data)
    for suffix in (".cpg", ".prj", ".dbf", ".qix"):
        stem = there / f"side{suffix[1:]}"
        write(SQUARES, stem.with_suffix(".shp"))
        stem.with_suffix(suffix).unlink(missing_ok=True)
        stem.with_suffix(suffix).symlink_to(canary)
    for suffix in (".csvt", ".prj", ".vrt"):
        named = there / f"beside{suffix[1:]}.csv"
        named.write_text("id,lon,lat\n1,114.05,22.5\n")
        named.with_suffix(suffix).symlink_to(canary)
    _databases(there, url, canary)
    return sorted(p for p in there.iterdir() if p.suffix not in (".shx", ".cpg", ".prj", ".dbf"))


def _link_in_a_zip(target):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(target))
    return held.getvalue()


def _databases(folder, url, canary):
    """Write GeoPackages whose layers run SQL as they are read."""
    selects = {
        "geocode": f"SELECT ogr_geocode('{url}') AS geom, 1 AS fid",
        "load": f"SELECT ogr_datasource_load_layers('{canary}') AS geom, 1 AS fid",
        "memory": "SELECT 1 AS fid, zeroblob(2000000000) AS geom",
        "endless": "WITH RECURSIVE c(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM c) "
        "SELECT fid, NULL AS geom FROM c",
    }
    for name, select in selects.items():
        path = folder / f"{name}.gpkg"
        write(SQUARES, path)
        with closing(sqlite3.connect(path)) as database:
            table = path.stem
            for statement in (
                f'ALTER TABLE "{table}" RENAME TO held',
                "DROP TRIGGER IF EXISTS x",
                f'CREATE VIEW "{table}" AS {select}',
            ):
                database.execute(statement)
            database.commit()
    path = folder / "virtual.gpkg"
    write(SQUARES, path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA writable_schema = ON")
        sql = f"CREATE VIRTUAL TABLE v USING VirtualOGR('{canary}')"
        database.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) "
            "VALUES ('table', 'v', 'v', 0, ?)",
            [sql],
        )
        database.execute("UPDATE gpkg_contents SET table_name = 'v'")
        database.commit()


def listed(folder):
    return sorted(
        (path.name, path.stat().st_mtime_ns) for path in folder.iterdir() if path.exists()
    )


def run(*arguments):
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), arguments
    return done.output


def said_of(file):
    """Read a file and examine it; return all that either says."""
    said = []
    for look_at in (lambda: read(file).to_csv(), lambda: doctor(file).to_csv()):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                said.append(look_at())
            except NmgeoError as error:
                said.append(str(error))
        said += [str(warning.message) for warning in heard]
    return "".join(said)


def test_no_hostile_file_reaches_a_host_or_another_file(tmp_path, listener, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    files = hostile(tmp_path, listener.url)
    before = listed(files[0].parent)
    listener.clear()
    for file in files:
        assert CANARY not in said_of(file), file
        assert not listener.requests, file
    assert listed(files[0].parent) == before


COMMANDS = {
    "area": ["area"],
    "near": ["near", "stations"],
    "matrix": ["matrix"],
    "robust": ["robust", "stations", "--at", "400m"],
    "rings": ["rings", "--at", "500m"],
    "strip": ["strip", "boundary", "--width", "35m", "--side", "right"],
    "inside": ["inside", "boundary"],
    "constraints": ["constraints"],
    "sites": ["sites"],
    "policy": ["policy"],
    "doctor": ["doctor"],
    "audit": ["audit"],
    "crosscheck": ["crosscheck"],
    "report": ["report"],
    "map": ["map", "-o", "out/o.html", "--overwrite"],
    "export": ["export", "sites", "-o", "out/o.geojson", "--overwrite"],
    "partition": ["partition"],
    "atlas": ["atlas", "-o", "out/atlas"],
}
CHOSEN = ("link.geojson", "vrt.geojson", "geocode.gpkg", "link.zip", "net.kml")


def asked(command, file):
    """Return the words of a command that reads a file as its sites, and as a layer."""
    if command == "doctor":
        return [command, file]
    if command == "partition":
        return [command, file, "-o", "out/parts"]
    [described] = [one for one in nm.schema()["commands"] if one["name"] == command]
    takes_layers = any(one["name"] == "layer" for one in described["options"])
    layer = ["--layer", f"zones={file}"] if takes_layers else []
    return [*COMMANDS[command], "--sites", file, *layer]


@pytest.fixture(scope="module")
def chosen(tmp_path_factory, listener):
    """Write hostile files once, and return some that every command is given."""
    files = hostile(tmp_path_factory.mktemp("hostile"), listener.url)
    return [file for file in files if file.name in CHOSEN]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_reads_files_is_as_safe(
    tmp_path, listener, monkeypatch, chosen, command
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    listener.requests.clear()
    for file in chosen:
        said = run(*asked(command, file))
        assert file.name != "link.geojson" or "names its CRS by a link" in said
        paths = (path for path in (tmp_path / "out").rglob("*") if path.is_file())
        written = b"".join(path.read_bytes() for path in paths).decode(errors="ignore")
        assert CANARY not in said + written, file
        assert not listener.requests, file


def test_the_listener_hears_what_gdal_fetches_without_the_guard(listener, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    listener.clear()
    with suppress(*gdal.Errors):
        pyogrio.read_info(f"/vsicurl/{listener.url}/a.geojson")

    assert listener.requests


@pytest.mark.parametrize("hosts", ["", "127.0.0.1,localhost"])
def test_a_reader_that_skips_the_checks_has_no_network_and_no_other_driver(
    tmp_path, listener, monkeypatch, hosts
):
    monkeypatch.setenv("NO_PROXY", hosts)
    monkeypatch.setenv("no_proxy", hosts)
    canary = tmp_path / "canary.csv"
    canary.write_text(f"{CANARY},lon,lat\n{CANARY},114.05,22.5\n")
    listener.clear()
    for name, text in texts(listener.url, canary).items():
        (tmp_path / name).write_text(text)
        said = "none"
        with warnings.catch_warnings(), suppress(*gdal.Errors):
            warnings.simplefilter("ignore")
            layers = gdal.layer_names(str(tmp_path / name), {})
            found = [gdal.read_arrays(str(tmp_path / name), one)[3] for one in layers]
            said = str(found)
        assert CANARY not in said, name
    assert not listener.requests


def test_gdal_has_its_drivers_and_settings_back_after_reading(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "example.org")
    pyogrio.set_gdal_config_options({"GDAL_HTTP_MAX_RETRY": "7"})
    before = set(pyogrio.list_drivers())
    file = write(SQUARES, tmp_path / "a.geojson")

    read(file)
    with gdal.guarded(), gdal.guarded():
        assert set(pyogrio.list_drivers()) <= {*gdal.DRIVERS, "MEM"}

    assert set(pyogrio.list_drivers()) == before
    assert "OGR_VRT" in before
    assert str(pyogrio.get_gdal_config_option("GDAL_HTTP_MAX_RETRY")) == "7"
    assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") is None
    assert os.environ["NO_PROXY"] == "example.org"
    pyogrio.set_gdal_config_options({"GDAL_HTTP_MAX_RETRY": None})


@pytest.mark.parametrize("name", ["a.gml", "a.gpkg", "a.shp", "a.csv", "a.kml", "wal.gpkg"])
def test_reading_writes_nothing_beside_the_file(tmp_path, name):
    if name == "a.csv":
        (tmp_path / name).write_text("id,lon,lat\n1,114.05,22.5\n")
    elif name == "a.gml":
        SQUARES.reset_index().to_crs(4326).to_file(tmp_path / name, driver="GML")
        (tmp_path / "a.xsd").unlink()
    else:
        write(SQUARES, tmp_path / name)
    if name == "wal.gpkg":
        with closing(sqlite3.connect(tmp_path / name)) as database:
            database.execute("PRAGMA journal_mode = WAL")
    before = listed(tmp_path)

    read(tmp_path / name, crs="wgs84")
    doctor(tmp_path / name)

    assert listed(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("link.geojson", "names its CRS by a link, which is not followed"),
        ("late.geojson", "names its CRS by a link, which is not followed"),
        ("vrt.geojson", "only points to other files or to a service"),
        ("wfs.xml", "only points to other files or to a service"),
        ("view.tab", "is a MapInfo table that only points to other files"),
        ("seamless.tab", "is a MapInfo table that only points to other files"),
        ("geocode.gpkg", "layer 'geocode' is a view"),
        ("endless.gpkg", "layer 'endless' is a view"),
        ("virtual.gpkg", "(table 'v' reads its rows from elsewhere|damaged database)"),
        ("sidecpg.shp", "'sidecpg.cpg' beside it is a link to another folder"),
        ("climb.zip", "leads outside of it"),
    ],
)
def test_what_leads_elsewhere_is_named(tmp_path, listener, name, wrong):
    hostile(tmp_path, listener.url)

    with pytest.raises(LayerError, match=wrong):
        read(tmp_path / "in" / name)


def test_a_shapefile_of_links_to_one_folder_is_read(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "here").mkdir()
    write(SQUARES, tmp_path / "data" / "a.shp")
    for part in (tmp_path / "data").iterdir():
        (tmp_path / "here" / part.name).symlink_to(part)

    assert len(read(tmp_path / "here" / "a.shp")) == 2


def test_a_small_archive_that_unpacks_to_much_is_refused(tmp_path):
    rows = b"1,114.05,22.5\n" * 8_000_000
    (tmp_path / "a.zip").write_bytes(packed({"a.csv": b"id,lon,lat\n" + rows}))

    with pytest.raises(LayerError, match=r"unpacks to 112 MB, \d{3} times its size; if you trust"):
        read(tmp_path / "a.zip", crs="wgs84")


def test_a_table_of_ones_own_is_checked_as_a_layer_is(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(packed({"../a": b"x"}))

    with pytest.raises(LayerError, match="leads outside of it; do not use it"):
        read_plain_table(tmp_path / "a.xlsx")


def test_a_limit_of_size_is_raised_by_max_size(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id,lon,lat\n1,114.05,22.5\n")
    (tmp_path / "a.csvt").write_bytes(b" " * 10_000_001)
    sites = str(tmp_path / "a.csv")

    with pytest.raises(LayerError, match=r"'a.csvt' beside it has 10 MB; .*max_size='11MB'"):
        nm.near(sites, "stations")
    assert len(nm.near(sites, "stations", max_size="11MB")) == 1


@pytest.mark.parametrize(
    ("name", "data", "wrong"),
    [
        ("a.pmtiles", b"PMTiles\x03" + b"\0" * 200, r"holds map tiles \(PMTiles\)"),
        ("a.geojson.gz", b"\x1f\x8b\x08" + b"\0" * 20, "is packed with gzip; unpack it"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, name, data, wrong):
    (tmp_path / name).write_bytes(data)

    with pytest.raises(LayerError, match=wrong):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("tables", "wrong"),
    [(["tiles", "metadata"], r"holds map tiles \(MBTiles\)"), (["a"], "but no GeoPackage")],
)
def test_another_database_is_named(tmp_path, tables, wrong):
    with closing(sqlite3.connect(tmp_path / "a.mbtiles")) as database:
        for table in tables:
            database.execute(f"CREATE TABLE {table} (a)")
        database.commit()

    with pytest.raises(LayerError, match=wrong):
        read(tmp_path / "a.mbtiles")


def test_a_name_that_gdal_takes_for_an_address_is_no_file(tmp_path, monkeypatch, listener):
    monkeypatch.chdir(tmp_path)
    write_json(tmp_path / "x.csv", [(mapped(square(0, 0, 9)), "a", {})])
    shutil.copy("x.csv", "CSV:x.csv")
    listener.clear()
    for name in (listener.url, f"/vsicurl/{listener.url}", "CSV:x.csv", f"WFS:{listener.url}"):
        with pytest.raises(NmgeoError):
            read(name)
    assert not listener.requests


def test_frames_of_geopandas_are_read_while_nobody_reads_files(tmp_path):
    file = write(SQUARES, tmp_path / "a.gpkg")
    (tmp_path / "a.vrt").write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{file}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    read(file)

    assert len(gpd.read_file(Path(tmp_path / "a.vrt"))) == 2
