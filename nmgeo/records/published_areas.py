"""Published areas of a user, read from a table with common column names."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from nmgeo.errors import LayerError, UnitError
from nmgeo.messages import text
from nmgeo.records.tables import SOURCE_CLASSES, is_date
from nmgeo.sources.plain_table import line_of, read_plain_table, require_full_rows
from nmgeo.translations import section_words
from nmgeo.units import read_area, read_area_unit

_COLUMN_NAMES: Final = {  # names of each column that are accepted, the preferred first
    "subject": (
        *("site_id", "id", "site", "subject", "outline_id", "lot", "lot_no"),
        *("用地編號", "用地编号", "地點編號", "地点编号", "編號", "编号", "地點", "地点", "地段"),
    ),
    "unit": ("unit", "units", "單位", "单位"),
    "basis": ("basis", "範圍", "范围"),
    "hedge": ("hedge", "限定"),
    "as_of": ("as_of", "date", "year", "截至", "日期", "年份"),
    "source": ("source", "document", "來源", "来源"),
    "source_class": ("source_class", "來源類別", "来源类别"),
    "source_url": ("source_url", "url"),
}
_AREA_COLUMN_NAMES: Final = (
    *("area", "value", "size", "said_area", "stated_area", "site_area"),
    *("面積", "面积", "用地面積", "用地面积", "地盤面積", "地盘面积", "數值", "数值"),
)

_Value = TypeVar("_Value")


def read_published_areas(
    path: Path | str,
    key: str | None = None,
    *,
    encoding: str | None = None,
    max_size: str | None = None,
) -> list[dict[str, Any]]:
    """Read published areas from a table, in the unit of the table.

    Parameters
    ----------
    path : path
        CSV, ``.xlsx`` or ``.ods``, with a header. Required columns: the id of a site, and an area
        with its unit in the header (``area_ha``, ``面積 (萬平方米)``), in a column ``unit`` or in
        the cell. Optional: ``basis``, ``hedge``, ``as_of`` (a year, month or day), ``source``,
        ``source_class`` (one of :data:`nmgeo.records.tables.SOURCE_CLASSES`, or its name in a
        language) and ``source_url``.
    key : str, optional
        The column of ids, if it has another name.
    encoding, max_size : str, optional
        As :func:`nmgeo.sources.plain_table.read_plain_table`.

    Returns
    -------
    list of dict
        A dict for each row: ``subject``, ``basis``, ``value`` (as written, or in full if 萬 is
        part of a unit outside the cell), ``unit`` (one of :data:`nmgeo.units.AREA_UNITS`),
        ``hedge``, ``number`` (:class:`decimal.Decimal`), ``zeros`` (those that a word such as 萬
        stands for), the other columns as written or empty, and ``at`` (the file and line).

    Raises
    ------
    LayerError
        If the table or a cell cannot be read; the error names the line and the column.
    """
    table = read_plain_table(path, encoding, max_size)
    require_full_rows(table, path)
    columns = _find_columns(table.header, key, str(path))
    return [
        _read_row(cells, line_of(path, line), columns, table.header)
        for cells, line in zip(table.rows, table.lines, strict=True)
    ]


def _find_columns(header: Sequence[str], key: str | None, file: str) -> Mapping[str, int]:
    """Return the position of each column; of several accepted names the preferred is taken."""
    headings = [_normalise(heading) for heading in header]
    found = {
        name: headings.index(next(heading for heading in names if heading in headings))
        for name, names in _COLUMN_NAMES.items()
        if set(names) & set(headings)
    }
    if key in header:
        found["subject"] = header.index(key)
    area_columns = [
        n for n, heading in enumerate(headings) if _unit_in_heading(heading) is not None
    ]
    if "subject" not in found:
        raise LayerError(file, text("no column of site ids"), text("name it site_id"))
    if len(area_columns) != 1:
        listed = ", ".join(header[n] for n in area_columns)
        wrong = text("several columns of areas ({names})", names=listed)
        if not area_columns:
            wrong = text("no column of areas")
        remedy = text("name one column area_ha or area_m2, or area beside a column unit")
        raise LayerError(file, wrong, remedy)
    return found | {"value": area_columns[0]}


def _unit_in_heading(heading: str) -> str | None:
    """Return the unit in the heading of a column of areas, or ""; None for another column."""
    for name in _AREA_COLUMN_NAMES:
        rest = heading.removeprefix(name).strip(" _()[]/")
        if heading.startswith(name):
            try:
                return (read_area_unit(rest) and rest) if rest else ""
            except UnitError:
                continue
    return None


def _read_row(
    cells: Sequence[str], at: str, columns: Mapping[str, int], header: Sequence[str]
) -> dict[str, Any]:
    row = {name: cells[columns[name]].strip() if name in columns else "" for name in _COLUMN_NAMES}
    row["source_class"] = _source_classes().get(
        _normalise(row["source_class"]), row["source_class"]
    )
    where = {
        name: text("{at}, column {column!r}", at=at, column=header[n])
        for name, n in columns.items()
    }
    _require_known_class_and_date(row, where)
    written = cells[columns["value"]].strip()
    unit = _unit_in_heading(_normalise(header[columns["value"]])) or ""
    if row["unit"]:
        _read_cell(where["unit"], partial(read_area_unit, row["unit"]))
        unit = row["unit"]
    area = _read_cell(where["value"], partial(read_area, written, unit))
    hedge = "; ".join(filter(None, (row["hedge"], area.hedge)))
    is_complete = read_area(written, area.unit).number == area.number
    value = written if is_complete else f"{area.number:f}"
    return row | area._asdict() | {"value": value, "hedge": hedge, "at": at}


def _require_known_class_and_date(row: Mapping[str, str], where: Mapping[str, str]) -> None:
    """Raise an error for a source class or a date by which areas cannot be ordered."""
    source_class, as_of = row["source_class"], row["as_of"]
    if source_class and source_class not in SOURCE_CLASSES:
        wrong = text("unknown class {name!r}", name=source_class)
        remedy = text("use one of {names}", names=", ".join(SOURCE_CLASSES))
        raise LayerError(where["source_class"], wrong, remedy)
    if as_of and not is_date(as_of):
        wrong = text("invalid date {date!r}", date=as_of)
        raise LayerError(where["as_of"], wrong, text("write 2024-12-31, 2024-12 or 2024"))


@cache
def _source_classes() -> Mapping[str, str]:
    """Return the classes of sources by their names in each language."""
    classes = section_words("source_class").items()
    return {_normalise(word): class_ for class_, words in classes for word in words.values()}


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def _read_cell(where: str, read: Callable[[], _Value]) -> _Value:
    """Read a cell; an error names its line and column."""
    try:
        return read()
    except UnitError as error:
        wrong = text("{thing}: {wrong}", thing=error.thing, wrong=error.wrong)
        raise LayerError(where, wrong, error.remedy) from None
