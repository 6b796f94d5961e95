"""Several originals as one zip, for persons and for guests: what is asked for, and the answer that packs it."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.responses import Response

from services import access, events
from services.downloads import Pack, Plan, plan_collection, plan_items
from services.errors import UsageError
from services.masks import NotAsked
from services.models import Asset, Job
from web.asking import Ask
from web.headers import media_headers
from web.media import StreamResponse, take_place

NAME = "Hypomos"
MASKS_WAIT_S = 10.0

log = logging.getLogger(__name__)


def download(ask: Ask) -> Response:
    """POST /downloads {ids | collection | event}: their originals as one zip. It breaks off where a right ends."""
    return packed(ask, lambda: _plan(ask, ask.data))


def download_form(ask: Ask) -> Response:
    """The same for a plain form: `collection`, `event`, or `ids` with commas."""
    ids = [pid for pid in ask.form.get("ids", "").split(",") if pid]
    named = {name: ask.form.get(name) or None for name in ("collection", "event")}
    return packed(ask, lambda: _plan(ask, {"ids": ids or None, **named}))


def download_visit(ask: Ask) -> Response:
    """Everything that a guest may download."""
    name = ask.visit.share.collection.name
    return packed(ask, lambda: plan_items(ask.viewer, access.visible_items(ask.viewer, plan="rights"), name))


def packed(ask: Ask, make: Callable[[], Plan]) -> Response:
    """The answer that packs a plan while it is sent. Masks that it waits for are given ten seconds to be found."""
    plan = make()
    if plan.waiting:
        _wait_for_masks(ask, plan.waiting)
        plan = make()
    headers = media_headers("application/zip", f"{plan.name or NAME}.zip", download=True)
    headers |= {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
    del headers["Accept-Ranges"]
    pack = Pack(ask.viewer, ask.context.broker, plan, opened=ask.context.openings.note_file)
    return StreamResponse(pack, 200, headers, done=take_place(ask))


def _wait_for_masks(ask: Ask, assets: Iterable[Asset]) -> None:
    """What is not known then is left out of the archive and named in it, also where a busy catalogue took no job."""
    jobs: list[Job] = []
    until = time.monotonic() + MASKS_WAIT_S
    try:
        for asset in assets:
            jobs.append(ask.context.masks.ask(asset))
    except NotAsked as error:
        log.warning("masks were not asked for: %s", error)
    for job in jobs:
        ask.context.jobs.wait(job.id, max(0.0, until - time.monotonic()))


def _plan(ask: Ask, wanted: Mapping[str, Any]) -> Plan:
    named = [(kind, wanted[kind]) for kind in ("ids", "collection", "event") if wanted.get(kind) is not None]
    if len(named) != 1:
        raise UsageError("Name either ids, a collection or an event.", field="ids")
    ((kind, value),) = named
    if kind == "collection":
        return plan_collection(ask.viewer, str(value))
    if kind == "event":
        card = events.find(ask.viewer, str(value))
        return plan_items(ask.viewer, events.items_of(ask.viewer, card), card.event.name)
    if not isinstance(value, list):
        raise UsageError("ids is a list of items.", field="ids")
    return plan_items(ask.viewer, value, NAME)
