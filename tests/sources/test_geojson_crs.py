"""GeoJSON with a member ``crs`` that names no known CRS states none, wherever the member stands."""

import json

import pytest
from hostile import packed
from world import sites, square, write

from nmgeo.errors import MissingCRSError
from nmgeo.sources.describe import describe


def _named(name):
    return {"type": "name", "properties": {"name": name}}


_UNKNOWN = [
    *(_named("EPSG:99999"), _named("grid of the survey"), _named("EPSG:43265")),
    *(_named("WGS 1984 grid 50"), _named(""), _named(" "), _named(4326), _named(None)),
    *(_named("EPSG:2326\0x"), _named("EPSG:4326\x1b[0m"), _named("EPSG:4326\n")),
    # Those that PROJ knows and GDAL does not, which would be read as WGS 84.
    *(_named("Hong Kong 1980"), _named("hongkong"), _named("2326"), _named("HK80")),
    *(_named("my 84"), _named("not 4326"), _named("EPSG:14326")),
    *({}, [], [1], "", "EPSG:2326", 0, 2326, False, {"type": "name"}, {"properties": {}}),
    *({"type": "name", "properties": []}, {"type": "EPSG", "properties": {"code": 99999}}),
    _named("EPSG:2326") | {"type": "no kind"},
]
_KNOWN = [
    *((None, 4326), (_named("urn:ogc:def:crs:OGC:1.3:CRS84"), 4326), (_named("WGS84"), 4326)),
    *((_named("EPSG:2326"), 2326), ({"type": "EPSG", "properties": {"code": 2326}}, 2326)),
    *(
        (_named("GCS_WGS_1984"), 4326),
        (_named("urn:ogc:def:crs:EPSG:6.6:4326"), 4326),
        (_named("WGS 84"), 4326),
        (_named("4326"), 4326),
        ({"Type": "Name", "Properties": {"Name": "EPSG:2326"}}, 2326),
    ),
]
_TEXT = "its member 'crs' names no known CRS"


def _content(folder):
    file = folder / "x.geojson"
    if not file.exists():
        write(sites(a=square(0, 0, 100)), file)
    return json.loads(file.read_text())


def _written(folder, *, before="", behind=""):
    """Return a file with members before and behind its features."""
    features = json.dumps(_content(folder)["features"])
    parts = ['"type": "FeatureCollection"', before, f'"features": {features}', behind]
    file = folder / "a.geojson"
    file.write_text("{" + ", ".join(filter(None, parts)) + "}\n")
    return file


def _told(file):
    seen = describe(file)
    return seen.crs and seen.crs.to_epsg(), [str(one) for one in seen.told]


@pytest.mark.parametrize("place", ["before", "behind"])
@pytest.mark.parametrize("crs", _UNKNOWN)
def test_an_unknown_crs_is_none(tmp_path, crs, place):
    written = f'"crs": {json.dumps(crs)}'

    assert _told(_written(tmp_path, **{place: written})) == (None, [_TEXT])
    assert _told(_written(tmp_path, **{place: f'"more": {{"crs": 1}}, {written}'})) == (
        *(None, [_TEXT]),
    )
    assert _told(_written(tmp_path, **{place: f'{written}, "more": {{"crs": 1}}'})) == (
        *(None, [_TEXT]),
    )


@pytest.mark.parametrize("place", ["before", "behind"])
@pytest.mark.parametrize(("crs", "epsg"), _KNOWN)
def test_a_known_crs_is_read(tmp_path, crs, epsg, place):
    assert _told(_written(tmp_path, **{place: f'"crs": {json.dumps(crs)}'})) == (epsg, [])


@pytest.mark.parametrize("other", ["EPSG:4326", "EPSG:2326"])
def test_of_two_neither_counts(tmp_path, other):
    first, second = (f'"crs": {json.dumps(_named(name))}' for name in ("EPSG:2326", other))
    for parts in (
        {"before": first, "behind": second},
        {"before": f"{first}, {second}"},
        {"behind": f"{first}, {second}"},
    ):
        assert _told(_written(tmp_path, **parts)) == (None, ["it has more than one member 'crs'"])


@pytest.mark.parametrize("place", ["before", "behind"])
@pytest.mark.parametrize("name", ["\\u0063rs", "C\\u0052\\u0073", "cr\\u0053"])
def test_a_crs_whose_name_is_written_by_numbers_is_found(tmp_path, name, place):
    written = f'"{name}": {json.dumps(_named("EPSG:99999"))}'

    assert _told(_written(tmp_path, **{place: written})) == (None, [_TEXT])


def test_an_unknown_crs_is_found_behind_a_large_member(tmp_path):
    large = json.dumps(["x" * 1_000_000] * 17)
    written = f'"more": {large}, "crs": {json.dumps(_named("EPSG:99999"))}'

    assert _told(_written(tmp_path, before=written)) == (None, [_TEXT])


def test_a_crs_that_is_too_large_is_named(tmp_path):
    large = _named("EPSG:2326") | {"more": ["x" * 1_000_000] * 17}

    with pytest.raises(MissingCRSError, match="its member 'crs' is longer than 65,536 bytes"):
        describe(_written(tmp_path, behind=f'"crs": {json.dumps(large)}'))


def test_a_property_of_that_name_is_no_crs(tmp_path):
    for more in ('"more": {"crs": 1}', '"more": {"crs": {}, "x": 1}'):
        assert _told(_written(tmp_path, before=more, behind=more)) == (4326, [])
    read = _content(tmp_path)
    for feature in read["features"]:
        feature["properties"]["crs"] = "EPSG:99999"
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps(read))

    assert _told(file) == (4326, [])


def test_an_unknown_crs_is_found_in_an_archive_and_behind_a_bom(tmp_path):
    content = _written(tmp_path, behind=f'"crs": {json.dumps(_named("EPSG:99999"))}').read_bytes()
    (tmp_path / "a.zip").write_bytes(packed({"a.geojson": content}))
    (tmp_path / "b.geojson").write_bytes(b"\xef\xbb\xbf" + content)
    (tmp_path / "c.geojson").write_bytes(content.decode().encode("utf-16"))

    for name in ("a.zip", "b.geojson", "c.geojson"):
        crs, told = _told(tmp_path / name)
        assert (crs, told[-1:]) == (None, [_TEXT])


@pytest.mark.parametrize("name", ["EPSG:99999", "grid of the survey"])
@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_command_stops_unless_the_crs_is_stated(tmp_path, run, name, place):
    file = _written(tmp_path, **{place: f'"crs": {json.dumps(_named(name))}'})

    done = run("area", "--sites", file)
    assert (done.exit_code, done.stdout) == (4, "")
    assert f"a.geojson: {_TEXT}" in done.stderr
    assert run("area", "--sites", file, "--crs", "EPSG:4326").exit_code == 0
