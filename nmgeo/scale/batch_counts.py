"""Of how many sites the rows of a batch are, and how many of them are not measured."""

from typing import Final

import pyarrow as pa

_SITES: Final = b"sites"
_MISSING: Final = b"sites without geometry"
_FLAT: Final = b"sites without area"


def count_sites(table: pa.Table, sites: int, missing: int = 0, flat: int = 0) -> pa.Table:
    """Keep in the metadata of rows of how many sites they are, and how many are not measured.

    Parameters
    ----------
    table : Table
        The rows of a batch.
    sites : int
        How many sites they are of.
    missing : int
        How many of them have no geometry.
    flat : int
        How many have no area, where the command measures it.
    """
    told = {_SITES: str(sites), _MISSING: str(missing), _FLAT: str(flat)}
    return table.replace_schema_metadata(told)


def sites_of(table: pa.Table) -> int:
    """Return of how many sites the rows of a batch are."""
    return int(table.schema.metadata[_SITES])


def sites_missing(table: pa.Table) -> int:
    """Return how many sites of a batch have no geometry."""
    return int(table.schema.metadata[_MISSING])


def sites_flat(table: pa.Table) -> int:
    """Return how many sites of a batch have no area, where the command measures it."""
    return int(table.schema.metadata[_FLAT])
