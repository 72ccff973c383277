"""The cases of the golden outputs: what every command prints, as a reader has checked it.

A case is a name and the words of a command. Each is run in three languages at 80 columns, on the
shipped data, or on the small file beside this one. ``expected/NAME.LANG.txt`` holds its output.
"""

import json
import os
import re
import tempfile
from functools import cache
from pathlib import Path
from unittest import mock

from shapely.geometry import shape
from typer.testing import CliRunner

from nmgeo import __version__
from nmgeo.cli import app
from nmgeo.outputs.sheets import print_sheets
from nmgeo.outputs.sheets.write_drawing import to_svg

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
LANGS = ("en", "tc", "sc")
OWN = "lots.geojson"
CASES = {
    "area": ("area",),
    "area-receipt": ("area", "--receipt"),
    "area-own": ("area", "--sites", OWN),
    "audit": ("audit",),
    "check": ("check",),
    "claims": ("claims", "sandy_ridge"),
    "constraints": ("constraints",),
    "diff": ("diff", "wetlands", "golf_courses"),
    "diff-by": ("diff", "inland_water", "ponds", "--by", "geometry_status"),
    "doctor-own": ("doctor", OWN),
    "inside": ("inside", "sites"),
    "layers": ("layers",),
    "matrix": ("matrix",),
    "near": ("near", "stations", "--in", "today", "--in", "2034"),
    "near-own": ("near", "crossings", "--sites", OWN),
    "changes": ("changes", "--from", "2025-10-01", "--to", "2026-01-01", "sandy_ridge"),
    "compare": ("compare", "hetao", "sandy_ridge"),
    "timeline": ("timeline", "sandy_ridge"),
    "find": (
        *("find", "--stage", "pilot", "--near", "stations:1km", "--open-by", "2031"),
        *("--land-by", "2031", "--min-area", "5ha", "--fund", "project cost 160m"),
    ),
    "history": ("history", "sandy_ridge", "--on", "2026-02-04"),
    "policy": ("policy", "san_tin_technopole", "--on", "2026-02-04"),
    "policy-card": ("policy", "clinical_trial_platform", "--on", "2026-02-04"),
    "zoning": ("zoning", OWN, "--by", "ponds:geometry_status", "--rings", "2km"),
    "pull-list": ("pull", "--list"),
    "reconcile": ("reconcile", "sites", "ponds"),
    "rings": ("rings", "--at", "500m", "--at", "1km"),
    "robust": ("robust", "stations"),
    "near-today": ("near", "stations"),
    "claims-newest": ("claims",),
    "policy-lots": ("policy", OWN),
    "report": ("report",),
    "join": ("join", "owners.csv"),
    "check-own": ("check", "figures.csv"),
    "schema-policies": ("schema", "policies"),
    "sheet": ("sheet", "hetao", "--on", "2026-02-04"),
    "area-sqft": ("area", "--units", "sqft"),
    "robust-all": ("robust", "stations", "--at", "500m", "--all"),
    "sites": ("sites",),
    "crosscheck": ("crosscheck", "crossings", "--sites", OWN),
    "explain": ("explain", "near.geojson"),
    "replay": ("replay", "manifest.json"),
    "strip": ("strip", "sites", "--width", "35m", "--side", "outside"),
}
EXPORTS = {
    "export-sites": ("export", "sites", "--sites", OWN),
    "export-rings": ("export", "rings", "--at", "300m", "--sites", OWN),
    "export-stations": ("export", "stations"),
}
DOCUMENTS = ("sheet",)  # commands that write a document, in one format
DRAWN = {  # where each line, area and text of a page stands
    "drawn-sheet": ("print", "--sites", OWN, "-o"),
    "drawn-sheet-tall": (
        *("print", "--sites", OWN, "--paper", "a4", "--portrait", "--lang", "both"),
        *("--at", "300m", "--title", "Lots", "--colour-by", "name", "-o"),
    ),
    "drawn-sheet-wide": ("print", "--paper", "a4", "--scale", "1:250000", "-o"),
    "drawn-sheet-site": ("print", "--sites", OWN, "--atlas", "-o"),
    "drawn-map": ("map", "--sites", OWN, "--at", "500m", "-o"),
    "drawn-timeline": ("timeline", "sandy_ridge", "--format", "csv", "--svg"),
}
FORMATS = ("table",)
AS_DATA = ("area", "near", "rings", "inside", "constraints")  # CSV and JSON too, in English
SYMBOL_MM = 4.5  # a larger shape is no symbol
DIGITS = 6  # significant, so that no version of GEOS or PROJ shows


