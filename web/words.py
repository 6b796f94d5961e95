"""The words of each language: compiled catalogues in `web/locale`, English being that of the sources."""

import gettext
from functools import cache
from importlib.resources import files
from pathlib import Path

LANGUAGES = ("en", "de")


@cache
def words(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; the sources' own English where it has none."""
    return gettext.translation("messages", Path(str(files("web"))) / "locale", [language], fallback=True)


def preferred(own: str, accepted: str) -> str:
    """Somebody's own language, else the first one their program names (Accept-Language) that we have, else English."""
    named = (part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))
    return next((code for code in (own, *named) if code in LANGUAGES), LANGUAGES[0])


def marked(text: str) -> str:
    """The text itself; marks it for translation."""
    return text
