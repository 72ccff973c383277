"""Find the names of features in the columns of a file, and add the columns of every layer."""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.catalog import OwnFile
from nmgeo.sources.hkscs import map_private_use
from nmgeo.sources.named_columns import require_column
from nmgeo.sources.opening import opening_years
from nmgeo.sources.value_types import text_column

NAMES: Final = ("name_en", "name_tc", "name_sc")
_NAME_COLUMNS: Final = {  # what others call a name, in the order in which it is looked for
    "name_en": ("name_en", "name_eng", "english", "name:en", "name", "title", "名稱", "名称"),
    "name_tc": ("name_tc", "name_cht", "name_zh", "name_chi", "name_zh_hant", "name:zh", "名稱"),
    "name_sc": ("name_sc", "name_chs", "name_zh_hans", "名称"),
}
_EXACT: Final = frozenset({"id", "site_id", *chain(*_NAME_COLUMNS.values())})
_ENGLISH: Final = r"en|eng|english|e"
_TRADITIONAL: Final = r"tc|cht|chi|chin|chinese|zh|zht|zh_hk|hant|c"
_SIMPLIFIED: Final = r"sc|chs|zhs|zh_cn|hans"
_SPELLINGS: Final = {  # other headings of names: the word name with a language before words alone
    "name_en": (
        rf".*name[ _(-]*({_ENGLISH})\)?|({_ENGLISH})[ _-]?name|.*name in english",
        ".*英文名[稱称]?|.*名[稱称] ?[(（]英文?[)）]",
        r".*[ _]name|[a-z]*name|name of .+",
    ),
    "name_tc": (
        rf".*name[ _(-]*({_TRADITIONAL})\)?|({_TRADITIONAL})[ _-]?name|.*name in chinese",
        ".*中文名稱?|.*名稱 ?[(（]中文?[)）]",
        ".*名稱|地名",
    ),
    "name_sc": (rf".*name[ _(-]*({_SIMPLIFIED})\)?|({_SIMPLIFIED})[ _-]?name|.*中文名称", ".*名称"),
}
_PAIR: Final = re.compile(r"(?P<what>.+)_(?:(?P<en>en|eng)|(?P<tc>tc|cht|chi|chin))", re.IGNORECASE)
_NOT_NAMES: Final = re.compile(
    r"addr|remark|type|status|desc|class|categ|source|note|hour|open|url|web|link|region|phone|tel",
    re.IGNORECASE,
)
_OTHERS: Final = "file|user|layer|field|sur|nick|login|contact|applicant|person|agent"
_OTHER_NAMES: Final = re.compile(
    rf"({_OTHERS})[ _]?name|name of (the )?({_OTHERS}|owner|operator)"
    "|(檔案?|文件|用戶|圖層|欄位|聯絡人)名"
)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]+")
_BETWEEN: Final = " /|_-()（）:：."  # what stands between the languages of a heading
_OWN: Final = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
_OF_SITES: Final = ("site_id", "part_of", "method", "fitted_to_published")
_ADDED: Final = ("name", *NAMES, *_OWN, *_OF_SITES)
IN_FILE: Final = "_in_file"
OWN_SITE_ID: Final = f"site_id{IN_FILE}"  # of a file whose ids are in another column
TEXTS: Final = ("status", "geometry_status", "as_of", "source")


def ids_and_names(frame: gpd.GeoDataFrame) -> list[tuple[object, ...]]:
    """Return what each feature is called: its id and its names, in any column that others use."""
    ids = frame.index.tolist()
    return [(row, *names) for row, names in zip(ids, feature_names(frame), strict=True)]


def feature_names(frame: gpd.GeoDataFrame, key: str | None = None) -> list[tuple[object, ...]]:
    """Return what each feature is called in any column that others use, and in the key."""
    called = naming_columns(map(str, frame.columns))
    columns = [column for column in frame if column == key or str(column) in called]
    return list(zip(*(frame[c].tolist() for c in columns), strict=True)) or [()] * len(frame)


