"""Check a record of ``layers.toml``: that it has each field that it needs, of its type."""

import math
from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, Final, get_type_hints

from nmgeo.messages import Text, list_all, text
from nmgeo.units import MOST_ACCURACY_M

_NOT_WRITTEN: Final = ("name", "path")  # set by who reads the record
_FILE: Final = "file"


def fault_of_record(kind: type, entry: Any) -> tuple[Text, Text] | None:
    """Say what is wrong with a record, and what to do.

    Parameters
    ----------
    kind : type
        The dataclass that is made of it.
    entry : object
        The record as TOML has it.

    Returns
    -------
    (Text, Text) or None
        The fault and its remedy, None if all is as it should be.
    """
    types, needed = _fields_of(kind)
    if not isinstance(entry, Mapping):
        return text("is {value!r}", value=entry), text("restore it")
    if lost := [name for name in needed if name not in entry]:
        return text("lacks the field {names}", names=list_all(lost)), text("fill it in")
    if odd := [name for name in entry if name not in types]:
        return text("has no field {names}", names=list_all(odd)), text("take it out")
    for name, value in entry.items():
        if wanted := _wanted(types[name], value):
            return text("{field} is {value!r}", field=name, value=value), wanted
    return None


@cache
def _fields_of(kind: type) -> tuple[dict[str, Any], list[str]]:
    """Return the type of each field that may be written, and which have to be."""
    hints = get_type_hints(kind)
    named = [field for field in fields(kind) if field.name not in _NOT_WRITTEN]
    needed = [field.name for field in named if field.default is MISSING]
    return {_FILE: str, **{one.name: hints[one.name] for one in named}}, [_FILE, *needed]


def _wanted(kind: Any, value: Any) -> Text | None:
    """Say what a field should hold, None if it does."""
    if kind is float:
        fits = _is_number(value) and 0 <= value <= MOST_ACCURACY_M
        return None if fits else text("give 0 to {most:,.0f} m", most=MOST_ACCURACY_M)
    if kind is bool:
        return None if isinstance(value, bool) else text("write true or false")
    if kind is str:
        return None if isinstance(value, str) else text("write text in quotation marks")
    return None if _is_list_of_text(value) else text("write a list of texts")


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_list_of_text(value: Any) -> bool:
    is_list = isinstance(value, Collection) and not isinstance(value, str)
    return is_list and all(isinstance(one, str) for one in value)
