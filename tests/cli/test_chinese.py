"""Chinese tables: nothing English is left in them but names that have no Chinese form."""

import csv
import re
from functools import cache

import pytest

from nmgeo.catalog import open_catalog

# Names without a Chinese form, and codes of CRS.
NAMES = {
    *("EPSG", "WGS", "GEOS", "GDAL", "QGIS", "PostGIS", "GeographicLib", "SpatiaLite", "SHA"),
    *("INNOPOLE", "HSITP", "HSKTL", "nmgeo", "MTL", "KTN"),
}
COMPANY = "Hong Kong Runjiang Intelligent Computing Technology Co"
COMMANDS = {
    "area": "area",
    "receipt": "area --receipt",
    "audit": "audit --tolerance 1%",
    "check": "check",
    "claims": "claims",
    "constraints": "constraints",
    "inside": "inside sites",
    "layers": "layers",
    "matrix": "matrix",
    "near": "near stations --k 2",
    "near in a year": "near crossings --in today --in 2034",
    "policy": "policy hetao_hk_park",
    "report": "report",
    "rings": "rings --at 1km",
    "rings by": "rings --at 1km --by railways:status",
    "rings clipped": "rings --at 1km --clip boundary",
    "robust": "robust stations --at 400m",
    "sites": "sites",
    "strip": "strip boundary --width 35m --side right",
}


@cache
def known():
    """Return ids, titles of sources and licences: what the tables repeat as it was published."""
    catalog = open_catalog()
    told = {COMPANY, *catalog.layers, *catalog.tables}
    told |= {f.licence for f in (*catalog.layers.values(), *catalog.tables.values())}
    for table, column in (("sources", "title"), ("policies", "policy_id"), ("claims", "subject")):
        with catalog.tables[table].path.open(encoding="utf-8", newline="") as file:
            told |= {row[column] for row in csv.DictReader(file)}
    return sorted(told, key=len, reverse=True)


def latin(text):
    """Return the runs of three Latin letters or more that no id, title or name explains."""
    for name in known():
        text = text.replace(name, " ")
    return set(re.findall(r"[A-Za-z]{3,}", text)) - NAMES


@pytest.mark.parametrize("lang", ["tc", "sc"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_chinese_table_has_no_english_left(run, monkeypatch, name, lang):
    monkeypatch.setenv("COLUMNS", "500")
    said = run(*COMMANDS[name].split(), "--lang", lang, "--format", "table")

    assert said.stdout
    assert latin(said.stdout) == set()


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_notes_of_a_command_and_mistakes_of_a_user_are_in_chinese(run, lang):
    lines = ("near", "near --nope", "near stations --k x", "near stations extra", "neer")
    said = [run(*line.split(), "--lang", lang).stderr for line in lines]
    said += [run("near", "stations", "--lang", lang, "--format", "table").stderr]

    for text in said:
        words = latin(re.sub(r"nmgeo( near)? -h|near|--\w+|'?LAYER'?|neer?|extra", " ", text))
        assert words == set()


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_no_line_of_a_chinese_table_begins_with_a_stop(run, monkeypatch, lang):
    monkeypatch.setenv("COLUMNS", "60")
    for command in ("near stations", "sites", "claims sandy_ridge"):
        cells = run(*command.split(), "--lang", lang, "--format", "table").stdout.splitlines()
        starts = [cell for line in cells for cell in re.split(r"  +", line) if cell]

        assert [cell for cell in starts if cell[0] in "，。、；：）」"] == []
