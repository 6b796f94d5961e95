"""What a file name promises: kind and MIME type by suffix, before a byte of the file has been read.

A promise only: what a file is, its bytes say (`services.media.sniff`). Pure.
"""

from pathlib import PurePath

from .types import Kind

PROMISES: dict[str, tuple[Kind, str]] = {
    ".jpg": ("photo", "image/jpeg"), ".jpeg": ("photo", "image/jpeg"), ".png": ("photo", "image/png"),
    ".gif": ("photo", "image/gif"), ".webp": ("photo", "image/webp"), ".tif": ("photo", "image/tiff"),
    ".tiff": ("photo", "image/tiff"), ".bmp": ("photo", "image/bmp"), ".heic": ("photo", "image/heic"),
    ".heif": ("photo", "image/heif"), ".avif": ("photo", "image/avif"),
    ".dng": ("photo", "image/x-adobe-dng"), ".nef": ("photo", "image/x-nikon-nef"),
    ".cr2": ("photo", "image/x-canon-cr2"), ".cr3": ("photo", "image/x-canon-cr3"),
    ".arw": ("photo", "image/x-sony-arw"), ".raf": ("photo", "image/x-fujifilm-raf"),
    ".rw2": ("photo", "image/x-panasonic-rw2"), ".orf": ("photo", "image/x-olympus-orf"),
    ".pef": ("photo", "image/x-pentax-pef"),
    ".mp4": ("video", "video/mp4"), ".mov": ("video", "video/quicktime"), ".m4v": ("video", "video/x-m4v"),
    ".3gp": ("video", "video/3gpp"), ".mkv": ("video", "video/x-matroska"), ".webm": ("video", "video/webm"),
    ".avi": ("video", "video/x-msvideo"), ".mts": ("video", "video/m2ts"), ".m2ts": ("video", "video/m2ts"),
    ".mp3": ("audio", "audio/mpeg"), ".m4a": ("audio", "audio/mp4"), ".flac": ("audio", "audio/flac"),
    ".wav": ("audio", "audio/wav"), ".ogg": ("audio", "audio/ogg"),
}  # fmt: skip
"""Names that promise a picture, video or sound."""


def promised(name: str) -> tuple[Kind, str] | None:
    """Kind and MIME type that a name promises; None when it promises no media."""
    return PROMISES.get(PurePath(name).suffix.lower())
