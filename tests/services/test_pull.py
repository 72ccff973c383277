"""Pull: layers of services on loopback, each with a fault that real services have."""

import json
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import warnings
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fake_services import CERTIFICATE, COUNT
from pulling import LIMITS, fetch, files_of

import nmgeo as nm
from nmgeo.cache import hold_lock, newest_tiles
from nmgeo.errors import (
    AuditError,
    DoubtfulCRSError,
    ExportError,
    LayerError,
    SourceError,
    UnknownLayerError,
    UsageError,
)
from nmgeo.services import http
from nmgeo.services.answers import Request

pytestmark = pytest.mark.filterwarnings("ignore:.* official outline fetched:nmgeo.errors.Notice")


@pytest.mark.parametrize(
    "path",
    [
        "ok/FeatureServer/0",
        "ok/FeatureServer",
        "ok/FeatureServer/0/query",
        "esri/FeatureServer/0",
        "offset/FeatureServer/0",
        "short/FeatureServer/0",
        "503-twice/FeatureServer/0",
        "truncated-once/FeatureServer/0",
        "error-500-once/FeatureServer/0",
        "redirect-same/FeatureServer/0",
        "mixed/FeatureServer/0",
        "surrogate/FeatureServer/0",
        "ok/wfs",
        "old/wfs",
        "types/wfs?typeNames=ozp:zones",
        "odd-ids/wfs",
        "no-text/wfs",
        "paged/wfs",
        "old-paged/wfs",
        "no-count/wfs",
        "ok/collections/zones",
        "ok/collections/zones/items",
        "odd-ids/collections/zones/",
        "ok/download/zones.geojson",
        "ok/download/zones.zip",
        "hk80/download/zones.geojson",
    ],
)
def test_a_service_is_fetched_whole_and_its_layer_known_by_name(services, cache, path):
    row = fetch(f"{services.url}/{path}").iloc[0]
    layer = nm.read_layer(nm.open_catalog(), "zones")

    assert (row["features_count"], len(layer), layer.index.is_unique) == (COUNT, COUNT, True)
    assert layer.total_bounds[:2] == pytest.approx([114.04, 22.495], abs=0.02)
    assert files_of(cache) == [
        f"layers/zones/{row['version']}/{n}" for n in ("about.json", "data.parquet")
    ]
    assert not list(cache.glob("partial/*/*"))


FAULTS = [  # of a service or a file, each tried by its own
    ("404/FeatureServer/0", SourceError, "it answers 404; check the address"),
    ("503/FeatureServer/0", SourceError, "it answers 503, 3 times in a row"),
    ("500/download/a.geojson", SourceError, "it answers 500, 3 times"),
    ("html/FeatureServer/0", SourceError, "sends a web page in place of data"),
    ("html/download/a.geojson", SourceError, "sends a web page"),
    ("error-200/FeatureServer/0", SourceError, r"refuses the query \(Invalid query\)"),
    ("token/FeatureServer/0", SourceError, r"needs a login \(Token Required\)"),
    ("truncated/FeatureServer/0", SourceError, "breaks off or is no JSON"),
    ("truncated/download/a.geojson", SourceError, "breaks off or is no JSON"),
    ("deep/FeatureServer/0", SourceError, "is no JSON"),
    ("list/FeatureServer/0", SourceError, "sends JSON of another kind"),
    ("nothing/download/a.geojson", SourceError, "its answer is empty"),
    ("no-features/FeatureServer/0", SourceError, "sends no list of features"),
    ("duplicate/FeatureServer/0", SourceError, "sends object 11 twice"),
    ("offset-duplicate/FeatureServer/0", SourceError, "sends object 10 twice"),
    ("missing/FeatureServer/0", SourceError, "leaves out object 7"),
    ("no-ids/FeatureServer/0", SourceError, "without object ids"),
    ("field/FeatureServer/0", SourceError, "has no field of object ids"),
    ("count/FeatureServer/0", SourceError, "sends 25 features and says that it has 30"),
    ("no-count/FeatureServer/0", SourceError, "does not say how many"),
    ("empty/FeatureServer/0", SourceError, "holds no features for this query"),
    ("curves/FeatureServer/0", SourceError, "a geometry that cannot be read"),
    ("layers/FeatureServer", UsageError, "has the layers 0 A, 1 B"),
    ("hk80/FeatureServer/0", DoubtfulCRSError, "127.0.0.1"),
    ("swapped/FeatureServer/0", DoubtfulCRSError, "127.0.0.1"),
    ("redirect-host/FeatureServer/0", SourceError, "redirects to localhost"),
    ("redirect-port/FeatureServer/0", SourceError, "redirects to 127.0.0.1"),
    ("redirect-file/FeatureServer/0", SourceError, "redirects to file"),
    ("redirect-loop/FeatureServer/0", SourceError, "redirects without end"),
    ("redirect-odd/FeatureServer/0", SourceError, "the address cannot be read"),
    ("silent/FeatureServer/0", SourceError, "the connection fails"),
    ("drip/FeatureServer/0", SourceError, "one answer takes longer than 0.5 s"),
    ("reset/FeatureServer/0", SourceError, "the connection fails"),
    ("large/FeatureServer/0", SourceError, "sends more than 3 MB; fetch a part with bbox="),
    ("exception/wfs", SourceError, r"refuses the query \(No such type\)"),
    ("types/wfs", UsageError, "has the types ozp:zones, ozp:plans"),
    ("count/wfs", SourceError, "sends 25 features and says that it has 99"),
    ("duplicate/wfs", SourceError, "sends object 10 twice"),
    ("missing/wfs", SourceError, "sends object 20 twice"),
    ("duplicate/collections/zones", SourceError, "sends object 10 twice"),
    ("missing/collections/zones", SourceError, "sends 23 features and says that it has 25"),
    ("next-host/collections/zones", SourceError, "redirects to localhost"),
    ("next-loop/collections/zones", SourceError, "sends object 1 twice"),
    ("climbs/download/a.zip", LayerError, "which leads outside of it"),
]


