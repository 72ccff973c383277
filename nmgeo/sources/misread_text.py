"""Text of files that is in another encoding than they name, and the error of it."""

import pyarrow as pa

from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources.describe import Description, encoding_remedy


def misread(seen: Description) -> LayerError:
    """Return the error of a file with such text."""
    wrong = text("has text in another encoding than it names")
    return LayerError(seen.file, wrong, encoding_remedy(seen))


def require_text(table: pa.Table, seen: Description) -> None:
    """Stop at text that is not in UTF-8, which Arrow hands on as it is.

    Raises
    ------
    LayerError
        With the name of the file.
    """
    try:
        for column in table.columns:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                column.validate(full=True)
    except pa.ArrowInvalid:
        raise misread(seen) from None
