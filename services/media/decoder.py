"""The decoder child: reads media files for the service, fenced in, one request at a time.

Started by `services.media.pool` with one end of a socket pair. It imports everything it will need, encloses
itself (`services.media.sandbox`), says that it is ready and serves until the other end closes. Whatever a
file does, the worst is the death of this process.

Requests carry a header with `do` (`read`, `render`, `picture`, `glance`, `mask` or `hash`), `hints`, for `render` the
`size`, for `picture` the `profile` and the size of the `original`, and an open descriptor; or, for a file far away,
its length in `blocks` (`services.media.distant`). `notice`, which draws words, has no file. Replies carry `reading`,
`glance`, `hashes`, `masked` and the masks, or `rendition` and the bytes; or else `refused` with the reason, `errno`
of a file that cannot be read, `failed` with a fault of ours. `last` says that this child ends now.
"""

import contextlib
import dataclasses
import importlib
import json
import os
import pkgutil
import socket
import sys
from typing import Any, BinaryIO, cast

from services.errors import DecoderRefused

from . import distant, images, sandbox, wire
from .hashing import open_descriptor
from .limits import Limits
from .masking import find_masks, to_json
from .notice import ask_at_home
from .reading import (
    Budget,
    glance_file,
    hash_stream,
    is_heavy,
    picture_file,
    read_file,
    rehearse,
    render_file,
)
from .sniff import HEAD
from .television import PROFILES
from .types import Hints, Rendition

LAZY = ("encodings", "av", "exifread")
"""Packages that import parts of themselves when first needed, which is too late behind the fences."""


class Decoder:
    """Serves requests within limits."""

    def __init__(self, sock: socket.socket, limits: Limits, meter: sandbox.Meter) -> None:
        self._sock = sock
        self._limits = limits
        self._meter = meter

    def enclose(self) -> dict[str, bool]:
        """Give up all rights that are not needed; returns which fences stand."""
        images.prepare()
        import_the_rest()
        rehearse()
        sandbox.limit_process(self._limits, self._meter)
        return sandbox.enclose()

    def serve(self) -> None:
        """Answer requests until the other end closes or memory runs out."""
        while True:
            try:
                request = wire.receive(self._sock)
            except (EOFError, OSError):
                return
            try:
                wire.send(self._sock, self._answer(request))
            except MemoryError:  # what is left of this process may be in pieces
                wire.send(self._sock, wire.Message({"refused": self._memory_words(), "last": True}))
                return
            except Exception as fault:
                words = f"the decoder failed ({type(fault).__name__}: {fault})"
                wire.send(self._sock, wire.Message({"failed": words[:300], "last": True}))
                return

    def _answer(self, request: wire.Message) -> wire.Message:
        fd, header = request.fd, request.header
        if header["do"] == "notice" and fd is None:
            sandbox.limit_cpu(self._limits.cpu_for(heavy=False))
            return _made(ask_at_home(header["code"], header["address"], PROFILES[header["profile"]]))
        if fd is None and "blocks" not in header:
            return wire.Message({"refused": "no file came with the request"})
        try:
            hints = wire.hints_from_json(header["hints"])
            if header["do"] == "hash":
                sandbox.limit_cpu(self._limits.cpu_for(heavy=True, size=header["blocks"]))
                hashes = hash_stream(distant.asking(self._sock), header["blocks"])
                return wire.Message({"hashes": dataclasses.asdict(hashes)})
            if fd is None:
                far = distant.Blocks(distant.asking(self._sock), header["blocks"])
                return self._work(cast(BinaryIO, far), hints, header)
            return self._work(open_descriptor(fd), hints, header, fd)
        except DecoderRefused as refused:
            return wire.Message({"refused": refused.reason})
        except OSError as error:
            if error.filename is not None:  # not the file, which has no name here: an import too late
                raise
            return wire.Message({"errno": error.errno, "words": error.strerror or str(error)})
        finally:
            if fd is not None:
                os.close(fd)

    def _work(
        self, file: BinaryIO, hints: Hints, header: dict[str, Any], fd: int | None = None
    ) -> wire.Message:
        heavy = is_heavy(file.read(HEAD), hints.name)
        file.seek(0)
        whole = os.fstat(fd).st_size if header["do"] == "read" and fd is not None else 0
        sandbox.limit_cpu(self._limits.cpu_for(heavy=heavy, size=whole))
        budget = Budget(
            pixels=self._limits.pixels,
            room=max(0, self._limits.memory - self._meter.data()),
            seconds=self._limits.deadline / 2,
        )
        if header["do"] == "mask":
            masks = find_masks(file, hints.name)
            listed = json.dumps(to_json(masks or ())).encode()
            return wire.Message({"masked": masks is not None}, listed)
        if header["do"] == "glance":
            glance = glance_file(file, hints, budget, poster=header["poster"])
            told = {"metadata": dataclasses.asdict(glance.metadata)}
            if glance.fingerprints is not None:
                told["fingerprints"] = dataclasses.asdict(glance.fingerprints)
            return wire.Message({"glance": told}, glance.rendition or b"")
        if header["do"] == "read" and fd is not None:
            reading = read_file(fd, hints, budget, others=header.get("others", False))
            return wire.Message({"reading": reading.to_json()}, reading.rendition or b"")
        if header["do"] == "picture":
            original = header["original"] and (header["original"][0], header["original"][1])
            return _made(picture_file(file, PROFILES[header["profile"]], original, hints, budget))
        return _made(render_file(file, header["size"], hints, budget))

    def _memory_words(self) -> str:
        return f"decoding takes more memory than the {self._limits.memory >> 20} MiB allowed"


def _made(rendition: Rendition) -> wire.Message:
    size = {"mime": rendition.mime, "width": rendition.width, "height": rendition.height}
    return wire.Message({"rendition": size}, rendition.data)


def import_the_rest() -> None:
    """Import what would otherwise be imported while a file is read, and be denied then."""
    for name in LAZY:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                with contextlib.suppress(ImportError):  # for other systems, or with extras that are not here
                    importlib.import_module(module.name)


def main(arguments: list[str]) -> None:
    """Serve on the socket whose descriptor is the first argument, within the limits (JSON) of the second."""
    with socket.socket(fileno=int(arguments[0])) as sock, sandbox.Meter() as meter:
        decoder = Decoder(sock, Limits(**json.loads(arguments[1])), meter)
        fences = decoder.enclose()
        wire.send(sock, wire.Message({"ready": fences}))
        decoder.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
