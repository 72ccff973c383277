"""Sums of a measure by a column of the sites, such as the owner."""

from typing import Any, Final, Unpack

import pandas as pd

from nmgeo.catalog import Catalog, OwnFile
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.inputs import Features, Inputs, open_inputs
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.names import natural_key
from nmgeo.sources.standard_columns import OWN_SITE_ID, given_columns
from nmgeo.sources.value_types import NO_CLASS, class_texts, own_class
from nmgeo.translations import Lang, translate

_IDS: Final = ["site_id", "basis"]
_VALUE: Final = "value by which sums are made"  # until it is called as the user's column is
_SUMMED: Final = (
    *("area_ha", "inside_ha", "inside_low_ha", "inside_high_ha", "inside_m"),
    *("ring_ha", "ring_low_ha", "ring_high_ha", "low_ha", "high_ha", "own_ha"),
)
_ACCURACIES: Final = ("accuracy_m", "inside_accuracy_m")  # the worst of a sum limits its digits
_APART: Final = ("from_m", "to_m", "category", "feature_id", "feature_name")  # each its own sum


@takes_rows("area", "site_id")
def sum_by(
    rows: pd.DataFrame,
    by: str,
    sites: Features | None = None,
    *,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Add a measure up by a column of the sites.

    Parameters
    ----------
    rows : DataFrame
        From :func:`nmgeo.area`, :func:`nmgeo.inside` or :func:`nmgeo.rings`, of the same sites.
    by : str
        A column of the sites, such as ``"owner"``.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites that were measured; those of the catalog if not given.
    lang : {"en", "tc", "sc"}
        Language of names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    DataFrame
        One row for each value, and each ring, category or feature: ``sites_count`` and the
        hectares or metres added up, their range ``low_ha`` to ``high_ha`` and the worst accuracy
        (missing if that of a site is not known). Land that several sites share counts in each.
        Sites without a value are ``(not stated)``, last.

    Raises
    ------
    UsageError
        If the sites have no such column.
    """
    here, _ = open_inputs(inputs, sites)
    outlines = pd.DataFrame(read_outlines(here, lang=lang))
    table = _with_value(pd.DataFrame(rows), outlines, _values(outlines, by, here), by)
    _require_free(by, table)
    table[_VALUE] = table[_VALUE].mask(class_texts(table[_VALUE]) == NO_CLASS, "").map(_as_class)
    apart = [name for name in _APART if name in table]
    summed = {name: (name, _sum) for name in _SUMMED if name in table}
    worst = {name: (name, _worst) for name in _ACCURACIES if name in table and name != by}
    groups = table.groupby([_VALUE, *apart], sort=True, dropna=False)
    found = groups.agg(sites_count=("site_id", "nunique"), **summed, **worst)
    found = found.drop(columns=[name for name in found if found[name].isna().all()]).reset_index()
    found = _in_order(found, translate("phrase", "not_stated", lang)).rename(columns={_VALUE: by})
    if by in _ACCURACIES:  # digits are limited by it, as by the worst of other sums
        found[by] = pd.to_numeric(found[by], errors="coerce")
    found.attrs |= {name: rows.attrs.get(name, []) for name in ("credits", "notes")}
    return found


def _in_order(found: pd.DataFrame, not_stated: str) -> pd.DataFrame:
    """Order sums by their value, numbers in names by their size; what has none is last."""
    if found[_VALUE].map(lambda value: isinstance(value, str)).all():
        names = found[_VALUE].map(natural_key)
        found = found.loc[names.sort_values(kind="stable").index]
    blank = found[_VALUE].map(lambda value: value == "")
    found = pd.concat([found[~blank], found[blank]], ignore_index=True)
    return found.assign(**{_VALUE: found[_VALUE].replace({"": not_stated})})


def _values(outlines: pd.DataFrame, by: str, catalog: Catalog) -> pd.Series:
    """Return what each site has in a column, as the user's file has it and not nmgeo's table."""
    own = catalog.own_sites
    if own is not None and by == own.key and by not in outlines:
        return outlines["site_id"]  # which the column of ids is now
    if own is not None and by == "site_id" and by != own.key:
        return _own_site_id(own, outlines)
    if by not in outlines or by == "geometry":
        known = ", ".join(_known_columns(outlines, None if own is None else own.key))
        wrong = text("your sites have no such column")
        raise UsageError(option("by", by), wrong, text("use one of {names}", names=known))
    return outlines[by]


def _known_columns(outlines: pd.DataFrame, key: str | None) -> list[str]:
    """Return the columns that sums can be made by, as the user's file calls them."""
    columns = given_columns(outlines)
    if key is None:
        return columns
    called = ["site_id" if name == OWN_SITE_ID else name for name in columns]
    return called if key in outlines else [key, *called]


def _own_site_id(own: OwnFile, outlines: pd.DataFrame) -> pd.Series:
    """Return the user's column of that name, which is no longer the one of nmgeo's table."""
    if own.remark:  # masked: the file is not read again
        return outlines.get(OWN_SITE_ID, outlines["site_id"])
    from nmgeo.sources.own_layer import read_own  # noqa: PLC0415 - geopandas only where it is used

    in_file = read_own(own)
    return (
        in_file["site_id"].reindex(outlines.index) if "site_id" in in_file else outlines["site_id"]
    )


def _require_free(by: str, table: pd.DataFrame) -> None:
    """Refuse a column with the name of one that the sums have beside it."""
    if by == "sites_count" or (by in table and by in {*_SUMMED, *_APART}):
        wrong = text("the sums have a column of that name, too")
        raise UsageError(option("by", by), wrong, text("rename the column of your sites"))


def _as_class(value: Any) -> Any:
    """Return text as a class: without blanks at its ends, and unlike the rows that nmgeo adds."""
    return own_class(value.strip()) if isinstance(value, str) else value


def _sum(values: pd.Series) -> float:
    """Add values up; nothing is known of a sum if one of them is not known."""
    return float(values.sum(skipna=False))


def _worst(accuracies_m: pd.Series) -> float:
    return float(accuracies_m.max(skipna=False))


def _with_value(
    rows: pd.DataFrame, outlines: pd.DataFrame, values: pd.Series, by: str
) -> pd.DataFrame:
    """Put the value of its site beside each row: in the order of the sites, else by their ids."""
    flat = rows.drop(columns="geometry", errors="ignore")
    if flat["site_id"].tolist() == outlines["site_id"].tolist():  # one row a site
        return flat.assign(**{_VALUE: values.to_numpy(dtype=object)})
    by_site = outlines[_IDS].assign(**{_VALUE: values.astype(object)}).drop_duplicates()
    if by_site.duplicated(_IDS).any():
        several = by_site.loc[by_site.duplicated(_IDS), "site_id"].iloc[0]
        wrong = text("several sites have the id {site!r}", site=several)
        remedy = text("name a column of unique ids with {key}", key=option("key"))
        raise UsageError(option("by", by), wrong, remedy)
    return flat.merge(by_site, on=_IDS, how="left")
