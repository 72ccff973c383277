"""Pull: fetch a layer from a service into the cache, checked.

This module is longer than 300 lines because a fetch is one sequence, from the question to the
service to the checked file in the cache.
"""

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs as systems
from nmgeo.cache import (
    DATA,
    TILES,
    TILES_KIND,
    PulledLayer,
    hold_lock,
    publish,
    require_name,
    unwritable,
)
from nmgeo.catalog import Catalog, Given, OwnFile, open_catalog
from nmgeo.commands.pulled import versions_table
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import (
    DoubtfulCRSError,
    LayerError,
    MissingCRSError,
    SourceError,
    UsageError,
    notify,
)
from nmgeo.files import sha256
from nmgeo.messages import option, text
from nmgeo.services.addresses import require_address, service_kind
from nmgeo.services.answers import Answer, Feature, Kept, Request, check_pages
from nmgeo.services.arcgis import fetch_arcgis
from nmgeo.services.content import host_of
from nmgeo.services.http import Client, Limits
from nmgeo.services.known_services import Service, find_service, require_fields
from nmgeo.services.ogc import fetch_ogc_api, fetch_wfs
from nmgeo.services.plain_file import fetch_file
from nmgeo.services.plain_rows import arrow_columns
from nmgeo.services.tiles import ZOOMS, describe_tiles, fetch_tiles, tiles_of_box
from nmgeo.sources.own_layer import PULLED_KEY, read_own

Watch = Callable[[Iterator[list[Any]], int | None], Iterator[list[Any]]]
_KINDS: Final = {"arcgis": fetch_arcgis, "wfs": fetch_wfs, "ogc-api": fetch_ogc_api}
_AROUND: Final = 0.01  # degrees round the outlines of a site, about 1 km
_ONE: Final = text("give one of them")
_WIDER: Final = text("ask for a larger part")


