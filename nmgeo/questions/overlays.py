"""Overlays of the sites as tables: how much of a site lies inside what, and what constrains it."""

from collections.abc import Mapping, Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import UsageError
from nmgeo.names import named
from nmgeo.questions.listings import sites
from nmgeo.reading.features import read_layer
from nmgeo.reading.geometries import POLYGONS, require_polygons
from nmgeo.reading.ledger import read_sources, read_translations
from nmgeo.reading.outlines import OUTLINE
from nmgeo.reading.policies import read_claims
from nmgeo.rulers import areas
from nmgeo.rulers.proximity import nearest, within
from nmgeo.rulers.roundings import ranged
from nmgeo.units import M2_PER_HECTARE
from nmgeo.words import LANGS, Lang

CONSTRAINTS: Final = ("wetlands",)  # the shipped layers of what may not be built on
EVERYWHERE: Final = "all"
# Published figures that are rules on land, of which no outline is shipped.
_RULES: Final = (
    *("area_in_wca_wba", "area_in_inner_deep_bay_iba", "egretry_path_width"),
    *("bird_corridor_width", "pdb_non_building_area", "pdb_setback", "height_limit"),
)
_NOISE_M: Final = 0.01  # to WGS 84 and back moves a point by 0.5 mm: touching is not decided
_RULE_COLUMNS: Final = ("rule", "citation", "regulation", "source")


