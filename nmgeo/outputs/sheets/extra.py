"""Libraries of the extra ``print``, loaded when a sheet is written."""

from importlib import import_module
from typing import Any

from nmgeo.errors import UsageError
from nmgeo.messages import text


def load(module: str) -> Any:
    """Import a library of the extra ``print``.

    Raises
    ------
    UsageError
        If it is not installed; the message says how to install it.
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        wrong = text("the package {package} is not installed", package=package)
        raise UsageError(text("sheets"), wrong, "pip install 'nmgeo[print]'") from None
