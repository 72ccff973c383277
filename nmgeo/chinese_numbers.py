"""Numbers written in Chinese characters, converted to digits."""

import re
from decimal import Decimal
from typing import Final

_DIGITS: Final = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "兩": 2,
    "两": 2,
}
_PLACE_VALUES: Final = {"十": 10, "百": 100, "千": 1_000}
_CHARACTERS: Final = "".join([*_DIGITS, *_PLACE_VALUES])
_DIGIT: Final = f"[{''.join(_DIGITS)}]"
_WITH_PLACES: Final = rf"(?:{_DIGIT}?千)?零?(?:{_DIGIT}?百)?零?(?:{_DIGIT}?十)?{_DIGIT}?"
_NUMBER: Final = re.compile(rf"(?P<whole>[{_CHARACTERS}]+)(?:[點点](?P<part>{_DIGIT}+))?")
_MAGNITUDES: Final = {"千": 3, "萬": 4, "万": 4, "億": 8, "亿": 8}
_WITH_MAGNITUDE: Final = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?([{''.join(_MAGNITUDES)}])(?!米|瓦)")


def in_full(text: str) -> str:
    """Write the numbers of a text that end in 千, 萬 or 億 in full.

    Parameters
    ----------
    text : str
        Such as ``"30萬職位"``, with digits and without separators of thousands.

    Returns
    -------
    str
        千米 and 千瓦 are units and stay as they are.

    Examples
    --------
    >>> in_full("30萬職位"), in_full("181.35亿港元"), in_full("5千米")
    ('300000職位', '18135000000港元', '5千米')
    """
    return _WITH_MAGNITUDE.sub(_expand_match, text)


def _expand_match(match: re.Match[str]) -> str:
    number = Decimal(match[1]).scaleb(_MAGNITUDES[match[2]]).normalize()
    return f"{number:f}"


def to_digits(text: str) -> str:
    """Convert the first Chinese number of a text to digits.

    Parameters
    ----------
    text : str
        Such as ``"約二十萬平方米"``; 萬, 億 and units stay as they are.

    Returns
    -------
    str
        Unchanged if the text has a digit already, or no Chinese number.

    Examples
    --------
    >>> to_digits("約二十萬平方米"), to_digits("5平方千米"), to_digits("一點五公頃")
    ('約20萬平方米', '5平方千米', '1.5公頃')
    """
    if re.search("[0-9]", text):
        return text
    return _NUMBER.sub(_convert_match, text, count=1)


def _convert_match(match: re.Match[str]) -> str:
    whole, part = match["whole"], match["part"]
    if not set(whole) & set(_PLACE_VALUES):
        number = "".join(map(_convert_digit, whole))
    elif re.fullmatch(_WITH_PLACES, whole):
        number = str(_sum_of_places(whole))
    else:
        return match[0]
    return f"{number}.{''.join(map(_convert_digit, part))}" if part else number


def _convert_digit(character: str) -> str:
    return str(_DIGITS[character])


def _sum_of_places(whole: str) -> int:
    """Return the value of a number with 十, 百 and 千; a digit 一 before 十 may be left out."""
    found = re.findall(
        f"({_DIGIT}?)([{''.join(_PLACE_VALUES)}])|({_DIGIT})$", whole.replace("零", "")
    )
    return sum(
        _DIGITS[last] if last else _DIGITS.get(digit, 1) * _PLACE_VALUES[place]
        for digit, place, last in found
    )
