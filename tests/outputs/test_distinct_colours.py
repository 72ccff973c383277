"""Lots beside classes: no lot has the colour of a class, and the legend is like the map."""

import pytest
from world import layer, sites, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.outputs.appearance import Appearance, classes_by_layer
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.site_labels import site_figures
from nmgeo.outputs.site_symbology import own_colour, site_colours

pytestmark = pytest.mark.filterwarnings("ignore:which policy instruments:nmgeo.errors.Notice")


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lots")
    lots = sites(**{f"s{n}": square(400 * n, 0, 100) for n in range(5)})
    zones = layer({f"z{n}": square(400 * n, 0, 300) for n in range(4)}, use=["a", "b", "c", "d"])
    own = {"zones": write(zones, folder / "zones.geojson")}
    return open_catalog(sites=write(lots, folder / "lots.geojson"), layers=own)


def test_no_lot_has_the_colour_of_a_class(here):
    atlas = build_atlas(here)
    classes = classes_by_layer(atlas, Appearance(colour_by="use"))
    lots = [colour for colour, _ in site_colours(atlas, classes)]

    assert len(classes["zones"].colours) == 4
    assert set(lots).isdisjoint(classes["zones"].colours)
    assert len(set(lots)) == 5


def test_no_lot_has_the_colour_of_a_layer_without_classes(here):
    lots = [colour for colour, _ in site_colours(build_atlas(here), {})]

    assert own_colour(0) not in lots
    assert lots[:2] == ["#0072b2", "#d55e00"]
    assert len(set(lots)) == 5


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "1.00 ha · accuracy ±2 m"), ("tc", "1.00 公頃 · 誤差±2米")]
)
def test_a_name_on_paper_says_what_its_accuracy_is(tmp_path, lang, said):
    lots = sites(a=square(0, 0, 100)).assign(accuracy_m=2.0)
    here = open_catalog(sites=write(lots, tmp_path / "lots.geojson"))

    assert [*site_figures(build_atlas(here, lang=lang)).values()] == [said]


def test_the_legend_of_classes_is_as_strong_as_the_map(visit, here, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "map.html"
    page = visit(nm.map(out, here, colour_by="use"))
    swatches = page.locator("#nm-legend label:has-text('zones') + ul path:first-child")
    shown = page.evaluate(
        "[...document.querySelectorAll('path.leaflet-interactive')]"
        ".map(one => one.getAttribute('fill-opacity'))"
    )

    told = set(swatches.evaluate_all("all => all.map(one => one.getAttribute('fill-opacity'))"))
    assert told == {"0.45"}
    assert "0.45" in shown
