"""What a file is really in: one site in many disguises, each named and none measured silently."""

import json
import re
import warnings

import geopandas as gpd
import pytest
import shapely
from world import layer, lonlat, point, square, write, write_csv, write_json

import nmgeo as nm
from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.commands.doctor import doctor
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice
from nmgeo.records.sites import read_sites

GRID, DEGREES = ruler.HK80, ruler.WGS84
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

LOCAL = 'LOCAL_CS["Site grid",UNIT["metre",1],AXIS["X",EAST],AXIS["Y",NORTH]]'


def known_site():
    """Return the outline of a site that we ship, and nothing said of it."""
    sites = nm.read_layer(open_catalog(), "sites")
    return sites.loc[["san_tin_technopole:development_area_excl_loop"]].geometry


def disguised(shapes, option, said, path, **columns):
    """Write shapes as the numbers of one system under the label of another."""
    lonlat = ruler.transform(shapes, DEGREES).to_numpy()
    numbers = shapely.transform(lonlat, ruler.read_system(option).from_wgs84)
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
    assert row["remedy"].startswith("" if finding == "crs" else f"crs={option!r}")


@pytest.mark.parametrize(("option", "said", "finding"), WORN)
def test_none_is_measured_silently_and_the_flag_named_measures_it_right(
    tmp_path, option, said, finding
):
    file = disguised(known_site(), option, said, tmp_path / "a.gpkg")
    plain = disguised(known_site(), "EPSG:2326", GRID, tmp_path / "plain.gpkg")

    with pytest.raises(DoubtfulCRSError, match=f"; crs={option!r}"):
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

    assert (row["finding"], row["remedy"]) == ("crs_missing", f"crs={option!r}")
    with pytest.raises(MissingCRSError, match=f"; crs={option!r}$"):
        nm.area(open_catalog(sites=file))


PLACES = {"San Tin": (0, 0), "Tsuen Wan": (5_000, -14_500), "Sha Tin": (14_000, -14_000)}


@pytest.mark.parametrize(
    ("option", "remedy"),
    [
        ("hk80", "crs='EPSG:2326' or crs='hk80-swapped'"),
        ("hk80-swapped", "crs='hk80-swapped' or crs='EPSG:2326'"),
    ],
)
@pytest.mark.parametrize("said", [None, DEGREES])
def test_the_likeliest_way_to_read_a_file_is_named_first(tmp_path, option, remedy, said):
    file = disguised(lots_at("San Tin"), option, said or GRID, tmp_path / "a.shp")
    if said is None:
        (tmp_path / "a.prj").unlink()

    row = crs_row(file)

    assert row["remedy"] == remedy
    assert "of 5 features are near known places, " in row["evidence"]


AS_LIKELY = "crs='EPSG:2326' confirms it, crs='hk80-swapped' reads it otherwise"
LIKELIER = "crs='hk80-swapped', or crs='EPSG:2326' if it is right as it stands"


def lots_at(place):
    x, y = PLACES[place]
    return layer({name: square(x + n * 200, y, 100) for n, name in enumerate("abcde")}).geometry


@pytest.mark.parametrize(
    ("place", "option"),
    [
        ("San Tin", "hk80-swapped"),
        ("Sha Tin", "hk80"),
        ("Tsuen Wan", "hk80"),
        ("Tsuen Wan", "hk80-swapped"),
    ],
)
def test_what_may_as_well_be_far_away_with_swapped_axes_is_not_measured(tmp_path, place, option):
    file = disguised(lots_at(place), option, GRID, tmp_path / "a.gpkg")

    row = crs_row(file)

    assert (row["finding"], row["severity"]) == ("crs_uncertain", "fault")
    more = re.search(r"0 of 5 features are near known places, 5 with", row["evidence"])
    assert row["remedy"] == (LIKELIER if more else AS_LIKELY)
    with pytest.raises(DoubtfulCRSError, match=r"km away\); [05] of 5 features are near"):
        nm.area(open_catalog(sites=file))
    measured = nm.area(open_catalog(sites=file, crs=option))["area_ha"]
    assert measured.tolist() == pytest.approx([1.0] * 5, abs=1e-6)
    row = crs_row(file, crs=option)
    assert (row["finding"], row["severity"], row["remedy"]) == ("crs", "ok", "")
    assert "as you state; its coordinates also fit" in row["evidence"]


