"""What was pulled: list the versions of layers in the cache, remove them, and check them."""

from collections.abc import Iterable
from typing import Final

import pandas as pd

from nmgeo.cache import (
    PulledLayer,
    checked_data,
    find_versions,
    pulled_versions,
    remove_versions,
    require_name,
)
from nmgeo.commands.calls import takes_rows
from nmgeo.errors import AuditError, LayerError
from nmgeo.messages import text

_COLUMNS: Final = ["layer", "version", "features_count", "bytes", "source_url", "sha256"]


def versions_table(layers: Iterable[PulledLayer]) -> pd.DataFrame:
    """Return versions as a table, one row each."""
    rows = [
        {
            "layer": one.name,
            "version": one.version,
            "features_count": one.count,
            "bytes": one.size,
            "source_url": one.url,
            "sha256": one.sha256,
        }
        for one in layers
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def pull_list() -> pd.DataFrame:
    """List every version in the cache.

    Returns
    -------
    DataFrame
        As of :func:`nmgeo.pull`, a row for each version.
    """
    return versions_table(pulled_versions())


def pull_remove(name: str) -> pd.DataFrame:
    """Remove all versions of a layer from the cache.

    Parameters
    ----------
    name : str
        The layer.

    Returns
    -------
    DataFrame
        What was removed.

    Raises
    ------
    UnknownLayerError
        If the cache has no such layer.
    """
    return versions_table(remove_versions(require_name(name)))


def pull_verify(name: str | None = None) -> pd.DataFrame:
    """Check that the files of the cache are as they were fetched.

    Parameters
    ----------
    name : str, optional
        One layer; all if not given.

    Returns
    -------
    DataFrame
        ``layer``, ``version`` and ``result`` (``ok`` or ``broken``).

    Raises
    ------
    UnknownLayerError
        If the cache has no such layer.
    """
    found = pulled_versions() if name is None else find_versions(name)
    rows = [{"layer": one.name, "version": one.version, "result": _result(one)} for one in found]
    return pd.DataFrame(rows, columns=["layer", "version", "result"])


def _result(layer: PulledLayer) -> str:
    try:
        checked_data(layer)
    except (LayerError, OSError):
        return "broken"
    return "ok"


@takes_rows("pull_verify", "result")
def require_whole(rows: pd.DataFrame) -> None:
    """Stop if a file of the cache was altered.

    Parameters
    ----------
    rows : DataFrame
        From :func:`pull_verify`.

    Raises
    ------
    AuditError
        With how many.
    """
    if count := int((rows["result"] == "broken").sum()):
        wrong = text("{count} files altered", count=count)
        raise AuditError("nmgeo pull --verify", wrong, text("remove them and fetch them again"))
