"""No file makes the program read another file, reach a host, or write beside itself.

Each hostile file names a listener on the loopback interface, or a canary file, in every way that
its format has for naming another place; :mod:`test_every_command` gives some to every command.
"""

import io
import json
import os
import shutil
import sqlite3
import warnings
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pyogrio
import pytest
from hostile import CANARY, SQUARES, hostile, packed, texts
from listener import Listener
from pyproj import CRS, network
from world import layer, mapped, read, square, write, write_json

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.commands.doctor import doctor
from nmgeo.crs import has_way_to_hk80
from nmgeo.errors import LayerError, MissingCRSError, NmgeoError
from nmgeo.sources import gdal
from nmgeo.sources.crs_places import require_own_crs
from nmgeo.sources.file_safety import require_file
from nmgeo.sources.plain_table import read_plain_table
from nmgeo.sources.registered_layer import read_record
from nmgeo.sources.stated_crs import read_stated_crs

_DERIVED = (
    'GEOGCRS["d",BASEGEOGCRS["b",DATUM["d",ELLIPSOID["e",6378137,298.25]]],'
    'DERIVINGCONVERSION["x",METHOD["PROJ hgridshift grids=/a/b.gsb"]],CS[ellipsoidal,2],'
    'AXIS["longitude",east],AXIS["latitude",north],UNIT["degree",0.0174532925199433]]'
)


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    heard = Listener(tmp_path_factory.mktemp("listener") / "requests")
    yield heard
    heard.close()


@pytest.fixture(scope="module")
def hostile_files(tmp_path_factory, listener):
    """Write every hostile file once: no test may change one."""
    return hostile(tmp_path_factory.mktemp("hostile"), listener.url)


def listed(folder):
    return sorted(
        (path.name, path.stat().st_mtime_ns) for path in folder.iterdir() if path.exists()
    )


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


def test_no_hostile_file_reaches_a_host_or_another_file(hostile_files, listener, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    before_network = network.is_network_enabled()
    network.set_network_enabled(active=True)
    before = listed(hostile_files[0].parent)
    listener.clear()
    for file in hostile_files:
        assert CANARY not in said_of(file), file
        assert not listener.requests, file
    assert listed(hostile_files[0].parent) == before
    network.set_network_enabled(active=before_network)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("+proj=longlat +nadgrids=/a/b.gsb +type=crs", "/a/b.gsb"),
        ("+proj=longlat +datum=WGS84 +geoidgrids=/a/b.gtx +vunits=m +type=crs", "/a/b.gtx"),
        ("+init=/a/b:1", "/a/b:1"),
        ("+proj=pipeline +step +proj=hgridshift +grids=@null,/a/b", "@null,/a/b"),
        ("/a/b.prj", "/a/b.prj"),
        (_DERIVED, "/a/b.gsb"),
        (
            CRS("+proj=longlat +nadgrids=http://127.0.0.1/b.gsb +type=crs").to_json_dict(),
            "http://127.0.0.1/b.gsb",
        ),
    ],
)
def test_a_crs_that_names_a_file_is_refused(said, named):
    with pytest.raises(LayerError, match=f"its CRS names the file '{named}', which is not read"):
        read_stated_crs(said, "a.shp")


@pytest.mark.parametrize("said", ["EPSG:2326", "+proj=merc +a=6378137 +nadgrids=@null +type=crs"])
def test_a_crs_that_names_no_file_is_read(said):
    assert read_stated_crs(said, "a.shp") == CRS(said)


_GRID = "/a/b.gsb"
_WKT = f'GEOGCS["x",DATUM["y",SPHEROID["z",1,0],EXTENSION["PROJ4_GRIDS","{_GRID}"]]]'
_BOUND = f'BOUNDCRS[ABRIDGEDTRANSFORMATION["t",PARAMETERFILE ( "file", "{_GRID}")]]'
_FOREIGN = (_GRID, "../a.prj", "a.prj", f"+init={_GRID}:1", f"+nadgrids = {_GRID}", _WKT, _BOUND)


