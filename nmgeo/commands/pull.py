"""Pull: fetch a layer from a service into the cache, checked, and list what is there."""

import math
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs as systems
from nmgeo.cache import (
    DATA,
    PulledLayer,
    checked_data,
    find_versions,
    hold_lock,
    publish,
    pulled_versions,
    remove_versions,
    require_name,
    unwritable,
)
from nmgeo.catalog import Catalog, Given, OwnFile, open_catalog
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import (
    AuditError,
    DoubtfulCRSError,
    LayerError,
    MissingCRSError,
    Notice,
    SourceError,
    UsageError,
)
from nmgeo.files import sha256
from nmgeo.messages import option, text
from nmgeo.services.addresses import require_address, service_kind
from nmgeo.services.answers import Answer, Feature, Kept, Request, check_pages
from nmgeo.services.arcgis import fetch_arcgis
from nmgeo.services.content import host_of
from nmgeo.services.http import Client, Limits
from nmgeo.services.known_services import Service, find_service
from nmgeo.services.ogc import fetch_ogc_api, fetch_wfs
from nmgeo.services.plain_file import fetch_file
from nmgeo.services.plain_rows import arrow_columns
from nmgeo.sources.layers import PULLED_KEY, read_own

Watch = Callable[[Iterator[list[Feature]], int | None], Iterator[list[Feature]]]
_KINDS: Final = {"arcgis": fetch_arcgis, "wfs": fetch_wfs, "ogc-api": fetch_ogc_api}
_AROUND: Final = 0.01  # degrees round the outlines of a site, about 1 km
_ONE: Final = text("give one of them")
_WIDER: Final = text("ask for a larger part")
_COLUMNS: Final = ["layer", "version", "features_count", "bytes", "source_url", "sha256"]


def pull(  # noqa: PLR0913 - what to fetch, and how
    what: str,
    *,
    name: str | None = None,
    bbox: str | tuple[float, float, float, float] | None = None,
    site: str | None = None,
    plan: str | None = None,
    crs: str | None = None,
    limits: Limits | None = None,
    catalog: Catalog | None = None,
    watch: Watch | None = None,
) -> pd.DataFrame:
    """Fetch a layer from a service into the cache.

    It is the only function that reaches the network. What was fetched is a layer of its name in
    every later call, and each version is kept.

    Parameters
    ----------
    what : str
        A known service (``"zones"``), or the address of an ArcGIS layer, a WFS, a collection of
        an OGC API, or a file.
    name : str, optional
        What to call the layer; needed with an address.
    bbox : str or tuple, optional
        Fetch what meets this box: west, south, east, north in degrees.
    site : str, optional
        Fetch what lies at a site, within about 1 km.
    plan : str, optional
        Fetch the zones of plans, such as ``"S/STT/%"``.
    crs : str, optional
        CRS of the coordinates, whatever the service states.
    limits : Limits, optional
        Of time and size; see :class:`nmgeo.services.http.Limits`.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    watch : function, optional
        Given the pages and how many features there are, it returns the same pages.

    Returns
    -------
    DataFrame, one row
        ``layer``, ``version``, ``features_count``, ``bytes``, ``source_url`` and ``sha256``.

    Raises
    ------
    UsageError
        If there is no such service, or an address cannot be fetched.
    SourceError
        If the service fails or sends something else. The cache stays as it was; the next call
        continues where this one ended.
    LayerError
        If the features cannot be used, or their CRS is in doubt.
    ExportError
        If the cache cannot be written.
    """
    here = catalog or open_catalog()
    service = find_service(here.folder, what, name)
    called = require_name(name or service.name)
    box = _box(here, bbox, site)
    request = Request(require_address(service.url), _condition(service, plan), box)
    with hold_lock(request.key) as folder, closing(Client(limits or Limits())) as client:
        told, frame = _fetched(request, client, folder, crs, watch)
        layer = _written(folder, frame, _about(request, service, called, told))
        shutil.rmtree(folder, ignore_errors=True)
    return _listed([layer])


def _condition(service: Service, plan: str | None) -> str | None:
    """Return the condition that chooses plans."""
    if plan is None:
        return None
    if service.plan_field is None:
        wrong = text("this service has no field of plans that is known")
        raise UsageError(option("plan", plan), wrong, text("use it with zones"))
    quoted = plan.replace("'", "''")
    return f"{service.plan_field} LIKE '{quoted}'"


def _box(
    here: Catalog, bbox: str | tuple[float, ...] | None, site: str | None
) -> tuple[float, float, float, float] | None:
    """Return the box to fetch: as given, or round a site."""
    if site is not None:
        if bbox is not None:
            thing = option("bbox")
            raise UsageError(thing, text("given with {site}", site=option("site")), _ONE)
        outlines = read_outlines(replace(here, chosen=(site,)))
        west, south, east, north = outlines.to_crs(systems.WGS84).total_bounds
        return west - _AROUND, south - _AROUND, east + _AROUND, north + _AROUND
    if bbox is None:
        return None
    try:
        edges = [float(one) for one in (bbox.split(",") if isinstance(bbox, str) else bbox)]
    except ValueError:
        edges = []
    west, south, east, north = edges if len(edges) == 4 else [math.nan] * 4  # noqa: PLR2004
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - degrees
        wrong = text("is no box of west, south, east, north in degrees")
        remedy = text("write {example}", example="114.0,22.4,114.2,22.6")
        raise UsageError(option("bbox", str(bbox)), wrong, remedy)
    return west, south, east, north


