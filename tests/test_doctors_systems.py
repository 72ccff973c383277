"""What a file is really in: one site in many disguises, each named and none measured silently."""

import geopandas as gpd
import pytest
import shapely
from world import layer, point, square, write, write_csv

import nmgeo as nm
from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.errors import DoubtfulCRSError, MissingCRSError
from nmgeo.questions.doctors import doctor

GRID, DEGREES = ruler.MEASURED, ruler.STORED
DISGUISES = [  # what the numbers are in, what the file says, what the doctor says
    ("EPSG:2326", GRID, "crs"),
    ("EPSG:4326", DEGREES, "crs"),
    ("hk80-swapped", GRID, "crs_swapped"),
    ("wgs84-swapped", DEGREES, "crs_swapped"),
    ("EPSG:3857", DEGREES, "crs_wrong"),
    ("EPSG:32649", GRID, "crs_wrong"),
    ("EPSG:32650", GRID, "crs_wrong"),
    ("EPSG:4611", DEGREES, "crs_offset"),
    ("gcj02", DEGREES, "crs_offset"),
]
WORN = [disguise for disguise in DISGUISES if disguise[2] != "crs"]


def known_site():
    """Return the outline of a site that we ship, and nothing said of it."""
    sites = nm.read_layer(open_catalog(), "sites")
    return sites.loc[["san_tin_technopole:development_area_excl_loop"]].geometry


def disguised(shapes, option, said, path, **columns):
    """Write shapes as the numbers of one system under the label of another."""
    lonlat = ruler.transformed(shapes, DEGREES).to_numpy()
    numbers = shapely.transform(lonlat, ruler.read_system(option).written)
    gpd.GeoDataFrame(columns, geometry=list(numbers), crs=said).to_file(path)
    return path


def crs_row(*files, **said):
    """Return the row on the CRS of the first of some files."""
    return doctor(*files, **said).iloc[0]


@pytest.mark.parametrize(("option", "said", "finding"), DISGUISES)
def test_a_known_site_is_named_in_every_disguise(tmp_path, option, said, finding):
    row = crs_row(disguised(known_site(), option, said, tmp_path / "a.gpkg"))

    assert row["finding"] == finding
    assert row["severity"] == ("ok" if finding == "crs" else "fault")
    assert row["remedy"].startswith("" if finding == "crs" else f"--crs {option}")


@pytest.mark.parametrize(("option", "said", "finding"), WORN)
def test_none_is_measured_silently_and_the_flag_named_measures_it_right(
    tmp_path, option, said, finding
):
    file = disguised(known_site(), option, said, tmp_path / "a.gpkg")
    plain = disguised(known_site(), "EPSG:2326", GRID, tmp_path / "plain.gpkg")

    with pytest.raises(DoubtfulCRSError, match=f"; --crs {option}"):
        nm.area(open_catalog(sites=file))

    mended, right = (
        nm.area(open_catalog(sites=f, crs=c))["area_ha"].iloc[0]
        for f, c in ((file, option), (plain, None))
    )
    assert mended == pytest.approx(right, rel=1e-6), finding


@pytest.mark.parametrize("option", [option for option, *_ in DISGUISES])
def test_a_file_that_says_nothing_is_told_what_to_say(tmp_path, option):
    file = disguised(known_site(), option, GRID, tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()

    row = crs_row(file)

    assert (row["finding"], row["remedy"]) == ("crs_missing", f"--crs {option}")
    with pytest.raises(MissingCRSError, match=f"; --crs {option}$"):
        nm.area(open_catalog(sites=file))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (7_000, -1_000), (-7_000, -8_000), (5_500, 3_000)])
def test_a_swapped_square_inside_the_box_of_hong_kong_is_caught_by_overlap(tmp_path, x, y):
    lot = layer({"a": square(x, y, 100)}).geometry
    file = disguised(lot, "hk80-swapped", GRID, tmp_path / "a.gpkg")

    row = crs_row(file)

    assert (row["finding"], row["severity"]) == ("crs_swapped", "fault")
    assert "1 of 1 features lie in the region" in row["evidence"]
    assert row["remedy"] == "--crs hk80-swapped, or --crs EPSG:2326 if it is right as it stands"
    with pytest.raises(DoubtfulCRSError, match="--crs hk80-swapped"):
        nm.area(open_catalog(sites=file))


@pytest.mark.parametrize(
    ("xs", "ys"),
    [
        (range(-18_000, 32_000, 2_000), range(-34_000, 6_000, 2_000)),  # all of Hong Kong
        (range(-8_000, 16_000, 2_000), range(-8_000, 20_000, 2_000)),  # with Shenzhen
        ([0], [0]),
    ],
)
def test_a_layer_on_the_grid_that_is_right_is_not_doubted(tmp_path, xs, ys):
    places = layer({f"{x} {y}": point(x, y) for x in xs for y in ys})

    row = crs_row(write(places, tmp_path / "a.gpkg", GRID))

    assert row["severity"] != "fault"
    assert len(nm.read_layer(open_catalog(layers={"a": tmp_path / "a.gpkg"}), "a")) == len(places)


def test_who_insists_that_numbers_are_as_they_stand_is_believed(tmp_path):
    kowloon = write(layer({"a": square(12_000, -20_000, 100)}), tmp_path / "a.gpkg", GRID)

    with pytest.raises(DoubtfulCRSError, match="or --crs EPSG:2326 if it is right as it stands"):
        nm.area(open_catalog(sites=kowloon))

    measured = nm.area(open_catalog(sites=kowloon, crs="hk80"))["area_ha"].iloc[0]
    assert measured == pytest.approx(1.0, abs=1e-6)


