"""Pieces: what shapes share, by row and then by other, with nothing beside."""

import numpy as np
import shapely
from world import square

from nmgeo.measures.pieces import shared_pieces


def test_shared_land_is_listed_by_shape_and_what_only_touches_is_not():
    shapes = np.array([square(0, 0, 100), square(200, 0, 100)])
    others = np.array([square(250, 0, 100), square(50, 0, 100), square(300, 0, 50)])

    found = shared_pieces(shapes, others)

    assert found.columns.tolist() == ["row", "other", "piece_m2", "geometry"]
    assert found[["row", "other", "piece_m2"]].to_numpy().tolist() == [[0, 1, 5_000], [1, 0, 5_000]]
    assert shapely.area(found["geometry"].to_numpy()).tolist() == [5_000, 5_000]
