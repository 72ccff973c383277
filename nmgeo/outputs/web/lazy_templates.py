"""Templates of folium that are compiled when they are drawn, and not all at its import.

folium has a Jinja template for each kind of element, about fifty, and compiles them while it is
imported, which takes 0.12 s. A page of nmgeo draws six of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Final

import jinja2

_NEW: Final = "__new__"
_compile: Final[Callable[..., jinja2.Template]] = jinja2.Template.__new__


class _LazyTemplate:
    """The template of a class, or of anything else, compiled when it is first asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep what :class:`jinja2.Template` was called with."""
        self._compiled: Callable[[], jinja2.Template] = cache(partial(_compile, *args, **options))

    def __get__(self, element: object, kind: type | None = None) -> jinja2.Template:
        """Return the template where it is an attribute of a class."""
        return self._compiled()

    def __getattr__(self, name: str) -> Any:
        """Return what the template has of this name."""
        return getattr(self._compiled(), name)


@contextmanager
def lazy_templates() -> Iterator[None]:
    """Let classes that are made in the block compile their templates when they are drawn."""
    plain = jinja2.Template.__dict__[_NEW]
    setattr(jinja2.Template, _NEW, _LazyTemplate)
    try:
        yield
    finally:
        setattr(jinja2.Template, _NEW, plain)
