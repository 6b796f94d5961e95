"""Metadata of real files against what exiftool and a person say of them.

Left out where the sample folder is absent: it is named by HYPOMOS_MEDIA, or lies beside the project.
"""

import json
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from services.media.metadata import read_metadata
from services.media.types import Hints, Metadata

HERE = Path(__file__)
SAMPLE = Path(os.environ.get("HYPOMOS_MEDIA") or HERE.parents[4] / "shared" / "media")
FIELDS = (
    *("mime", "width", "height", "taken_local", "offset", "taken_utc", "make", "model", "lens"),
    *("orientation", "rotation", "gps", "rating", "keywords", "duration_s"),
)
WANTED = 0.97
STATED_ELSEWHERE = "the list counts EXIF alone; the file states it in XMP (aux:Lens)"
IPTC_OFFSET = "the list counts EXIF alone; IPTC states the same wall clock with -04:00"
HIERARCHY = "besides dc:subject we take the leaves of lr:hierarchicalSubject, as the design says"
STREAM_ONLY = "only in the H.264 stream: no reader but exiftool"
EXPLAINED = {
    (
        "heic/samsung-one-ui-6.heic",
        "rotation",
    ): "exiftool gives irot against the clock (270), we with it (90)",
    ("avif/8bit-sRGB.avif", "rotation"): "0 for no rotation, as in the list's HEIC files",
    ("jpeg/thompson-springs.jpg", "lens"): STATED_ELSEWHERE,
    ("names/Präriefalke – Überflug.jpg", "lens"): STATED_ELSEWHERE,
    ("names/Täler von Ménthon.jpg", "lens"): STATED_ELSEWHERE,
    ("names/Täler von Ménthon.jpg", "offset"): IPTC_OFFSET,
    ("names/Täler von Ménthon.jpg", "taken_utc"): IPTC_OFFSET,
    ("names/Täler von Ménthon.jpg", "keywords"): HIERARCHY,
    ("damaged/truncated.jpg", "lens"): STATED_ELSEWHERE,
    ("damaged/truncated.jpg", "offset"): IPTC_OFFSET,
    ("damaged/truncated.jpg", "taken_utc"): IPTC_OFFSET,
    ("damaged/truncated.jpg", "keywords"): HIERARCHY,
    ("damaged/is-a-jpeg.heic", "lens"): STATED_ELSEWHERE,
    ("damaged/pixel-bomb.png", "width"): "as the header says; decoding refuses it",
    ("damaged/pixel-bomb.png", "height"): "as the header says; decoding refuses it",
    ("damaged/Issue 419.rw2", "mime"): "its first bytes are those of a Panasonic RAW file",
    ("video/Sony ILCE-7M3 (A7M3).mts", "taken_utc"): STREAM_ONLY,
}
"""Every difference there is; the test fails on any other, and on one here that is no more."""


def entries() -> list[dict[str, Any]]:
    path = SAMPLE / "expected.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return found


def read(name: str) -> Metadata:
    path = SAMPLE / name
    sidecar = path.with_name(path.name + ".xmp")
    hints = Hints(path.name, sidecar=sidecar.read_bytes() if sidecar.is_file() else None)
    with path.open("rb") as file:
        return read_metadata(file, hints, file.read(65536))


def answer(found: Metadata, field: str) -> Any:
    """The field in the list's own notation; what we infer from satellites or the place is not stated in the file."""
    taken = found.taken
    stated = taken.offset_source not in {"GPS time", "position"}
    if field == "offset":
        if taken.offset is None or not stated:
            return None
        sign = "-" if taken.offset < 0 else "+"
        return f"{sign}{abs(taken.offset) // 60:02}:{abs(taken.offset) % 60:02}"
    if field == "taken_local":
        return taken.local and taken.local[:19]
    if field == "taken_utc":
        return taken.utc[:19] + "Z" if taken.utc and (stated or "GPS" in taken.source) else None
    if field == "gps":
        return None if found.lat is None else {"lat": found.lat, "lon": found.lon}
    if field == "keywords":
        return list(found.keywords) or None
    if field == "mime" and found.mime == "application/octet-stream":
        return None
    return getattr(found, field)


def agrees(entry: dict[str, Any], field: str, found: Metadata) -> bool:
    """Whether an answer is the list's or one it accepts; with another offset goes another instant."""
    got, listed = answer(found, field), entry[field]
    if got == listed or got in entry.get({"taken_local": "taken"}.get(field, field) + "_accept", []):
        return True
    if field == "taken_utc":
        offset = answer(found, "offset")
        return offset != entry["offset"] and offset is not None and agrees(entry, "offset", found)
    if got is None or listed is None:
        return False
    if field == "gps":
        return all(abs(got[axis] - listed[axis]) <= 0.0001 for axis in ("lat", "lon"))
    if field == "duration_s":
        low, high = entry.get("duration_accept", (listed - 0.1, listed + 0.1))
        return bool(low <= got <= high)
    return False


@pytest.mark.skipif(not entries(), reason="no folder of real media: set HYPOMOS_MEDIA")
def test_real_files_agree_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    differences: dict[tuple[str, str], str] = {}
    total = 0
    for entry in entries():
        found = read(entry["file"])
        for field in FIELDS:
            total += 1
            if not agrees(entry, field, found):
                key = unicodedata.normalize("NFC", entry["file"]), field
                differences[key] = f"listed {entry[field]!r}, read {answer(found, field)!r}"
    share = 1 - len(differences) / total
    with capsys.disabled():
        agreeing = total - len(differences)
        print(f"\nmetadata of real files: {agreeing} of {total} fields agree ({share:.1%})", end=" ")
    assert {key: text for key, text in differences.items() if key not in EXPLAINED} == {}
    assert set(EXPLAINED) - set(differences) == set(), "explained, but they agree now"
    assert share >= WANTED
