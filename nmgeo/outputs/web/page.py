"""The web page: one self-contained HTML file that loads nothing from the network.

A content security policy allows only the scripts and styles that are in the page.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import jinja2

from nmgeo.errors import ExportError, first_line
from nmgeo.messages import text
from nmgeo.outputs.web.lazy_templates import lazy_templates

with lazy_templates():
    import folium
    from branca.element import Element, Figure, Link, MacroElement
    from folium.template import Template

FOLDER: Final = Path(__file__).parents[2] / "page"
SCRIPTS: Final = (
    *("numbers.js", "colours.js", "dom.js", "hk80.js", "planar.js", "csv.js", "view_canvas.js"),
    "specks.js",
    *("canvas_layer.js", "svg_context.js", "base_map.js", "outlines.js", "labels.js"),
    *("symbols.js", "swatches.js", "map.js", "class_legend.js", "panel.js", "tables.js", "here.js"),
    *("analysis.js", "draw.js", "years.js", "compare.js", "picture.js", "paper.js"),
    *("downloads.js", "sheet.js", "tiles.js", "header.js", "tools.js"),
)
SANDBOX: Final = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
_POLICY_PLACEHOLDER: Final = "nm-content-policy"
_INLINE_ELEMENT: Final = re.compile(r"<(script|style)>(.*?)</\1>", flags=re.DOTALL)


class OfflinePage(Figure):
    """A page with its scripts and styles inline, so that it works offline."""

    _template = jinja2.Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    POLICY_PLACEHOLDER = _POLICY_PLACEHOLDER

    def __init__(self, **parts: Any) -> None:
        """Set the parts of the page, named as in ``page.html``."""
        super().__init__()
        self.hosts: Sequence[str] = ()
        self.header._children.clear()
        self.__dict__.update(parts)
        self.css = (FOLDER / "page.css").read_text(encoding="utf-8")
        self.code = "".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)

    def render(self, **kwargs: Any) -> str:
        """Render with every link inlined, and the content security policy filled in."""
        for child in self._children.values():
            child.render(**kwargs)
        for link in self.header._children.values():
            if isinstance(link, Link):
                link.code = _leaflet_asset(link.url)  # type: ignore[assignment]
        html = str(self._template.render(this=self, kwargs={"embedded": True}))
        return html.replace(_POLICY_PLACEHOLDER, content_security_policy(html, self.hosts), 1)


class PageMap(folium.Map):
    """A map with Leaflet alone; a notebook shows it in a sandboxed frame."""

    default_js = [("leaflet_js", "leaflet.js")]  # noqa: RUF012 - as folium has it
    default_css = [("leaflet_css", "leaflet.css")]  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
            {...{{ this.options|tojavascript }}, zoom: undefined});
        L.control.scale({imperial: false}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def add_tiles(self, url: str, attribution: str, max_zoom: int) -> None:
        """Add a background from the network, with its attribution as HTML."""
        tiles = folium.TileLayer(url, attr=attribution, max_zoom=max_zoom, control=False)
        tiles.add_to(self)

    def _repr_html_(self, **_: Any) -> str:
        """Show the page in a frame that has no access to the notebook or the network.

        Links to sources open in a new tab, without a reference to the notebook.
        """
        page = escape(render(self.get_root()))
        return (
            f'<iframe sandbox="{SANDBOX}" title="nmgeo" width="100%" height="640" '
            f'srcdoc="{page}"></iframe>'
        )


class StartScript(MacroElement):
    """Passes the map to the scripts of the page."""

    _template = Template(
        "{% macro script(this, kwargs) %}nmStart({{ this._parent.get_name() }});{% endmacro %}"
    )


def render(page: Element) -> str:
    """Render a page reproducibly: the random ids of folium are replaced by numbers."""
    for number, element in enumerate(_elements(page)):
        element._id = f"{number:x}"
    return str(page.render()) + "\n"


def content_security_policy(html: str, images: Sequence[str]) -> str:
    """Return the content security policy of a page, with the hashes of its scripts and styles."""
    allowed: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in _INLINE_ELEMENT.findall(html):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        allowed[kind].append(f"'sha256-{digest}'")
    return (
        f"default-src 'none'; script-src {' '.join(allowed['script'])}; "
        f"style-src {' '.join(allowed['style'])}; img-src {' '.join(['data:', *images])}; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _leaflet_asset(name: str) -> str:
    """Return a file of the Leaflet package, with its images inlined."""
    try:
        folder = Path(import_module("xstatic.pkg.leaflet").BASE_DIR)
        code = (folder / name).read_text(encoding="utf-8")
        code = re.sub(r"(?m)^\s*//# sourceMappingURL=.*$", "", code)
        return re.sub(r"url\((images/[\w.-]+)\)", lambda found: _data_uri(folder / found[1]), code)
    except (ImportError, AttributeError, OSError) as error:
        wrong = text("missing from the installation ({why})", why=first_line(error))
        remedy = text("install the package XStatic-Leaflet again")
        raise ExportError(name, wrong, remedy) from None


def _data_uri(picture: Path) -> str:
    code = base64.b64encode(picture.read_bytes()).decode()
    return f"url(data:image/png;base64,{code})"


def _elements(element: Element) -> Iterator[Element]:
    yield element
    parts = [element.header, element.html, element.script] if isinstance(element, Figure) else []
    for child in (*parts, *element._children.values()):
        yield from _elements(child)
