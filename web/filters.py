"""How numbers, sizes, times and browsers look to people, by language."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from services.clock import now
from services.media.dates import LOCAL_HEADER_SOURCE
from services.media.languages import own_name
from services.models import Job
from services.names import shown
from services.storages import paths
from web.sentences import said
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
        "wall": lambda us: wall(us, language),
        "instant": lambda us: instant(us, language),
        "iso": iso,
        "moment": lambda us, zone: wall(local_time(us, zone), language),
        "date": lambda us, zone: wall(local_time(us, zone), language).partition(",")[0],
        "day": lambda ymd: day(ymd, language),
        "called": called,
        "initials": initials,
        "month": lambda ym: month(ym, language),
        "duration": duration,
        "offset": offset,
        "ago": lambda us: ago(us, language),
        "ahead": lambda us: ahead(us, language),
        "left": lambda job: left(job, now(), language),
        "browser": lambda agent: browser(agent, language),
        "said": lambda text: said(text, language),
        "source": lambda name: source(name, language),
        "printable": shown,
        "language": own_name,
        "quoted": lambda path: quote(paths.to_bytes(path), safe=""),
    }


@pass_context
def called(context: Context, login: str | None) -> str:
    """The name that others see of a person; the login itself where there is nobody of that name."""
    return context["everybody"]().get(login, login) if login else ""


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


def instant(us: int, language: str) -> str:
    """A moment by the clock of the appliance: `1 July 2026, 14:33`."""
    here = (EPOCH + timedelta(microseconds=us)).astimezone()
    return wall(us + round((here.utcoffset() or timedelta()).total_seconds()) * 1_000_000, language)


def iso(us: int) -> str:
    """A moment for machines: `2026-07-01T12:33:00+00:00`."""
    return (EPOCH + timedelta(microseconds=us)).isoformat(timespec="seconds")


def local_time(us: int | None, zone: str) -> int | None:
    """An instant as microseconds of the clock on the wall there; without a zone that of UTC."""
    if us is None:
        return None
    there = (EPOCH + timedelta(microseconds=us)).astimezone(ZoneInfo(zone or "UTC"))
    return (there.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def initials(name: str) -> str:
    """One or two letters for a person: `AM` for “Anna Maria”."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def month(ym: int, language: str) -> str:
    """`July 2026` for 202607; the undated are 0."""
    if not ym:
        return words(language).gettext("Undated")
    return f"{MONTHS[language][ym % 100 - 1]} {ym // 100}"


def day(ymd: int | None, language: str) -> str:
    """`4 July 2026` for 20260704."""
    dot = "." if language == "de" else ""
    return f"{ymd % 100}{dot} {MONTHS[language][ymd // 100 % 100 - 1]} {ymd // 10_000}" if ymd else ""


def duration(ms: int | None) -> str:
    """`1:05` or `1:02:03` for milliseconds."""
    seconds = round((ms or 0) / 1000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def offset(minutes: int) -> str:
    """Minutes east of UTC as `UTC+02:00`."""
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def ago(us: int | None, language: str) -> str:
    """How long ago an instant was, in words: `3 minutes ago`."""
    texts = words(language)
    if us is None:
        return texts.gettext("never")
    seconds = max(0, (now() - us) // 1_000_000)
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


def ahead(us: int, language: str) -> str:
    """How far an instant lies ahead, in words: `in 3 days`."""
    texts = words(language)
    seconds = max(0, (us - now()) // 1_000_000)
    steps: tuple[tuple[int, Any], ...] = (
        (2 * 86_400, lambda n: texts.ngettext("in %(num)d day", "in %(num)d days", n)),
        (3_600, lambda n: texts.ngettext("in %(num)d hour", "in %(num)d hours", n)),
        (60, lambda n: texts.ngettext("in %(num)d minute", "in %(num)d minutes", n)),
    )
    for unit, phrase in steps:
        if seconds >= unit:
            n = seconds // min(unit, 86_400)
            return str(phrase(n) % {"num": n})
    return texts.gettext("in a moment")


def source(name: str, language: str) -> str:
    """Where a date comes from; the names of fields in files stay as they are."""
    texts = words(language)
    plain = {
        "mtime": texts.gettext("when the file was last changed"),
        "file name": texts.gettext("the file's name"),
        "file name (UTC)": texts.gettext("the file's name"),
        "WhatsApp name": texts.gettext("the file's name"),
        LOCAL_HEADER_SOURCE: texts.gettext("the video's header, as local time"),
        "folder name": texts.gettext("the folder's name"),
    }
    return plain.get(name, name)


LEAST_DONE, LEAST_S = 20, 5
"""Before that, how long something takes cannot be told."""


def left(job: Job, moment: int, language: str) -> str:
    """How long a job will probably take yet: `about 3 minutes left`; empty while nobody can tell."""
    done, total = job.progress_done, job.progress_total
    taken = 0.0 if job.started_at is None else (moment - job.started_at) / 1e6
    if not total or done < LEAST_DONE or taken < LEAST_S:
        return ""
    minutes = round(taken / done * max(0, total - done) / 60)
    texts = words(language)
    if minutes < 1:
        return texts.gettext("less than a minute left")
    if minutes >= 90:
        return texts.gettext("about %(num)s hours left") % {"num": count(round(minutes / 60), language)}
    return texts.ngettext("about %(num)d minute left", "about %(num)d minutes left", minutes) % {
        "num": minutes
    }


_BROWSERS = (
    ("Edge", r"\bEdgA?/"), ("Opera", r"\bOPR/"), ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"), ("Chrome", r"\b(Chrome|HeadlessChrome|CriOS)/"), ("Safari", r"\bSafari/"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", r"\bAndroid\b"), ("iPhone", r"\biPhone\b"), ("iPad", r"\biPad\b"), ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"), ("ChromeOS", r"\bCrOS\b"), ("Linux", r"\bLinux\b"),
)  # fmt: skip


def browser(agent: str, language: str) -> str:
    """`Firefox, Linux` for what a browser says of itself; the first that fits, since each names others too."""
    found = [next((n for n, p in table if re.search(p, agent)), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or shown(agent[:60]) or words(language).gettext("unknown browser")
