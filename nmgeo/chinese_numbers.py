"""Numerals: numbers that are written in Chinese, as plans and papers of Hong Kong write them."""

import re
from typing import Final

_DIGITS: Final = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "兩": 2,
    "两": 2,
}
_PLACES: Final = {"十": 10, "百": 100, "千": 1_000}
_SIGNS: Final = "".join([*_DIGITS, *_PLACES])
_DIGIT: Final = f"[{''.join(_DIGITS)}]"
_PLACED: Final = rf"(?:{_DIGIT}?千)?零?(?:{_DIGIT}?百)?零?(?:{_DIGIT}?十)?{_DIGIT}?"
_WRITTEN: Final = re.compile(rf"(?P<whole>[{_SIGNS}]+)(?:[點点](?P<part>{_DIGIT}+))?")


def to_digits(text: str) -> str:
    """Write the first number of a text in digits, if it has none.

    Parameters
    ----------
    text : str
        Such as ``"約二十萬平方米"``; 萬, 億 and units stay as they are.

    Returns
    -------
    str
        The text as it was if it holds a digit, or no Chinese number.

    Examples
    --------
    >>> to_digits("約二十萬平方米"), to_digits("5平方千米"), to_digits("一點五公頃")
    ('約20萬平方米', '5平方千米', '1.5公頃')
    """
    if re.search("[0-9]", text):
        return text
    return _WRITTEN.sub(_number, text, count=1)


def _number(match: re.Match[str]) -> str:
    whole, part = match["whole"], match["part"]
    if not set(whole) & set(_PLACES):
        number = "".join(map(_digit, whole))
    elif re.fullmatch(_PLACED, whole):
        number = str(_added(whole))
    else:
        return match[0]
    return f"{number}.{''.join(map(_digit, part))}" if part else number


def _digit(character: str) -> str:
    return str(_DIGITS[character])


def _added(whole: str) -> int:
    """Add up the digits at their places; that before a leading 十 may be left out."""
    found = re.findall(f"({_DIGIT}?)([{''.join(_PLACES)}])|({_DIGIT})$", whole.replace("零", ""))
    return sum(
        _DIGITS[last] if last else _DIGITS.get(digit, 1) * _PLACES[place]
        for digit, place, last in found
    )
