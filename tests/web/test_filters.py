"""How numbers, sizes, times and browsers look to people."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.clock import now
from web import filters

MINUTE = 60_000_000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Safari/537.36 Edg/140.0.0.0"
)


@pytest.mark.parametrize(
    ("octets", "language", "text"),
    [(0, "en", "0 B"), (999, "en", "999 B"), (4_200_000, "en", "4.2 MB"), (4_200_000, "de", "4,2 MB"),
     (123_456_789, "de", "123 MB"), (5 * 10**18, "en", "5000 PB")],
)  # fmt: skip
def test_sizes_are_short(octets: int, language: str, text: str) -> None:
    assert filters.size(octets, language) == text


def test_numbers_are_grouped_as_the_language_does() -> None:
    assert (filters.count(1234567, "en"), filters.count(1234567, "de")) == ("1,234,567", "1.234.567")


def test_a_wall_clock_is_written_out() -> None:
    at = 1_782_916_380_000_000
    assert filters.wall(at, "en") == "1 July 2026, 14:33"
    assert filters.wall(at, "de") == "1. Juli 2026, 14:33"
    assert filters.wall(-3_000_000_000_000_000, "en").endswith("1874, 18:40")
    assert filters.wall(None, "en") == ""


def test_months_have_names() -> None:
    assert filters.month(202603, "de") == "März 2026"
    assert filters.month(0, "en") == "Undated"


@pytest.mark.parametrize(("ms", "text"), [(None, "0:00"), (65_000, "1:05"), (3_723_000, "1:02:03")])
def test_durations(ms: int | None, text: str) -> None:
    assert filters.duration(ms) == text


@pytest.mark.parametrize(("minutes", "text"), [(120, "UTC+02:00"), (-210, "UTC−03:30"), (0, "UTC+00:00")])
def test_offsets(minutes: int, text: str) -> None:
    assert filters.offset(minutes) == text


def test_how_far_ahead() -> None:
    assert filters.ahead(now() - MINUTE, "en") == "in a moment"
    assert filters.ahead(now() + 90 * MINUTE, "en") == "in 1 hour"
    assert filters.ahead(now() + 47 * 60 * MINUTE + MINUTE // 2, "de") == "in 47 Stunden"
    assert filters.ahead(now() + 3 * 1440 * MINUTE + MINUTE, "de") == "in 3 Tagen"
    assert filters.ahead(now() + 5 * MINUTE + MINUTE // 2, "en") == "in 5 minutes"


def test_days_are_written_out() -> None:
    assert filters.day(20260704, "en") == "4 July 2026"
    assert filters.day(20261203, "de") == "3. Dezember 2026"
    assert filters.day(None, "en") == ""


def test_how_long_ago() -> None:
    assert filters.ago(None, "de") == "nie"
    assert filters.ago(now() + MINUTE, "en") == "just now"
    assert filters.ago(now() - MINUTE - 1, "en") == "1 minute ago"
    assert filters.ago(now() - 150 * MINUTE, "de") == "vor 2 Stunden"
    assert filters.ago(now() - 3 * 1440 * MINUTE, "de") == "vor 3 Tagen"


def job(done: int, total: int | None, started: int | None = 0) -> Any:
    return SimpleNamespace(progress_done=done, progress_total=total, started_at=started)


@pytest.mark.parametrize(
    ("work", "text"),
    [(job(5, 100), ""), (job(50, None), ""), (job(50, 100, None), ""), (job(90, 100), "less than a minute left"),
     (job(25, 100), "about 3 minutes left"), (job(20, 4000), "about 3 hours left")],
)  # fmt: skip
def test_how_long_yet(work: Any, text: str) -> None:
    """A minute has gone by."""
    assert filters.left(work, MINUTE, "en") == text


@pytest.mark.parametrize(
    ("agent", "text"),
    [(FIREFOX, "Firefox, Linux"), (SAFARI, "Safari, iPhone"), (EDGE, "Edge, Windows"), ("curl/8.0", "curl/8.0"),
     ("", "unknown browser"), ("x\u202ey" * 40, ("x\\x202ey" * 20))],
)  # fmt: skip
def test_browsers_have_names(agent: str, text: str) -> None:
    assert filters.browser(agent, "en") == text


def test_sources_of_dates_are_plain_words() -> None:
    assert filters.source("mtime", "de") == "letzte Änderung der Datei"
    assert filters.source("EXIF DateTimeOriginal", "de") == "EXIF DateTimeOriginal"


def test_every_language_has_all_filters() -> None:
    assert filters.for_language("en").keys() == filters.for_language("de").keys()
