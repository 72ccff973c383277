"""The layers and tables of a catalog, and the caveat of each."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from nmgeo.cache import TILES_KIND, PulledLayer, pulled_versions
from nmgeo.catalog import Catalog, OwnFile, open_catalog
from nmgeo.names import in_language
from nmgeo.records.tables import read_translations
from nmgeo.translations import Lang, join_texts, translate


def layers(catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """List the layers and tables that there are.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of the titles and caveats.

    Returns
    -------
    DataFrame
        One row a file, and one for each version of a layer of the cache: name, title, kind of
        geometry, how certain and accurate (metres) its least certain feature is, date, licence,
        credit, source and SHA-256. Your own file replaces the shipped one of the same name.

    Raises
    ------
    LayerError
        If the registry cannot be read.
    """
    here = catalog or open_catalog()
    rows = []
    own = here.own_layers | ({} if here.own_sites is None else {"sites": here.own_sites})
    for record in (*here.layers.values(), *here.tables.values()):
        if record.name in own:
            continue
        row = asdict(record) | {"layer": record.name, "file": record.path.name}
        said = {
            "title": row.get(f"title_{lang}", row["title_en"]),
            "caveat": _told(row.get("caveat", ""), here, lang),
        }
        rows.append(row | said)
    known = pulled_versions() if here.pulled else ()
    rows += [_of_cache(one) for one in known if one.kind != TILES_KIND]
    rows += [_of_user(name, file) for name, file in own.items()]
    first = ["layer", "title", "geometry", "geometry_status", "accuracy_m", "as_of", "licence"]
    table = pd.DataFrame(rows)
    return table[[*first, "credit", "source_url", "file", "sha256", "caveat"]]


def _of_cache(layer: PulledLayer) -> dict[str, Any]:
    """Describe one version of a layer that was fetched."""
    return {
        **asdict(layer),
        "layer": layer.name,
        "title": layer.title,
        "source_url": layer.url,
        "file": "/".join(layer.path.parts[-3:]),
    }


def _of_user(name: str, file: OwnFile) -> dict[str, Any]:
    """Describe a file of the user, given in the call or in a project file."""
    said = {word: getattr(file, word) for word in ("accuracy_m", "licence", "credit")}
    return {"layer": name, "file": file.path, **said}


def caveat(layer: str, catalog: Catalog | None = None, *, lang: Lang = "en") -> str:
    """Return what the registry warns of in a layer.

    Parameters
    ----------
    layer : str
        A layer of the catalog, or one of the user's own, of which nothing is said.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        English, or our translation if there is one.

    Returns
    -------
    str
        A sentence; empty where there is nothing to warn of.

    Raises
    ------
    LayerError
        If the file of translations is missing or broken, and it is asked for.
    """
    here = catalog or open_catalog()
    if layer in {*here.own_layers, *here.pulled} or layer not in here.layers:
        return ""
    return _told(here.layers[layer].caveat, here, lang)


def caveat_notes(layer: str, catalog: Catalog, lang: Lang, *, among: bool = False) -> list[str]:
    """Return the caveat of a layer after its title, as a note on what is measured with it.

    Sites that are measured ``among`` themselves have none if they are the user's own.
    """
    if among and layer == "sites" and catalog.own_sites is not None:
        return []
    if said := caveat(layer, catalog, lang=lang):
        return [join_texts([translate("layer", layer, lang), said], "colon", lang)]
    return []


def _told(text: str, here: Catalog, lang: Lang) -> str:
    ours = {} if lang == "en" else read_translations(here)
    return in_language(text, ours, lang)
