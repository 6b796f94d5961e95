"""Videos and sound (checklist rows 3, 4, 6, 7, 10, 12, 17, 20 and 23)."""

import contextlib
import io
import socket
from datetime import datetime
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.containers import open_container, read_container
from services.media.dates import Rank, Stated
from services.media.formats.blocks import FormatError
from tests.services.media.metadata_samples import film, sound, xmp

KEYS = {
    "com.apple.quicktime.creationdate": "2020-05-04T18:39:10-0400",
    "com.apple.quicktime.content.identifier": "1745E022-9712-43C7-B024-F308EC6413CB",
    "com.apple.quicktime.location.ISO6709": "+40.7033-073.9881-012.300/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 11 Pro",
    "creation_time": "2022-02-02T22:39:10Z",
}
CLIP = film("mov", tags=KEYS, options={"movflags": "use_metadata_tags"})


def test_the_keys_of_a_quicktime_film() -> None:
    """Rows 4, 6, 10 and 12: date with offset, position below the sea, camera, the half of a Live Photo."""
    found = read_container(io.BytesIO(CLIP), "video/quicktime")
    values = found.facts.values
    assert (values["make"], values["model"]) == ("Apple", "iPhone 11 Pro")
    assert values["live_id"] == KEYS["com.apple.quicktime.content.identifier"]
    assert (values["lat"], values["lon"], values["altitude_m"]) == (40.7033, -73.9881, -12.3)
    assert found.facts.dates == [
        Stated(Rank.STATED, "QuickTime creationdate", local=datetime(2020, 5, 4, 18, 39, 10), offset=-240),
        Stated(Rank.HEADER, "container creation_time", utc=datetime(2022, 2, 2, 22, 39, 10)),
    ]


def test_a_header_is_utc_and_its_zero_is_none() -> None:
    """Rows 7 and 8."""
    data = film("mp4", tags={"creation_time": "2026-07-01T12:33:39Z"})
    (date,) = read_container(io.BytesIO(data), "video/mp4").facts.dates
    assert (date.utc, date.local) == (datetime(2026, 7, 1, 12, 33, 39), None)
    assert read_container(io.BytesIO(film("mp4")), "video/mp4").facts.dates == []
    data = film("matroska", tags={"creation_time": "1904-01-01T00:00:00Z"})
    assert read_container(io.BytesIO(data), "video/x-matroska").facts.dates == []


