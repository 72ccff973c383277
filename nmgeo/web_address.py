"""Addresses of the web, as sources give them."""

import re
from typing import Final

# Blanks, signs that end an address in HTML or Markdown, and characters that are not seen.
_NEVER: Final = r"\s\x00-\x20\x7f-\x9f<>\"|\\^`{}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_ADDRESS: Final = re.compile(rf"https?://[^{_NEVER}]+")


def is_web_address(written: str) -> bool:
    """Tell whether a text is an address of the web and no more, so that it is a link as it stands.

    Examples
    --------
    >>> is_web_address("https://www.news.gov.hk/a(1)"), is_web_address("https://a.hk/ <b>")
    (True, False)
    """
    return _ADDRESS.fullmatch(written) is not None
