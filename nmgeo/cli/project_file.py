"""The project file of a run: read once, before the options of a command."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nmgeo.errors import notify
from nmgeo.files import PROJECT
from nmgeo.messages import text

if TYPE_CHECKING:
    from nmgeo.catalog import OwnFile
    from nmgeo.project import Project

_project: "Project | None" = None  # of this run


def use_project(path: Path | None) -> "Project | None":
    """Read the project file as it is named, or the one in the working directory if there is one.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    global _project  # noqa: PLW0603 - one process has one project
    _project = None
    if path is not None or os.path.lexists(PROJECT):  # also a link that leads nowhere
        from nmgeo.project import open_project  # noqa: PLC0415 - not for help

        _project = open_project(path or PROJECT, trusted=path is not None)
    return _project


def files_for(options: Collection[str]) -> "dict[str, OwnFile]":
    """Return the files of the project that a command with these options takes."""
    files = _files().items()
    return {n: file for n, file in files if ("sites" if n == "sites" else "layer") in options}


def names_sites() -> bool:
    """Tell whether the project names sites."""
    return "sites" in _files()


def say_files(files: Mapping[str, Any]) -> None:
    """Say which sites and layers come from the project file."""
    names = [name for name, file in files.items() if not isinstance(file, str)]
    if names and _project is not None:
        said = text("{names} as in {file}", names=", ".join(names), file=str(_project.path))
        notify(said)


def _files() -> "dict[str, OwnFile]":
    return {} if _project is None else _project.files
