"""Write what every command says today into expected/; read the diff before it is committed.

``python tests/golden/renew.py`` writes all; ``python tests/golden/renew.py near`` those of a case,
``near.tc.table.txt`` one file.
"""

import sys
from itertools import chain
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]

from outputs import EXPECTED, outputs, file_outputs


def main(names):
    """Write the files of the named cases, or all of them."""
    cases = [*outputs(), *file_outputs()]
    chosen = {name: [c for c in cases if name in _names(c[0])] for name in names}
    if unknown := [name for name, found in chosen.items() if not found]:
        sys.exit(f"no such case: {', '.join(unknown)}; files are named in {EXPECTED}")
    EXPECTED.mkdir(exist_ok=True)
    for file, text in chain(*chosen.values()) if names else cases:
        file.write_text(text(), encoding="utf-8")


def _names(file):
    """Return what a file is called: by itself, and with the others of its case."""
    return {file.name, file.name.split(".")[0]}


if __name__ == "__main__":
    main(sys.argv[1:])
