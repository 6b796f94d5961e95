"""Files far away: what of them is asked for, and what happens when it does not come."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.errors import Unavailable
from services.media import wire
from services.media.distant import BLOCK, HEAD, LONGEST, Blocks, Source
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.types import GRID, Hints
from tests.services.media.metadata_samples import exif, heic, position
from tests.services.media.metadata_samples import photo as small_photo
from tests.services.media.pixel_samples import film

DATA = random.Random(1).randbytes(3_000_001)
TAKEN = exif({0x10F: "Maker", 0x110: "Model"}, {0x9003: "2024:07:01 14:33:39"}, position())


class Asked:
    """The storage's side: counts what is asked of it."""

    def __init__(self, data: bytes, *, fails_at: int | None = None) -> None:
        self.data = data
        self.requests: list[tuple[int, int]] = []
        self._fails_at = fails_at

    def __call__(self, offset: int, length: int) -> bytes:
        self.requests.append((offset, length))
        if self._fails_at is not None and offset >= self._fails_at:
            raise Unavailable("gone")
        return self.data[offset : offset + length]

    @property
    def bytes(self) -> int:
        return sum(length for _, length in self.requests)


@pytest.fixture(scope="module")
def decoders() -> Iterator[DecoderPool]:
    with DecoderPool(1, limits_for(4 << 30, 2.0)) as made:
        yield made


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(2).randbytes(width * height * 3))


def source(asked: Asked, limit: int | None = None) -> Source:
    return Source(asked, len(asked.data), limit=limit)


def test_blocks_read_as_a_file_does() -> None:
    blocks, plain = Blocks(Asked(DATA), len(DATA)), io.BytesIO(DATA)
    chance = random.Random(3)
    for _ in range(300):
        at, length = chance.randrange(len(DATA) + 10), chance.randrange(200_000)
        assert blocks.seek(at) == plain.seek(at)
        assert blocks.read(length) == plain.read(length)
        assert blocks.tell() == plain.tell()
    assert blocks.seek(-5, 2) == len(DATA) - 5
    assert blocks.read() == DATA[-5:]
    assert blocks.seek(-2, 1) == len(DATA) - 2


def test_the_head_comes_in_one_request_and_is_kept() -> None:
    asked = Asked(DATA)
    blocks = Blocks(asked, len(DATA))
    for at in (0, 100, 70_000, HEAD - 1):
        blocks.seek(at)
        blocks.read(1)
    assert asked.requests == [(0, HEAD)]


def test_front_to_back_more_and_more_is_asked_for_at_once() -> None:
    asked = Asked(DATA)
    blocks = Blocks(asked, len(DATA))
    while blocks.read(4096):
        pass
    assert asked.bytes == len(DATA)
    assert len(asked.requests) < 12
    assert max(length for _, length in asked.requests) <= LONGEST


def test_a_jump_costs_one_block() -> None:
    asked = Asked(DATA)
    blocks = Blocks(asked, len(DATA))
    blocks.seek(2_000_000)
    blocks.read(10)
    assert asked.bytes == BLOCK


@pytest.mark.parametrize("answer", [b"", b"short"])
def test_an_answer_that_is_too_short_is_an_error(answer: bytes) -> None:
    with pytest.raises(OSError, match="fewer bytes"):
        Blocks(lambda offset, length: answer, 100_000).read(10)


@pytest.mark.parametrize(
    "wanted", [None, "x", [], [0], [0, 0], [-1, 5], [0, LONGEST + 1], [len(DATA), 1], [0.5, 1], [0, 1, 2]]
)
def test_nonsense_is_not_answered(wanted: object) -> None:
    with pytest.raises(wire.Garbled):
        source(Asked(DATA)).answer(wanted)


def test_a_source_gives_no_more_than_it_may() -> None:
    given = source(Asked(DATA), limit=100)
    assert given.answer([0, 60]).payload == DATA[:60]
    assert given.answer([60, 60]).header == {"lost": True}
    assert (given.given, given.problem) == (60, None)


