"""What commands say is what a reader has checked: every stored output is compared line by line.

``python tests/golden/renew.py`` writes the stored outputs; their diff is what a reader checks.
"""

import difflib
import importlib.util
from pathlib import Path

import pytest
from programs import missing

from nmgeo.outputs.sheets.fonts import find_font

FONT = "NotoSansCJK-Regular.ttc"  # whose widths place the texts of what is drawn
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def cases():
    spec = importlib.util.spec_from_file_location("golden_outputs", HERE / "outputs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict([*module.outputs(), *module.file_outputs()])


@pytest.mark.usefixtures("one_atlas")
@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
@pytest.mark.parametrize("file", sorted(HERE.glob("expected/*")) or [HERE], ids=lambda f: f.name)
def test_an_output_is_the_one_that_a_reader_has_checked(cases, file):
    if file == HERE:  # nothing is stored
        assert cases
        return
    if file.name.startswith("drawn") and find_font(None, set()).name != FONT:
        missing("fonts-noto-cjk", f"{FONT} is not installed")
    before, now = file.read_text(encoding="utf-8").splitlines(), cases[file]().splitlines()
    diff = "\n".join(difflib.unified_diff(before, now, "stored", "now", n=1, lineterm=""))

    assert not diff, f"{diff}\nif this is meant: python tests/golden/renew.py {file.name}"