@pytest.mark.parametrize(("place", "option"), [("San Tin", "hk80"), ("Sha Tin", "hk80-swapped")])
def test_what_is_among_ours_as_it_says_is_measured_in_silence(tmp_path, place, option):
    file = disguised(lots_at(place), option, GRID, tmp_path / "a.gpkg")

    assert crs_row(file)["severity"] == "note"
    assert crs_row(file)["remedy"] == AS_LIKELY
    with warnings.catch_warnings():
        warnings.simplefilter("error", Notice)
        assert len(nm.area(open_catalog(sites=file))) == 5


@pytest.mark.parametrize(("option", "finding"), [("hk80", "crs"), ("hk80-swapped", "crs_swapped")])
def test_what_would_lie_outside_hong_kong_with_the_axes_swapped_is_told(tmp_path, option, finding):
    lots = layer({"a": square(30_000, -10_000, 100), "b": square(0, 0, 100)}).geometry

    row = crs_row(disguised(lots, option, GRID, tmp_path / "a.gpkg"))

    assert row["finding"] == finding
    assert "all 2 features are in Hong Kong; read as" in row["evidence"]


@pytest.mark.parametrize("option", ["hk80", "hk80-swapped"])
@pytest.mark.parametrize("said", ["EPSG:4326", "hk80"])
def test_another_file_of_the_command_tells_the_order_of_the_axes(tmp_path, option, said):
    lots = layer({"a": square(5_000, -14_500, 100)}).geometry
    file = disguised(lots, option, GRID, tmp_path / "a.gpkg", name=["lot 5"])
    right = DEGREES if said == "EPSG:4326" else GRID
    sites = disguised(lots, said, right, tmp_path / "right.gpkg", name=["lot 5"])
    here = open_catalog(sites=sites, layers={"q": file}, crs={"sites": said})

    if option == "hk80":
        assert len(nm.read_layer(here, "q")) == 1
    else:
        with pytest.raises(DoubtfulCRSError, match="looks like the HK80 grid with the axes"):
            nm.read_layer(here, "q")


def test_of_two_files_only_the_one_with_swapped_axes_is_blamed(tmp_path):
    lots = layer({f"l{n}": square(300 * n, 0, 100) for n in range(9)}).geometry
    wells = layer({f"w{n}": point(1_000 * n - 3_000, 1_000) for n in range(3)}).geometry
    right = disguised(lots, "hk80", GRID, tmp_path / "right.gpkg")
    swapped = disguised(wells, "hk80-swapped", GRID, tmp_path / "swapped.gpkg")

    assert crs_row(right, swapped)["severity"] == "note"
    assert crs_row(swapped, right)["severity"] == "fault"


@pytest.mark.parametrize("option", ["EPSG:4611", "gcj02"])
def test_a_layer_that_another_file_of_the_command_shows_to_be_offset_is_not_measured(
    run, tmp_path, option
):
    lots = layer({n: square(1_000 + 300 * i, -9_000, 100) for i, n in enumerate("abcde")}).geometry
    ref = disguised(lots, "EPSG:4326", DEGREES, tmp_path / "ref.gpkg", name=list("abcde"))
    odd = disguised(lots, option, DEGREES, tmp_path / "odd.gpkg", name=list("abcde"))
    done = run("near", "q", "--sites", ref, "--layer", f"q={odd}")

    assert (done.exit_code, done.stdout) == (4, "")
    assert f"; --crs {option}, or --crs EPSG:4326" in done.stderr.splitlines()[-1]
    right = run("near", "q", "--sites", ref, "--layer", f"q={odd}", "--crs", f"q={option}")
    assert right.exit_code == 0


def test_two_files_that_may_be_wrong_in_the_same_way_do_not_prove_each_other(tmp_path):
    lots = layer({"a": square(1_000, -9_000, 100)}).geometry
    one, two = (
        disguised(lots, "gcj02", DEGREES, tmp_path / f"{name}.gpkg", name=["lot 5"])
        for name in ("one", "two")
    )

    assert crs_row(one, two)["finding"] == "crs_uncertain"


