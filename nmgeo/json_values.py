"""Values of tables as JSON values."""

import json
import math
from datetime import date, time
from decimal import Decimal
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
        Numpy values and decimals as Python numbers; missing values, infinite numbers and empty
        text as None; a geometry unchanged.

    Examples
    --------
    >>> json_value({"floors": pd.NA, "shares": [0.5, math.nan], "use": ""})
    {'floors': None, 'shares': [0.5, None], 'use': None}
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        number = float(value)
        value = int(value) if number.is_integer() else number
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {key: json_value(item) for key, item in value.items()}
    is_missing = (
        value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value))
    )
    return None if is_missing else value


def json_text(value: Any) -> str:
    """Return a value as text: text as it is, anything else as JSON writes it.

    Parameters
    ----------
    value : any
        What :func:`json_value` takes.

    Returns
    -------
    str
        A whole number without decimals, even if it is a float; dates and times as ISO 8601 has
        them.

    Examples
    --------
    >>> json_text(12345.0), json_text(True), json_text(["x", None])
    ('12345', 'true', '["x", null]')
    >>> json_text(pd.Timestamp("2026-01-01 08:00"))
    '2026-01-01T08:00:00'
    """
    plain = json_value(value)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, float) and plain.is_integer():
        return str(int(plain))
    if isinstance(plain, date | time):
        return plain.isoformat()
    if not isinstance(plain, int | float | list | dict | None):
        return str(plain)
    return json.dumps(plain, ensure_ascii=False, default=str)
