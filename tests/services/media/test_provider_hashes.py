"""Hashes as providers name them, against their written definitions."""

import base64
import hashlib
import random

import pytest

from services.media.provider_hashes import DROPBOX_BLOCK, ProviderHashes


def hashed(*blocks: bytes) -> dict[str, str]:
    made = ProviderHashes()
    for block in blocks:
        made.update(block)
    return made.digests()


def quickxor(data: bytes) -> str:
    """Bit by bit, as Microsoft describes it."""
    bits = [0] * 160
    for number, byte in enumerate(data):
        for bit in range(8):
            bits[(number * 11 + bit) % 160] ^= byte >> bit & 1
    digest = bytearray(sum(bits[place * 8 + bit] << bit for bit in range(8)) for place in range(20))
    for place, byte in enumerate(len(data).to_bytes(8, "little")):
        digest[12 + place] ^= byte
    return digest.hex()


def dropbox(data: bytes) -> str:
    parts = [data[at : at + DROPBOX_BLOCK] for at in range(0, len(data), DROPBOX_BLOCK)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


@pytest.mark.parametrize(
    ("data", "published"),
    [(b"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), (b"\x4a", "SgAAAAAAAAAAAAAAAQAAAAAAAAA=")],
)
def test_quickxor_as_published(data: bytes, published: str) -> None:
    assert hashed(data)["quickxor"] == base64.b64decode(published).hex()


@pytest.mark.parametrize("size", [0, 1, 19, 20, 159, 160, 161, 1000, 4096, 65_537])
def test_against_the_definitions(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert hashed(data) == {
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "dropbox": dropbox(data),
        "quickxor": quickxor(data),
    }


@pytest.mark.parametrize("cuts", [(1, 2, 3), (159, 160, 161), (500, 500), (4095,)])
def test_however_the_blocks_are_cut(cuts: tuple[int, ...]) -> None:
    data = random.Random(7).randbytes(4096)
    pieces, at = [], 0
    for cut in (*cuts, len(data)):
        pieces.append(data[at : at + cut])
        at += cut
    assert hashed(*pieces) == hashed(data)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_dropbox_blocks_of_four_mebibytes(more: int) -> None:
    data = bytes(DROPBOX_BLOCK + more)
    assert hashed(data[:100], data[100:])["dropbox"] == dropbox(data)
