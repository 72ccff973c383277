"""ArcGIS FeatureServer and MapServer: paged by object ids, or by offset where ids are refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nmgeo import crs
from nmgeo.errors import SourceError, UsageError
from nmgeo.messages import text
from nmgeo.services.answers import Answer, Feature, Fetch, Kept, Request, walk_pages
from nmgeo.services.content import features_of, host_of
from nmgeo.services.esri_json import crs_of_reference, geojson_feature
from nmgeo.services.http import Client

_MOST: Final = 2_000  # features of one page
_FIELD: Final = re.compile(r"[A-Za-z_][\w.]*", flags=re.ASCII)
_CHECK: Final = text("check the address")
_WGS84: Final = str(crs.WGS84.to_epsg())


def fetch_arcgis(request: Request, client: Client, kept: Kept) -> Answer:
    """Ask a layer of an ArcGIS server for its features.

    Parameters
    ----------
    request : Request
        Whose address ends in ``FeatureServer/0`` or ``MapServer/0``; the number may be missing if
        there is one layer.
    client : Client
    kept : Kept
        Answers of an earlier run.

    Returns
    -------
    Answer

    Raises
    ------
    UsageError
        If the server has several layers and the address names none.
    SourceError
        Whatever is wrong with an answer.
    """
    url, about = _layer(re.sub(r"/query/?$", "", request.url.rstrip("/")), client)
    asked = {"where": request.where or "1=1", **_envelope(request)}
    count = client.get_json(f"{url}/query", asked | {"returnCountOnly": "true", "f": "json"})
    kept.require_same("count", {"count": count.get("count"), "url": url})
    if not isinstance(total := count.get("count"), int):
        raise SourceError(host_of(url), text("does not say how many features"), _CHECK)
    layer = _Layer(url, asked, _field(about, url), _page_size(about), _form(about), client, kept)
    return Answer(
        layer.pages(total),
        total,
        title=str(about.get("name") or ""),
        credit=str(about.get("copyrightText") or ""),
    )


def _layer(url: str, client: Client) -> tuple[str, dict[str, Any]]:
    """Return the address of a layer and what the server says of it."""
    about = client.get_json(url, {"f": "json"})
    layers = about.get("layers")
    if "fields" in about or not isinstance(layers, list):
        return url, about
    names = [f"{one.get('id')} {one.get('name')}" for one in layers if isinstance(one, dict)]
    if len(names) != 1:
        wrong = text("has the layers {names}", names=", ".join(names) or "-")
        raise UsageError(host_of(url), wrong, text("add the number of one to the address"))
    url = f"{url}/{names[0].split()[0]}"
    return url, client.get_json(url, {"f": "json"})


def _field(about: Mapping[str, Any], url: str) -> str:
    """Return the field of the object ids."""
    fields = about.get("fields") or []
    kinds = {one.get("type"): one.get("name") for one in fields if isinstance(one, dict)}
    name = str(about.get("objectIdField") or kinds.get("esriFieldTypeOID") or "OBJECTID")
    if _FIELD.fullmatch(name):
        return name
    raise SourceError(host_of(url), text("has no field of object ids"), _CHECK)


def _page_size(about: Mapping[str, Any]) -> int:
    said = about.get("maxRecordCount")
    return min(said, _MOST) if isinstance(said, int) and said > 0 else _MOST


def _form(about: Mapping[str, Any]) -> str:
    formats = str(about.get("supportedQueryFormats") or "").lower()
    return "geojson" if "geojson" in formats else "json"


def _envelope(request: Request) -> dict[str, str]:
    if request.bbox is None:
        return {}
    return {
        "geometry": request.query["bbox"],
        "geometryType": "esriGeometryEnvelope",
        "inSR": _WGS84,
        "spatialRel": "esriSpatialRelIntersects",
    }


@dataclass(frozen=True)
class _Layer:
    """A layer, and how its features are asked for."""

    url: str
    asked: Mapping[str, str]
    field: str
    page_size: int
    form: str
    client: Client
    kept: Kept

    def pages(self, count: int) -> Iterator[list[Feature]]:
        """Yield the features page by page."""
        ids = self._ids() if count else []
        yield from self._by_offset(count) if ids is None else self._by_ids(ids)

    def _ids(self) -> list[int] | None:
        """Return the object ids in order; None if the service does not tell them."""
        query = {**self.asked, "returnIdsOnly": "true", "f": "json"}
        try:
            told = self.kept.json("ids", lambda: self.client.get_json(f"{self.url}/query", query))
        except SourceError:
            return None
        ids = told.get("objectIds")
        good = isinstance(ids, list) and all(type(one) is int for one in ids)
        return sorted(ids) if good and ids is not None else None

    def _by_ids(self, ids: list[int]) -> Iterator[list[Feature]]:
        for start in range(0, len(ids), self.page_size):
            yield from self._chunk(ids[start : start + self.page_size])

    def _chunk(self, ids: list[int]) -> Iterator[list[Feature]]:
        """Yield the features of these ids; in halves if the server sends fewer at a time."""
        low, high = ids[0], ids[-1]
        between = f"({self.asked['where']}) AND {self.field}>={low} AND {self.field}<={high}"
        page = self._page(f"page-{low}-{high}", {**self.asked, "where": between})
        missing = set(ids) - {one["id"] for one in page}
        if not missing:
            yield page
        elif len(ids) > 1:
            middle = len(ids) // 2
            yield from self._chunk(ids[:middle])
            yield from self._chunk(ids[middle:])
        else:
            raise self.kept.contradiction(self.url, text("leaves out object {id}", id=low))

    def _by_offset(self, count: int) -> Iterator[list[Feature]]:
        def next_page(_told: dict[str, Any], found: int) -> Fetch | None:
            return self._window(found) if found < count else None

        for told in walk_pages(self.kept, self._window(0), next_page, self.url):
            yield self._features(told)

    def _window(self, start: int) -> Fetch:
        """Return what fetches the features from one number on."""
        window = {"resultOffset": str(start), "resultRecordCount": str(self.page_size)}
        return self._fetch({**self.asked, **window, "orderByFields": self.field})

    def _page(self, name: str, query: Mapping[str, str]) -> list[Feature]:
        return self._features(self.kept.json(name, self._fetch(query)))

    def _fetch(self, query: Mapping[str, str]) -> Fetch:
        shape = {"outFields": "*", "returnGeometry": "true", "returnTrueCurves": "false"}
        full = {**query, **shape, "outSR": _WGS84, "f": self.form}
        return lambda: self.client.get_collection(f"{self.url}/query", full)

    def _features(self, told: dict[str, Any]) -> list[Feature]:
        """Return one page as features of GeoJSON, each with its object id."""
        features = features_of(told, self.url)
        if self.form == "json":
            code = crs_of_reference(told.get("spatialReference"))
            features = [geojson_feature(one, code, self.url) for one in features]
        return [self._with_id(one) for one in features]

    def _with_id(self, feature: Feature) -> Feature:
        properties = feature.get("properties")
        found = properties.get(self.field) if isinstance(properties, dict) else None
        found = feature.get("id") if found is None else found
        if type(found) is int:
            return {**feature, "id": found}
        wrong = text("sends features without object ids")
        raise SourceError(host_of(self.url), wrong, _CHECK)
