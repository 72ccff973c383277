"""Streams: what a batch says is said whatever the threads of other batches ignore."""

import warnings
from dataclasses import fields, replace

import pytest
import shapely
from shapely.affinity import translate
from test_stream import here, lots, parquet, small_batches, wells
from world import EAST, NORTH

import nmgeo as nm
from nmgeo.errors import Notice, filters_kept, notify
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.batch_work import Work

__all__ = ["here", "lots", "small_batches", "wells"]  # fixtures
BOW = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])


@pytest.fixture(params=["another list", "the same list"])
def ignoring(monkeypatch, request):
    """Ignore all warnings from a thread, as shapely.is_valid in two of them may leave it."""
    begin = Work.begin

    def begun(self, *batch):
        if request.param == "another list":
            warnings.filters = warnings.filters[:]
        warnings.filters.insert(0, ("ignore", None, Warning, None, 0))
        return begin(self, *batch)

    monkeypatch.setattr(Work, "begin", begun)


def leaves_filters(out, measure, catalog):
    """Stream, and tell whether the filters of warnings are those from before."""
    before, held = warnings.filters, list(warnings.filters)
    nm.stream(out, measure, catalog)
    return warnings.filters is before and before == held


@pytest.mark.usefixtures("ignoring")
@pytest.mark.parametrize(("command", "layer"), [("near", "wells"), ("inside", "zones")])
def test_what_a_batch_says_is_said_though_another_thread_ignores_warnings(
    tmp_path, here, lots, command, layer
):
    lots.loc["s40", "geometry"] = translate(BOW, EAST, NORTH)
    catalog = here(parquet(lots, tmp_path / "lots.parquet"), key="lot", crs={"sites": "wgs84"})
    measure = getattr(nm, f"{command}_batches")(layer, catalog)
    with pytest.warns(Notice, match="repaired 1 invalid geometry in feature L40"):
        assert leaves_filters(tmp_path / "o.parquet", measure, catalog)


def test_the_caller_may_ignore_what_is_said(tmp_path, here, lots):
    lots.loc["s40", "geometry"] = translate(BOW, EAST, NORTH)
    catalog = here(parquet(lots, tmp_path / "lots.parquet"), key="lot", crs={"sites": "wgs84"})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("ignore", Notice)
        nm.stream(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)

    assert [w for w in said if issubclass(w.category, Notice)] == []


def test_columns_are_shown_without_a_notice_in_any_thread(here, recwarn):
    class Saying(BatchMeasure):
        def rows(self, outlines, name):
            notify("said")
            return super().rows(outlines, name)

    near = replace(nm.near_batches("wells", here(None)), units="sqft")  # as no other test has it
    with filters_kept():
        _ = Saying(**{each.name: getattr(near, each.name) for each in fields(near)}).rows_of_none

    assert [w for w in recwarn if str(w.message) == "said"] == []