def inside(layer: str, catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """Measure how much of every outline lies inside each polygon of a layer.

    Parameters
    ----------
    layer : str
        A layer of polygons; ``sites`` compares the outlines with one another.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    DataFrame, at least n rows
        ``feature_id``, ``feature_name``, ``inside_ha`` (hectares) and ``inside_share`` (of the
        site, 0 to 1); an outline that lies in none has one row with no ``feature_id`` and 0.
        ``accuracy_m`` adds how far out both outlines may be. An outline is not compared with
        itself.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    LayerError
        If a file is missing or broken, or either side has no area.
    """
    here = catalog or open_catalog()
    outlines, others = sites(here, lang=lang), named(read_layer(here, layer), lang)
    require_polygons(outlines, "sites")
    require_polygons(others, f"layer {layer!r}")
    pairs = areas.inside(outlines, others)
    if layer == "sites" and here.own_sites is None:
        pairs = _without_itself(pairs)
    far = others[["name", "accuracy_m"]].set_axis(["feature_name", "far_m"], axis="columns")
    near_ = outlines[[*OUTLINE, "accuracy_m"]]
    rows = pairs.join(near_, on="outline_id").join(far, on="feature_id")
    rows["accuracy_m"] += rows["far_m"]
    columns = [*OUTLINE, "layer", "feature_id", "feature_name", "inside_ha", "inside_share"]
    columns += ["accuracy_m"]
    return pd.DataFrame(rows.assign(layer=layer)[columns]).reset_index(drop=True)


def _without_itself(pairs: pd.DataFrame) -> pd.DataFrame:
    """Drop the pair of an outline and itself, but keep a row for every outline."""
    alone = pairs.groupby("outline_id")["feature_id"].transform("size") == 1
    itself = pairs["outline_id"] == pairs["feature_id"]
    blank = pairs.assign(feature_id=None, inside_ha=0.0, inside_share=0.0)
    return pairs.where(~(itself & alone), blank)[~itself | alone]


def constraints(
    layers: Sequence[str] = (),
    catalog: Catalog | None = None,
    *,
    covers: Mapping[str, str] | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """Set every outline against every layer of constraints.

    A layer that shows nothing at a site says that the site is clear of it only if it is known to
    cover the site: no result is not no constraint.

    Parameters
    ----------
    layers : sequence of str
        Layers of the catalog; :data:`CONSTRAINTS` and the user's own if none is named.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    covers : mapping of str to str, optional
        What each layer covers: ``"all"``, or the name of a layer whose polygons were surveyed.
    lang : {"en", "tc", "sc"}
        Language of ``name``.

    Returns
    -------
    DataFrame
        For each outline one row a layer: ``state``, ``inside_ha`` (hectares) and ``inside_share``
        (0 to 1; both missing where not covered, or where the layer has no polygons),
        ``nearest_m`` (metres from the edge, 0 inside) and its range ``low_m`` to ``high_m``,
        ``covered_share`` (0 to 1, missing if
        nobody says), ``accuracy_m`` (both ends added) and the ``rule`` with its ``rule_url``.
        ``state`` is ``constrained`` or ``clear`` if that holds wherever within their accuracy the
        outlines lie (as drawn, if no accuracy is known), ``undecided`` if it does not,
        ``not_covered`` where the layer does not cover the site. One row for all layers
        ``together``: ``inside_ha`` (each piece of land once) and ``free_ha``, the rest, which is
        ``at_most`` what can be developed unless every layer covers the site. At the end the
        ``published`` rules of which no outline is shipped.

    Raises
    ------
    UnknownLayerError, UsageError
        If there is no such layer, or ``covers`` names one that is not asked about.
    LayerError
        If a file is missing or broken, or a site has no area.
    """
    here = catalog or open_catalog()
    names = list(dict.fromkeys(layers or (*CONSTRAINTS, *here.own_layers)))
    covers = dict(covers or {})
    if not layers:
        names = [name for name in names if name not in covers.values()]
    if stray := next((name for name in covers if name not in names), None):
        raise UsageError(f"covers {stray!r}", "not asked about", f"use {', '.join(names)}")
    outlines = sites(here, lang=lang)
    require_polygons(outlines, "sites")
    frames, sources = {name: read_layer(here, name) for name in names}, read_sources(here)
    tables = []
    for name, frame in frames.items():
        near, covered = nearest(outlines, frame), _covered(here, outlines, covers.get(name))
        found = _constrained(outlines, frame, near, covered)
        tables.append(found.join(_rules(outlines, frame, near, sources)).assign(layer=name))
    rows = pd.concat([*tables, _together(outlines, frames, tables)]).join(outlines[OUTLINE])
    order = np.argsort(outlines.index.get_indexer(rows.index), kind="stable")
    rows = pd.concat([rows.iloc[order], _published(here, outlines, lang)])
    columns = ["inside_ha", "inside_share", "nearest_m", "low_m", "high_m", "free_ha"]
    columns += ["covered_share", "accuracy_m"]
    return rows[[*OUTLINE, "layer", "state", *columns, "rule", "rule_url"]].reset_index(drop=True)


def _covered(here: Catalog, outlines: gpd.GeoDataFrame, said: str | None) -> pd.Series:
    """Return the share of each outline that a layer covers: missing if nobody says."""
    if said in {None, EVERYWHERE}:
        return pd.Series(np.nan if said is None else 1.0, index=outlines.index)
    extent = read_layer(here, said)
    require_polygons(extent, f"layer {said!r}")
    return areas.inside_share(outlines, extent)


def _constrained(
    outlines: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    found: pd.DataFrame,
    covered: pd.Series,
) -> pd.DataFrame:
    """Decide by the outlines drawn in and drawn out by how far they and the layer may be out."""
    far = found["nearest_id"].map(others["accuracy_m"])
    out = outlines["accuracy_m"] + far
    shapes, slack = (
        crs.measured(outlines).to_numpy(),
        out.fillna(0.0).clip(lower=_NOISE_M).to_numpy(),
    )
    every = crs.measured(others).union_all()
    drawn_in = shapely.buffer(shapes, -slack)
    certain = shapely.intersects(drawn_in, every)
    near = (found["nearest_m"] <= slack).to_numpy()
    states = np.select([certain, near, covered >= 1], ["constrained", "undecided", "clear"], "")
    land = others[others.geom_type.isin(POLYGONS)]
    share = areas.inside_share(outlines, land)
    share = share.mask(land.empty | ((share == 0) & (states == "")))  # nothing is known of it
    return pd.DataFrame(
        {
            "state": np.where(states == "", "not_covered", states),
            "inside_ha": share * areas.area_ha(outlines),
            "inside_share": share,
            "nearest_m": found["nearest_m"],
            "covered_share": covered,
            **ranged(found["nearest_m"], out),
            "accuracy_m": out,
        }
    )


def _rules(
    outlines: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    found: pd.DataFrame,
    sources: pd.DataFrame,
) -> pd.DataFrame:
    """Cite the rule of what lies in each outline, else of what is nearest to it."""
    lower = {str(column).lower(): column for column in others.columns}
    column = next((lower[name] for name in _RULE_COLUMNS if name in lower), "source")
    keys = others[column].astype(object)
    texts = keys.map(sources["source_title"]).where(keys.isin(sources.index), keys)
    held = within(outlines, others, 0.0)
    near = found["nearest_id"].dropna().rename("feature_id")
    held = pd.concat([held, near[~near.index.isin(held["outline_id"])].reset_index()])
    cited = pd.DataFrame(
        {
            "outline_id": held["outline_id"],
            "rule": held["feature_id"].map(texts),
            "rule_url": held["feature_id"].map(keys.map(sources["source_url"])),
        }
    )
    return cited.groupby("outline_id").agg(_each_once)


def _each_once(said: pd.Series) -> str:
    return "; ".join(dict.fromkeys(said.dropna()))


def _together(
    outlines: gpd.GeoDataFrame,
    frames: Mapping[str, gpd.GeoDataFrame],
    tables: Sequence[pd.DataFrame],
) -> pd.DataFrame:
    """Add all layers up, each piece of land once, and say what that leaves."""
    shapes = [crs.measured(frame[frame.geom_type.isin(POLYGONS)]) for frame in frames.values()]
    land = shapely.union_all(np.concatenate([part.to_numpy() for part in shapes]))
    here = crs.measured(outlines)
    held = here.intersection(land).area / M2_PER_HECTARE
    whole = areas.area_ha(outlines)
    worst = max((frame["accuracy_m"].max(skipna=False) for frame in frames.values()), default=0.0)
    open_ = pd.concat([table["state"].isin(["undecided", "not_covered"]) for table in tables])
    state = open_.groupby(level=0).any().map({True: "at_most", False: "as_drawn"})
    return pd.DataFrame(
        {
            "layer": "together",
            "state": state,
            "inside_ha": held,
            "inside_share": held / whole,
            "free_ha": whole - held,
            "accuracy_m": outlines["accuracy_m"] + worst,
        },
        index=outlines.index,
    )


def _published(here: Catalog, outlines: gpd.GeoDataFrame, lang: Lang) -> pd.DataFrame:
    """List the published figures that are rules on the sites and have no outline here."""
    claims = read_claims(here)
    said = claims[claims["attribute"].isin(_RULES)].rename(columns={"subject": "site_id"})
    said = outlines[["site_id", "name"]].drop_duplicates("site_id").merge(said, on="site_id")
    told = {text: rest[LANGS.index(lang)] for text, rest in read_translations(here).items()}
    words = [
        "; ".join(filter(None, (f"{value} {unit}", told.get(hedge, hedge), told.get(note, note))))
        for value, unit, hedge, note in said[["value", "unit", "hedge", "note"]].to_numpy()
    ]
    rows: pd.DataFrame = said.assign(
        layer="published",
        state="published",
        rule=[f"{text} ({day})" for text, day in zip(words, said["as_of"], strict=True)],
        rule_url=said["source_url"],
    )
    return rows.drop(columns="basis")
