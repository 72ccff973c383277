"""The catalog: what the registry says, and that each file still is what it says."""

import os
import re

import pytest

import nmgeo as nm
from nmgeo.catalog import (
    GEOMETRY_STATUS,
    REGISTRY,
    checked_path,
    find_layer,
    open_catalog,
    registered_name,
)
from nmgeo.errors import LayerError, Notice, UnknownLayerError, UsageError
from nmgeo.records.policies import read_claims, read_places, read_policies
from nmgeo.records.tables import read_sources, site_ids
from nmgeo.sources.layers import read_layer

LAYERS = (
    *("sites", "boundary", "railways", "stations", "crossings"),
    *("development_areas", "wetlands"),
    *("sea", "land", "shenzhen", "ponds", "inland_water", "rivers", "golf_courses"),
    *("district_borders", "roads", "hills", "place_names"),
)
LICENCES = ("CC-BY-4.0", "ODbL-1.0", "LicenseRef-DATA.GOV.HK", "LicenseRef-unstated")
TABLES = (
    *("sources", "places", "claims", "policies", "statuses", "phases", "aliases"),
    "translations",
)


def records(catalog):
    return [*catalog.layers.values(), *catalog.tables.values()]


def test_the_shipped_layers_and_tables_are_those_of_the_registry():
    assert (tuple(open_catalog().layers), tuple(open_catalog().tables)) == (LAYERS, TABLES)


@pytest.mark.parametrize("record", records(open_catalog()), ids=lambda record: record.name)
def test_every_shipped_file_is_the_registered_one(record):
    assert checked_path(record) == record.path


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_as_uncertain_as_its_least_certain_feature(name):
    record, frame = open_catalog().layers[name], read_layer(open_catalog(), name)

    assert record.accuracy_m == frame["accuracy_m"].max()
    assert record.geometry_status == max(frame["geometry_status"], key=GEOMETRY_STATUS.index)


def test_each_credit_line_stands_once_with_its_licence():
    credit_lines = open_catalog().credits

    assert len(set(credit_lines)) == len(credit_lines)
    assert all(line.endswith(tuple(f"({name})" for name in LICENCES)) for line in credit_lines)


def test_context_is_told_apart_from_what_is_measured():
    here = open_catalog()

    assert {*here.main_layers, *here.context_layers} == set(LAYERS)
    assert list(here.context_layers) == list(LAYERS[7:])


@pytest.mark.parametrize("name", LAYERS[7:])
def test_every_feature_of_the_context_has_a_source_a_licence_and_an_accuracy(name):
    record, frame = open_catalog().layers[name], read_layer(open_catalog(), name)

    assert record.licence in LICENCES
    assert frame[["source", "licence", "accuracy_m", "as_of", "method"]].notna().all(axis=None)
    assert set(frame["licence"]) <= set(LICENCES)
    assert (frame["licence"] == "ODbL-1.0").all() == (name == "hills")


def test_a_missing_file_is_named(broken_geodata):
    (broken_geodata.folder / "stations.geojson").unlink()

    with pytest.raises(LayerError, match=r"stations.geojson: missing"):
        read_layer(broken_geodata.open(), "stations")


def test_an_altered_file_is_named_with_both_hashes(broken_geodata):
    file = broken_geodata.folder / "stations.geojson"
    file.write_bytes(file.read_bytes() + b"\n")

    with pytest.raises(LayerError, match=r"stations.geojson: altered \(sha256 \w+, registered"):
        read_layer(broken_geodata.open(), "stations")


def test_a_folder_without_a_registry_is_refused(tmp_path):
    with pytest.raises(LayerError, match=r"layers.toml: missing; name a folder"):
        open_catalog(tmp_path)


@pytest.mark.parametrize(
    "text", ["[layers", "", "layers = 1", "[layers]", "[layers]\n[tables", b"\xff\xfe"]
)
def test_a_registry_that_is_none_is_refused(broken_geodata, text):
    broken_geodata.replace(REGISTRY, text)

    with pytest.raises(LayerError, match=r"layers.toml: cannot be read"):
        broken_geodata.open()


@pytest.mark.parametrize("file", ["../sites.geojson", "/etc/hostname", "link.geojson"])
def test_a_registered_file_outside_the_folder_is_not_opened(broken_geodata, tmp_path_factory, file):
    outside = tmp_path_factory.mktemp("outside") / "sites.geojson"
    outside.write_text("{}")
    (broken_geodata.folder / "link.geojson").symlink_to(outside)
    broken_geodata.edit(REGISTRY, 'file = "sites.geojson"', f'file = "{file}"')

    with pytest.raises(LayerError, match="leads out of the folder; name a file in it"):
        broken_geodata.open()


