"""How Sphinx builds the documentation: offline, with every warning an error (``make docs``)."""

import re
from pathlib import Path
from typing import Any

import nmgeo

project = "nmgeo"
author = "nmgeo contributors"
project_copyright = "nmgeo contributors"
version = release = nmgeo.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_ext", "examples", "**/.ipynb_checkpoints"]
needs_sphinx = "8.2"

# Markdown, with a link target at every heading; notebooks are run on every build.
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

# The docstrings state types in words; the signature stays short enough to read.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Source", "notes_style")]

# Types of other libraries have no page here, and no list of theirs is fetched: CI has no network.
nitpicky = True
nitpick_ignore_regex = [("py:.*", "(?!nmgeo[.]).*"), ("py:.*", "nmgeo[.][a-z_0-9]+[.].*")]

html_theme = "pydata_sphinx_theme"
html_title = "nmgeo"
html_static_path = ["_static"]
html_css_files = ["nmgeo.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "nmgeo"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}
html_sidebars = {"index": []}


def write_llms_txt(app: Any, error: Exception | None) -> None:
    """Put llms.txt of the repository beside the pages, with links that lead to them."""
    if error is None:
        text = (Path(__file__).parent.parent / "llms.txt").read_text(encoding="utf-8")
        linked = re.sub(r"\]\(docs/([^)]+)\.md\)", r"](\1.html)", text)
        (Path(app.outdir) / "llms.txt").write_text(linked, encoding="utf-8")


def setup(app: Any) -> None:
    """Write what Sphinx has no builder for."""
    app.connect("build-finished", write_llms_txt)