def _stated(said):
    """Return files that state a CRS, by their names, with how a part of them is called."""
    quoted = json.dumps(said)
    spaced = "".join(f"\\u{ord(letter):04x}" for letter in "crs")
    named = f'{{"type":"name","properties":{{"Name":"EPSG:2326","name":{quoted}}}}}'
    yield "", f'{{"a":1,"crs" : {named}}}'
    yield "", f'{{"features":[{" " * 1_100_000}{{"{spaced}":{named}}}]}}'
    yield "", f'{{"crs":{{"type":"OGC","properties":{{"urn":{quoted}}}}}}}'
    yield "", f'{{"spatialReference":{{"wkt":{quoted}}}}}'
    yield "", f"<a><b srsName={quoteattr(said)}/></a>"
    yield "a.gfs", f"<a><SRSName><![CDATA[{said}]]></SRSName></a>"
    yield "a.prj", said


@pytest.mark.parametrize("said", _FOREIGN)
def test_a_crs_elsewhere_is_refused_before_gdal_looks_for_it(said):
    for part, content in _stated(said):
        with pytest.raises(
            MissingCRSError, match=r"its CRS names the file '.*', which is not read"
        ):
            require_own_crs(io.BytesIO(content.encode()), "a", part)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "EPSG:2326",
            "urn:ogc:def:crs:EPSG:6.9:2326",
            "http://www.opengis.net/def/crs/EPSG/0/2326",
        ),
        *(
            "WGS 84 / UTM zone 50N",
            "+init=epsg:2326",
            "+proj=merc +nadgrids=@null",
            CRS(2326).to_wkt(),
        ),
        'PROJCS["a/b",EXTENSION["PROJ4","+proj=merc +nadgrids=@null +wktext"]]',
    ],
)
def test_a_crs_of_its_own_passes(said):
    for part, content in _stated(said):
        require_own_crs(io.BytesIO(content.encode()), "a", part)


def test_a_crs_that_is_no_plain_json_is_refused():
    for content in ("{'crs':{'type':'link'}}", '{"crs"/* a */:{}}', '{"crs":{"name":}}'):
        with pytest.raises(
            MissingCRSError, match=r"its member 'crs' is no plain JSON; remove the member"
        ):
            require_own_crs(io.BytesIO(content.encode()), "a")


@pytest.mark.parametrize("name", ["x" * 1_000_000, "x" * 70_000])
def test_a_crs_of_a_very_long_name_is_called_too_long(name):
    content = json.dumps({"crs": {"type": "name", "properties": {"name": name}}})
    with pytest.raises(MissingCRSError, match=r"its member 'crs' is longer than 65,536 bytes;"):
        require_own_crs(io.BytesIO(content.encode()), "a")


def test_a_crs_elsewhere_is_refused_in_binary_files_and_archives(tmp_path):
    head = b"fgb\x03fgb\x00" + (200_000).to_bytes(4, "little") + bytes(100_000) + _WKT.encode()
    for part, content in (("", head), ("a.gdbtable", _WKT.encode("utf-16-le"))):
        with pytest.raises(MissingCRSError, match=_GRID):
            require_own_crs(io.BytesIO(content), "a", part)
    SQUARES.to_file(tmp_path / "a.gpkg")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database, database:
        database.execute("UPDATE gpkg_spatial_ref_sys SET definition = ?", [_WKT])
    (tmp_path / "a.zip").write_bytes(packed({"a.shp": b"", "a.prj": _WKT.encode()}))
    for name in ("a.gpkg", "a.zip"):
        with pytest.raises(MissingCRSError, match=_GRID):
            require_file(tmp_path / name, name)


@pytest.mark.parametrize("name", ["a.gpkg", "a/b.dat"])
def test_a_database_in_an_archive_is_looked_at_as_one_beside_it(tmp_path, name):
    SQUARES.to_file(tmp_path / "a.gpkg", layer="lots")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database, database:
        database.execute("CREATE VIEW evil AS SELECT * FROM lots")
    (tmp_path / "a.zip").write_bytes(packed({name: (tmp_path / "a.gpkg").read_bytes()}))

    with pytest.raises(LayerError, match=r"holds the view 'evil', which runs a query"):
        read(f"{tmp_path}/a.zip#lots")


def test_a_table_in_an_archive_that_leads_to_others_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed({"a.tab": b'!table\n\nopen table "/a/b"\n'}))

    with pytest.raises(LayerError, match="MapInfo table that only points to other files"):
        require_file(tmp_path / "a.zip", "a.zip")