def _plain_names(column: pd.Series) -> pd.Series:
    """Return names as text; private-use HKSCS characters become those of Unicode."""
    return text_column(column).map(map_private_use, na_action="ignore")


def naming_columns(headings: Iterable[str]) -> set[str]:
    """Return the columns that say what a feature is called: ids and names."""
    names = list(headings)
    return {n for n in names if n.lower() in _EXACT} | set(find_names(names).values())


def find_names(headings: Iterable[str]) -> dict[str, str]:
    """Return which columns of a file hold the names of features.

    Parameters
    ----------
    headings : iterable of str
        The columns of the file.

    Returns
    -------
    dict
        By ``name_en``, ``name_tc`` and ``name_sc`` a column, as far as there is one.

    Examples
    --------
    >>> find_names(["Facility Name", "設施名稱", "ADDRESS_EN"])
    {'name_en': 'Facility Name', 'name_tc': '設施名稱'}
    >>> find_names(["DC_ENG", "DC_CHIN", "TYPE_ENG"])
    {'name_en': 'DC_ENG', 'name_tc': 'DC_CHIN'}
    >>> find_names(["Site No. / 編號", "Name / 名稱"])
    {'name_en': 'Name / 名稱', 'name_tc': 'Name / 名稱'}
    """
    columns = list(headings)
    lower = {name: column for column in columns for name in reversed(_languages(column))}
    lower |= {" ".join(column.lower().split()): column for column in columns}
    found = {}
    for standard, others in _NAME_COLUMNS.items():
        exact = next((lower[other] for other in others if other in lower), None)
        column = exact or _spelled(lower, _SPELLINGS[standard])
        if column is not None:
            found[standard] = column
    return found or _pair_of_languages(columns)


def _languages(heading: str) -> list[str]:
    """Return what a heading says in each of its languages, nothing if there is one alone."""
    name = " ".join(heading.lower().split())
    if _OTHER_NAMES.search(name) or not _CHINESE.search(name):
        return []
    plain = _CHINESE.sub(" ", name).strip(_BETWEEN)
    return [plain, "".join(_CHINESE.findall(name))] if plain else []


def _spelled(lower: Mapping[str, str], spellings: Iterable[str]) -> str | None:
    """Return the first column whose heading is spelled like a name."""
    for spelling in spellings:
        for name, column in lower.items():
            if re.fullmatch(spelling, name) and not _OTHER_NAMES.search(name):
                return column
    return None


def _pair_of_languages(columns: Iterable[str]) -> dict[str, str]:
    """Return the first two columns of the same thing in English and in Chinese."""
    pairs: dict[str, dict[str, str]] = {}
    for column in columns:
        match = _PAIR.fullmatch(column)
        if match and not _NOT_NAMES.search(match["what"]):
            language = "name_en" if match["en"] else "name_tc"
            pairs.setdefault(match["what"].lower(), {})[language] = column
    return next((pair for pair in pairs.values() if len(pair) > 1), {})


def name_by(frame: gpd.GeoDataFrame, file: OwnFile) -> gpd.GeoDataFrame:
    """Let a column be the name of each feature in every language, if the user says so.

    Raises
    ------
    UsageError, LayerError
        If there is no such column.
    """
    if file.name is None:
        return frame
    require_column("name", file, [str(name) for name in frame.columns.drop("geometry")])
    return frame.assign(**dict.fromkeys(_NAME_COLUMNS, frame[file.name]))


def _chinese_names(chinese: pd.Series | None, names: pd.Series) -> pd.Series | None:
    """Return the Chinese names, and names in a column of no language that are Chinese."""
    told = names.astype(str)
    if pc.all(pc.string_is_ascii(pa.array(told, pa.string()))).as_py():  # seen at once
        return chinese
    written = told.str.contains(_CHINESE)
    if chinese is None:
        return names.where(written, None) if written.any() else None
    missing = chinese.isna() | (chinese == "")
    return chinese.mask(missing & written, names)


