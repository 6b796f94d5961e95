"""How numbers, sizes, times and places look to people, by language."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.names import shown
from web.words import words

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")

MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
           "November", "Dezember"),
}  # fmt: skip


def for_language(language: str) -> dict[str, Callable[..., str]]:
    """The template filters of one language."""
    return {
        "size": lambda n: size(n, language),
        "count": lambda n: count(n, language),
        "when": lambda us: when(us, language),
        "wall": lambda us: wall(us, language),
        "month": lambda ym: month(ym, language),
        "duration": duration,
        "ago": lambda us: ago(us, language),
        "printable": shown,
    }


def count(number: int, language: str) -> str:
    """`12,345` or `12.345`."""
    return f"{number:,}".replace(",", "." if language == "de" else ",")


def size(octets: int, language: str) -> str:
    """`4.2 MB`, decimal units."""
    value, unit = float(octets), 0
    while value >= 1000 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    text = f"{value:.0f}" if unit == 0 or value >= 100 else f"{value:.1f}"
    return f"{text.replace('.', ',') if language == 'de' else text} {UNITS[unit]}"


def wall(local_us: int | None, language: str) -> str:
    """A wall-clock time (microseconds, no zone): `1 July 2026, 14:33`."""
    if local_us is None:
        return ""
    at = EPOCH + timedelta(microseconds=local_us)
    dot = "." if language == "de" else ""
    return f"{at.day}{dot} {MONTHS[language][at.month - 1]} {at.year}, {at:%H:%M}"


def when(us: int | None, language: str) -> str:
    """An instant (microseconds since 1970) in UTC, as a machine-made log would say it."""
    return "" if us is None else wall(us, language) + " UTC"


def month(ym: int, language: str) -> str:
    """`July 2026` for 202607; the undated are 0."""
    if not ym:
        return words(language).gettext("Undated")
    return f"{MONTHS[language][ym % 100 - 1]} {ym // 100}"


def duration(ms: int | None) -> str:
    """`1:05` or `1:02:03` for milliseconds."""
    seconds = round((ms or 0) / 1000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def ago(us: int | None, language: str) -> str:
    """How long ago an instant was, in words: `3 minutes ago`."""
    texts = words(language)
    if us is None:
        return texts.gettext("never")
    seconds = max(0, int((datetime.now(UTC) - EPOCH).total_seconds() - us / 1e6))
    steps: tuple[tuple[int, Any], ...] = (
        (86_400, lambda n: texts.ngettext("%(num)d day ago", "%(num)d days ago", n)),
        (3_600, lambda n: texts.ngettext("%(num)d hour ago", "%(num)d hours ago", n)),
        (60, lambda n: texts.ngettext("%(num)d minute ago", "%(num)d minutes ago", n)),
    )
    for unit, phrase in steps:
        if seconds >= unit:
            n = seconds // unit
            return str(phrase(n) % {"num": n})
    return texts.gettext("just now")
