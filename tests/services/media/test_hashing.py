"""Content hashes and the scan hash, from one read."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.media import hashing
from services.media.hashing import ScanHash, hash_file, spool
from tests.services.media.pixel_samples import saved, scene


def scan_hash(data: bytes, block: int = 1 << 20) -> str | None:
    hasher = ScanHash()
    for at in range(0, len(data), block):
        hasher.update(data[at : at + block])
    return hasher.hexdigest()


def by_hand(data: bytes) -> str:
    """The same, written down naively: segments one by one, then byte by byte."""
    out, at = bytearray(data[:2]), 2
    while True:
        while data[at + 1] == 0xFF:
            at += 1
        code = data[at + 1]
        if code == 0xD9:
            return hashlib.sha256(bytes(out) + b"\xff\xd9").hexdigest()
        length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not (0xE0 <= code <= 0xEF or code == 0xFE):
            out += data[at : at + length]
        at += length
        if code == 0xDA:
            while not (data[at] == 0xFF and data[at + 1] not in (0, 0xFF, *range(0xD0, 0xD8))):
                out.append(data[at])
                at += 1


def with_segment(data: bytes, code: int, content: bytes) -> bytes:
    return data[:2] + bytes((0xFF, code)) + (len(content) + 2).to_bytes(2, "big") + content + data[2:]


PLAIN = saved(scene(200, 150), "JPEG", quality=90)
PROGRESSIVE = saved(scene(200, 150), "JPEG", quality=90, progressive=True, restart_marker_rows=2)


@pytest.mark.parametrize("data", [PLAIN, PROGRESSIVE], ids=["baseline", "progressive with restarts"])
def test_the_scan_hash_is_that_of_the_file_without_its_application_data(data: bytes) -> None:
    assert scan_hash(data) == by_hand(data)


@pytest.mark.parametrize("data", [PLAIN, PROGRESSIVE], ids=["baseline", "progressive with restarts"])
def test_row_28_metadata_and_what_is_appended_do_not_change_the_scan_hash(data: bytes) -> None:
    edited = with_segment(with_segment(data, 0xE1, b"Exif\0\0 anything \xff\xd9"), 0xFE, b"a comment")
    edited += b"\0\0\0\x18ftypmp42 a motion photo's video \xff\xd9"
    assert scan_hash(edited) == scan_hash(data)
    assert hashlib.sha256(edited).digest() != hashlib.sha256(data).digest()


def test_the_embedded_preview_in_the_exif_block_is_not_taken_for_the_picture() -> None:
    small = saved(scene(32, 24), "JPEG")
    assert scan_hash(with_segment(PLAIN, 0xE1, b"Exif\0\0" + small)) == scan_hash(PLAIN)


def test_other_pixels_or_tables_change_the_scan_hash() -> None:
    assert scan_hash(saved(scene(200, 150, seed=2), "JPEG", quality=90)) != scan_hash(PLAIN)
    assert scan_hash(saved(scene(200, 150), "JPEG", quality=91)) != scan_hash(PLAIN)


@settings(max_examples=60)
@given(st.integers(1, 400), st.sampled_from([PLAIN, PROGRESSIVE]))
def test_blocks_may_end_anywhere(block: int, data: bytes) -> None:
    assert scan_hash(with_segment(data, 0xFE, b"\xff" * 9), block) == scan_hash(data)


def test_every_cut_between_two_blocks_is_bridged() -> None:
    data = with_segment(saved(Image.new("L", (8, 8), 77), "JPEG"), 0xE0, b"abc")
    wanted = by_hand(data)
    for cut in range(1, len(data)):
        hasher = ScanHash()
        hasher.update(data[:cut])
        hasher.update(data[cut:])
        assert hasher.hexdigest() == wanted, cut


@pytest.mark.parametrize("data", [b"", b"\xff", PLAIN[:-2], PLAIN[:400], b"GIF89a", PLAIN[:2] + b"??"])
def test_no_whole_jpeg_has_no_scan_hash(data: bytes) -> None:
    assert scan_hash(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_behind_a_start_marker_are_survived(data: bytes) -> None:
    scan_hash(b"\xff\xd8\xff" + data, 7)


def opened(path: Path, data: bytes) -> int:
    path.write_bytes(data)
    return os.open(path, os.O_RDONLY)


def test_a_file_is_read_without_moving_its_descriptor(tmp_path: Path) -> None:
    fd = opened(tmp_path / "a.jpg", PLAIN)
    os.lseek(fd, 17, os.SEEK_SET)
    hashed = hash_file(fd)
    assert os.lseek(fd, 0, os.SEEK_CUR) == 17
    os.close(fd)
    assert (hashed.sha256, hashed.size) == (hashlib.sha256(PLAIN).hexdigest(), len(PLAIN))
    assert hashed.scan_hash == by_hand(PLAIN)
    assert hashed.file.read() == PLAIN, "small files are kept in memory"


def test_a_large_file_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "IN_MEMORY", 1000)
    fd = opened(tmp_path / "a.jpg", PLAIN)
    hashed = hash_file(fd)
    assert hashed.sha256 == hashlib.sha256(PLAIN).hexdigest()
    assert hashed.file.read(10) == PLAIN[:10]
    hashed.file.seek(-5, os.SEEK_END)
    assert hashed.file.read() == PLAIN[-5:]
    os.close(fd)


def test_an_empty_file_has_the_hash_of_nothing(tmp_path: Path) -> None:
    fd = opened(tmp_path / "a", b"")
    assert hash_file(fd).sha256 == hashlib.sha256().hexdigest()
    os.close(fd)


@pytest.mark.parametrize("limit", [1 << 20, 100], ids=["in memory", "on disk"])
def test_a_stream_is_kept_while_it_is_hashed(
    limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "IN_MEMORY", limit)
    monkeypatch.setattr(hashing, "BLOCK", 64)
    with spool(io.BytesIO(PLAIN), tmp_path).file as file:
        assert file.read() == PLAIN
        assert hash_file(file.fileno()).sha256 == hashlib.sha256(PLAIN).hexdigest()
    assert list(tmp_path.iterdir()) == [], "it has no name"


def test_a_stream_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the network is gone")

    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="network"):
        spool(Broken(), tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_service_hashes_streams_without_a_decoder() -> None:
    code = "import sys, services.media.hashing; print('PIL' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
