"""Rules on land: those that a layer cites, and the published ones of which there is no outline."""

from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.measures.distances import pairs_within
from nmgeo.records.policies import read_claims
from nmgeo.records.tables import read_translations
from nmgeo.translations import LANGS, Lang, translate

# Published figures that are rules on land, of which no outline is shipped.
_RULES: Final = (
    *("area_in_wca_wba", "area_in_inner_deep_bay_iba", "egretry_path_width"),
    *("bird_corridor_width", "pdb_non_building_area", "pdb_setback", "height_limit"),
)
_RULE_COLUMNS: Final = ("rule", "citation", "regulation", "source")


def cited_rules(
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
    held = pairs_within(outlines, others, 0.0)
    near = found["nearest_id"].dropna().rename("feature_id")
    held = pd.concat([held, near[~near.index.isin(held["outline_id"])].reset_index()])
    cited = pd.DataFrame(
        {
            "outline_id": held["outline_id"],
            "rule": held["feature_id"].map(texts),
            "rule_url": held["feature_id"].map(keys.map(sources["source_url"])),
        }
    )
    columns = {name: _each_once(cited["outline_id"], cited[name]) for name in ("rule", "rule_url")}
    return pd.DataFrame(columns, index=pd.Index(cited["outline_id"].unique(), name="outline_id"))


def _each_once(ids: pd.Series, said: pd.Series) -> dict[str, str]:
    """Return what is said of each outline, each once, in one text."""
    found: dict[str, dict[str, None]] = {id_: {} for id_ in ids}
    for id_, one in zip(ids, said, strict=True):
        if pd.notna(one):
            found[id_][one] = None
    return {id_: "; ".join(texts) for id_, texts in found.items()}


def published_rules(here: Catalog, outlines: gpd.GeoDataFrame, lang: Lang) -> pd.DataFrame:
    """List the published figures that are rules on the sites and have no outline here."""
    claims = read_claims(here)
    said = claims[claims["attribute"].isin(_RULES)].rename(columns={"subject": "site_id"})
    said = outlines[["site_id", "name"]].drop_duplicates("site_id").merge(said, on="site_id")
    told = {text: rest[LANGS.index(lang)] for text, rest in read_translations(here).items()}
    words = [
        "; ".join(
            filter(
                None,
                (
                    f"{value} {translate('unit', unit, lang)}",
                    told.get(hedge, hedge),
                    told.get(note, note),
                ),
            )
        )
        for value, unit, hedge, note in said[["value", "unit", "hedge", "note"]].to_numpy()
    ]
    rows: pd.DataFrame = said.assign(
        layer="published",
        state="published",
        rule=[f"{text} ({day})" for text, day in zip(words, said["as_of"], strict=True)],
        rule_url=said["source_url"],
    )
    return rows.drop(columns="basis")
