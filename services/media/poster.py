"""Posters: one frame of a video, or the cover embedded in a sound file, as an upright sRGB picture.

The demuxer is the one for the sniffed type and may open nothing else, so a file cannot make FFmpeg follow
playlists or addresses. Only key frames are decoded.
"""

import contextlib
import io
import math
import struct
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO, NamedTuple, NoReturn

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import SideData
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from services.errors import DecoderRefused

from .images import Picture, Unreadable, load_picture, upright
from .sizes import fitted
from .sniff import sniff
from .tone import Coding, to_srgb

DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/x-m4v": "mov",
    "video/3gpp": "mov",
    "video/3gpp2": "mov",
    "audio/mp4": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/mp2t": "mpegts",
    "video/m2ts": "mpegts",
    "video/ogg": "ogg",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/wav": "wav",
    "audio/aac": "aac",
}
"""FFmpeg's names of the container formats that are opened, by MIME type."""


class Attempt(NamedTuple):
    """Where to look for a frame, as a share of the duration (None: from the start, without seeking), and how."""

    place: float | None
    keys_only: bool = True


ATTEMPTS = (Attempt(0.1), Attempt(0.35), Attempt(0.6), Attempt(None), Attempt(None, keys_only=False))
"""One after the other until a frame shows something; some files cannot seek, some mark no key frames."""
BLANK = 3.0
"""Standard deviation of grey, of 255, below which a frame shows nothing."""
PACKETS, FRAMES = 2_000, 60
"""How many packets, and frames that are no key frames, are looked through."""
FRAME_BYTES = 6
"""What decoding needs for each pixel at least: a few frames of one and a half bytes."""

