"""Cells: what a cell of a table holds, as JSON can hold it."""

import math
from typing import Any

import pandas as pd


def json_value(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Parameters
    ----------
    value : any
        A cell of a frame, or a list or mapping of such values.

    Returns
    -------
    any
        Numpy's values as Python's; what is missing, and empty text, as None; a geometry as it is.

    Examples
    --------
    >>> json_value({"floors": pd.NA, "shares": [0.5, math.nan], "use": ""})
    {'floors': None, 'shares': [0.5, None], 'use': None}
    """
    if isinstance(value, str):
        return value or None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [json_value(one) for one in value]
    if isinstance(value, dict):
        return {key: json_value(one) for key, one in value.items()}
    gone = value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))
    return None if gone else value
