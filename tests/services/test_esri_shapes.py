"""Shapes of Esri JSON as those of GeoJSON, each kind once."""

import pytest
import shapely

from nmgeo.services.esri_json import geojson_feature

RING = [[114, 22], [114, 23], [115, 23], [115, 22], [114, 22]]
HOLE = [[114.2, 22.2], [114.4, 22.2], [114.4, 22.4], [114.2, 22.4], [114.2, 22.2]]
HOLED = shapely.Polygon(RING, [HOLE]).wkt


@pytest.mark.parametrize(
    ("drawn", "wkt"),
    [
        ({"x": 114, "y": 22}, "POINT (114 22)"),
        ({"points": [[114, 22], [115, 23]]}, "MULTIPOINT ((114 22), (115 23))"),
        ({"points": [[114, 22, 7], [115, 23, 8]]}, "MULTIPOINT ((114 22), (115 23))"),
        ({"paths": [RING[:2]]}, "MULTILINESTRING ((114 22, 114 23))"),
        ({"curvePaths": [RING[:2]]}, "MULTILINESTRING ((114 22, 114 23))"),
        ({"rings": [RING]}, "POLYGON ((114 22, 114 23, 115 23, 115 22, 114 22))"),
        ({"curveRings": [RING]}, "POLYGON ((114 22, 114 23, 115 23, 115 22, 114 22))"),
        ({"rings": [RING, HOLE]}, HOLED),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_shape_is_the_same_in_geojson(drawn, wkt):
    feature = {"attributes": {"n": 1}, "geometry": drawn}
    told = geojson_feature(feature, None, "https://a.hk")

    assert (told["type"], told["properties"]) == ("Feature", {"n": 1})
    assert shapely.geometry.shape(told["geometry"]).equals(shapely.from_wkt(wkt))
