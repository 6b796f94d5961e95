"""SubRip in all its disguises: encodings, junk, markup, broken times, telemetry; and what browsers get of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.sniff import sniff
from services.media.subtitles import (
    MOST_BYTES,
    MOST_CUES,
    PLACED,
    SUBRIP,
    decode,
    is_subrip,
    mime_of,
    tells_place,
    to_webvtt,
)

TWO = "1\n00:00:01,000 --> 00:00:02,500\nGrüße aus dem Süden\n\n2\n00:00:03,000 --> 00:00:04,000\nZwei\nZeilen\n"
DJI = (
    "1\n00:00:00,000 --> 00:00:00,033\n<font size=\"28\">SrtCnt : 1, DiffTime : 33ms\n2026-05-01 12:00:00.123\n"
    "[iso : 100] [shutter : 1/1000.0] [latitude: 47.37689] [longitude: 8.54169] [rel_alt: 1.300]</font>\n"
)  # fmt: skip
OLD_DJI = "1\n00:00:01,000 --> 00:00:02,000\nHOME(149.0251,-20.2533) 2017.08.05 14:11:51\nGPS(149.0251,-20.2533,16)\n"


def cue(text: str, times: str = "00:00:01,000 --> 00:00:02,000") -> bytes:
    return f"1\n{times}\n{text}\n".encode()


def shown(text: str) -> str:
    """The text of the only cue."""
    head, _, rest = to_webvtt(cue(text)).partition("00:00:01.000 --> 00:00:02.000\n")
    assert head == "WEBVTT\n\n"
    return rest.removesuffix("\n")


ENCODED = [
    TWO.encode(), b"\xef\xbb\xbf" + TWO.encode(), TWO.encode("utf-16"), b"\xfe\xff" + TWO.encode("utf-16-be"),
    TWO.encode("utf-16-le"), TWO.encode("utf-16-be"), TWO.encode("latin-1"), TWO.encode("cp1252"),
    TWO.replace("\n", "\r\n").encode(), TWO.replace("\n", "\r").encode(),
]  # fmt: skip


@pytest.mark.parametrize("data", ENCODED)
def test_every_encoding_is_the_same_webvtt(data: bytes) -> None:
    assert (is_subrip(data), mime_of(data), sniff(data, "film.srt").mime) == (True, SUBRIP, SUBRIP)
    assert to_webvtt(data) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nGrüße aus dem Süden\n\n"
        "00:00:03.000 --> 00:00:04.000\nZwei\nZeilen\n"
    )


def test_what_is_none() -> None:
    for data in (
        b"", b"\0" * 4000, bytes(range(256)) * 40, b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nx\n", b"1\n2\n3\n",
        b"just words --> more words", cue("x", "--> "), b"\x89PNG\r\n\x1a\n" + cue("x"), cue("bell \a"), b"PK\x03\x04",
    ):  # fmt: skip
        assert not is_subrip(data), data[:40]
        assert mime_of(data) is None
    assert sniff(b"a --> b", "a.srt").mime == "text/plain"


def test_one_that_is_too_large() -> None:
    assert mime_of(cue("x" * (MOST_BYTES - 40))) == SUBRIP
    assert mime_of(cue("x" * MOST_BYTES)) is None


def test_nothing_in_it_is_markup_but_three_tags() -> None:
    assert shown("<b>a</b> <I>b</I> <u>c</u>") == "<b>a</b> <i>b</i> <u>c</u>"
    assert shown("<script>alert(1)</script>") == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert shown('<b onclick="x">a') == '&lt;b onclick="x"&gt;a'
    assert (
        shown("<v Fred><c.red>&nbsp;<00:00:01.500>")
        == "&lt;v Fred&gt;&lt;c.red&gt;&amp;nbsp;&lt;00:00:01.500&gt;"
    )
    assert shown('<font color="#ff0000">red</font>{\\an8} up') == "red up"
    assert shown("<font <b>x") == "&lt;font <b>x"
    assert shown("<fo<font>nt>") == "&lt;font&gt;", "what is left out joins nothing to a tag"
    assert shown("<<font>b>") == "<b>", "but for one of ours"


def test_an_arrow_in_the_words_begins_nothing() -> None:
    made = to_webvtt(cue("left --> right\nNOTE x\nSTYLE\n::cue { color: red }\n\nREGION"))
    assert made.count("-->") == 1
    assert made.endswith("left --&gt; right\nNOTE x\nSTYLE\n::cue { color: red }\nREGION\n"), (
        "no line is left empty"
    )


@pytest.mark.parametrize(
    "times",
    ["00:00:02,000 --> 00:00:01,000", "00:00:01,000 --> 00:00:01,000", "00:61:01,000 --> 00:62:00,000",
     "00:00:01,000 -> 00:00:02,000", "00:00:01,000 --> ", "aa:bb:cc,ddd --> 00:00:02,000", "--> -->",
     "00:00:99,000 --> 00:01:40,000", "9999:00:01,000 --> 9999:00:02,000", "00:00:01,000 --> 00:00:02,0000"],
)  # fmt: skip
def test_cues_with_broken_times_are_left_out(times: str) -> None:
    data = cue("broken", times) + b"\n" + TWO.encode()
    assert to_webvtt(data).count("-->") == 2
    assert "broken" not in to_webvtt(data)


def test_loose_forms_are_read() -> None:
    written = (
        "00:01.5 --> 00:02.25 X1:40 X2:600\nshort\n01:02:03.004-->01:02:04,005\nno number, no empty line\n"
    )
    assert to_webvtt(written.encode()) == (
        "WEBVTT\n\n00:00:01.500 --> 00:00:02.250\nshort\n\n01:02:03.004 --> 01:02:04.005\nno number, no empty line\n"
    )
    late_first = cue("late", "00:00:09,000 --> 00:00:10,000") + b"\n" + cue("soon")
    assert to_webvtt(late_first).index("soon") < to_webvtt(late_first).index("late")
    numbers = b"1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\n\n"
    assert to_webvtt(numbers) == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n42\n", "an empty one says nothing"
    assert to_webvtt(b"") == to_webvtt(b"nothing") == "WEBVTT\n"


def test_very_many_cues_end_somewhere() -> None:
    assert to_webvtt(cue("x") * (MOST_CUES + 10)).count("-->") == MOST_CUES


@pytest.mark.parametrize(
    "text",
    [DJI, OLD_DJI, "F/2.8, SS 206.14, ISO 150, GPS (15.0511, 58.4146, 16), D 50.7m", "LAT: 1", "Longtitude 8.5",
     "lon = 3", "47.37689, 8.54169", "-20.2533 149.0251", "48° 8′ N", "the coordinates of", "Koordinaten:", "geo:1,2"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_telemetry_is_known(text: str, encoding: str) -> None:
    data = (text if "-->" in text else cue(text).decode()).encode(encoding)
    assert tells_place(data)
    assert mime_of(data) == PLACED


def test_telemetry_is_known_at_the_end_of_a_long_file() -> None:
    assert tells_place(TWO.encode() * 5000 + DJI.encode())


@pytest.mark.parametrize(
    "text",
    ["It was a lat: no.", "Along the lake", "a late: train", "3.14159 is pi", "1.5, 2.5", "belong: to us"],
)
def test_words_that_tell_no_place(text: str) -> None:
    assert tells_place(cue(text)) == (text == "It was a lat: no."), "in doubt it does"


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_nothing_breaks_it(data: bytes) -> None:
    for given_data in (data, cue("") + data, b"\xff\xfe" + data):
        made = to_webvtt(given_data)
        assert made.startswith("WEBVTT\n")
        made.encode()
        decode(given_data)
        tells_place(given_data)


def test_what_patterns_could_go_back_and_forth_on() -> None:
    """Hours, if they did."""
    for piece in (
        "<font ",
        "{\\",
        "-->",
        "00:00:01,000 -->",
        " \t",
        "1.1111 ",
        "&lt;",
        "48° ",
        "lat",
        "\n1\n",
    ):
        data = cue(piece * (200_000 // len(piece)))
        assert to_webvtt(data).startswith("WEBVTT\n")
        assert tells_place(data) == (piece == "1.1111 ")
        assert is_subrip(data)
