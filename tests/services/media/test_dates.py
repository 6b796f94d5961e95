"""The time rule (checklist rows 4 to 8 and 35)."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media import namedates
from services.media.dates import (
    HEADER_SOURCE,
    Moment,
    Rank,
    Stated,
    anniversaries,
    as_wall_clock,
    difference,
    guess_anew,
    instant,
    modified,
    parse_moment,
    parse_offset,
    resolve,
    stated,
)
from services.media.types import Taken

NOW = datetime(2026, 7, 1)


def local(rank: Rank, text: str, offset: int | None = None) -> Stated:
    moment = parse_moment(text)
    assert moment is not None
    return Stated(rank, rank.name.lower(), local=moment.local, offset=offset, precision=moment.precision)


def utc(rank: Rank, text: str) -> Stated:
    return Stated(rank, rank.name.lower(), utc=datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026:07:01 14:33:39", Moment(datetime(2026, 7, 1, 14, 33, 39))),
        ("2026:07:01 14:33:39\0garbage", Moment(datetime(2026, 7, 1, 14, 33, 39))),
        ("2026-07-01T14:33:39.25+02:00", Moment(datetime(2026, 7, 1, 14, 33, 39, 250000), 120, "subsecond")),
        ("2026-07-01T14:33:39Z", Moment(datetime(2026, 7, 1, 14, 33, 39), 0)),
        ("2026-07-01T14:33-0700", Moment(datetime(2026, 7, 1, 14, 33), -420)),
        ("20260701 143339+0530", Moment(datetime(2026, 7, 1, 14, 33, 39), 330)),
        ("2020-05-04T18:39:10-0400", Moment(datetime(2020, 5, 4, 18, 39, 10), -240)),
        ("2026/7/1 4:05:06", Moment(datetime(2026, 7, 1, 4, 5, 6))),
        ("2026-07-01", Moment(datetime(2026, 7, 1), None, "day")),
        ("20260701", Moment(datetime(2026, 7, 1), None, "day")),
    ],
)
def test_dates_as_cameras_and_programs_write_them(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "1601:06:06 00:00:00",
            "2024:01:01 24:00:00",
        ),
        *("2024:02:30 10:00:00", "2023:02:29 10:00:00", "2024:13:01 10:00:00", "2024:01:01 10:61:00"),
        *("1904:01:01 00:00:00", "1904-01-01T00:00:00Z", "1970:01:01 01:00:00", "1970:01:01 12:34:56"),
        *(
            "1969:12:31 19:00:00",
            "2010:00:00",
            "2010-05",
            "2010",
            "yesterday",
            "2024:07:01 14",
            "9999:12:31 0:00:00",
        ),
        *("２０２４:07:01 10:00:00", "2024-07:01 10:00:00", "0001:01:01 00:00:00", "\x00\x01"),
    ],
)
def test_impossible_dates_are_missing_and_never_an_error(text: str) -> None:
    """Row 8, and the list of dates seen."""
    assert parse_moment(text) is None


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"\d{4}.\d\d.\d\d.\d\d.\d\d.\d\d[+-]?\d*", fullmatch=True))
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or 1602 <= moment.local.year < 9999


def test_a_real_day_before_the_epoch_is_one() -> None:
    assert parse_moment("1969:07:20 20:17:40") == Moment(datetime(1969, 7, 20, 20, 17, 40))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(("+05:30", 330), ("+5:00", 300), ("+0530", 330), ("-07", -420), ("Z", 0), ("+14:00", 840)),
        *(("-00:00", 0), ("", None), ("   :  ", None), ("+15:00", None), ("+02:75", None), ("CET", None)),
    ],
)
def test_offsets(text: str, minutes: int | None) -> None:
    assert parse_offset(text) == minutes


@pytest.mark.parametrize(("part", "microsecond"), [("5", 500000), ("05", 50000), ("123456789", 123456)])
def test_the_fraction_of_a_second_has_its_own_field(part: str, microsecond: int) -> None:
    moment = parse_moment("2026:07:01 14:33:39", part + " \0")
    assert moment is not None
    assert (moment.local.microsecond, moment.precision) == (microsecond, "subsecond")
    assert parse_moment("2026:07:01 14:33:39", "abc") == Moment(datetime(2026, 7, 1, 14, 33, 39))


def test_the_order_of_sources() -> None:
    """Rows 4 and 6: each rank wins over all after it, whatever the order they are found in."""
    found = [local(rank, f"2020:01:{index + 1:02} 10:00:00") for index, rank in enumerate(Rank)]
    while found:
        taken = resolve(reversed(found), now=NOW)
        assert (taken.source, taken.local) == (found[0].source, found[0].local.isoformat())  # type: ignore[union-attr]
        found.pop(0)


def test_nothing_stated_is_unknown() -> None:
    assert resolve([None, None], now=NOW) == Taken()


def test_the_offset_of_the_date_itself_comes_first() -> None:
    """Row 5."""
    original = stated(Rank.ORIGINAL, "EXIF", "2026:01:05 10:00:00", offset="+09:00")
    other = local(Rank.DIGITISED, "2026:01:05 10:00:00", 60)
    gps = datetime(2026, 1, 5, 2, 0, 0)
    taken = resolve([original, other], now=NOW, zone="Europe/Berlin", gps=gps)
    assert (taken.offset, taken.utc, taken.offset_source) == (540, "2026-01-05T01:00:00Z", "EXIF")


def named(name: str) -> Stated | None:
    return namedates.from_name(name)


MTIME = modified(1_704_497_400 * 10**9, None)
"""2024-01-05T23:30:00Z: the next day in Berlin and in Tokyo."""
GUESSES: dict[str, list[Stated | None]] = {
    "wall clock": [local(Rank.ORIGINAL, "2024:01:05 10:00:00")],
    "wall clock in the hour that autumn repeats": [local(Rank.ORIGINAL, "2024:10:27 02:30:00")],
    "header": [Stated(Rank.HEADER, HEADER_SOURCE, utc=datetime(2024, 7, 1, 22, 30))],
    "satellites": [Stated(Rank.SATELLITE, "EXIF GPS time", utc=datetime(2024, 7, 1, 22, 30, 0, 250_000))],
    "takeout": [instant(Rank.TAKEOUT, "Takeout photoTakenTime", 1_719_873_000)],
    "last change": [MTIME],
    "name in UTC": [named("PXL_20240701_223000123.jpg"), MTIME],
    "name": [named("IMG_20240701_223000.jpg"), MTIME],
    "name of a day": [named("IMG-20240106-WA0001.jpg"), MTIME],
    "name of another day": [named("IMG-20231224-WA0001.jpg"), MTIME],
    "folder": [namedates.from_folder("2024-01-06 Skiing"), MTIME],
    "with an offset": [stated(Rank.ORIGINAL, "EXIF", "2024:01:05 10:00:00", offset="+09:00")],
    "header and a name": [
        Stated(Rank.HEADER, HEADER_SOURCE, utc=datetime(2024, 7, 1, 22, 30)), named("VID_20240702_003000.mp4"),
    ],
    "nothing": [],
}  # fmt: skip


@pytest.mark.parametrize("dates", GUESSES.values(), ids=GUESSES)
@pytest.mark.parametrize("before", ["Europe/Berlin", "Asia/Tokyo"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "UTC"])
def test_a_guess_by_another_zone_is_as_good_as_a_new_reading(
    dates: list[Stated | None], before: str, zone: str
) -> None:
    assert guess_anew(resolve(dates, now=NOW, zone=before), zone) == resolve(dates, now=NOW, zone=zone)


@pytest.mark.parametrize(
    "name", ["wall clock", "header", "satellites", "takeout", "last change", "name in UTC", "name"]
)
def test_what_was_read_without_any_zone_is_dated_by_one(name: str) -> None:
    dates = GUESSES[name]
    assert guess_anew(resolve(dates, now=NOW), "Asia/Tokyo") == resolve(dates, now=NOW, zone="Asia/Tokyo")


def test_what_the_place_tells_is_no_guess() -> None:
    there: dict[str, Any] = {"now": NOW, "zone": "Europe/Berlin", "place": lambda: "America/New_York"}
    for dates in (GUESSES["header"], GUESSES["wall clock"]):
        taken = resolve(dates, **there)
        assert guess_anew(taken, "Asia/Tokyo") == taken
    assert guess_anew(resolve(GUESSES["header"], now=NOW), "Mars/Olympus").local is None


def test_then_an_offset_that_another_source_writes_with_the_same_wall_clock() -> None:
    """Row 5: XMP and IPTC repeat the camera's time and know the zone; another time's offset says nothing."""
    original = local(Rank.ORIGINAL, "2026:01:05 10:00:00.5")
    same, different = local(Rank.ORIGINAL, "2026:01:05 10:00:00", -360), local(Rank.SIDECAR, "2026:01:05", 60)
    elsewhen = local(Rank.DIGITISED, "2026:01:06 11:00:00", 120)
    assert resolve([original, elsewhen, same], now=NOW).offset == -360
    assert resolve([original, elsewhen], now=NOW).offset is None
    assert resolve([different, elsewhen], now=NOW).offset is None


def test_then_satellite_time() -> None:
    """Row 5: rounded to a quarter of an hour, at most 14 hours; a stale fix says nothing."""
    original = local(Rank.ORIGINAL, "2019:03:21 11:04:22")
    taken = resolve([original], now=NOW, gps=datetime(2019, 3, 21, 16, 4, 21), zone="Europe/Berlin")
    assert (taken.offset, taken.offset_source, taken.utc) == (-300, "GPS time", "2019-03-21T16:04:22Z")
    assert difference(datetime(2020, 1, 1, 5, 44), datetime(2020, 1, 1, 0, 0)) == 345
    assert difference(datetime(2020, 1, 1, 5, 52, 30), datetime(2020, 1, 1, 0, 0)) is None
    assert difference(datetime(2020, 1, 2, 14, 30), datetime(2020, 1, 2, 0, 0)) is None
    assert difference(datetime(2020, 1, 1, 10, 0), datetime(2020, 1, 2, 0, 0)) == -840


def test_then_the_zone_of_the_position_before_the_owners() -> None:
    """Row 5: for a wall clock and for an instant; it is not asked for when something states the offset."""
    clock, header = local(Rank.ORIGINAL, "2026:01:05 10:00:00"), utc(Rank.HEADER, "2026-06-05T23:30:00")
    there: dict[str, Any] = {"now": NOW, "zone": "Europe/Berlin", "place": lambda: "America/New_York"}
    taken = resolve([clock], **there)
    assert (taken.offset, taken.offset_source, taken.utc) == (-300, "position", "2026-01-05T15:00:00Z")
    taken = resolve([header], **there)
    assert (taken.local, taken.offset, taken.offset_source) == ("2026-06-05T19:30:00", -240, "position")
    for nowhere in (lambda: None, lambda: "Unknown/Zone"):
        assert resolve([clock], **(there | {"place": nowhere})).offset_source == "guessed"

    def never() -> str:
        raise AssertionError("the offset is known already")

    told = local(Rank.ORIGINAL, "2026:01:05 10:00:00", 540)
    assert resolve([told], **(there | {"place": never})).offset == 540
    by_satellite = resolve([clock], gps=datetime(2026, 1, 5, 1, 0), **(there | {"place": never}))
    assert by_satellite.offset_source == "GPS time"
    assert resolve([local(Rank.DAY_NAME, "2024:07:01")], now=NOW, place=never).offset is None


def test_last_the_owners_zone_marked_as_guessed() -> None:
    """Row 5."""
    taken = resolve([local(Rank.ORIGINAL, "2026:01:05 10:00:00")], now=NOW, zone="Europe/Berlin")
    assert (taken.offset, taken.offset_source, taken.utc) == (60, "guessed", "2026-01-05T09:00:00Z")
    assert (
        resolve([local(Rank.ORIGINAL, "2026:01:05 10:00:00")], now=NOW, zone="Nowhere/At all").offset is None
    )
    assert (
        resolve([local(Rank.ORIGINAL, "2026:01:05 10:00:00")], now=NOW, zone="../../etc/passwd").offset
        is None
    )


def test_a_video_header_is_utc_and_the_guess_is_shown() -> None:
    """Row 7."""
    header = utc(Rank.HEADER, "2026-01-05T23:30:00")
    taken = resolve([header], now=NOW, zone="Europe/Berlin")
    assert (taken.local, taken.utc) == ("2026-01-06T00:30:00", "2026-01-05T23:30:00Z")
    assert taken.offset_source == "guessed"
    assert resolve([header], now=NOW) == Taken(utc="2026-01-05T23:30:00Z", source="header")


def test_a_header_that_is_a_wall_clock() -> None:
    """Row 7: by the owner's word; the zone is the owner's at that time, a guess, or that of the place."""
    header = utc(Rank.HEADER, "2026-01-05T23:30:00")
    taken = as_wall_clock(resolve([header], now=NOW, zone="Europe/Berlin"), "Europe/Berlin")
    assert (taken.local, taken.offset, taken.utc) == ("2026-01-05T23:30:00", 60, "2026-01-05T22:30:00Z")
    assert (taken.source, taken.offset_source) == ("container creation_time (local)", "guessed")
    there = resolve([header], now=NOW, zone="Europe/Berlin", place=lambda: "America/New_York")
    taken = as_wall_clock(there, "Europe/Berlin")
    assert (taken.local, taken.offset, taken.offset_source) == ("2026-01-05T23:30:00", -300, "position")
    nowhere = as_wall_clock(resolve([header], now=NOW), "")
    assert (nowhere.local, nowhere.offset, nowhere.utc) == ("2026-01-05T23:30:00", None, None)
    assert as_wall_clock(Taken(), "Europe/Berlin") == Taken()


def test_a_phone_writes_the_wall_clock_into_the_name_of_a_video() -> None:
    """Row 7: so the offset of the header is known, not guessed."""
    found = [utc(Rank.HEADER, "2026-01-05T23:30:04"), local(Rank.NAME, "2026:01:05 18:30:00")]
    taken = resolve(found, now=NOW, zone="Europe/Berlin")
    assert (taken.local, taken.offset, taken.offset_source) == ("2026-01-05T18:30:04", -300, "name")


def test_keys_with_offset_beat_the_header() -> None:
    """Row 6: the header may be the date of re-encoding."""
    found = [utc(Rank.HEADER, "2022-02-02T22:39:10"), local(Rank.STATED, "2020:05:04 18:39:10", -240)]
    taken = resolve(found, now=NOW, zone="Europe/Berlin")
    assert (taken.local, taken.utc) == ("2020-05-04T18:39:10", "2020-05-04T22:39:10Z")


def test_a_mere_day_takes_the_time_of_another_source_on_that_day() -> None:
    """Row 6: WhatsApp keeps the time of last change if that is the same day."""
    day = local(Rank.DAY_NAME, "2024:07:01")
    sent = instant(Rank.MODIFIED, "mtime", datetime.fromisoformat("2024-07-01T20:15:00+00:00").timestamp())
    later = instant(Rank.MODIFIED, "mtime", datetime.fromisoformat("2024-07-02T20:15:00+00:00").timestamp())
    taken = resolve([day, sent], now=NOW, zone="Europe/Berlin")
    assert (taken.local, taken.precision, taken.source) == ("2024-07-01T22:15:00", "second", "day_name")
    taken = resolve([day, later], now=NOW, zone="Europe/Berlin")
    assert (taken.local, taken.precision, taken.utc) == ("2024-07-01T00:00:00", "day", None)


def test_the_time_of_last_change_counts_only_when_older_than_our_first_sight() -> None:
    ns = 1_700_000_000_000_000_000
    assert modified(ns, ns + 1) is not None
    assert modified(ns, None) is not None
    assert modified(ns, ns) is None
    assert modified(None, ns) is None
    assert modified(0, ns) is None
    assert modified(10**30, None) is None


def test_suspect_dates_are_kept_and_marked() -> None:
    """Row 8: before 1826 or later than a day from now; still listed."""
    for text, suspect in (
        ("1825:12:31 10:00:00", True),
        ("1826:01:01 10:00:00", False),
        ("2026:07:02 00:00:00", False),
        ("2026:07:02 00:00:01", True),
    ):
        taken = resolve([local(Rank.ORIGINAL, text)], now=NOW)
        assert (taken.suspect, taken.local) == (suspect, text.replace(":", "-", 2).replace(" ", "T"))


def test_a_suspect_date_gives_way_to_a_sound_one_but_not_to_that_of_a_copy() -> None:
    """Row 8."""
    future, name = local(Rank.ORIGINAL, "2066:01:01 10:00:00"), local(Rank.NAME, "2024:07:01 10:00:00")
    copied = utc(Rank.MODIFIED, "2025-01-01T00:00:00")
    assert resolve([future, name, copied], now=NOW).local == "2024-07-01T10:00:00"
    assert resolve([future, copied], now=NOW) == Taken(
        local="2066-01-01T10:00:00", source="original", suspect=True
    )


def test_the_hour_that_summer_time_skips_and_the_one_it_repeats() -> None:
    """Row 35: the wall clock stays as written; the repeated hour is taken for the first."""
    skipped = resolve([local(Rank.ORIGINAL, "2026:03:29 02:30:00")], now=NOW, zone="Europe/Berlin")
    assert (skipped.local, skipped.utc) == ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z")
    twice = resolve([local(Rank.ORIGINAL, "2025:10:26 02:30:00")], now=NOW, zone="Europe/Berlin")
    assert (twice.offset, twice.utc) == (120, "2025-10-26T00:30:00Z")
    for instant_text, wall in (("2025-10-26T00:30:00", "02:30:00"), ("2025-10-26T01:30:00", "02:30:00")):
        taken = resolve([utc(Rank.HEADER, instant_text)], now=NOW, zone="Europe/Berlin")
        assert taken.local == f"2025-10-26T{wall}"


def test_new_year_is_where_it_was_celebrated() -> None:
    """Row 35: one minute around the world; in Samoa the 31st of December is over 25 hours before Midway's."""
    midnight = "2025:12:31 23:59:00"
    apia = resolve([local(Rank.ORIGINAL, midnight)], now=NOW, zone="Pacific/Apia")
    midway = resolve([local(Rank.ORIGINAL, midnight)], now=NOW, zone="Pacific/Midway")
    assert (apia.local, apia.utc) == ("2025-12-31T23:59:00", "2025-12-31T10:59:00Z")
    assert (midway.local, midway.utc) == ("2025-12-31T23:59:00", "2026-01-01T10:59:00Z")


