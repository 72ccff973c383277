"""Ids by their hashes against sets of Python: what stands twice, in one batch or in two."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from nmgeo.errors import LayerError
from nmgeo.scale.seen_ids import SeenIds
from nmgeo.scale.site_facts import facts_of_table

IDS = st.lists(st.sampled_from(["", "a", "b", "ab", "a" * 8, "a" * 9, "元朗", "元朗1"]), max_size=8)


def add_as_sets(batches: list[list[str]]) -> list[str | None]:
    """Return for each batch the first id that an earlier batch had; such a batch is not added."""
    known: set[str] = set()
    found = []
    for ids in batches:
        again = next((one for one in ids if one in known), None)
        found.append(again)
        if again is None:
            known |= set(ids)
    return found


@given(st.lists(IDS, max_size=5), st.integers(1, 3))
def test_an_id_of_an_earlier_batch_is_found_however_often_it_is_repeated(
    batches: list[list[str]], rows: int
) -> None:
    seen = SeenIds()
    found = [seen.add(pa.array(np.repeat(ids, rows).tolist(), pa.string())) for ids in batches]
    assert found == add_as_sets(batches)


@given(IDS)
def test_a_batch_is_refused_if_and_only_if_an_id_is_blank_or_stands_twice(ids: list[str]) -> None:
    table = pa.table({"id": pa.array(ids, pa.string()), "geometry": pa.nulls(len(ids))})
    try:
        facts_of_table(table, "en", "batch")
        is_refused = False
    except LayerError:
        is_refused = True
    assert is_refused == ("" in ids or len(set(ids)) < len(ids))
