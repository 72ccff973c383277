"""Columns that the user names, and the error that says where a wrong name was written."""

from collections.abc import Sequence
from typing import Literal

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError, UsageError
from nmgeo.messages import option, text
from nmgeo.translations import did_you_mean


def require_column(word: Literal["key", "name"], file: OwnFile, columns: Sequence[str]) -> None:
    """Stop if a file has no column of the name that was given for it.

    Parameters
    ----------
    word : {"key", "name"}
        Which column: that of the ids, or that of the names.
    file : OwnFile
        The file, with the names that were given.
    columns : sequence of str
        The columns that it has.

    Raises
    ------
    UsageError
        If there is none.
    LayerError
        If there is none, and the name is written in a project file.
    """
    column: str | None = getattr(file, word)
    if column is None or column in columns:
        return
    guess = did_you_mean(column, columns)
    remedy = text("use {known}", known=", ".join(columns))
    if written := file.written.get(word):
        wrong = text(
            "no column {column!r} in {file}{guess}", column=column, file=file.path, guess=guess
        )
        raise LayerError(written, wrong, remedy)
    wrong = text("no such column in {file}{guess}", file=file.path, guess=guess)
    if not columns:
        remedy = text("leave out {key}", key=option(word))
    raise UsageError(option(word, column), wrong, remedy)
