"""Languages: the one list of the languages that tables, messages and the map are written in."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Lang = Literal["en", "tc", "sc"]
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language.

    Parameters
    ----------
    code : str
        What ``--lang`` calls it.
    title : str
        What it calls itself.
    html : str
        Its BCP 47 tag, for ``<html lang>``.
    button : str
        The label of its button on the map.
    """

    code: Lang
    title: str
    html: str
    button: str

    @property
    def name_column(self) -> str:
        """The column that holds names in this language."""
        return f"name_{self.code}"


LANGUAGES: Final[tuple[Language, ...]] = (
    Language(code="en", title="English", html="en", button="EN"),
    Language(code="tc", title="繁體中文", html="zh-Hant-HK", button="繁"),
    Language(code="sc", title="简体中文", html="zh-Hans", button="简"),
)
NAME_COLUMNS: Final = tuple(language.name_column for language in LANGUAGES)


def is_chinese(lang: Lang) -> bool:
    """Return whether a language is written without spaces between words."""
    return find_language(lang).html.startswith("zh")


def find_language(code: Lang) -> Language:
    """Return the language of a code."""
    return next(language for language in LANGUAGES if language.code == code)