def with_key(frame: gpd.GeoDataFrame, key: str | None) -> gpd.GeoDataFrame:
    """Return features with the column of their ids, which reading them made their index.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Sites or a layer of the user.
    key : str, optional
        The column of ids that the user named.

    Returns
    -------
    GeoDataFrame, n rows
        With the column ``key`` first, unless it is there already.
    """
    if key is None or key in frame:
        return frame
    return frame.assign(**{key: frame.index})[[key, *frame.columns]]


def in_file(name: str, taken: Collection[Any]) -> str:
    """Return what a column of a user's file is called whose name nmgeo takes for its own.

    Examples
    --------
    >>> in_file("area_ha", ["area_ha"]), in_file("area_ha", ["area_ha", "area_ha_in_file"])
    ('area_ha_in_file', 'area_ha_in_file_in_file')
    """
    found = f"{name}{IN_FILE}"
    while found in taken:
        found += IN_FILE
    return found


def is_same(column: pd.Series, other: pd.Series) -> bool:
    """Tell whether two columns of the same rows say the same, so that one of them is enough.

    Examples
    --------
    >>> is_same(pd.Series(["1", None]), pd.Series([1.0, None]))
    True
    >>> is_same(pd.Series([1]), pd.Series([2]))
    False
    """
    one, two = (pd.to_numeric(each, errors="coerce").astype(float) for each in (column, other))
    if all(n.isna().tolist() == c.isna().tolist() for n, c in ((one, column), (two, other))):
        return bool(np.array_equal(one, two, equal_nan=True))
    texts = [text_column(each).fillna("").tolist() for each in (column, other)]
    return texts[0] == texts[1]


def given_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a layer that its file may have, without those that nmgeo added.

    Parameters
    ----------
    frame : DataFrame
        From :func:`add_standard_columns`, or sites: with columns of the file and some of no values,
        or of those of another column or of the ids.

    Returns
    -------
    list of str
        Without the geometry.
    """
    shown = frame.drop(columns=frame.columns.intersection(["geometry"]))
    kept, told = set(shown) - {*_ADDED}, {tuple(map(str, frame.index))}
    told |= {tuple(map(str, shown[name])) for name in kept}
    for name in (name for name in _ADDED if name in shown):
        values = tuple(map(str, shown[name]))
        if values not in told and any(value is not False for value in shown[name].dropna()):
            kept.add(name)
            told.add(values)
    return [str(name) for name in shown if name in kept]


def columns_in_file(frame: pd.DataFrame, fields: Collection[str] | None) -> list[str]:
    """Return the columns of a layer that its file has.

    Parameters
    ----------
    frame : DataFrame
        From :func:`add_standard_columns`.
    fields : collection of str, optional
        The fields of the file; all columns are its own if not given.

    Returns
    -------
    list of str
        Without the geometry, and without the standard columns that the file has not.
    """
    columns = [str(name) for name in frame.columns if name != "geometry"]
    return [c for c in columns if fields is None or c not in _ADDED or c in fields]


def add_standard_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the columns that every layer has, empty where the file has none."""
    found = find_names(map(str, frame.columns))
    added: dict[str, Any] = {
        name: _plain_names(frame[found[name]]) if name in found else None for name in _NAME_COLUMNS
    }
    if added["name_en"] is None:  # another name is better than an id
        named = [column for column in added.values() if column is not None]
        added["name_en"] = named[0] if named else frame.index.to_series()
    added["name_tc"] = _chinese_names(added["name_tc"], added["name_en"])
    added |= {column: None for column in _OWN if column not in frame}
    added |= {column: text_column(frame[column]) for column in TEXTS if column in frame}
    frame = frame.assign(**added)
    accuracy_m = pd.to_numeric(frame["accuracy_m"], errors="coerce")
    return frame.assign(opens=opening_years(frame["opens"]), accuracy_m=accuracy_m)
