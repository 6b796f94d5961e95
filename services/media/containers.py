"""Videos and sound by PyAV (FFmpeg): times, size, rotation, position, tags.

Three walls keep a hostile file from opening another file or address: its demuxer is named by the sniffed
type, so that no playlist (HLS, DASH, concat) is ever probed; no protocol is allowed to nested inputs; and
what a demuxer asks to open is refused. The file itself comes as an open object, never as a name.
"""

import re
from dataclasses import dataclass
from typing import Any, BinaryIO, Never

import av
from av.container import InputContainer

from .dates import DAY, HEADER_SOURCE, Rank, Stated, as_utc, is_missing, parse_moment, stated
from .facts import Facts, as_number
from .formats.blocks import FormatError
from .formats.movie import Movie, read_movie

DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/x-m4v": "mov",
    "video/3gpp": "mov",
    "video/3gpp2": "mov",
    "audio/mp4": "mov",
    "video/x-msvideo": "avi",
    "video/x-matroska": "matroska",
    "video/webm": "matroska",
    "video/mp2t": "mpegts",
    "video/m2ts": "mpegts",
    "video/ogg": "ogg",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/wav": "wav",
}
AUDIO_MIMES = {"mov": "audio/mp4", "matroska": "audio/webm", "ogg": "audio/ogg"}
"""What a file of these is that turns out to hold no picture."""
HDR_TRANSFERS = (16, 18)
"""PQ and HLG among the transfer characteristics of ITU-T H.273."""
OPTIONS = {"probesize": str(5 << 20), "analyzeduration": str(5_000_000), "protocol_whitelist": "none"}
"""At most 5 MiB and 5 s of the streams are looked at; no protocol is called `none`."""
KEYS = "com.apple.quicktime."
FIELDS = {
    "make": (KEYS + "make", "make", "com.android.manufacturer"),
    "model": (KEYS + "model", "model", "com.android.model"),
    "lens": (KEYS + "camera.lens_model",),
    "title": (KEYS + "title", "title"),
    "artist": (KEYS + "artist", "artist"),
    "description": (KEYS + "description", "description", "comment"),
    "live_id": (KEYS + "content.identifier",),
}
"""Tag names of each field, the better first."""
ISO_6709 = re.compile(r"([-+]\d+(?:\.\d+)?)([-+]\d+(?:\.\d+)?)([-+]\d+(?:\.\d+)?)?(?:CRS[^/]*)?/?")


@dataclass(frozen=True, slots=True)
class Contents:
    """Facts, XMP and the MIME type put right: a video container without pictures is sound."""

    facts: Facts
    mime: str
    xmp: bytes | None
    problems: tuple[str, ...] = ()


def read_container(file: BinaryIO, mime: str) -> Contents:
    """Everything that the container of a video or sound file tells, decoding one frame at most.

    Raises FormatError for a type without demuxer, and av.FFmpegError for what FFmpeg cannot read.
    """
    demuxer = DEMUXERS.get(mime)
    if demuxer is None:
        raise FormatError(f"no reader for {mime}")
    movie = Movie()
    problems: tuple[str, ...] = ()
    if demuxer == "mov":
        try:
            movie = read_movie(file)
        except FormatError as error:
            problems = (f"container: {error}",)
    file.seek(0)
    with open_container(file, demuxer) as container:
        facts = Facts("container")
        picture = _picture_stream(container)
        if picture is None:
            _sound(facts, container)
            mime = AUDIO_MIMES.get(demuxer, mime) if container.streams.audio else mime
        else:
            rotation = _rotation_of_frame(container, picture) if demuxer == "matroska" else movie.rotation
            _picture(facts, picture, rotation)
            facts.put("audio", bool(container.streams.audio))
        if container.duration is not None and container.duration > 0:
            facts.put("duration_s", round(container.duration / 1_000_000, 3))
        _tags(facts, _merged(container), movie, is_video=picture is not None)
    return Contents(facts, mime, movie.xmp, problems)


