"""Notes on a stream: those of the table, whatever the batches, once each."""

import io

import numpy as np
import pytest
from world import point, points, sites, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.commands.accuracy_notes import UnknownAccuracy
from nmgeo.errors import Notice
from nmgeo.formats.rows import to_arrow
from nmgeo.scale import batch_work
from nmgeo.sources import batches

FORMS = {
    "near": (nm.near, nm.near_batches, "wells"),
    "inside": (nm.inside, nm.inside_batches, "zones"),
    "rings": (nm.rings, nm.rings_batches, ["100m", "300m"]),
}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Let a file of 12 sites be read in 3 batches, and measured as many are."""
    monkeypatch.setattr(batches, "BATCH", 4)
    monkeypatch.setattr(batch_work, "LEAST", 2)


@pytest.fixture
def here(tmp_path):
    lots = sites(**{f"s{i:02}": square(400 * i, 0, 20) for i in range(12)})[["geometry"]]
    known = [5.0, None, 5.0] * 4
    return catalog_of(tmp_path, lots.assign(accuracy_m=known))


def catalog_of(folder, lots):
    wells = points(w0=(0, 500), w1=(3000, 0)).assign(accuracy_m=[10.0, None])
    zones = sites(z0=square(0, 0, 1010), z1=square(2000, 0, 510))[["geometry"]]
    layers = {"wells": write(wells, folder / "wells.geojson")}
    layers["zones"] = write(zones.assign(accuracy_m=[10.0, None]), folder / "zones.gpkg")
    return open_catalog(sites=write(lots, folder / "lots.gpkg"), key="id", layers=layers)


def told(form, catalog, **how):
    """Return what a stream says, and what the table says."""
    whole, bound, asked = FORMS[form]
    streamed = nm.stream(io.BytesIO(), bound(asked, catalog, **how), catalog, form="csv")
    rows = whole(asked, catalog, **how)
    return streamed, rows.attrs["notes"] + ([rows.attrs["remark"]] if form == "rings" else [])


@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("near", {}),
        ("near", {"k": 2}),
        ("near", {"within": "2km", "lang": "tc"}),
        ("inside", {}),
        ("rings", {"count": ["wells"]}),
        ("rings", {"by": "zones"}),
    ],
)
def test_a_stream_says_the_notes_of_the_table(here, form, how):
    streamed, whole = told(form, here, **how)

    assert len(whole) > 1
    assert streamed == whole


def test_points_that_are_measured_on_coordinates_are_told_of_as_well(tmp_path):
    here = catalog_of(tmp_path, points(**{f"p{i}": (400 * i, 0) for i in range(12)})[["geometry"]])
    for form, how in (("near", {}), ("rings", {"counts_only": True, "count": ["wells"]})):
        streamed, whole = told(form, here, **how)
        assert streamed == whole


@pytest.mark.parametrize(("form", "side"), [("near", ()), ("near", (20,)), ("inside", (20,))])
def test_what_lies_far_outside_is_said_of_each_batch(tmp_path, form, side):
    places = [(0, 0), *[(400 * i, 0) for i in range(1, 9)], (60_000, 40_000), (0, 0), (90, 0)]
    draw = square if side else point
    lots = sites(**{f"s{i}": draw(*place, *side) for i, place in enumerate(places)})
    here, (_, bound, asked) = catalog_of(tmp_path, lots[["geometry"]]), FORMS[form]
    far = r"batch 2: more than 5 km outside Hong Kong: 1 feature \(feature s9\)$"
    with pytest.warns(Notice, match=far):
        nm.stream(io.BytesIO(), bound(asked, here), here, form="csv")


HALF_KNOWN = [np.nan, np.nan, 1.0, 1.0]


def test_the_rows_of_a_site_count_once():
    rows = nm.near(points(a=(0, 0), b=(9, 9)), points(w=(0, 5), v=(5, 5)), k=2)

    for half, counts in ((rows, (2, 0, 4)), (rows.assign(site_accuracy_m=HALF_KNOWN), (1, 2, 4))):
        assert UnknownAccuracy.of(half) == UnknownAccuracy.of(to_arrow(half)) == counts
