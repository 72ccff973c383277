"""Export of layers, and GeoJSON that is read back and compared before it is kept.

This module is longer than 300 lines because each file that is written is read back and compared
beside the code that writes it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self, Unpack

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from fiona.errors import FionaError
from pyproj import CRS

from nmgeo import crs
from nmgeo.catalog import Catalog, OwnFile, own_file
from nmgeo.columns import find_column
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    masking_of,
    open_inputs,
    read_lengths,
    read_path,
    takes_features,
)
from nmgeo.commands.ring_distances import COUNTED, DISTANCES
from nmgeo.commands.zones import dissolve_classes, split_classes
from nmgeo.errors import ExportError, MissingCRSError, UsageError, first_line
from nmgeo.files import require_plain_folder, require_room, staged_path, unwritten, without_driver
from nmgeo.formats import Format, format_of_path, name_without_suffix
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.infinite import say_left_empty
from nmgeo.formats.read_back import Written
from nmgeo.formats.rows import JSON, has_json, json_cells
from nmgeo.measures.areas import area_ha
from nmgeo.messages import Text, option, text
from nmgeo.names import add_names
from nmgeo.outputs.citations import SOURCES, credits_in, source_keys, source_objects
from nmgeo.outputs.own_columns import with_own_columns
from nmgeo.outputs.table_file import write_table
from nmgeo.records.tables import read_sources
from nmgeo.sources.frame import given_frame, warn_of_other_geometry
from nmgeo.sources.input_paths import require_all_elsewhere
from nmgeo.sources.layers import read_layer
from nmgeo.sources.standard_columns import in_file, is_same
from nmgeo.sources.value_types import numbers_of_decimals, plain_values, storable_values
from nmgeo.translations import Lang

TWIN: Final = ".hk80.geojson"
# RFC 7946: WGS 84, seven decimals (1 cm), right-hand rule, no "crs". The twin: centimetres.
# GDAL drops a last decimal after five zeros as noise, so it gets one more than there are.
_GEOJSON: Final = {"ID_FIELD": "id", "WRITE_BBOX": "YES", "AUTODETECT_JSON_STRINGS": "NO"}
_WGS84: Final = (crs.WGS84, 7, {"RFC7946": "YES", "COORDINATE_PRECISION": "8"})
_HK80: Final = (crs.HK80, 2, {"COORDINATE_PRECISION": "3"})
# A square metre of a hectare; what the user brought is kept as it is.
_DECIMALS: Final = {"area_ha": 4, "geodesic_ha": 4, "own_ha": 4, "ppm": 1}
# Columns of sites that tell of the ledger, and the table that they come from.
_TOLD: Final = {"policies": "policies", "published_area_ha": "claims"}
_BUILT: Final = frozenset({"sites", "rings"})  # what is measured, not read
_UNKEYED: Final = frozenset({None, "id", "outline_id", "feature_id"})  # no column of a user's
_NESTED: Final = "nested"  # attribute of a frame: its text columns that hold JSON
_NAMES: Final = ("name_en", "name_tc", "name_sc", "name")
_ROUNDED_M: Final = 0.02  # how far rounding may move an outline


class Files(tuple[Path, ...]):  # noqa: SLOT001 - a tuple with slots has no attribute
    """The paths of what was written, and in ``read_back`` what was compared."""

    read_back: Written | None

    def __new__(cls, paths: Iterable[Path], read_back: Written | None) -> Self:
        """Return the paths as a tuple."""
        files = super().__new__(cls, paths)
        files.read_back = read_back
        return files


@takes_features()
def export(
    out: Path | str,
    layer: Features = "sites",
    sites: Features | None = None,
    *,
    at: Length | Sequence[Length] = DISTANCES,
    overwrite: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> Files:
    """Write a layer to a file of any format, read it back and compare it.

    GeoJSON (RFC 7946) gets a copy on the Hong Kong 1980 Grid. Infinite numbers are left empty in it
    and in workbooks, which hold none, with a notice; other formats keep them.

    Parameters
    ----------
    out : path
        Where to write; the extension says the format, as ``.gpkg``. The copy of a ``.geojson``
        ends in ``.hk80.geojson``.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        ``sites`` (with measures and policies), ``rings``, or another layer; or a result with
        geometry, such as that of :func:`nmgeo.near`. Rows without geometry are left out.
        ``"LAYER:COLUMN"`` writes the land of each class as one feature, as
        ``"zones:PLAN_NO,ZONE_LABEL"`` by plan and zone.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    at : str, float or sequence of them
        Distances of ``rings``: ``"300m"``, ``[500, "1km"]``.
    overwrite : bool
        Replace existing files.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    Files
        A tuple of the paths; its ``read_back`` says what was compared. The files of GeoJSON have
        features sorted by id, coordinates in EPSG:4326 and EPSG:2326.

    Raises
    ------
    ExportError
        If a file is there, cannot be written, or does not read back as it was written.
    NmgeoError
        Whatever is wrong with the name or the layer.
    """
    path = read_path(out, "out", "nm.export('a.geojson', gdf)")
    form = _form_of(path)
    layer, by = split_classes(layer)
    here, layer = open_layer(inputs, sites, layer)
    require_all_elsewhere((path, twin_path(path)), here)
    frame = chosen_layer(here, layer, read_lengths(at, "at"), lang)
    frame = frame if by is None else dissolve_classes(frame, by, str(layer))
    name = layer if isinstance(layer, str) else name_without_suffix(path)
    credit_lines = credit_lines_of(here, layer, frame, lang)
    if form.name != "geojson":
        rows = with_ids(frame, credit_lines)
        how: dict[str, Any] = {"catalog": here, "name": name, "lang": lang}
        return Files([path], write_table(path, rows, form, overwrite=overwrite, **how))
    pair = (path, twin_path(path))
    with ExitStack() as stack:
        drafts = [stack.enter_context(staged_path(p, overwrite=overwrite)) for p in pair]
        written = write_pair(drafts, name, frame, credit_lines)
    return Files(pair, written)


def _form_of(path: Path) -> Format:
    """Return the format of a file: a workbook needs no geometry, CSV gets a column of it."""
    form = format_of_path(path)
    return form if form.binary else format_of_path(path, geometry=True)


def with_ids(frame: gpd.GeoDataFrame, credit_lines: Sequence[str]) -> gpd.GeoDataFrame:
    """Return a frame whose first column is the index, and whose credits are of its rows."""
    index = unique_names([_key_of(frame) or "id"], list(map(str, frame.columns)))[0]
    rows = frame.rename_axis(index).reset_index()
    rows.attrs["credits"] = tuple(credit_lines)
    return rows


def _key_of(frame: gpd.GeoDataFrame) -> str | None:
    """Return the name of the user's column of ids; None if the ids have no name of the user's."""
    name = frame.index.name
    return None if name in _UNKEYED else str(name)


def open_layer(
    inputs: Inputs, sites: Features | None, layer: Features
) -> tuple[Catalog, str | gpd.GeoDataFrame]:
    """Return the catalog, and the name of a layer in it or the frame that was given."""
    if isinstance(layer, gpd.GeoDataFrame) and layer.crs is None:
        remedy = text("set it with {example}", example="gdf.set_crs('EPSG:2326')")
        raise MissingCRSError(option("layer"), text("the frame has no CRS"), remedy)
    if isinstance(layer, gpd.GeoDataFrame):
        layer = _active_geometry(layer)
    drawn = isinstance(layer, gpd.GeoDataFrame) and not masking_of(inputs)
    if drawn or (isinstance(layer, str) and layer in _BUILT):
        return open_inputs(inputs, sites)[0], layer
    here, names = open_inputs(inputs, sites, layer=layer)
    _require_hidden(here, names["layer"])
    return here, names["layer"]


def _require_hidden(catalog: Catalog, layer: str) -> None:
    """Refuse to write a layer exactly where a call asks to hide exact places."""
    if catalog.masking and layer not in catalog.own_layers:
        wrong = text("is public, and its places are not hidden")
        remedy = text("name your own file, or leave out the option that hides places")
        raise UsageError(text("layer {layer!r}", layer=layer), wrong, remedy)


def _active_geometry(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame with its active geometry column alone; a notice names the others."""
    file = own_file("frame", frame)
    warn_of_other_geometry(file)
    alone = given_frame(file)
    alone.attrs = frame.attrs
    return alone