@pytest.mark.parametrize("x", [1_000, 30_000])  # with swapped axes in Hong Kong, and outside
@pytest.mark.parametrize("said", ["EPSG:4326", "EPSG:2326"])
def test_a_file_is_not_confirmed_by_its_own_conversion(tmp_path, x, said):
    """Degrees of the HK80 datum under the label of WGS 84, and what a program makes of them."""
    lots = layer({"a": square(x, -9_000, 100)}).geometry
    names = ["Lot 5"]
    wrong = disguised(lots, "EPSG:4611", DEGREES, tmp_path / "wrong.gpkg", name=names)
    copy = tmp_path / "copy.gpkg"
    gpd.read_file(wrong).to_crs(said).to_file(copy)

    assert crs_row(wrong, copy)["finding"] == crs_row(wrong)["finding"] == "crs_uncertain"


def test_another_survey_of_the_same_lot_confirms_a_file(tmp_path):
    """It names the lot as its file does; a number is no name."""
    lots = layer({"a": square(1_000, -9_000, 100)}).geometry
    moved = lots.translate(2, 1)
    for name, finding in (("Lot 5", "crs"), ("5", "crs_uncertain")):
        ours = disguised(lots, "EPSG:4326", DEGREES, tmp_path / f"a{name}.gpkg", name=[name])
        other = disguised(moved, "EPSG:2326", GRID, tmp_path / f"b{name}.gpkg", name=[name])
        row = crs_row(ours, other)

        assert row["finding"] == finding
        assert ("first bLot 5.gpkg 'Lot 5': 2 m off" in row["evidence"]) == (finding == "crs")


@pytest.mark.parametrize("option", ["EPSG:4326", "EPSG:4611", "gcj02"])
def test_degrees_that_nothing_tells_are_measured_as_their_file_states(run, tmp_path, option):
    lots = layer({"a": square(1_000, -9_000, 100)}).geometry
    file = disguised(lots, option, DEGREES, tmp_path / "a.gpkg")
    done = run("area", "--sites", file)

    assert done.exit_code == 0
    assert "note: " not in done.stderr
    row = crs_row(file)
    assert re.search(r"HK80 degrees \(304 m away\) or GCJ-02 \(\d{3} m away\)", row["evidence"])
    assert "crs='EPSG:4326' confirms it" in row["remedy"]


@pytest.mark.parametrize("asked", [{}, {"crs": "wgs84"}])
def test_a_layer_of_degrees_with_a_point_in_metres_is_refused_with_its_id(tmp_path, asked):
    far = {"type": "Point", "coordinates": [823_000, 838_000]}
    features = [*((point(n, 0), f"p{n}", {}) for n in range(3)), (far, "q", {})]
    file = write_json(tmp_path / "a.geojson", features)

    for here in (open_catalog(sites=file, **asked), open_catalog(layers={"a": file}, **asked)):
        wrong = r"feature q: lies outside Hong Kong \(823000, 838000\)"
        with warnings.catch_warnings(record=True) as said, pytest.raises(LayerError, match=wrong):
            read_sites(here) if here.own_sites else nm.read_layer(here, "a")
        assert not said  # a doubt that is left is not said of what is refused


def test_stations_of_which_some_are_swapped_are_two_systems_in_one(tmp_path):
    ours = nm.read_layer(open_catalog(), "stations").to_crs(GRID).reset_index()
    turned = shapely.transform(ours.geometry[:4].to_numpy(), lambda xy: xy[:, ::-1])
    mixed = ours.set_geometry([*turned, *ours.geometry[4:]], crs=GRID)
    mixed.to_file(tmp_path / "a.gpkg")

    row = crs_row(tmp_path / "a.gpkg")

    assert (row["finding"], row["severity"]) == ("crs_mixed", "fault")
    assert "4 of 16 places of a known name have the axes swapped" in row["evidence"]
    with pytest.raises(DoubtfulCRSError, match="is the HK80 grid in part only"):
        nm.read_layer(open_catalog(layers={"a": tmp_path / "a.gpkg"}), "a")


def test_what_we_export_on_the_grid_is_read_without_a_flag(tmp_path):
    ours = open_catalog()
    for name in ours.main_layers:
        twin = nm.read_layer(ours, name).to_crs(GRID).reset_index()
        twin.to_file(tmp_path / f"{name}.gpkg")

        here = open_catalog(layers={"mine": tmp_path / f"{name}.gpkg"})
        assert len(nm.read_layer(here, "mine")) == len(twin)


