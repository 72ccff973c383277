"""Uncertainty of areas: the range of each area, and the digits that it justifies."""

import math
from typing import Any, Final

import numpy as np

from nmgeo.units import M2_PER_HECTARE

RANGE_QUAD_SEGS: Final = 16  # segments per quarter circle of a buffer that bounds a range
# Areas are rounded to whole hectares at the coarsest: coarser steps would not add up to the total.
_COARSEST_EXPONENT: Final = 0
_TWO_DIGITS_HA: Final = 9.95  # an area below this has a decimal: 1 or 2 says too little of 1.5 ha


def area_range_ha(area_ha: Any, perimeter_m: Any, accuracy_m: Any, parts: Any) -> dict[str, Any]:
    """Range of areas in hectares: no edge that is off by the accuracy or less leads out of it.

    Parameters
    ----------
    area_ha, perimeter_m, accuracy_m, parts : Series or array, same shape
        Hectares, metres, metres, and how many polygons each is made of; NaN if not known.

    Returns
    -------
    dict
        ``low_ha`` (>= 0) and ``high_ha``, same shape; NaN where the accuracy is NaN.

    Source
    ------
    Steiner: a polygon grown by d has at most its area, its perimeter times d, and a circle of d,
    which is the corners. One shrunk by d loses at most its perimeter times d.
    """
    edge_ha = perimeter_m * accuracy_m / M2_PER_HECTARE
    corners_ha = parts * math.pi * accuracy_m**2 / M2_PER_HECTARE
    return {
        "low_ha": np.maximum(area_ha - edge_ha, 0.0),
        "high_ha": area_ha + edge_ha + corners_ha,
    }


def justified_decimals(area_ha: float, accuracy_m: float, finest: int) -> int:
    """Count the decimals of an area in hectares that its accuracy justifies: 0 to ``finest``.

    Parameters
    ----------
    area_ha : float
        Hectares, >= 0.
    accuracy_m : float
        Positional error of the edge, metres, >= 0; NaN if not known.
    finest : int
        The most decimals.

    Returns
    -------
    int
        The step of the last decimal is at most half the uncertainty of a disc of that area. A
        disc has the shortest edge, so no outline of that area has a smaller uncertainty. The most
        if the accuracy is not known, 0 if the area is 0. An area below 10 ha has at least 1,
        however uncertain it is.

    Examples
    --------
    >>> [justified_decimals(11.0, accuracy_m, 2) for accuracy_m in (60, 6, 0.1, float("nan"))]
    [0, 1, 2, 2]
    >>> justified_decimals(1.49, 60, 2)
    1
    """
    if area_ha == 0 or math.isnan(area_ha):
        return -_COARSEST_EXPONENT
    if math.isnan(accuracy_m) or accuracy_m == 0:
        return finest
    edge_m = 2 * math.sqrt(math.pi * area_ha * M2_PER_HECTARE)
    uncertainty_ha = (edge_m * accuracy_m + math.pi * accuracy_m**2) / M2_PER_HECTARE
    step = math.floor(math.log10(max(uncertainty_ha / 2, 10**-finest)))
    return max(-min(step, _COARSEST_EXPONENT), int(area_ha < _TWO_DIGITS_HA))