def twin_path(path: Path) -> Path:
    """Return where the copy of a GeoJSON file on the Hong Kong 1980 Grid goes."""
    return path.with_name(path.stem + TWIN)


def write_pair(
    drafts: Sequence[Path], name: str, frame: gpd.GeoDataFrame, credit_lines: Sequence[str]
) -> Written:
    """Write a frame as RFC 7946 GeoJSON and as its twin, and compare both with the frame.

    Returns
    -------
    Written
        What is equal in both.

    Raises
    ------
    ExportError
        If a file cannot be written, or does not read back as it was meant.
    """
    words = {"DESCRIPTION": "; ".join(credit_lines)} if credit_lines else {}
    flat = _flat(frame)
    for draft, (target, decimals, options) in zip(drafts, (_WGS84, _HK80), strict=True):
        moved = flat.set_geometry(_rounded(crs.transform(flat.geometry, target), decimals))
        _write(draft, name, moved, {**options, **words})
        _compare(draft, moved, target)
    texts = flat.select_dtypes(["object", "string"]).columns
    area = float(area_ha(frame).sum())
    return Written(count=len(flat), area_ha=area, texts=len(texts) * len(flat))


def _rounded(geometry: gpd.GeoSeries, decimals: int) -> gpd.GeoSeries:
    shapes = shapely.transform(geometry.to_numpy(), lambda places: places.round(decimals))
    return gpd.GeoSeries(shapes, index=geometry.index, crs=geometry.crs)


