"""A result without geometry that a notebook shows with headings, units and rounding."""

from collections.abc import Callable
from typing import Any

import pandas as pd


class Table(pd.DataFrame):
    """A result without geometry; ``attrs`` name its command, its language and its credits."""

    @property
    def _constructor(self) -> Callable[..., "Table"]:
        return Table

    def _repr_html_(self) -> Any:
        """Return the table for a notebook; pandas shows one that lost its columns."""
        from nmgeo.outputs.notebook.html import table_html  # noqa: PLC0415 - only in a notebook

        return table_html(self) or pd.DataFrame(self)._repr_html_()  # type: ignore[operator]
