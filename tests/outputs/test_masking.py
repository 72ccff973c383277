"""Sites that must not be shown exactly: nothing exact is left in what is written of them."""

import json
import re
from itertools import chain

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner
from world import sites, square

import nmgeo as nm
from nmgeo import crs
from nmgeo.commands.inputs import open_inputs
from nmgeo.commands.masking import FEWEST
from nmgeo.errors import NmgeoError, Notice, UsageError
from nmgeo.files import sha256
from nmgeo.measures.generalise import REACH, class_hulls, generalised_shapes, grid_points
from nmgeo.outputs.map_styles import COLOURS, style_of
from nmgeo.provenance import read_statement

X, Y = 823_417.37, 838_213.71
CELL = 100.0
pytestmark = pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")


def lot(number, size):
    x, y = X + 731.3 * (number % 4), Y + 517.9 * (number // 4)
    corners = [(0, 0), (1, 0.13), (1.1, 1), (0.4, 0.7), (-0.2, 0.95)]
    return shapely.Polygon([(x + size * a, y + size * b) for a, b in corners])


@pytest.fixture(scope="module")
def lots():
    shapes = [lot(number, size) for number, size in enumerate((7, 20, 60, 150, 333, 800, 1200, 90))]
    table = {
        "lot_no": [f"DD96 / {n}" for n in range(8)],
        "title": [f"Lot {n}" for n in range(8)],
        "use": ["farm", "farm", "farm", "store", "store", "store", "yard", None],
        "centre": [shapely.to_wkt(shape.centroid) for shape in shapes],
        "area_m2": [shape.area for shape in shapes],
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=crs.HK80)


@pytest.fixture
def file(lots, tmp_path):
    path = tmp_path / "lots.gpkg"
    lots.to_file(path, layer="lots")
    return path


def vertices(shapes):
    return shapely.get_coordinates(np.asarray(shapes, dtype=object))


def test_each_coordinate_is_a_multiple_of_the_cell_and_each_outline_within_reach(lots):
    shapes = generalised_shapes(lots, CELL)
    reach = REACH * CELL + 1e-6

    assert (np.abs(vertices(shapes) / CELL % 1.0 - 0.5) > 0.499).all()
    assert shapely.is_valid(shapes.to_numpy()).all()
    assert (shapes.area > 0).all()
    assert shapely.covers(shapes.buffer(reach).to_numpy(), lots.geometry.to_numpy()).all()
    assert shapely.covers(lots.buffer(reach).to_numpy(), shapes.to_numpy()).all()


@pytest.mark.parametrize("how", [{"generalise": CELL}, {"points_only": True}])
def test_rings_are_drawn_around_the_coarse_form_and_not_on_its_grid(how, lots):
    catalog, _ = open_inputs(how, lots)
    coarse = nm.sites(catalog).to_crs(2326).geometry
    rings = nm.rings(catalog, "500m", max_error="0.1m").to_crs(2326)
    outer = [
        shapely.union_all([*rings.geometry[rings["site_id"] == n], coarse[n]]) for n in coarse.index
    ]
    far = shapely.distance(shapely.boundary(outer), coarse.to_numpy())

    assert far == pytest.approx(500, abs=0.2)
    round_ = shapely.buffer(coarse.to_numpy(), 500, quad_segs=64)
    assert shapely.area(outer) == pytest.approx(shapely.area(round_), rel=1e-3)


def test_points_are_seen_on_a_sheet_and_in_its_legend(lots, tmp_path):
    nm.print(tmp_path / "a.svg", lots, points_only=True)
    drawn = re.findall(f'<path [^>]*fill="({"|".join(COLOURS)})"', (tmp_path / "a.svg").read_text())

    assert style_of("sites").marker == "disc"
    assert len(drawn) > len(lots)  # the legend has one, too


def test_heights_points_lines_and_missing_shapes_are_made_coarse_too():
    x, y = X + 0.4, Y + 0.2
    shapes = [shapely.Point(x, y, 12.3), shapely.LineString([(x, y, 1), (x + 40, y + 9, 2)]), None]
    coarse = generalised_shapes(gpd.GeoDataFrame(geometry=shapes, crs=crs.HK80), CELL)

    assert coarse.iloc[0] == shapely.Point(823_400, 838_200)
    assert not coarse.iloc[1].is_empty
    assert not shapely.has_z(coarse.to_numpy()).any()
    assert coarse.iloc[2] is None


def test_a_point_is_a_node_and_its_accuracy_reaches_the_whole_outline(lots):
    with pytest.warns(Notice, match="drawn as points on a grid of 100 m"):
        found = nm.sites(lots, key="lot_no", points_only=True)
    points = found.geometry.to_numpy()

    assert (shapely.get_coordinates(points) % CELL == 0).all()
    reach = shapely.buffer(points, found["accuracy_m"].to_numpy() + 1)
    assert shapely.covers(reach, lots.geometry.to_numpy()).all()
    assert (grid_points(lots, CELL).to_numpy() == points).all()


def test_classes_of_fewer_than_three_sites_are_left_out(lots):
    found = nm.sites(lots, aggregate="use")
    exact = lots.area.groupby(lots["use"]).sum() / 10_000

    assert list(found.index) == ["farm", "store"]
    assert list(found["sites_count"]) == [FEWEST, FEWEST]
    assert list(found["sites_ha"]) == [float(f"{exact[name]:.2g}") for name in found.index]
    assert "2 sites in classes of fewer than 3 are left out" in found["method"].iloc[0]
    assert (class_hulls(lots, lots["use"], CELL).area > 0).all()


def test_sites_without_a_class_are_one_class_whatever_stands_for_none():
    lots = sites(**{f"l{n}": square(300 * n, 0, 100) for n in range(8)})
    lots["use"] = [" ", None, " " * 2, "", "farm", "farm ", " farm", "store"]
    found = nm.sites(lots, aggregate="use")

    assert found["sites_count"].to_dict() == {"farm": 3, "no_class": 4}
    assert found.loc["no_class", ["name_en", "name_tc"]].tolist() == ["no class", "沒有類別"]
    assert "1 site in classes of fewer than 3 are left out" in found["method"].iloc[0]


@pytest.mark.parametrize("name", ["no_class", "no class", "沒有類別"])
def test_a_class_that_is_called_as_that_of_none_stands_apart_from_it(name):
    lots = sites(**{f"l{n}": square(300 * n, 0, 100) for n in range(6)})
    lots["use"] = [name] * 3 + [None] * 3
    found = nm.sites(lots, aggregate="use")

    assert found["sites_count"].to_dict() == {f'"{name}"': 3, "no_class": 3}
    assert found.loc[f'"{name}"', "name_en"] == f'"{name}"'


def test_ids_and_names_are_kept_and_every_other_column_is_left_out(lots):
    found = nm.sites(lots, key="lot_no", name="title", generalise="100m")

    assert list(found.index) == list(lots["lot_no"])
    assert list(found["name"]) == list(lots["title"])
    assert {"use", "centre", "area_m2", "lot_no"}.isdisjoint(found.columns)
    assert set(found["accuracy_m"]) == {REACH * CELL}


@pytest.mark.parametrize(
    "how", [{"generalise": CELL}, {"points_only": True}, {"points_only": True, "generalise": 500}]
)
def test_ranges_hold_the_exact_distances_and_ring_areas(how, lots):
    exact = nm.near(lots, "stations", key="lot_no")
    coarse = nm.near(lots, "stations", key="lot_no", **how).loc[exact.index]
    rings = nm.rings(lots, "500m", key="lot_no")
    around = nm.rings(lots, "500m", key="lot_no", **how).loc[rings.index]

    assert exact["nearest_m"].between(coarse["low_m"], coarse["high_m"]).all()
    assert (coarse["nearest_m"] != exact["nearest_m"]).any()
    assert rings["area_ha"].between(around["low_ha"], around["high_ha"]).all()


def test_ranges_hold_the_exact_areas(lots):
    exact = nm.area(lots, key="lot_no")
    coarse = nm.area(lots, key="lot_no", generalise=CELL).loc[exact.index]

    assert exact["area_ha"].between(coarse["low_ha"], coarse["high_ha"]).all()
    assert (coarse["area_ha"] != exact["area_ha"]).all()


@pytest.mark.parametrize("points", [False, True])
def test_ranges_of_classes_hold_the_distances_of_what_they_surround(points, lots):
    """No site of a class is nearer than its range; the range holds the distance of the hull."""
    hulls = lots[lots["use"] != "yard"].dissolve("use").convex_hull
    exact = nm.near(gpd.GeoDataFrame(geometry=hulls).reset_index(), "stations", key="use")
    sites = nm.near(lots, "stations", key="lot_no")["nearest_m"]
    nearest = sites.groupby(sites.index.map(lots.set_index("lot_no")["use"])).min()
    coarse = nm.near(lots, "stations", aggregate="use", points_only=points).loc[exact.index]

    assert exact["nearest_m"].between(coarse["low_m"], coarse["high_m"]).all()
    assert (nearest[coarse.index] >= coarse["low_m"]).all()


HIDDEN = [{"generalise": "100m"}, {"points_only": True}, {"aggregate": "use"}]


@pytest.mark.parametrize("how", HIDDEN, ids=lambda how: next(iter(how)))
def test_the_exact_file_is_not_read_again(how, file, lots):
    catalog, _ = open_inputs({**how}, str(file))
    file.unlink()

    assert len(nm.sites(catalog)) in (2, len(lots))
    assert len(nm.rings("1km", catalog)) in (2, len(lots))
    assert nm.rings("1km", catalog).attrs["credits"][0] == catalog.remarks[0]


@pytest.fixture(scope="module")
def outputs(lots, tmp_path_factory):
    """Every kind of file of generalised lots, written after the exact ones were deleted."""
    out = tmp_path_factory.mktemp("hidden")
    path = out / "lots.gpkg"
    lots.to_file(path, layer="lots")
    catalog, _ = open_inputs({"generalise": "100m"}, str(path))
    path.unlink()
    nm.map(out / "map.svg", catalog)
    nm.print(out / "sheet.svg", catalog)
    nm.pack(out / "pack", catalog)
    nm.atlas(out / "atlas", catalog)
    for suffix in (".gpkg", ".csv", ".xlsx", ".kml", ".shp.zip", ".parquet", ".fgb"):
        nm.export(out / f"sites{suffix}", "sites", catalog)
    return out


def texts_of(folder):
    """Return the text of every output of the sites that is text, its line ends as blanks."""
    paths = [p for end in ("html", "svg", "md", "csv", "kml") for p in folder.rglob(f"*.{end}")]
    paths += [*folder.rglob("sites*.geojson"), *folder.rglob("manifest.json")]
    kept = [path for path in paths if path.name != "fields.csv"]
    return {path.relative_to(folder): path.read_text() for path in kept}


def test_every_output_says_what_was_lost(outputs):
    texts = texts_of(outputs)
    frames = [gpd.read_file(outputs / f"sites{end}") for end in (".gpkg", ".fgb", ".shp.zip")]
    frames += [gpd.read_parquet(outputs / "sites.parquet"), pd.read_excel(outputs / "sites.xlsx")]

    assert len(texts) >= 10
    assert [path for path, text in texts.items() if "generalised to a" not in text] == []
    for frame in frames:
        noted = [frame[c].astype(str).str.startswith("generalised to a grid") for c in frame]
        assert any(column.all() for column in noted)


def test_no_output_tells_the_folder_of_the_exact_file(outputs):
    assert not any(str(outputs) in text for text in texts_of(outputs).values())
    assert '"path": "lots.gpkg"' in (outputs / "atlas" / "manifest.json").read_text()


@pytest.mark.parametrize("how", HIDDEN, ids=lambda how: next(iter(how)))
def test_no_output_holds_the_hash_of_the_exact_file(how, file, tmp_path):
    """It would confirm a guess; that it is left out is said."""
    (word, value), *_ = how.items()
    words = [f"--{word.replace('_', '-')}", *([] if value is True else [value])]
    for argv in (
        ("export", "-o", tmp_path / "out" / "a.gpkg"),
        ("near", "stations", "-o", tmp_path / "out" / "near.json"),
        ("map", "-o", tmp_path / "out" / "a.svg"),
        ("pack", tmp_path / "out" / "pack"),
        ("report", "--html", tmp_path / "out" / "a.html"),
    ):
        done = run(argv[0], "--sites", file, *words, *argv[1:])
        assert done.exit_code == 0, done.stderr
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    digest = sha256(file)

    assert len(written) > 10
    assert not [path for path in written if digest.encode() in path.read_bytes()]
    for name in ("a.gpkg", "a.svg", "a.html"):
        told = read_statement(tmp_path / "out" / name)["inputs"][0]
        assert (told["file"], told["sha256"]) == ("lots.gpkg", None)
        assert "the hash of the exact file is left out" in told["remark"]


@pytest.mark.parametrize("form", ["txt", "md", "csv", "json", "geojsonl"])
def test_every_table_says_what_was_lost(form, file, tmp_path):
    out = tmp_path / f"a.{form}"
    done = run("near", "stations", "--sites", file, "--generalise", "100m", "-o", out)

    assert done.exit_code == 0, done.stderr
    assert "generalised to a grid of 100 m" in " ".join(out.read_text().split())


def test_a_table_in_a_pipe_says_what_was_lost(file):
    for command in (("near", "stations"), ("report",)):
        done = run(*command, "--sites", file, "--points-only", "-f", "table")
        assert "drawn as points on a grid of 100 m" in " ".join(done.stdout.split())


def test_no_output_tells_a_coordinate_an_area_or_a_text_of_the_file(outputs, lots):
    told = secrets(lots)

    assert not any(secret in text for text in texts_of(outputs).values() for secret in told)


def secrets(lots):
    """Return what tells where a lot lies: its coordinates on the grid, its area and its WKT."""
    return {
        *(f"{value:.2f}" for value in vertices(lots.geometry).ravel()),
        *(f"{area:.3f}" for area in lots["area_m2"]),
        *lots["centre"],
    }


def page_vertices(page):
    """Yield the vertices of the shapes of a page, in degrees, path by path."""
    data = json.loads(re.search(r'id="nm-data">(.*?)</script>', page, re.DOTALL)[1])
    features = [one["features"] for one in data["layers"]]
    for row in chain(data["sites"], data["rings"], data["links"], *features):
        shape = row["shape"]
        if "steps" not in shape:
            yield shape["coordinates"]
            continue
        for path in paths(shape["steps"]):
            yield np.cumsum(np.reshape(path, (-1, 2)), axis=0) / 10 ** shape.get("decimals", 6)


def paths(steps):
    """Yield the lists of numbers among nested lists; a number alone is a path of another shape."""
    if isinstance(steps, list):
        nested = not steps or isinstance(steps[0], list)
        yield from chain.from_iterable(map(paths, steps)) if nested else [steps]


def test_no_vertex_in_a_page_or_pack_is_one_of_the_file(outputs, lots):
    page = (outputs / "atlas" / "map.html").read_text()
    drawn = shapely.points(np.vstack(list(page_vertices(page)))).tolist()
    assert len(drawn) > 100
    for layer in ("sites", "rings", "links"):
        frame = gpd.read_file(outputs / "pack" / "nmgeo.gpkg", layer=layer)
        drawn += list(frame.to_crs(crs.WGS84).geometry)

    exact = vertices(crs.transform(lots.geometry, crs.WGS84))
    gaps = shapely.distance(shapely.points(exact), shapely.multipoints(vertices(drawn)))
    assert gaps.min() > 1e-6  # 0.1 m


def run(*argv):
    from nmgeo.cli import app  # noqa: PLC0415

    return CliRunner().invoke(app, [str(one) for one in argv])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--generalise", "1m"), "--generalise 1m: not a length from 10 m to 10 km"),
        (("--generalise", "far"), "not a length"),
        (("--generalise", ""), "not a length"),
        (("--aggregate", ""), "no such column"),
        (("--aggregate", "uses"), "no such column"),
        (("--aggregate", "lot_no"), "no class has 3 sites or more"),
        (("--aggregate", "geometry"), "no such column"),
    ],
)
def test_what_hides_nothing_or_everything_is_refused(argv, said, file, tmp_path):
    done = run("export", "--sites", file, *argv, "-o", tmp_path / "a.geojson")

    assert done.exit_code == UsageError.exit_code
    assert said in done.stderr
    assert not (tmp_path / "a.geojson").exists()


