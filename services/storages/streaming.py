"""From a blocking handle to an asynchronous stream: reads run in an executor, one at a time.

Threading: the handle is closed only after the read that uses it has ended, also when the stream was
cancelled in the middle of it. Otherwise that read could meet a descriptor which already belongs to
another file.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import CancelledError, Executor, Future

from services.errors import HypomosError
from services.storages.handles import Handle


async def stream_range(
    open_handle: Callable[[], Handle], start: int, end: int, *, block: int, executor: Executor
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes `start` to `end` (inclusive) in pieces of at most `block` bytes.

    Raises what opening and reading raise; a stream that ends without an error has given every byte.
    """
    opening = executor.submit(open_handle)
    try:
        handle = await asyncio.wrap_future(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_result)
        raise
    reading: Future[bytes] | None = None
    try:
        position = start
        while position <= end:
            reading = executor.submit(handle.pread, position, min(block, end + 1 - position))
            data = await asyncio.wrap_future(reading)
            position += len(data)
            yield data
    finally:
        if reading is None:
            handle.close()
        else:
            reading.add_done_callback(lambda _: handle.close())


def _close_result(opening: Future[Handle]) -> None:
    try:
        opening.result().close()
    except (CancelledError, HypomosError):
        return  # it never began, or gave nothing to close
