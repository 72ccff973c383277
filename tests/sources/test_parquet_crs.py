"""The CRS that GeoParquet states as a text: a code, or a name in full."""

import json

import pyarrow.parquet as pq
import pytest
from world import sites, square

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError
from nmgeo.sources.parquet import GeoParquet


def stated(folder, said):
    """Return what is read of a file of which the CRS is a text."""
    path = folder / "a.parquet"
    sites(a=square(0, 0, 100)).to_parquet(path)
    table = pq.read_table(path)
    told = json.loads(table.schema.metadata[b"geo"])
    told["columns"]["geometry"]["crs"] = said
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(told)}), path)
    return GeoParquet(OwnFile(path=str(path))).describe().crs


@pytest.mark.parametrize("part", ["hongkong", "WGS 8", "HK80", "grid of the survey"])
def test_a_part_of_a_name_is_no_crs(tmp_path, part):
    with pytest.raises(LayerError, match="its member 'crs' names no known CRS"):
        stated(tmp_path, part)


@pytest.mark.parametrize("name", ["EPSG:2326", "Hong Kong 1980 Grid System"])
def test_a_code_or_a_name_in_full_is_one(tmp_path, name):
    assert stated(tmp_path, name).to_epsg() == 2326
