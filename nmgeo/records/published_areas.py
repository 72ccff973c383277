"""Figures: areas that a user says were published, from a CSV file as people keep it."""

import csv
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from nmgeo.errors import LayerError, UnitError
from nmgeo.records.tables import SOURCE_CLASSES, is_date
from nmgeo.translations import section_words
from nmgeo.units import read_area, read_area_unit

_HEADS: Final = {  # what people call a column, in the order in which it is looked for
    "subject": (
        *("site_id", "id", "site", "subject", "outline_id", "lot", "lot_no"),
        *("地點編號", "地点编号", "編號", "编号", "地點", "地点", "地段"),
    ),
    "unit": ("unit", "units", "單位", "单位"),
    "basis": ("basis", "範圍", "范围"),
    "hedge": ("hedge", "限定"),
    "as_of": ("as_of", "date", "year", "截至", "日期", "年份"),
    "source": ("source", "document", "來源", "来源"),
    "source_class": ("source_class", "來源類別", "来源类别"),
    "source_url": ("source_url", "url"),
}
_AREAS: Final = (
    *("area", "value", "size", "said_area", "stated_area", "site_area"),
    *("面積", "面积", "用地面積", "用地面积", "地盤面積", "地盘面积", "數值", "数值"),
)

_MOST_MB: Final = 50  # a figure is a line of a hundred bytes: that is half a million

_Read = TypeVar("_Read")


def read_published_areas(path: Path | str, key: str | None = None) -> list[dict[str, Any]]:
    """Read published areas from a CSV file.

    Parameters
    ----------
    path : path
        UTF-8, with a header. Columns: the id of a site; an area, whose unit may stand in the
        header (``area_ha``, ``面積 (萬平方米)``), in a column ``unit`` or in the cell; if there are
        any, ``basis``, ``hedge``, ``as_of`` (a year, month or day), ``source``, ``source_class``
        (one of :data:`nmgeo.records.tables.SOURCE_CLASSES`, or what it is called in a language)
        and ``source_url``.
    key : str, optional
        The column of ids, where it has another name.

    Returns
    -------
    list of dict
        A row a figure: ``subject``, ``basis``, ``value`` (as written; in full where 萬 stands
        with a unit outside the cell), ``unit`` (one of :data:`nmgeo.units.AREA_UNITS`), ``hedge``,
        ``number`` (:class:`decimal.Decimal`) and ``zeros`` (those that 萬 or the like says), the
        rest as written or empty, and ``at``: the file and line.

    Raises
    ------
    LayerError
        If the file or a cell cannot be read, of which it names the line and the column, or the
        file is larger than 50 MB.
    """
    header, lines = _read(Path(path))
    columns = _columns(header, key, str(path))
    rows = [_figure(cells, at, columns, header) for cells, at in lines]
    if not rows:
        raise LayerError(str(path), "holds no rows", "give a file with at least one figure")
    return rows


def _read(path: Path) -> tuple[list[str], list[tuple[list[str], str]]]:
    if not path.is_file():  # nor a folder, a pipe or a device, which may have no end
        raise LayerError(str(path), "is no file", "check the name")
    if (size := path.stat().st_size / 1e6) > _MOST_MB:
        wrong = f"{size:,.0f} MB, more than the {_MOST_MB} MB of a file of figures"
        raise LayerError(str(path), wrong, "give a CSV of published areas")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(cells, f"{path}, line {reader.line_num}") for cells in reader if any(cells)]
    except OSError as error:
        raise LayerError(
            str(path), f"cannot be read ({error.strerror})", "check the name"
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise LayerError(str(path), f"cannot be read ({error})", "save it as CSV UTF-8") from None
    if not lines:
        raise LayerError(str(path), "is empty", "give a header and at least one figure")
    header = lines[0][0]
    for cells, at in lines[1:]:
        if len(cells) != len(header):
            raise LayerError(at, f"{len(cells)} cells, not {len(header)}", "mend the row")
    return header, lines[1:]


def _columns(header: Sequence[str], key: str | None, file: str) -> Mapping[str, int]:
    """Say where each column stands; the first of several names that is there is taken."""
    plain = [_plain(head) for head in header]
    found = {
        name: plain.index(next(head for head in heads if head in plain))
        for name, heads in _HEADS.items()
        if set(heads) & set(plain)
    }
    if key in header:
        found["subject"] = header.index(key)
    areas = [n for n, head in enumerate(plain) if _area_head(head) is not None]
    if "subject" not in found:
        raise LayerError(file, "no column of sites", "name one site_id")
    if len(areas) != 1:
        many = ", ".join(header[n] for n in areas)
        wrong = f"several columns of areas ({many})" if areas else "no column of areas"
        raise LayerError(file, wrong, "name one area_ha, area_m2, or area with a column unit")
    return found | {"value": areas[0]}


def _area_head(head: str) -> str | None:
    """Return the unit in the header of a column of areas, empty if none; None if it is no such."""
    for name in _AREAS:
        rest = head.removeprefix(name).strip(" _()[]/")
        if head.startswith(name):
            try:
                return (read_area_unit(rest) and rest) if rest else ""
            except UnitError:
                continue
    return None


def _figure(
    cells: Sequence[str], at: str, columns: Mapping[str, int], header: Sequence[str]
) -> dict[str, Any]:
    row = {name: cells[columns[name]].strip() if name in columns else "" for name in _HEADS}
    row["source_class"] = _classes().get(_plain(row["source_class"]), row["source_class"])
    where = {name: f"{at}, column {header[n]!r}" for name, n in columns.items()}
    _require_known(row, where)
    text, unit = cells[columns["value"]].strip(), _area_head(_plain(header[columns["value"]])) or ""
    if row["unit"]:
        _at(where["unit"], partial(read_area_unit, row["unit"]))
        unit = row["unit"]
    area = _at(where["value"], partial(read_area, text, unit))
    hedge = "; ".join(filter(None, (row["hedge"], area.hedge)))
    whole = read_area(text, area.unit).number == area.number
    value = text if whole else f"{area.number:f}"
    return row | area._asdict() | {"value": value, "hedge": hedge, "at": at}


def _require_known(row: Mapping[str, str], where: Mapping[str, str]) -> None:
    """Stop at a class or a date by which figures could not be put in order."""
    named, day = row["source_class"], row["as_of"]
    if named and named not in SOURCE_CLASSES:
        remedy = f"use one of {', '.join(SOURCE_CLASSES)}"
        raise LayerError(where["source_class"], f"class {named!r} not known", remedy)
    if day and not is_date(day):
        wrong = f"date {day!r} not known"
        raise LayerError(where["as_of"], wrong, "write 2024-12-31, 2024-12 or 2024")


@cache
def _classes() -> Mapping[str, str]:
    """Return the classes of sources by what they are called in each language."""
    called = section_words("source_class").items()
    return {_plain(word): key for key, words in called for word in words.values()}


def _plain(head: str) -> str:
    return unicodedata.normalize("NFKC", head).strip().lower()


def _at(where: str, read: Callable[[], _Read]) -> _Read:
    """Read a cell; what is wrong with it is said of where it stands."""
    try:
        return read()
    except UnitError as error:
        raise LayerError(where, f"{error.thing} {error.wrong}", error.remedy) from None
