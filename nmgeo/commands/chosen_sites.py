"""The outlines of the sites that a call selects."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.commands.policy_match import outlines_of_site
from nmgeo.errors import UnknownSiteError
from nmgeo.messages import option, text
from nmgeo.records.aliases import find_id, find_outline
from nmgeo.records.tables import site_ids
from nmgeo.spelling import find_spelling

_Rows = TypeVar("_Rows", bound=pd.DataFrame)


def chosen_outlines(rows: _Rows, catalog: Catalog) -> _Rows:
    """Keep the outlines of the sites that a catalog selects; all if it selects none.

    Parameters
    ----------
    rows : DataFrame or GeoDataFrame
        Indexed by ``outline_id``, with ``site_id``.
    catalog : Catalog
        Its ``chosen`` are ids of sites or outlines, or names of shipped sites.

    Raises
    ------
    UnknownSiteError, LayerError
        As :func:`placed_outlines`.
    """
    if not catalog.chosen:
        return rows
    outlines = dict(zip(rows.index, rows["site_id"], strict=True))
    named = [_site_id(catalog, site, outlines) for site in catalog.chosen]
    for site in named:
        _require_key(rows, catalog, outlines, site)
    picked = [id_ for site in named for id_ in placed_outlines(catalog, outlines, site)]
    return rows.loc[list(dict.fromkeys(picked))]


def chosen_phases(phases: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """Keep the phases of the shipped sites that a catalog selects; all if it selects none.

    Parameters
    ----------
    phases : DataFrame
        Indexed by ``phase_id``, with ``site_id``.
    catalog : Catalog
        Its ``chosen`` are ids or names of sites, or ids of phases or of outlines, each of which
        stands for its site.

    Raises
    ------
    UnknownSiteError
        If there is no such site.
    """
    if not catalog.chosen:
        return phases
    sites = {str(phase): str(site) for phase, site in phases["site_id"].items()}
    outlines = site_ids(catalog)
    places = [outlines.get(find_outline(catalog, one) or one, one) for one in catalog.chosen]
    named = [_site_id(catalog, one, sites) for one in places]
    picked = [phase for site in named for phase in outlines_of_site(sites, site)]
    return phases.loc[list(dict.fromkeys(picked))]


def placed_outlines(catalog: Catalog, outlines: Mapping[Any, str], site: str | None) -> list[str]:
    """Return the ids of the outlines of one site, or of all if ``site`` is None.

    Parameters
    ----------
    catalog : Catalog
        Whose sites they are.
    outlines : mapping
        The site of each outline that has a geometry, by the id of the outline.
    site : str, optional
        The id of a site, or of one of its outlines.

    Raises
    ------
    UnknownSiteError
        If there is no such site.
    LayerError
        If there is one, and it has no geometry.
    """
    try:
        return outlines_of_site(outlines, site)
    except UnknownSiteError:
        from nmgeo.records.sites import require_placed  # noqa: PLC0415 - geopandas only for own

        require_placed(catalog, str(site))
        raise


def _require_key(
    rows: pd.DataFrame, catalog: Catalog, outlines: Mapping[Any, str], site: str
) -> None:
    """Stop at a site that is no id but stands in a column, which may be named as the key."""
    own = catalog.own_sites
    if own is None or own.key is not None or site in outlines or site in outlines.values():
        return
    from nmgeo.sources.standard_columns import given_columns  # noqa: PLC0415 - a listing needs no geopandas

    for column in given_columns(rows):
        values = rows[column]
        if values.notna().all() and values.is_unique and (values.astype(str) == site).any():
            wrong = text("no id, but a value of the column {column!r}", column=column)
            remedy = text("name it as that of the ids with {key}", key=option("key", column))
            raise UnknownSiteError(text("site {site!r}", site=site), wrong, remedy)


def _site_id(catalog: Catalog, written: str, outlines: Mapping[Any, str]) -> str:
    """Return the id of a site or an outline that is spelled so, or a shipped site by any name."""
    if written in outlines or written in outlines.values():
        return written
    if found := find_spelling(written, map(str, (*outlines, *outlines.values()))):
        return found
    shipped = None if catalog.own_sites is not None else find_id(catalog, written)
    return shipped or written
