"""Infinite numbers of a user's column: kept where a format holds them, else said and left empty."""

import geopandas as gpd
import numpy as np
import pytest
from world import sites, square

import nmgeo as nm
from nmgeo.errors import Notice

_EMPTY = "infinite numbers left empty"
pytestmark = pytest.mark.filterwarnings("ignore:which policy instruments:nmgeo.errors.Notice")


@pytest.fixture
def lots(tmp_path):
    frame = sites(a=square(0, 0, 100), b=square(300, 0, 100), c=square(600, 0, 100))
    values = {"rent": [1.0, np.inf, np.nan], "yield": [-np.inf, np.inf, 3.0], "size": [1.0, 2, 3]}
    frame = frame.rename_axis("lot").reset_index().assign(**values)
    frame.to_file(tmp_path / "lots.gpkg")
    return tmp_path / "lots.gpkg"


@pytest.mark.parametrize("ending", ["geojson", "geojsonl", "geojsons", "xlsx", "ods"])
def test_it_is_said_of_each_column_where_a_format_holds_none(lots, tmp_path, ending, recwarn):
    nm.export(tmp_path / f"out.{ending}", "sites", sites=lots, key="lot")
    told = [str(one.message) for one in recwarn if _EMPTY in str(one.message)]

    assert [one.partition(", which")[0] for one in told] == [
        f"column 'rent': {_EMPTY} (1)",
        f"column 'yield': {_EMPTY} (2)",
    ]


@pytest.mark.parametrize("ending", ["gpkg", "fgb"])
def test_other_formats_keep_them_without_a_word(lots, tmp_path, ending, recwarn):
    nm.export(tmp_path / f"out.{ending}", "sites", sites=lots, key="lot")
    read = gpd.read_file(tmp_path / f"out.{ending}").sort_values("lot")

    assert read["yield"].tolist() == [-np.inf, np.inf, 3.0]
    assert not [one for one in recwarn if _EMPTY in str(one.message)]


def test_a_pack_says_it_of_its_geojson(lots, tmp_path):
    with pytest.warns(Notice, match=_EMPTY):
        nm.pack(tmp_path / "pack", lots, key="lot")
