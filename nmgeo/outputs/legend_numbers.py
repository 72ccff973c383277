"""Numbers in a legend: as few digits as tell them apart."""

from typing import Final

import numpy as np

from nmgeo.units import LONGEST

_LEAST_DIGITS: Final = 3  # of a number in a legend
_SHORT: Final = 6  # digits of a number that is written whole
_MOST_DIGITS: Final = 17  # tell any two numbers apart


def fewest_digits(numbers: np.ndarray) -> int:
    """Return how many digits tell different numbers apart, 3 or more; 0 if all are whole.

    Numbers that have no more than 6 digits keep them all.

    Examples
    --------
    >>> [fewest_digits(np.array([0.72, other])) for other in (2.9998704, 0.7200001, 20.25)]
    [3, 7, 6]
    """
    if (numbers == np.rint(numbers)).all():
        return 0
    if all(float(number_text(one, _SHORT, "")) == one for one in numbers):
        return _SHORT
    counts = range(_LEAST_DIGITS, _MOST_DIGITS)
    texts = ({number_text(one, count, "") for one in numbers} for count in counts)
    apart = (count for count, said in zip(counts, texts, strict=True) if len(said) == len(numbers))
    return next(apart, _MOST_DIGITS)


def number_text(number: float, digits: int, comma: str) -> str:
    """Write a number with so many digits, the whole ones always, and with or without commas.

    Examples
    --------
    >>> number_text(2031.0, 0, ""), number_text(2300011.5, 6, ","), number_text(0.05, 6, "")
    ('2031', '2,300,011.5', '0.05')
    """
    size = abs(number)
    if size >= LONGEST or 0 < size < 1 / LONGEST:
        return f"{number:.6g}"
    whole = len(f"{size:.0f}") if size >= 1 else int(np.floor(np.log10(size or 1))) + 1
    decimals = max(digits - whole, 1) if digits else 0
    shown = f"{number:{comma}.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if decimals else shown
