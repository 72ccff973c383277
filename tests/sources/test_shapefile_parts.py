"""Shapefiles with a part that is missing or cut off, in a folder or in an archive."""

import warnings
import zipfile

import pytest
from world import sites, square, write

import nmgeo as nm
from nmgeo.errors import LayerError, Notice

_BARE = "its .dbf is missing or damaged: the attributes of the features are not read"
_CUT = {"missing": None, "empty": 0, "its head alone": 40}


@pytest.fixture(params=["folder", "archive"])
def cut_off(tmp_path, request):
    """Return a function that writes a Shapefile whose part has so many bytes, or is not there."""

    def written(suffix, size):
        folder = tmp_path / "parts"
        folder.mkdir()
        file = folder / "lots.shp"
        write(sites(a=square(0, 0, 100), b=square(200, 0, 100)), file)
        part = file.with_suffix(suffix)
        content = part.read_bytes()
        part.unlink() if size is None else part.write_bytes(content[:size])
        if request.param == "folder":
            return file
        with zipfile.ZipFile(tmp_path / "lots.zip", "w") as archive:
            for each in folder.iterdir():
                archive.write(each, each.name)
        return tmp_path / "lots.zip"

    return written


@pytest.mark.parametrize("kind", _CUT)
def test_that_attributes_are_not_read_is_said(cut_off, kind):
    file = cut_off(".dbf", _CUT[kind])

    with pytest.warns(Notice, match=_BARE):
        assert len(nm.area(sites=file)) == 2


@pytest.mark.parametrize("kind", _CUT)
def test_the_doctor_has_a_finding_of_it_and_no_notice(cut_off, kind):
    file = cut_off(".dbf", _CUT[kind])
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=f".*{_BARE}")
        [row] = nm.doctor(file).query("finding == 'dbf_missing'").to_dict("records")

    assert (row["severity"], row["evidence"]) == ("fault", _BARE)


@pytest.mark.parametrize("lost", [1, 50])
def test_shapes_that_break_off_are_refused(cut_off, lost):
    with pytest.raises(LayerError, match=r"breaks off after \d+ of \d+ bytes"):
        nm.area(sites=cut_off(".shp", -lost))
