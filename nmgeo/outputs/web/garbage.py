"""Garbage: Python does not search for it while a page is built, of whose values all are needed."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_garbage_search() -> Iterator[None]:
    """Leave out the search for cycles of objects until the end of the block.

    A page of thousands of features is made of a hundred thousand small objects, which Python would
    look through again and again: a twelfth of the time. A caller who has switched the search off
    finds it off afterwards, too.
    """
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()
