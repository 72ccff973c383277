"""The command pack: everything that GIS staff open, in one folder or one zip."""

import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final, Unpack

import numpy as np

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
from nmgeo.errors import ExportError, NmgeoError, UsageError, reason
from nmgeo.files import finish, refuse_to_replace, sha256, staged_path, unwritten, without_driver
from nmgeo.formats.archive import add_entry
from nmgeo.formats.geopackage import PackLayer, add_field_titles, add_styles, write_layers
from nmgeo.formats.read_back import Written, compare_layer
from nmgeo.formats.shapefile import file_stem
from nmgeo.messages import Text, option, text
from nmgeo.outputs.atlas import Atlas, build_atlas
from nmgeo.outputs.atlas_folder import (
    MANIFEST,
    manifest_inputs_by_name,
    manifest_text,
    standard_command,
)
from nmgeo.outputs.citations import credits_in, data_notes
from nmgeo.outputs.export import TWIN, Files, credit_lines_of, write_pair
from nmgeo.outputs.map_styles import BASE
from nmgeo.outputs.pack.content import (
    RELATED,
    field_rows,
    field_titles,
    layers_of,
    tables_of,
)
from nmgeo.outputs.pack.pack_database import pack_database
from nmgeo.outputs.pack.qgis_categories import style_inputs
from nmgeo.outputs.pack.qgis_project import ProjectLayer, Relation, project_xml
from nmgeo.outputs.pack.qgis_style import qml, style_parts
from nmgeo.outputs.postgis import is_address
from nmgeo.outputs.tables import to_csv
from nmgeo.provenance import note_used, run_again
from nmgeo.sources.input_paths import require_all_elsewhere
from nmgeo.translations import Lang, translate

GEOPACKAGE: Final = "nmgeo.gpkg"
PROJECT: Final = "nmgeo.qgs"


