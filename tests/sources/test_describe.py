"""Looks: why a file cannot be opened is said as it is."""

import pytest
from world import point, write_json

from nmgeo.errors import LayerError
from nmgeo.sources.describe import describe


def test_a_text_of_a_megabyte_is_read(tmp_path):
    file = write_json(tmp_path / "w.geojson", [(point(0, 0), "w", {"note": "x" * 1_000_000})])

    assert describe(file).driver == "GeoJSON"


def test_a_text_that_is_longer_than_gdal_reads_is_named_as_the_cause(tmp_path):
    file = write_json(tmp_path / "w.geojson", [(point(0, 0), "w", {"note": "x" * 10_000_001})])
    with pytest.raises(LayerError, match="longer than the 10,000,000 characters") as refused:
        describe(file)

    assert "damaged" not in str(refused.value)
    assert refused.value.remedy == "shorten it or leave it out"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type":"FeatureCollection","features":[{"type":"Feature"', "Unterminated object"),
        (
            '{"type":"FeatureCollection","features":[{"id":bad}]}',
            "Unexpected character (b)",
        ),
        ('{"hello": 1}', ""),
        ("hello", ""),
    ],
)
def test_a_damaged_file_is_named_so_with_what_gdal_says_of_it(tmp_path, text, why):
    (tmp_path / "w.geojson").write_text(text)
    with pytest.raises(LayerError) as refused:
        describe(tmp_path / "w.geojson")

    told = f" ({why})" if why else ""
    assert refused.value.wrong == f"damaged, or no vector format that nmgeo reads{told}"
