"""Spelling of ids and names: the case of letters, hyphens, underscores and spaces do not count."""

import unicodedata
from collections.abc import Iterable


def fold_name(written: str) -> str:
    r"""Return a name in the form in which names are compared: width, case and spaces are folded.

    Examples
    --------
    >>> fold_name("  He  TAO "), fold_name("\uff28SITP")
    ('he tao', 'hsitp')
    """
    return " ".join(unicodedata.normalize("NFKC", written).casefold().replace("_", " ").split())


def fold_spelling(written: str) -> str:
    """Return a name as :func:`fold_name` does, but with hyphens as spaces, too.

    Examples
    --------
    >>> fold_spelling("HETAO-HK_Park")
    'hetao hk park'
    """
    return " ".join(fold_name(written).replace("-", " ").split())


def find_spelling(written: str, known: Iterable[str]) -> str | None:
    """Return the name among several that is meant, or None if none or more than one may be.

    Parameters
    ----------
    written : str
        A name in any case, with hyphens, underscores or spaces.
    known : iterable of str
        The names. One that is written exactly so is meant, whatever the others are.

    Examples
    --------
    >>> find_spelling("Lot-1", ["lot_1", "lot_2"]), find_spelling("A", ["a", "A"])
    ('lot_1', 'A')
    >>> find_spelling("LOT 1", ["lot_1", "Lot_1"])
    """
    names = list(known)
    if written in names:
        return written
    folded = fold_spelling(written)
    alike = [name for name in dict.fromkeys(names) if fold_spelling(name) == folded]
    return alike[0] if len(alike) == 1 else None
