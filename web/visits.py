"""What the pages of a visit have in common, whether its guest came by a link or by the door of an event."""

import logging
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from services.masks import NotAsked
from services.models import Item
from web.api.views import instant
from web.asking import Ask
from web.handling import GUESTS
from web.headers import unlisted
from web.rendering import render

log = logging.getLogger(__name__)


def base_of(ask: Ask) -> str:
    """The address below which everything of this visit lies."""
    return f"{GUESTS}/{ask.visit.pid}"


def about(ask: Ask) -> dict[str, Any]:
    """What each page of a visit says of it: what is shown, where, what one may, and until when."""
    visit = ask.visit
    return {
        "visit": visit,
        "event": visit.event,
        "base": base_of(ask),
        "name": visit.share.collection.name,
        "may_download": bool(visit.share.may_download),
        "ends_iso": instant(visit.ends),
        "trash_days": ask.context.settings.trash_days,
    }


def render_visit(
    ask: Ask, template: str, values: dict[str, Any] | None = None, *, status: int = 200
) -> Response:
    """A page of a visit, which no search engine is to keep."""
    return unlisted(render(ask, template, {**about(ask), **(values or {})}, status=status))


def prepare(ask: Ask, items: Iterable[Item]) -> None:
    """Have the masks found of what is looked at, for it will soon be wanted. A page without them still is a page."""
    try:
        ask.context.masks.prepare(ask.viewer, items)
    except NotAsked as error:
        log.warning("masks were not asked for: %s", error)