def output(words, lang, form):
    """Run a command at 80 columns; return what it prints, notices after the table."""
    before = Path.cwd()
    how = ["--lang", lang] if words[0] in DOCUMENTS else ["--format", form, "--lang", lang]
    told = {"COLUMNS": "80", "NO_COLOR": "1", "NMGEO_JOURNAL": "off"}
    if words[0] == "crosscheck":  # as on a machine without the programs that it asks
        told["PATH"] = os.devnull
    os.chdir(atlas() if words[0] == "replay" else HERE)  # names are printed as they were given
    try:
        with mock.patch.dict(os.environ, told):
            done = CliRunner().invoke(app, [*words, *how])
    finally:
        os.chdir(before)
    out = done.stdout.replace(f"nmgeo {__version__}", "nmgeo VERSION")
    if form == "json":
        rounded = json.loads(out, parse_float=shortened)
        out = json.dumps(rounded, ensure_ascii=False, indent=1) + "\n"
    said = re.sub(r"(GEOS|→) [\d.]+", r"\1 VERSION", out + done.stderr)
    return f"$ nmgeo {' '.join([*words, *how])}\n{said}"


@cache
def atlas():
    """Write an atlas of the small file, as if with an older GEOS, and return its folder."""
    folder = Path(tempfile.mkdtemp())
    done = CliRunner().invoke(app, ["atlas", "--sites", str(HERE / OWN), "-o", str(folder)])
    assert done.exit_code == 0, done.output
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told["libraries"]["GEOS"] = "3.0.0"
    manifest.write_text(json.dumps(told), encoding="utf-8")
    return folder


def shortened(number):
    """Return a number of JSON with the digits that every machine agrees on."""
    return float(f"{float(number):.{DIGITS}g}")


def outputs():
    """Yield (file, function that returns the text) for every case, language and format."""
    for name, words in CASES.items():
        for lang in LANGS:
            every = (*FORMATS, "csv", "json") if name in AS_DATA else FORMATS
            for form in every if lang == "en" else FORMATS[:1]:
                file = EXPECTED / f"{name}.{lang}.{form}.txt"
                yield file, lambda w=words, g=lang, f=form: output(w, g, f)