@pytest.mark.parametrize("file", ["loop.geojson", "a\\u0000b"])
def test_a_registered_file_that_cannot_be_there_is_an_error(broken_geodata, file):
    loop = broken_geodata.folder / "loop.geojson"
    loop.symlink_to(loop)
    broken_geodata.edit(REGISTRY, 'file = "sites.geojson"', f'file = "{file}"')

    with pytest.raises(LayerError):
        read_layer(broken_geodata.open(), "sites")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('licence = "CC-BY-4.0"\n', "", "licence"),
        ('file = "sites.geojson"\n', "", "file"),
        ('key = "id"\n', 'key = "id"\ncolour = "red"\n', "colour"),
        ("[tables.claims]", "[tables.claims2]", "claims"),
    ],
)
def test_a_record_that_lacks_a_field_or_has_one_too_many_is_refused(
    broken_geodata, old, new, named
):
    broken_geodata.edit(REGISTRY, old, new)

    with pytest.raises(LayerError, match=named):
        read_claims(broken_geodata.open())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('file = "sites.geojson"', "file = 5", "file is 5; write text in quotation marks"),
        ("accuracy_m = 450.0", "accuracy_m = nan", "accuracy_m is nan; give 0 to 100,000 m"),
        ("accuracy_m = 450.0", "accuracy_m = inf", "accuracy_m is inf; give 0 to 100,000 m"),
        ("accuracy_m = 450.0", "accuracy_m = -1", "accuracy_m is -1; give 0 to 100,000 m"),
        ("accuracy_m = 450.0", "accuracy_m = true", "accuracy_m is True; give 0 to 100,000 m"),
        ('key = "id"\n', 'key = ["id"]\n', "key is ['id']; write text in quotation marks"),
        ('key = "id"\n', 'key = "id"\ncontext = "no"\n', "context is 'no'; write true or false"),
        ('columns = ["site_id", ', "columns = [1, ", "; write a list of texts"),
    ],
)
def test_a_field_of_another_type_is_an_error_that_names_the_layer(broken_geodata, old, new, said):
    broken_geodata.edit(REGISTRY, old, new)

    with pytest.raises(LayerError) as error:
        broken_geodata.open()
    assert f"{REGISTRY}, [layers.sites]: " in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize("section", ["layers", "tables"])
def test_a_record_that_is_no_table_is_an_error(broken_geodata, section):
    broken_geodata.edit(REGISTRY, f"[{section}.", f"[{section}]\nextra = 1\n[{section}.")

    with pytest.raises(LayerError, match=rf"\[{section}\.extra\]: is 1"):
        broken_geodata.open()


def test_a_pipe_is_called_one(broken_geodata):
    file = broken_geodata.folder / "sites.geojson"
    file.unlink()
    os.mkfifo(file)

    with pytest.raises(LayerError, match="is a device or a pipe"):
        read_layer(broken_geodata.open(), "sites")


def test_a_file_name_that_is_too_long_is_missing(broken_geodata):
    name = "x" * 300 + ".geojson"
    broken_geodata.edit(REGISTRY, 'file = "sites.geojson"', f'file = "{name}"')
    here = broken_geodata.open()

    with pytest.raises(LayerError, match="missing; restore it"):
        read_layer(here, "sites")
    with pytest.raises(LayerError, match="missing; restore it"):
        site_ids(here)
    assert nm.check(catalog=here)["result"].eq("broken").any()


def test_an_unknown_layer_is_refused_with_the_one_that_was_meant_and_not_with_all():
    with pytest.raises(UnknownLayerError) as told:
        find_layer(open_catalog(), "statoins")

    assert str(told.value) == (
        "layer 'statoins': unknown (did you mean stations?); list all with nm.layers(), or bring "
        "your own with layers={'NAME': FILE}"
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Development-Areas", "development_areas"),
        ("golf courses", "golf_courses"),
        ("WELLS_2", "Wells-2"),
        ("lots", "lots"),
        ("LOTS", "LOTS"),
        ("Lots", "Lots"),
    ],
)
def test_a_layer_is_found_in_any_case_and_with_hyphens_where_one_alone_is_meant(written, name):
    own = dict.fromkeys(("Wells-2", "lots", "LOTS"), "a.gpkg")

    assert registered_name(open_catalog(layers=own), written) == name


