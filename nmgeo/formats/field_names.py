"""Names of fields and layers: unique, and short or plain where a format wants them so."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

_MARKS: Final = frozenset("`~!@#$%^&*()+-={}|[]\\:\";'<>?,./ ")  # GDAL refuses them at the start


def layer_name(name: str) -> str:
    """Return the name of a layer as GDAL writes it and QGIS finds it in a GeoPackage.

    Examples
    --------
    >>> layer_name("zones"), layer_name("<i>"), layer_name("a|b")
    ('zones', '_<i>', 'a_b')
    """
    plain = name.replace("|", "_")
    return f"_{plain}" if plain[:1] in _MARKS else plain


def unique_names(
    names: Sequence[str],
    taken: Iterable[str] = (),
    *,
    size: int | None = None,
    fold: Callable[[str], str] = str,
) -> list[str]:
    """Return names that differ from each other and from those that are taken.

    Parameters
    ----------
    names : sequence of str
        The names of columns.
    taken : iterable of str
        Names that the format needs itself, such as ``geometry``.
    size : int, optional
        Largest number of bytes of a name in UTF-8; a character is never cut.
    fold : function, optional
        What makes two names the same, such as ``str.lower``.

    Returns
    -------
    list of str
        In the same order, with ``_`` for U+0000. The second of two equal names ends in ``_2``.

    Examples
    --------
    >>> unique_names(["geometry", "name"], ["geometry"])
    ['geometry_2', 'name']
    >>> unique_names(["nearest_name", "nearest_note"], size=10, fold=str.lower)
    ['nearest_na', 'nearest_no']
    """
    used, found = {fold(name) for name in taken}, []
    used_as_given = {fold(name) for name in names}
    for name in names:
        short, number = _cut(name, size), 1
        while fold(short) in used or (number > 1 and fold(short) in used_as_given):
            number += 1
            ending = f"_{number}"
            short = _cut(name, None if size is None else size - len(ending)) + ending
        used.add(fold(short))
        found.append(short)
    return found


def _cut(name: str, size: int | None) -> str:
    held = name.replace("\0", "_")  # where GDAL would end it
    return held if size is None else held.encode()[:size].decode(errors="ignore")
