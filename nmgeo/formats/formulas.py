"""Text that a spreadsheet would run as a formula, once it opens a file of values."""

import re
from typing import Final

# A sign, also in full width (U+FF1D, U+FF0B, U+FF0D, U+FF20), after any blanks; or a tab or a line
# end, which some spreadsheets drop. Written for Python and for RE2, whose \s knows ASCII alone.
_BLANKS: Final = "[ \u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*"
FORMULA: Final = f"^(?:[\t\r\n\v\f]|{_BLANKS}[=+\\-@\uff1d\uff0b\uff0d\uff20])"
NUMBER: Final = r"^[+-]?[\d.]+$"  # what is none, though it begins with a sign
_IS_FORMULA: Final = re.compile(FORMULA)
_IS_NUMBER: Final = re.compile(NUMBER)


def guard_formula(text: str) -> str:
    """Put an apostrophe in front of text that a spreadsheet would run.

    Parameters
    ----------
    text : str
        The text of a cell.

    Returns
    -------
    str
        As it is, if it is harmless; signed numbers are.

    Examples
    --------
    >>> guard_formula(" =1+1"), guard_formula("-5")
    ("' =1+1", '-5')
    """
    harmless = _IS_FORMULA.match(text) is None or _IS_NUMBER.fullmatch(text) is not None
    return text if harmless else f"'{text}"