def test_at_least_30_faults_are_tried():
    assert len({path for path, _, _ in FAULTS}) >= 30


@pytest.mark.parametrize(("path", "kind", "said"), FAULTS)
def test_a_fault_is_one_line_and_leaves_the_cache_as_it_was(
    services, cache, filled, path, kind, said
):
    shutil.copytree(filled / "layers", cache / "layers")
    before = files_of(cache)

    waits = {"silent": {"silence_s": 0.2}, "drip": {"request_s": 0.5}}
    limits = replace(LIMITS, **waits.get(path.split("/")[0], {}))

    with pytest.raises(kind, match=said) as caught:
        fetch(f"{services.url}/{path}", limits=limits)

    assert str(caught.value).isprintable()
    assert files_of(cache) == before
    assert len(nm.read_layer(nm.open_catalog(), "zones")) == COUNT


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "does not begin|is not an address"),
        ("ftp://a.hk/x", "is not an address"),
        ("http://me:secret@127.0.0.1/x", "holds a user name or password"),
        ("http:///x", "is not an address"),
        ("http://[x/FeatureServer/0", "the address cannot be read"),
        ("zone", "unknown service .did you mean zones"),
    ],
)
def test_an_address_that_may_not_be_fetched_is_refused(cache, url, said):
    with pytest.raises(UsageError, match=said) as caught:
        nm.pull(url, name="x" if "://" in url else None)

    assert "secret" not in str(caught.value)
    assert not cache.exists()


def test_a_service_that_does_not_answer_is_said(cache):
    with pytest.raises(SourceError, match="the connection fails"):
        fetch("http://127.0.0.1:9/FeatureServer/0")
    assert files_of(cache) == []


def test_a_certificate_that_does_not_verify_ends_with_one_line_and_code_5(
    services, cache, run, monkeypatch
):
    url = f"{services.tls_url}/ok/FeatureServer/0"
    services.clear()
    done = run("pull", url, "--name", "zones")

    assert done.exit_code == 5
    assert "127.0.0.1: its TLS certificate cannot be verified" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (services.requests, files_of(cache)) == ([], [])
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))  # now it is one that is trusted
    assert fetch(url).iloc[0]["features_count"] == COUNT


def test_a_server_without_tls_at_an_address_of_https_is_said(services, cache):
    with pytest.raises(SourceError, match=r"the connection fails .*SSL.*3 times in a row"):
        fetch(services.arcgis("ok").replace("http:", "https:"))
    assert files_of(cache) == []