def test_the_day_that_samoa_skipped() -> None:
    """Row 35: after the 29th of December 2011 came the 31st."""
    before = resolve([utc(Rank.HEADER, "2011-12-30T09:59:59")], now=NOW, zone="Pacific/Apia")
    after = resolve([utc(Rank.HEADER, "2011-12-30T10:00:00")], now=NOW, zone="Pacific/Apia")
    assert (before.local, after.local) == ("2011-12-29T23:59:59", "2011-12-31T00:00:00")


@settings(deadline=None)
@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2026, 1, 1)),
    st.sampled_from(
        ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]
    ),
)
def test_an_instant_survives_the_way_through_a_zone(moment: datetime, zone: str) -> None:
    """Row 35: the wall clock with its offset is that instant again, on the days when clocks change too."""
    moment = moment.replace(microsecond=0)
    taken = resolve([Stated(Rank.HEADER, "header", utc=moment)], now=NOW, zone=zone)
    assert taken.local is not None
    assert taken.offset is not None
    assert taken.utc == moment.isoformat() + "Z"
    back = stated(Rank.ORIGINAL, "x", taken.local, offset="Z")
    assert back is not None
    assert back.local is not None
    assert round((back.local - moment).total_seconds() / 60) == taken.offset


def test_on_this_day_remembers_the_29th_of_february() -> None:
    """Row 35."""
    assert anniversaries(date(2026, 2, 28)) == ("02-28", "02-29")
    assert anniversaries(date(2024, 2, 28)) == ("02-28",)
    assert anniversaries(date(2024, 2, 29)) == ("02-29",)
    assert anniversaries(date(2026, 3, 1)) == ("03-01",)
