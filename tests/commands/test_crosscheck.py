"""Crosschecks: other programs measure the same, and a program that does not is found out."""

import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from programs import need, need_answer
from world import layer, point, sites, square

from nmgeo.commands.crosscheck import crosscheck, require_agreement
from nmgeo.errors import AuditError, LayerError, Notice, UnitError, UsageError

WITHOUT_A_SCREEN = {"QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def lot(ask):
    """Ask about a hectare with a well 30 m east and 40 m north of its corner."""
    return ask(sites(a=square(0, 0, 100)), wells=layer({"w": point(130, 140), "v": point(900, 0)}))


@pytest.fixture(scope="module")
def gdal_and_qgis():
    """Have GDAL's programs with SQLite, and QGIS with its own algorithms."""
    need_answer("gdal-bin", [need("gdal-bin", "ogrinfo"), "--formats"], "SQLite")
    need("gdal-bin", "ogr2ogr")
    qgis = need("qgis qgis-providers", "qgis_process.bin")
    words = ["help", "native:buffer", "--json"]
    need_answer("qgis qgis-providers", [qgis, *words], "native:buffer", **WITHOUT_A_SCREEN)


@pytest.fixture
def everything(postgis, gdal_and_qgis, monkeypatch):  # noqa: ARG001 - has to be there
    venv = Path(sys.executable).parent  # in front, as where it is active
    monkeypatch.setenv("PATH", f"{venv}{os.pathsep}{os.environ['PATH']}")
    for name, value in postgis.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Leave no program on the path but those that the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def pretend(folder, name, *lines):
    """Put a program there that prints lines, whatever it is asked."""
    program = folder / name
    printed = "\n".join(f"echo '{line}'" for line in lines)
    program.write_text(f"#!/bin/sh\n{printed}\n", encoding="utf-8")
    program.chmod(0o755)


@pytest.mark.usefixtures("everything")
def test_gdal_qgis_and_postgis_measure_what_we_measure(lot):
    rows = crosscheck("wells", lot, at="50m").set_index(["measure", "route"])

    assert set(rows["result"]) == {"ok", "reference"}
    known = {"area_ha": 1.0, "nearest_m": 50.0, "buffer_ha": 3.785}  # 1 + 2 + pi / 4
    for measure, value in known.items():
        found = rows.loc[measure]["value"]
        assert set(found.index) == {"grid", "ellipsoid", "ogr", "qgis", "postgis"}
        assert found.to_list() == pytest.approx([value] * 5, rel=2e-4)
    engines = rows[rows.index.get_level_values("route").isin(["ogr", "qgis", "postgis"])]
    off = engines["ppm"].abs().groupby("measure").max()
    assert off[["area_ha", "nearest_m"]].max() < 0.001
    assert off["buffer_ha"] < 1


@pytest.mark.usefixtures("everything")
def test_every_route_agrees_on_the_shipped_sites():
    rows = crosscheck()

    assert set(rows["result"]) == {"ok", "untested", "reference"}
    assert rows.groupby("route")["site_id"].count().to_dict() == dict.fromkeys(
        ["grid", "ellipsoid", "ogr", "qgis", "postgis"], 12
    )
    assert rows["tool"].str.contains("GEOS|GeographicLib|GDAL|QGIS|PostGIS").all()


@pytest.mark.usefixtures("tools")
def test_the_ellipsoid_differs_by_the_scale_of_the_grid_and_no_more():
    rows = crosscheck()
    ppm = rows[rows["route"] == "ellipsoid"].dropna(subset="ppm").set_index("measure")["ppm"]

    assert set(ppm.index) == {"area_ha", "nearest_m", "buffer_ha"}
    assert ppm.drop("buffer_ha").abs().between(0.5, 17).all()
    assert ppm["buffer_ha"].between(1, 100).all()  # the arcs of the grid lie within the true ones


@pytest.mark.usefixtures("tools")
def test_a_tool_that_is_not_there_is_said_to_be_absent(lot):
    rows = crosscheck("wells", lot)
    absent = rows[rows["result"] == "absent"]

    assert absent["tool"].to_list() == [
        f"{name} cannot be run (No such file or directory)"
        for name in ("ogr2ogr", "qgis_process", "psql")
    ]
    assert set(rows["result"]) == {"ok", "absent", "reference"}
    assert set(absent["name"]) == {"All sites"}
    require_agreement(rows)


def test_a_tool_that_fails_gives_no_answer_and_its_own_words(lot, tools):
    pretend(tools, "psql")
    (tools / "psql").write_text("#!/bin/sh\necho 'psql: error: no server' >&2; exit 2\n")
    rows = crosscheck("wells", lot).set_index("route")

    assert rows.loc["postgis", "tool"] == "psql: error: no server"
    assert rows.loc["postgis", "result"] == "no_answer"
    assert rows.loc["qgis", "result"] == "absent"
    assert rows.loc["postgis", ["value", "ppm", "tolerance_ppm"]].isna().all()


def test_a_tool_that_measures_something_else_is_found_out(lot, tools):
    pretend(tools, "ogr2ogr", "row,a,d,b", "0,10000,50.2,143539")
    rows = crosscheck("wells", lot)
    ogr = rows[rows["route"] == "ogr"].set_index("measure")["result"]

    assert ogr.to_dict() == {"area_ha": "ok", "buffer_ha": "differs", "nearest_m": "differs"}
    with pytest.raises(AuditError, match="2 of 6 differ, first buffer_ha by ogr; look at a"):
        require_agreement(rows)


@pytest.mark.usefixtures("tools")
def test_a_distance_of_nothing_has_no_share_to_differ_by(ask):
    rows = crosscheck("wells", ask(sites(a=square(0, 0, 100)), wells=layer({"w": point(50, 50)})))
    gaps = rows[(rows["measure"] == "nearest_m") & (rows["result"] != "absent")]

    assert gaps["value"].to_list() == [0] * len(gaps)
    assert pd.isna(gaps["ppm"]).all()
    assert set(gaps.loc[gaps["route"] != "grid", "result"]) == {"untested"}
    assert set(gaps.loc[gaps["route"] == "grid", "result"]) == {"reference"}
    require_agreement(rows)


@pytest.mark.usefixtures("tools")
def test_the_ellipsoid_finds_its_own_end_points(lot, monkeypatch):
    """A wrong shortest line on the grid does not carry over."""
    monkeypatch.setattr("nmgeo.commands.crosscheck_routes.nearest_m", lambda *_: pd.Series([60.0]))
    rows = crosscheck("wells", lot).set_index(["measure", "route"])

    assert rows.loc[("nearest_m", "ellipsoid"), "value"] == pytest.approx(50, abs=1e-3)
    assert rows.loc[("nearest_m", "ellipsoid"), "result"] == "differs"


@pytest.mark.usefixtures("tools")
def test_the_ellipsoid_draws_its_own_buffer(lot, monkeypatch):
    """A wrong polygon of ours does not carry over."""
    wrong = sites(a=square(0, 0, 190)).assign(area_ha=3.61)
    monkeypatch.setattr("nmgeo.commands.crosscheck_routes.ring_shapes", lambda *_: wrong)
    rows = crosscheck("wells", lot, at="50m").set_index(["measure", "route"])

    assert rows.loc[("buffer_ha", "ellipsoid"), "value"] == pytest.approx(3.785, rel=1e-3)
    assert rows.loc[("buffer_ha", "ellipsoid"), "result"] == "differs"


@pytest.mark.usefixtures("tools")
def test_what_a_route_shares_and_the_tolerance_are_said(run):
    rows = crosscheck()
    shared = rows.drop_duplicates(["measure", "route"]).set_index(["measure", "route"])["shared"]

    assert shared[("buffer_ha", "ellipsoid")] == "outline"
    assert shared[("area_ha", "grid")] == "nothing"
    assert shared[("nearest_m", "ellipsoid")] == "outline"
    done = run("crosscheck", "--format", "table")
    assert "Tolerance" in done.stdout
    chinese = run("crosscheck", "--format", "md", "--lang", "tc")
    assert "| 橢球 |" in chinese.stdout
    assert "誤差為 450 米" in chinese.stderr
    assert "the error of San Tin Technopole is up to 450 m" in done.stderr
    assert ",120.0,ok," in run("crosscheck", "--format", "csv").stdout


@pytest.mark.usefixtures("tools")
def test_points_are_left_out(ask):
    here = ask(sites(a=square(0, 0, 100), p=point(500, 0)), wells=layer({"w": point(130, 140)}))
    with pytest.warns(Notice, match=r"left out: 1 feature, Point \(feature p\)"):
        rows = crosscheck("wells", catalog=here)

    assert rows["site_id"].dropna().unique().tolist() == ["a"]


def test_what_has_no_area_or_no_length_is_refused(ask):
    with pytest.raises(LayerError, match="has no area"):
        crosscheck(catalog=ask(sites(a=point(0, 0))))
    with pytest.raises(UsageError, match="more than 0"):
        crosscheck(at="0m")
    with pytest.raises(UnitError, match="not a length"):
        crosscheck(at="far")


def test_the_command_shows_the_table_and_stops_where_routes_differ(run, tools):
    pretend(tools, "ogr2ogr", "row,a,d,b", *(f"{n},1,1,1" for n in range(4)))
    done = run("crosscheck", "--format", "table")

    assert done.exit_code == 3
    assert "differs" in done.stdout
    assert "crosscheck: 12 of 21 differ" in done.stderr
