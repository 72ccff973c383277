"""The command export into a PostGIS database: one layer as one table."""

from collections.abc import Sequence
from typing import Unpack

import geopandas as gpd

from nmgeo import crs
from nmgeo.commands.inputs import Features, Inputs, Length, read_lengths, takes_features
from nmgeo.commands.ring_distances import DISTANCES
from nmgeo.errors import UsageError
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.plain_text import plain_table
from nmgeo.formats.read_back import Written
from nmgeo.formats.rows import GEOMETRY, attribute_names, to_arrow
from nmgeo.measures.areas import area_ha
from nmgeo.messages import option, text
from nmgeo.outputs.export import chosen_layer, credit_lines_of, open_layer, with_ids
from nmgeo.outputs.postgis import (
    NAME_BYTES,
    DatabaseTable,
    is_address,
    shown_address,
    store_tables,
)
from nmgeo.sources.stated_times import with_times
from nmgeo.translations import Lang


@takes_features()
def export_to(
    to: str,
    layer: Features = "sites",
    sites: Features | None = None,
    *,
    schema: str = "public",
    replace: bool = False,
    at: Length | Sequence[Length] = DISTANCES,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> Written:
    """Write a layer into a PostGIS database, in one transaction.

    Parameters
    ----------
    to : str
        Address of the database, ``"postgresql://user@host/name"``. Leave the password to
        ``PGPASSWORD`` or ``~/.pgpass``; it is never shown.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        As for :func:`nmgeo.export`; its name is that of the table.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    schema : str
        Schema of the table; created if necessary.
    replace : bool
        Whether to replace a table of this name.
    at : str, float or sequence of them
        Distances of ``rings``: ``"300m"``, ``[500, "1km"]``.
    lang : {"en", "tc", "sc"}
        Language of ``name`` and of the comments.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    Written
        The number of rows and their area in hectares, as the database counts them.

    Raises
    ------
    UsageError
        If the address is none, or psycopg is not installed.
    ExportError
        If the database refuses or is lost, or the table exists; nothing is changed.
    """
    if not is_address(to):
        remedy = text("write one such as {url}", url="postgresql://user@host/name")
        wrong = text("not the address of a database")
        raise UsageError(option("to", shown_address(to)), wrong, remedy)
    here, chosen = open_layer(inputs, sites, layer)
    frame = chosen_layer(here, chosen, read_lengths(at, "at"), lang)
    frame = with_times(frame, here, chosen)
    name = chosen if isinstance(chosen, str) else "layer"
    table = _table(name, frame, credit_lines_of(here, chosen, frame, lang))
    return store_tables(to, schema, [table], lang, replace=replace)[0]


def _table(name: str, frame: gpd.GeoDataFrame, credit_lines: Sequence[str]) -> DatabaseTable:
    rows = with_ids(frame, credit_lines)
    rows = rows.set_geometry(crs.to_hk80(rows))
    stored = plain_table(to_arrow(rows, times=True))
    heads = unique_names(attribute_names(stored), [GEOMETRY.name], size=NAME_BYTES)
    return DatabaseTable(
        name=unique_names([name], size=NAME_BYTES)[0],
        rows=stored.rename_columns([*heads, GEOMETRY.name]),
        comment="; ".join(credit_lines),
        area_ha=float(area_ha(rows).sum()),
        indexed=heads[:1],
    )
