"""Options about files: ``NAME=FILE``, ``[NAME=]CODE``, and which file each of them is of."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.translations import did_you_mean

if TYPE_CHECKING:
    from nmgeo.catalog import Catalog

_CRS_TEXT: Final = re.compile(r"\s*(\+|(proj|init)\s*$|.*[\[{])", re.DOTALL)  # before its first =


def is_file(written: str | None) -> bool:
    """Tell whether an argument is a file that is there, or standard input."""
    if written is None:
        return False
    from nmgeo.sources.file_names import STDIN, split_layer  # noqa: PLC0415 - not for help

    try:
        return written == STDIN or split_layer(written)[0].exists()
    except OSError:  # such as a name that is too long, which the reader says
        return True


def require_one(sites: str | None, written: str) -> None:
    """Stop if sites are given by an option and as an argument."""
    if sites is not None:
        wrong = text("sites are given twice")
        raise UsageError(option("sites", written), wrong, text("leave one of them out"))


def by_file(texts: list[str] | None, flag: str, files: list[str]) -> dict[str, str]:
    """Read options such as ``[NAME=]CODE``; without a name they are of all ``files``.

    A CRS may be a PROJ string or WKT, where ``=`` stands behind no name of a file.
    """
    plain = [one for one in texts or () if not _names_file(one, files)]
    if len(plain) > 1:
        wrong = text("is given {count} times", count=len(plain))
        raise UsageError(flag, wrong, text("write NAME=... for each file"))
    if plain and not files:
        raise UsageError(flag, text("no file was given"), text("add {sites}", sites="--sites"))
    named = pairs([one for one in texts or () if _names_file(one, files)], flag, "NAME=...")
    return dict.fromkeys(files, plain[0]) | named if plain else named


def _names_file(one: str, files: list[str]) -> bool:
    name, equals, _ = one.partition("=")
    return bool(equals) and (name in files or not _CRS_TEXT.match(name))


def require_files(said: Mapping[str, Mapping[str, str]], files: list[str]) -> None:
    """Stop at an option about files if there are none, or none of sites."""
    for word, found in said.items():
        if found and not files:
            wrong = text("no file was given")
            if word in ("key", "name"):
                wrong = text("names a column of your sites, and none were given")
            thing = option(word, next(iter(found.values()), None))
            raise UsageError(thing, wrong, text("add {sites}", sites=option("sites")))


def require_named(
    catalog: "Catalog", layers: list[str] | None, named: Sequence[str] | None
) -> None:
    """Stop at a layer that is given and not read.

    Parameters
    ----------
    catalog : Catalog
        With the layers.
    layers : list of str, optional
        Those of ``--layer``, as ``NAME=FILE``.
    named : sequence of str, optional
        What names layers in the command, perhaps before a column or a distance, or after ``=``;
        None if it reads all of them.

    Raises
    ------
    UsageError
        If none of the texts names it.
    """
    if not layers or named is None:
        return
    from nmgeo.catalog import registered_name  # noqa: PLC0415 - not for help

    pieces = {piece for one in named for piece in (one, *re.split("[:=]", one)) if piece}
    read = {registered_name(catalog, piece) for piece in pieces}
    for name, file in pairs(layers, "--layer", "NAME=FILE").items():
        if name not in read and not any(one.startswith(f"{name}:") for one in named):
            wrong = text("the command does not use it{guess}", guess=did_you_mean(name, read))
            remedy = text("name it in the command, or leave it out")
            raise UsageError(option("layer", f"{name}={file}"), wrong, remedy)


def pairs(texts: list[str] | None, flag: str, form: str) -> dict[str, str]:
    """Read options such as ``NAME=FILE``, one for each name."""
    found = [_pair(one, flag, form) for one in texts or ()]
    names = [name for name, _ in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        wrong = text("names {name!r} {count} times", name=twice, count=names.count(twice))
        raise UsageError(flag, wrong, text("give each name once"))
    return dict(found)


def _pair(one: str, flag: str, form: str) -> tuple[str, str]:
    name, equals, value = one.partition("=")
    if not (name and equals and value):
        wrong, remedy = text("cannot be read"), text("write {example}", example=form)
        raise UsageError(f"{flag} {one!r}", wrong, remedy)
    return name, value
