"""Decide how the coordinates of a file are read: as stated, if known places do not contradict."""

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
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, UsageError, held_notices
from nmgeo.messages import option, text, word
from nmgeo.sources.coordinate_numbers import TOO_LARGE, are_places
from nmgeo.sources.crs_check.evidence import Evidence
from nmgeo.sources.crs_check.known_places import KnownPlace, known_places
from nmgeo.sources.crs_check.verdict import Verdict, crs_verdict
from nmgeo.sources.file_version import source_version
from nmgeo.sources.find import find_source
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.registered_layer import read_columns
from nmgeo.sources.standard_columns import feature_names, ids_and_names, naming_columns
from nmgeo.translations import section_words

_CODE: Final = 20  # characters of a code; a longer text is a definition
_HEAD: Final = 200  # features of another file of the command that are used as known places


def decide_crs(
    frame: gpd.GeoDataFrame,
    stated: CRS | None,
    file: OwnFile,
    later: Iterable[gpd.GeoDataFrame] = (),
) -> System:
    """Return the system in which the coordinates of a file are read.

    What the user states is accepted as long as the coordinates then lie in Hong Kong. What the
    file states is accepted if its coordinates fit it, even if they fit another system as well;
    ``nmgeo doctor`` names the others.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Features of the file, in its coordinates, indexed by id; geometry may be missing.
    stated : CRS or None
        The CRS that the file states.
    file : OwnFile
        The file, with what the user states of it.
    later : iterable of GeoDataFrame
        More features of it. They are read up to the first with geometry, and further as long as
        they may decide what the features before leave open.

    Returns
    -------
    System
        The stated one.

    Raises
    ------
    LayerError
        If there is no geometry, or PROJ cannot transform the CRS to the grid.
    MissingCRSError
        If no CRS is stated.
    DoubtfulCRSError
        If the coordinates do not fit the stated CRS, or its axes may be swapped.
    """
    placed = (part for part in chain([frame], later) if _is_placed(part))
    first = next(placed, None)
    if first is None:
        if np.isfinite(frame.total_bounds).any():
            raise LayerError(file.path, *TOO_LARGE)
        wrong = text("no site has a geometry")
        raise LayerError(file.path, wrong, text("give a file with at least one"))
    by_user = None if file.crs is None else read_system(file.crs)
    system = by_user or System.from_crs(stated)
    if system is not None:
        _require_way(system, file.path)
    if by_user and by_user.fits(first.total_bounds.tolist()):
        return by_user
    verdict = _check(chain([first], placed), system, file)
    if system is None or verdict.severity == "fault":
        kind = MissingCRSError if system is None else DoubtfulCRSError
        raise kind(file.path, verdict.evidence, verdict.remedy)
    return system


def accept_crs(file: OwnFile, bounds: Sequence[float]) -> System | None:
    """Return the system that the user states, if :func:`decide_crs` does so whatever the features.

    Parameters
    ----------
    file : OwnFile
        The file, with what the user states of it.
    bounds : sequence of 4
        Of the first features, in its coordinates: least x and y, greatest x and y.

    Returns
    -------
    System or None
        None if nothing is stated, or the features have to be looked at.
    """
    if file.crs is None or not are_places(np.array([bounds])).all():
        return None
    system = read_system(file.crs)
    return system if has_way_to_hk80(system.crs) and system.fits(bounds) else None


def _is_placed(frame: gpd.GeoDataFrame) -> bool:
    """Whether some feature of a frame may lie somewhere in some CRS."""
    return bool(are_places(shapely.bounds(frame.geometry.to_numpy())).any())


def _require_way(system: System, file: str) -> None:
    """Stop if PROJ cannot transform the CRS of a file to the grid, with a remedy."""
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


