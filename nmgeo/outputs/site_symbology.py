"""How sites, and what is drawn of them, look on the page, on paper and in QGIS.

A colour tells sites apart, a dash and a hatch say how sure an outline is. Maps on paper and in QGIS
read the colour from a column, so that both show what the page shows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo.outputs.appearance import SITES, Appearance, classes_by_layer
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.colour_classes import PATTERNS, Classes
from nmgeo.outputs.map_styles import (
    COLOURS,
    LAYERS,
    OWN_LAYER,
    ROADS,
    Style,
    certainty_hatch,
    opening_stages,
    site_style,
    stage_style,
    style_of,
)
from nmgeo.translations import Lang, separator, translate

COLOUR: Final = "map_colour"  # of a feature
HATCH: Final = "map_hatch"  # over its colour, of HATCHES
MAIN: Final = "main_outline"  # whether an outline is the first of its site
AROUND: Final = ("rings", "links")  # layers that are drawn round sites, if a map has rings
MAX_NAMED_SITES: Final = 200  # with more, sites have no colours or legend entries of their own
STATUS_STYLES: Final[Mapping[str, tuple[str, str]]] = {  # colour and pattern
    **dict.fromkeys(("open", "completed", "in_force"), (COLOURS[2], "")),
    "partly_open": (COLOURS[0], "dots"),
    **dict.fromkeys(("under_construction", "under_way", "rebuilding"), (COLOURS[1], "lines")),
    **dict.fromkeys(
        (
            *("planned", "proposed", "announced", "approved", "gazetted", "tender_open"),
            *("awarded", "reported", "aimed"),
        ),
        (COLOURS[3], "cross"),
    ),
}
# Shipped sites are told apart by colour, name and outline; all three colours pass on both grounds.
_SHIPPED_COLOURS: Final = ("#0072b2", "#d55e00", "#8a4fbf")
_MORE_COLOURS: Final = ("#8a4fbf", "#882255", "#b5a642")  # beside classes, which take others
_CLASS_OPACITY: Final = 0.45
_NAMED: Final = 3  # sites that a legend names; more are said together
_PLAIN: Final = Appearance()


def site_colours(atlas: Atlas, classes: Mapping[str, Classes]) -> list[tuple[str, str]]:
    """Return colour and hatch of each outline: by its class, its status, or its site.

    One whose class has no hatch is hatched after how sure its outline is. ``classes`` are those of
    own sites and layers; a site without a class has a colour that no layer of the user has, as far
    as there are such.
    """
    sure = atlas.sites["geometry_status"]
    taken = {colour for one in classes.values() for colour in one.colours}
    plain = (n for n, name in enumerate(atlas.catalog.own_layers) if name not in classes)
    taken |= {own_colour(number) for number in plain}
    more = _MORE_COLOURS if taken else ()
    palette = sorted((*COLOURS, *more), key=taken.__contains__)  # those that are free first
    found = zip(_class_colours(atlas, classes.get(SITES), palette), sure, strict=True)
    return [(colour, hatch or certainty_hatch(status)) for (colour, hatch), status in found]


def _class_colours(
    atlas: Atlas, classes: Classes | None, palette: Sequence[str]
) -> list[tuple[str, str]]:
    sites = atlas.sites
    order = {site: number for number, site in enumerate(dict.fromkeys(sites["site_id"]))}
    if classes is not None:
        return [(classes.colours[code], classes.patterns[code]) for code in classes.codes]
    numbers = [order[site] for site in sites["site_id"]]
    if atlas.catalog.own_sites is None:
        return [(_SHIPPED_COLOURS[n % len(_SHIPPED_COLOURS)], "") for n in numbers]
    alike = len(order) > MAX_NAMED_SITES
    own = [(palette[0 if alike else n % len(palette)], "") for n in numbers]
    statuses = sites["status"].astype(str)
    return [STATUS_STYLES.get(status, look) for status, look in zip(statuses, own, strict=True)]


def coloured_layers(
    atlas: Atlas, rings: gpd.GeoDataFrame, look: Appearance = _PLAIN
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers above the base from the bottom up, with the colours of the page.

    Parameters
    ----------
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    rings : GeoDataFrame
        Those of the atlas, with or without counts.
    look : Appearance
        The column by which the user's own data are coloured.

    Returns
    -------
    dict of GeoDataFrame
        By name. Sites, rings, shortest lines and own layers have the column ``map_colour``, sites
        also ``map_hatch`` and ``main_outline``; so have own layers whose classes have a hatch.
    """
    classes = classes_by_layer(atlas, look)
    looks = site_colours(atlas, classes)
    colours, hatches = [colour for colour, _ in looks], [hatch for _, hatch in looks]
    main = ~atlas.sites["site_id"].duplicated()
    sites = atlas.sites.assign(**{COLOUR: colours, HATCH: hatches, MAIN: main})
    of_outline = dict(zip(sites.index.astype(str), colours, strict=True))
    drawn = {**atlas.layers, SITES: sites}
    for name, rows in (("rings", rings), ("links", atlas.links)):
        ids = rows["outline_id"] if "outline_id" in rows else rows.index.to_series()
        drawn[name] = rows.assign(**{COLOUR: ids.astype(str).map(of_outline)})
    for number, name in enumerate(atlas.catalog.own_layers):
        found = classes.get(name)
        own = own_colour(number) if found is None else [found.colours[c] for c in found.codes]
        drawn[name] = drawn[name].assign(**{COLOUR: own})
        if found is not None and any(found.patterns):
            drawn[name] = drawn[name].assign(**{HATCH: [found.patterns[c] for c in found.codes]})
    above = list(LAYERS)[list(LAYERS).index(SITES) :]
    below = [name for name in LAYERS if name not in above]
    order = (*below, *atlas.catalog.own_layers, *above)
    left_out = () if atlas.at else AROUND
    return {name: drawn[name] for name in order if name in drawn and name not in left_out}