def credit_lines_of(
    catalog: Catalog, layer: str | gpd.GeoDataFrame, frame: gpd.GeoDataFrame, lang: Lang
) -> list[str]:
    """Return the credit lines of what is in a file.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.open_catalog`.
    layer : str or GeoDataFrame
        As :func:`export` takes it.
    frame : GeoDataFrame
        What is written.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese, as far as the geodata translate them.

    Returns
    -------
    list of str
        Those of the sites and of the layers that they were measured to; of an answer that names
        none in a column ``layer`` (as that of :func:`nmgeo.rings`), of all that there are.
    """
    return credits_in(_credited(catalog, layer, frame), catalog, lang)


def _credited(
    catalog: Catalog, layer: str | gpd.GeoDataFrame, frame: gpd.GeoDataFrame
) -> tuple[str, ...]:
    if isinstance(layer, gpd.GeoDataFrame):
        if "layer" not in layer:
            return catalog.credits
        return catalog.credits_of([*layer["layer"], *layer.get("origin", ())], sites=True)
    if layer == "sites":
        told = [
            table
            for column, table in _TOLD.items()
            if column in frame and frame[column].notna().any()
        ]
        return catalog.credits_of(told, sites=True)
    if layer == "rings":
        return catalog.credits_of(COUNTED, sites=True)
    return catalog.credits_of([layer])


