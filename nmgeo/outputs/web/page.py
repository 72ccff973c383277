"""Pages: one HTML file with all that it needs, which asks the network for nothing.

A content security policy lets run only the scripts and styles that were here when it was written.
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

import folium
import jinja2
from branca.element import Element, Figure, Link, MacroElement
from folium.template import Template

from nmgeo.errors import ExportError

FOLDER: Final = Path(__file__).parents[2] / "page"
SCRIPTS: Final = ("dom.js", "hk80.js", "canvas_layer.js", "map.js", "panel.js", "tools.js")
SANDBOX: Final = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
_POLICY_MARK: Final = "nm-content-policy"
_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", flags=re.DOTALL)


class OfflinePage(Figure):
    """A page that carries its scripts and styles instead of asking the network for them."""

    _template = jinja2.Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    POLICY_PLACEHOLDER = _POLICY_MARK

    def __init__(self, **parts: Any) -> None:
        """Take the parts of the page by the names that ``page.html`` gives them."""
        super().__init__()
        self.hosts: Sequence[str] = ()
        self.header._children.clear()
        self.__dict__.update(parts)
        self.css = (FOLDER / "page.css").read_text(encoding="utf-8")
        self.code = "".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)

    def render(self, **kwargs: Any) -> str:
        """Render with every link replaced by what it points to, and the policy filled in."""
        for child in self._children.values():
            child.render(**kwargs)
        for link in self.header._children.values():
            if isinstance(link, Link):
                link.code = _asset(link.url)  # type: ignore[assignment]
        html = str(self._template.render(this=self, kwargs={"embedded": True}))
        return html.replace(_POLICY_MARK, content_security_policy(html, self.hosts), 1)


class PageMap(folium.Map):
    """A map with nothing in its head, and with Leaflet alone; a notebook shows it in a sandbox."""

    default_js = [("leaflet_js", "leaflet.js")]  # noqa: RUF012 - as folium has it
    default_css = [("leaflet_css", "leaflet.css")]  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}
        });
        L.control.scale({imperial: false}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def _repr_html_(self, **_: Any) -> str:
        """Show the page in a frame that can reach neither the notebook nor the network.

        Its links to sources open in a tab of their own, which knows nothing of the notebook.
        """
        page = escape(render(self.get_root()))
        return (
            f'<iframe sandbox="{SANDBOX}" title="nmgeo" width="100%" height="640" '
            f'srcdoc="{page}"></iframe>'
        )


class StartScript(MacroElement):
    """Hands the map to the page's own scripts."""

    _template = Template(
        "{% macro script(this, kwargs) %}nmStart({{ this._parent.get_name() }});{% endmacro %}"
    )


def render(page: Element) -> str:
    """Render a page; the same page gives the same text, although folium's ids are random."""
    for number, element in enumerate(_walk(page)):
        element._id = f"{number:x}"
    return str(page.render()) + "\n"


def content_security_policy(html: str, images: Sequence[str] = ()) -> str:
    """Return the content security policy of a page: its own scripts and styles by their hashes."""
    allowed: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        allowed[kind].append(f"'sha256-{digest}'")
    return (
        f"default-src 'none'; script-src {' '.join(allowed['script'])}; "
        f"style-src {' '.join(allowed['style'])}; img-src {' '.join(['data:', *images])}; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    """Return a file of the Leaflet package, its pictures written into it."""
    try:
        folder = Path(import_module("xstatic.pkg.leaflet").BASE_DIR)
        text = (folder / name).read_text(encoding="utf-8")
        text = re.sub(r"(?m)^\s*//# sourceMappingURL=.*$", "", text)
        return re.sub(r"url\((images/[\w.-]+)\)", lambda found: _data_uri(folder / found[1]), text)
    except (ImportError, AttributeError, OSError) as error:
        wrong = f"missing from the installation ({error})"
        raise ExportError(name, wrong, "install the package XStatic-Leaflet again") from None


def _data_uri(picture: Path) -> str:
    code = base64.b64encode(picture.read_bytes()).decode()
    return f"url(data:image/png;base64,{code})"


def _walk(element: Element) -> Iterator[Element]:
    yield element
    parts = [element.header, element.html, element.script] if isinstance(element, Figure) else []
    for child in (*parts, *element._children.values()):
        yield from _walk(child)
