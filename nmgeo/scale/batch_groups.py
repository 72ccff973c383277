"""Groups of small batches, which are measured together: a call takes long even for one site.

The rows are those of each batch alone, since batches that are measured on coordinates join no
others. Where there is anything to say, or an error, each is measured alone, so that it is told by
the name of its batch.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.arrow_columns import one_array
from nmgeo.errors import held_notices
from nmgeo.scale.batch_counts import count_sites, sites_flat, sites_missing
from nmgeo.scale.batch_work import LEAST, Work
from nmgeo.sources import batches

_T = TypeVar("_T")
_PART: Final = 1 / 16  # of a whole batch, what is not measured alone
_GROUP: Final = 1 / 4  # of a whole batch, what is measured together
Batch = tuple[str, pa.Table]  # its name, and what the file holds
Step = Callable[[], Callable[[], Iterable[pa.Table]]]  # as of a batch


def may_join(sizes: Sequence[int]) -> bool:
    """Whether batches of so many sites are measured together, in the same way as alone."""
    if len({size < LEAST for size in sizes}) > 1:
        return False
    return max(sizes) <= batches.BATCH * _PART and sum(sizes) <= batches.BATCH * _GROUP


def in_groups(items: Iterable[_T], fit: Callable[[Sequence[_T]], bool]) -> Iterator[list[_T]]:
    """Gather what follows one another for as long as it fits; what does not by itself is alone.

    An error of an item is raised after the items before it.

    Parameters
    ----------
    items : iterable
        Batches or parts.
    fit : function
        Whether several are a group, or one may become one.
    """
    group: list[_T] = []
    try:
        for item in items:
            if group and not fit([*group, item]):
                yield group
                group = []
            group.append(item)
            if not fit([item]):  # nothing joins it, so it waits for nothing
                yield group
                group = []
    except Exception:
        if group:
            yield group
        raise
    if group:
        yield group


def batches_fit(group: Sequence[Batch]) -> bool:
    """Whether batches have the same columns and may be measured together."""
    same = group[-1][1].schema.equals(group[0][1].schema, check_metadata=True)
    return bool(same and may_join([table.num_rows for _, table in group]))


def begin_group(work: Work, group: Sequence[Batch]) -> Step:
    """Begin with the batches of a group, as :meth:`nmgeo.scale.batch_work.Work.begin` with one.

    Returns
    -------
    Step
        Whose last step gives the rows of each batch.
    """
    (name, table), *others = group
    if not others:
        step = work.begin(table, name)
        return lambda: _listed(step())
    whole = pa.concat_tables([table for _, table in group])
    counts = [table.num_rows for _, table in group]
    found = rows_together(lambda: _measured(work, whole, name, counts), whole["id"], counts)
    alone = (work.rows_of_table(table, name) for name, table in group)
    return lambda: lambda: alone if found is None else found


def _measured(work: Work, whole: pa.Table, name: str, counts: Sequence[int]) -> pa.Table:
    if max(counts) >= LEAST:
        return work.rows_of_table(whole, name)
    return work.rows(work.sites(whole, name), name, least=whole.num_rows + 1)


def _listed(finish: Callable[[], pa.Table]) -> Callable[[], Iterable[pa.Table]]:
    return lambda: [finish()]


def rows_together(
    measure: Callable[[], pa.Table], ids: pa.ChunkedArray, counts: Sequence[int]
) -> list[pa.Table] | None:
    """Measure several batches in one call, if that says nothing and leaves no site out.

    Parameters
    ----------
    measure : function
        Returns the rows of all sites, in their order.
    ids : ChunkedArray of text, n values
        The ids of the sites.
    counts : sequence of int
        How many of them are of each batch.

    Returns
    -------
    list of Table or None
        The rows of each batch; None if each has to be measured alone.
    """
    with held_notices() as said:
        try:
            rows = measure()
        except Exception:  # noqa: BLE001 - raised again where its batch is measured alone
            return None
    if said or sites_missing(rows) or sites_flat(rows):
        return None
    site = pc.index_in(rows["site_id"], value_set=one_array(ids))
    place = np.asarray(site.fill_null(-1))
    steps = np.diff(place, prepend=-1, append=len(ids))
    if not np.isin(steps, (0, 1)).all():  # a site without a row, or not in its place
        return None
    starts = np.searchsorted(place, np.cumsum([0, *counts]))
    spans = zip(starts, starts[1:], counts, strict=False)
    return [count_sites(rows.slice(a, b - a), count) for a, b, count in spans]