def test_a_jpeg_of_five_megabytes_costs_less_than_256_kib(decoders: DecoderPool) -> None:
    out = io.BytesIO()
    noise(2400, 1800).save(out, "JPEG", quality=97, exif=b"Exif\0\0" + TAKEN)
    asked = Asked(out.getvalue())
    assert len(asked.data) > 5_000_000
    glance = decoders.glance(source(asked), Hints("a.jpg", size=len(asked.data)))
    assert (glance.metadata.make, glance.metadata.taken.local) == ("Maker", "2024-07-01T14:33:39")
    assert glance.metadata.lat == 47.5
    assert glance.metadata.problems == ()
    assert asked.bytes < 256 << 10
    assert len(asked.requests) <= 2


def test_a_heic_of_five_megabytes_costs_less_than_256_kib(decoders: DecoderPool) -> None:
    """Padded with a box of its own: the picture's place in the file is what matters, not what it shows."""
    free = (5_000_000).to_bytes(4) + b"free" + bytes(5_000_000 - 8)
    asked = Asked(heic(exif=TAKEN) + free)
    glance = decoders.glance(source(asked), Hints("a.heic"))
    assert (glance.metadata.mime, glance.metadata.model) == ("image/heic", "Model")
    assert glance.metadata.taken.local == "2024-07-01T14:33:39"
    assert asked.bytes < 256 << 10


def test_a_video_with_its_index_at_the_end_costs_less_than_256_kib(
    decoders: DecoderPool, tmp_path: Path
) -> None:
    asked = Asked(film(tmp_path / "a.mp4", 30, size=(640, 480), codec="mjpeg", still=noise(640, 480)))
    assert asked.data.index(b"moov") > len(asked.data) - 20_000
    assert len(asked.data) > 1_500_000
    glance = decoders.glance(source(asked), Hints("a.mp4"))
    assert (glance.metadata.kind, glance.metadata.width, glance.metadata.duration_s) == ("video", 640, 3.0)
    assert asked.bytes < 256 << 10


def test_a_poster_is_made_from_a_part_of_a_video(decoders: DecoderPool, tmp_path: Path) -> None:
    asked = Asked(film(tmp_path / "a.mp4", 100, size=(640, 480), codec="mjpeg", still=noise(640, 480)))
    glance = decoders.glance(source(asked), Hints("a.mp4"), poster=True)
    assert glance.rendition is not None
    assert asked.bytes < len(asked.data) / 3
    made = decoders.render_far(source(asked), GRID, Hints("a.mp4"))
    assert max(made.width, made.height) == GRID


def test_hashing_reads_everything_once(decoders: DecoderPool) -> None:
    asked = Asked(DATA)
    hashes = decoders.hash_far(source(asked), Hints("a.mp4", size=len(DATA)))
    assert (hashes.size, asked.bytes) == (len(DATA), len(DATA))
    assert set(hashes.hashes) == {"md5", "sha1", "dropbox", "quickxor"}


def test_what_the_storage_raises_is_raised_and_the_child_lives(decoders: DecoderPool) -> None:
    decoders.glance(source(Asked(small_photo())), Hints("a.jpg"))
    (child,) = decoders._idle
    for do in (decoders.glance, decoders.hash_far):
        with pytest.raises(Unavailable, match="gone"):
            do(source(Asked(DATA, fails_at=0)), Hints("a.jpg", size=len(DATA)))
    assert decoders._idle == [child]
    assert child.alive


def test_a_file_cut_off_by_the_limit_is_told_not_raised(decoders: DecoderPool) -> None:
    asked = Asked(small_photo(size=(1000, 800)) + bytes(500_000))
    glance = decoders.glance(source(asked, limit=HEAD), Hints("a.jpg"))
    assert (glance.metadata.kind, glance.metadata.width) == ("photo", 1000)
    assert glance.metadata.problems != ()
