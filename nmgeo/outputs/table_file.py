"""Tables written to a file: every column, all digits, and the geometry if the format holds it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, get_args

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.columns import find_column
from nmgeo.commands.sites import sites
from nmgeo.errors import UsageError
from nmgeo.files import staged_path
from nmgeo.formats import FORMATS, Format
from nmgeo.formats.read_back import Written, compare_written
from nmgeo.formats.rows import Answer, to_arrow
from nmgeo.messages import option, text
from nmgeo.outputs.citations import credits_in, data_notes, outlines_of, with_methods
from nmgeo.sources.input_paths import require_all_elsewhere
from nmgeo.sources.stated_times import with_times
from nmgeo.translations import AreaUnit, Lang, translate


def write_table(  # noqa: PLR0913 - where, what and how it is written
    out: Path | BinaryIO,
    rows: pd.DataFrame,
    form: Format,
    *,
    catalog: Catalog,
    name: str,
    overwrite: bool = False,
    render: Callable[[str], str] | None = None,
    readable: Callable[[pd.DataFrame], list[list[Any]]] | None = None,
    lang: Lang = "en",
) -> Written | None:
    """Write the table of a command.

    Parameters
    ----------
    out : path or binary file
        Where to write; a file appears once it is whole.
    rows : DataFrame or GeoDataFrame
        The table. If the format holds geometry and the table has none, each row gets the outline
        of its site.
    form : Format
        One of :data:`nmgeo.formats.FORMATS`.
    catalog : Catalog
        From :func:`nmgeo.open_catalog`, for outlines.
    name : str
        What the layer is called inside the file.
    overwrite : bool
        Replace an existing file.
    render : function, optional
        Returns the table as text, for formats that are read by people.
    readable : function, optional
        Returns the cells of rows as a reader sees them, for workbooks.
    lang : {"en", "tc", "sc"}
        Language of headings and notes, in formats for a reader.

    Returns
    -------
    Written or None
        What was read back equal; None for stdout, and for text that is only shown.

    Raises
    ------
    UsageError
        If the format cannot hold a table without geometry.
    ExportError
        If the file exists, cannot be written, or does not read back as it was meant.
    """
    if isinstance(out, Path):
        require_all_elsewhere([out], catalog)
    drawn = with_outlines(rows, catalog) if form.geometry else rows
    drawn = with_methods(drawn, catalog, lang)
    drawn = with_times(drawn, catalog, name) if form.times else drawn
    if not isinstance(drawn, gpd.GeoDataFrame) and not form.plain:
        raise _needs_geometry(form)
    table = None if form.shows else to_arrow(drawn, times=form.times)
    answer = Answer(
        tables=[] if table is None else [table],
        crs=drawn.crs if isinstance(drawn, gpd.GeoDataFrame) else None,
        name=name,
        credits=tuple(credits_in(rows.attrs.get("credits", ()), catalog, lang)),
        render=render,
        lang=lang,
        notes=_notes(drawn, catalog, lang) if form.sheets else (),
        readable=readable(drawn) if form.sheets and readable else None,
    )
    if not isinstance(out, Path):
        form.write(out, answer)
        return None
    with staged_path(out, overwrite=overwrite) as draft:
        form.write(draft, answer)
        compared = table is not None and form.reader
        return compare_written(draft, out, form, table, answer.crs) if compared else None


def _notes(rows: pd.DataFrame, catalog: Catalog, lang: Lang) -> tuple[str, ...]:
    """Return what a reader of a workbook must know of its rows, and nothing of other rows."""
    keys = []
    if outlines_of(rows) is not None and catalog.own_sites is None:
        keys.append("caveat")
    units = {column.unit for name in map(str, rows.columns) if (column := find_column(name))}
    if units & set(get_args(AreaUnit)):
        keys.append("measured_areas")
    told = data_notes(catalog, lang) if outlines_of(rows) is not None else []
    said = [translate("phrase", key, lang) for key in keys]
    return (*said, *told, *rows.attrs.get("notes", ()))


def _needs_geometry(form: Format) -> UsageError:
    fit = [f.suffixes[0] for f in FORMATS if f.plain]
    return UsageError(
        option("out", f".{form.name}"),
        text("needs geometry, which this table has not"),
        text("use {suffixes}", suffixes=", ".join(fit)),
    )


def with_outlines(rows: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """Return rows with the outline of the site of each, as they are if they name no sites.

    Parameters
    ----------
    rows : DataFrame
        Indexed by ``outline_id``, or with ``site_id`` and ``basis``.
    catalog : Catalog
        From :func:`nmgeo.open_catalog`.

    Returns
    -------
    DataFrame or GeoDataFrame, EPSG:4326
        In the order of ``rows``.
    """
    if "geometry" in rows:
        return rows
    if rows.index.name == "outline_id":
        shapes = sites(catalog).geometry
        drawn: pd.DataFrame = _drawn(rows, shapes.reindex(rows.index))
        return drawn
    keys = [key for key in ("site_id", "basis") if key in rows]
    if "site_id" not in keys:
        return rows
    outlines = sites(catalog).drop_duplicates(keys).set_index(keys).geometry
    places = pd.MultiIndex.from_frame(rows[keys]) if len(keys) > 1 else rows["site_id"]
    joined: pd.DataFrame = _drawn(rows, outlines.reindex(places))
    return joined


def _drawn(rows: pd.DataFrame, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry=shapes.to_numpy(), crs=shapes.crs)
