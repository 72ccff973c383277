"""A user's table joined onto sites, by key or by place: what matched, how, and what did not.

This module is longer than 300 lines because both ways of joining fill the same three lists.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.inputs import Features, Inputs, open_inputs
from nmgeo.commands.own_places import (
    SEVERAL,
    SITE_FIELDS,
    match_sites,
    name_places,
    nearest_sites,
    write_places,
)
from nmgeo.commands.results import add_credits
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.commands.subjects import subject_names
from nmgeo.commands.table_inputs import split_table
from nmgeo.errors import AuditError, UsageError
from nmgeo.languages import NAME_COLUMNS
from nmgeo.messages import option, text
from nmgeo.records.aliases import raw_names
from nmgeo.records.key_folding import Match, match_keys, nearest_keys
from nmgeo.sources.layers import read_layer
from nmgeo.sources.plain_table import PlainTable, read_plain_table, require_full_rows
from nmgeo.translations import Lang, join_texts, translate
from nmgeo.units import read_share

MATCHED: Final = "matched"
FOLDED: Final = "folded"
UNMATCHED: Final = "unmatched"
_KEYS: Final = (  # columns of ids that are taken if none is named
    *("site_id", "subject", "holds_for", "id", "lot_no", "lot", "site", "name"),
    *("用地編號", "用地编号", "地點編號", "地点编号", "編號", "编号"),
    *("地點", "地点", "地段", "名稱", "名称"),
)
_OF_OUTLINE: Final = ("geometry_status", "accuracy_m")  # without which nothing has a range
_MANY: Final = 200  # rows in no site for which the nearest sites are named
_OURS: Final = [
    "line_number",
    "written",
    "key_match",
    "folded_by",
    "site_id",
    "name",
    "suggestions",
]


def join(
    table: Path | str,
    sites: Features | None = None,
    *,
    column: str | None = None,
    place: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Join a table of your own onto the sites, by key or by place.

    Parameters
    ----------
    table : path
        CSV, ``.xlsx`` or ``.ods``. Keys are read as text, so that ``007`` stays ``007``.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to join onto; those of the catalog if not given.
    column : str, optional
        Column of the table with ids or names of sites, several by ``;``. If not given the first
        of ``site_id``, ``subject``, ``holds_for``, ``id``, ``lot_no``, ``lot``, ``site``, ``name``
        and their Chinese names.
    place : bool
        Join by place instead: the coordinates of a row lie in the site.
    lang : {"en", "tc", "sc"}
        Language of ``name`` and ``folded_by``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`; ``encoding`` and ``max_size``, and with
        ``place`` the ``crs``, are also of the table, called ``table`` in a mapping.

    Returns
    -------
    DataFrame
        One row for each row and key of the table, in its order: ``line_number``, the key as
        ``written``, ``key_match`` (``matched``, ``folded`` or ``unmatched``), ``folded_by``
        (spaces, private-use characters, width, case, traditional or simplified form), the
        ``site_id`` and ``name``, ``suggestions`` for what is unmatched, then the columns of the
        table, where ``_in_table`` is added to a name that stands here. ``attrs["share"]`` is the
        share that matched, 0 to 1.

    Raises
    ------
    LayerError
        If the table cannot be read, or a row has too many or too few cells.
    UsageError
        If it has no column of keys.
    """
    words = ("encoding", "max_size", "crs") if place else ("encoding", "max_size")
    of_sites, of_table = split_table(inputs, "table", words, sites)
    here, _ = open_inputs(of_sites, sites)
    outlines = pd.DataFrame(read_outlines(here, lang=lang))
    if place:
        rows = _by_place(table, here, outlines, of_table)
    else:
        own = read_plain_table(table, **of_table)
        require_full_rows(own, table)
        if column is None and here.own_sites is None:
            own = name_places(own, _table_of(own))
        rows = _by_key(own, _column(own, column, str(table)), here, outlines, lang)
    called = subject_names(here, lang) if here.own_sites is None else {}
    called |= dict(zip(outlines["site_id"], outlines["name"], strict=True))
    rows.insert(5, "name", [called.get(site, "") for site in rows["site_id"]])
    matched = rows["key_match"] != UNMATCHED
    rows.attrs["share"] = float(matched.mean()) if len(rows) else 1.0
    return add_credits(rows, here, [])


