"""The tables of geodata: rows of text that know where they stand, and what may stand in them."""

import csv
import json
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, Table, checked_path, find_layer, find_table
from nmgeo.errors import LayerError, UnmatchedPolicyError
from nmgeo.units import AREA_UNITS

_NUMBER_UNITS: Final = frozenset(
    {
        *AREA_UNITS,
        *("m", "km", "mPD", "HKD", "HKD_per_year", "HKD_per_m2", "count", "jobs", "flats"),
        *("people", "enterprises", "per_day", "percent", "ratio", "MW", "PFLOPS"),
        *("months", "years", "year", "minutes"),
    }
)
UNITS: Final = _NUMBER_UNITS | {"date", "text"}
# Where sources disagree, the earlier class is believed first.
SOURCE_CLASSES: Final = ("official", "reprinted_official", "press", "ngo", "other")
_PARTIAL_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", flags=re.ASCII)


def read_table(catalog: Catalog, name: str) -> list[dict[str, Any]]:
    """Read a CSV file as text; ``at`` says where each row stands."""
    record = find_table(catalog, name)
    path = checked_path(record)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(cells, f"{path}, line {reader.line_num}") for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise LayerError(str(path), f"cannot be read ({error})", "restore it") from None
    if not lines or tuple(lines[0][0]) != record.columns:
        raise LayerError(str(path), "columns differ from the registry", "restore it")
    for cells, at in lines[1:]:
        if len(cells) != len(record.columns):
            raise LayerError(at, f"{len(cells)} cells, not {len(record.columns)}", "mend the row")
    rows = [dict(zip(record.columns, cells, strict=True)) | {"at": at} for cells, at in lines[1:]]
    keys = [tuple(row[column] for column in record.key.split()) for row in rows]
    for row, key, before in zip(rows[1:], keys[1:], keys, strict=False):
        require_valid(row, record.key, key != before, "there once")
        require_valid(row, record.key, key > before, "after the row above")
    return rows


def read_ids(catalog: Catalog, name: str) -> dict[str, Mapping[str, Any]]:
    """Read the ids of a shipped layer's features, with their properties but not their geometry.

    Raises
    ------
    UnknownLayerError
        If the catalog has no such layer.
    LayerError
        If its file is missing, altered, or no GeoJSON.
    """
    path = checked_path(find_layer(catalog, name))
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return {feature["id"]: feature["properties"] for feature in features}
    except (ValueError, KeyError, TypeError) as error:
        raise LayerError(str(path), f"cannot be read ({error})", "restore it") from None


def site_ids(catalog: Catalog) -> dict[str, str]:
    """Return the site that each shipped outline is of, by the id of the outline.

    Raises as :func:`read_ids`.
    """
    return {i: str(properties["site_id"]) for i, properties in read_ids(catalog, "sites").items()}


def to_frame(record: Table, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame of text with the columns of their record."""
    return pd.DataFrame(list(rows), columns=list(record.columns)).astype(object)


def require_known(
    row: Mapping[str, Any], field: str, names: Iterable[str], known: Collection[str]
) -> None:
    """Stop at the first name that is not known."""
    for name in names:
        if name not in known:
            remedy = "use one that geodata holds, or add it there"
            raise UnmatchedPolicyError(row["at"], f"{field} {name!r} does not exist", remedy)


def require_valid(row: Mapping[str, Any], field: str, holds: bool, wanted: str) -> None:  # noqa: FBT001
    """Stop unless what a cell holds may stand there."""
    if not holds:
        what = " ".join(str(row[name]) for name in field.split())
        raise LayerError(row["at"], f"{field} {what!r} cannot stand", f"it has to be {wanted}")


def is_value(value: str, unit: str) -> bool:
    """Whether a text is a value of a unit."""
    if unit in _NUMBER_UNITS:
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return is_date(value) if unit == "date" else bool(value)


def is_date(text: str) -> bool:
    """Whether a text is a date, possibly only its year or month."""
    if _PARTIAL_DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def read_sources(catalog: Catalog) -> pd.DataFrame:
    """Read the sources that claims and policies cite.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``source``; ``source_class``, ``source_title``, ``source_dated``,
        ``source_url``.

    Raises
    ------
    LayerError
        If the file is missing, altered, or a class or address is not one.
    """
    rows = read_table(catalog, "sources")
    for row in rows:
        require_valid(row, "class", row["class"] in SOURCE_CLASSES, f"one of {SOURCE_CLASSES}")
        require_valid(row, "url", row["url"].startswith(("https://", "http://")), "a web address")
    names = {name: f"source_{name}" for name in ("class", "title", "dated", "url")}
    return to_frame(catalog.tables["sources"], rows).rename(columns=names).set_index("source")


def read_translations(catalog: Catalog) -> dict[str, tuple[str, str, str]]:
    """Read what sentences and names of the ledger and the registry are in Chinese.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    dict
        English, Traditional and Simplified Chinese, by the English.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a translation is empty.
    """
    rows = read_table(catalog, "translations")
    for row in rows:
        for name in ("text_tc", "text_sc"):
            require_valid(row, name, bool(row[name]), "a translation")
    return {row["text_en"]: (row["text_en"], row["text_tc"], row["text_sc"]) for row in rows}
