"""What the sample household keeps: `draw` fills the storages' folders.

Threading: `draw` spreads the work over child processes started afresh ("spawn"), so it may be called from
a process with threads; the progress function is only ever called in the caller's own thread.
"""

import multiprocessing
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from PIL import Image, ImageEnhance

from appliance.demo.album import CAMERA, CLIPS, DERIVED, NAS, NOTES, PHONE, TUNES, Clip, Derived, Shot, Tune
from appliance.demo.apart import Progress
from appliance.demo.pictures import draw_picture, moment_of, stamp
from appliance.demo.sounds import draw_tune
from appliance.demo.videos import draw_clip

Work = Shot | Clip | Tune


ALBUM: tuple[Work, ...] = (*CLIPS, *PHONE, *CAMERA, *NAS, *TUNES)
"""Everything that is drawn, slow things first, so that no process works alone at the end."""


def draw(folder: Path, progress: Progress, *, detail: float = 1.0, workers: int | None = None) -> None:
    """Write the storages' folders below `folder`, the same bytes each time with the same libraries.

    `progress` gets the number of files done, of all, and the path just written. `detail` below 1 draws
    smaller and shorter (for tests); `workers` is the number of processes, 1 draws in this one, None takes
    one for each processor. Raises OSError when a file cannot be written.
    """
    paths = [work.path for work in ALBUM] + [file.path for file in DERIVED] + list(NOTES)
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    done = 0
    for path in _drawn(folder, detail, workers or os.cpu_count() or 1):
        done += 1
        progress(done, len(paths), path)
    for file in DERIVED:
        _derive(folder, file)
        done += 1
        progress(done, len(paths), file.path)
    for path, text in NOTES.items():
        (folder / path).write_text(text, encoding="utf-8")
        done += 1
        progress(done, len(paths), path)


def _drawn(folder: Path, detail: float, workers: int) -> Iterable[str]:
    """Draw the album and yield each path when its file is there."""
    if workers == 1:
        for work in ALBUM:
            yield _make(folder, work, detail)
        return
    with ProcessPoolExecutor(min(workers, 8), multiprocessing.get_context("spawn")) as pool:
        running = [
            pool.submit(_make, folder, work, detail) for work in sorted(ALBUM, key=_effort, reverse=True)
        ]
        try:
            for finished in as_completed(running):
                yield finished.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _effort(work: Work) -> float:
    """Roughly how long a thing takes to draw."""
    match work:
        case Shot():
            return float(work.size[0] * work.size[1])
        case Clip():
            return work.seconds * 1e6
        case Tune():
            return work.seconds * 3e4


def _make(folder: Path, work: Work, detail: float) -> str:
    match work:
        case Shot():
            draw_picture(folder, work, detail)
        case Clip():
            moment = moment_of(work.taken, work.place)
            draw_clip(folder, work, moment, detail)
            stamp(folder / work.path, moment)
        case Tune():
            draw_tune(folder, work, detail)
            stamp(folder / work.path, moment_of(work.taken, ""))
    return work.path


def _derive(folder: Path, file: Derived) -> None:
    source, target = folder / file.source, folder / file.path
    match file.how:
        case "copy":
            shutil.copy2(source, target)
        case "cut":
            data = source.read_bytes()
            target.write_bytes(data[: len(data) * 45 // 100])
            shutil.copystat(source, target)
        case "edit":
            _edit(source, target)
            shutil.copystat(source, target)
        case other:
            raise ValueError(f"unknown way to derive a file: {other}")


def _edit(source: Path, target: Path) -> None:
    """What a telephone's editor leaves beside the original: cropped, warmer, the EXIF kept."""
    with Image.open(source) as image:
        block = image.info["exif"]
        wide, high = image.size
        cropped = image.crop((wide // 10, high // 14, wide - wide // 10, high - high // 14))
    red, green, blue = cropped.split()
    warm = Image.merge(
        "RGB", (red.point(lambda v: min(255, v * 1.08)), green, blue.point(lambda v: v * 0.92))
    )
    ImageEnhance.Contrast(warm).enhance(1.08).save(target, "JPEG", quality=90, exif=block)
