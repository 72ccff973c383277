"""Let a notebook show what the public functions return as the terminal does."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


@cache
def with_display(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a notebook show what a command returns with headings, units and rounding.

    Parameters
    ----------
    function : callable
        A command that returns a DataFrame or a GeoDataFrame.

    Returns
    -------
    callable
        The same command. Its result is a :class:`nmgeo.outputs.notebook.table.Table`, or a
        :class:`nmgeo.outputs.notebook.geo_table.GeoTable` if it has geometry.
    """

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        rows: Any = function(*args, **kwargs)
        attrs = {**rows.attrs, "command": function.__name__, "lang": kwargs.get("lang", "en")}
        found = _classed(rows)
        found.attrs = attrs
        return found  # type: ignore[no-any-return]

    return call


def _classed(rows: Any) -> Any:
    """Return the same rows in a class that shows itself; geopandas is loaded only for geometry."""
    if hasattr(rows, "active_geometry_name"):
        from nmgeo.outputs.notebook.geo_table import GeoTable  # noqa: PLC0415 - see above

        return GeoTable(rows)
    from nmgeo.outputs.notebook.table import Table  # noqa: PLC0415 - pandas too

    return Table(rows)
