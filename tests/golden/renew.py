"""Write what every command says today into expected/; read the diff before it is committed.

``python tests/golden/renew.py`` writes all; ``python tests/golden/renew.py near`` those of a name.
"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]

from outputs import EXPECTED, outputs, report_outputs


def main(names):
    """Write the files of the named cases, or all of them."""
    EXPECTED.mkdir(exist_ok=True)
    for file, text in [*outputs(), *report_outputs()]:
        if not names or file.name.split(".")[0] in names:
            file.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