def pull(  # noqa: PLR0913 - what to fetch, and how
    what: str,
    *,
    name: str | None = None,
    bbox: str | tuple[float, float, float, float] | None = None,
    site: str | None = None,
    plan: str | Sequence[str] | None = None,
    crs: str | None = None,
    zoom: str | None = None,
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
        an OGC API, a file, or raster tiles (``.../{z}/{x}/{y}.png``).
    name : str, optional
        What to call the layer; needed with an address.
    bbox : str or tuple, optional
        Fetch what meets this box: west, south, east, north in degrees.
    site : str, optional
        Fetch what lies at a site, within about 1 km.
    plan : str or sequence of str, optional
        Fetch the zones of plans, such as ``"S/STT/%"`` or ``["S/STT/%", "S/LMCL/%"]``.
    crs : str, optional
        CRS of the coordinates, whatever the service states.
    zoom : str, optional
        Zooms of raster tiles, ``"10-16"`` if not given. They are fetched around all sites unless
        ``bbox`` or ``site`` says where, and :func:`nmgeo.map` takes them as ``basemap``.
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
    url = require_address(service.url)
    is_tiles = service_kind(url) == TILES_KIND
    if zoom is not None and not is_tiles:
        raise UsageError(
            option("zoom", zoom), text("is of raster tiles alone"), text("leave it out")
        )
    if is_tiles and box is None:
        box = _around(here)
    request = Request(url, _condition(service, plan), box)
    with hold_lock(request.key) as folder, closing(Client(limits or Limits())) as client:
        fetched = _Fetch(request, client, folder, service, called, watch)
        layer = fetched.tiles(zoom or ZOOMS) if is_tiles else fetched.features(crs)
        shutil.rmtree(folder, ignore_errors=True)
    return versions_table([layer])


def _condition(service: Service, plan: str | Sequence[str] | None) -> str | None:
    """Return the condition that chooses the layer, and plans of it."""
    plans = [plan] if isinstance(plan, str) else list(plan or ())
    if not plans:
        return service.where
    if service.plan_field is None:
        wrong = text("this service has no field of plans that is known")
        raise UsageError(option("plan", plans[0]), wrong, text("use it with zones"))
    quoted = (one.replace("'", "''") for one in plans)
    return " OR ".join(f"{service.plan_field} LIKE '{one}'" for one in quoted)


def _box(
    here: Catalog, bbox: str | tuple[float, ...] | None, site: str | None
) -> tuple[float, float, float, float] | None:
    """Return the box to fetch: as given, or round a site."""
    if site is not None:
        if bbox is not None:
            thing = option("bbox")
            raise UsageError(thing, text("given with {site}", site=option("site")), _ONE)
        return _around(replace(here, chosen=(site,)))
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


def _around(here: Catalog) -> tuple[float, float, float, float]:
    """Return the box about 1 km around the sites of a catalog."""
    west, south, east, north = read_outlines(here).to_crs(systems.WGS84).total_bounds
    return west - _AROUND, south - _AROUND, east + _AROUND, north + _AROUND


@dataclass(frozen=True)
class _Fetch:
    """What is fetched, and where to."""

    request: Request
    client: Client
    folder: Path
    service: Service
    name: str
    watch: Watch | None

    def features(self, crs: str | None) -> PulledLayer:
        """Fetch features, or a file of them, and give them a place in the cache."""
        answer, frame = self._frame(crs)
        require_fields(self.service, list(map(str, frame.columns)))
        about = self._about(answer)
        rows = frame.to_crs(systems.WGS84).rename_axis(PULLED_KEY).reset_index()
        if about["geometry_status"]:
            rows["geometry_status"] = rows["geometry_status"].fillna(about["geometry_status"])
        told = {
            "count": len(rows),
            "crs": systems.WGS84.to_string(),
            "geometry": ", ".join(sorted(frame.geom_type.unique())),
            "key": PULLED_KEY,
        }

        def write(path: Path) -> None:
            arrow_columns(rows).to_parquet(path, compression="zstd", index=False)

        return _published(self.folder, DATA, write, about | told)

    def tiles(self, zooms: str) -> PulledLayer:
        """Fetch raster tiles, and give them a place in the cache."""
        path, url = self.folder / TILES, self.request.url
        wanted = tiles_of_box(self.request.bbox or (0.0, 0.0, 0.0, 0.0), zooms)
        pages = fetch_tiles(self.request, wanted, self.client, path)
        for _ in pages if self.watch is None else self.watch(pages, len(wanted)):
            continue
        about = self._about(None)
        facts = {"name": about["title"], "attribution": about["credit"], "url": url}
        count = describe_tiles(path, facts, url)
        told = {
            "count": count,
            "crs": systems.WEB_MERCATOR.to_string(),
            "geometry": "",
            "key": None,
        }
        return _published(self.folder, TILES, path.replace, about | told)

    def _frame(self, crs: str | None) -> tuple[Answer | None, gpd.GeoDataFrame]:
        """Fetch the features of a service, or a file, as a checked frame."""
        request, kind = self.request, service_kind(self.request.url)
        if kind == "file":
            path = fetch_file(request, self.client, self.folder)
            frame = _settled(OwnFile(path=path, crs=crs, max_size=self.client.limits.max_bytes))
            return None, _cut(frame, request)
        kept = Kept(self.folder)
        answer = _KINDS[kind](request, self.client, kept)
        pages = check_pages(answer, kept, request.url)
        pages = pages if self.watch is None else self.watch(pages, answer.count)
        drawn = _with_geometry([one for page in pages for one in page])
        if not drawn:
            wrong = text("holds no features for this query")
            raise SourceError(host_of(request.url), wrong, _WIDER)
        given = Given({"type": "FeatureCollection", "features": drawn})
        return answer, read_own(OwnFile(path=host_of(request.url), given=given, crs=crs))

    def _about(self, answer: Answer | None) -> dict[str, Any]:
        """Return what is known before anything is written."""
        now, url, service = datetime.now(UTC), self.request.url, self.service
        return {
            "name": self.name,
            "version": f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z",
            "url": url,
            "kind": service_kind(url),
            "query": self.request.query,
            "title": service.title or (answer.title if answer else "") or self.name,
            "licence": service.licence,
            "credit": service.credit or (answer.credit if answer else "") or host_of(url),
            "as_of": f"{now:%Y-%m-%d}",
            "geometry_status": service.geometry_status,
            "accuracy_m": service.accuracy_m,
        }


def _with_geometry(features: list[Feature]) -> list[Feature]:
    """Leave out features without geometry, and say how many."""
    drawn = [one for one in features if one.get("geometry")]
    if left := len(features) - len(drawn):
        notify(text("{count} features without geometry", count=left))
    return drawn


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
            notify(said)
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


def _published(
    folder: Path, name: str, write: Callable[[Path], object], about: dict[str, Any]
) -> PulledLayer:
    """Write a file beside its place, and give it its place in one step."""
    draft = folder / about["version"]
    try:
        draft.mkdir()
        write(draft / name)
        digest, size = sha256(draft / name), (draft / name).stat().st_size
    except OSError as error:
        raise unwritable(error) from None
    return publish(draft, PulledLayer(path=draft / name, sha256=digest, size=size, **about))
