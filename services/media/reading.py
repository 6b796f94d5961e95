"""One full pass over a file, and what is shown of it: the readers of this package put together.

The file is read once and decoded once: hashes, metadata, the grid rendition and all fingerprints come from
the same bytes and the same pixels.
"""

import dataclasses
import hashlib
import io
import time
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

import numpy as np
from PIL import Image

from services.errors import DecoderRefused

from .distant import LONGEST, Ask
from .fingerprints import fingerprint
from .hashing import Hashed, hash_file
from .images import OUR_FAULTS, Picture, Unreadable, load_picture
from .metadata import read_metadata
from .notice import ask_at_home
from .poster import load_cover, load_poster
from .provider_hashes import ProviderHashes
from .raws import load_raw
from .renditions import encode, encode_for_television
from .sizes import Size
from .sniff import HEAD, Sniffed, sniff
from .suffixes import promised
from .television import PROFILES, Profile
from .tone import PQ, Coding, to_srgb
from .types import GRID, VIEW, Glance, Hashes, Hints, Reading, Rendition

HEAVY = frozenset({"image/heic", "image/heif", "image/avif"})


@dataclass(frozen=True, slots=True)
class Budget:
    """What decoding one file may take: `pixels`, `room` in bytes, `seconds` from when its decoding begins."""

    pixels: int
    room: int
    seconds: float


def is_heavy(head: bytes, name: str) -> bool:
    """Whether a file deserves twice the processor time: HEIF, AVIF, RAW and video."""
    sniffed = sniff(head, name)
    return sniffed.kind == "video" or sniffed.raw or sniffed.mime in HEAVY


def read_file(fd: int, hints: Hints, budget: Budget, *, others: bool = False) -> Reading:
    """Read a seekable file wholly; with `others` also make the hashes that providers know.

    What cannot be decoded is an answer too: `damaged` says why. Raises DecoderRefused when the picture is
    beyond the budget, OSError when the file itself cannot be read.
    """
    other = ProviderHashes() if others else None
    hashed = hash_file(fd, other)
    head = hashed.file.read(HEAD)
    hashed.file.seek(0)
    sniffed = sniff(head, hints.name)
    metadata = read_metadata(hashed.file, hints, head)
    picture, damaged = _picture(hashed, sniffed, hints, budget)
    rendition = prints = None
    if picture is not None:
        rendition = encode(picture.image, GRID).data
        if sniffed.kind != "audio":
            prints = fingerprint(picture.image)
            metadata = dataclasses.replace(metadata, width=picture.width, height=picture.height)
    return Reading(
        sha256=hashed.sha256,
        size=hashed.size,
        scan_hash=hashed.scan_hash,
        metadata=metadata,
        fingerprints=prints,
        rendition=rendition,
        damaged=damaged,
        hashes={} if other is None else other.digests(),
    )


def glance_file(file: BinaryIO, hints: Hints, budget: Budget, *, poster: bool) -> Glance:
    """What the metadata says, without reading the rest; with `poster` also the grid rendition of a video.

    Never raises for anything in the file.
    """
    head = file.read(HEAD)
    sniffed = sniff(head, hints.name)
    metadata = read_metadata(file, hints, head)
    if sniffed.kind == "other":
        complaint = _impostor(hints.name, sniffed)
        problems = (complaint,) if complaint else ()
        return Glance(dataclasses.replace(metadata, problems=(*metadata.problems, *problems)))
    if not poster or sniffed.kind != "video":
        return Glance(metadata)
    try:
        picture = load_any(file, sniffed, GRID, budget)
    except (Unreadable, DecoderRefused):
        return Glance(metadata)
    if picture is None:
        return Glance(metadata)
    return Glance(metadata, encode(picture.image, GRID).data, fingerprint(picture.image))


def hash_stream(ask: Ask, size: int) -> Hashes:
    """The content hashes of a file far away, from one pass over it that keeps nothing; raises OSError."""
    sha256, other = hashlib.sha256(), ProviderHashes()
    for offset in range(0, size, LONGEST):
        block = ask(offset, min(LONGEST, size - offset))
        sha256.update(block)
        other.update(block)
    return Hashes(sha256.hexdigest(), size, other.digests())


