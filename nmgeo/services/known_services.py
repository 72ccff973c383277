"""Known services: the entries of ``geodata/services.toml``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nmgeo.errors import LayerError, UsageError
from nmgeo.messages import option, text
from nmgeo.translations import did_you_mean

FILE: Final = "services.toml"
_UNSTATED: Final = "LicenseRef-unstated"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service with one layer.

    ``url`` is its address, empty if none is known to hold; ``plan_field`` the field of plan
    numbers; ``accuracy_m`` how far a line may be from the truth, if its owner says so.
    """

    name: str
    url: str = ""
    look_up: str = ""
    title: str = ""
    geometry_status: str = ""
    accuracy_m: float | None = None
    plan_field: str | None = None
    licence: str = _UNSTATED
    credit: str = ""


def find_service(folder: Path, written: str, name: str | None) -> Service:
    """Return a known service by its name, or one at an address.

    Parameters
    ----------
    folder : Path
        The folder of geodata.
    written : str
        A name of the file, or an address.
    name : str, optional
        What to call the layer; the name of the service if not given.

    Returns
    -------
    Service

    Raises
    ------
    UsageError
        If there is no such name, it has no address, or an address has no name.
    LayerError
        If the file of services is missing or damaged.
    """
    if "://" in written:
        if name is None:
            remedy = text("add {name}", name=option("name", "lots"))
            raise UsageError("URL", text("the layer has no name"), remedy)
        return Service(name=name, url=written)
    known = _read(folder / FILE)
    if written not in known:
        wrong = text("unknown service{guess}", guess=did_you_mean(written, known))
        remedy = text("use {known}, or the address of one", known=", ".join(known))
        raise UsageError(repr(written), wrong, remedy)
    service = known[written]
    if not service.url:
        wrong = text("no address of it is known to hold")
        example = f"nmgeo pull URL --name {written}"
        remedy = text("look it up at {portal}: {example}", portal=service.look_up, example=example)
        raise UsageError(repr(written), wrong, remedy)
    return service


def _read(path: Path) -> dict[str, Service]:
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Service(name=name, **entry) for name, entry in entries.items()}
    except OSError:
        raise LayerError(str(path), text("missing"), text("restore it")) from None
    except (ValueError, TypeError) as error:
        wrong = text("cannot be read ({why})", why=str(error))
        raise LayerError(str(path), wrong, text("restore it")) from None
