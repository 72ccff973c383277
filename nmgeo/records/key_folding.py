"""Keys and names made comparable step by step, so that what was folded can be said."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from nmgeo.sources.hkscs import map_private_use

_ZEROS: Final = re.compile(r"(\d+)\.0+", flags=re.ASCII)
_SUGGESTED: Final = 3  # names for a key
_MANY: Final = 200  # keys that get suggestions, since each is compared with all names


class Match(NamedTuple):
    """What a key matched, and the steps of folding that it took; none if it is the same text."""

    target: str
    steps: tuple[str, ...]


def _spaces(keys: Sequence[str]) -> list[str]:
    return [" ".join(key.split()) for key in keys]


def _private_use(keys: Sequence[str]) -> list[str]:
    return [map_private_use(key) for key in keys]


def _width(keys: Sequence[str]) -> list[str]:
    return [" ".join(unicodedata.normalize("NFKC", key).split()) for key in keys]


def _whole(keys: Sequence[str]) -> list[str]:
    """Write 101.0, which spreadsheets and pandas make of a number, as 101."""
    return [whole[1] if (whole := _ZEROS.fullmatch(key)) else key for key in keys]


def _case(keys: Sequence[str]) -> list[str]:
    return [key.casefold() for key in keys]


def _simplified(keys: Sequence[str]) -> list[str]:
    """Write traditional characters simplified; one call for all, since each call costs."""
    if all(key.isascii() for key in keys):
        return list(keys)
    flat = [key.replace("\n", " ") for key in keys]
    return str(_converter().convert("\n".join(flat))).split("\n")


@cache
def _converter() -> Any:
    import opencc  # noqa: PLC0415 - its dictionaries are loaded only where keys differ

    return opencc.OpenCC("t2s")


# In this order, each after those before it.
STEPS: Final[Mapping[str, Callable[[Sequence[str]], list[str]]]] = {
    "spaces": _spaces,
    "private_use": _private_use,
    "width": _width,
    "whole": _whole,
    "case": _case,
    "simplified": _simplified,
}


def fold_keys(keys: Iterable[str]) -> list[str]:
    r"""Return keys folded by all steps: spaces, private use, width, zeros, case, traditional forms.

    Parameters
    ----------
    keys : iterable of str
        Keys or names.

    Returns
    -------
    list of str
        In the same order. Folding what is folded changes nothing.

    Examples
    --------
    >>> fold_keys(["\uff24D 89 ", "沙嶺"])
    ['dd 89', '沙岭']
    """
    found = list(keys)
    for step in STEPS.values():
        found = step(found)
    return found


def match_keys(keys: Sequence[str], targets: Mapping[str, str]) -> list[Match | None]:
    """Match keys to targets: as they are, else after as few steps of folding as it takes.

    Parameters
    ----------
    keys : sequence of str
        Keys of a table.
    targets : mapping of str to str
        What each key or name stands for.

    Returns
    -------
    list of Match or None
        None for a key that matches nothing, or several targets after folding.
    """
    found: list[Match | None] = [
        Match(targets[key], ()) if key in targets else None for key in keys
    ]
    ours, theirs = list(keys), list(targets)
    used: list[tuple[str, ...]] = [()] * len(ours)
    far: list[set[str]] = [set()] * len(theirs)
    for name, step in STEPS.items():
        before_ours, before_theirs = ours, theirs
        ours, theirs = step(ours), step(theirs)
        pairs = zip(before_ours, ours, used, strict=True)
        used = [(*steps, name) if old != new else steps for old, new, steps in pairs]
        others = zip(before_theirs, theirs, far, strict=True)
        far = [steps | {name} if old != new else steps for old, new, steps in others]
        index = _index(theirs, targets.values(), far)
        for n, key in enumerate(ours):
            if found[n] is None and key in index and index[key] is not None:
                target, steps = index[key]  # type: ignore[misc]
                both = {*used[n], *steps}
                found[n] = Match(target, tuple(one for one in STEPS if one in both))
    return found


def _index(
    keys: Iterable[str], targets: Iterable[str], steps: Iterable[set[str]]
) -> dict[str, tuple[str, set[str]] | None]:
    """Return what each folded key stands for; None for one that stands for several."""
    index: dict[str, tuple[str, set[str]] | None] = {}
    for key, target, used in zip(keys, targets, steps, strict=True):
        known = index.get(key, (target, used))
        index[key] = known if known is not None and known[0] == target else None
    return index


def nearest_keys(keys: Iterable[str], targets: Iterable[str]) -> dict[str, list[str]]:
    """Return the names that are most like each key when both are folded.

    Parameters
    ----------
    keys : iterable of str
        Keys that match nothing; only the first of many are compared.
    targets : iterable of str
        The names.

    Returns
    -------
    dict
        Up to three names as they are written, the likest first.

    Examples
    --------
    >>> nearest_keys(["SANDY RIDG"], ["Sandy Ridge", "Hetao"])
    {'SANDY RIDG': ['Sandy Ridge']}
    """
    names, asked = list(targets), list(dict.fromkeys(keys))[:_MANY]
    folded = dict(zip(fold_keys(names), names, strict=True))
    return {
        key: [folded[n] for n in difflib.get_close_matches(one, folded, _SUGGESTED, cutoff=0.6)]
        for key, one in zip(asked, fold_keys(asked), strict=True)
    }
