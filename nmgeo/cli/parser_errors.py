"""What the parser of the command line does not understand, in our words and translated."""

import re
from collections.abc import Callable
from typing import Any, Final

import typer

from nmgeo.errors import UsageError
from nmgeo.messages import Text, text

ParserError: Final[Any] = typer.BadParameter.__base__

_Write = Callable[[re.Match[str]], Text]
_WORDS: Final[tuple[tuple[str, _Write], ...]] = (
    ("missing argument (.+)", lambda m: text("missing argument {name}", name=m[1])),
    ("missing option (.+)", lambda m: text("missing option {name}", name=m[1])),
    (
        "no such option: (.+?)[ .]+(?:did you mean (.+)[?]|[(]possible options: (.+)[)])",
        lambda m: text(
            "no such option: {name}. Did you mean {close}?", name=m[1], close=m[2] or m[3]
        ),
    ),
    ("no such option: (.+)", lambda m: text("no such option: {name}", name=m[1])),
    (
        "no such command (.+?)[ .]+did you mean (.+)[?]",
        lambda m: text("no such command {name}. Did you mean {close}?", name=m[1], close=m[2]),
    ),
    ("no such command (.+)", lambda m: text("no such command {name}", name=m[1])),
    (
        "option (.+) requires an argument",
        lambda m: text("option {name} requires an argument", name=m[1]),
    ),
    (
        "got unexpected extra argument(?:s|[(]s[)])? [(](.+)[)]",
        lambda m: text("unexpected argument: {names}", names=m[1]),
    ),
    (
        "invalid value for (.+?): (?:value error, )?(.+) is not one of (.+)",
        lambda m: text(
            "invalid value for {name}: {value} is not one of {known}",
            name=m[1],
            value=m[2],
            known=m[3],
        ),
    ),
    (
        "invalid value for (.+?): (?:input should be a valid integer|.+ is not a valid int).*",
        lambda m: text("invalid value for {name}: not a whole number", name=m[1]),
    ),
)

# What is published is of shipped sites alone; these commands have no option for a file of sites.
SHIPPED_ONLY: Final = ("changes", "claims", "compare", "history", "sheet", "timeline")
_OWN: Final = re.compile("no such option: --(?:sites|key)(?![a-z]).*", flags=re.IGNORECASE)
_OUT: Final = re.compile("no such option: (?:-o|--out)(?![a-z-]).*", flags=re.IGNORECASE)
_OF_COMMANDS: Final = re.compile(  # those that most commands have
    "no such option: (--(?:lang|json|format|out|overwrite|sites|site|key|layer|crs|data)|-[fo])"
    "(?![a-z-]).*",
    flags=re.IGNORECASE,
)


def explain_parser_error(error: Any, command: str) -> UsageError:
    """Say what the parser did not understand.

    Parameters
    ----------
    error : error of the parser
        An instance of :data:`ParserError`.
    command : str
        Name of the command; empty if there is none.

    Returns
    -------
    UsageError
        In English as the parser says it where it is not in the table above.
    """
    said = " ".join(error.format_message().split()).rstrip(".")
    found = ((re.fullmatch(rule, said, flags=re.IGNORECASE), write) for rule, write in _WORDS)
    wrong = next((write(match) for match, write in found if match), None)
    if command in SHIPPED_ONLY and _OWN.fullmatch(said):
        wrong = text("takes shipped sites only, no file of yours")
        remedy = text("name a site that nmgeo sites lists, or ask area, near, rings or report")
        return UsageError(command, wrong, remedy)
    if not command and (early := _OF_COMMANDS.fullmatch(said)):
        wrong = text("is an option of a command, and stands behind its name")
        return UsageError(
            early[1], wrong, text("write {example}", example=f"nmgeo area {early[1]}")
        )
    if command == "pack" and _OUT.fullmatch(said):
        remedy = text("write {example}", example="nmgeo pack DIR")
        return UsageError(command, wrong or said, remedy)
    called = f"nmgeo {command}".strip()
    remedy = text("see {command} -h", command=called)
    return UsageError(command or text("usage"), wrong or f"{said[0].lower()}{said[1:]}", remedy)
