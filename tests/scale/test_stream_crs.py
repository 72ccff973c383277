"""Streams: as many batches are heard as it takes to tell what a large file is in."""

import warnings
from itertools import product

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from shapely import Point
from test_stream import WRITTEN, here, lots, parquet, small_batches, streamed, wells
from test_stream_inputs import refused

import nmgeo as nm
from nmgeo import crs
from nmgeo.catalog import OwnFile, open_catalog
from nmgeo.crs import read_system
from nmgeo.errors import DoubtfulCRSError, LayerError, Notice
from nmgeo.scale import batch_work
from nmgeo.sources import batches
from nmgeo.sources.crs_check import evidence
from nmgeo.sources.crs_check.decide import accept_crs, decide_crs

__all__ = ["here", "lots", "small_batches", "wells"]  # fixtures
SHA_TIN, SAN_TIN = (837_000, 826_000), (823_000, 840_000)  # east and north
FAR = 32  # points at the end, from batch 2 on


def strewn(corner, *, far=0):
    """Strew 64 points over 3 km, of which the last ``far`` lie off the east coast instead."""
    east, north = corner
    near = [Point(east + 40 * i, north + 3_000 - 40 * i) for i in range(64 - far)]
    frame = gpd.GeoDataFrame(
        geometry=[*near, *(Point(858_000 + 10 * i, 814_000) for i in range(far))], crs=crs.HK80
    )
    return frame.assign(lot=[f"L{i}" for i in range(64)])


def turned(frame):
    """Return a frame with its axes swapped, and nothing said of it."""
    return frame.set_geometry(
        gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])),
        crs=frame.crs,
    )


def written(frame, path):
    frame.to_parquet(path)
    return str(path)


@pytest.fixture
def asked(here):
    """Ask about a file of sites, beside wells of which nobody doubts what they are in."""

    def catalog(file, said=None, **how):
        return here(file, crs={"wells": "wgs84"} | ({"sites": said} if said else {}), **how)

    return catalog


def near(tmp_path, catalog):
    """Measure them."""
    return streamed(tmp_path / "o.parquet", nm.near_batches("wells", catalog), catalog)


def assert_begin_at(rows, frame):
    """Compare where the shortest lines begin with the points that were measured, to 1 mm."""
    starts = shapely.get_point(rows.geometry.to_numpy(), 0)
    found = gpd.GeoSeries(starts, crs=rows.crs).to_crs(frame.crs).to_numpy()
    assert len(found) == len(frame)
    assert shapely.equals_exact(found, frame.geometry.to_numpy(), tolerance=0.001).all()


