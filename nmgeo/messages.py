"""Messages: English text that keeps its template and values, so that it can be translated."""

from typing import Any


class Text(str):
    """English text made of a template and values; :mod:`nmgeo.translations` translates it."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, Any]


def text(template: str, /, **values: Any) -> Text:
    """Fill the values into a template.

    Parameters
    ----------
    template : str
        English text as for :meth:`str.format`, a literal. Its translations stand in
        ``nmgeo/translations/messages/``, one file for each part of the package.
    **values
        What the braces of the template name; a value may be a :class:`Text` itself.

    Returns
    -------
    Text
        The English text, a ``str`` in every respect.

    Examples
    --------
    >>> text("layer {name!r} has no status", name="zones")
    "layer 'zones' has no status"
    """
    said = Text(template.format(**values))
    said.template, said.values = template, values
    return said
