"""Values that a format has no room for do not keep the others from being written."""

from contextlib import suppress
from datetime import date, time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from world import layer, square

import nmgeo as nm
from nmgeo.errors import ExportError, LayerError
from nmgeo.formats.plain_text import plain_table, plain_text

FORMATS = ["geojson", "geojsonl", "xlsx", "ods", "kml", "gpkg", "fgb", "parquet", "csv"]
TEXTS = [
    "a\0b",
    "a\rb\r\nc",
    " a",
    "\t=1",
    "a\tb \t c",
    "a  b\n c",
    "\x1b[1m\u202ea",
    "\ufffe",
    "]]><!--",
]
SQUARES = {"a": square(0, 0, 100), "b": square(200, 0, 100)}


@pytest.mark.filterwarnings("ignore:.*infinite numbers left empty:nmgeo.Notice")
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_reads_back_odd_texts_and_infinite_numbers(tmp_path, form):
    columns = {f"c{n}": ["p", value] for n, value in enumerate(TEXTS)}
    frame = layer(SQUARES, **columns, number=[np.inf, 1.5], other=[-np.inf, np.nan])

    nm.export(tmp_path / f"a.{form}", frame)


@example(["\ufffe"], 0)
@given(st.lists(st.none() | st.text("a\n\x1f\ufffe（\U0001f600")), st.integers(0, 3))
def test_the_text_of_a_table_is_plain_as_each_of_its_cells(cells, first):
    column = pa.chunked_array([cells, cells], pa.string()).slice(first)

    plain = plain_table(pa.table({"text": column}))["text"].to_pylist()

    assert plain == [cell and plain_text(cell) for cell in (cells * 2)[first:]]


ODD_TYPES = {
    "dates": np.array(["2020-01-01T10:00", "9999-12-31T12:00"], dtype="datetime64[us]"),
    "a day": pd.to_datetime(["2020-01-01", None]),
    "dates of a zone": pd.to_datetime(["2020-01-01T00:00:00+08:00", None]),
    "large numbers": np.array([2**64 - 1, 0], dtype="uint64"),
    "large numbers or none": pd.array([2**64 - 1, None], dtype="UInt64"),
    "complex": [1 + 2j, 0],
    "long floats": np.array([1, 2], dtype="longdouble"),
    "half floats": np.array([1, 2], dtype="float16"),
    "periods": pd.period_range("2020", periods=2, freq="Y"),
    "intervals": pd.interval_range(0, 2),
    "sparse": pd.arrays.SparseArray([1, 0]),
    "durations": pd.to_timedelta([1, 2], unit="s"),
    "bytes": [b"a", b"\xff"],
    "fixed bytes": np.array([b"a", b"b"]),
}


@pytest.mark.filterwarnings("ignore:.*durations are written as text:nmgeo.Notice")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ODD_TYPES)
def test_every_format_reads_back_odd_types(tmp_path, form, kind):
    nm.export(tmp_path / f"a.{form}", layer(SQUARES, odd=ODD_TYPES[kind]))


@pytest.mark.parametrize("kind", ODD_TYPES)
def test_odd_types_are_names_keys_and_columns_of_streams(tmp_path, kind):
    frame = layer(SQUARES, odd=ODD_TYPES[kind])

    assert len(nm.area(frame, name="odd")) == 2
    nm.stream(tmp_path / "a.csv", nm.near_batches("stations"), nm.open_catalog(sites=frame))
    with suppress(LayerError):  # an id is text or a whole number
        nm.area(frame, key="odd")


NESTED = {date(2020, 1, 1): [time(8), {"days": pd.Timedelta(days=1)}]}


@pytest.mark.filterwarnings("ignore:which policy instruments apply is not certain:nmgeo.Notice")
@pytest.mark.parametrize("count", [2, 501])  # more than 500 are encoded
@pytest.mark.parametrize("odd", [*ODD_TYPES.values(), [np.inf, 1.5], [NESTED, None]])
def test_a_page_holds_odd_types_and_infinite_numbers_of_sites_and_layers(tmp_path, count, odd):
    few = layer(SQUARES, odd=odd)
    many = few.iloc[np.arange(count) % 2].set_axis([f"n{n}" for n in range(count)])
    catalog = nm.open_catalog(sites=few, layers={"mine": many})

    assert "mine" in nm.map(tmp_path / "a.html", catalog=catalog).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("odd", [["p", "q"], [{"a": 1}, None]])
def test_columns_that_are_called_id_in_every_case_are_kept(tmp_path, form, odd):
    frame = layer(SQUARES, ID=odd, Id=["r", "s"], iD=[1, 2], NAME=odd, name=["t", "u"])

    nm.export(tmp_path / f"a.{form}", frame)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["OGC_FID", "ogc_fid", "fid", "=a\n", "<b>", '"', "a\0b"])
def test_every_format_reads_back_columns_of_odd_names(tmp_path, form, name):
    nm.export(tmp_path / f"a.{form}", layer(SQUARES, **{name: ["p", "q"]}))


@pytest.mark.parametrize("form", ["geojson", "gpkg", "fgb", "shp.zip", "csv"])
@pytest.mark.parametrize("name", ["a!b", "a;b", "a\nb", ".a;b"])
def test_a_file_of_an_odd_name_is_written_there_and_nowhere_else(tmp_path, form, name):
    path = tmp_path / f"{name}.{form}"
    written = nm.export(path, layer(SQUARES))

    assert path in written
    assert sorted(tmp_path.iterdir()) == sorted(written)


@pytest.mark.parametrize("form", ["geojson", "gpkg", "fgb"])
@pytest.mark.parametrize("name", ["a!b", "a;b", "a\nb"])
def test_a_folder_of_an_odd_name_is_refused_where_gdal_would_write_to_another(tmp_path, form, name):
    with pytest.raises(ExportError, match="GDAL reads '!' and ';' in a name as its own"):
        nm.export(tmp_path / name / f"x.{form}", layer(SQUARES))

    assert not list(tmp_path.iterdir())
