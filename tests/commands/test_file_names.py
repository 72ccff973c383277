"""Names that no file has: addresses, and what no system takes as a name."""

from pathlib import Path

import pytest
from world import layer, sites, square, write

import nmgeo as nm
from nmgeo.errors import NmgeoError

_TOLD = "is an address, which is not opened; download the file, and give the path that it then has"


@pytest.mark.parametrize(
    "line",
    [
        "area --sites {}",
        "area {}",
        "near w --layer w={}",
        "near {}",
        "diff {} {}",
        "doctor {}",
        "join {}",
        "audit --claims {}",
        "policy --policies {}",
        "map --basemap {}",
        "explain {}",
        "map --verify {}",
        "check {}",
    ],
)
@pytest.mark.parametrize("address", ["https://a.hk/b.gpkg", "s3://b/c.parquet", "ftp://a/b.csv"])
def test_an_address_is_told_from_a_file_that_is_not_there(
    run, tmp_path, monkeypatch, line, address
):
    monkeypatch.chdir(tmp_path)  # where the map that none is written to is not there yet
    done = run(*line.replace("{}", address).split())

    assert done.exit_code == 4
    assert f"{address}: {_TOLD}" in done.stderr


@pytest.mark.parametrize("name", ["C:/a/b.gpkg", "a:b.gpkg", "https.gpkg"])
def test_a_file_that_is_not_there_is_not_found(run, name):
    assert "not found; check the name" in run("area", "--sites", name).stderr


_CALLS = {
    "pack": nm.pack,
    "map": nm.map,
    "print": nm.print,
    "partition": lambda name: nm.partition(name, "x"),
    "partition into": lambda name: nm.partition(nm.sites(), name),
    "export": lambda name: nm.export(f"{name}.gpkg"),
    "explain": nm.explain,
    "verify": nm.verify,
    "open_project": nm.open_project,
    "doctor": nm.doctor,
    "area": nm.area,
    "open_catalog": nm.open_catalog,
    "check_table": nm.check_table,
    "join": nm.join,
    "replay": nm.replay,
    "atlas": nm.atlas,
}


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
@pytest.mark.parametrize("call", _CALLS)
def test_a_name_that_no_file_can_have_is_an_error_of_nmgeo(tmp_path, monkeypatch, call, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NmgeoError):
        _CALLS[call](name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("files", ["", " --sites lots.gpkg"])
def test_a_length_without_an_option_is_told_to_repeat_it(run, files):
    done = run(*f"rings --at 500m 1.5km{files}".split())

    assert done.exit_code == 2
    assert done.stderr.endswith(
        "1.5km: is a length without an option; give several values as --at 500m --at 1.5km\n"
    )


@pytest.mark.parametrize("option", ["--lang", "--json", "-f", "-o", "--sites", "--at"])
def test_an_option_before_the_command_is_told_its_place(run, option):
    done = run(option, "tc", "area")
    told = f"nmgeo: {option}: is an option of a command, and stands behind its name; "

    assert done.exit_code == 2
    if option == "--at":  # area has none
        assert "no such option: --at" in done.stderr
    elif option != "--lang":  # its message is in Chinese then
        assert done.stderr == f"{told}write nmgeo area {option}\n"
    else:
        assert "nmgeo area --lang" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "area -o {}.csv",
        "near stations --sites lots.geojson -o {}.gpkg",
        "near stations --sites lots.geojson -o {}/x.csv",
        "rings --at 1km --sites lots.geojson -o {}.csv --resume",
        "area --sites lots.geojson -o {}.xlsx",
        "partition lots.geojson -o {}",
        "export stations -o {}.geojson",
        "atlas -o {}",
        "pack {}.zip",
        "map -o {}.html",
    ],
)
def test_a_name_that_is_too_long_to_be_written_is_one_line(run, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    write(sites(a=square(0, 0, 100)), "lots.geojson")
    done = run(*line.format("n" * 260).split())

    assert done.exit_code == 6
    assert done.stderr.splitlines()[-1].endswith(
        "cannot be written (File name too long); choose a shorter name"
    )
    assert [one.name for one in tmp_path.iterdir()] == ["lots.geojson"]


@pytest.mark.parametrize(
    ("line", "suffix"),
    [
        ("near stations --sites lots.geojson -o {}", ".csv"),
        ("near stations --sites lots.geojson --resume -o {}", ".gpkg"),
        ("area --sites lots.geojson -o {}", ".xlsx"),
        ("export stations -o {}", ".gpkg"),
        ("export stations -o {}", ".fgb"),
        ("export stations -o {}", ".kml"),
        ("export stations -o {}", ".shp.zip"),
        ("export stations -o {}", ".hk80.geojson"),
        ("map -o {}", ".html"),
        ("pack {}", ".zip"),
    ],
)
@pytest.mark.parametrize("letter", ["n", "港"])
def test_a_name_is_as_long_as_the_system_lets_it(run, tmp_path, monkeypatch, line, suffix, letter):
    monkeypatch.chdir(tmp_path)
    write(sites(a=square(0, 0, 100)), "lots.geojson")
    name = letter * ((255 - len(suffix)) // len(letter.encode())) + suffix
    done = run(*line.format(name.replace(".hk80", "")).split())

    assert done.exit_code == 0, done.stderr
    assert name in {one.name for one in tmp_path.iterdir()}
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_is_there_comes_before_a_layer_in_another_spelling(
    run, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("Golf-Courses").mkdir()
    layer({"a": square(0, 0, 100)}).to_parquet("Golf-Courses/part.parquet")
    nearest = {
        name: run("near", name, "hetao", "--format", "csv").stdout
        for name in ("Golf-Courses", "golf_courses", "GOLF_COURSES")
    }

    assert ",Golf-Courses,edge,0," in nearest["Golf-Courses"]
    assert ",golf_courses,edge,golf_" in nearest["golf_courses"] == nearest["GOLF_COURSES"]
    assert len(nm.near("Golf-Courses", "stations")) == len(nm.area("Golf-Courses")) == 1