def silently(tmp_path, catalog):
    """Measure them without a word of doubt."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Notice)
        return near(tmp_path, catalog)


@pytest.fixture
def heard(monkeypatch):
    """Note which batches, of 8, are read, by the row from which on one began to read."""
    monkeypatch.setattr(batches, "BATCH", 8)
    read, seen = batches.BatchReader.batches, {}

    def noting(source, start=0):
        for name, table in read(source, start):
            seen.setdefault(start, []).append(int(name.rpartition(" ")[2]))
            yield name, table

    monkeypatch.setattr(batches.BatchReader, "batches", noting)
    return seen


def test_a_file_that_begins_where_both_orders_fit_is_told_by_what_lies_far(tmp_path, asked, heard):
    frame = strewn(SHA_TIN, far=FAR)
    rows = silently(tmp_path, asked(written(frame, tmp_path / "p.parquet"), key="lot"))

    assert rows["site_id"].tolist() == frame["lot"].tolist()
    assert_begin_at(rows, frame)
    assert rows["nearest_m"].notna().all()
    assert heard == {0: [0, 1, 2, 3, 4, 5, 6, 7], 8: [1, 2, 3, 4, 5]}  # of which 4 tells it


def test_with_its_axes_swapped_it_is_refused_with_the_flag_that_reads_it(tmp_path, asked):
    file = written(turned(strewn(SHA_TIN, far=FAR)), tmp_path / "p.parquet")

    why = refused(asked(file), tmp_path, DoubtfulCRSError)
    assert "all 48 features are in Hong Kong; read as the HK80 grid, 16 are not" in why
    assert why.endswith("; crs='hk80-swapped', or crs='EPSG:2326' if it is right as it stands")
    rows = silently(tmp_path, asked(file, "hk80-swapped"))
    assert_begin_at(rows, strewn(SHA_TIN, far=FAR))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (strewn(SHA_TIN, far=64), None),
        (strewn(SHA_TIN), "hk80"),
        (turned(strewn(SHA_TIN)), "hk80-swapped"),
    ],
)
def test_what_the_first_batch_or_the_user_tells_costs_nothing(tmp_path, asked, heard, frame, said):
    silently(tmp_path, asked(written(frame, tmp_path / "p.parquet"), said))

    assert list(heard) == [0]


def test_what_stays_open_is_measured_in_silence_once_all_is_heard(tmp_path, asked, heard):
    catalog = asked(written(strewn(SAN_TIN), tmp_path / "p.parquet"))
    silently(tmp_path, catalog)

    assert heard[8] == [1, 2, 3, 4, 5, 6, 7]


def test_what_stays_open_and_is_among_ours_with_swapped_axes_is_refused(tmp_path, asked):
    file = written(strewn(SHA_TIN), tmp_path / "p.parquet")

    assert "; 0 of 64 features are near" in refused(asked(file), tmp_path, DoubtfulCRSError)


def test_of_degrees_no_more_is_heard_than_is_held_against_known_places(
    tmp_path, asked, heard, monkeypatch
):
    monkeypatch.setattr(evidence, "_COMPARED", 20)
    catalog = asked(written(strewn(SHA_TIN, far=FAR).to_crs(crs.WGS84), tmp_path / "p.parquet"))
    silently(tmp_path, catalog)

    assert heard[8] == [1, 2, 3]  # the last of them ahead


def test_a_known_outline_in_the_last_batch_tells_it(tmp_path, asked):
    frame = strewn(SHA_TIN).to_crs(crs.WGS84)
    sites = nm.read_layer(open_catalog(), "sites").to_crs(crs.WGS84).geometry
    frame.loc[63, "geometry"] = sites["san_tin_technopole:development_area_excl_loop"]
    rows = silently(tmp_path, asked(written(frame, tmp_path / "p.parquet")))

    assert len(rows) == 64


def test_parts_of_a_folder_are_heard_one_after_the_other(tmp_path, asked, heard):
    frame = strewn(SHA_TIN, far=FAR)
    (tmp_path / "parts").mkdir()
    for number, start in enumerate(range(0, 64, 16)):
        written(frame[start : start + 16], tmp_path / "parts" / f"part.{number}.parquet")
    rows = silently(tmp_path, asked(tmp_path / "parts", key="lot"))

    assert rows["site_id"].tolist() == frame["lot"].tolist()
    assert heard[8] == [1, 0, 1, 0, 1]


def test_a_geometry_that_is_no_wkb_is_named_by_its_batch_wherever_it_is_met(tmp_path, asked):
    file = written(strewn(SHA_TIN, far=FAR), tmp_path / "p.parquet")
    table = pq.read_table(file)
    for row, name in ((60, "batch 3"), (20, "batch 1"), (2, "batch 0")):
        shapes = table["geometry"].to_pylist()
        shapes[row] = b"nonsense"
        column = table.schema.get_field_index("geometry")
        pq.write_table(table.set_column(column, "geometry", [shapes]), file)

        why = refused(asked(file), tmp_path)
        assert f"p.parquet, {name}, geometry: cannot be read" in why


@pytest.mark.parametrize("said", [None, "wgs84"])
@pytest.mark.parametrize(
    ("form", "nothing"),
    [*product(["geojson", "gpkg", "parquet"], [None, Point()]), ("shp", None)],
)
def test_a_file_whose_first_batches_have_no_geometry_is_measured(
    tmp_path, asked, lots, form, nothing, said
):
    lots.loc[lots.index[:40], "geometry"] = nothing
    file = WRITTEN[form](lots, tmp_path / f"lots.{form}")
    catalog = asked(file, said, key="lot")
    with pytest.warns(Notice, match=r"40 sites have no geometry .* \(batch 0, batch 1 and 1 more"):
        rows = near(tmp_path, catalog)

    assert rows["site_id"].tolist() == lots["lot"].tolist()
    assert rows["nearest_m"].isna().sum() == 40


@pytest.mark.parametrize("form", ["fgb", "csv", "geojsonl"])
def test_so_it_is_in_every_format_that_is_written(tmp_path, asked, lots, form):
    lots.loc[lots.index[:40], "geometry"] = None
    catalog = asked(parquet(lots, tmp_path / "p.parquet"))
    out = tmp_path / f"o.{form}"
    for measure in (
        nm.near_batches("wells", catalog),
        nm.inside_batches("zones", catalog),
        nm.rings_batches(["1km"], catalog, count=["wells"]),
    ):
        with pytest.warns(Notice, match="40 sites have no geometry"):
            assert len(streamed(out, measure, catalog, overwrite=True)) == 64


def test_it_is_cut_into_parts_too(tmp_path, lots):
    lots.loc[lots.index[:20], "geometry"] = None
    with pytest.warns(Notice, match="left out: lot$"):
        folder = nm.partition(parquet(lots, tmp_path / "p.parquet"), tmp_path / "out", parts=8)
    found = [gpd.read_parquet(part) for part in sorted(folder.iterdir())]

    assert sum(map(len, found)) == 64
    assert sum(part.geometry.isna().sum() for part in found) == 20


def test_a_file_that_is_cut_is_heard_as_long(tmp_path):
    file = written(turned(strewn(SHA_TIN, far=FAR)), tmp_path / "p.parquet")

    with pytest.raises(DoubtfulCRSError, match="crs='hk80-swapped'"):
        nm.partition(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


SYSTEMS = ["EPSG:32650", "EPSG:4611", "gcj02", "wgs84-swapped"]


def bordering(code, out):
    """Return points along the edges of Hong Kong's window in a system, or a little beyond."""
    west, south, east, north = crs.read_system(code).window
    x, y, off = (west + east) / 2, (south + north) / 2, out * (east - west)
    places = [(west - off, y), (east + off, y), (x, south - off), (x, north + off)]
    return [[Point(place), Point(x, y)] for place in places]


