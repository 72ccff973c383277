"""A small world for tests: geometry on a metre grid, and the files that a user would bring.

(0, 0) of the grid is E 824000 N 840000 of the Hong Kong 1980 Grid, in San Tin.
"""

import csv
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.affinity import translate

from nmgeo import crs as ruler
from nmgeo.catalog import OwnFile
from nmgeo.sources.own_layer import read_own

EAST, NORTH = 824_000, 840_000

_DRIVERS = {
    ".geojson": "GeoJSON",
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".kml": "KML",
}


def point(x, y):
    return Point(EAST + x, NORTH + y)


def line(*xys):
    return LineString([(EAST + x, NORTH + y) for x, y in xys])


def square(x, y, side):
    """Build a square whose south-west corner is (x, y)."""
    return shapely.box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side)


def bow_tie(x, y, side):
    """Build a square drawn crosswise: two triangles that hold half its area."""
    ring = [(0, 0), (side, side), (side, 0), (0, side), (0, 0)]
    return translate(Polygon(ring), EAST + x, NORTH + y)


def multi(*polygons):
    return MultiPolygon(polygons)


def layer(shapes, **columns):
    """Build a frame of features in EPSG:2326: ``layer({"a": point(0, 0)}, name_en=["Ah"])``."""
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes.values()), crs=ruler.HK80)
    return frame.set_index(pd.Index(list(shapes), name="feature_id", dtype=object))


def points(**places):
    """Build a layer of points: ``points(a=(0, 0), b=(30, 0))``."""
    return layer({name: point(*xy) for name, xy in places.items()})


def sites(basis="whole", **shapes):
    """Build a table of sites, one outline each: ``sites(a=square(0, 0, 100))``."""
    frame = layer(shapes, site_id=list(shapes), basis=[basis] * len(shapes))
    return frame.rename_axis("outline_id")


def write(frame, path, crs=ruler.WGS84, **options):
    """Write a frame as a user would have it: the ids as column ``id``, in WGS 84."""
    flat = frame.to_crs(crs).rename_axis("id").reset_index()
    flat.to_file(path, driver=_DRIVERS[Path(path).suffix], **options)
    return str(path)


def write_json(path, features, **members):
    """Write GeoJSON member for member: ``features`` are (geometry or its dict, id, properties)."""
    rows = [
        {
            "type": "Feature",
            **({} if key is None else {"id": key}),
            "properties": properties,
            "geometry": shape if shape is None or isinstance(shape, dict) else mapped(shape),
        }
        for shape, key, properties in features
    ]
    document = {"type": "FeatureCollection", **members, "features": rows}
    Path(path).write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def write_csv(path, *rows):
    """Write rows of cells as a CSV file."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def mapped(shape):
    """Return a geometry of the grid as GeoJSON holds it, in WGS 84."""
    return shapely.geometry.mapping(lonlat(shape))


def lonlat(shape):
    """Bring a geometry of the grid to WGS 84."""
    return gpd.GeoSeries([shape], crs=ruler.HK80).to_crs(ruler.WGS84).iloc[0]


def read(path, **said):
    """Read a user's file: ``read("a.csv", crs="EPSG:4326")``."""
    return read_own(OwnFile(path=str(path), **said))


def ledger(**holds_for):
    """Return instruments by id, each with the places that it holds for."""
    frame = pd.DataFrame({"holds_for": pd.Series(holds_for, dtype=object)})
    return frame.rename_axis("policy_id")


RULES = ledger(
    all_hk=("hong_kong",),
    for_lot=("lot",),
    for_park=("park",),
    north=("northern_metropolis",),
    elsewhere=("somewhere",),
)


def files(here, *layers):
    """Return the options that give a command what a catalog holds of the user's own."""
    own = [f"{name}={here.own_layers[name].path}" for name in layers]
    return ("--sites", here.own_sites.path, *(word for text in own for word in ("--layer", text)))
