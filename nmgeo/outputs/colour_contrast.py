"""Colours of text that can be read on its ground, as WCAG 2 measures contrast."""

from typing import Final

_READ: Final = 4.5  # least contrast of text
_STEPS: Final = 20  # to black
_DARK, _STEEP = 0.04045, 2.4  # of the curve of sRGB


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours.

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str = "#ffffff") -> str:
    """Return a colour, darkened until text in it can be read on a light ground.

    Examples
    --------
    >>> readable("#0072b2"), readable("#fde725")
    ('#0072b2', '#7f7413')
    """
    for step in range(_STEPS):
        share = 1 - step / _STEPS
        darker = "#" + "".join(f"{int(part * share + 0.5):02x}" for part in _parts(colour))
        if contrast(darker, ground) >= _READ:
            return darker
    return "#000000"


def _parts(colour: str) -> bytes:
    return bytes.fromhex(colour.removeprefix("#"))


def _light(colour: str) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= _DARK else ((part / 255 + 0.055) / 1.055) ** _STEEP
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