def test_rings_in_rings_are_holes_and_102140_is_the_grid(services):
    fetch(services.arcgis("holes"))
    areas = nm.area_ha(nm.read_layer(nm.open_catalog(), "zones"))

    assert areas.to_numpy() == pytest.approx([0.24] * COUNT, rel=1e-4)


def test_circular_arcs_are_drawn(services):
    fetch(services.arcgis("arcs"))
    areas = nm.area_ha(nm.read_layer(nm.open_catalog(), "zones"))

    assert areas.to_numpy() == pytest.approx([math.pi * 25**2 / 2 / 1e4] * COUNT, rel=1e-3)


def test_a_part_is_asked_of_the_service(services):
    services.clear()
    fetch(services.arcgis("ok"), bbox="114.0,22.4,114.2,22.6")
    assert all(
        "geometry=114%2C22.4%2C114.2%2C22.6" in one for one in services.requests if "query" in one
    )
    assert nm.pull_list().iloc[0]["layer"] == "zones"
    row = fetch(
        f"{services.url}/ok/download/a.geojson", bbox=(114.0, 22.4, 114.0555, 22.6), name="part"
    )
    assert row.iloc[0]["features_count"] == 5
    with pytest.raises(UsageError, match="is no box of west, south, east, north"):
        fetch(services.arcgis("ok"), bbox="1,2,3")
    with pytest.raises(UsageError, match="no field of plans that is known"):
        fetch(services.arcgis("ok"), plan="S/STT/%")


def test_what_an_address_of_a_collection_asks_for_reaches_the_service(services):
    services.clear()
    fetch(f"{services.url}/ok/collections/zones/items?kind=CA")
    assert "kind=CA" in next(one for one in services.requests if "/items?" in one)


def test_a_page_without_features_is_not_kept_for_the_next_run(services, cache):
    with pytest.raises(SourceError, match="sends no list of features"):
        fetch(f"{services.url}/no-features/wfs")
    assert not list(cache.glob("partial/*/page-*.json"))


def test_a_known_service_takes_plans(services, broken_geodata):
    entry = f'[zones]\nurl = "{services.arcgis("ok")}"\nplan_field = "PLAN_NO"\ncredit = "Us"\n'
    (broken_geodata.folder / "services.toml").write_text(entry, encoding="utf-8")
    services.clear()
    nm.pull("zones", plan="S/STT/%' OR 1=1", catalog=broken_geodata.open(), limits=LIMITS)

    assert "where=PLAN_NO+LIKE+%27S%2FSTT%2F%25%27%27+OR+1%3D1%27" in "".join(services.requests)
    nm.pull("zones", plan=["S/STT/%", "S/LMCL/%"], catalog=broken_geodata.open(), limits=LIMITS)
    both = "where=PLAN_NO+LIKE+%27S%2FSTT%2F%25%27+OR+PLAN_NO+LIKE+%27S%2FLMCL%2F%25%27"
    assert both in "".join(services.requests)
    rows = nm.inside("sites", "zones:ZONE_LABEL", catalog=broken_geodata.open())
    assert rows.attrs["credits"][-1] == "Us (LicenseRef-unstated)"


def test_a_known_service_is_refused_once_another_layer_is_at_its_address(services, broken_geodata):
    entry = f'[coast]\nurl = "{services.arcgis("ok")}"\nwhere = "TYPE=\'SEF\'"\nfields = ["TYPE"]\n'
    (broken_geodata.folder / "services.toml").write_text(entry, encoding="utf-8")
    services.clear()
    with pytest.raises(SourceError, match="has no field TYPE, so it is another layer by now"):
        nm.pull("coast", catalog=broken_geodata.open(), limits=LIMITS)
    assert "where=TYPE%3D%27SEF%27" in "".join(services.requests)


