"""The column of ids that a user names is a column of classes, too."""

import geopandas as gpd
import pytest
from world import square

import nmgeo as nm

LOTS = gpd.GeoDataFrame(
    {"lot": ["A", "B"]}, geometry=[square(0, 0, 100), square(100, 0, 100)], crs=2326
)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    LOTS.to_file("old.gpkg")
    LOTS.iloc[[0]].to_file("new.gpkg")


@pytest.mark.usefixtures("files")
def test_diff_by_the_key_measures_the_land_of_each_id(run):
    done = run("diff", "old.gpkg", "new.gpkg", "--key", "lot", "--by", "lot", "--format", "csv")

    assert done.exit_code == 0, done.stderr
    assert "A,A,1.0000" in done.stdout
    assert "B,outside_layer,1.0000" in done.stdout


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "words",
    ["area --by lot", "rings --at 200m --by lot", "inside z --layer z=new.gpkg --by lot"],
)
def test_a_measure_is_added_up_by_the_key(run, words):
    done = run(*words.split(), "--sites", "old.gpkg", "--key", "lot", "--format", "csv")

    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("lot,")
    assert [line[:2] for line in done.stdout.splitlines()[1:]] == ["A,", "B,"]


def test_the_key_of_a_layer_names_its_classes():
    catalog = nm.open_catalog(sites=LOTS, layers={"z": LOTS}, key={"z": "lot"})

    assert nm.rings(200, catalog, by="z:lot")["category"].tolist()[:2] == ["A", "B"]
    assert nm.inside("z:lot", catalog)["category"].dropna().tolist()[::2] == ["A", "B"]
