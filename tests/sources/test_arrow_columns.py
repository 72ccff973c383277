"""Columns of GeoParquet in types that pandas or Arrow cannot work with are read all the same."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from world import layer, square

import nmgeo as nm
from nmgeo.errors import LayerError
from nmgeo.sources.arrow_columns import plain_column, plain_frame
from nmgeo.sources.standard_columns import naming_columns
from nmgeo.sources.value_types import class_texts, plain_values

FAR = 3_663_000  # days: the year 11998


def column(values, kind):
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        ([FAR, 0], pa.date32(), ["11998-12-15", "1970-01-01"]),
        ([FAR * 86_400_000, None], pa.date64(), ["11998-12-15", None]),
        ([1, None], pa.time64("ns"), ["00:00:00.000000001", None]),
        ([0], pa.timestamp("us", "Mars/Phobos"), ["1970-01-01 00:00:00.000000"]),
        ([2**62], pa.duration("s"), [str(2**62)]),
        (["a", None], pa.string_view(), ["a", None]),
        ([b"a"], pa.binary_view(), [b"a"]),
        ([0], pa.date32(), [pd.Timestamp("1970-01-01").date()]),
        ([1.5], pa.float64(), [1.5]),
    ],
)
def test_a_column_has_a_type_that_python_holds(values, kind, read):
    assert plain_column(column(values, kind)).to_pylist() == read


def test_half_floats_are_floats():
    halves = np.array([0.5], np.float16)
    assert plain_column(pa.chunked_array([pa.array(halves)])).type == pa.float32()
    assert plain_values(pd.Series(halves)).dtype == float


def test_what_cannot_be_held_is_named():
    table = pa.table({"a": [1], "b": pa.array([[FAR]], pa.list_(pa.date32()))})

    with pytest.raises(LayerError, match=r"x: column 'b' cannot be read \(list<.*> *: .*\); save"):
        plain_frame(table, "x")


def test_classes_are_text_even_of_bytes():
    found = class_texts(pd.Series([b"a", b"\xff", None, "", 1, " ", "a "], dtype=object))

    assert found.tolist() == ["a", r"\xff", "no_class", "no_class", "1", "no_class", "a"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([FAR, 1], pa.date32()),
        pa.array([b"\xff", b"a"]),
        pa.array(["a", "b"], pa.string_view()),
        pa.array(np.array([1, 2], np.float16)),
    ],
)
def test_every_command_reads_a_file_of_odd_columns(tmp_path, values):
    frame = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, use=["x", "y"])
    frame.reset_index(drop=True).to_parquet(tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    table = table.set_column(table.column_names.index("use"), "use", values)
    pq.write_table(table, file := tmp_path / "a.parquet")

    assert len(nm.diff(file, file, by="use")) == 2
    assert len(nm.reconcile(file, file, key="use"))
    assert len(nm.area(file, key="use")) == 2
    assert nm.doctor(file) is not None
    nm.export(tmp_path / "a.geojson", file)


def test_a_key_that_is_no_text_is_refused_in_batches(tmp_path):
    frame = layer({"a": square(0, 0, 100)}, use=["x"]).reset_index(drop=True)
    frame.to_parquet(tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    table = table.set_column(table.column_names.index("use"), "use", pa.array([[1]]))
    pq.write_table(table, tmp_path / "a.parquet")

    with pytest.raises(LayerError, match=r"column 'use' cannot be read \(.*\); save it"):
        nm.partition(tmp_path / "a.parquet", tmp_path / "parts", key="use")


def test_ids_and_names_are_what_a_feature_is_called():
    headings = ["site_id", "Facility Name", "設施名稱", "ADDRESS_EN"]

    assert naming_columns(headings) == set(headings[:3])


def test_whole_numbers_and_booleans_stay_so_beside_missing_ones(tmp_path):
    numbers, states = pd.array([2**53 + 1, None], "Int64"), pd.array([True, None], "boolean")
    frame = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, n=numbers, s=states)
    frame.to_parquet(tmp_path / "a.parquet")
    nm.export(tmp_path / "o.parquet", str(tmp_path / "a.parquet"))

    table = pq.read_table(tmp_path / "o.parquet").select(["n", "s"])
    assert table.schema.types == [pa.int64(), pa.bool_()]
    assert table.to_pydict() == {"n": [2**53 + 1, None], "s": [True, None]}
