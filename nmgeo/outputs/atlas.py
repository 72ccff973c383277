"""The atlas: all measures, policies and claims of the sites as one immutable record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.area import area_rows
from nmgeo.commands.claims import add_figures
from nmgeo.commands.near import near
from nmgeo.commands.policy import policy_rows
from nmgeo.commands.ring_distances import COUNTED, DISTANCES, require_few
from nmgeo.commands.rings import rings
from nmgeo.commands.sites import sites
from nmgeo.measures.buffers import ring_shapes
from nmgeo.names import add_names
from nmgeo.outputs.citations import SOURCES, sentence_translations, source_keys, source_objects
from nmgeo.outputs.nearest_links import links_by_year, nearest_links
from nmgeo.records.fulfilled import read_fulfilled, read_known_statuses
from nmgeo.records.policies import read_claims
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.records.statuses import cite_statuses
from nmgeo.records.tables import PAGE_AND_QUOTE, read_sources
from nmgeo.sources.geometry_kinds import LEFT_OUT
from nmgeo.sources.layers import read_layer
from nmgeo.sources.standard_columns import in_file, is_same
from nmgeo.translations import Lang
from nmgeo.units import metres

NAMED: Final = ("site", "place")  # how an instrument holds that names the site
_CITED: Final = ("status", "status_date", "source_title", "source_url")
_HELD: Final = ["site_id", "policy_id", "policy_name", *_CITED, *PAGE_AND_QUOTE, "source"]


@dataclass(frozen=True)
class Atlas:
    """The input of maps, reports and exports.

    ``sites`` carries ``area_ha``, what was published, and the ids of the instruments that hold;
    names are in ``lang``. What not every output needs is read or measured on first access.
    """

    catalog: Catalog
    lang: Lang
    at: tuple[str, ...]
    sites: gpd.GeoDataFrame
    area: pd.DataFrame
    land: dict[str, float]
    policies: pd.DataFrame
    statuses: pd.DataFrame  # of each instrument, oldest first
    claims: pd.DataFrame  # about the sites
    instrument_claims: pd.DataFrame  # about the instruments
    sources: pd.DataFrame
    translations: dict[str, tuple[str, ...]]

    @property
    def year(self) -> int:
        """The year that maps show: that of the newest data."""
        return int(self.catalog.newest_day[:4])

    @cached_property
    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """The main layers and the user's own, without the sites."""
        names = [*self.catalog.main_layers, *self.catalog.own_layers]
        read = {name: read_layer(self.catalog, name) for name in names if name != "sites"}
        return {name: add_names(layer, self.lang) for name, layer in read.items()}

    @cached_property
    def left_out(self) -> dict[str, int]:
        """How many features without geometry were left out, by layer; not beside chosen sites."""
        frames = self.layers if self.catalog.chosen else self.layers | {"sites": self.sites}
        counts = {name: int(frame.attrs.get(LEFT_OUT, 0)) for name, frame in frames.items()}
        return {name: count for name, count in counts.items() if count}

    @cached_property
    def links(self) -> gpd.GeoDataFrame:
        """The lines to the nearest station and crossing, on the Hong Kong 1980 Grid."""
        return nearest_links(self.sites, self.layers)

    @cached_property
    def links_by_year(self) -> gpd.GeoDataFrame:
        """As :attr:`links`, to the nearest that is open from a year until before another.

        ``until_year`` is missing for the last; ``also`` has the ids of what is as near.
        """
        return links_by_year(self.sites, self.layers)

    @cached_property
    def ring_shapes(self) -> gpd.GeoDataFrame:
        """The rings without counts and radii, on the Hong Kong 1980 Grid, as they were drawn."""
        drawn = self.sites if self.at else self.sites.head(0)
        return ring_shapes(drawn, list(map(metres, self.at)) or [1.0], radii=False)

    @cached_property
    def near(self) -> gpd.GeoDataFrame:
        """The nearest station, crossing and feature of own layers, and the nearest open ones."""
        return self._every_near[self._are_placed(self._every_near)]

    @cached_property
    def without_geometry(self) -> pd.DataFrame:
        """``site_id``, ``basis`` and ``name`` of the outlines without geometry and measures."""
        rows = self._every_near[~self._are_placed(self._every_near)]
        return pd.DataFrame(rows[OUTLINE_COLUMNS]).drop_duplicates(ignore_index=True)

    @cached_property
    def _every_near(self) -> gpd.GeoDataFrame:
        """The rows of :attr:`near`, and a blank one for each outline without geometry."""
        stating = {name for name in COUNTED if self.layers[name]["status"].notna().any()}
        tables = [
            near(layer, self.catalog, open_only=only, lang=self.lang).assign(open_only=only)
            for layer in dict.fromkeys([*COUNTED, *self.catalog.own_layers])
            for only in ((False, True) if layer in stating else (False,))
        ]
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def named_counts(self) -> dict[str, int]:
        """How many instruments name each site, or the site that it overlaps, and have not ended."""
        held = self.policies[self.policies["holds_by"].isin(NAMED) & ~self.policies["ended"]]
        return {str(site): int(count) for site, count in held["site_id"].value_counts().items()}

    @cached_property
    def own_in_degrees(self) -> dict[str, gpd.GeoDataFrame]:
        """The user's layers in longitude and latitude, as a page draws them."""
        return {name: crs.to_degrees(self.layers[name]) for name in self.catalog.own_layers}

    @cached_property
    def rings(self) -> gpd.GeoDataFrame:
        """The rings and the counts in each."""
        found = rings(self.at, self.catalog, lang=self.lang)
        return found[self._are_placed(found)]

    def _are_placed(self, rows: pd.DataFrame) -> "pd.Series[bool]":
        """Tell which rows are of an outline with geometry; a command has a blank row for others."""
        known = {*zip(self.sites["site_id"], self.sites["basis"], strict=True)}
        outlines = zip(rows["site_id"], rows["basis"], strict=True)
        return pd.Series([one in known for one in outlines], index=rows.index, dtype=bool)


