"""Options that are given twice, or with their opposite, or name no file."""

import os
from typing import Any, Final

from nmgeo.errors import UsageError
from nmgeo.messages import text

_PLACES: Final = ("FILE", "PAGE", "DIR")  # what an option that names one shows as its value
_WRITTEN: Final = ("out", "html", "svg")  # options of files that are written
_SLASHES: Final = tuple(filter(None, (os.sep, os.altsep)))


def refuse_unclear(command: Any, ctx: Any, args: list[str]) -> None:
    """Stop if an option of one value is given twice, with its opposite, or does not name its file.

    One would be dropped; an empty name, as of a variable of the shell that is not set, would
    stand for no file, and so for what is shipped. A name with a slash at its end is a folder.

    Parameters
    ----------
    command : command of the parser
        What is called.
    ctx : context of the parser
        Of the group that the command belongs to.
    args : list of str
        What follows the name of the command.

    Raises
    ------
    UsageError
        With the option as it is written; what the parser does not understand, it says itself.
    """
    try:
        own = command.context_class(command, parent=ctx)
        values, _, given = command.make_parser(own).parse_args(list(args))
    except Exception:  # noqa: BLE001 - the parser reads the same again, and says what is wrong
        return
    for option in given:
        single = option.param_type_name == "option" and not (option.multiple or option.is_flag)
        if single and given.count(option) > 1:
            name = max(option.opts, key=len)
            wrong = text("is given {count} times", count=given.count(option))
            raise UsageError(name, wrong, text("give it once"))
        both = [
            [flag for flag in args if flag in of] for of in (option.opts, option.secondary_opts)
        ]
        if all(both):
            wrong = text("does not go with {other}", other=both[1][0])
            raise UsageError(both[0][0], wrong, text("leave one of them out"))
        _refuse_no_file(option, values.get(option.name))


def _refuse_no_file(option: Any, value: object) -> None:
    """Stop at a file whose name is empty, or at one to write whose name is that of a folder."""
    name, place = max(option.opts, key=len), str(option.metavar)
    if value == "" and place.startswith(_PLACES):
        raise UsageError(name, text("the name of its file is empty"), text("name a file"))
    if place == "FILE" and option.name in _WRITTEN and str(value).endswith(_SLASHES):
        wrong = text("is the name of a folder")
        raise UsageError(f"{name} {value}", wrong, text("leave out the slash at its end"))