def _fetched(
    request: Request, client: Client, folder: Path, crs: str | None, watch: Watch | None
) -> tuple[Answer | None, gpd.GeoDataFrame]:
    """Fetch the features of a service, or a file, as a checked frame."""
    kind = service_kind(request.url)
    if kind == "file":
        path = fetch_file(request, client, folder)
        frame = _settled(OwnFile(path=path, crs=crs))
        return None, _cut(frame, request)
    answer = _KINDS[kind](request, client, Kept(folder))
    pages = check_pages(answer, request.url)
    pages = pages if watch is None else watch(pages, answer.count)
    features = [one for page in pages for one in page]
    drawn = [one for one in features if one.get("geometry")]
    if left := len(features) - len(drawn):
        warnings.warn(text("{count} features without geometry", count=left), Notice, stacklevel=3)
    if not drawn:
        raise SourceError(host_of(request.url), text("holds no features for this query"), _WIDER)
    given = Given({"type": "FeatureCollection", "features": drawn})
    return answer, read_own(OwnFile(path=host_of(request.url), given=given, crs=crs))


def _settled(file: OwnFile) -> gpd.GeoDataFrame:
    """Read a file; if it does not state its CRS rightly, in the one of two that its numbers fit."""
    try:
        return read_own(file)
    except (MissingCRSError, DoubtfulCRSError):
        if file.crs is not None:
            raise
        for code in ("hk80", "wgs84"):
            try:
                frame = read_own(replace(file, crs=code))
            except LayerError:
                continue
            said = text("the file does not state its CRS rightly: read as {crs}", crs=code)
            warnings.warn(said, Notice, stacklevel=4)
            return frame
        raise


def _cut(frame: gpd.GeoDataFrame, request: Request) -> gpd.GeoDataFrame:
    """Keep what meets the box that was asked for."""
    if request.bbox is None:
        return frame
    met = frame.to_crs(systems.WGS84).intersects(shapely.box(*request.bbox))
    if not met.any():
        raise SourceError(host_of(request.url), text("holds no features for this query"), _WIDER)
    return frame[met]


def _about(request: Request, service: Service, name: str, answer: Answer | None) -> dict[str, Any]:
    """Return what is known of a layer before it is written."""
    now = datetime.now(UTC)
    return {
        "name": name,
        "version": f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z",
        "url": request.url,
        "kind": service_kind(request.url),
        "query": request.query,
        "title": service.title or (answer.title if answer else "") or name,
        "licence": service.licence,
        "credit": service.credit or (answer.credit if answer else "") or host_of(request.url),
        "as_of": f"{now:%Y-%m-%d}",
        "geometry_status": service.geometry_status,
        "accuracy_m": service.accuracy_m,
    }


def _written(folder: Path, frame: gpd.GeoDataFrame, about: dict[str, Any]) -> PulledLayer:
    """Write a layer beside its place, and give it its place in one step."""
    draft = folder / about["version"]
    rows = frame.to_crs(systems.WGS84).rename_axis(PULLED_KEY).reset_index()
    if about["geometry_status"]:
        rows["geometry_status"] = rows["geometry_status"].fillna(about["geometry_status"])
    try:
        draft.mkdir()
        arrow_columns(rows).to_parquet(draft / DATA, compression="zstd", index=False)
        digest, size = sha256(draft / DATA), (draft / DATA).stat().st_size
    except OSError as error:
        raise unwritable(error) from None
    layer = PulledLayer(
        path=draft / DATA,
        sha256=digest,
        size=size,
        count=len(rows),
        crs=systems.WGS84.to_string(),
        geometry=", ".join(sorted(frame.geom_type.unique())),
        key=PULLED_KEY,
        **about,
    )
    return publish(draft, layer)


def _listed(layers: list[PulledLayer]) -> pd.DataFrame:
    """Return versions as a table."""
    rows = [
        {
            "layer": one.name,
            "version": one.version,
            "features_count": one.count,
            "bytes": one.size,
            "source_url": one.url,
            "sha256": one.sha256,
        }
        for one in layers
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def pull_list() -> pd.DataFrame:
    """List every version in the cache.

    Returns
    -------
    DataFrame
        As of :func:`pull`, a row for each version.
    """
    return _listed(pulled_versions())


def pull_remove(name: str) -> pd.DataFrame:
    """Remove all versions of a layer from the cache.

    Parameters
    ----------
    name : str
        The layer.

    Returns
    -------
    DataFrame
        What was removed.

    Raises
    ------
    UnknownLayerError
        If the cache has no such layer.
    """
    return _listed(remove_versions(require_name(name)))


def pull_verify(name: str | None = None) -> pd.DataFrame:
    """Check that the files of the cache are as they were fetched.

    Parameters
    ----------
    name : str, optional
        One layer; all if not given.

    Returns
    -------
    DataFrame
        ``layer``, ``version`` and ``result`` (``ok`` or ``broken``).

    Raises
    ------
    UnknownLayerError
        If the cache has no such layer.
    """
    found = pulled_versions() if name is None else find_versions(name)
    rows = [{"layer": one.name, "version": one.version, "result": _result(one)} for one in found]
    return pd.DataFrame(rows, columns=["layer", "version", "result"])


def _result(layer: PulledLayer) -> str:
    try:
        checked_data(layer)
    except (LayerError, OSError):
        return "broken"
    return "ok"


def require_whole(rows: pd.DataFrame) -> None:
    """Stop if a file of the cache was altered.

    Parameters
    ----------
    rows : DataFrame
        From :func:`pull_verify`.

    Raises
    ------
    AuditError
        With how many.
    """
    if count := int((rows["result"] == "broken").sum()):
        wrong = text("{count} files altered", count=count)
        raise AuditError("nmgeo pull --verify", wrong, text("remove them and fetch them again"))