def chosen_layer(
    catalog: Catalog, layer: str | gpd.GeoDataFrame, at: Sequence[str], lang: Lang
) -> gpd.GeoDataFrame:
    """Return the features of a layer, or of a result; rows without geometry are left out."""
    if isinstance(layer, gpd.GeoDataFrame):
        drawn = layer[layer.geometry.notna()]
        if drawn.empty:
            wrong = text("no row has geometry")
            raise ExportError(option("layer"), wrong, text("export a table with geometry"))
        return drawn
    if layer == "sites":
        from nmgeo.outputs.atlas import build_atlas  # noqa: PLC0415 - not for other layers

        rows, own = build_atlas(catalog, at=(), lang=lang).sites, catalog.own_sites
        return rows if own is None else _keyed(_as_given(rows, own), own)
    if layer == "rings":
        from nmgeo.commands.rings import rings  # noqa: PLC0415 - likewise

        drawn = rings(at, catalog, lang=lang)
        return drawn.set_index(drawn.index + ":" + drawn["to_m"].map("{:g}m".format))
    rows = _cited(add_names(read_layer(catalog, layer), lang), catalog)
    own = catalog.own_layers.get(layer)
    return rows if own is None else _keyed(_as_given(rows, own), own)


def _as_given(rows: gpd.GeoDataFrame, own: OwnFile) -> gpd.GeoDataFrame:
    """Return the features of a user's file with its columns, and without those that are empty."""
    return with_own_columns(_without_unstated(rows), own)


def _keyed(frame: gpd.GeoDataFrame, file: OwnFile) -> gpd.GeoDataFrame:
    """Name the ids as the column of the user's file that they are from."""
    return frame.rename_axis(file.key) if file.key else frame


