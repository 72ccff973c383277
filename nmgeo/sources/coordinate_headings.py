"""What the headings of a table say of coordinates: their axis, and the words beside it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

AXES: Final[Mapping[str, tuple[str, ...]]] = {  # what a heading says, in the order of preference
    "longitude": ("lon", "long", "lng", "longitude", "經度", "经度", "東經", "东经"),
    "latitude": ("lat", "latitude", "緯度", "纬度", "北緯", "北纬"),
    "easting": ("easting", "eastings", "east", "e", "東距", "东距", "東", "东", "東向", "橫"),
    "northing": ("northing", "northings", "north", "n", "北距", "北", "北向", "縱"),
    "x": ("x", "xcoord", "coordx", "xcoordinate"),
    "y": ("y", "ycoord", "coordy", "ycoordinate"),
    "pair": (
        *("coordinates", "coordinate", "coords", "coord", "latlon", "latlong", "latlng", "lonlat"),
        *("location", "position", "geopoint", "gridref", "gridreference", "reference", "gr"),
        *("mapref", "mapreference", "utmgridref", "utmgridreference", "mgrs", "mgrsreference"),
        *("坐標", "座標", "坐标", "經緯度", "经纬度", "位置", "網格坐標", "方格坐標"),
    ),
}
PAIRS: Final = (("longitude", "latitude"), ("easting", "northing"), ("x", "y"))
HK80_WORDS: Final = frozenset({"hk80", "hk1980", "1980", "80"})
_PLAIN_WORDS: Final = frozenset(
    {
        *("hk", "grid", "wgs", "wgs84", "wgs1984", "84", "1984", "gps", "geo", "map", "the", "of"),
        *("coordinate", "coordinates", "coord", "coords", "co", "ordinate", "value", "ref"),
        *("stop", "site", "facility", "building", "point", "centroid", "center", "centre", "start"),
        *("m", "metre", "metres", "meter", "meters", "deg", "degree", "degrees", "decimal", "dd"),
        *("geometry", "geom", "location", "place", "shape"),
        *("坐標", "座標", "坐标", "米", "度", "香港", "方格", "網格", "地圖", "十進制", "值"),
        *("站", "車站", "設施", "设施", "地點", "地点", "地盤", "位置", "中心", "中心點", "起點"),
    }
)
_ALSO_DIRECTIONS: Final = {"long", "east", "north", "東向", "北向"}  # or lengths
_OWN_WORDS: Final = {  # which say their axis behind any other word, such as "Depot Longitude"
    axis: frozenset(word for word in words if len(word) > 1) - _ALSO_DIRECTIONS
    for axis, words in AXES.items()
    if axis in ("longitude", "latitude", "easting", "northing")
}
_TOKENS: Final = re.compile(r"[a-z]+\d*|\d+|[\u4e00-\u9fff]+")
_CHINESE_WORDS: Final = re.compile(
    "坐標|座標|坐标|香港|方格網|方格|網格|地圖|十進制|[（(]?米[)）]?|[（(]度[)）]|值"
)
_CHINESE_AXIS: Final = re.compile("(.+?)(經緯度|经纬度|[經经緯纬]度|[東东]距|北距)$")
_LABELS: Final = frozenset({"x", "y"})  # beside a word that says more, as in "X (Easting)"
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z]|[A-Z]$)")


def axis_of(heading: str) -> str | None:
    """Return the axis that a heading names, one of :data:`AXES`.

    Examples
    --------
    >>> axis_of("Easting (m)"), axis_of("HK80_N"), axis_of("stop_lat"), axis_of("Estate")
    ('easting', 'northing', 'latitude', None)
    """
    return read_heading(heading)[0]


def read_heading(heading: str) -> tuple[str | None, frozenset[str]]:
    """Return the axis of a heading, and the other words in it."""
    words = _words(heading)
    if _names_pair(heading):
        return "pair", frozenset()
    for axis, names in AXES.items():
        others = frozenset(words).difference(names)  # it may say its axis in two languages
        labels = _LABELS if axis in _OWN_WORDS else frozenset[str]()
        if len(others) < len(set(words)) and others <= _PLAIN_WORDS | HK80_WORDS | labels:
            return axis, others - labels
    return None, frozenset()


def _names_pair(heading: str) -> bool:
    """Whether a heading names both coordinates, in each language that it is written in."""
    tokens = _TOKENS.findall(heading.casefold())
    written = {"".join(t for t in tokens if t.isascii() == plain) for plain in (True, False)}
    return bool(tokens) and written - {""} <= frozenset(AXES["pair"])


def behind_other_words(names: Iterable[str], axes: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Return the two headings that say axes behind the same other words, if just two do."""
    found: dict[str, dict[frozenset[str], str]] = {axis: {} for axis in axes}
    for name in names:
        words = frozenset(_words(name))
        for axis in axes:
            if words & _OWN_WORDS.get(axis, frozenset()):
                found[axis][words - _OWN_WORDS[axis]] = name
    same = found[axes[0]].keys() & found[axes[1]].keys()
    if len(same) == 1:
        words = same.pop()
        yield found[axes[0]][words], found[axes[1]][words]


def _words(heading: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", _CAMEL.sub(" ", heading)).casefold()
    words: list[str] = []
    for token in _TOKENS.findall(plain):
        rest = token if token in AXES["pair"] else _CHINESE_WORDS.sub("", token)
        split = _CHINESE_AXIS.fullmatch(rest)
        words += split.groups() if split else [rest or "坐標"]
    return words


def all_words(headings: Iterable[str]) -> frozenset[str]:
    """Return the words of some headings."""
    return frozenset(word for heading in headings for word in _words(heading))
