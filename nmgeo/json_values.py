"""Values of tables as JSON values."""

import math
from typing import Any

import pandas as pd


def json_value(value: Any) -> Any:
    """Convert a value of a frame to a JSON value.

    Parameters
    ----------
    value : any
        A value of a frame, or a list or dict of such values.

    Returns
    -------
    any
        Numpy values as Python values; missing values and empty text as None; a geometry unchanged.

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
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {key: json_value(item) for key, item in value.items()}
    is_missing = (
        value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))
    )
    return None if is_missing else value
