"""/storages/{id}/reconnect: signing in again to a storage that lies elsewhere, or giving it other keys."""

from starlette.responses import RedirectResponse, Response

from services.remotes import Present
from web.asking import Ask
from web.errors import problem_of
from web.pages.connecting import TROUBLE, told
from web.provider_forms import fields_of, options_of, values_of
from web.rendering import render


def show(ask: Ask) -> Response:
    """The form with what is known; secrets stay empty and are kept as they are."""
    return _form(ask, ask.context.remotes.present(ask.viewer, ask.path["id"]))


def renew(ask: Ask) -> Response:
    """Sign in again; `act` again in the form asks for nothing but that."""
    remotes, pid = ask.context.remotes, ask.path["id"]
    present = remotes.present(ask.viewer, pid)
    options = {} if ask.form.get("act") == "again" else options_of(present.provider, ask.form, present)
    try:
        draft = remotes.renew(ask.viewer, pid, options, method=ask.form.get("method", ""))
    except TROUBLE as error:
        return _form(ask, present, error)
    if draft is None:
        return RedirectResponse(f"/storages/{pid}?again=1", 303)
    return RedirectResponse(f"/storages/new/draft/{draft.pid}", 303)


def _form(ask: Ask, present: Present, error: Exception | None = None) -> Response:
    remotes, offer = ask.context.remotes, present.provider
    posted = None if error is None or ask.form.get("act") == "again" else ask.form
    values = {
        "offer": offer,
        "fields": fields_of(offer, has_client=False),
        "kept": values_of(offer, posted, present),
        "guide": remotes.guide(offer),
        "has_client": True,
        "methods": remotes.methods(offer),
        "method": ask.form.get("method", ""),
        "writable": False,
        "storage": ask.context.connecting.overview(ask.viewer, ask.path["id"]).storage,
        "secrets": present.secrets,
        **told(error),
    }
    return render(ask, "provider.html", values, status=200 if error is None else problem_of(error).status)
