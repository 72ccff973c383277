"""Trials: whether the numbers of a file bear out its CRS, told by the places that are known."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import chain
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS

from nmgeo.catalog import Layer, OwnFile, open_catalog
from nmgeo.crs import WGS84, System, has_way_to_hk80, read_system
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.messages import option, text
from nmgeo.sources.crs_check.evidence import Evidence, Verdict
from nmgeo.sources.crs_check.known_places import KnownPlace, known_places
from nmgeo.sources.describe import source_version
from nmgeo.sources.find import find_source
from nmgeo.sources.registered_layer import read_record
from nmgeo.sources.standard_columns import feature_names, ids_and_names

_CODE: Final = 20  # letters of a code; what is longer is a definition
_HEAD: Final = 200  # features of another file of the command that are taken as known


def trusted_crs(
    frame: gpd.GeoDataFrame,
    said: CRS | None,
    file: OwnFile,
    later: Iterable[gpd.GeoDataFrame] = (),
) -> System:
    """Say how the numbers of a file are to be read: as its user or it says, if they bear it out.

    What the user says is believed as long as the numbers would lie in Hong Kong.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Features of the file, with its numbers, indexed by id; geometry may be missing.
    said : CRS or None
        What the file says.
    file : OwnFile
        What the user says of it.
    later : iterable of GeoDataFrame
        More features of it, taken only until the first that has a geometry, and for as long as
        they may tell what those before leave open.

    Raises
    ------
    LayerError
        If there is no geometry.
    MissingCRSError, DoubtfulCRSError
        If nobody says, the numbers do not fit what is said, or the axes may as well be swapped.
    """
    return decide_crs(chain([frame], later), said, file)


def decide_crs(frames: Iterable[gpd.GeoDataFrame], said: CRS | None, file: OwnFile) -> System:
    """Return the system of a file. Parameters and errors are those of :func:`trusted_crs`.

    A file that states its CRS and whose numbers fit it is taken at its word, though they would
    fit another system as well; ``nmgeo doctor`` says which.
    """
    placed = (frame for frame in frames if np.isfinite(frame.total_bounds).any())
    first = next(placed, None)
    if first is None:
        wrong = text("no site has a geometry")
        raise LayerError(file.path, wrong, text("give a file with at least one"))
    asked = None if file.crs is None else read_system(file.crs)
    system = asked or System.from_crs(said)
    if system is not None:
        _require_way(system, file.path)
    if asked and asked.fits(first.total_bounds.tolist()):
        return asked
    found = _heard(chain([first], placed), system, file)
    if system is None or found.severity == "fault":
        kind = MissingCRSError if system is None else DoubtfulCRSError
        raise kind(file.path, found.evidence, found.remedy)
    return system


def _require_way(system: System, file: str) -> None:
    """Stop if PROJ cannot bring the CRS of a file to the grid, and say what may be done."""
    if has_way_to_hk80(system.crs):
        return
    code = system.crs.to_string()
    name = system.crs.name if len(code) > _CODE else f"{system.crs.name} ({code})"
    wrong = text("its CRS {name!r} has no known transformation to the HK80 grid", name=name)
    remedy = text("say what its coordinates are with {crs}", crs=option("crs"))
    if system.crs.is_geographic:
        remedy = text(
            "if it agrees with WGS 84 to a metre, as CGCS2000 does, give {crs}",
            crs=option("crs", WGS84.to_string()),
        )
    raise LayerError(file, wrong, remedy)


def _heard(frames: Iterable[gpd.GeoDataFrame], said: System | None, file: OwnFile) -> Verdict:
    """Hear one frame after another, at least one, until more would change nothing.

    What stays in doubt is held against the layers of the base map as well, which takes longer.
    """
    others = [other for other in file.beside if other.path != file.path]
    known = [place for own in others for place in _first_known_places(own)]
    vouched = file.crs is not None
    evidence = Evidence([*known, *shipped_known_places()], said, vouched=vouched)
    heard = []
    for frame in frames:
        heard.append(frame)
        _hear(evidence, frame)
        found = evidence.verdict()
        if found.finding != "crs_untold" or not evidence.is_open:
            break
    if (found.finding, found.severity) != ("crs_untold", "fault"):
        return found
    wider = Evidence([*known, *shipped_known_places(), *base_known_places()], said)
    for frame in heard:
        _hear(wider, frame)
    return wider.verdict()


def _hear(evidence: Evidence, frame: gpd.GeoDataFrame) -> None:
    columns = {str(name): column for name, column in frame.items()}
    evidence.add(frame.geometry.to_numpy(), ids_and_names(frame), lambda: columns)


def _first_known_places(file: OwnFile) -> list[KnownPlace]:
    """Take the first features of another source as known; its own faults are reported elsewhere."""
    try:
        if file.given is None:
            return _known_places_of_file(file, source_version(file))
        return _known_places_of_head(file)
    except (LayerError, UsageError, pa.ArrowException, OSError, RuntimeError, ValueError):
        return []


@lru_cache(maxsize=32)
def _known_places_of_file(file: OwnFile, _changed: tuple[int, ...]) -> list[KnownPlace]:
    return _known_places_of_head(file)


def _known_places_of_head(file: OwnFile) -> list[KnownPlace]:
    source = find_source(file)
    seen = source.describe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        frame = source.read(first=_HEAD)
    stated = System.from_crs(seen.crs) if file.crs is None else read_system(file.crs)
    names = feature_names(frame, file.key)
    return known_places_of(frame, names, stated, seen.layer, vouched=file.crs is not None)


def known_places_of(
    frame: gpd.GeoDataFrame,
    names: Sequence[Iterable[object]],
    said: System | None,
    label: str,
    *,
    vouched: bool,
) -> list[KnownPlace]:
    """Take features of a user's file as known places, if nothing speaks against its CRS.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        With the numbers of the file; geometry may be missing or invalid.
    names : n times names
        What each feature is called.
    said : System, optional
        What the file, or its user, says it is.
    label : str
        What to call the file.
    vouched : bool
        Whether its user says it, and not the file alone.

    Returns
    -------
    list of Known
        Empty if its CRS is missing or wrong.

    Raises
    ------
    LayerError
        If no way leads from its CRS to WGS 84 that keeps the datum shift.
    """
    shapes = frame.geometry.to_numpy()
    if said is None:
        return []
    held = Evidence(shipped_known_places(), said, vouched=vouched)
    held.add(shapes, names)
    verdict = held.verdict()
    if verdict.finding not in {"crs", "crs_untold"}:
        return []
    boxes = shapely.bounds(shapes)
    usable = np.flatnonzero(said.touches_window(boxes) & shapely.is_valid(shapes))
    placed = gpd.GeoDataFrame(geometry=said.to_standard_axes(gpd.GeoSeries(shapes[usable])))
    doubt = None if verdict.severity == "ok" else said
    return known_places(placed, [names[int(row)] for row in usable], label, doubt)


@cache
def shipped_known_places() -> list[KnownPlace]:
    """Return the features of the shipped layers as known places, to tell systems apart by."""
    return _known_places_of_records(open_catalog().main_layers)


@cache
def base_known_places() -> list[KnownPlace]:
    """Return those of the layers of the base map, which bound no region."""
    return [
        replace(known, in_region=False)
        for known in _known_places_of_records(open_catalog().context_layers)
    ]


def _known_places_of_records(records: Mapping[str, Layer]) -> list[KnownPlace]:
    frames = {name: read_record(record) for name, record in records.items()}
    return [
        replace(known, in_region=name != "railways")
        for name, frame in frames.items()
        for known in known_places(frame, ids_and_names(frame), f"our layer {name}")
    ]
