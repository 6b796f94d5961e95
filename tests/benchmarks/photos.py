"""JPEGs with the size and the detail of camera photos, drawn from noise: no test data is shipped."""

from pathlib import Path

import numpy as np
from PIL import Image

QUALITY = 90
OCTAVES = (4, 16, 64, 256, 1024)
GRAIN = 9.0
"""Noise of the sensor: with it 12 megapixels make about 4 MB, as phones do."""


def draw_photos(folder: Path, count: int, megapixels: float) -> list[Path]:
    """Draw `count` different photos (4:3, 4:2:0, with EXIF) into `folder`."""
    width = int((megapixels * 1e6 * 4 / 3) ** 0.5) // 16 * 16
    height = width * 3 // 4
    return [_draw(folder / f"IMG_{number:04}.jpg", width, height, number) for number in range(1, count + 1)]


def _draw(path: Path, width: int, height: int, seed: int) -> Path:
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for cells in OCTAVES:
        coarse = random.integers(0, 256, (max(2, cells * 3 // 4), cells), dtype=np.uint8)
        layer = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(layer, np.float32) / cells**0.5
    total *= 255 / total.max()
    tint = random.uniform(0.6, 1.0, 3).astype(np.float32)
    grain = random.normal(0, GRAIN, (height, width)).astype(np.float32)
    pixels = np.clip((total + grain)[..., None] * tint, 0, 255).astype(np.uint8)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Hypomos", "Benchmark", f"2026:07:{seed % 28 + 1:02} 12:00:00"
    Image.fromarray(pixels).save(path, quality=QUALITY, subsampling="4:2:0", exif=exif)
    return path
