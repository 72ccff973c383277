"""Pages: HTML that carries its scripts and styles, and comes out the same every time."""

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from branca.element import Element, Figure, Link
from xstatic.pkg import leaflet

from nmgeo.words import Lang

FOLDER: Final = Path(__file__).with_name("page")
_HTML_LANG: Final[Mapping[Lang, str]] = {"en": "en", "tc": "zh-Hant-HK", "sc": "zh-Hans"}


class OfflinePage(Figure):
    """A page that carries its scripts and styles instead of asking the network for them."""

    _template = jinja2.Template((FOLDER / "page.html").read_text(encoding="utf-8"))

    def __init__(self, *, title: str, caveat: str, lang: Lang) -> None:
        super().__init__(title=title)
        self.header._children.clear()
        self.caveat, self.lang, self.legend = caveat, _HTML_LANG[lang], ""
        self.css = (FOLDER / "page.css").read_text(encoding="utf-8")

    def render(self, **kwargs: Any) -> str:
        """Render with every link replaced by what it points to."""
        for child in self._children.values():
            child.render(**kwargs)
        for link in self.header._children.values():
            if isinstance(link, Link):
                link.code = _asset(link.url)  # type: ignore[assignment]
        return str(self._template.render(this=self, kwargs={"embedded": True}))


def render(page: Element) -> str:
    """Render a page; the same page gives the same text, although folium's ids are random."""
    for number, element in enumerate(_walk(page)):
        element._id = f"{number:x}"
    return str(page.render()) + "\n"


@cache
def _asset(name: str) -> str:
    """Return a file of the Leaflet package, its pictures written into it."""
    folder = Path(leaflet.BASE_DIR)
    text = (folder / name).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^\s*//# sourceMappingURL=.*$", "", text)
    return re.sub(r"url\((images/[\w.-]+)\)", lambda found: _data_uri(folder / found[1]), text)


def _data_uri(picture: Path) -> str:
    code = base64.b64encode(picture.read_bytes()).decode()
    return f"url(data:image/png;base64,{code})"


def _walk(element: Element) -> Iterator[Element]:
    yield element
    parts = [element.header, element.html, element.script] if isinstance(element, Figure) else []
    for child in (*parts, *element._children.values()):
        yield from _walk(child)
