"""Documents on a terminal: no line is wider than it, and nothing of the marks is left."""

import pytest
from rich.cells import cell_len

import nmgeo as nm
from nmgeo.outputs.document_text import document_text


@pytest.mark.parametrize("lang", ["en", "tc"])
@pytest.mark.parametrize("width", [60, 80])
def test_a_fact_sheet_fits_a_terminal(lang, width):
    shown = document_text(nm.sheet("sandy_ridge", lang=lang), width)

    assert max(map(cell_len, shown.splitlines())) <= width
    assert not any(mark in shown for mark in ("](<", "| ", "## "))
    assert "https://" not in shown


def test_marks_links_and_escaped_signs_are_read():
    written = (
        "# A \\* B\n\n> said &amp; done\n\n| X | N |\n| :-- | --: |\n| [t](<https://a.hk>) | 1 |\n"
    )

    assert document_text(written, 40).splitlines() == [
        *("A * B", "", "  said & done", "", "X N"),
        *("───", "t 1"),
    ]
