"""Publishing: the whole atlas into a folder, with a manifest of what was written."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from nmgeo import __version__
from nmgeo.catalog import Catalog, OwnFile
from nmgeo.errors import ExportError
from nmgeo.files import sha256, staged_path
from nmgeo.outputs.atlas import DISTANCES, Atlas, build_atlas
from nmgeo.outputs.export import TWIN, credit_lines_of, write_pair
from nmgeo.outputs.report import report_markdown
from nmgeo.outputs.tables import to_csv
from nmgeo.outputs.web.map import render_page
from nmgeo.sources.describe import split_layer
from nmgeo.translations import Lang

MANIFEST: Final = "manifest.json"


def atlas(
    out: Path | str = "maps",
    catalog: Catalog | None = None,
    *,
    at: Sequence[str] = DISTANCES,
    overwrite: bool = False,
    lang: Lang = "en",
) -> tuple[Path, ...]:
    """Write everything into a folder: the map, the report, the sites, and a manifest.

    Parameters
    ----------
    out : path
        The folder; made if need be.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    at : sequence of str
        Distances of the rings.
    overwrite : bool
        Whether to replace files that this function did not write, or that were changed since.
    lang : {"en", "tc", "sc"}
        Language of the map and the report.

    Returns
    -------
    tuple of Path
        ``map.html``, ``report.md``, ``sites.csv``, ``sites.geojson``, ``sites.hk80.geojson`` and
        ``manifest.json``, which names the inputs and outputs with their SHA-256. The same input
        gives the same bytes.

    Raises
    ------
    ExportError
        If a file is somebody else's, or cannot be written.
    NmgeoError
        Whatever is wrong with the files or the distances; nothing is written then.
    """
    made = build_atlas(catalog, at=at, lang=lang)
    texts = {
        "map.html": render_page(made),
        "report.md": report_markdown(made),
        "sites.csv": to_csv(made.sites.drop(columns="geometry").reset_index()),
    }
    names = (*texts, "sites.geojson", f"sites{TWIN}", MANIFEST)
    paths = tuple(Path(out) / name for name in names)
    free = paths if overwrite else _ours(paths)
    with ExitStack() as stack:
        drafts = {p.name: stack.enter_context(staged_path(p, overwrite=p in free)) for p in paths}
        for name, text in texts.items():
            drafts[name].write_text(text, encoding="utf-8", newline="\n")
        pair = [drafts["sites.geojson"], drafts[f"sites{TWIN}"]]
        lines = credit_lines_of(made.catalog, "sites", made.sites)
        write_pair(pair, "sites", made.sites, lines)
        hashes = {name: sha256(drafts[name]) for name in names[:-1]}
        drafts[MANIFEST].write_text(_manifest(made, at, hashes), encoding="utf-8", newline="\n")
    return paths


def _ours(paths: Sequence[Path]) -> Sequence[Path]:
    """Return the files that are as the manifest says they were written."""
    *_, manifest = paths
    try:
        written = dict(json.loads(manifest.read_text(encoding="utf-8"))["outputs"])
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        raise ExportError(
            str(manifest), "is not a manifest of ours", "move it away or add --overwrite"
        ) from None
    there = [path for path in paths if path.is_file() and path.name in written]
    unchanged = [path for path in there if sha256(path) == written[path.name]]
    return [*unchanged, manifest] if written else []


def _manifest(made: Atlas, at: Sequence[str], hashes: Mapping[str, str]) -> str:
    catalog = made.catalog
    records = [*catalog.layers.values(), *catalog.tables.values()]
    own = dict(catalog.own_layers)
    if catalog.own_sites is not None:
        own["sites"] = catalog.own_sites
    document = {
        "schema": "nmgeo.manifest/1",
        "nmgeo": __version__,
        "options": {"at": list(at), "lang": made.lang},
        "inputs": {record.path.name: record.sha256 for record in records},
        "own_inputs": {name: _own_input(file) for name, file in sorted(own.items())},
        "outputs": dict(hashes),
        "credits": list(catalog.credits),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _own_input(file: OwnFile) -> dict[str, Any]:
    path = None if file.given else split_layer(file.path)[0]
    said = {name: value for name, value in vars(file).items() if name not in ("beside", "given")}
    return said | {"sha256": sha256(path) if path and path.is_file() else None}