def render_file(file: BinaryIO, size: int, hints: Hints, budget: Budget) -> Rendition:
    """Make a rendition that fits a square of `size` pixels.

    Raises DecoderRefused when the picture is beyond the budget, or when there is nothing to show.
    """
    return encode(_shown(file, size, hints, budget).image, size)


def picture_file(
    file: BinaryIO, profile: Profile, original: Size | None, hints: Hints, budget: Budget
) -> Rendition:
    """Make the picture that televisions get, of an original or of a rendition.

    `original` is the upright size of the original, as far as it is known. Raises as `render_file` does.
    """
    picture = _shown(file, profile.box(original), hints, budget)
    return encode_for_television(picture.image, profile, original)


def _shown(file: BinaryIO, box: int, hints: Hints, budget: Budget) -> Picture:
    sniffed = sniff(file.read(HEAD), hints.name)
    try:
        picture = load_any(file, sniffed, box, budget)
    except Unreadable as error:
        raise DecoderRefused(str(error)) from error
    if picture is None:
        raise DecoderRefused(f"there is no picture in this file ({sniffed.mime})")
    return picture


def rehearse() -> None:
    """Take a made-up picture the whole way, so that everything imported late is imported now."""
    image = Image.linear_gradient("L").convert("RGB")
    fingerprint(image)
    to_srgb(np.asarray(image, dtype=np.float32) / np.float32(255), Coding(9, PQ))
    ask_at_home("0000", "http://hypomos.local/", PROFILES["TN"])
    room = 64 << 20
    for size, mime in ((GRID, "image/webp"), (VIEW, "image/jpeg")):
        made = encode(image, size)
        load_picture(io.BytesIO(made.data), mime, GRID, pixels=room, room=room)


def load_any(file: BinaryIO, sniffed: Sniffed, box: int, budget: Budget) -> Picture | None:
    """The picture of any media file: photo, preview, poster or cover; None where there is none.

    Raises Unreadable for damaged files and DecoderRefused for those beyond the budget.
    """
    try:
        return _loaded(file, sniffed, box, budget)
    except OUR_FAULTS:
        raise
    except Exception as error:  # decoders raise anything on corrupt input
        raise Unreadable(f"this cannot be decoded ({type(error).__name__}: {error})"[:300]) from error


def _loaded(file: BinaryIO, sniffed: Sniffed, box: int, budget: Budget) -> Picture | None:
    pixels, room = budget.pixels, budget.room
    if sniffed.raw:
        return load_raw(file, box, pixels=pixels, room=room)
    if sniffed.kind == "photo":
        return load_picture(file, sniffed.mime, box, pixels=pixels, room=room)
    if sniffed.kind == "video":
        until = time.monotonic() + budget.seconds
        return load_poster(file, sniffed.mime, box, pixels=pixels, room=room, deadline=until)
    if sniffed.kind == "audio":
        return load_cover(file, sniffed.mime, box, pixels=pixels, room=room)
    return None


def _picture(
    hashed: Hashed, sniffed: Sniffed, hints: Hints, budget: Budget
) -> tuple[Picture | None, str | None]:
    """The picture for the grid, and what is wrong with the file."""
    if hashed.size == 0:
        return None, "the file is empty"
    if sniffed.kind == "other":
        return None, _impostor(hints.name, sniffed)
    try:
        picture = load_any(hashed.file, sniffed, GRID, budget)
    except Unreadable as error:
        return None, str(error)
    return picture, picture.damaged if picture else None


def _impostor(name: str, sniffed: Sniffed) -> str | None:
    """A complaint when the name promises media and the content is something else altogether."""
    other_media = sniffed.mime.startswith(("image/", "video/", "audio/")) and sniffed.mime != "image/svg+xml"
    if other_media or promised(name) is None:
        return None
    return f"the name ends in {PurePath(name).suffix}, but the content is {sniffed.mime}"
