"""Formats: the one list of what nmgeo writes.

``--format``, ``-o``, ``export`` and the streams read it. A new format is an entry of
:data:`FORMATS` and a function that writes rows. Nothing heavy is imported before it is written.

This module is longer than 300 lines because the list of all formats stands in it, once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from nmgeo.errors import UsageError
from nmgeo.messages import option, text

if TYPE_CHECKING:
    from nmgeo.formats.rows import Answer


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format.

    Parameters
    ----------
    name : str
        What ``--format`` calls it.
    title : str
        What it is called in documents.
    suffixes : tuple of str
        File extensions, in lower case; the first is the usual one.
    writer : str
        ``module:function`` in :mod:`nmgeo.formats`: ``write(out, answer)``.
    binary : bool
        Whether it is not text, so that a terminal cannot show it.
    geometry : bool
        Whether it holds geometry.
    plain : bool
        Whether it holds rows without geometry.
    streaming : bool
        Whether rows are written as they come, none kept.
    to_path : bool
        Whether it needs a path: it cannot be written to stdout.
    shows : bool
        Whether it is the table as it is shown, in words and rounded.
    sheets : bool
        Whether it holds the table as it is read beside the values, each on a sheet of its own.
    reader : str
        ``function`` in :mod:`nmgeo.formats.read_back` that reads it again for the comparison; none
        if it is not compared.
    finite : bool
        Whether it holds no infinite numbers: their cells are empty, with a notice.
    times : bool
        Whether it has types for dates or times, which are text in the others.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    writer: str
    binary: bool = False
    geometry: bool = False
    plain: bool = True
    streaming: bool = False
    to_path: bool = False
    shows: bool = False
    sheets: bool = False
    reader: str = ""
    finite: bool = False
    times: bool = False

    def write(self, out: Path | BinaryIO, answer: "Answer") -> None:
        """Write rows to a path or an open binary file.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        write = self._write
        if self.finite:
            from nmgeo.formats.infinite import tell_of_infinite  # noqa: PLC0415 - pyarrow

            answer = tell_of_infinite(answer, self.title)
        if isinstance(out, Path) and not self.to_path:
            with out.open("wb") as file:
                return write(file, answer)
        return write(out, answer)

    @property
    def _write(self) -> Callable[[Any, "Answer"], None]:
        module, _, function = self.writer.partition(":")
        found: Callable[[Any, Answer], None] = getattr(
            import_module(f"nmgeo.formats.{module}"), function
        )
        return found


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        name="table", title="table", suffixes=(".txt",), writer="text_files:write_table", shows=True
    ),
    Format(
        name="csv",
        title="CSV",
        suffixes=(".csv",),
        writer="text_files:write_csv",
        streaming=True,
        reader="read_csv",
    ),
    Format(
        name="wkt",
        title="CSV with WKT",
        suffixes=(".wkt.csv", ".csv"),
        writer="text_files:write_csv_wkt",
        geometry=True,
        plain=False,
        streaming=True,
        reader="read_csv",
    ),
    Format(
        name="json", title="JSON", suffixes=(".json",), writer="text_files:write_json", shows=True
    ),
    Format(
        name="md",
        title="Markdown",
        suffixes=(".md",),
        writer="text_files:write_markdown",
        shows=True,
    ),
    Format(
        name="xlsx",
        finite=True,
        title="Excel workbook",
        suffixes=(".xlsx",),
        writer="workbook:write_xlsx",
        binary=True,
        sheets=True,
        reader="read_sheet",
    ),
    Format(
        name="ods",
        finite=True,
        title="OpenDocument spreadsheet",
        suffixes=(".ods",),
        writer="open_document:write_ods",
        binary=True,
        sheets=True,
        reader="read_sheet",
    ),
    Format(
        name="parquet",
        times=True,
        title="GeoParquet",
        suffixes=(".parquet", ".geoparquet"),
        writer="geoparquet:write_geoparquet",
        binary=True,
        geometry=True,
        streaming=True,
        reader="read_parquet",
    ),
    Format(
        name="fgb",
        times=True,
        title="FlatGeobuf",
        suffixes=(".fgb",),
        writer="gdal:write_flatgeobuf",
        binary=True,
        geometry=True,
        plain=False,
        streaming=True,
        to_path=True,
        reader="read_layer",
    ),
    Format(
        name="gpkg",
        times=True,
        title="GeoPackage",
        suffixes=(".gpkg",),
        writer="gdal:write_geopackage",
        binary=True,
        geometry=True,
        streaming=True,
        to_path=True,
        reader="read_layer",
    ),
    Format(
        name="shapefile",
        times=True,
        title="Shapefile in a zip",
        suffixes=(".shp.zip",),
        writer="shapefile:write_shapefile",
        binary=True,
        geometry=True,
        plain=False,
        to_path=True,
        reader="read_shapefile",
    ),
    Format(
        name="kml",
        title="KML",
        suffixes=(".kml",),
        writer="kml:write_kml",
        geometry=True,
        plain=False,
        streaming=True,
        reader="read_kml",
    ),
    Format(
        name="geojson",
        finite=True,
        title="GeoJSON",
        suffixes=(".geojson",),
        writer="geojson:write_geojson",
        geometry=True,
        plain=False,
        streaming=True,
        reader="read_features",
    ),
    Format(
        name="geojsonl",
        finite=True,
        title="GeoJSON, a feature a line",
        suffixes=(".geojsonl", ".ndjson"),
        writer="geojson:write_lines",
        geometry=True,
        plain=False,
        streaming=True,
        reader="read_features",
    ),
    Format(
        finite=True,
        name="geojsons",
        title="GeoJSON text sequence",
        suffixes=(".geojsons", ".geojsonseq"),
        writer="geojson:write_sequence",
        geometry=True,
        plain=False,
        streaming=True,
        reader="read_features",
    ),
)
NAMES: Final = tuple(form.name for form in FORMATS)


