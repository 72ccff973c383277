"""What the style of a layer in QGIS depends on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nmgeo.languages import Lang
from nmgeo.outputs.map_styles import OWN_LAYER, Style
from nmgeo.outputs.merged_symbols import Merged

Category = tuple[str, str, Style]  # value, words and style


@dataclass(frozen=True, kw_only=True)
class Styled:
    """What a style depends on.

    Parameters
    ----------
    layer : str
        Name of the layer.
    kind : str
        ``Point``, ``LineString`` or ``Polygon``; empty for a table.
    fields : sequence of str
        Its columns.
    lang : {"en", "tc", "sc"}
        Language of labels and of the legend.
    year : int
        The year that is shown.
    stages : sequence of str
        Stages of its features in that year, of :data:`nmgeo.outputs.map_styles.STAGES`.
    plain : Style
        Of a feature that is none of the others.
    attribute : str
        Attribute or expression of QGIS by which features look different; empty for none.
    categories : sequence of (value, words, Style)
        How they look by its values.
    named : bool
        Whether they are so few that their names are written on the map, and that a site which is
        small there is a disc.
    figures : mapping of str to str
        The last line of the name of a site, by the id of its outline.
    merged : sequence of Merged
        Control points that are drawn round a station on a small map.
    """

    layer: str
    kind: str
    fields: Sequence[str]
    lang: Lang
    year: int = 0
    stages: Sequence[str] = ()
    plain: Style = OWN_LAYER
    attribute: str = ""
    categories: Sequence[Category] = ()
    named: bool = True
    figures: Mapping[str, str] = field(default_factory=dict)
    merged: Sequence[Merged] = ()