def test_a_pipe_beside_a_file_is_refused(tmp_path):
    write(SQUARES, tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    os.mkfifo(tmp_path / "a.prj")

    with pytest.raises(LayerError, match=r"the file 'a.prj' beside it is a device or a pipe"):
        require_file(tmp_path / "a.shp", "a.shp")


def test_no_grid_is_fetched_where_the_environment_lets_proj_do_so(listener):
    before = network.is_network_enabled()
    network.set_network_enabled(active=True)
    listener.clear()
    there = CRS(f"+proj=longlat +ellps=WGS84 +nadgrids={listener.url}/a.gsb +type=crs")

    has_way_to_hk80(there)

    assert not listener.requests
    assert network.is_network_enabled()
    network.set_network_enabled(active=before)


def test_a_file_beside_another_is_a_part_of_it_by_its_whole_name_in_any_case(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").touch()
    file = tmp_path / "a.geojson"
    file.write_text("{}")
    (tmp_path / "ab.csvt").symlink_to(tmp_path / "elsewhere" / "x")

    require_file(file, "a.geojson")
    (tmp_path / "A.DAT").symlink_to(tmp_path / "elsewhere" / "x")
    with pytest.raises(LayerError, match=r"'A.DAT' beside it is a link to another folder"):
        require_file(file, "a.geojson")


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
    with gdal.local_drivers_only(), gdal.local_drivers_only():
        assert set(pyogrio.list_drivers()) <= {*gdal.DRIVERS, "MEM"}

    assert set(pyogrio.list_drivers()) == before
    assert "OGR_VRT" in before
    assert str(pyogrio.get_gdal_config_option("GDAL_HTTP_MAX_RETRY")) == "7"
    assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") is None
    assert os.environ["NO_PROXY"] == "example.org"
    pyogrio.set_gdal_config_options({"GDAL_HTTP_MAX_RETRY": None})


def test_a_layer_of_the_catalog_closes_gdal_off_once(tmp_path, monkeypatch):
    record = open_catalog().layers["wetlands"]
    copy = Path(shutil.copy(record.path, tmp_path))
    settings, set_all = [], pyogrio.set_gdal_config_options
    monkeypatch.setattr(
        pyogrio, "set_gdal_config_options", lambda new: settings.append(new) or set_all(new)
    )

    read_record(replace(record, path=copy, title_en="Read by nobody else"))

    assert len(settings) == 2  # once off, once back


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
        ("geocode.gpkg", "holds the view 'geocode'"),
        ("endless.gpkg", "holds the view 'endless'"),
        ("case.gpkg", "holds the view 'CASE'"),
        ("unlisted.gpkg", "holds the view 'unlisted_too'"),
        ("catalog.gpkg", "holds the view 'gpkg_spatial_ref_sys'"),
        ("disguised.gpkg", "(holds the view 'disguised'|damaged database)"),
        ("marked.gpkg", "(holds the view 'marked'|damaged database)"),
        ("grid.geojson", "its CRS names the file '/.*', which is not read"),
        ("hostgrid.geojson", "its CRS names the file 'http.*', which is not read"),
        ("virtual.gpkg", "(table 'v' reads its rows from elsewhere|damaged database)"),
        ("sidecpg.shp", "'sidecpg.cpg' beside it is a link to another folder"),
        ("climb.zip", "leads outside of it"),
    ],
)
def test_what_leads_elsewhere_is_named(hostile_files, name, wrong):
    with pytest.raises(LayerError, match=wrong):
        read(hostile_files[0].parent / name)


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
    (tmp_path / "a.csvt").write_bytes(b"String,Real,Real\n" + b" " * 10_000_001)
    sites = str(tmp_path / "a.csv")

    with pytest.raises(LayerError, match=r"'a.csvt' beside it has 10 MB; .*max_size='11MB'"):
        nm.near(sites, "stations")
    assert len(nm.near(sites, "stations", max_size="11MB")) == 1