def own_colour(number: int) -> str:
    """Return the colour of an own layer without classes, by its place among own layers."""
    return COLOURS[(number + COLOURS.index(OWN_LAYER.fill)) % len(COLOURS)]


def class_labels(atlas: Atlas) -> dict[str, dict[str, str]]:
    """Return what the colours of the classes of own sites and layers mean, by layer and colour."""
    found: dict[str, dict[str, str]] = {}
    for name, classes in classes_by_layer(atlas, _PLAIN).items():
        labels = found.setdefault(name, {})
        for label, colour in zip(classes.labels, classes.colours, strict=True):
            labels[colour] = "; ".join(filter(None, [labels.get(colour), label]))
    return found


def class_key(look: Style) -> tuple[str, str]:
    """Return the colour and the pattern of a class, by what is drawn of it."""
    return look.colour, look.hatch if look.hatch in PATTERNS else ""


def legend_place(labels: Iterable[Any], key: Any) -> int:
    """Return where a class stands in a legend of these classes; after the others if it is none."""
    return [*labels, key].index(key)


def styles_of(
    name: str, rows: gpd.GeoDataFrame, year: int, *, classed: bool = False
) -> list[Style]:
    """Return the style of each feature of a layer in a year."""
    none = [""] * len(rows)
    colours = rows.get(COLOUR, none)
    if name == SITES:
        statuses, hatches = rows.get("geometry_status", none), rows.get(HATCH, none)
        main = rows.get(MAIN, [True] * len(rows))
        return list(map(site_style, statuses, colours, hatches, main))
    if name == "roads" and "kind" in rows:
        return [ROADS.get(kind, style_of(name)) for kind in rows["kind"]]
    plain = replace(style_of(name), opacity=_CLASS_OPACITY) if classed else style_of(name)
    stages = opening_stages(name, rows, year)
    hatches = rows.get(HATCH, none)
    return [
        stage_style(replace(with_colour(plain, colour), hatch=hatch or plain.hatch), stage)
        for colour, hatch, stage in zip(colours, hatches, stages, strict=True)
    ]


def with_colour(look: Style, colour: Any) -> Style:
    """Return a style in another colour; the style as it is if there is none."""
    if not isinstance(colour, str) or not colour:
        return look
    return replace(look, fill=look.fill and colour, line=look.line and colour)


def site_groups(rows: gpd.GeoDataFrame) -> Iterator[tuple[Style, gpd.GeoDataFrame]]:
    """Yield the styles of sites, each with its sites, in the order of the sites."""
    styles = styles_of(SITES, rows, 0)
    for look in dict.fromkeys(styles):
        yield look, rows[[one == look for one in styles]]


def site_words(
    rows: gpd.GeoDataFrame, names: Sequence[str], title: str, languages: Sequence[Lang]
) -> str:
    """Return what a legend says of sites of one style: which they are, and how sure they are.

    Parameters
    ----------
    rows : GeoDataFrame, n rows
        Sites that look the same.
    names : sequence of str, n long
        Their names.
    title : str
        What many of them are called together.
    languages : sequence of {"en", "tc", "sc"}
        Of the words, in turn.
    """
    few = list(dict.fromkeys(filter(None, names)))
    comma, colon = (separator(key, languages[0]) for key in ("comma", "colon"))
    called = comma.join(few) if 0 < len(few) <= _NAMED else title
    said = [("basis", rows["basis"])] if MAIN in rows and not rows[MAIN].all() else []
    said += [(key, rows[key]) for key in ("status", "geometry_status") if key in rows]
    words = [_words(key, values, languages) for key, values in said]
    return colon.join(filter(None, [called, comma.join(filter(None, words))]))


def _words(section: str, values: pd.Series, languages: Sequence[Lang]) -> str:
    """Return the word for a value that all rows have; nothing if they differ."""
    found = values.fillna("").astype(str).unique()
    if len(found) != 1 or not found[0]:
        return ""
    return " ".join(dict.fromkeys(translate(section, found[0], lang) for lang in languages))
