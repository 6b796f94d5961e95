"""/screens: the televisions and frames of the household, and the devices that ask to be one."""

from typing import Any

from starlette.responses import JSONResponse, Response

from services import screens
from services.errors import NotFound, UsageError
from services.models import Device
from services.screens import Card
from web.api import views
from web.handling import Ask
from web.moments import parse_end


def list_screens(ask: Ask) -> Response:
    """GET /screens: all of the household, each with what the viewer shows there"""
    found = screens.cards(ask.viewer)
    return JSONResponse({"items": [_view(card) for card in found], "next": None, "total": len(found)})


def list_devices(ask: Ask) -> Response:
    """GET /screens/devices: those that wait for an adult, and those that were refused; for adults"""
    found = [*screens.waiting(ask.viewer), *screens.refused(ask.viewer)]
    return JSONResponse({"items": [_device(d) for d in found], "next": None, "total": len(found)})


def approve(ask: Ask) -> Response:
    """POST /screens {device, name | screen, until?, collections?, rights?}: let a device in, and show these there"""
    known = {"device", "name", "screen", "until", "collections", "rights"}
    if unknown := sorted(set(ask.data) - known):
        raise UsageError(f"A screen has no “{unknown[0]}”.", field=unknown[0])
    made = screens.approve(
        ask.viewer, _text(ask, "device"), name=_text(ask, "name"), screen=_text(ask, "screen"), until=_until(ask),
        show=_texts(ask, "collections"), originals="download" in _rights(ask),
    )  # fmt: skip
    return JSONResponse(_view(screens.get(ask.viewer, made.pid)), 201)


def decide(ask: Ask) -> Response:
    """PATCH /screens/devices/{id} {state: refused | unknown}: turn a device away, or ask for it again"""
    act = {"refused": screens.refuse, "unknown": screens.ask_again}.get(_text(ask, "state"))
    if act is None or set(ask.data) != {"state"}:
        raise UsageError(
            "state is “refused” or “unknown”; to let a device in, post it to /screens.", field="state"
        )
    act(ask.viewer, ask.path["id"])
    found = [*screens.waiting(ask.viewer), *screens.refused(ask.viewer)]
    mine = [d for d in found if d.pid == ask.path["id"]]
    if not mine:
        raise NotFound
    return JSONResponse(_device(mine[0]))


def show_screen(ask: Ask) -> Response:
    """GET /screens/{id}"""
    return JSONResponse(_view(screens.get(ask.viewer, ask.path["id"])))


def edit_screen(ask: Ask) -> Response:
    """PATCH /screens/{id} with any of name, until; for adults"""
    changes = dict(ask.data)
    if "until" in changes:
        changes["until"] = _until(ask)
    return JSONResponse(_view(screens.change(ask.viewer, ask.path["id"], changes)))


def end_screen(ask: Ask) -> Response:
    """DELETE /screens/{id}: all that anybody shows there ends at once; answers the receipt; for adults"""
    return JSONResponse(views.receipt(screens.remove(ask.viewer, ask.path["id"])))


def _view(card: Card) -> dict[str, Any]:
    s = card.screen
    return {
        "id": s.pid, "name": s.name, "state": card.state, "created": views.instant(s.created_at),
        "until": views.instant(s.expires_at), "seen": views.instant(card.seen), "others": list(card.others),
        "shown": [
            {"collection": {"id": x.collection_pid, "name": x.collection}, "share": x.share.pid, **views.grant(x)}
            for x in card.shown
        ],
        "devices": [_device(d) for d in card.devices],
    }  # fmt: skip


def _device(d: Device) -> dict[str, Any]:
    return {
        "id": d.pid, "code": d.code, "state": d.state, "hint": d.hint, "address": d.address,
        "mac": d.key.removeprefix("mac ") if d.key.startswith("mac ") else None,
        "first_seen": views.instant(d.first_seen_at), "last_seen": views.instant(d.last_seen_at),
    }  # fmt: skip


def _text(ask: Ask, name: str) -> str:
    value = ask.data.get(name, "")
    if not isinstance(value, str):
        raise UsageError(f"{name} is a text.", field=name)
    return value


def _texts(ask: Ask, name: str) -> list[str]:
    value = ask.data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"{name} is a list of ids.", field=name)
    return value


def _rights(ask: Ask) -> list[str]:
    rights = _texts(ask, "rights")
    if set(rights) - {"view", "download"}:
        raise UsageError("A screen can look, and show originals.", field="rights")
    return rights


def _until(ask: Ask) -> int | None:
    value = ask.data.get("until")
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageError("An end is written like 2026-07-04, or 2026-07-04T18:00:00Z.", field="until")
    return parse_end(value, ask.viewer.zone, field="until")
