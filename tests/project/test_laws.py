"""Laws: what holds for any sites, whatever they look like."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
import shapely.ops
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from world import EAST, NORTH, layer, line, points, sites, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.commands.area import area
from nmgeo.commands.policy_join import join_policies, join_published_areas
from nmgeo.crs import NOISE_M
from nmgeo.measures.areas import area_ha, geodesic_ha, inside_share, net_ha
from nmgeo.measures.buffer_error import MaxError
from nmgeo.measures.buffers import ring_shapes
from nmgeo.measures.clip import clip_rings, make_boundary
from nmgeo.measures.distances import nearest_m, within_count
from nmgeo.records.sites import read_sites
from nmgeo.units import metres

settings.register_profile("quick", deadline=None, max_examples=30)
settings.load_profile("quick")

metre = st.integers(-5_000, 5_000)
lots = st.builds(square, metre, metre, st.integers(10, 2_000))
# Seven decimals move an edge by 5 mm at most: less than 1 m2 on four edges of 40 m.
small_lots = st.builds(square, metre, metre, st.integers(10, 40))
places = st.lists(st.tuples(metre, metre), min_size=1, max_size=8)
# Letters and signs of names, Chinese above all; not what GDAL takes for JSON.
names = st.text(
    st.sampled_from("新田科技城河套沙嶺岭數据園区abcXYZ 019.,:;'\"<>&()/\\-–—·「」（）"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text)


def table(shapes):
    return sites(**{f"s{number}": shape for number, shape in enumerate(shapes)})


def wells(xys):
    return points(**{f"w{number}": xy for number, xy in enumerate(xys)})


@given(lot=lots, at=st.floats(0.01, 0.99), slope=st.floats(-0.3, 0.3))
def test_the_areas_of_two_halves_add_up(lot, at, slope):
    west, south, east, north = lot.bounds
    x = west + at * (east - west)
    tilt = slope * (north - south)
    knife = shapely.LineString([(x - tilt, south - 1e4), (x + tilt, north + 1e4)])
    halves = shapely.get_parts(shapely.ops.split(lot, knife))

    assert area_ha(table(halves)).sum() == pytest.approx(area_ha(table([lot])).sum(), rel=1e-9)


@given(shapes=st.lists(lots, min_size=1, max_size=6))
def test_land_counted_once_is_never_more_than_the_sum_nor_less_than_the_largest(shapes):
    areas, net = area_ha(table(shapes)), net_ha(table(shapes))

    assert areas.max() * (1 - 1e-9) <= net <= areas.sum() * (1 + 1e-9)


@given(
    corners=st.lists(st.tuples(metre, metre), min_size=3, max_size=12),
    east=st.integers(-20_000, 40_000),
    north=st.integers(-20_000, 5_000),
)
def test_the_grid_agrees_with_the_ellipsoid_to_a_ten_thousandth(corners, east, north):
    hull = shapely.MultiPoint([(EAST + east + x, NORTH + north + y) for x, y in corners])
    lot = table([hull.buffer(10).convex_hull])

    assert geodesic_ha(lot)["s0"] == pytest.approx(area_ha(lot)["s0"], rel=1e-4)


@given(lot=lots, reaches=st.lists(st.integers(1, 5_000), min_size=2, max_size=5, unique=True))
def test_rings_grow_outwards_and_add_up(lot, reaches):
    whole = ring_shapes(table([lot]), reaches, cumulative=True)["area_ha"]
    apart = ring_shapes(table([lot]), reaches)["area_ha"]

    assert whole.is_monotonic_increasing
    assert apart.cumsum().tolist() == pytest.approx(whole.tolist(), rel=1e-9)


@given(shapes=st.lists(lots, min_size=1, max_size=4), reach=st.integers(1, 3_000))
def test_rings_dissolved_hold_no_more_than_the_rings_and_no_less_than_the_largest(shapes, reach):
    apart = ring_shapes(table(shapes), [reach])["area_ha"]
    whole = ring_shapes(table([shapely.union_all(shapes)]), [reach])["area_ha"][0]

    assert apart.max() * (1 - 1e-6) <= whole <= apart.sum() * (1 + 1e-6)


@given(lot=lots, depths=st.lists(st.integers(1, 500), min_size=2, max_size=4, unique=True))
def test_a_deeper_setback_leaves_less(lot, depths):
    left = ring_shapes(table([lot]), [-depth for depth in depths])["area_ha"]

    assert left.is_monotonic_increasing
    assert left.max() < area_ha(table([lot])).max()


@given(
    corners=st.lists(st.tuples(metre, metre), min_size=3, max_size=9),
    reach=st.floats(20, 3_000),
    percent=st.floats(0.006, 20),
)
def test_the_radius_achieved_keeps_within_the_budget(corners, reach, percent):
    shape = shapely.LineString([(EAST + x, NORTH + y) for x, y in corners]).buffer(3, quad_segs=1)
    budget = MaxError(percent / 100, is_share=True)
    row = ring_shapes(table([shape]), [reach], max_error=budget).iloc[0]

    assert row["radius_error_share"] <= budget.amount
    assert row["radius_min_m"] <= row["radius_max_m"]


@given(lot=lots, reach=st.integers(1, 3_000), x=metre, lean=st.integers(-3_000, 3_000))
def test_what_is_clipped_and_what_is_cut_off_add_up(lot, reach, x, lean):
    fence = layer({"f": line((x, -90_000), (x + lean, 90_000))}).assign(accuracy_m=5.0)
    whole = ring_shapes(table([lot]), [reach])
    cut = clip_rings(whole, table([lot]), make_boundary(fence, "fence"))

    both = cut["area_ha"] + cut["outside_ha"]
    assert both.tolist() == pytest.approx(whole["area_ha"].tolist(), rel=1e-6)
    assert (cut["outside_low_ha"] <= cut["outside_ha"] + 1e-9).all()
    assert (cut["outside_ha"] <= cut["outside_high_ha"] + 1e-9).all()


@given(shapes=st.lists(lots, min_size=1, max_size=4), xys=places, more=places)
def test_nearest_never_grows_with_more(shapes, xys, more):
    here = table(shapes)

    assert (nearest_m(here, wells(xys + more)) <= nearest_m(here, wells(xys))).all()


@given(lot=lots, xys=places, reach=st.integers(0, 5_000))
def test_what_is_within_reach_is_counted_and_the_rest_is_not(lot, xys, reach):
    here = table([lot])
    gaps = [nearest_m(here, wells([xy]))["s0"] for xy in xys]

    near = [gap for gap in gaps if gap <= reach + NOISE_M]
    assert within_count(here, wells(xys), reach)["s0"] == len(near)


@given(lot=lots, others=st.lists(lots, max_size=4))
def test_a_share_lies_between_0_and_1_and_never_shrinks_with_more(lot, others):
    here, all_of = table([lot]), layer({str(n): shape for n, shape in enumerate([*others, lot])})
    some = all_of.iloc[: len(others)]

    assert 0 <= inside_share(here, some)["s0"] <= inside_share(here, all_of)["s0"] + 1e-9
    assert inside_share(here, all_of)["s0"] == pytest.approx(1.0)


@pytest.mark.filterwarnings("ignore:the overlap of .* is undecided:nmgeo.errors.Notice")
@given(shapes=st.lists(lots, min_size=1, max_size=6), said=st.sets(st.integers(0, 9)))
def test_a_join_keeps_every_site_once_in_its_order(shapes, said):
    here = table(shapes)
    index = pd.MultiIndex.from_product([[f"s{n}" for n in said], ["whole"]])
    areas = pd.DataFrame({"published_area_ha": 1.0}, index=index.set_names(["site_id", "basis"]))
    rules = pd.DataFrame({"holds_for": [("hong_kong",)]}, index=pd.Index(["p"], name="policy_id"))

    assert join_published_areas(here, areas).index.equals(here.index)
    own = join_policies(here, rules, here.assign(accuracy_m=10.0))
    assert own["site_id"].tolist() == list(here.index)


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")  # no shipped site overlaps most
@settings(max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    outlines=st.lists(st.tuples(small_lots, names), min_size=1, max_size=4),
    ids=st.lists(names, min_size=4, max_size=4, unique=True),
)
def test_what_is_exported_reads_back_as_it_was(outlines, ids):
    shapes = dict(zip(ids, [shape for shape, _ in outlines], strict=False))
    called = [name for _, name in outlines]
    with tempfile.TemporaryDirectory() as folder:
        lands = sites(**shapes).assign(name_en="Lot", name_tc=called, name_sc=called)
        first = open_catalog(sites=write(lands, Path(folder) / "lots.geojson"))
        rows = read_sites(first).sort_index()
        path, _ = nm.export(Path(folder) / "out.geojson", "sites", first)
        again = open_catalog(sites=path)
        back = read_sites(again)
        square_metres = area(first)["area_ha"].set_axis(read_sites(first).index).mul(1e4)

        assert list(back.index) == list(rows.index)
        for column in ("site_id", "basis", "name_en", "name_tc", "name_sc"):
            assert list(back[column]) == list(rows[column])
        assert area_ha(back).mul(1e4).tolist() == pytest.approx(
            square_metres.sort_index().tolist(), abs=1
        )


@given(number=st.decimals(0, 10_000, places=3), unit=st.sampled_from(["m", "km", "ft", "mi"]))
def test_a_length_is_read_as_it_is_written(number, unit):
    size = {"m": 1, "km": 1000, "ft": 0.3048, "mi": 1609.344}[unit]

    assert metres(f"{number} {unit}") == metres(f" {number}{unit} ")
    assert metres(f"{number}{unit}") == pytest.approx(float(number) * size)