def exported(words, lang):
    """Export to GeoJSON; return what is said, the collection, and each feature by its extent."""
    before = Path.cwd()
    os.chdir(HERE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.geojson"
            how = ["--lang", lang, "-o", str(file)]
            done = CliRunner().invoke(app, [*words, *how], env={"NMGEO_JOURNAL": "off"})
            told = json.loads(file.read_text(encoding="utf-8"), parse_float=shortened)
            said = done.stderr.replace(f"{folder}{os.sep}", "")
    finally:
        os.chdir(before)
    provenance = told.pop("nmgeo-provenance")
    told["inputs"] = " ".join(one["name"] for one in provenance["inputs"])
    features = [feature | _extent(feature) for feature in told.pop("features")]
    parts = [json.dumps(one, ensure_ascii=False, indent=1) for one in (told, *features)]
    return f"$ nmgeo {' '.join([*words, '--lang', lang])}\n{said}" + "\n\n".join(parts) + "\n"


def _extent(feature):
    """Stand for a geometry by its kind and extent; that of GEOS has other vertices elsewhere."""
    kind, found = feature["geometry"]["type"], shape(feature["geometry"]).bounds
    return {"geometry": f"{kind} {' '.join(f'{number:.3f}' for number in found)}"}


def qgis_project():
    """Return the project of a pack, an element a line."""
    with tempfile.TemporaryDirectory() as folder:
        done = CliRunner().invoke(app, ["pack", folder], env={"NMGEO_JOURNAL": "off"})
        assert done.exit_code == 0, done.output
        written = (Path(folder) / "nmgeo.qgs").read_text(encoding="utf-8")
    rounded = re.sub(r"\d+\.\d{5,}", lambda found: f"{float(found[0]):.4f}", written)
    return rounded.replace("><", ">\n<").replace(__version__, "VERSION")


def picture_styles():
    """List how a picture draws: each look of a line, area, symbol (with its size) or text once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.svg"
        done = CliRunner().invoke(app, ["map", "-o", str(file)], env={"NMGEO_JOURNAL": "off"})
        assert done.exit_code == 0, done.output
        written = file.read_text(encoding="utf-8")
    found = set()
    for tag, told in re.findall(r"<(path|text) ([^>]*)>", written):
        look = re.sub(r'\b(d|x|y)="[^"]*" ?', "", told).strip("/ ")
        drawn = [float(number) for number in re.findall(r"-?\d+\.\d+", _path(told))]
        wide, high = (max(drawn[n::2], default=0) - min(drawn[n::2], default=0) for n in (0, 1))
        is_symbol = 0 < max(wide, high) < SYMBOL_MM
        found.add(f"{tag} {look}" + (f" {wide:.1f} by {high:.1f} mm" if is_symbol else ""))
    return "".join(f"{line}\n" for line in sorted(found))


def drawing(words):
    """List what a picture holds, from the bottom up: paths by their extent, to a tenth of a mm."""
    before = Path.cwd()
    os.chdir(HERE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / ("a.pdf" if "--atlas" in words else "a.svg")
            with mock.patch.object(print_sheets, "to_pdf", _second_page):
                done = CliRunner().invoke(app, [*words, str(file)], env={"NMGEO_JOURNAL": "off"})
            assert done.exit_code == 0, done.output
            written = file.read_text(encoding="utf-8").partition("<!-- nmgeo-provenance")[0]
    finally:
        os.chdir(before)
    extents = re.sub(r'(?<= d=")[^"]*', _extent_mm, written.replace(__version__, "VERSION"))
    return re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}", extents)


def _second_page(pages, _font, lang):
    return to_svg(pages[1], lang)


def _extent_mm(path):
    points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", path[0])
    x, y = ([float(number) for number in numbers] for numbers in zip(*points, strict=True))
    return f"{min(x):.1f},{min(y):.1f} to {max(x):.1f},{max(y):.1f}"


def _path(told):
    return next(iter(re.findall(r' ?\bd="([^"]*)"', told)), "")


def page_data(data):
    """Return the data of the page as JSON, with the digits that every machine agrees on.

    The numbers of the base map, which nobody reads, stand in one line a list.
    """
    known = json.loads(json.dumps(data), parse_float=shortened)
    written = json.dumps(known, ensure_ascii=False, indent=1)
    return re.sub(r"(?<=[\[\d,])\s+(?=-?\d+,|-?\d+\s+\])", " ", written) + "\n"


def file_outputs():
    """Yield exports and the report in three languages, the data of the page, and the styles."""
    from nmgeo.outputs.atlas import build_atlas  # noqa: PLC0415
    from nmgeo.outputs.report import report_markdown  # noqa: PLC0415
    from nmgeo.outputs.web.page_data import build_page_data  # noqa: PLC0415

    yield EXPECTED / "qgis-project.en.xml", qgis_project
    yield EXPECTED / "picture-styles.txt", picture_styles
    for name, words in DRAWN.items():
        yield EXPECTED / f"{name}.txt", lambda w=words: drawing(w)
    for lang in LANGS:
        for name, words in EXPORTS.items():
            yield EXPECTED / f"{name}.{lang}.txt", lambda w=words, g=lang: exported(w, g)
        yield (
            EXPECTED / f"report.{lang}.md",
            lambda g=lang: report_markdown(build_atlas(lang=g)),
        )
    yield (
        EXPECTED / "page-data.json",
        lambda: page_data(build_page_data(build_atlas())),
    )