@takes_rows("join", "key_match", "site_id")
def joined_outlines(rows: pd.DataFrame, catalog: Catalog | None = None) -> gpd.GeoDataFrame:
    """Return the outlines of the sites that matched, with the columns of the table.

    Parameters
    ----------
    rows : DataFrame
        From :func:`join`.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`, with the same sites.

    Returns
    -------
    GeoDataFrame
        One row for each matched row and outline of its site, with the accuracy of the outline;
        unmatched rows are left out.
    """
    outlines = read_outlines(catalog or open_catalog())
    shapes = outlines[["site_id", "basis", *_OF_OUTLINE, "geometry"]].reset_index(drop=True)
    kept = pd.DataFrame(rows[rows["key_match"] != UNMATCHED])
    kept = kept.rename(columns={"geometry": "geometry_in_table"})
    merged = kept.merge(shapes, on="site_id", how="left", suffixes=("", "_of_site"))
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=outlines.crs)


@takes_rows("join", "key_match", attrs=["share"])
def require_matched(rows: pd.DataFrame, least: str) -> None:
    """Stop if less of a table matched than asked for.

    Parameters
    ----------
    rows : DataFrame
        From :func:`join`.
    least : str
        A share such as ``"100%"``.

    Raises
    ------
    AuditError
        Saying how many rows did not match.
    """
    share, wanted = rows.attrs["share"], read_share(least)
    if share < wanted:
        count = int((rows["key_match"] == UNMATCHED).sum())
        wrong = text("{count} of {all} rows match no site", count=count, all=len(rows))
        raise AuditError("join", wrong, text("correct the keys that are listed"))


def _table_of(own: PlainTable) -> str:
    """Say of which table the columns are: policies and claims hold for places too."""
    return (
        "policies" if "policy_id" in own.header else "claims" if "attribute" in own.header else ""
    )


def _column(own: PlainTable, column: str | None, file: str) -> str:
    found = column if column is not None else next((n for n in _KEYS if n in own.header), None)
    if found not in own.header:
        wrong = (
            text("no column of keys") if found is None else text("no column {name!r}", name=found)
        )
        of = option("column", "COLUMN")
        remedy = text("write {column} with one of {names}", column=of, names=", ".join(own.header))
        raise UsageError(option("column", column) if column else file, wrong, remedy)
    return str(found)


def _by_key(
    own: PlainTable, column: str, catalog: Catalog, outlines: pd.DataFrame, lang: Lang
) -> pd.DataFrame:
    """Match the keys of a table to ids and names of the sites."""
    at = own.header.index(column)
    keys = [key.strip() for cells in own.rows for key in cells[at].split(SEVERAL)]
    matches, near = _match(keys, catalog, outlines, places=column in SITE_FIELDS.values())
    found = [
        (n, key, site, match)
        for n, cells in enumerate(own.rows)
        for key in map(str.strip, cells[at].split(SEVERAL))
        for match in [matches[key]]
        for site in ([""] if match is None else match.target.split(SEVERAL))
    ]
    steps = [() if match is None else match.steps for *_, match in found]
    words = [[translate("folding", step, lang) for step in some] for some in steps]
    ours = {
        "line_number": [own.lines[n] for n, *_ in found],
        "written": [key for _, key, *_ in found],
        "key_match": [
            UNMATCHED if match is None else FOLDED if match.steps else MATCHED
            for *_, match in found
        ],
        "folded_by": [join_texts(some, "comma", lang) for some in words],
        "site_id": [site for *_, site, _ in found],
        "suggestions": ["" if site else near.get(key, "") for _, key, site, _ in found],
    }
    frame = pd.DataFrame([own.rows[n] for n, *_ in found], columns=_own_names(own.header))
    return pd.concat([pd.DataFrame(ours), frame], axis=1)


