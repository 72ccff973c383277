"""A project of QGIS: all layers of the GeoPackage, styled, with their relations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from nmgeo import crs
from nmgeo.outputs.map_zooms import SYMBOLS_FROM, scale_of
from nmgeo.outputs.pack.qgis_style import VERSION

_MARGIN: Final = 0.1  # of the extent, around it
_PROPERTIES: Final = (  # paths from the folder of the project, its CRS counts
    '<Paths><Absolute type="bool">false</Absolute></Paths>'
    '<SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys>'
    '<Gui><CanvasColorRedPart type="int">238</CanvasColorRedPart>'  # as round the base of the page
    '<CanvasColorGreenPart type="int">243</CanvasColorGreenPart>'
    '<CanvasColorBluePart type="int">244</CanvasColorBluePart></Gui>'
)
_CHOSEN: Final = ("rings", "links")
_GEOMETRY: Final = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon", "": "No geometry"}


@dataclass(frozen=True, kw_only=True)
class ProjectLayer:
    """A layer or table of the project.

    ``kind`` is ``Point``, ``LineString``, ``Polygon``, or empty for a table; ``group`` is the title
    of its group in the legend; ``style`` is from :func:`nmgeo.outputs.pack.qgis_style.style_parts`.
    """

    name: str
    title: str
    kind: str
    group: str
    style: str


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A field of a table that names a row of another."""

    table: str
    field: str
    of: str
    key: str


def project_xml(
    title: str,
    layers: Sequence[ProjectLayer],
    relations: Sequence[Relation],
    extent: Sequence[float],
    file: str,
) -> str:
    """Return a project as XML.

    Parameters
    ----------
    title : str
        Of the project.
    layers : sequence of ProjectLayer
        From the top of the legend down.
    relations : sequence of Relation
        Tables that belong to layers.
    extent : sequence of float
        West, south, east and north on the Hong Kong 1980 Grid.
    file : str
        The GeoPackage, beside the project.
    """
    groups = dict.fromkeys(layer.group for layer in layers)
    tree = "".join(_group(group, layers, file) for group in groups)
    order = "".join(f"<layer id={quoteattr(_id(layer))}/>" for layer in layers)
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n'
        f'<qgis version="{VERSION}" projectname={quoteattr(title)}>\n'
        f"<title>{escape(title)}</title>\n{_element('projectCrs', _system())}\n"
        f"<layer-tree-group>{tree}</layer-tree-group>\n"
        f"{_canvas(extent)}\n<projectlayers>\n"
        f"{''.join(_map_layer(layer, file) for layer in layers)}</projectlayers>\n"
        f"<layerorder>{order}</layerorder>\n"
        f"<relations>{''.join(map(_relation, relations))}</relations>\n"
        f"<properties>{_PROPERTIES}</properties>\n</qgis>\n"
    )


def _group(group: str, layers: Sequence[ProjectLayer], file: str) -> str:
    listed = "".join(
        f"<layer-tree-layer id={quoteattr(_id(layer))} name={quoteattr(layer.title)} "
        f'providerKey="ogr" '
        f'source={quoteattr(_source(layer, file))} expanded="0" checked="{_checked(layer)}"/>'
        for layer in layers
        if layer.group == group
    )
    named = f'name={quoteattr(group)} expanded="1" checked="Qt::Checked"'
    return f"<layer-tree-group {named}>{listed}</layer-tree-group>"


def _checked(layer: ProjectLayer) -> str:
    """Return whether a layer is shown at first: not what the page shows for a chosen site alone."""
    return "Qt::Unchecked" if layer.name in _CHOSEN else "Qt::Checked"


def _map_layer(layer: ProjectLayer, file: str) -> str:
    labelled = int("<labeling" in layer.style)
    zoom = SYMBOLS_FROM.get(layer.name)
    scaled = f'hasScaleBasedVisibilityFlag="{int(zoom is not None)}" '
    scaled += f'minScale="{scale_of(zoom or 0)}" maxScale="0" '
    return (
        f'<maplayer type="vector" geometry="{_GEOMETRY[layer.kind]}" '
        f'{scaled}labelsEnabled="{labelled}">'
        f"<id>{escape(_id(layer))}</id><datasource>{escape(_source(layer, file))}</datasource>"
        f"<layername>{escape(layer.title)}</layername>"
        f"{_element('srs', _system()) if layer.kind else ''}"
        f'<provider encoding="UTF-8">ogr</provider>\n{layer.style}</maplayer>\n'
    )


def _relation(one: Relation) -> str:
    name = f"{one.table}_of_{one.of}"
    return (
        f'<relation id="{name}" name="{name}" strength="Association" '
        f'referencingLayer="{_identified(one.table)}" referencedLayer="{_identified(one.of)}">'
        f'<fieldRef referencingField="{one.field}" referencedField="{one.key}"/></relation>'
    )


def _canvas(extent: Sequence[float]) -> str:
    west, south, east, north = extent
    wide, high = (east - west) * _MARGIN, (north - south) * _MARGIN
    edges = {
        "xmin": west - wide,
        "ymin": south - high,
        "xmax": east + wide,
        "ymax": north + high,
    }
    numbers = "".join(f"<{name}>{value:.1f}</{name}>" for name, value in edges.items())
    system = _element("destinationsrs", _system())
    shown = f"<units>meters</units><extent>{numbers}</extent>{system}"
    return f'<mapcanvas name="theMapCanvas">{shown}</mapcanvas>'


def _system() -> str:
    code, wkt = ":".join(crs.HK80.to_authority() or ()), escape(crs.HK80.to_wkt())
    return f"<spatialrefsys><wkt>{wkt}</wkt><authid>{code}</authid></spatialrefsys>"


def _source(layer: ProjectLayer, file: str) -> str:
    return f"./{file}|layername={layer.name}"


def _id(layer: ProjectLayer) -> str:
    return _identified(layer.name)


def _identified(name: str) -> str:
    """Return the id of a layer; QGIS replaces ids of ten characters or fewer."""
    return f"nmgeo_layer_{name}"


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
