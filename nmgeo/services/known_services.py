"""Known services: the entries of ``geodata/services.toml``."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tomli

from nmgeo.errors import LayerError, SourceError, UsageError, first_line
from nmgeo.messages import option, text
from nmgeo.services.content import host_of
from nmgeo.translations import did_you_mean

FILE: Final = "services.toml"
_UNSTATED: Final = "LicenseRef-unstated"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service with one layer.

    ``url`` is its address; ``where`` the condition on its attributes that chooses the layer;
    ``fields`` those that it must have, or the address has another layer by now; ``plan_field`` the
    field of plan numbers; ``accuracy_m`` how far a line may be from the truth, if it is known.
    """

    name: str
    url: str
    where: str | None = None
    fields: tuple[str, ...] = ()
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
        If there is no such name, or an address has no name.
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
    return known[written]


def require_fields(service: Service, found: Collection[str]) -> None:
    """Stop if the layer at the address of a known service is not the one that was known there.

    Raises
    ------
    SourceError
        With the fields that it lacks.
    """
    missing = [name for name in service.fields if name not in found]
    if missing:
        wrong = text(
            "has no field {fields}, so it is another layer by now", fields=", ".join(missing)
        )
        remedy = text(
            "look up its address, and fetch it with {example}",
            example=f"nmgeo pull URL --name {service.name}",
        )
        raise SourceError(host_of(service.url), wrong, remedy)


def _read(path: Path) -> dict[str, Service]:
    try:
        entries = tomli.loads(path.read_text(encoding="utf-8"))
        return {name: Service(name=name, **entry) for name, entry in entries.items()}
    except OSError:
        raise LayerError(str(path), text("missing"), text("restore it")) from None
    except (ValueError, TypeError) as error:
        wrong = text("cannot be read ({why})", why=first_line(error))
        raise LayerError(str(path), wrong, text("restore it")) from None