def find_format(name: str) -> Format:
    """Return the format of a name.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    for form in FORMATS:
        if form.name == name:
            return form
    raise UsageError(
        text("format {name!r}", name=name),
        text("is not known"),
        text("use one of {names}", names=", ".join(NAMES)),
    )


def choose_format(out: Path | None, name: str | None) -> Format | None:
    """Return the format of ``--out`` and ``--format``.

    Parameters
    ----------
    out : Path or None
        Where to write; ``-`` is stdout.
    name : str or None
        What ``--format`` says.

    Returns
    -------
    Format or None
        None if neither says it.

    Raises
    ------
    UsageError
        If there is no such format, they say two, or stdout cannot take it.
    """
    form = None if name is None else find_format(name)
    if out is None or str(out) == "-":
        if form is not None and form.to_path:
            wrong = text("{title} cannot be written to stdout", title=form.title)
            remedy = text("name a file: {out}", out=option("out", f"out{form.suffixes[0]}"))
            raise UsageError(option("format", name), wrong, remedy)
        return form or (None if out is None else find_format("csv"))
    said = format_of_path(out)
    if form is not None and form != said:
        wrong = text("the name of the file says {other}", other=said.name)
        raise UsageError(option("format", name), wrong, text("leave it out"))
    return said


def format_of_path(path: Path, *, streaming: bool = False, geometry: bool = False) -> Format:
    """Return the format that the extension of a file name says.

    Parameters
    ----------
    path : Path
        Where to write.
    streaming, geometry : bool
        Whether the format must be written as rows come, or hold geometry.

    Raises
    ------
    UsageError
        If no format has this extension, or the one that has cannot do it.
    """
    fit = [f for f in FORMATS if f.streaming >= streaming and f.geometry >= geometry]
    if (found := _find_by_name(path, fit)) is not None:
        return found
    suffix = path.suffix
    known = suffix.lower() in _suffixes(FORMATS)
    if not suffix:
        wrong = text("the name has no file extension")
    elif not known:
        wrong = text("unknown file extension {suffix!r}", suffix=suffix)
    elif geometry:
        wrong = text("{suffix} holds no geometry", suffix=suffix)
    else:
        wrong = text("{suffix} cannot be written batch by batch", suffix=suffix)
    remedy = text("use {suffixes}", suffixes=", ".join(_near_suffixes(suffix, fit)))
    raise UsageError(f"--out {str(path)!r}", wrong, remedy)


def _near_suffixes(suffix: str, formats: Iterable[Format]) -> list[str]:
    """Return the extensions that begin with one, as .shp.zip does with .shp, or else all."""
    every = _suffixes(formats)
    return [name for name in every if suffix and name.startswith(suffix.lower() + ".")] or every


def name_without_suffix(path: Path) -> str:
    """Return the name of a file without the extension of its format.

    Examples
    --------
    >>> name_without_suffix(Path("maps/lots.shp.zip")), name_without_suffix(Path("lots.1.gpkg"))
    ('lots', 'lots.1')
    """
    suffix = next((s for s in _longest_first(FORMATS) if path.name.lower().endswith(s)), "")
    return path.name[: len(path.name) - len(suffix)] or path.stem


def _find_by_name(path: Path, formats: Sequence[Format]) -> Format | None:
    """Return the format whose extension a file name ends in, the longest extension first."""
    name = path.name.lower()
    for suffix in _longest_first(formats):
        if name.endswith(suffix) and name != suffix:
            return next(form for form in formats if suffix in form.suffixes)
    return None


def _longest_first(formats: Iterable[Format]) -> list[str]:
    return sorted(_suffixes(formats), key=lambda suffix: -suffix.count("."))


def _suffixes(formats: Iterable[Format]) -> list[str]:
    return list(dict.fromkeys(suffix for form in formats for suffix in form.suffixes))