@pytest.mark.parametrize("format", ["mp4", "mov", "matroska"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_is_clockwise_and_sizes_are_upright(format: str, rotation: int) -> None:
    """Row 3: FFmpeg counts against the clock."""
    mime = {"mp4": "video/mp4", "mov": "video/quicktime", "matroska": "video/x-matroska"}[format]
    values = read_container(io.BytesIO(film(format, rotation=rotation)), mime).facts.values
    size = (64, 48) if rotation in (0, 180) else (48, 64)
    assert (values["rotation"], values["width"], values["height"]) == (rotation, *size)


@pytest.mark.parametrize(
    ("format", "codec", "mime"),
    [
        *(("mp4", "mpeg4", "video/mp4"), ("3gp", "mpeg4", "video/3gpp"), ("ipod", "mpeg4", "video/x-m4v")),
        *(("avi", "mpeg4", "video/x-msvideo"), ("matroska", "mpeg4", "video/x-matroska")),
        *(("webm", "vp8", "video/webm"), ("mpegts", "mpeg2video", "video/mp2t")),
    ],
)
def test_duration_rate_and_codec(format: str, codec: str, mime: str) -> None:
    """Row 20."""
    data = film(format, codec.replace("vp8", "libvpx"), seconds=2.0)
    values = read_container(io.BytesIO(data), mime).facts.values
    assert (values["fps"], values["codec"]) == (10.0, codec)
    assert values["duration_s"] == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("voice", [None, "there"])
@pytest.mark.parametrize(
    ("format", "codec", "voices", "mime"),
    [
        ("mp4", "mpeg4", "aac", "video/mp4"),
        ("mov", "mpeg4", "pcm_s16le", "video/quicktime"),
        ("avi", "mpeg4", "libmp3lame", "video/x-msvideo"),
        ("matroska", "mpeg4", "flac", "video/x-matroska"),
        ("webm", "libvpx", "libopus", "video/webm"),
        ("mpegts", "mpeg2video", "aac", "video/mp2t"),
    ],
)
def test_whether_a_video_has_sound(
    format: str, codec: str, voices: str, mime: str, voice: str | None
) -> None:
    data = film(format, codec, voice=voices if voice else None)
    assert read_container(io.BytesIO(data), mime).facts.values["audio"] is (voice is not None)


def test_the_index_may_lie_at_the_end_or_the_front() -> None:
    """Row 20."""
    for options in ({}, {"movflags": "faststart"}):
        data = film("mp4", options=options)
        assert read_container(io.BytesIO(data), "video/mp4").facts.values["duration_s"] == 1.0


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_marked(transfer: int) -> None:
    """Row 17: PQ and HLG."""
    data = film("matroska", transfer=transfer)
    assert read_container(io.BytesIO(data), "video/x-matroska").facts.values.get("hdr") is True
    assert "hdr" not in read_container(io.BytesIO(CLIP), "video/quicktime").facts.values


@pytest.mark.parametrize(
    ("format", "codec", "mime"),
    [
        *(("mp3", "libmp3lame", "audio/mpeg"), ("ipod", "aac", "audio/mp4"), ("flac", "flac", "audio/flac")),
        *(
            ("ogg", "libopus", "audio/ogg"),
            ("ogg", "flac", "audio/ogg"),
            ("wav", "pcm_s16le", "audio/wav"),
        ),
    ],
)
def test_the_tags_of_sound(format: str, codec: str, mime: str) -> None:
    tags = {"title": "Waves", "artist": "Anna", "date": "2026-07-01T14:33:39"}
    found = read_container(io.BytesIO(sound(format, codec, tags)), mime)
    values = found.facts.values
    assert (values["title"], values["artist"], found.mime) == ("Waves", "Anna", mime)
    assert values["duration_s"] == pytest.approx(1.0, abs=0.1)
    if format != "wav":  # its tags hold a day only
        assert found.facts.dates == [Stated(Rank.STATED, "date tag", local=datetime(2026, 7, 1, 14, 33, 39))]


@pytest.mark.parametrize("date", ["2001", "2001-05-06", "", "soon"])
def test_a_year_or_day_of_release_is_no_date_of_capture(date: str) -> None:
    data = sound("mp3", "libmp3lame", {"date": date} if date else {})
    assert read_container(io.BytesIO(data), "audio/mpeg").facts.dates == []


def test_when_a_piece_of_music_was_encoded_does_not_count() -> None:
    tags = {"creation_time": "2008-05-11T18:20:15Z"}
    memo = read_container(io.BytesIO(sound("ipod", "aac", tags)), "audio/mp4")
    music = read_container(io.BytesIO(sound("ipod", "aac", {**tags, "album": "Waves"})), "audio/mp4")
    assert [date.utc for date in memo.facts.dates] == [datetime(2008, 5, 11, 18, 20, 15)]
    assert music.facts.dates == []


def test_a_film_without_pictures_is_sound() -> None:
    assert read_container(io.BytesIO(sound("mp4", "aac")), "video/mp4").mime == "audio/mp4"
    assert read_container(io.BytesIO(sound("webm", "libopus")), "video/webm").mime == "audio/webm"


def test_positions_that_are_none() -> None:
    """Row 10: QuickTime writes zeros."""
    for text in ("+00.0000+000.0000/", "north", ""):
        data = film("mov", tags={"com.apple.quicktime.location.ISO6709": text}, options=USE_TAGS)
        assert "lat" not in read_container(io.BytesIO(data), "video/quicktime").facts.values


USE_TAGS = {"movflags": "use_metadata_tags"}


def test_xmp_of_a_film_is_handed_on() -> None:
    packet = xmp({"xmp:Rating": "3"})
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    data = CLIP + (len(packet) + 24).to_bytes(4, "big") + b"uuid" + uuid + packet
    assert read_container(io.BytesIO(data), "video/quicktime").xmp == packet


PLAYLISTS = {
    "HLS": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile '{target}'\n",
    "DASH": b"<?xml version='1.0'?><MPD><Period><BaseURL>{target}</BaseURL></Period></MPD>",
    "SDP": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
}


@pytest.mark.parametrize("mime", ["video/mp4", "video/x-matroska", "video/mp2t", "audio/mpeg", "audio/ogg"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_no_playlist_opens_an_address_or_a_file(kind: str, mime: str, tmp_path: Path) -> None:
    """Row 23: neither a network protocol nor a second file, whatever type is claimed."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(CLIP)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        port = server.getsockname()[1]
        for target in (f"http://127.0.0.1:{port}/a.ts", str(secret), f"file:{secret}"):
            data = PLAYLISTS[kind].replace(b"{target}", target.encode())
            try:
                found = read_container(io.BytesIO(data), mime)
            except (av.FFmpegError, FormatError):
                continue
            assert "width" not in found.facts.values
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("demuxer", ["hls", "concat"])
def test_whatever_a_demuxer_asks_to_open_is_refused(demuxer: str, tmp_path: Path) -> None:
    """Row 23: the inner walls, tried with the demuxers that live from opening others."""
    other = tmp_path / "other.mov"
    other.write_bytes(CLIP)
    playlist = PLAYLISTS["HLS" if demuxer == "hls" else "concat"].replace(b"{target}", str(other).encode())
    with av.open(io.BytesIO(playlist), mode="r", format=demuxer, options={"safe": "0"}) as unwalled:
        assert unwalled.streams.video, "without walls it does open the other file"
    with pytest.raises((PermissionError, av.FFmpegError)), open_container(io.BytesIO(playlist), demuxer):
        pass


def test_a_type_without_reader_is_refused() -> None:
    with pytest.raises(FormatError, match="no reader for application"):
        read_container(io.BytesIO(b""), "application/vnd.apple.mpegurl")


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=60), st.integers(0, len(CLIP) - 1))
def test_any_damage_ends_in_an_answer_or_an_error(data: bytes, at: int) -> None:
    """Row 22."""
    damaged = CLIP[:at] + data + CLIP[at + len(data) :]
    with contextlib.suppress(av.FFmpegError, FormatError):
        read_container(io.BytesIO(damaged), "video/quicktime")
