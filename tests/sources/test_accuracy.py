"""Accuracies: what a user's file says of them is taken only if it can be true."""

import json

import pandas as pd
import pytest
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError, NmgeoError

ODD = [[5.0, -5.0], [5.0, 1e9], ["5", "5 m"], ["5", "nan"]]


def two(tmp_path, said):
    lots = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, accuracy_m=said)
    return write(lots, tmp_path / "a.gpkg")


@pytest.mark.parametrize("said", ODD)
def test_an_accuracy_that_is_none_is_refused_with_its_feature_and_remedy(tmp_path, said):
    here = open_catalog(sites=two(tmp_path, said), key="id")
    measure = nm.near_batches("stations", here)

    for read in (lambda: nm.area(here), lambda: nm.stream(tmp_path / "o.csv", measure, here)):
        wrong = f"feature b: accuracy_m is '{said[1]}'; give metres from 0 to 100000"
        with pytest.raises(LayerError, match=wrong):
            read()


@pytest.mark.parametrize("said", ODD)
def test_the_doctor_names_it(tmp_path, said):
    rows = doctor(two(tmp_path, said), key="id").set_index("finding")

    row = rows.loc["accuracy_wrong"]
    assert row[["severity", "feature_id", "field"]].tolist() == ["fault", "b", "accuracy_m"]


@pytest.mark.parametrize(
    "said", [[True, False], [True, None], [1.0, True], ["1", True], pd.array([True, None])]
)
def test_true_is_no_accuracy(said):
    column = pd.Series(said, dtype=getattr(said, "dtype", object))
    lots = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)})
    lots = lots.assign(accuracy_m=column.to_numpy(object))

    with pytest.raises(LayerError, match=r"feature [ab]: accuracy_m is 'True'; give metres"):
        nm.area(lots)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb"])
def test_true_in_a_file_is_no_accuracy(tmp_path, suffix):
    lots = layer({"a": square(0, 0, 100)}, accuracy_m=[True])
    file = write(lots, tmp_path / f"lots{suffix}")

    with pytest.raises(LayerError, match=r"feature .: accuracy_m is 'True'; give metres"):
        nm.area(file)
    assert "accuracy_wrong" in set(doctor(file)["finding"])


@pytest.mark.parametrize("said", [[None, 0.0], ["5", " "], [None, None]])
def test_what_says_nothing_or_a_number_as_text_is_no_fault(tmp_path, said):
    file = two(tmp_path, said)

    assert len(nm.area(open_catalog(sites=file))) == 2
    assert "accuracy_wrong" not in set(doctor(file)["finding"])


@pytest.mark.parametrize("said", [None, [None, 2.5], [None, 3], ["", "2.5"], [" ", None]])
@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_what_is_said_of_a_file_holds_where_a_feature_says_nothing(tmp_path, said, suffix):
    told = {} if said is None else {"accuracy_m": said}
    lots = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, **told)
    file = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        lots.rename_axis("id").reset_index().to_parquet(file)
    else:
        write(lots, file)
    own = [9.0 if out in (None, "", " ") else float(out) for out in said or [None, None]]

    here = open_catalog(sites=file, key="id", accuracy="9m")
    nm.stream(tmp_path / "o.csv", nm.near_batches("stations", here), here)

    assert nm.area(file, key="id", accuracy=9)["accuracy_m"].tolist() == own
    assert nm.area(file, key="id", accuracy={"sites": "9m"})["accuracy_m"].tolist() == own
    assert pd.read_csv(tmp_path / "o.csv")["site_accuracy_m"].tolist() == own


def test_it_is_said_of_one_file_or_of_all(tmp_path, run):
    lots = write(layer({"a": square(0, 0, 100)}), tmp_path / "lots.gpkg")
    zones = write(layer({"z": square(0, 0, 500)}), tmp_path / "zones.gpkg")
    files = ["inside", "zones", "--sites", lots, "--layer", f"zones={zones}", "--json"]
    names = ["site_accuracy_m", "feature_accuracy_m"]

    for said, both in ((["5m"], [5, 5]), (["zones=20m"], [None, 20]), (["5m", "zones=0m"], [5, 0])):
        done = run(*files, *(word for one in said for word in ("--accuracy", one)))
        (row,) = json.loads(done.stdout)["rows"]
        assert [row[name] for name in names] == both


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("5", "--accuracy 5: not a length; write a number and one of m, km, ft, mi, as in 500m"),
        ("101km", "--accuracy 101km: is no accuracy; give 0 to 100,000 m"),
        ("zones=5m", "--accuracy zones=...: no such file was given; name one that was"),
    ],
)
def test_what_is_no_accuracy_is_one_line(tmp_path, run, said, wrong):
    lots = write(layer({"a": square(0, 0, 100)}), tmp_path / "lots.gpkg")
    done = run("area", "--sites", lots, "--accuracy", said)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [f"nmgeo: {wrong}"]


@pytest.mark.parametrize("said", [-1, 1e6, float("nan"), "5", True])
def test_a_number_that_is_no_accuracy_is_refused_in_python(said):
    with pytest.raises(NmgeoError, match=r"no accuracy|not a length"):
        nm.area(layer({"a": square(0, 0, 100)}), accuracy=said)


@pytest.mark.parametrize("suffix", ["geojson", "geojsonl"])
@pytest.mark.parametrize("said", [("true", "5"), ("5.5", "false"), ("null", "5")])
def test_true_among_numbers_is_refused_in_geojson_of_which_gdal_makes_one_metre(
    tmp_path, said, suffix
):
    lines = [
        f'{{"type": "Feature", "properties": {{"accuracy_m": {one}, "n": true}}, "geometry": '
        f'{{"type": "Point", "coordinates": [114.{n + 1}, 22.5]}}}}'
        for n, one in enumerate(said)
    ]
    whole = f'{{"type": "FeatureCollection", "features": [{", ".join(lines)}]}}'
    file = tmp_path / f"lots.{suffix}"
    file.write_text(whole if suffix == "geojson" else "\n".join(lines), encoding="utf-8")
    found = nm.doctor(file)

    if "null" in said:
        assert len(nm.sites(file)) == 2
        assert "accuracy_wrong" not in set(found["finding"])
        return
    wrong = "accuracy_m is a number in some features, and true or false in others; give metres"
    for read in (
        nm.sites,
        lambda one: nm.stream(
            tmp_path / "a.csv", nm.near_batches("stations"), nm.open_catalog(sites=one)
        ),
    ):
        with pytest.raises(LayerError, match=wrong):
            read(file)
    assert found.loc[found["finding"] == "accuracy_wrong", "field"].tolist() == ["accuracy_m"]


@pytest.mark.parametrize("suffix", ["geojson", "geojsonl"])
def test_true_elsewhere_than_among_the_numbers_of_features_is_no_fault(tmp_path, suffix):
    line = (
        '{"type": "Feature", "accuracy_m": true, "properties": {"accuracy_m": 5, "survey": '
        '{"accuracy_m": true}}, "geometry": {"type": "Point", "coordinates": [114.1, 22.5]}}'
    )
    whole = f'{{"type": "FeatureCollection", "accuracy_m": false, "features": [{line}]}}'
    file = tmp_path / f"lots.{suffix}"
    file.write_text(whole if suffix == "geojson" else f"{line}\n", encoding="utf-8")

    assert nm.sites(file)["accuracy_m"].tolist() == [5]
    assert "accuracy_wrong" not in set(nm.doctor(file)["finding"])
