"""The header of a BMP file."""

import struct
from typing import BinaryIO

from .blocks import Blocks, FormatError


def read_blocks(file: BinaryIO) -> Blocks:
    """The size of a BMP (a negative height means top-down); raises FormatError for anything else."""
    file.seek(0)
    head = file.read(26)
    if head[:2] != b"BM" or len(head) < 26:
        raise FormatError("no BMP")
    if head[14] == 12:
        width, height = struct.unpack_from("<HH", head, 18)
    else:
        width, height = struct.unpack_from("<ii", head, 18)
    return Blocks(width=abs(width) or None, height=abs(height) or None)
