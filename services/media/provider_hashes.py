"""Hashes of content as providers name them, so that a copy elsewhere is known without a download.

    md5, sha1    S3, Google Drive, Nextcloud, SFTP
    dropbox      SHA-256 of the SHA-256s of every 4 MiB (dropbox.com/developers/reference/content-hash)
    quickxor     OneDrive: each byte turned by 11 bits more than the one before, all XORed, with the length

All in hexadecimal. Runs in the decoder child: numpy is imported.
"""

import hashlib

import numpy as np
import numpy.typing as npt

DROPBOX_BLOCK = 4 << 20
WIDTH = 160
"""Bits of a quickxor hash; after as many bytes the turns begin anew, for 11 and 160 share no factor."""
SHIFT = 11


class ProviderHashes:
    """Feeds the blocks of one file to its hashes."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._dropbox = _Dropbox()
        self._quickxor = _QuickXor()

    def update(self, block: bytes) -> None:
        """The next bytes of the file."""
        self._md5.update(block)
        self._sha1.update(block)
        self._dropbox.update(block)
        self._quickxor.update(block)

    def digests(self) -> dict[str, str]:
        """The hashes by name."""
        return {
            "md5": self._md5.hexdigest(),
            "sha1": self._sha1.hexdigest(),
            "dropbox": self._dropbox.hexdigest(),
            "quickxor": self._quickxor.hexdigest(),
        }


class _Dropbox:
    def __init__(self) -> None:
        self._all = hashlib.sha256()
        self._block = hashlib.sha256()
        self._room = DROPBOX_BLOCK

    def update(self, block: bytes) -> None:
        view = memoryview(block)
        while view:
            piece = view[: self._room]
            self._block.update(piece)
            self._room -= len(piece)
            view = view[len(piece) :]
            if self._room == 0:
                self._all.update(self._block.digest())
                self._block, self._room = hashlib.sha256(), DROPBOX_BLOCK

    def hexdigest(self) -> str:
        whole = self._all.copy()
        if self._room < DROPBOX_BLOCK:
            whole.update(self._block.digest())
        return whole.hexdigest()


class _QuickXor:
    """XORs all bytes whose turn is the same at once; the turns themselves are made at the end."""

    def __init__(self) -> None:
        self._lanes: npt.NDArray[np.uint8] = np.zeros(WIDTH, dtype=np.uint8)
        self._length = 0

    def update(self, block: bytes) -> None:
        data = np.frombuffer(block, dtype=np.uint8)
        begin = self._length % WIDTH
        self._length += len(data)
        first = min(len(data), (WIDTH - begin) % WIDTH)
        self._lanes[begin : begin + first] ^= data[:first]
        rest = data[first:]
        rows = len(rest) // WIDTH
        if rows:
            whole = rest[: rows * WIDTH].reshape(rows, WIDTH)
            self._lanes ^= np.bitwise_xor.reduce(whole, axis=0)
        tail = rest[rows * WIDTH :]
        self._lanes[: len(tail)] ^= tail

    def hexdigest(self) -> str:
        everything = 0
        for number, byte in enumerate(self._lanes.tolist()):
            turned = byte << (number * SHIFT % WIDTH)
            everything ^= (turned | turned >> WIDTH) & ((1 << WIDTH) - 1)
        digest = bytearray(everything.to_bytes(WIDTH // 8, "little"))
        for place, byte in enumerate(self._length.to_bytes(8, "little")):
            digest[WIDTH // 8 - 8 + place] ^= byte
        return digest.hex()
