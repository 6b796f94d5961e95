"""/settings: the person's name, language, time zone, keys, whether they are asked first, cameras and password."""

from urllib.parse import quote
from zoneinfo import available_timezones

from starlette.responses import RedirectResponse, Response

from services import access, accounts, catalogue, profiles
from services.accounts import SignInFailed
from services.errors import Throttled, UsageError
from web.asking import Ask
from web.handling import set_session, tell
from web.rendering import render


def show(ask: Ask) -> Response:
    """The forms."""
    return _page(ask)


def save(ask: Ask) -> Response:
    """Name, language, time zone, keys, and whether what others share waits."""
    form = ask.form
    try:
        profiles.edit_profile(
            ask.viewer,
            ask.context.jobs,
            display=form.get("display", ""),
            language=form.get("language", ""),
            zone=form.get("zone", ""),
            default_storage=form.get("default_storage"),
            letter_keys="letter_keys" in form,
            ask_first="ask_first" in form,
        )
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse("/settings?saved=1", 303)


def set_camera(ask: Ask) -> Response:
    """Whether a camera's videos state local time; from the page of one of them, or from here."""
    form, item = ask.form, ask.form.get("item", "")
    try:
        catalogue.set_video_time(
            ask.viewer, form.get("make", ""), form.get("model", ""), local=form.get("videos") == "local"
        )
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse(f"/item/{quote(item, safe='')}" if item else "/settings?saved=1", 303)


def change_password(ask: Ask) -> Response:
    """A new password; every other session ends."""
    form = ask.form
    try:
        if form.get("new") != form.get("again"):
            raise UsageError("The two passwords differ.", field="again")
        signed_in = accounts.change_password(
            ask.viewer, ask.context.passwords, form.get("present", ""), form.get("new", ""), ip=ask.peer.ip,
            agent=ask.request.headers.get("user-agent", ""),
        )  # fmt: skip
    except Throttled as error:
        return tell(_page(ask, str(error)), error)
    except (UsageError, SignInFailed) as error:
        return _page(ask, str(error), 422)
    return set_session(RedirectResponse("/settings?saved=1", 303), ask, signed_in.secret)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    values = {
        "profile": profiles.profile(ask.viewer), "zones": sorted(available_timezones()), "problem": problem,
        "storages": [s for s in access.visible_storages(ask.viewer) if s.writable],
        "cameras": [c for c in catalogue.list_cameras(ask.viewer) if c.local],
        "saved": ask.query.get("saved") == "1",
    }  # fmt: skip
    return render(ask, "settings.html", values, status=status)
