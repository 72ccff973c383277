"""Ids of features: the key, else the id of the feature, else its row from 0, in every format."""

import json

import pytest
from world import layer, point, read, write

import nmgeo as nm
from nmgeo.errors import LayerError

POINTS = layer({"a": point(0, 0), "b": point(9, 9)}, n=[1, 2])
NO_ID = "no id"


def geojson(path, ids, properties=()):
    """Write features with these ids, and these property ids."""
    features = []
    for number, given in enumerate(ids):
        held = {"n": number} | ({"id": properties[number]} if properties else {})
        place = {"type": "Point", "coordinates": [114.05 + number / 1_000, 22.5]}
        feature = {"type": "Feature", "properties": held, "geometry": place}
        features.append(feature if given == NO_ID else feature | {"id": given})
    if path.suffix == ".geojsonl":
        path.write_text("\n".join(map(json.dumps, features)))
    else:
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_ids_that_were_written_as_fractions_are_whole_in_a_table_and_in_a_stream(run, tmp_path):
    file = write(POINTS.assign(lot=[101.0, 102.0]), tmp_path / "l.fgb")
    ids = [
        sorted(line.split(",")[0].strip('"') for line in text.splitlines()[1:])
        for text in (
            run("near", "stations", "--sites", file, "--key", "lot", *how).stdout
            for how in ((), ("-o", "-"))
        )
    ]

    assert ids == [["101", "102"]] * 2


@pytest.mark.parametrize("suffix", [".geojson", ".geojsonl"])
@pytest.mark.parametrize(
    ("ids", "properties", "right"),
    [
        ([7, 3], (), ["7", "3"]),
        ([3, None, 1, 0], (), ["0", "1", "2", "3"]),
        (["t1", "t2"], [5, 6], ["t1", "t2"]),
        ([-1, -5], (), ["-1", "-5"]),
        ([NO_ID, NO_ID], (), ["0", "1"]),
        ([NO_ID, NO_ID], [5, 6], ["5", "6"]),
        (["a", 2, NO_ID], (), ["0", "1", "2"]),
        ([2**60 + 1, 2**60 + 3], (), [str(2**60 + 1), str(2**60 + 3)]),
        ([1.5, "1.50"], (), ["1.5", "1.50"]),
    ],
)
def test_ids_of_geojson_are_those_of_the_file(tmp_path, suffix, ids, properties, right):
    file = geojson(tmp_path / f"a{suffix}", ids, properties)
    catalog = nm.open_catalog(sites=file)
    nm.stream(tmp_path / "out.csv", nm.rings_batches(["500m"], catalog), catalog)
    streamed = [
        line.split(",")[0].strip(chr(34))
        for line in (tmp_path / "out.csv").read_text().splitlines()[1:]
    ]

    found = read(file)

    assert list(found.index) == right
    assert found["n"].tolist() == list(range(len(right)))
    assert list(dict.fromkeys(streamed)) == right


@pytest.mark.parametrize("twice", [2, "a"])
def test_an_id_that_stands_twice_is_named(tmp_path, twice):
    file = geojson(tmp_path / "a.geojson", [twice, twice])

    with pytest.raises(LayerError, match=f"field id: '{twice}' stands 2 times; make it unique"):
        read(file)


def test_corners_of_outlines_are_told_from_ids_that_repeat(tmp_path):
    file = tmp_path / "corners.csv"
    file.write_text("lot,lon,lat\nA,114.05,22.5\nA,114.06,22.5\nA,114.06,22.51\n")

    with pytest.raises(
        LayerError, match=r"'A' stands 3 times; .*corners of an outline go into one"
    ):
        nm.area(nm.open_catalog(sites=file, key="lot"))


@pytest.mark.parametrize("name", ["a.shp", "a.fgb", "a.kml", "a.csv", "a.gml"])
def test_a_format_without_ids_counts_rows_from_0(tmp_path, name):
    if name == "a.csv":
        (tmp_path / name).write_text("lot,lon,lat\n1,114.05,22.5\n2,114.06,22.5\n")
    elif name == "a.gml":
        POINTS.reset_index(drop=True).to_crs(4326).to_file(tmp_path / name, driver="GML")
    else:
        write(POINTS.reset_index(drop=True), tmp_path / name)

    crs = "wgs84" if name == "a.csv" else None
    assert list(read(tmp_path / name, crs=crs).index) == ["0", "1"]


def test_an_integer_property_is_written_with_the_ids(tmp_path, run):
    file = geojson(tmp_path / "a.geojson", [NO_ID, NO_ID], [5, 6])
    done = run("near", "stations", "--sites", file, "-o", tmp_path / "out.csv")

    assert done.exit_code == 0
    assert "5," in (tmp_path / "out.csv").read_text().replace('"', "")