@pytest.mark.filterwarnings("ignore:.*more than 5 km outside Hong Kong")
@pytest.mark.parametrize("code", SYSTEMS)
@pytest.mark.parametrize("out", [0, 1e-6])
@pytest.mark.parametrize("least", [1, 1_000])  # points that are measured on coordinates
def test_a_stream_takes_the_places_at_the_edge_that_the_whole_takes(
    tmp_path, asked, monkeypatch, code, out, least
):
    monkeypatch.setattr(batch_work, "LEAST", least)
    for ends in bordering(code, out):
        frame = gpd.GeoDataFrame(geometry=ends).assign(lot=[0, 1])
        catalog = asked(written(frame, tmp_path / "p.parquet"), code, key="lot")
        if out:
            with pytest.raises(LayerError, match="feature 0: lies outside Hong Kong"):
                nm.near("wells", catalog=catalog)
            with pytest.raises(LayerError, match="batch 0: feature 0: lies outside Hong Kong"):
                near(tmp_path, catalog)
        else:
            assert len(near(tmp_path, catalog)) == len(nm.near("wells", catalog=catalog))
            (tmp_path / "o.parquet").unlink()


@pytest.mark.parametrize("said", [None, "hk80", "wgs84", "hk80-swapped", "EPSG:3857"])
@pytest.mark.parametrize("corner", [SHA_TIN, SAN_TIN, (3e9, 2e9), (np.nan, 1.0)])
def test_what_a_user_states_is_taken_without_a_look_where_a_look_would_take_it(corner, said):
    frame, file = strewn(corner), OwnFile(path="lots.parquet", crs=said)
    taken = accept_crs(file, frame.total_bounds)

    if taken is not None:
        assert taken == decide_crs(frame, frame.crs, file)
    else:
        assert said is None or not read_system(said).fits(frame.total_bounds)
