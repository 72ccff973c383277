"""The atlas as a folder of files, with a manifest of inputs and outputs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from errno import ENAMETOOLONG
from pathlib import Path
from typing import Any, Final, Unpack

import pyproj
import shapely

from nmgeo import __version__
from nmgeo.cache import PulledLayer
from nmgeo.catalog import Catalog, OwnFile
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    open_inputs,
    read_lengths,
    read_path,
    takes_features,
)
from nmgeo.commands.ring_distances import DISTANCES
from nmgeo.errors import ExportError
from nmgeo.files import finish, sha256, staged_path
from nmgeo.messages import option, text
from nmgeo.outputs.atlas import Atlas, build_atlas
from nmgeo.outputs.export import TWIN, credit_lines_of, write_pair
from nmgeo.outputs.report import report_markdown
from nmgeo.outputs.tables import to_csv
from nmgeo.outputs.web.map import render_page
from nmgeo.provenance import command_line, note_used, run_again
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.gdal import gdal_version
from nmgeo.sources.input_paths import require_all_elsewhere
from nmgeo.sources.layers import official_outlines
from nmgeo.translations import Lang

MANIFEST: Final = "manifest.json"
SCHEMA: Final = "nmgeo.manifest/1"
_UNSAID: Final = ("beside", "given", "written", "remark")  # of an own file, in a manifest


@takes_features()
def atlas(
    out: Path | str = "maps",
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    overwrite: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> tuple[Path, ...]:
    """Write the map, the report, the sites and a manifest into a folder.

    Parameters
    ----------
    out : path
        The folder; created if necessary.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    at : str, float or sequence of them
        Distances of the rings: ``"500m"``, ``[500, "1km"]``.
    overwrite : bool
        Whether to replace files that this function did not write, or that were changed since then.
    lang : {"en", "tc", "sc"}
        Language of the map and the report.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    tuple of Path
        ``map.html``, ``report.md``, ``sites.csv``, ``sites.geojson``, ``sites.hk80.geojson`` and
        ``manifest.json``, which names the inputs and outputs with their SHA-256. The same input
        gives the same bytes.

    Raises
    ------
    ExportError
        If a file was not written by this function, was changed, or cannot be written.
    NmgeoError
        If a file or a distance is wrong; nothing is written.
    """
    folder = read_path(out, "out", "nm.atlas('maps', gdf)")
    lengths = read_lengths(at, "at")
    with run_again(standard_command("atlas", lengths, lang)):
        here, _ = open_inputs(inputs, sites)
        content = build_atlas(here, at=lengths, lang=lang)
        note_used(*manifest_inputs_by_name(content.catalog))
        return _write(folder, content, overwrite=overwrite)


def standard_command(name: str, at: Sequence[str], lang: Lang) -> str:
    """Return a command with its options, however it was called: a replay writes the same files."""
    words = [word for one in at for word in ("--at", one)]
    return command_line([name, *words, "--lang", lang])


def manifest_inputs_by_name(catalog: Catalog) -> list[str]:
    """Return the names of all inputs that a manifest lists."""
    return [*catalog.layers, *catalog.tables, *catalog.pulled, *_own(catalog)]


def _write(folder: Path, content: Atlas, *, overwrite: bool) -> tuple[Path, ...]:
    """Write the files of an atlas, and the manifest."""
    texts = {
        "map.html": render_page(content),
        "report.md": report_markdown(content),
        "sites.csv": to_csv(content.sites.drop(columns="geometry").reset_index()),
    }
    names = (*texts, "sites.geojson", f"sites{TWIN}", MANIFEST)
    paths = tuple(folder / name for name in names)
    require_all_elsewhere(paths, content.catalog)
    replaceable = paths if overwrite else _unchanged_files(paths)
    with ExitStack() as stack:
        drafts = {
            p.name: stack.enter_context(staged_path(p, overwrite=p in replaceable)) for p in paths
        }
        for name, content_text in texts.items():
            drafts[name].write_text(content_text, encoding="utf-8", newline="\n")
        pair = [drafts["sites.geojson"], drafts[f"sites{TWIN}"]]
        lines = credit_lines_of(content.catalog, "sites", content.sites, content.lang)
        write_pair(pair, "sites", content.sites, lines)
        for path in paths:
            finish(drafts[path.name], path)
        hashes = {name: sha256(drafts[name]) for name in names[:-1]}
        said = manifest_text(content, content.at, hashes)
        drafts[MANIFEST].write_text(said, encoding="utf-8", newline="\n")
    return paths


def _unchanged_files(paths: Sequence[Path]) -> Sequence[Path]:
    """Return the files that are unchanged since the manifest was written."""
    *_, manifest = paths
    try:
        written = dict(json.loads(manifest.read_text(encoding="utf-8"))["outputs"])
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        if getattr(error, "errno", None) == ENAMETOOLONG:  # which writing says
            return ()
        raise ExportError(
            str(manifest),
            text("not a manifest of nmgeo"),
            text("move it or add {overwrite}", overwrite=option("overwrite", value=True)),
        ) from None
    there = [path for path in paths if path.is_file() and path.name in written]
    unchanged = [path for path in there if sha256(path) == written[path.name]]
    return [*unchanged, manifest] if written else []


def manifest_text(content: Atlas, at: Sequence[str], hashes: Mapping[str, str]) -> str:
    """Return the list of inputs and outputs, each with its SHA-256, as JSON."""
    catalog = content.catalog
    records = [*catalog.layers.values(), *catalog.tables.values()]
    pulled = {name: _pulled_record(one, catalog) for name, one in sorted(catalog.pulled.items())}
    chosen = {"site": list(catalog.chosen)} if catalog.chosen else {}
    document = {
        "schema": SCHEMA,
        "nmgeo": __version__,
        "libraries": libraries(),
        "options": {"at": list(at), "lang": content.lang} | chosen,
        "inputs": {record.path.name: record.sha256 for record in records},
        "pulled": pulled,
        "own_inputs": {name: _own_input_record(file) for name, file in _own(catalog).items()},
        "outputs": dict(hashes),
        "credits": list(catalog.credits),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _pulled_record(layer: PulledLayer, catalog: Catalog) -> dict[str, Any]:
    """Return what is known of a fetched layer, and how official outlines in it differ."""
    notes = [str(one.note) for one in official_outlines(catalog) if one.layer == layer.name]
    told = {word: getattr(layer, word) for word in ("version", "url", "query", "sha256")}
    return told | ({"remark": "; ".join(notes)} if notes else {})


def libraries() -> dict[str, str]:
    """Return the versions of the libraries on which numbers depend."""
    return {
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
        "GDAL": gdal_version(),
    }


def manifest_inputs(catalog: Catalog) -> dict[str, str]:
    """Return the SHA-256 of every input: shipped files by file, others by name."""
    records = [*catalog.layers.values(), *catalog.tables.values()]
    pulled = {name: one.sha256 for name, one in catalog.pulled.items()}
    own = {name: _own_input_record(file)["sha256"] for name, file in _own(catalog).items()}
    return {**{record.path.name: record.sha256 for record in records}, **pulled, **own}


def _own(catalog: Catalog) -> dict[str, OwnFile]:
    """Return the user's own inputs by name."""
    sites = {} if catalog.own_sites is None else {"sites": catalog.own_sites}
    return dict(sorted({**catalog.own_layers, **sites}.items()))


def _own_input_record(file: OwnFile) -> dict[str, Any]:
    path = None if file.given else split_layer(file.path)[0]
    fields = {name: value for name, value in vars(file).items() if name not in _UNSAID}
    told = {"remark": file.remark, "path": Path(file.path).name} if file.remark else {}
    return fields | told | {"sha256": sha256(path) if path and path.is_file() else None}
