"""Pictures of the album as files: painted, turned, encoded, with what their camera writes about them."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, TiffImagePlugin

from appliance.demo import exif
from appliance.demo.album import Shot
from appliance.demo.cameras import CAMERAS, PLACES
from appliance.demo.exif import Moment
from appliance.demo.paint import Canvas
from appliance.demo.scenes.registry import SCENES
from appliance.demo.videos import write_live

_TURNS = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
"""How pixels are stored for each EXIF orientation, so that following the tag makes them upright."""


def draw_picture(folder: Path, shot: Shot, detail: float) -> None:
    """Paint the picture and write it with its companions; `detail` below 1 paints it smaller."""
    upright = paint(shot, detail)
    moment = moment_of(shot.taken, shot.place)
    target = folder / shot.path
    _save(upright, target, shot, moment)
    stamp(target, moment)
    if shot.sidecar:
        sidecar = target.with_suffix(".xmp")
        sidecar.write_bytes(exif.xmp(shot.keywords, shot.rating, shot.title))
        stamp(sidecar, moment)
    if shot.live:
        film = target.with_suffix(".MOV")
        write_live(film, upright, shot.live, CAMERAS[shot.camera], moment, shot.seed)
        stamp(film, moment)


def paint(shot: Shot, detail: float) -> Image.Image:
    """The picture, upright."""
    wide, high = (max(64, round(side * detail)) for side in shot.size)
    canvas = Canvas(wide, high, shot.seed, shot.moment)
    SCENES[shot.scene](canvas, shot.mood)
    image = canvas.finished()
    if shot.look == "print":
        image = _printed(image, shot.seed)
    if shot.enlarge > 1:
        image = image.resize(
            (round(wide * shot.enlarge), round(high * shot.enlarge)), Image.Resampling.BICUBIC
        )
    return image


def moment_of(taken: str, place: str) -> Moment:
    """When and where; without a place the household's own zone counts."""
    home = PLACES[place or "Freiburg"]
    return Moment(taken, PLACES[place] if place else None, home.offset(int(taken[5:7])))


def stamp(path: Path, moment: Moment) -> None:
    """Set the file's time to when the picture was taken."""
    seconds = moment.instant.timestamp()
    os.utime(path, (seconds, seconds))


def _save(upright: Image.Image, target: Path, shot: Shot, moment: Moment) -> None:
    turn = _TURNS.get(shot.orientation)
    stored = upright if turn is None else upright.transpose(turn)
    options: dict[str, Any] = {}
    if shot.camera:
        camera = CAMERAS[shot.camera]
        note = exif.apple_note(shot.live, shot.burst) if camera.note else b""
        light = float(np.asarray(upright.reduce(16).convert("L"), np.float32).mean() / 255)
        options["exif"] = exif.block(
            camera, moment, orientation=shot.orientation, light=light, note=note, title=shot.title
        )
    described = (shot.keywords or shot.rating) and not shot.sidecar
    if described or shot.panorama:
        options["xmp"] = exif.xmp(
            shot.keywords, shot.rating, shot.title, stored.size if shot.panorama else None
        )
    match target.suffix.lower():
        case ".heic":
            _save_heic(stored, target, options)
        case ".jpg":
            stored.save(target, "JPEG", quality=90 if shot.camera else 80, subsampling="4:2:0", **options)
        case ".webp":
            stored.save(target, "WEBP", quality=86, method=2, **options)
        case ".avif":
            stored.save(target, "AVIF", quality=78, speed=9, **options)
        case ".png":
            stored.save(target, "PNG", compress_level=4)
        case ".tif":
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            tags[0x0131] = "Flatbed scan"
            stored.save(target, "TIFF", compression="tiff_lzw", dpi=(300, 300), tiffinfo=tags)
        case other:
            raise ValueError(f"no encoder for {other}")


def _save_heic(image: Image.Image, target: Path, options: dict[str, Any]) -> None:
    """HEIC, as telephones write it; a build of libheif without its encoder gets the same as JPEG bytes.

    Such a file is what some telephones really send, and readers go by content, not by name.
    """
    build = pillow_heif.libheif_info()
    if not build["HEIF"]:
        image.save(target, "JPEG", quality=90, **options)
        return
    if "x265" in build["encoders"]:
        options["enc_params"] = {"preset": "ultrafast"}
    pillow_heif.from_pillow(image).save(target, quality=80, **options)


def _printed(image: Image.Image, seed: int) -> Image.Image:
    """A faded paper print with a white border, as it lies on a scanner."""
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    toned = ImageOps.colorize(grey, "#33261a", "#f1e2c2", mid="#9a7f5c")
    border = round(min(image.size) * 0.05)
    paper = ImageOps.expand(toned, border, "#ece2cc")
    noise = np.random.default_rng(seed).normal(0, 5, (paper.height, paper.width, 1))
    return Image.fromarray(np.clip(np.asarray(paper, np.float32) + noise, 0, 255).astype(np.uint8))