def _match(
    keys: Sequence[str], catalog: Catalog, outlines: pd.DataFrame, *, places: bool
) -> tuple[dict[str, Match | None], dict[str, str]]:
    """Match keys to sites, and say what is nearest to the others.

    Policies and claims hold for places without outline and for coordinates too.
    """
    near: dict[str, str] = {}
    targets, asked = _targets(catalog, outlines), list(dict.fromkeys(keys))
    matches = dict(zip(asked, match_keys(asked, targets), strict=True))
    missing = [key for key, match in matches.items() if match is None]
    if places and catalog.own_sites is None and missing:
        others, near = match_sites(missing, catalog)
        matches |= others
        targets |= raw_names(catalog)
    like = nearest_keys([key for key, match in matches.items() if match is None], targets)
    return matches, {key: ", ".join(names) for key, names in like.items()} | near


def _own_names(header: Iterable[str]) -> list[str]:
    """Return the columns of a table, renamed where a column of ours has the name."""
    return [f"{name}_in_table" if name in _OURS else name for name in header]


def _targets(catalog: Catalog, outlines: pd.DataFrame) -> dict[str, str]:
    """Return what ids and names stand for; a name of several sites stands for none."""
    sites = outlines["site_id"].astype(str)
    found = dict(zip(map(str, outlines.index), sites, strict=True)) | dict(
        zip(sites, sites, strict=True)
    )
    names: dict[str, set[str]] = {}
    for column in (*NAME_COLUMNS, "name"):
        for name, site in zip(outlines.get(column, ()), sites, strict=False):
            if isinstance(name, str) and name.strip():
                names.setdefault(name.strip(), set()).add(site)
    known = {name: next(iter(of)) for name, of in names.items() if len(of) == 1}
    if catalog.own_sites is None:
        ids = set(sites)
        known |= {name: id_ for name, id_ in raw_names(catalog).items() if id_ in ids}
    return known | found


def _by_place(
    table: Path | str, catalog: Catalog, outlines: pd.DataFrame, said: Mapping[str, Any]
) -> pd.DataFrame:
    """Match rows to the sites in which their coordinates lie."""
    points = read_layer(open_catalog(catalog.folder, layers={"table": str(table)}, **said), "table")
    drawn = gpd.GeoDataFrame(outlines, geometry="geometry", crs=outlines["geometry"].array.crs)
    here = crs.to_hk80(points)
    rows, found = shapely.STRtree(crs.to_hk80(drawn).to_numpy()).query(
        here.to_numpy(), predicate="intersects"
    )
    sites = outlines["site_id"].to_numpy()
    pairs = dict.fromkeys(zip(rows.tolist(), sites[found].tolist(), strict=True))
    placed = {row for row, _ in pairs}
    every = sorted([*pairs, *((n, "") for n in range(len(points)) if n not in placed)])
    outside = [n for n, site in every if not site and here.iloc[n] is not None][:_MANY]
    near = dict(zip(outside, nearest_sites(here.to_numpy()[outside], drawn), strict=True))
    own, places = _own_columns(points).iloc[[n for n, _ in every]], write_places(points)
    ours = {
        "line_number": [n + 2 for n, _ in every],
        "written": [places[n] for n, _ in every],
        "key_match": [MATCHED if site else UNMATCHED for _, site in every],
        "folded_by": "",
        "site_id": [site for _, site in every],
        "suggestions": [near.get(n, "") for n, _ in every],
    }
    own.columns = pd.Index(_own_names(map(str, own.columns)))
    return pd.concat([pd.DataFrame(ours), own.reset_index(drop=True)], axis=1)


def _own_columns(points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the columns of a table without the number of the row, which stands for its name."""
    bare = pd.DataFrame(points.drop(columns="geometry")).dropna(axis=1, how="all")
    numbers = [str(number) for number in points.index]
    return bare.drop(columns=[n for n in bare if n == "name_en" and list(bare[n]) == numbers])
