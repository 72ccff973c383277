"""Services on the loopback interface that answer as ArcGIS, WFS, OGC API and plain HTTP do.

The first part of a path names a fault: ``/duplicate/FeatureServer/0`` sends an object twice. It is
a process of its own, as tests/listener.py says why. Each request is noted in a file.
"""

import base64
import io
import json
import ssl
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

COUNT, PAGE = 25, 10
CERTIFICATE = Path(__file__).with_name("self_signed.pem")  # of 127.0.0.1, with its key
SPACES = (
    'xmlns="http://www.opengis.net/wfs/2.0" xmlns:wfs="http://www.opengis.net/wfs/2.0" '
    'xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:ozp="urn:ozp" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)
OPERATIONS = (
    '<ows:OperationsMetadata><ows:Operation name="GetFeature"><ows:DCP><ows:HTTP><ows:Get '
    'xlink:href="http://127.0.0.1:{url}/{fault}/wfs"/></ows:HTTP></ows:DCP></ows:Operation>'
    "</ows:OperationsMetadata>"
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


# of a plain file that comes in parts; the connection ends once, but for the slow one
PARTS = ("parts", "parts-slow", "parts-weak", "parts-changed", "parts-wrong", "parts-416")
PARTS += ("parts-never",)


class Services:
    """The process, and what was asked of it."""

    def __init__(self, log):
        self.log = Path(log)
        self.log.touch()
        command = [sys.executable, __file__, str(self.log)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        plain, tls = map(int, self.process.stdout.readline().split())
        self.url, self.tls_url = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}"

    @property
    def requests(self):
        return self.log.read_text().splitlines()

    def clear(self):
        self.log.write_text("")

    def arcgis(self, fault):
        return f"{self.url}/{fault}/FeatureServer/0"

    def close(self):
        self.process.kill()
        self.process.communicate()


def corner(number, fault):
    """Return the south-west corner of a feature and its side, in the CRS that a fault asks for."""
    x, y, side = 114.05 + 0.001 * number, 22.5, 0.0005
    if fault in ("hk80", "esri", "holes", "arcs"):
        return 821_000 + 100 * number, 839_000, 50
    return (y, x, side) if fault == "swapped" else (x, y, side)


def ring(number, fault):
    x, y, side = corner(number, fault)
    return [[x, y], [x, y + side], [x + side, y + side], [x + side, y], [x, y]]


def feature(number, fault):
    geometry = {"type": "Polygon", "coordinates": [ring(number, fault)]}
    if fault == "null-geometry" and number == 3:
        geometry = None
    properties = {
        "OBJECTID": number,
        "PLAN_NO": "S/STT/1",
        "ZONE_LABEL": "CA" if number % 2 else "V",
    }
    if fault == "loop":
        properties["PLAN_NO"] = "S/LMCL/2"
    if fault == "lots":
        properties["LotCSUID"] = f"01450   {940 + number}" if number > 1 else None
    if fault == "mixed":
        properties["note"] = [1, "a"] if number % 2 else number
    if fault == "surrogate":
        properties["note"] = "\ud800"
    if fault == "odd-ids":
        return {
            "type": "Feature",
            "id": [number] if number % 2 else None,
            "properties": properties,
            "geometry": geometry,
        }
    if fault == "no-ids":
        return {"type": "Feature", "properties": {"a": 1}, "geometry": geometry}
    return {"type": "Feature", "id": number, "properties": properties, "geometry": geometry}


def esri(number, fault):
    x, y, side = corner(number, fault)
    rings = [ring(number, fault)]
    if fault == "holes":
        rings.append(
            [[x + a, y + b] for a, b in ((10, 10), (20, 10), (20, 20), (10, 20), (10, 10))]
        )
    geometry = {"rings": rings}
    if fault in ("curves", "arcs"):
        arc = {"c" if fault == "arcs" else "?": [[x + side, y], [x + side / 2, y + side / 2]]}
        geometry = {"curveRings": [[[x, y], arc, [x, y]]]}
    return {"attributes": feature(number, fault)["properties"], "geometry": geometry}


def collection(numbers, fault, **members):
    return {
        "type": "FeatureCollection",
        "features": [feature(n, fault) for n in numbers],
        **members,
    }


class Handler(BaseHTTPRequestHandler):
    """Answers by the fault in the path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for that of the client's system
    seen = Counter()

    def do_GET(self):
        self.note(self.path)
        parts = urlsplit(self.path)
        _, self.fault, *rest = parts.path.split("/")
        self.query = {name.lower(): value for name, value in parse_qsl(parts.query)}
        Handler.seen[self.path] += 1
        self.times = Handler.seen[self.path]
        if not self.broken():
            kind = rest[0] if rest else ""
            answers = {
                "FeatureServer": self.arcgis,
                "wfs": self.wfs,
                "collections": self.items,
                "tiles": self.tile,
            }
            answers.get(kind, self.file)(rest)

    def note(self, line):
        with Path(sys.argv[1]).open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    def broken(self):
        """Answer as a fault of the connection or of HTTP does; tell whether it did."""
        fault, data = self.fault, "returnCountOnly" in self.path or "download" in self.path
        if fault in ("404", "500", "503"):
            self.send(b"no", "text/plain", status=int(fault))
        elif fault == "503-twice" and self.times <= 2:
            self.send(b"busy", "text/plain", status=503)
        elif fault == "html":
            self.send(b"<!DOCTYPE html><html>Sorry</html>", "text/html")
        elif fault == "redirect-same":
            self.redirect(self.path.replace("redirect-same", "ok"))
        elif fault.startswith("redirect"):
            port = self.server.server_port
            targets = {
                "redirect-host": f"http://localhost:{port}/ok",
                "redirect-port": "http://127.0.0.1:9/ok",
                "redirect-file": "file:///etc/passwd",
                "redirect-loop": self.path,
                "redirect-odd": "http://[odd",
            }
            self.redirect(targets[fault])
        elif fault == "silent":
            time.sleep(5)
        elif fault in ("drip", "reset") and data:
            self.partly(fault)
        elif fault == "large" and data:
            self.send(b" " * 4_000_000 + b"{}")
        elif fault == "deep" and data:
            self.send(b'{"a":' * 100_000)
        elif fault == "list" and data:
            self.send(b"[1]")
        else:
            return False
        return True

    def partly(self, fault):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(40 if fault == "drip" else 1):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1 if fault == "drip" else 0)
        self.close_connection = True

    def redirect(self, target):
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, body, kind="application/json", status=200):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(BrokenPipeError):  # of a client that was killed
            self.wfile.write(data)

    def arcgis(self, rest):
        fault, query = self.fault, self.query
        count = 0 if fault == "empty" else COUNT
        if fault == "error-200":
            self.send({"error": {"code": 400, "message": "Invalid\nquery", "details": []}})
        elif fault == "token":
            self.send({"error": {"code": 499, "message": "Token Required"}})
        elif "query" not in rest:
            self.about(rest)
        elif query.get("returncountonly") == "true":
            told = {"count": 30 if fault == "count" else count}
            self.send({} if fault == "no-count" else told)
        elif query.get("returnidsonly") == "true":
            self.ids(count)
        else:
            self.page()

    def about(self, rest):
        if self.fault == "layers" and len(rest) == 1:
            return self.send({"layers": [{"id": 0, "name": "A"}, {"id": 1, "name": "B"}]})
        if len(rest) == 1:
            return self.send({"layers": [{"id": 0, "name": "Zones"}]})
        is_esri = self.fault in ("esri", "holes", "curves", "arcs")
        return self.send(
            {
                "name": "Zones",
                "type": "Feature Layer",
                "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}],
                "objectIdField": "OBJECTID; DROP" if self.fault == "field" else "OBJECTID",
                "maxRecordCount": PAGE,
                "supportedQueryFormats": "JSON" if is_esri else "JSON, geoJSON",
                "copyrightText": "Planning Department",
            }
        )

    def ids(self, count):
        if self.fault in ("offset", "offset-duplicate"):
            return self.send({"error": {"code": 400, "message": "not supported"}})
        return self.send({"objectIdFieldName": "OBJECTID", "objectIds": [*range(1, count + 1)]})

    def page(self):
        where, fault = self.query.get("where", ""), self.fault
        if "resultoffset" in self.query:
            start = int(self.query["resultoffset"])
            first = start if fault == "offset-duplicate" and start else start + 1
            numbers = [*range(first, min(first + PAGE, COUNT + 1))]
        else:
            low, high = (
                int(word) for word in where.split("OBJECTID>=")[1].split(" AND OBJECTID<=")
            )
            numbers = [*range(low, high + 1)]
        if fault == "slow":
            time.sleep(0.3)
        if fault == "short":
            numbers = numbers[:4]
        if fault == "missing":
            numbers = [n for n in numbers if n != 7]
        if fault == "duplicate" and 11 in numbers:
            numbers = [*numbers, 11]
        if fault == "error-500-once" and self.times == 1:
            return self.send({"error": {"code": 500, "message": "Error performing query"}})
        if fault in ("esri", "holes", "curves", "arcs"):
            features = [esri(n, fault) for n in numbers]
            reference = (
                {"wkid": 4326} if fault == "curves" else {"wkid": 102140, "latestWkid": 2326}
            )
            return self.send({"features": features, "spatialReference": reference})
        whole = json.dumps(collection(numbers, fault)).encode()
        cut = fault == "truncated" or (fault == "truncated-once" and self.times == 1)
        return self.send(
            {} if fault == "no-features" else whole[: len(whole) // 2] if cut else whole
        )

    def wfs(self, _rest):
        fault, asked = self.fault, self.query.get("request", "")
        if fault == "exception":
            text = f"<ows:ExceptionReport {SPACES}><ows:Exception><ows:ExceptionText>No such type"
            return self.send(
                f"{text}</ows:ExceptionText></ows:Exception></ows:ExceptionReport>".encode(),
                "text/xml",
            )
        if asked == "GetCapabilities":
            names = ["ozp:zones", "ozp:plans"] if fault == "types" else ["ozp:zones"]
            types = "".join(
                f"<FeatureType><Name>{n}</Name><Title>{n}</Title></FeatureType>" for n in names
            )
            version = "1.1.0" if fault.startswith("old") else "2.0.0"
            how = OPERATIONS.format(url=self.server.server_port, fault=fault)
            text = (
                f'<wfs:WFS_Capabilities {SPACES} version="{version}"><ows:Value>GEOJSON</ows:Value>'
                f"{how}<FeatureTypeList>{types}</FeatureTypeList></wfs:WFS_Capabilities>"
            )
            text = text.replace("GEOJSON", "GEOJSON\xff") if fault == "no-text" else text
            return self.send(text.encode("latin-1"), "text/xml")
        if self.query.get("resulttype") == "hits":
            count = 99 if fault == "count" else COUNT
            name = "numberOfFeatures" if fault.startswith("old") else "numberMatched"
            count = "unknown" if fault == "no-count" else count
            text = f'<wfs:FeatureCollection {SPACES} {name}="{count}"/>'
            return self.send(text.encode(), "text/xml")
        return self.send({} if fault == "no-features" else self.wfs_page())

    def wfs_page(self):
        """Answer with a page; servers of the faults send 10 features at most."""
        fault, start = self.fault, int(self.query.get("startindex", 0))
        paged = fault in ("paged", "old-paged", "slow", "duplicate", "missing")
        if fault == "slow":
            time.sleep(0.3)
        first = start if fault == "duplicate" and start else start + 1
        numbers = range(first, min(first + PAGE, COUNT + 1) if paged else COUNT + 1)
        return collection([n for n in numbers if fault != "missing" or n != 17], fault)

    def items(self, rest):
        fault, number = self.fault, int(self.query.get("page", 0))
        if rest[-1] != "items":
            return self.send({"id": "zones", "title": "Zones of plans"})
        start = number * PAGE + 1
        first = start - 1 if fault == "duplicate" and number else start
        numbers = range(first, min(start + PAGE, COUNT + 1))
        if fault == "missing" and number:
            numbers = numbers[1:]
        if fault == "slow":
            time.sleep(0.3)
        port = self.server.server_port
        host = "localhost" if fault == "next-host" else "127.0.0.1"
        following = 0 if fault == "next-loop" and number == 2 else number + 1
        href = f"http://{host}:{port}{urlsplit(self.path).path}?f=json&page={following}"
        links = [{"rel": "next", "href": href}] if numbers[-1] < COUNT or following == 0 else []
        return self.send(collection(numbers, fault, links=links, numberMatched=COUNT))

    def tile(self, rest):
        fault, zoom = self.fault, int(rest[-3])
        if fault == "slow":
            time.sleep(0.05)
        if fault == "no-tiles" or (fault == "hole" and zoom == 11):
            return self.send(b"none", "text/plain", status=404)
        return self.send(b"no picture" if fault == "text" else PNG, "image/png")

    def file(self, rest):
        fault, name = self.fault, rest[-1]
        whole = json.dumps(collection(range(1, COUNT + 1), fault)).encode()
        if fault == "truncated":
            whole = whole[:300]
        if fault == "nothing":
            whole = b""
        if name.endswith(".zip"):
            held = io.BytesIO()
            with zipfile.ZipFile(held, "w") as pack:
                pack.writestr(
                    "../../out.geojson" if fault == "climbs" else "a/zones.geojson", whole
                )
            whole = held.getvalue()
        if fault in PARTS:
            return self.in_parts(whole + b" " * 400_000)
        return self.send(whole, "application/octet-stream")

    def in_parts(self, whole):
        """Send a file slowly; of one that is the same as before what is asked for."""
        tag = f'"{self.times}"' if self.fault == "parts-changed" else '"one"'
        asked, known = self.headers.get("Range"), self.headers.get("If-Range")
        start = int(asked[6:-1]) if asked and known == tag and self.fault != "parts-never" else 0
        if self.fault == "parts-416" and asked:
            self.send(b"", status=416)
            return
        self.note(f"RANGE {start}")
        self.send_response(206 if start else 200)
        if start:
            wrong = self.fault == "parts-wrong"
            self.send_header(
                "Content-Range", f"bytes {start + wrong}-{len(whole) - 1}/{len(whole)}"
            )
        self.send_header("ETag", f"W/{tag}" if self.fault == "parts-weak" else tag)
        self.send_header("Content-Length", str(len(whole) - start))
        self.end_headers()
        for place in range(start, len(whole), 50_000):
            self.wfile.write(whole[place : place + 50_000])
            time.sleep(0.05 if self.fault == "parts-slow" else 0)
            if self.times == 1 and place >= 150_000 and self.fault != "parts-slow":
                self.close_connection = True  # in the middle
                return

    def log_message(self, *_):
        """Print nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    secure = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    server.daemon_threads = secure.daemon_threads = True
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port} {secure.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