def _check(frames: Iterable[gpd.GeoDataFrame], stated: System | None, file: OwnFile) -> Verdict:
    """Compare frames, at least one, with known places until more would change nothing.

    If that leaves a doubt, they are compared with the base map as well, which takes longer.
    """
    others = [other for other in file.beside if other.path != file.path]
    known = [place for own in others for place in _first_known_places(own)]
    known += shipped_known_places()
    evidence = Evidence(known, stated, by_user=file.crs is not None)
    compared = []
    for frame in frames:
        compared.append(frame)
        _add(evidence, frame)
        verdict = crs_verdict(evidence)
        if verdict.finding != "crs_uncertain" or not evidence.is_open:
            break
    if (verdict.finding, verdict.severity) != ("crs_uncertain", "fault"):
        return verdict
    wider = Evidence([*known, *base_known_places()], stated)
    for frame in compared:
        _add(wider, frame)
    return crs_verdict(wider)


def _add(evidence: Evidence, frame: gpd.GeoDataFrame) -> None:
    columns = {str(name): column for name, column in frame.items()}
    evidence.add(frame.geometry.to_numpy(), ids_and_names(frame), lambda: columns)


def _first_known_places(file: OwnFile) -> list[KnownPlace]:
    """Return known places of another file of the command; its own faults are reported elsewhere."""
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
    described = source.describe()
    with held_notices():
        frame = source.read(first=_HEAD)
    stated = System.from_crs(described.crs) if file.crs is None else read_system(file.crs)
    names = feature_names(frame, file.key)
    by_user = file.crs is not None
    return known_places_of(frame, names, stated, described.layer, by_user=by_user)


def known_places_of(
    frame: gpd.GeoDataFrame,
    names: Sequence[Iterable[object]],
    stated: System | None,
    label: str,
    *,
    by_user: bool,
) -> list[KnownPlace]:
    """Return the features of a user's file as known places, if nothing contradicts its CRS.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        In the coordinates of the file; geometry may be missing or invalid.
    names : n times names
        The names of each feature.
    stated : System, optional
        The system that the file, or its user, states.
    label : str
        Name of the file in messages.
    by_user : bool
        Whether its user states it, and not the file alone.

    Returns
    -------
    list of KnownPlace
        Empty if its CRS is missing or wrong.

    Raises
    ------
    LayerError
        If PROJ cannot transform its CRS to WGS 84 with the datum shift.
    """
    shapes = frame.geometry.to_numpy()
    if stated is None:
        return []
    evidence = Evidence(shipped_known_places(), stated, by_user=by_user)
    evidence.add(shapes, names)
    verdict = crs_verdict(evidence)
    if verdict.finding not in {"crs", "crs_uncertain"}:
        return []
    boxes = shapely.bounds(shapes)
    usable = np.flatnonzero(stated.touches_window(boxes) & shapely.is_valid(shapes))
    placed = stated.to_standard_axes(gpd.GeoSeries(shapes[usable]))
    doubtful = None if verdict.severity == "ok" else stated
    called, confirmed = [names[int(row)] for row in usable], by_user or verdict.by_place
    found = known_places(placed, called, label, doubtful, confirmed=confirmed)
    # Where files are expected does not follow from one that may itself have its axes swapped.
    return [replace(place, in_region=doubtful is None) for place in found]


@cache
def shipped_known_places() -> list[KnownPlace]:
    """Return the features of the shipped layers as known places."""
    return _known_places_of_records(open_catalog().main_layers)


@cache
def base_known_places() -> list[KnownPlace]:
    """Return the features of the base map as known places that bound no region."""
    return [
        replace(known, in_region=False)
        for known in _known_places_of_records(open_catalog().context_layers)
    ]


def _known_places_of_records(records: Mapping[str, Layer]) -> list[KnownPlace]:
    with local_drivers_only():  # once for all of them
        return [
            replace(known, in_region=name != "railways")
            for name, record in records.items()
            for known in _known_places_of_record(record)
        ]


def _known_places_of_record(record: Layer) -> list[KnownPlace]:
    named = naming_columns(record.columns)
    shapes, columns = read_columns(record, ("accuracy_m", record.key, *named))
    accuracy_m = columns.pop("accuracy_m", None)
    called, label = zip(*columns.values(), strict=True), _layer_label(record.name)
    return known_places(shapes, called, label, accuracy_m=accuracy_m)


def _layer_label(name: str) -> str:
    """Name a shipped layer: by its code, in Chinese by its title."""
    return text("shipped layer {layer}", layer=word(name, section_words("layer").get(name, {})))
