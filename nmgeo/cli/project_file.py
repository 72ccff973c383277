"""The project file of a run: read once, before the options of a command."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from nmgeo.catalog import OwnFile
from nmgeo.errors import notify
from nmgeo.messages import text
from nmgeo.project import NAME, Project, open_project

_NONE: Final = Project(Path(NAME))
_project = _NONE  # of this run


def use_project(path: Path | None) -> Project:
    """Read the project file as it is named, or the one in the working directory.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    global _project  # noqa: PLW0603 - one process has one project
    _project = _NONE
    if path is not None or os.path.lexists(NAME):  # also a link that leads nowhere
        _project = open_project(path or NAME, trusted=path is not None)
    return _project


def files_for(options: Collection[str]) -> dict[str, OwnFile]:
    """Return the files of the project that a command with these options takes."""
    files = _project.files.items()
    return {n: file for n, file in files if ("sites" if n == "sites" else "layer") in options}


def names_sites() -> bool:
    """Tell whether the project names sites."""
    return "sites" in _project.files


def say_files(files: Mapping[str, Any]) -> None:
    """Say which sites and layers come from the project file."""
    names = [name for name, file in files.items() if isinstance(file, OwnFile)]
    if names:
        said = text("{names} as in {file}", names=", ".join(names), file=str(_project.path))
        notify(said)
