"""Films of the album: drawn frame by frame, encoded with PyAV, with the metadata telephones write."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image

from appliance.demo.album import Clip
from appliance.demo.cameras import CAMERAS, Camera
from appliance.demo.exif import Moment
from appliance.demo.paint import Canvas
from appliance.demo.scenes.registry import MOTIONS

RATE = 12
LIVE_SECONDS = 2.0
STEP = 64
"""Widths are multiples of this: on others swscale's answer depends on where the memory lies."""


def draw_clip(folder: Path, clip: Clip, moment: Moment, detail: float) -> None:
    """Draw a film or an animated GIF and write it; `detail` below 1 makes it smaller and shorter."""
    target = folder / clip.path
    frames = _frames(clip, detail)
    if target.suffix == ".gif":
        palette = next(frames).quantize(160, Image.Quantize.MEDIANCUT)
        first, *rest = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
        first.save(target, save_all=True, append_images=rest, duration=1000 // RATE, loop=0, optimize=False)
        return
    camera = CAMERAS[clip.camera] if clip.camera else None
    write_film(target, frames, _tags(camera, moment, target), turn=clip.turn)


def write_live(
    target: Path, still: Image.Image, content: str, camera: Camera, moment: Moment, seed: int
) -> None:
    """The film of a Live Photo: the still seen by a hand that trembles a little."""
    tags = _tags(camera, moment, target) | {"com.apple.quicktime.content.identifier": content}
    write_film(target, _hand_held(still, seed), tags)


def write_film(target: Path, frames: Iterable[Image.Image], tags: dict[str, str], turn: int = 0) -> None:
    """Encode upright frames; with `turn` they are stored turned and a display matrix makes them upright.

    `turn` is in degrees clockwise, as cameras held upright write 90.
    """
    options = {"movflags": "use_metadata_tags+faststart", "fflags": "+bitexact"}
    kind = "mov" if target.suffix == ".MOV" else "mp4"
    with av.open(str(target), "w", format=kind, options=options) as container:
        container.metadata.update(tags)
        codec = _codec()
        fast = {"preset": "veryfast"} if codec == "libx264" else {}
        stream = cast(VideoStream, container.add_stream(codec, rate=RATE, options=fast))
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, RATE)
        stream.codec_context.thread_count = 1
        if turn:
            stream.set_display_rotation(-turn)
        for index, frame in enumerate(frames):
            stored = frame.rotate(turn, expand=True) if turn else frame
            if index == 0:
                stream.width, stream.height = stored.size
            picture = av.VideoFrame.from_ndarray(np.asarray(stored), format="rgb24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _codec() -> str:
    """H.264 where PyAV's build can write it, else MPEG-4 part 2, which every build can."""
    for name in ("libx264", "libopenh264"):
        if name in av.codecs_available:
            return name
    return "mpeg4"


def _frames(clip: Clip, detail: float) -> Iterator[Image.Image]:
    """The frames of a moving scene: what stands still is painted once."""
    wide, high = (max(64, round(side * detail / 8) * 8) for side in clip.size)
    motion = MOTIONS[clip.scene]
    backdrop = Canvas(wide, high, clip.seed)
    motion.still(backdrop, clip.mood)
    count = max(4, round(clip.seconds * RATE * min(1.0, detail * 2)))
    for index in range(count):
        canvas = Canvas(wide, high, clip.seed, index / count)
        canvas.pixels = backdrop.pixels.copy()
        motion.moving(canvas, clip.mood)
        yield canvas.finished(grain=0.004)


def _hand_held(still: Image.Image, seed: int) -> Iterator[Image.Image]:
    wide = -(-still.width // (2 * STEP)) * STEP
    high = round(wide * still.height / still.width / 2) * 2
    small = still.resize((wide * 53 // 50, high * 53 // 50), Image.Resampling.BOX)
    room = np.array([small.width - wide, small.height - high])
    phases = np.random.default_rng(seed).uniform(0, 6.3, 4)
    for index in range(round(LIVE_SECONDS * RATE)):
        share = index / (LIVE_SECONDS * RATE)
        sway = 0.5 + 0.3 * np.sin(share * 5 + phases[:2]) + 0.08 * np.sin(share * 23 + phases[2:])
        left, top = (room * sway).tolist()
        yield small.resize((wide, high), Image.Resampling.BILINEAR, (left, top, left + wide, top + high))


def _tags(camera: Camera | None, moment: Moment, target: Path) -> dict[str, str]:
    """Creation time, and for a telephone's QuickTime film Apple's keys."""
    tags = {"creation_time": moment.instant.strftime("%Y-%m-%dT%H:%M:%S.000000Z")}
    place = moment.place
    position = f"{place.lat:+08.4f}{place.lon:+09.4f}{place.height:+08.3f}/" if place else ""
    if camera is None:
        return tags
    if target.suffix != ".MOV":
        return tags | ({"location": position, "location-eng": position} if position else {})
    tags["com.apple.quicktime.make"] = camera.make
    tags["com.apple.quicktime.model"] = camera.model
    tags["com.apple.quicktime.software"] = camera.software
    tags["com.apple.quicktime.creationdate"] = moment.taken + moment.offset.replace(":", "")
    if position:
        tags["com.apple.quicktime.location.ISO6709"] = position
    return tags
