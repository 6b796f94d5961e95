"""A zip that is made while it is sent: stored, not compressed, never on a disk, never whole in memory.

Each file is opened when its turn comes, through the broker, which asks the right then and before each chunk. A file of
which the right has ended before its turn is passed over, and named at the end under the name that it had in the plan;
why is not told. Where the right to the file under way ends, or to all there is, a storage fails, or a file is not what
it was, the archive ends there without its directory: whoever receives it sees that it is unfinished, and no program
takes it for complete.

Threading: like a broker's stream, it is iterated by the event loop; what waits happens in threads.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from services import access
from services.broker import Broker, Revoked, Stream
from services.downloads.planning import Entry, Plan
from services.errors import NotFound, StorageError
from services.viewers import Viewer

Opened = Callable[[Viewer, int], None]
OMITTED = "_omitted.txt"
_NOTE = (
    "These files could not be reached when this was packed, were not shared any more, or could not be given without"
    " telling where they were taken:\r\n\r\n"
)


class Pack:
    """The bytes of a plan's zip. Iterate it once, then `close` it. `opened` is told of each file that is opened."""

    length = None
    """It shows at the end."""

    def __init__(
        self, viewer: Viewer, broker: Broker, plan: Plan, *, opened: Opened = lambda viewer, file: None
    ) -> None:
        self._viewer = viewer
        self._broker = broker
        self._plan = plan
        self._opened = opened
        self._out = _Outlet()
        self._archive = ZipFile(self._out, "w", ZIP_STORED)
        self._stream: Stream | None = None
        self._is_closed = False
        self._closing = threading.Lock()
        self._away = list(plan.away)
        self._readable: int | None = None
        """A file that could be read when it was last asked."""

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """The zip, piece by piece; raises Revoked or StorageError where it has to end unfinished."""
        for entry in self._plan.entries:
            async with aclosing(
                self._pack(entry)
            ) as pieces:  # whoever goes away ends the file that is open too
                async for piece in pieces:
                    yield piece
        if self._away:
            folder = self._plan.entries[0].name.partition("/")[0] + "/" if self._plan.entries else ""
            info = _info(folder + OMITTED, (1980, 1, 1, 0, 0, 0), 0)
            self._archive.writestr(info, _NOTE + "\r\n".join(self._away) + "\r\n")
        self._archive.close()
        for piece in self._out.take():
            yield piece

    def close(self) -> None:
        """Let go of the file that is open or just being opened, and of an archive that was not finished."""
        with self._closing:
            self._is_closed, stream, self._stream = True, self._stream, None
        if stream is not None:
            stream.close()
        self._out.is_open = False  # what the archive still wants to write is no part of the answer
        self._archive.close()

    async def _pack(self, entry: Entry) -> AsyncGenerator[bytes, None]:
        stream = await asyncio.to_thread(self._open, entry)
        if stream is None:
            self._away.append(entry.name.partition("/")[2])
            return
        with self._archive.open(_info(entry.name, entry.date, stream.original.size), "w") as file:
            try:
                async for chunk in stream:
                    file.write(chunk)
                    for piece in self._out.take():
                        yield piece
            except BaseException:
                self._out.is_open = False
                raise
        await asyncio.to_thread(stream.close)
        self._stream = None

    def _open(self, entry: Entry) -> Stream | None:
        """The file of an entry; None when the right to it has ended, and raises Revoked when that to all has."""
        try:
            original = entry.original()
            if original.size != entry.size:
                raise StorageError(f"“{entry.name}” has changed while it was packed.")
            stream = self._broker.open(self._viewer, original)
        except NotFound as error:
            if self._is_over():
                raise Revoked("The right to the files of this download has ended.") from error
            return None
        with self._closing:
            self._stream = None if self._is_closed else stream
        if self._stream is None:
            stream.close()  # nobody waits for it any more
            return None
        self._readable = entry.file_id
        self._opened(self._viewer, entry.file_id)
        return stream

    def _is_over(self) -> bool:
        """Whether nothing of the plan may be read any more, neither what was packed already nor what would be."""
        if self._readable is not None and access.may_read(self._viewer, self._readable):
            return False
        ids = (entry.file_id for entry in self._plan.entries)
        readable = (each for each in ids if access.may_read(self._viewer, each))
        self._readable = next(readable, None) if access.holds(self._viewer) else None
        return self._readable is None


class _Outlet:
    """Where the archive writes: kept until it is taken, a chunk at most. It cannot be sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.is_open = True

    def write(self, data: bytes) -> int:
        """Take a piece of the archive."""
        if self.is_open:
            self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing to let go of."""

    def take(self) -> list[bytes]:
        """What was written since the last time."""
        taken, self._pieces = self._pieces, []
        return taken


def _info(name: str, date: tuple[int, int, int, int, int, int], size: int) -> ZipInfo:
    info = ZipInfo(name, date)
    info.file_size = size  # so that the archive knows beforehand whether it takes the larger form
    info.external_attr = 0o644 << 16
    return info