@pytest.mark.parametrize("empty", [{"generalise": 0}, {"generalise": ""}, {"aggregate": ""}])
def test_an_empty_value_never_gives_the_exact_sites(empty, lots):
    with pytest.raises(UsageError):
        nm.sites(lots, **empty)
    assert nm.sites(lots, points_only=False).geometry.iloc[0].equals(lots.geometry.iloc[0])


def test_a_public_layer_is_not_written_under_the_name_of_a_hidden_one(tmp_path):
    with pytest.raises(UsageError, match="is public, and its places are not hidden"):
        nm.export(tmp_path / "a.gpkg", "stations", generalise="100m")


def test_own_layers_and_frames_are_hidden_when_they_are_exported(lots, file, tmp_path):
    nm.export(tmp_path / "a.gpkg", lots, generalise="100m")
    nm.export(tmp_path / "b.gpkg", str(file), generalise="100m")
    found = [gpd.read_file(tmp_path / name) for name in ("a.gpkg", "b.gpkg")]

    for frame in found:
        assert (np.abs(vertices(frame.to_crs(crs.HK80).geometry) / CELL % 1 - 0.5) > 0.499).all()
        assert "centre" not in frame


@pytest.mark.parametrize("form", ["geojson", "hk80.geojson", "csv"])
def test_a_file_that_a_command_names_as_its_layer_is_hidden_too(form, file, lots, tmp_path):
    done = run("export", file, "--generalise", "100m", "-o", tmp_path / "a.geojson")
    assert done.exit_code == 0, done.stderr
    done = run("near", file, "--generalise", "100m", "-o", tmp_path / "a.csv")
    assert done.exit_code == 0, done.stderr
    text = (tmp_path / f"a.{form}").read_text()

    assert not any(secret in text for secret in secrets(lots))
    if form == "hk80.geojson":
        coarse = vertices(gpd.read_file(tmp_path / "a.hk80.geojson").geometry)
        assert (np.abs(coarse / CELL % 1 - 0.5) > 0.499).all()


def test_a_masked_catalog_masks_the_files_and_frames_that_are_named_later(file, lots, tmp_path):
    catalog, _ = open_inputs({"generalise": "100m"}, str(file))
    nm.export(tmp_path / "a.gpkg", lots, catalog)
    lines = nm.near(lots, str(file), catalog=catalog)

    found = gpd.read_file(tmp_path / "a.gpkg").to_crs(crs.HK80)
    assert (np.abs(vertices(found.geometry) / CELL % 1 - 0.5) > 0.499).all()
    assert {*lines["site_accuracy_m"], *lines["nearest_accuracy_m"]} == {REACH * CELL}


def test_the_options_work_with_a_table_that_is_written_batch_by_batch(file, tmp_path):
    out = tmp_path / "near.csv"
    done = run("near", "stations", "--sites", file, "--generalise", "100m", "-o", out)

    assert done.exit_code == 0
    assert pd.read_csv(out)["method"].str.startswith("generalised to a grid").all()
    with pytest.raises(NmgeoError, match="layer"):
        nm.export(tmp_path / "c.gpkg", "no_such_layer", generalise="100m")
