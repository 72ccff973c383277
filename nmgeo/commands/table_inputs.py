"""Shared keywords of a command that takes a table without outlines and sites."""

from collections.abc import Mapping, Sequence
from typing import Any

from nmgeo.commands.inputs import Features, Inputs


def split_table(
    inputs: Inputs, table: str, words: Sequence[str], sites: Features | None
) -> tuple[Inputs, dict[str, Any]]:
    """Split the shared keywords of a command into those of its sites and those of its table.

    Parameters
    ----------
    inputs : Inputs
        The shared keywords of the command.
    table : str
        Name of the parameter that takes the table, also its key in a mapping:
        ``encoding={"table": "big5"}``.
    words : sequence of str
        The keywords that the table takes, such as ``encoding``.
    sites : optional
        The sites of this call. With them a text is of both, without them of the table alone.

    Returns
    -------
    (Inputs, dict)
        The keywords of the sites, and those of the table.
    """
    of_sites: dict[str, Any] = dict(inputs)
    of_table: dict[str, Any] = {}
    for word in words:
        said = of_sites.get(word)
        if isinstance(said, Mapping):
            of_table[word] = said.get(table)
            of_sites[word] = {name: value for name, value in said.items() if name != table}
        elif said is not None:
            of_table[word] = said
            of_sites[word] = None if sites is None else said
    return of_sites, of_table  # type: ignore[return-value]