@takes_features()
def pack(
    out: Path | str,
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    overwrite: bool = False,
    schema: str | None = None,
    replace: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> Files:
    """Write a styled GeoPackage, a QGIS project, GeoJSON and their documents, or fill a database.

    Parameters
    ----------
    out : path or str
        A folder, created if necessary, or a file that ends in ``.zip``; or the address of a
        PostGIS database, ``"postgresql://user@host/name"``, which gets the layers and tables in
        one transaction. Leave the password to ``PGPASSWORD`` or ``~/.pgpass``; it is never shown.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    at : str, float or sequence of them
        Distances of the rings: ``"500m"``, ``[500, "1km"]``.
    overwrite : bool
        Whether to replace files that are there already.
    schema : str, optional
        Schema of the tables in a database, created if necessary; ``public`` if not given.
    replace : bool
        Whether to replace tables of the same names in a database.
    lang : {"en", "tc", "sc"}
        Language of names, labels and the legend. Aliases of fields are in English and Chinese.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    Files
        A tuple of the paths, empty for a database; its ``read_back`` says what was compared. The
        same input gives the same bytes.

    Raises
    ------
    ExportError
        If a file or table is there, cannot be written, or does not read back as it was meant; of
        a database, nothing is changed then.
    NmgeoError
        If a file or a distance is wrong; nothing is written.
    """
    lengths = read_lengths(at, "at")
    if isinstance(out, str) and is_address(out):
        _refuse({"overwrite": overwrite}, text("belongs to files, and this is a database"))
        atlas = build_atlas(open_inputs(inputs, sites)[0], at=lengths, lang=lang)
        return Files([], pack_database(out, atlas, schema or "public", replace=replace))
    path = read_path(out, "out", "nm.pack('pack.zip')")
    _refuse(
        {"schema": schema, "replace": replace},
        text("belongs to a database, and {out} is none", out=path),
    )
    with run_again(standard_command("pack", lengths, lang)):
        here, _ = open_inputs(inputs, sites)
        require_all_elsewhere([path], here)
        if not overwrite:  # a pack takes seconds to write
            refuse_to_replace(path if _is_zip(path) else path / GEOPACKAGE)
        atlas = build_atlas(here, at=lengths, lang=lang)
        note_used(*manifest_inputs_by_name(atlas.catalog))
        return _write(path, atlas, overwrite=overwrite)


def _refuse(given: Mapping[str, object], wrong: Text) -> None:
    """Stop if a parameter is given that what is written has no use for."""
    if stray := next((name for name, value in given.items() if value), None):
        raise UsageError(option(stray, given[stray]), wrong, text("leave it out"))


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


def _write(path: Path, atlas: Atlas, *, overwrite: bool) -> Files:
    """Write a pack as a zip or a folder."""
    here = atlas.catalog
    with TemporaryDirectory() as folder:
        try:
            written = _write_files(Path(folder), atlas)
        except OSError as error:
            if isinstance(error, NmgeoError):
                raise
            raise _unwritten_at_first(path, reason(error)) from None
        names = sorted(p.relative_to(folder) for p in Path(folder).rglob("*") if p.is_file())
        if _is_zip(path):
            with staged_path(path, overwrite=overwrite) as draft:
                _zip(Path(folder), names, draft)
            return Files([path], written)
        targets = [path / name for name in names]
        require_all_elsewhere(targets, here)
        with ExitStack() as stack:
            for name, target in zip(names, targets, strict=True):
                draft = stack.enter_context(staged_path(target, overwrite=overwrite))
                draft.write_bytes(Path(folder, name).read_bytes())
        return Files(targets, written)


def _unwritten_at_first(path: Path, why: str) -> ExportError:
    """Return the error of a pack that cannot be put together in the temporary folder."""
    if without_driver(why):
        return unwritten(str(path), why)
    said = f"{gettempdir()}: {why}"
    remedy = text("free some space, or set TMPDIR")
    return ExportError(str(path), text("cannot be written ({why})", why=said), remedy)


def _write_files(folder: Path, atlas: Atlas) -> Written:
    """Write all files of a pack, and compare the layers with what was meant."""
    layers = layers_of(atlas)
    tables = tables_of(atlas, layers)
    written = _write_geopackage(folder / GEOPACKAGE, layers, tables, atlas)
    _write_text(folder / PROJECT, _project(layers, tables, atlas))
    for layer in layers:
        style = folder / "styles" / f"{file_stem(layer.name)}.qml"
        _write_text(style, qml(style_inputs(layer, atlas)))
    for name, frame in {**atlas.layers, "sites": atlas.sites}.items():
        stem = folder / "geojson" / file_stem(name)
        stem.parent.mkdir(exist_ok=True)
        pair = [stem.with_suffix(".geojson"), stem.with_name(f"{stem.name}{TWIN}")]
        shown = frame[frame.geometry.notna()]
        credit_lines = credit_lines_of(atlas.catalog, name, frame, atlas.lang)
        write_pair(pair, name, shown, credit_lines)
    _write_text(folder / "fields.csv", to_csv(field_rows([*layers, *tables])))
    notes = data_notes(atlas.catalog, atlas.lang)
    lines = dict.fromkeys([*notes, *credits_in(atlas.catalog.credits, atlas.catalog, atlas.lang)])
    _write_text(folder / "credits.txt", "".join(f"{line}\n" for line in lines))
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    for name in names:
        finish(folder / name, folder / name)
    hashes = {name: sha256(folder / name) for name in names}
    _write_text(folder / MANIFEST, manifest_text(atlas, atlas.at, hashes))
    return written


def _write_geopackage(
    path: Path, layers: Sequence[PackLayer], tables: Sequence[PackLayer], atlas: Atlas
) -> Written:
    write_layers(path, [*layers, *tables])
    found = [
        compare_layer(path, layer.name, layer.table, getattr(layer.rows, "crs", None))
        for layer in (*layers, *tables)
    ]
    styles = {one.name: qml(style_inputs(one, atlas)) for one in layers}
    add_styles(path, styles)
    add_field_titles(path, field_titles([*layers, *tables]))
    return Written(
        count=sum(one.count for one in found),
        area_ha=None,
        texts=sum(one.texts for one in found),
    )


def _project(layers: Sequence[PackLayer], tables: Sequence[PackLayer], atlas: Atlas) -> str:
    """Return the project: layers from the top down, the base below, tables last."""
    lang = atlas.lang
    title = translate("phrase", "title", lang)
    base, notes = translate("group", "base", lang), translate("phrase", "tables", lang)
    listed = [
        ProjectLayer(
            name=layer.name,
            title=layer.title,
            kind=layer.kind,
            group=notes if not layer.kind else base if layer.name in BASE else title,
            style=style_parts(style_inputs(layer, atlas)),
        )
        for layer in (*reversed(layers), *tables)
    ]
    relations = [
        Relation(table=table, field=field, of="sites", key="site_id")
        for table, field in RELATED.items()
    ]
    relations.append(
        Relation(table="site_policies", field="policy_id", of="instruments", key="policy_id")
    )
    sites = next(layer.rows for layer in reversed(layers) if layer.name.startswith("sites"))
    extent = np.asarray(sites.total_bounds, float).tolist()
    return project_xml(title, listed, relations, extent, GEOPACKAGE)


def _write_text(path: Path, content: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")


def _zip(folder: Path, names: Sequence[Path], draft: Path) -> None:
    with zipfile.ZipFile(draft, "w") as archive:
        for name in names:
            add_entry(archive, name.as_posix(), (folder / name).read_bytes())