def test_a_layer_of_all_hong_kong_on_the_grid_is_not_doubted(tmp_path):
    xs, ys = range(-18_000, 32_000, 2_000), range(-34_000, 6_000, 2_000)
    places = layer({f"{x} {y}": point(x, y) for x in xs for y in ys})

    row = crs_row(write(places, tmp_path / "a.gpkg", GRID))

    assert row["severity"] != "fault"
    assert len(nm.read_layer(open_catalog(layers={"a": tmp_path / "a.gpkg"}), "a")) == len(places)


def test_who_insists_that_numbers_are_as_they_stand_is_believed(tmp_path):
    kowloon = write(layer({"a": square(12_000, -20_000, 100)}), tmp_path / "a.gpkg", GRID)

    with pytest.raises(DoubtfulCRSError, match="crs='EPSG:2326' if it is right"):
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

    assert (row["finding"], row["severity"]) == ("crs_uncertain", "note")
    assert "m away); no known place decides" in row["evidence"]
    assert "crs='EPSG:4611' or crs='gcj02'" in row["remedy"]


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
    assert row["remedy"].startswith(f"crs={option!r}")


def test_a_file_of_doubtful_crs_is_no_witness_against_another(tmp_path):
    lot = layer({"a": square(1_000, -9_000, 100)}).geometry
    file = disguised(lot, "EPSG:4326", DEGREES, tmp_path / "a.gpkg", name=["lot 5"])
    odd = disguised(lot, "hk80-swapped", GRID, tmp_path / "odd.gpkg", name=["lot 5"])

    assert crs_row(file, odd)["finding"] == "crs_uncertain"


@pytest.mark.parametrize(("apart", "finding"), [(1, "crs"), (16, "crs_uncertain")])
def test_a_file_in_doubt_itself_tells_another_only_by_the_same_outline(tmp_path, apart, finding):
    lots = (layer({"a": square(x, x - 9_000, 2_000)}).geometry for x in (0, apart))
    file = disguised(next(lots), "EPSG:4326", DEGREES, tmp_path / "a.gpkg")
    beside = disguised(next(lots), "EPSG:2326", GRID, tmp_path / "b.gpkg")

    row = crs_row(file, beside)

    assert row["finding"] == finding
    assert "''" not in row["evidence"]
    assert crs_row(beside)["finding"] == "crs_uncertain"


def test_degrees_that_say_nothing_and_that_nothing_tells_have_every_way_in_the_remedy(tmp_path):
    file = write_csv(tmp_path / "a.csv", ["x", "y"], [114.08, 22.5])

    assert crs_row(file)["remedy"] == "crs='EPSG:4326' or crs='EPSG:4611' or crs='gcj02'"


def test_a_place_of_our_name_that_is_not_well_known_is_no_evidence(tmp_path):
    ours = nm.read_layer(open_catalog(), "stations").to_crs(GRID).loc["stn_au_tau"]
    near = gpd.GeoSeries([ours.geometry], crs=GRID).translate(450, -200)  # known to 400 m

    file = disguised(near, "EPSG:4326", DEGREES, tmp_path / "a.gpkg", name=["Au Tau"])

    assert crs_row(file)["finding"] == "crs_uncertain"