# (a, b, c, d) of a display matrix to the EXIF orientation that does the same (ISO/IEC 14496-12, 8.3.2)
ORIENTATIONS = {
    (1, 0, 0, 1): 1, (-1, 0, 0, 1): 2, (-1, 0, 0, -1): 3, (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5, (0, 1, -1, 0): 6, (0, -1, -1, 0): 7, (0, -1, 1, 0): 8,
}  # fmt: skip


def load_poster(
    file: BinaryIO, mime: str, box: int, *, pixels: int, room: int, deadline: float
) -> Picture | None:
    """A frame that fits a square of `box` pixels, with the size at which the video is shown.

    None when there is no moving picture in the file. Raises Unreadable when none can be decoded before
    `deadline` (of time.monotonic), DecoderRefused when frames are beyond the limits.
    """
    blank = None
    try:
        for attempt in ATTEMPTS:
            if blank is not None and not attempt.keys_only:
                break
            with _opened(file, mime) as container:
                stream = next((each for each in container.streams.video if not _is_cover(each)), None)
                if stream is None:
                    return None
                _require_size(stream, pixels, room)
                frame = _frame(container, stream, attempt, deadline)
                if frame is None:
                    continue
                picture = _picture(frame, stream, box)
                if not _is_blank(frame):
                    return picture
                blank = blank or picture
    except av.FFmpegError as error:
        raise Unreadable(f"this video cannot be decoded: {error.strerror}") from error
    if blank is None:
        raise Unreadable("this video holds no frame that can be decoded")
    return blank


def load_cover(file: BinaryIO, mime: str, box: int, *, pixels: int, room: int) -> Picture | None:
    """The picture embedded in a sound file, None when there is none; raises as `load_picture` does."""
    try:
        with _opened(file, mime) as container:
            data = _cover(container)
    except av.FFmpegError as error:
        raise Unreadable(f"this sound file cannot be opened: {error.strerror}") from error
    if data is None:
        return None
    return load_picture(io.BytesIO(data), sniff(data).mime, box, pixels=pixels, room=room)


def _opened(file: BinaryIO, mime: str) -> InputContainer:
    demuxer = DEMUXERS.get(mime)
    if demuxer is None:
        raise Unreadable(f"there is no reader for {mime}")
    file.seek(0)
    return av.open(file, "r", format=demuxer, metadata_errors="replace", io_open=_refuse)


def _refuse(*_: Any) -> NoReturn:
    raise PermissionError("a file that is being read may not open others")


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _cover(container: InputContainer) -> bytes | None:
    covers = [stream for stream in container.streams.video if _is_cover(stream)]
    for packet in container.demux(covers) if covers else ():
        if packet.size:
            return bytes(packet)
    return None


def _require_size(stream: VideoStream, pixels: int, room: int) -> None:
    area = stream.width * stream.height
    if area > pixels or area * FRAME_BYTES > room:
        raise DecoderRefused(f"frames of {stream.width} x {stream.height} pixels are beyond the limits")


def _frame(
    container: InputContainer, stream: VideoStream, attempt: Attempt, deadline: float
) -> VideoFrame | None:
    """The first whole frame from a place on; one that may lack what it refers to, if there is no other."""
    stream.codec_context.thread_count = 1
    stream.codec_context.skip_frame = "NONKEY" if attempt.keys_only else "DEFAULT"
    if attempt.place is not None:
        with contextlib.suppress(av.FFmpegError):  # cannot seek: read on from the start
            container.seek(int((container.duration or 0) * attempt.place) + (container.start_time or 0))
    first = None
    for count, frame in enumerate(_frames(container, stream, deadline)):
        if frame.key_frame:
            return frame
        first = first or frame
        if count == FRAMES:
            break
    return first


def _frames(container: InputContainer, stream: VideoStream, deadline: float) -> Iterator[VideoFrame]:
    """Decoded frames from here on, for as long as packets and time last; broken packets are left out."""
    for count, packet in enumerate(container.demux(stream)):
        if time.monotonic() > deadline:
            raise Unreadable("no frame of this video could be decoded in time")
        if count == PACKETS:
            return
        try:
            yield from stream.decode(packet)
        except av.FFmpegError:
            continue


def _is_blank(frame: VideoFrame) -> bool:
    small = frame.reformat(width=32, height=32, format="gray").to_ndarray()
    return float(small.std()) < BLANK


def _picture(frame: VideoFrame, stream: VideoStream, box: int) -> Picture:
    """The frame in sRGB, with square pixels, upright."""
    stretch = stream.sample_aspect_ratio or Fraction(1)
    shown = (max(1, round(frame.width * stretch)), frame.height)
    orientation = _orientation(frame)
    image = upright(_scaled(frame, fitted(*shown, box)), orientation)
    width, height = shown if orientation < 5 else shown[::-1]
    return Picture(image, width, height)


def _scaled(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    coding = Coding(int(frame.color_primaries or 2), int(frame.color_trc or 2))
    # an unmarked video has the matrix of its time: BT.709 for high definition, BT.601 before
    unmarked = int(frame.colorspace) in (0, 2) and frame.format.name.startswith("yuv")
    matrix = ("ITU709" if frame.height >= 720 else "ITU601") if unmarked else None
    wide = coding.is_foreign
    scaled = frame.reformat(
        width=size[0], height=size[1], format="rgb48le" if wide else "rgb24", src_colorspace=matrix,
        interpolation="AREA",
    )  # fmt: skip
    pixels = scaled.to_ndarray()
    if not wide:
        return Image.fromarray(pixels)
    return to_srgb(pixels.astype(np.float32) / np.float32(65535), coding)


def _orientation(frame: VideoFrame) -> int:
    """The display matrix as an EXIF orientation; 1 without one, and for odd angles.

    Read from the matrix itself: `frame.rotation` counts against the clock and does not know mirrors.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData) or matrix.buffer_size < 36:
        return 1
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    unit = max(math.hypot(a, b), math.hypot(c, d), 1)
    return ORIENTATIONS.get(tuple(round(value / unit) for value in (a, b, c, d)), 1)