def test_who_insists_on_what_cannot_be_is_not(tmp_path):
    file = write(layer({"a": square(0, 0, 100)}), tmp_path / "a.gpkg", GRID)

    with pytest.raises(DoubtfulCRSError, match="not in Hong Kong when read as WGS 84"):
        nm.area(open_catalog(sites=file, crs="wgs84"))


@pytest.mark.parametrize("option", ["EPSG:4326", "EPSG:4611", "gcj02"])
def test_without_a_known_place_it_is_said_that_degrees_cannot_be_told_apart(tmp_path, option):
    lot = layer({"a": square(1_000, -9_000, 100)}).geometry

    row = crs_row(disguised(lot, option, DEGREES, tmp_path / "a.gpkg"))

    assert (row["finding"], row["severity"]) == ("crs_untold", "note")
    assert "HK80 degrees or GCJ-02: it cannot be told from the numbers alone" in row["evidence"]
    assert "--crs EPSG:4611 or --crs gcj02" in row["remedy"]


@pytest.mark.parametrize("option", ["EPSG:4611", "gcj02"])
@pytest.mark.parametrize(
    ("side", "names"), [(100, ["lot 5"]), (2_000, [None])], ids=["by name", "by outline"]
)
def test_what_no_place_of_ours_tells_another_file_tells(tmp_path, option, side, names):
    lot = layer({"a": square(1_000, -9_000, side)}).geometry
    right = disguised(lot, "EPSG:2326", GRID, tmp_path / "right.gpkg", name=names)
    file = disguised(lot, option, DEGREES, tmp_path / "a.gpkg", name=names)

    row = crs_row(file, right)

    assert (row["finding"], row["severity"]) == ("crs_offset", "fault")
    assert "right.gpkg" in row["evidence"]
    assert row["remedy"].startswith(f"--crs {option}")


def test_a_file_of_doubtful_crs_is_no_witness_against_another(tmp_path):
    lot = layer({"a": square(1_000, -9_000, 100)}).geometry
    file = disguised(lot, "EPSG:4326", DEGREES, tmp_path / "a.gpkg", name=["lot 5"])
    odd = disguised(lot, "hk80-swapped", GRID, tmp_path / "odd.gpkg", name=["lot 5"])

    assert crs_row(file, odd)["finding"] == "crs_untold"


def test_a_place_of_our_name_that_is_not_well_known_is_no_evidence(tmp_path):
    ours = nm.read_layer(open_catalog(), "stations").to_crs(GRID).loc["stn_au_tau"]
    near = gpd.GeoSeries([ours.geometry], crs=GRID).translate(450, -200)  # known to 400 m

    file = disguised(near, "EPSG:4326", DEGREES, tmp_path / "a.gpkg", name=["Au Tau"])

    assert crs_row(file)["finding"] == "crs_untold"


def test_a_known_place_at_the_head_of_a_large_layer_is_evidence_for_all(tmp_path):
    lots = [square(n % 300 * 20, -n // 300 * 20, 10) for n in range(51_000)]
    shapes = gpd.GeoSeries([*known_site().to_crs(GRID), *lots], crs=GRID)
    file = disguised(shapes, "gcj02", DEGREES, tmp_path / "a.gpkg")

    with pytest.raises(DoubtfulCRSError, match="; --crs gcj02"):
        nm.read_layer(open_catalog(layers={"a": file}), "a")


def test_what_the_user_says_goes_before_what_the_file_says(tmp_path):
    file = disguised(known_site(), "hk80-swapped", GRID, tmp_path / "a.gpkg")

    row = crs_row(file, crs="hk80-swapped")

    assert (row["finding"], row["severity"]) == ("crs", "ok")


def test_a_datum_without_a_way_back_is_a_fault_with_its_remedy(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(114.06, 22.5)], crs="EPSG:4490")
    frame.to_file(tmp_path / "a.gpkg")

    row = crs_row(tmp_path / "a.gpkg")

    assert (row["finding"], row["severity"]) == ("crs_wrong", "fault")
    assert "datum shift" in row["evidence"]
    assert "--crs" not in row["remedy"]


def test_another_country_is_no_system_of_ours(tmp_path):
    file = write_csv(tmp_path / "a.csv", ["lon", "lat"], [-0.1, 51.5])

    assert crs_row(file)["finding"] == "crs_missing"
    assert crs_row(file, crs="wgs84")["finding"] == "crs_elsewhere"


@pytest.mark.parametrize("name", open_catalog().layers)
def test_our_own_layers_are_in_what_they_say(name):
    rows = doctor(open_catalog().layers[name].path)

    assert "fault" not in set(rows["severity"])
    assert rows.iloc[0]["finding"] in {"crs", "crs_untold"}


@pytest.mark.parametrize("gap", [25, 60, 110])
def test_a_dense_layer_lies_near_every_outline_and_is_not_taken_for_offset(tmp_path, gap):
    lots = {f"r{n}": square(gap * (n % 50), gap * (n // 50), gap * 0.6) for n in range(2001)}
    rows = doctor(write(layer(lots), tmp_path / "lots.geojson"))

    assert rows[rows["finding"].str.startswith("crs")]["finding"].tolist() == ["crs_untold"]
    assert len(nm.area(open_catalog(sites=tmp_path / "lots.geojson"))) == 2001


def test_the_command_names_what_is_wrong_and_stops(run, tmp_path):
    file = tmp_path / "a.gpkg"
    disguised(known_site(), "hk80-swapped", GRID, file)
    done = run("doctor", file, "--format", "table")

    assert done.exit_code == 3
    assert "axes" in done.stdout
    assert f"nmgeo: doctor: 1 fault, first crs_swapped in {file}" in done.stderr
    assert run("doctor", file, "--crs", "hk80-swapped").exit_code == 0
