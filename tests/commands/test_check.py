"""Checks: whatever is damaged is named, and the exit code says so."""

import pytest

from nmgeo.catalog import REGISTRY
from nmgeo.commands.check import check, require_ok
from nmgeo.errors import AuditError, LayerError

BOW_TIE = [[114.05, 22.5], [114.06, 22.51], [114.06, 22.5], [114.05, 22.51], [114.05, 22.5]]

# Each kind of damage, and the check that has to name it.
DAMAGE = {
    "missing file": (lambda d: (d.folder / "stations.geojson").unlink(), "stations", "hash"),
    "altered file": (
        lambda d: (d.folder / "claims.csv").write_text("subject\n"),
        "claims",
        "hash",
    ),
    "no licence": (
        lambda d: d.edit(REGISTRY, 'licence = "CC-BY-4.0"', 'licence = ""'),
        "sites",
        "record",
    ),
    "unknown state of a layer": (
        lambda d: d.edit(REGISTRY, 'geometry_status = "schematic"', 'geometry_status = "exact"'),
        "sites",
        "record",
    ),
    "unknown state of a feature": (
        lambda d: d.set_feature("sites.geojson", 0, properties={"geometry_status": "exact"}),
        "sites",
        "features",
    ),
    "unknown source of a feature": (
        lambda d: d.set_feature("stations.geojson", 0, properties={"source": "Z99"}),
        "stations",
        "features",
    ),
    "invalid outline": (
        lambda d: d.set_feature(
            "sites.geojson", 0, geometry={"type": "Polygon", "coordinates": [BOW_TIE]}
        ),
        "sites",
        "features",
    ),
    "empty outline": (
        lambda d: d.set_feature(
            "sites.geojson", 0, geometry={"type": "Polygon", "coordinates": []}
        ),
        "sites",
        "features",
    ),
    "no outline": (
        lambda d: d.set_feature("sites.geojson", 0, geometry=None),
        "sites",
        "features",
    ),
    "point for a polygon": (
        lambda d: d.set_feature(
            "sites.geojson", 0, geometry={"type": "Point", "coordinates": [114.05, 22.5]}
        ),
        "sites",
        "features",
    ),
    "id twice": (
        lambda d: d.edit("sites.geojson", "development_area_excl_loop", "ozp_scheme_area"),
        "sites",
        "features",
    ),
    "ids not sorted": (
        lambda d: d.edit("sites.geojson", '"hetao_hk_park:park"', '"zetao_hk_park:park"'),
        "sites",
        "features",
    ),
    "unregistered column": (
        lambda d: d.set_feature("stations.geojson", 0, properties={"colour": "red"}),
        "stations",
        "features",
    ),
    "other CRS": (
        lambda d: d.edit(REGISTRY, 'crs = "EPSG:4326"', 'crs = "EPSG:2326"'),
        "sites",
        "features",
    ),
    "unknown CRS": (
        lambda d: d.edit(REGISTRY, 'crs = "EPSG:4326"', 'crs = "EPSG:99999"'),
        "sites",
        "features",
    ),
    "unknown key": (lambda d: d.edit(REGISTRY, 'key = "id"', 'key = "no"'), "sites", "features"),
    "truncated layer": (
        lambda d: d.replace("wetlands.geojson", '{"type": "Feat'),
        "wetlands",
        "features",
    ),
    "unknown site of a policy": (
        lambda d: d.set_cell("policies.csv", 0, "holds_for", "atlantis"),
        "policies",
        "rows",
    ),
    "unknown unit of a claim": (
        lambda d: d.set_cell("claims.csv", 0, "unit", "furlong"),
        "claims",
        "rows",
    ),
    "unknown status of a policy": (
        lambda d: d.set_cell("statuses.csv", 0, "status", "perhaps"),
        "statuses",
        "rows",
    ),
    "other name of nothing": (
        lambda d: d.set_cell("aliases.csv", 0, "id", "atlantis"),
        "aliases",
        "rows",
    ),
    "unknown source of a place": (
        lambda d: d.set_cell("places.csv", 0, "source", "Z99"),
        "places",
        "rows",
    ),
    "unknown class of a source": (
        lambda d: d.set_cell("sources.csv", 0, "class", "rumour"),
        "sources",
        "rows",
    ),
    "table that is no text": (
        lambda d: d.replace("places.csv", b"\xff\xfe"),
        "places",
        "rows",
    ),
}


def broken(rows):
    return rows.loc[rows["result"] == "broken", ["layer", "check"]].itertuples(index=False)


def test_all_is_well_with_the_shipped_data():
    rows = check()

    assert set(rows["result"]) == {"ok"}
    assert require_ok(rows) is None


def test_every_file_is_checked_for_its_hash_its_record_and_its_content():
    rows = check()

    found = rows.groupby("check")["layer"].size()

    assert found.to_dict() == {"hash": 26, "record": 26, "features": 18, "rows": 8}


@pytest.mark.parametrize(("damage", "layer", "what"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_named(broken_geodata, damage, layer, what):
    damage(broken_geodata)

    rows = check(broken_geodata.open())

    assert (layer, what) in set(broken(rows))
    with pytest.raises(AuditError, match="checks failed; mend what the table says"):
        require_ok(rows)


def test_the_detail_says_what_where_and_what_to_do(broken_geodata):
    broken_geodata.set_cell("claims.csv", 0, "unit", "furlong")

    rows = check(broken_geodata.open()).set_index(["layer", "check"])

    assert (
        "claims.csv, line 2: invalid value 'furlong' in column unit; expected one of"
        in (rows.loc[("claims", "rows"), "detail"])
    )


def test_one_fault_in_a_table_leaves_the_checks_of_the_layers_well(broken_geodata):
    broken_geodata.set_cell("claims.csv", 0, "unit", "furlong")

    assert [*broken(check(broken_geodata.open()))] == [("claims", "rows")]


def test_without_a_registry_there_is_nothing_to_check(broken_geodata):
    (broken_geodata.folder / REGISTRY).unlink()

    with pytest.raises(LayerError, match=r"layers\.toml: missing"):
        check(broken_geodata.open())


def test_the_command_prints_the_table_and_exits_with_3(broken_geodata, run):
    broken_geodata.set_cell("claims.csv", 0, "unit", "furlong")

    done = run("check", "--data", broken_geodata.folder, "--format", "csv")

    assert done.exit_code == 3
    assert "claims,rows,broken," in done.stdout
    assert done.stderr == (
        "nmgeo: check: 1 of 78 checks failed; mend what the table says, first 'claims'\n"
    )


def test_the_command_exits_with_0_on_the_shipped_data(run):
    assert run("check").exit_code == 0