def test_versions_are_kept_listed_verified_and_removed(services, cache, run):
    first = fetch(services.arcgis("ok")).iloc[0]
    second = fetch(services.arcgis("short")).iloc[0]

    assert nm.pull_list()["version"].tolist() == [first["version"], second["version"]]
    told = nm.layers(nm.open_catalog())
    assert (told["layer"] == "zones").sum() == 2
    assert (nm.layers(nm.open_catalog(shipped_only=True))["layer"] == "zones").sum() == 0
    assert nm.diff("zones", str(next(cache.glob("layers/*/*/data.parquet"))), key="OBJECTID").empty

    nm.require_whole(nm.pull_verify())
    next(cache.glob(f"layers/zones/{second['version']}/data.parquet")).write_bytes(b"x")
    with pytest.raises(LayerError, match="altered since it was fetched; fetch it again"):
        nm.read_layer(nm.open_catalog(), "zones")
    with pytest.raises(AuditError, match="1 file altered"):
        nm.require_whole(nm.pull_verify("zones"))
    assert run("pull", "--verify").exit_code == 3
    assert "zones" in run("pull", "--list").stdout
    assert run("pull", "--remove", "zones").exit_code == 0
    assert files_of(cache) == []
    with pytest.raises(UnknownLayerError, match="is not in the cache"):
        nm.pull_remove("zones")


def test_a_pulled_layer_takes_the_place_of_a_shipped_one_until_shipped_is_asked_for(services, run):
    fetch(services.arcgis("ok"), name="wetlands")

    assert len(nm.read_layer(nm.open_catalog(), "wetlands")) == COUNT
    assert len(nm.read_layer(nm.open_catalog(shipped_only=True), "wetlands")) == 1
    one, other = (run("near", "wetlands", *more).stdout for more in ((), ("--shipped",)))
    assert one != other
    assert "mai_po" in other


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("slow/FeatureServer/0", "OBJECTID%3E%3D"),
        ("slow/wfs", "GetFeature&typeNames=ozp%3Azones&outputFormat"),
        ("slow/collections/zones", "page="),
    ],
)
def test_a_fetch_that_was_killed_goes_on_where_it_was(services, cache, path, word):
    url = f"{services.url}/{path}"
    kill_once(url, lambda: list(cache.glob("partial/*/page-*.json")))
    assert files_of(cache) == []

    kept = list(cache.glob("partial/*/page-*.json"))
    services.clear()
    assert fetch(url).iloc[0]["features_count"] == COUNT
    again = [one for one in services.requests if word in one]
    assert len(kept) >= 1
    assert len(again) == 3 - len(kept)


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        ("parts", "goes on"),
        ("parts-weak", "anew"),  # no version of the file can be told from another
        ("parts-changed", "anew"),
        ("parts-never", "anew"),  # the server sends whole files only
        ("parts-416", "anew"),
        ("parts-wrong", "anew"),  # it sends another part than was asked for
    ],
)
def test_a_download_that_broke_off_goes_on_where_the_service_can(services, cache, fault, asked):
    services.clear()
    fetch(f"{services.url}/{fault}/download.geojson")
    starts = [int(one.split()[1]) for one in services.requests if one.startswith("RANGE")]

    assert starts[0] == 0
    if asked == "goes on":
        assert starts[1:] == [199_999]
    else:
        assert starts[-1] == 0
        assert len(starts) <= 3
    assert len(nm.read_layer(nm.open_catalog(), "zones")) == COUNT
    assert not list(cache.glob("partial/*/*"))


def test_a_download_that_was_killed_goes_on_where_it_was(services, cache):
    url = f"{services.url}/parts-slow/download.geojson"
    services.clear()
    kill_once(url, lambda: any(p.stat().st_size > 100_000 for p in cache.glob("partial/*/*.part")))
    (part,) = cache.glob("partial/*/*.part")
    kept = part.stat().st_size
    fetch(url)

    assert f"RANGE {kept - 1}" in services.requests
    assert services.requests.count("RANGE 0") == 1
    assert len(nm.read_layer(nm.open_catalog(), "zones")) == COUNT


def test_a_file_that_is_whole_is_not_fetched_again_after_its_reading_failed(services, monkeypatch):
    url = f"{services.url}/parts-slow/whole/download.geojson"
    with monkeypatch.context() as patch:
        patch.setattr("nmgeo.commands.pull._settled", raise_layer_error)
        with pytest.raises(LayerError):
            fetch(url)
    services.clear()
    fetch(url)
    (asked,) = (int(one[6:]) for one in services.requests if one.startswith("RANGE"))
    assert asked > 400_000


def raise_layer_error(_file):
    raise LayerError("a", "b", "c")