def open_container(file: BinaryIO, demuxer: str) -> InputContainer:
    """An input over an open file: no name, no probing for other formats, no second file."""
    return av.open(
        file, mode="r", format=demuxer, options=dict(OPTIONS), metadata_errors="replace", io_open=_refuse
    )


def _refuse(url: str, *_: object) -> Never:
    raise PermissionError("a media file may not open another file or address")


def _picture_stream(container: InputContainer) -> Any:
    """The first video stream that is no cover picture of a piece of music."""
    attached = av.stream.Disposition.attached_pic
    return next((stream for stream in container.streams.video if not stream.disposition & attached), None)


def _picture(facts: Facts, stream: Any, rotation: int | None) -> None:
    rate = stream.average_rate or stream.guessed_rate
    facts.put("fps", round(float(rate), 3) if rate else None)
    context = stream.codec_context
    if context is None:  # a codec that this FFmpeg does not know
        facts.put("rotation", rotation)
        return
    facts.put("codec", context.name)
    if context.color_trc in HDR_TRANSFERS:
        facts.put("hdr", True)
    facts.put("rotation", rotation)
    if context.width and context.height:
        turned = rotation in (90, 270)
        facts.put("width", context.height if turned else context.width)
        facts.put("height", context.width if turned else context.height)


def _rotation_of_frame(container: InputContainer, stream: Any) -> int | None:
    """Degrees clockwise by the first frame (FFmpeg counts against the clock), None when nothing decodes."""
    try:
        for frame in container.decode(stream):
            return int(-round(frame.rotation / 90) * 90 % 360)
    except (av.FFmpegError, AttributeError, ValueError):  # no codec has no attributes
        return None
    return None


def _sound(facts: Facts, container: InputContainer) -> None:
    if container.streams.audio:
        context = container.streams.audio[0].codec_context
        facts.put("codec", None if context is None else context.name)


def _merged(container: InputContainer) -> dict[str, str]:
    """Tags of the container and, where it has none (Ogg), of its streams, by name in small letters."""
    tags = {name.lower(): value for name, value in container.metadata.items()}
    for stream in container.streams:
        for name, value in stream.metadata.items():
            tags.setdefault(name.lower(), value)
    return tags


def _tags(facts: Facts, tags: dict[str, str], movie: Movie, *, is_video: bool) -> None:
    for field, names in FIELDS.items():
        for name in names:
            facts.put_text(field, tags.get(name))
    for name in (KEYS + "location.iso6709", "location", "location-eng"):
        _position(facts, tags.get(name) or "")
    # the header of a published piece of music tells when it was encoded, not when it was recorded
    header = "" if not is_video and "album" in tags else tags.get("creation_time", "")
    facts.date(stated(Rank.STATED, "QuickTime creationdate", tags.get(KEYS + "creationdate", "")))
    facts.date(stated(Rank.STATED, "user data date", movie.date or ""))
    facts.date(_with_day(stated(Rank.STATED, "date tag", tags.get("date", ""))))
    facts.date(_utc(HEADER_SOURCE, header))


def _with_day(found: Stated | None) -> Stated | None:
    """A mere day in a sound or video tag is a release date, not one of capture."""
    return None if found is None or found.precision == DAY else found


def _utc(source: str, text: str) -> Stated | None:
    """A header's time, UTC by the standards (ISO/IEC 14496-12, Matroska); its zero of 1904 is none."""
    moment = parse_moment(text)
    if moment is None or is_missing(moment.local):
        return None
    return Stated(Rank.HEADER, source, utc=as_utc(moment), precision="second")


def _position(facts: Facts, text: str) -> None:
    """ISO 6709 in degrees, `+40.7033-073.9881+012.300/`; QuickTime writes zeros for none."""
    found = ISO_6709.fullmatch(text.strip())
    if found is None or "lat" in facts.values:
        return
    facts.put_position(as_number(found[1]), as_number(found[2]))
    if "lat" in facts.values and found[3] is not None:
        facts.put("altitude_m", as_number(found[3]))
