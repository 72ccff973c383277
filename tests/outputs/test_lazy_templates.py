"""Templates of folium are compiled when they are drawn, and draw what they always draw."""

import subprocess
import sys

import jinja2
import pytest

from nmgeo.outputs.web.lazy_templates import lazy_templates

_COUNTED = """
import jinja2
compiled, plain = [], jinja2.Environment.compile
def compile_(self, source, *rest, **options):
    compiled.append(source)
    return plain(self, source, *rest, **options)
jinja2.Environment.compile = compile_
"""
_MARKER = """
import re
import folium
drawn = folium.Map(location=[22.5, 114.1])
folium.Marker([22.5, 114.1], popup="here").add_to(drawn)
print(re.sub("[0-9a-f]{32}", "id", drawn.get_root().render()))
"""


def _said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_template_is_compiled_once_and_when_it_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    plain = jinja2.Environment.compile

    def counted(self: jinja2.Environment, source: str, *rest: object) -> object:
        compiled.append(source)
        return plain(self, source, *rest)

    monkeypatch.setattr(jinja2.Environment, "compile", counted)
    with lazy_templates():

        class Element:
            template = jinja2.Template("{{ a }}{{ 1 + 1 }}")

        alone = jinja2.Template("{{ b }}", trim_blocks=True)
    assert not compiled
    assert isinstance(Element.template, jinja2.Template)
    assert Element().template.render(a="x") == "x2"
    assert Element().template.render(a="y") == "y2"
    assert alone.render(b="z") == "z"
    assert compiled == ["{{ a }}{{ 1 + 1 }}", "{{ b }}"]


def test_templates_are_plain_again_after_the_block_and_after_an_error() -> None:
    before = jinja2.Template.__dict__["__new__"]
    with pytest.raises(ZeroDivisionError), lazy_templates():
        raise ZeroDivisionError
    assert jinja2.Template.__dict__["__new__"] is before
    assert isinstance(jinja2.Template("{{ a }}"), jinja2.Template)


def test_a_page_compiles_the_templates_that_it_draws_alone() -> None:
    ours = "import nmgeo as nm; nm.site_map()._repr_html_(); print(len(compiled))"
    all_of_them = "import folium; print(len(compiled))"
    assert int(_said(_COUNTED + all_of_them)) > 40
    assert int(_said(_COUNTED + ours)) < 15


def test_maps_that_a_user_draws_with_folium_are_the_same() -> None:
    alone = _said(_MARKER)
    assert "L.marker" in alone
    assert _said("import nmgeo as nm; nm.site_map()" + _MARKER) == alone