def test_an_own_layer_is_among_those_that_are_suggested():
    catalog = open_catalog(layers={"zones": "zones.gpkg"})

    with pytest.raises(UnknownLayerError, match=r"did you mean zones\?"):
        find_layer(catalog, "zonse")


def test_two_layers_that_are_alike_are_both_suggested():
    catalog = open_catalog(layers={"lots_2025": "a.gpkg", "lots_2026": "b.gpkg"})

    with pytest.raises(UnknownLayerError, match=r"did you mean lots_202[56], lots_202[56]\?"):
        find_layer(catalog, "lots_2024")


@pytest.mark.parametrize("files", [{}, {"layers": {"zones": "zones.gpkg"}}])
def test_a_crs_for_a_file_that_was_not_given_is_refused(files):
    with pytest.raises(UsageError, match="'sites': no such file was given"):
        open_catalog(crs={"sites": "EPSG:2326"}, **files)


def test_one_crs_is_said_of_all_the_users_files():
    catalog = open_catalog(sites="a.csv", layers={"zones": "b.csv"}, crs="hk80")

    assert (catalog.own_sites.crs, catalog.own_layers["zones"].crs) == ("hk80", "hk80")


def test_a_crs_is_said_of_one_file_by_its_name():
    catalog = open_catalog(sites="a.csv", layers={"zones": "b.csv"}, crs={"zones": "hk80"})

    assert (catalog.own_sites.crs, catalog.own_layers["zones"].crs) == (None, "hk80")


def test_a_layer_cannot_be_called_sites():
    with pytest.raises(UsageError, match="that name is taken"):
        open_catalog(layers={"sites": "a.gpkg"})


@pytest.mark.parametrize("layers", [["stations_open"], ["wells", "wells_open"]])
def test_a_layer_is_not_called_as_what_is_open_of_another(layers):
    stem = layers[-1].removesuffix("_open")
    with pytest.raises(UsageError, match=f"is what the open ones of {stem} are called"):
        open_catalog(layers=dict.fromkeys(layers, "a.gpkg"))


def test_an_empty_file_name_is_refused_and_not_taken_for_the_shipped_sites():
    with pytest.raises(UsageError):
        open_catalog(sites="")


def test_the_users_files_are_not_opened_yet():
    assert open_catalog(sites="no-such-file.gpkg").own_sites.path == "no-such-file.gpkg"


@pytest.mark.parametrize("read", [read_places, read_claims, read_policies])
def test_every_shipped_row_has_a_source_and_a_date(read):
    rows = read(open_catalog())

    assert rows["as_of"].str.match(r"\d{4}(-\d\d){0,2}$").all()
    assert (rows["source"] != "").all()


@pytest.mark.parametrize("name", LAYERS)
def test_every_shipped_feature_has_a_source_and_a_date(name):
    frame = read_layer(open_catalog(), name)

    assert frame["as_of"].astype(str).str.match(r"\d{4}(-\d\d){0,2}$").all()
    assert set(frame["source"]) <= set(read_sources(open_catalog()).index)


def test_the_instruments_of_the_issue_are_all_there():
    kinds = read_policies(open_catalog()).groupby("kind").groups

    assert {"hetao_people", "hetao_goods", "hetao_capital", "hetao_data"} <= set(
        kinds["cross_boundary"]
    )
    assert {"sandy_ridge_tender", "sandy_ridge_award", "phased_development"} <= set(
        kinds["land_disposal"]
    )
    assert {"san_tin_outline", "new_industrialisation_plan", "five_year_plan_15"} <= set(
        kinds["plan"]
    )
    assert "miit_agreement" in kinds["agreement"]
    assert "san_tin_company" in kinds["company"]


def test_a_credit_says_of_each_layer_to_how_many_metres_it_was_generalised():
    here = open_catalog()
    for name, layer in here.layers.items():
        if not (said := re.search(r"contributors to (\d+)(?:–(\d+))? m", layer.credit)):
            continue
        methods = " ".join(read_layer(here, name)["method"].dropna())
        used = re.findall(r"(?:tolerance of|Simplified with) (\d+) m", methods)
        assert all(int(said[1]) <= int(metres) <= int(said[2] or said[1]) for metres in used), name


def test_a_cache_that_cannot_be_read_is_left_out_with_a_notice(monkeypatch, tmp_path):
    monkeypatch.setenv("NMGEO_CACHE", str(tmp_path / ("x" * 300)))

    with pytest.warns(Notice, match="x/layers is left out .*name too long"):
        assert open_catalog().pulled == {}