def _without_unstated(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out what nmgeo asks of every feature and a file of the user's says of none.

    Where all names are but the id, the file states none.
    """
    named = frame[[name for name in _NAMES if name in frame]]
    is_bare = named.isna() | named.astype(str).eq(frame.index.astype(str), axis="index")
    bare = [*named] if is_bare.all(axis=None) else []
    empty = [name for name in frame.columns[frame.isna().all()] if find_column(name)]
    return frame.drop(columns={*bare, *empty})


def _cited(frame: gpd.GeoDataFrame, catalog: Catalog) -> gpd.GeoDataFrame:
    """Put the sources of each feature beside the keys of a shipped layer."""
    if "source" not in frame or "sources" not in catalog.tables:
        return frame
    sources = read_sources(catalog).to_dict("index")
    cited = [source_objects(source_keys([cell]), sources) for cell in frame["source"].fillna("")]
    if not any(cited):  # a layer of the user, whose sources are no keys
        return frame
    found: gpd.GeoDataFrame = frame.assign(**{SOURCES: cited})
    return found


def _flat(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sort by id, the id as a column; a column that is empty throughout says nothing."""
    if (key := _key_of(frame)) and key not in frame:  # beside the id that GeoJSON has
        frame = frame.assign(**{key: frame.index})
    frame = frame.sort_index(kind="stable").rename_axis("id")
    own = _without_id(frame).dropna(axis="columns", how="all")
    own = own.apply(_with_dates_as_text).round(_DECIMALS)
    nested = [name for name in own if has_json(own[name])]
    texts = own.select_dtypes(["object", "string"]).columns.difference(nested)
    own = own.assign(**own[texts].apply(_held_texts), **{c: json_cells(own[c]) for c in nested})
    numbers = own.select_dtypes("float")
    say_left_empty({str(name): int(np.isinf(numbers[name]).sum()) for name in numbers}, "GeoJSON")
    own = own.assign(**numbers.where(np.isfinite(numbers)))
    ids = _held_texts(own.index.to_series()).rename("id")
    held = _by_case(own)
    flat = held.set_axis(pd.Index(ids)).reset_index()
    flat.attrs[_NESTED] = [called for name, called in zip(own, held, strict=True) if name in nested]
    return flat


def _without_id(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame without a column of the name of its ids; one of other values is renamed."""
    if "id" not in frame or is_same(frame["id"], frame.index.to_series()):
        return frame.drop(columns="id", errors="ignore")
    return frame.rename(columns={"id": in_file("id", frame.columns)})


def _with_dates_as_text(column: pd.Series) -> pd.Series:
    """Return times as GDAL writes them into GeoJSON, durations as text, and what files have."""
    if column.dtype.kind == "m":
        return column.map(str, na_action="ignore").astype("string")
    if column.dtype.kind == "M":
        return column.map(lambda time: time.isoformat(), na_action="ignore").astype("string")
    return storable_values(numbers_of_decimals(column))


def _held_texts(column: pd.Series) -> pd.Series:
    """Return text as GDAL can write it, which ends a text at NUL."""
    return plain_values(column).astype("string").str.replace("\0", "")


def _by_case(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rename columns that GDAL takes for ``id`` or a later one, as they differ in case alone."""
    columns = [str(name) for name in reversed(frame.columns)]
    names = unique_names(columns, ["id"], fold=str.lower)
    return frame.set_axis(names[::-1], axis="columns")


def _write(draft: Path, name: str, frame: gpd.GeoDataFrame, options: Mapping[str, str]) -> None:
    require_plain_folder(draft)
    how = {"driver": "GeoJSON", "layer": name, **_GEOJSON, **options}
    nested = frame.attrs[_NESTED]
    try:
        if nested:
            shape = {"geometry_name": "geometry", "geometry_type": "Unknown"}
            table = _with_json(pa.table(frame.to_arrow(index=False)), nested)
            pyogrio.write_arrow(table, draft, crs=frame.crs.to_string(), **shape, **how)
        else:
            pyogrio.write_dataframe(frame, draft, **how)
    except RuntimeError as error:
        require_room(draft)
        raise unwritten(name, first_line(error)) from None
    require_room(draft)


def _with_json(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Mark columns as JSON, for which pandas has no type."""
    fields = [f.with_metadata(JSON) if f.name in names else f for f in table.schema]
    return table.cast(pa.schema(fields))


def _compare(draft: Path, written: gpd.GeoDataFrame, target: CRS) -> None:
    """Reopen with fiona, which carries a GDAL of its own, and compare with what was meant."""
    try:
        with fiona.open(draft, driver="GeoJSON", DATE_AS_STRING="YES") as features:
            same_crs = CRS(features.crs_wkt) == target
            records = [(dict(f.properties), shapely.geometry.shape(f.geometry)) for f in features]
    except FionaError as error:
        raise _unequal(draft, text("does not read back ({why})", why=first_line(error))) from None
    found = [attributes.pop("id") for attributes, _ in records]
    own = written.drop(columns=["id", "geometry"])
    own = own.assign(**{c: own[c].map(_parsed) for c in written.attrs[_NESTED]})
    rows = own.to_dict("records") or [{}] * len(own)  # older pandas lists no rows without columns
    meant = [{k: _comparable(v) for k, v in row.items()} for row in rows]
    back = [{k: _comparable(v) for k, v in attributes.items()} for attributes, _ in records]
    if found != list(written["id"]) or not same_crs:
        raise _unequal(draft, text("ids or CRS do not read back"))
    unit = 1.0 if target == crs.HK80 else 1e-5  # a degree is about 1e5 m
    shapes = [shape for _, shape in records]
    if max(shapely.hausdorff_distance(written.geometry.to_numpy(), shapes)) > _ROUNDED_M * unit:
        raise _unequal(draft, text("outlines do not read back"))
    if back != meant:
        raise _unequal(draft, text("attributes do not read back"))


def _unequal(draft: Path, wrong: Text) -> ExportError:
    remedy = without_driver(wrong) or text("please report this as a fault of nmgeo")
    return ExportError(draft.name, wrong, remedy)


def _comparable(value: Any) -> Any:
    """Numbers as GeoJSON keeps them, dates as text, what is missing as None."""
    if isinstance(value, list | dict):
        return json.dumps(value, sort_keys=True)
    if pd.isna(value):
        return None
    if isinstance(value, bool) or hasattr(value, "isoformat"):
        return str(value)[:10]
    return round(float(value), 6) if isinstance(value, int | float) else str(value)


def _parsed(cell: str | None) -> Any:
    return None if cell is None or pd.isna(cell) else json.loads(cell)
