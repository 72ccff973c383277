"""What a pack holds: the layers of the map, the tables related to them, and their fields."""

from collections.abc import Iterator, Sequence
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.catalog import Layer
from nmgeo.columns import find_column
from nmgeo.formats.field_names import layer_name
from nmgeo.formats.geopackage import PackLayer, split_by_kind
from nmgeo.languages import Lang
from nmgeo.names import add_names, in_language
from nmgeo.outputs.appearance import SITES
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import credits_in, outline_caveat
from nmgeo.outputs.map_styles import BASE
from nmgeo.outputs.pack.qgis_style import alias
from nmgeo.outputs.site_symbology import COLOUR, class_labels, coloured_layers
from nmgeo.records.statuses import cite_statuses
from nmgeo.sources.layers import read_layer
from nmgeo.sources.stated_times import with_times
from nmgeo.translations import translate

RELATED: Final = {"site_policies": "site_id", "claims": "subject"}  # and what names a site


def layers_of(atlas: Atlas) -> list[PackLayer]:
    """Return the layers of an atlas on the Hong Kong 1980 Grid, from the bottom up."""
    found = []
    for name, frame in _frames(atlas).items():
        parts = split_by_kind(with_times(frame, atlas.catalog, name))
        for kind, rows in parts.items():
            moved = rows.set_geometry(crs.to_hk80(rows))
            record = atlas.catalog.shown_as_shipped(name)
            found.append(
                PackLayer(
                    name=layer_name(name if len(parts) == 1 else f"{name}_{kind.lower()}"),
                    rows=moved,
                    title=layer_title(name, record, atlas.lang),
                    description=_description(name, record, atlas),
                    kind=kind,
                    metadata=_metadata(record),
                )
            )
    return found


def _description(name: str, record: Layer | None, atlas: Atlas) -> str:
    """Return what is to be known of a layer: of own sites where their outlines are from."""
    if record is not None:
        return in_language(record.caveat, atlas.translations, atlas.lang)
    if name == SITES:
        return outline_caveat(atlas.catalog, atlas.sites["accuracy_m"], atlas.lang)
    return ""


def layer_title(name: str, record: Layer | None, lang: Lang) -> str:
    """Return what a layer is called: its registered title, or a word, or its name."""
    return (record.title(lang) if record else "") or translate("layer", name, lang)


def tables_of(atlas: Atlas, layers: Sequence[PackLayer]) -> list[PackLayer]:
    """Return the tables of a pack: instruments, their sites, claims, fields and credits."""
    named = ["policy_id", "policy_name", "name_en", "name_tc", "name_sc"]
    about = ["kind", "status", "status_date", "source", "source_title", "source_url"]
    rules = atlas.policies.drop_duplicates("policy_id")
    rules = cite_statuses(rules, atlas.sources)[[*named, *about]]
    links = atlas.policies[["site_id", "policy_id", "holds_by"]]
    catalog = atlas.catalog
    credit_rows = pd.DataFrame({"credit": credits_in(catalog.credits, catalog, atlas.lang)})
    tables = {
        "instruments": rules,
        "site_policies": links,
        "claims": atlas.claims,
        "fields": field_rows(layers),
        "credits": credit_rows,
    }
    return [
        PackLayer(
            name=name,
            rows=rows.reset_index(drop=True),
            title=name,
            description="",
            kind="",
            metadata={},
        )
        for name, rows in tables.items()
    ]


def field_rows(layers: Sequence[PackLayer]) -> pd.DataFrame:
    """Return the dictionary of fields: headings and meanings in English and Chinese."""
    return pd.DataFrame(
        [
            {
                "layer": layer.name,
                "field": field,
                "heading": alias(field),
                "unit": column.unit if column else None,
                "meaning_en": column.help["en"] if column else None,
                "meaning_tc": column.help.get("tc") if column else None,
            }
            for layer in layers
            for field in layer.fields
            for column in [find_column(field)]
        ]
    )


def field_titles(layers: Sequence[PackLayer]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return title and description of each field that nmgeo knows, by layer and field."""
    rows = field_rows(layers).dropna(subset="meaning_en")
    texts = rows["meaning_en"] + " " + rows["meaning_tc"].fillna("")
    places = zip(rows["layer"], rows["field"], strict=True)
    return dict(zip(places, zip(rows["heading"], texts, strict=True), strict=True))


def _frames(atlas: Atlas) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers from the bottom up, their index as a column."""
    return {name: _with_id(frame) for name, frame in _stacked(atlas)}


def _stacked(atlas: Atlas) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    catalog = atlas.catalog
    for name in (name for name in BASE if name in catalog.context_layers):
        yield name, add_names(read_layer(catalog, name), atlas.lang)
    classed = class_labels(atlas)
    for name, frame in coloured_layers(atlas, atlas.rings).items():
        is_plain = name in catalog.own_layers and name not in classed
        yield name, frame.drop(columns=COLOUR) if is_plain else frame


def _with_id(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    name = frame.index.name or "id"
    return frame if name in frame.columns else frame.rename_axis(name).reset_index()


def _metadata(record: Layer | None) -> dict[str, str]:
    if record is None:
        return {}
    return {
        "CREDIT": record.credit,
        "LICENCE": record.licence,
        "AS_OF": record.as_of,
        "GEOMETRY_STATUS": record.geometry_status,
        "ACCURACY_M": f"{record.accuracy_m:g}",
        "SOURCE": record.source_url,
    }
