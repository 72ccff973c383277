"""Hostile files: each names a listener or a canary file in every way that its format has."""

import io
import json
import sqlite3
import zipfile
from contextlib import closing

from world import layer, square, write

CANARY = "canary-4711-bytes"
SQUARES = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, name=["A", "B"])
GML = 'xmlns:gml="http://www.opengis.net/gml"'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
POINT = "<gml:Point><gml:coordinates>114.05,22.5</gml:coordinates></gml:Point>"
MEMBER = "<gml:featureMember><x><gml:geometryProperty>{}</gml:geometryProperty><n>{}</n></x>"
PLACEMARK = "<Placemark><name>{}</name><Point><coordinates>114.05,22.5</coordinates></Point>"


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
        "grid.geojson": linked("name", name=f"+proj=longlat +nadgrids={canary}"),
        "hostgrid.geojson": linked("name", name=f"+proj=longlat +nadgrids={url}/a.gsb"),
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
    endless = (
        "WITH RECURSIVE c(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM c) "
        "SELECT fid, NULL AS geom FROM c"
    )
    selects = {
        "geocode": f"SELECT ogr_geocode('{url}') AS geom, 1 AS fid",
        "load": f"SELECT ogr_datasource_load_layers('{canary}') AS geom, 1 AS fid",
        "memory": "SELECT 1 AS fid, zeroblob(2000000000) AS geom",
        "endless": endless,
        "case": endless,
        "disguised": endless,
        "marked": endless,
    }
    views = {"case": "CASE", "unlisted": "unlisted_too", "catalog": "gpkg_spatial_ref_sys"}
    for name in [*selects, "unlisted", "catalog"]:
        path, view = folder / f"{name}.gpkg", views.get(name, name)
        write(SQUARES, path)
        with closing(sqlite3.connect(path)) as database:
            if name != "unlisted":
                database.execute(f'ALTER TABLE "{view.lower()}" RENAME TO held')
            database.execute(f'CREATE VIEW "{view}" AS {selects.get(name, endless)}')
            gaps = {"disguised": "/**/", "marked": " \ufeff "}  # which SQLite passes over
            if name in gaps:  # it goes by the statement alone
                database.execute("PRAGMA writable_schema = ON")
                disguise = "UPDATE sqlite_master SET type = 'table', sql = replace(sql, ' VIEW', ?)"
                database.execute(f"{disguise} WHERE type = 'view'", [f"{gaps[name]}VIEW"])
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