@pytest.mark.parametrize(
    ("name", "data", "wrong"),
    [
        ("a.pmtiles", b"PMTiles\x03" + b"\0" * 200, r"holds map tiles \(PMTiles\)"),
        ("a.geojson.gz", b"\x1f\x8b\x08" + b"\0" * 20, "is packed with gzip; unpack it"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 20, "old Office, or protected by a password"),
        ("a.kml", b"<!DOCTYPE html><html></html>", r"is a web page \(HTML\); get the file itself"),
        ("a.json", b"\n <html><body>", r"is a web page \(HTML\)"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, name, data, wrong):
    (tmp_path / name).write_bytes(data)

    with pytest.raises(LayerError, match=wrong):
        read(tmp_path / name)


DOCTYPES = {
    "plain": b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
    "after a comment": b"<!--" + b" " * 70_000 + b"--><!DOCTYPE a><a/>",
    "utf-16": "<!DOCTYPE a><a/>".encode("utf-16"),
    "unknown encoding": b'<?xml version="1.0" encoding="big5"?><!doctype a><a/>',
}


@pytest.mark.parametrize("content", DOCTYPES.values(), ids=DOCTYPES)
def test_xml_with_a_document_type_is_refused_whatever_holds_it(tmp_path, run, content):
    parts = {"[Content_Types].xml": b"<a/>", "xl/worksheets/sheet1.xml": content}
    held = {"a.kml": content, "a.gpx": content, "a.gml": content, "a.xlsx": packed(parts)}
    held |= {"a.ods": packed({"content.xml": content}), "a.kmz": packed({"doc.kml": content})}
    held |= {"b.zip": packed({"a.gml": content}), "c.zip": packed({"a.kmz": held["a.kmz"]})}
    for name, data in held.items():
        (tmp_path / name).write_bytes(data)
        done = run("area", "--sites", tmp_path / name)
        assert done.exit_code == 4, name
        assert done.stderr.count("\n") == 1, name
        assert "declares a document type (DOCTYPE), which may name other files" in done.stderr, name


def test_a_document_type_in_the_metadata_of_a_shapefile_is_no_concern(tmp_path):
    write(SQUARES, tmp_path / "a.shp")
    parts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "a.zip").write_bytes(packed(parts | {"a.shp.xml": DOCTYPES["plain"]}))

    assert len(read(tmp_path / "a.zip")) == 2


GPX = '<?xml version="1.0"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">\n{}'


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (GPX.format('<wpt lat="22.5" lon="114.1"'), "breaks off at line 3; get it again"),
        (GPX.format('<wpt lat="22.5" lon="114.1"/>'), "breaks off at line 3; get it again"),
        (GPX.format("<wpt></gpx>"), "line 3: a point has no lat; mend that point"),
        (GPX.format('<wpt lat="22.5" lon="x"/></gpx>'), "line 3: a point has lon 'x', which is no"),
        (GPX.format('<wpt lat="1" lon="2"></a></gpx>'), r"damaged at line 3 \(mismatched tag\)"),
        (
            GPX.format("</gpx>"),
            "holds no features in its layers waypoints, routes, tracks, route_po",
        ),
    ],
)
def test_what_is_wrong_with_gpx_is_named_with_its_line(tmp_path, content, wrong):
    (tmp_path / "a.gpx").write_text(content, encoding="utf-8")

    with pytest.raises(LayerError, match=wrong):
        read(tmp_path / "a.gpx")


def test_an_archive_with_a_password_is_named(tmp_path):
    data = bytearray(packed({"a.csv": b"id,lon,lat\n1,114.05,22.5\n"}))
    data[6] |= 1
    data[data.find(b"PK\1\2") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(data))

    with pytest.raises(LayerError, match="is protected by a password; unpack it"):
        read(tmp_path / "a.zip")


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


def test_a_part_of_a_shapefile_that_cannot_be_opened_is_not_left_out(tmp_path, monkeypatch):
    file = write(layer({"x": square(0, 0, 100)}, lot=[7]), tmp_path / "lots.shp")
    can_read = os.access
    monkeypatch.setattr(
        os, "access", lambda path, how: can_read(path, how) and "dbf" not in str(path)
    )

    with pytest.raises(LayerError, match=r"'lots.dbf' beside it cannot be opened; check its perm"):
        nm.area(file)


@pytest.mark.parametrize("name", ["a!b.gpkg", "a;b.gpkg", "a\nb.gpkg", "a\tb.gpkg"])
def test_a_name_that_gdal_reads_as_another_is_refused(tmp_path, name):
    SQUARES.to_file(tmp_path / "a.gpkg")
    (tmp_path / "a.gpkg").rename(tmp_path / name)

    with pytest.raises(LayerError, match="in a name as its own; rename it"):
        require_file(tmp_path / name, name)