def test_a_known_place_at_the_head_of_a_large_layer_is_evidence_for_all(tmp_path):
    lots = [square(n % 300 * 20, -n // 300 * 20, 10) for n in range(51_000)]
    shapes = gpd.GeoSeries([*known_site().to_crs(GRID), *lots], crs=GRID)
    file = disguised(shapes, "gcj02", DEGREES, tmp_path / "a.gpkg")

    with pytest.raises(DoubtfulCRSError, match="; crs='gcj02'"):
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
    assert "crs=" not in row["remedy"]


def test_another_country_is_no_system_of_ours(tmp_path):
    file = write_csv(tmp_path / "a.csv", ["x", "y"], [-0.1, 51.5])

    assert crs_row(file)["finding"] == "crs_missing"
    assert crs_row(file, crs="wgs84")["finding"] == "crs_elsewhere"


@pytest.mark.parametrize("name", open_catalog().layers)
def test_our_own_layers_are_in_what_they_say(name):
    rows = doctor(open_catalog().layers[name].path)

    assert "fault" not in set(rows["severity"])
    assert rows.iloc[0]["finding"] in {"crs", "crs_uncertain"}


@pytest.mark.parametrize("gap", [25, 60, 110])
def test_a_dense_layer_lies_near_every_outline_and_is_not_taken_for_offset(tmp_path, gap):
    lots = {f"r{n}": square(gap * (n % 50), gap * (n // 50), gap * 0.6) for n in range(2001)}
    rows = doctor(write(layer(lots), tmp_path / "lots.geojson"))

    assert rows[rows["finding"].str.startswith("crs")]["finding"].tolist() == ["crs_uncertain"]
    assert len(nm.area(open_catalog(sites=tmp_path / "lots.geojson"))) == 2001


def test_the_command_names_what_is_wrong_and_stops(run, tmp_path):
    file = tmp_path / "a.gpkg"
    disguised(known_site(), "hk80-swapped", GRID, file)
    done = run("doctor", file, "--format", "table")

    assert done.exit_code == 3
    assert "axes" in done.stdout
    assert f"nmgeo: doctor: 1 fault, first crs_swapped in {file}" in done.stderr
    assert run("doctor", file, "--crs", "hk80-swapped").exit_code == 0


@pytest.mark.parametrize(
    ("crs", "name", "remedy"),
    [
        ("EPSG:4490", r"China Geodetic Coordinate System 2000 \(EPSG:4490\)", "--crs EPSG:4326"),
        (LOCAL, "Site grid", "say what its coordinates are with --crs"),
    ],
)
def test_a_crs_without_a_way_to_the_grid_is_named_with_its_file(run, tmp_path, crs, name, remedy):
    shape = square(2000, 0, 100) if crs == LOCAL else lonlat(square(2000, 0, 100))
    file = tmp_path / "lots.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shape], crs=crs).to_file(file)
    for line in ("area", "near stations -o out.csv", "near stations"):
        done = run(*line.split(), "--sites", file)
        assert (done.exit_code, done.stdout) == (4, "")
        assert re.search(rf"lots.gpkg: its CRS '{name}' has no known transformation", done.stderr)
        assert remedy in done.stderr
    if crs != LOCAL:
        done = run("area", "--sites", file, "--crs", "EPSG:4326", "--json")
        assert json.loads(done.stdout)["rows"][0]["area_ha"] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("option", "said", "finding"),
    [
        ("EPSG:4326", DEGREES, "crs"),
        ("EPSG:4611", DEGREES, "crs_offset"),
        ("EPSG:2326", GRID, "crs"),
    ],
)
def test_columns_of_grid_coordinates_tell_what_the_geometry_is_in(tmp_path, option, said, finding):
    grid = gpd.GeoSeries([point(x, 3 * x) for x in (0, 300, 700)], crs=GRID)
    columns = {"Easting (m)": grid.x.round(1), "Northing (m)": grid.y.round(1)}
    file = disguised(grid, option, said, tmp_path / "a.gpkg", **columns)

    row = crs_row(file)
    assert row["finding"] == finding
    assert "columns Easting (m), Northing (m): 0 m off" in row["evidence"]
    if finding == "crs_offset":
        with pytest.raises(DoubtfulCRSError, match="looks like HK80 degrees"):
            nm.near(str(file), "stations")


def test_columns_that_hold_other_numbers_are_no_evidence(tmp_path):
    grid = gpd.GeoSeries([point(0, 0), point(9, 9)], crs=GRID)
    file = disguised(
        grid, "EPSG:4326", DEGREES, tmp_path / "a.gpkg", east=[1, 2], north=["-", None]
    )

    assert crs_row(file)["finding"] == "crs_uncertain"


@pytest.mark.parametrize("name", ["land", "sea", "ponds", "roads"])
def test_a_layer_of_the_base_map_in_metres_is_in_no_doubt(tmp_path, name):
    frame = nm.read_layer(open_catalog(), name).to_crs(GRID)
    frame[["geometry"]].to_file(tmp_path / "a.gpkg")

    assert crs_row(tmp_path / "a.gpkg")["severity"] == "ok"
    assert nm.near(str(tmp_path / "a.gpkg"), "stations")["site_id"].nunique() == len(frame)
