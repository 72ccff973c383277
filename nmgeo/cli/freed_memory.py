"""Freed memory: the C library keeps it for the next batch rather than fetch new pages."""

import ctypes
from contextlib import suppress
from typing import Final

_TRIM_THRESHOLD: Final = -1, 2**25  # parameters of mallopt and their values, from malloc.h
_MMAP_THRESHOLD: Final = -3, 2**22


def keep_freed_memory() -> None:
    """Let memory that is freed be used again by this process, where the C library is glibc.

    Each batch takes and frees arrays of some megabytes. By default glibc gives each back to the
    system and gets it again page by page, filled with zeros: a tenth of the time of a stream.
    """
    with suppress(OSError, AttributeError, TypeError):  # another C library, or Windows
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, most in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            mallopt(parameter, most)
