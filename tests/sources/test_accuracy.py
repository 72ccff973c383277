"""Accuracies: what a user's file says of them is taken only if it can be true."""

import pytest
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError

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


@pytest.mark.parametrize("said", [[None, 0.0], ["5", " "], [None, None]])
def test_what_says_nothing_or_a_number_as_text_is_no_fault(tmp_path, said):
    file = two(tmp_path, said)

    assert len(nm.area(open_catalog(sites=file))) == 2
    assert "accuracy_wrong" not in set(doctor(file)["finding"])
