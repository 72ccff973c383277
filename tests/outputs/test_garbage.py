"""The search for garbage is left out while a page is built, and is afterwards as it was."""

import gc

import pytest

from nmgeo.outputs.web.garbage import without_garbage_search


@without_garbage_search()
def _build(page: str) -> int:
    assert not gc.isenabled()
    return int(page)


def test_the_search_is_left_out_and_goes_on_after_an_error() -> None:
    assert _build("1") == 1
    with pytest.raises(ValueError, match="no number"):
        _build("no number")
    assert gc.isenabled()


def test_a_caller_who_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with without_garbage_search():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