def kill_once(url, begun):
    """Start to fetch in a process of its own, and kill it once something is kept."""
    code = f"import nmgeo as nm; nm.pull({url!r}, name='zones')"
    run = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code])
    deadline = time.monotonic() + 60
    while not begun() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()


def test_answers_that_contradict_are_forgotten_so_that_the_next_run_asks_again(services, cache):
    for path in ("duplicate/FeatureServer/0", "missing/FeatureServer/0", "missing/wfs"):
        with pytest.raises(SourceError):
            fetch(f"{services.url}/{path}")
        assert not list(cache.glob("partial/*/*.json"))


BOX = "114.03,22.48,114.13,22.53"


def tiles_of(url, **how):
    """Fetch tiles, and return what the MBTiles file holds."""
    row = fetch(url, name="base", bbox=BOX, **how).iloc[0]
    with closing(sqlite3.connect(newest_tiles("base"))) as base:
        zooms = dict(base.execute("select zoom_level, count(*) from tiles group by 1"))
        return row, zooms, dict(base.execute("select name, value from metadata"))


def test_tiles_of_a_box_become_the_background_of_a_map(services, tmp_path, run):
    row, zooms, facts = tiles_of(f"{services.url}/hole/tiles/{{z}}/{{x}}/{{y}}.png", zoom="10-13")

    assert (row["features_count"], list(zooms)) == (sum(zooms.values()), [10, 12, 13])
    assert (facts["format"], facts["attribution"]) == ("png", "127.0.0.1")
    assert "base" in run("pull", "--list").stdout
    assert "base" not in nm.open_catalog().known_layers
    assert "base" not in nm.layers()["layer"].tolist()
    nm.require_whole(nm.pull_verify("base"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nm.Notice)
        page = nm.map(tmp_path / "map.html", basemap="base").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page


def test_a_file_comes_before_fetched_tiles_of_its_name(services, tmp_path, monkeypatch):
    tiles_of(f"{services.url}/hole/tiles/{{z}}/{{x}}/{{y}}.png", zoom="10")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").write_text("of no tiles", encoding="utf-8")

    with pytest.raises(LayerError, match="base: "):
        nm.map(tmp_path / "map.html", basemap="base")


@pytest.mark.parametrize(
    ("fault", "zoom", "kind", "said"),
    [
        ("no-tiles", "10", SourceError, "holds no tiles of this part"),
        ("text", "10", LayerError, "a tile is no PNG, JPEG or WebP"),
        ("html", "10", SourceError, "sends a web page"),
        ("ok", "10-19", UsageError, "tiles, more than 10,000"),
        ("ok", "13-10", UsageError, "is no range of zooms from 0 to 19"),
        ("ok", "x", UsageError, "is no range of zooms"),
    ],
)
def test_tiles_that_cannot_be_fetched_are_said(services, cache, fault, zoom, kind, said):
    with pytest.raises(kind, match=said):
        tiles_of(f"{services.url}/{fault}/tiles/{{z}}/{{x}}/{{y}}.png", zoom=zoom)
    assert files_of(cache) == []
    with pytest.raises(UsageError, match="is of raster tiles alone"):
        fetch(services.arcgis("ok"), zoom="10")


def test_tiles_that_are_kept_are_not_fetched_again(services):
    url = f"{services.url}/slow/tiles/{{z}}/{{x}}/{{y}}.png"
    stopped = iter([True] * 3)

    def stop(pages, _count):
        for page in pages:
            yield page
            if next(stopped, None) is None:
                raise KeyboardInterrupt

    services.clear()
    with pytest.raises(KeyboardInterrupt):
        fetch(url, name="base", bbox=BOX, zoom="13", watch=stop)
    fetch(url, name="base", bbox=BOX, zoom="13")
    assert len(services.requests) == len(set(services.requests)) > 4


@pytest.mark.parametrize("name", [f"stage {n}" for n in range(4)])
def test_a_write_that_stops_anywhere_tears_nothing(services, cache, filled, monkeypatch, name):
    shutil.copytree(filled / "layers", cache / "layers")
    before, calls, real = files_of(cache), [], Path.replace
    stop = 2 * int(name[-1])

    def replace(self, target):
        calls.append(self)
        if len(calls) > stop:
            raise OSError(28, "No space left on device")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(ExportError, match="the cache cannot be written"):
            fetch(services.arcgis("short"))
    assert files_of(cache) == before
    fetch(services.arcgis("short"))
    assert len(files_of(cache)) == 4


@pytest.mark.parametrize("at", [".", "layers"])
def test_a_cache_that_is_a_file_is_left_out_with_a_note(cache, at, run):
    cache.mkdir(exist_ok=True)
    place = cache / at
    if at == ".":
        place.rmdir()
    place.write_text("")
    done = run("layers")

    assert done.exit_code == 0
    assert f"the cache {cache / 'layers'} is left out (Not a directory)" in done.stderr


@pytest.mark.parametrize("at", ["layers", "layers/short"])
def test_a_cache_that_may_not_be_listed_is_left_out_with_a_note(
    services, cache, monkeypatch, at, run
):
    fetch(services.arcgis("short"), name="short")
    real, closed = os.scandir, cache / at

    def scandir(folder):
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    done = run("layers")

    assert done.exit_code == 0
    assert f"the cache {closed} is left out (Permission denied)" in done.stderr


def test_a_version_that_may_not_be_read_is_left_out_with_a_note(services, cache, monkeypatch, run):
    fetch(services.arcgis("short"), name="short")
    [about], real = cache.glob("layers/*/*/about.json"), Path.read_text

    def read_text(path, *args, **kwargs):
        if path == about:
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", read_text)
    done = run("layers")

    assert done.exit_code == 0
    assert f"the cache {about} is left out (Permission denied)" in done.stderr


def test_other_files_in_the_cache_are_passed_over(services, cache, run):
    fetch(services.arcgis("short"), name="short")
    (cache / "layers" / ".DS_Store").write_text("")
    (cache / "layers" / "short" / ".DS_Store").write_text("")
    done = run("layers")

    assert "short" in done.stdout
    assert "left out" not in done.stderr


def test_two_fetches_of_one_thing_do_not_mix(services):
    busy = pytest.raises(SourceError, match="another process fetches the same")
    with hold_lock(Request(services.arcgis("ok")).key), busy:
        fetch(services.arcgis("ok"))
    assert fetch(services.arcgis("ok")).iloc[0]["features_count"] == COUNT


def test_what_was_kept_is_forgotten_once_the_service_changed(services, cache):
    key = Request(services.arcgis("ok")).key
    folder = cache / "partial" / key
    folder.mkdir(parents=True)
    (folder / "count.json").write_text('{"count": 3, "url": "x"}')
    (folder / "page-1-10.json").write_text(json.dumps({"features": []}))

    assert fetch(services.arcgis("ok")).iloc[0]["features_count"] == COUNT


def test_no_other_command_reaches_the_network(services, cache, filled, monkeypatch):
    shutil.copytree(filled / "layers", cache / "layers")
    services.clear()
    monkeypatch.setattr(http, "_library", pytest.fail)
    nm.layers(nm.open_catalog())
    nm.inside("zones")
    nm.zoning("sandy_ridge")

    assert services.requests == []


def test_the_command_fetches_and_says_what(services, run):
    done = run("pull", services.arcgis("ok"), "--name", "zones", "--timeout", "20")
    assert (done.exit_code, done.stdout.splitlines()[1].split(",")[2]) == (0, "25")
    assert run("pull").exit_code == 2
    for time_s in ("0", "-1", "nan"):
        odd = run("pull", services.arcgis("ok"), "--name", "zones", "--timeout", time_s)
        assert (odd.exit_code, "is no time to wait for an answer" in odd.stderr) == (2, True)
    assert run("pull", services.arcgis("404"), "--name", "zones").exit_code == 5
    assert run("pull", services.arcgis("ok"), "--name", "../x").exit_code == 2
    assert run("pull", "zones", "--list").exit_code == 2
    assert run("zoning", "hetao_hk_park").exit_code == 0


def test_ctrl_c_is_one_line(services, run, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(http.Client, "get_json", stop)
    done = run("pull", services.arcgis("ok"), "--name", "zones")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        5,
        "nmgeo: nmgeo pull: stopped; run it again: it continues where it was",
    )


def test_a_box_and_a_site_do_not_go_together():
    with pytest.raises(UsageError, match="bbox=: given with site="):
        fetch("zones", bbox=BOX, site="sandy_ridge")
