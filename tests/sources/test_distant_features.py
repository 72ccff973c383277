"""Features well outside Hong Kong are read and said; the Shenzhen side is no surprise."""

import warnings

import pytest
from world import layer, point, square

from nmgeo.errors import Notice
from nmgeo.sources.distant_features import warn_of_distant


def test_features_far_from_hong_kong_are_said():
    frame = layer({"in": square(0, 0, 100), "sea": point(10_000, -50_000), "e": point(60_000, 0)})
    with pytest.warns(Notice, match=r"a\.gpkg: more than 5 km outside Hong Kong: 2 features"):
        warn_of_distant(frame.to_crs(4326), "a.gpkg")


def test_the_shenzhen_side_is_not():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_distant(layer({"bay": point(0, 6_000), "east": point(30_000, 9_000)}), "a.gpkg")
