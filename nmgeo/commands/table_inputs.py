"""What is said of a table without outlines, beside what is said of the sites."""

from collections.abc import Mapping, Sequence
from typing import Any

from nmgeo.commands.inputs import Features, Inputs


def split_table(
    inputs: Inputs, table: str, words: Sequence[str], sites: Features | None
) -> tuple[Inputs, dict[str, Any]]:
    """Tell what is said of a table beside the sites from what is said of the sites.

    Parameters
    ----------
    inputs : Inputs
        The shared keywords of the command.
    table : str
        The parameter that is the table: its name in a mapping.
    words : sequence of str
        The keywords that the table takes.
    sites : optional
        The sites of this call, if any: a text is said of both.

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
