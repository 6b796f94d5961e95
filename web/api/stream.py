"""/stream: server-sent events, so that pages change when the household does.

One connection a tab. Each second the viewer's jobs and the two counters are looked at; what has
changed is sent. The session is asked again each time, so a revoked one hears nothing more.
Source: HTML Living Standard, server-sent events.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from services import access
from services.models import counters
from web.api import views
from web.handling import Ask

TICK_S = 1.0
HEARTBEAT_S = 15.0
RETRY_MS = 3000


def open_stream(ask: Ask) -> Response:
    """GET /stream: events `jobs` (the newest jobs) and `content` (something was added or changed)."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if ask.request.method == "HEAD":
        return Response(headers=headers, media_type="text/event-stream")
    return StreamingResponse(_events(ask), media_type="text/event-stream", headers=headers)


async def _events(ask: Ask) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    before: dict[str, str] = {}
    quiet = 0.0
    while not ask.context.closing.is_set() and (now := await run_in_threadpool(_look, ask)) is not None:
        for event, data in now.items():
            if before.get(event) != data:
                yield f"event: {event}\ndata: {data}\n\n"
                quiet = 0.0
        before = now
        quiet += TICK_S
        if quiet >= HEARTBEAT_S:
            yield ": still here\n\n"
            quiet = 0.0
        await asyncio.sleep(TICK_S)


def _look(ask: Ask) -> dict[str, str] | None:
    """What there is to tell; None when the viewer's proof has ended."""
    if not access.holds(ask.viewer):
        return None
    jobs = ask.context.jobs.list_jobs(ask.viewer, cursor=None, limit=10).jobs
    return {
        "jobs": _compact([views.job(j) for j in jobs]),
        "content": _compact(counters.read(counters.CONTENT_VERSION)),
    }


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