def build_atlas(
    catalog: Catalog | None = None,
    *,
    at: Sequence[str] = DISTANCES,
    on: str | None = None,
    lang: Lang = "en",
    instruments: bool = True,
) -> Atlas:
    """Measure the sites, join their policies and claims, and collect the results.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    at : sequence of str
        Distances of the rings, at most 100; without one, maps draw neither rings nor lines.
    on : str, optional
        Only what was stated by this day, ``"2026-02-04"``; the newest if not given.
    lang : {"en", "tc", "sc"}
        Language of the names.
    instruments : bool
        Whether a reader is shown instruments, and so told of how many sites it is not certain
        which apply.

    Returns
    -------
    Atlas
        Unrounded measures.

    Raises
    ------
    NmgeoError
        If a file or a distance is wrong.
    """
    require_few(at)
    here = (catalog or open_catalog()).known_by(on)
    outlines = sites(here, lang=lang)
    table = area_rows(outlines, here)
    policies = policy_rows(
        None, here, on=on, lang=lang, notices="in_brief" if instruments else "none"
    )
    policies = policies[policies["site_id"].isin(set(outlines["site_id"]))]
    stated, sources = read_claims(here), read_sources(here)
    stated = stated.assign(hedge=read_fulfilled(here).of_milestones(stated))
    claims = add_figures(stated, lang)
    return Atlas(
        catalog=here,
        lang=lang,
        at=tuple(at),
        sites=_join_policies(outlines, table, policies, claims, sources),
        area=table,
        land=table.attrs["land"],
        policies=policies,
        statuses=read_known_statuses(here),
        claims=claims[claims["subject"].isin(set(outlines["site_id"]))],
        instrument_claims=claims[claims["subject"].isin(set(policies["policy_id"]))],
        sources=sources,
        translations=sentence_translations(here),
    )


def _join_policies(
    outlines: gpd.GeoDataFrame,
    table: pd.DataFrame,
    policies: pd.DataFrame,
    claims: pd.DataFrame,
    sources: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Join measures, policies and sources to the outlines.

    A column of a user's file with such a name and other values gets another name.
    """
    held = _rows_of_sites(cite_statuses(policies, sources)[_HELD], "site_id")
    lists = {site: [_citation(row) for row in rows] for site, rows in held.items()}
    texts = {site: "; ".join(map(_citation_text, rows)) for site, rows in lists.items()}
    is_area = (claims["attribute"] == "area") & claims["subject"].isin(held)
    areas = _rows_of_sites(claims[is_area], "subject")
    rows = sources.to_dict("index")
    cited_of = {site: _site_sources(held[site], areas.get(site, []), rows) for site in held}
    columns = {"policies": lists, "policies_text": texts, SOURCES: cited_of}
    cited = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    kept = ["site_id", "basis", "name", "fitted_to_published", "geometry_status", "accuracy_m"]
    found = table.set_axis(outlines.index).drop(columns=kept)
    told = found.join(outlines[["site_id"]]).join(cited, on="site_id").drop(columns="site_id")
    written = set(cited) <= set(outlines)  # by nmgeo, whose measures are made anew
    bare = outlines.drop(columns=told.columns, errors="ignore")
    joined = (bare if written else _with_clashes_renamed(outlines, told)).join(told)
    joined.attrs |= {LEFT_OUT: outlines.attrs.get(LEFT_OUT, 0)}
    return joined


def _with_clashes_renamed(outlines: gpd.GeoDataFrame, told: pd.DataFrame) -> gpd.GeoDataFrame:
    """Rename own columns that clash with what is told, and drop those that say the same."""
    clashes = [name for name in outlines if name in told]
    names = {
        name: in_file(str(name), outlines.columns)
        for name in clashes
        if outlines[name].notna().any() and not is_same(outlines[name], told[name])
    }
    same = [name for name in clashes if name not in names]
    return outlines.drop(columns=same).rename(columns=names)


def _rows_of_sites(table: pd.DataFrame, column: str) -> dict[str, list[dict[Any, Any]]]:
    """Return the rows of each site that a column names."""
    found: dict[str, list[dict[Any, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(row[column], []).append(row)
    return found


def _site_sources(
    held: Sequence[Mapping[Any, Any]],
    areas: Sequence[Mapping[Any, Any]],
    sources: Mapping[Any, Mapping[Any, Any]],
) -> list[dict[str, str]]:
    """Return the sources of the instruments of a site, and of its published areas, each once."""
    cells = [row["source"] for row in areas]
    keys = source_keys([*cells, *(row["source"] for row in held)])
    return source_objects(keys, sources, areas)


def _citation(row: Mapping[Any, Any]) -> dict[str, str]:
    """Return what a file of sites says of an instrument: name, status on its date, and source."""
    return {
        "id": row["policy_id"],
        "name": row["policy_name"],
        **{name: row[name] for name in _CITED},
        **{name: row[name] for name in PAGE_AND_QUOTE if row[name]},
    }


def _citation_text(policy: Mapping[str, str]) -> str:
    """Return an instrument as text, for software that reads no objects."""
    status = policy["status"].replace("_", " ")
    return f"{policy['name']} ({', '.join(filter(None, [status, policy['status_date']]))})"
