"""A result with geometry that a notebook shows with headings, units and rounding."""

from typing import Any

import geopandas as gpd

from nmgeo.outputs.notebook.html import table_html
from nmgeo.outputs.notebook.table import Table


class GeoTable(gpd.GeoDataFrame):  # type: ignore[misc]
    """A result with geometry; ``attrs`` name its command, its language and its credits."""

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> Any:
        """Keep the class; rows without geometry become a :class:`Table`."""
        rows = super()._constructor_from_mgr(mgr, axes)
        return rows if isinstance(rows, gpd.GeoDataFrame) else Table(rows)

    def _repr_html_(self) -> Any:
        """Return the table for a notebook; geopandas shows one that lost its columns."""
        return table_html(self) or super()._repr_html_()
