"""/guest/{guest}/files: what a guest drops and what became of it; without scripts too, with the same limits."""

from collections.abc import Callable

from starlette.responses import RedirectResponse, Response

from services.errors import AccessDenied, Conflict, NoSpace, NotFound, UsageError
from services.uploads import Target, tell
from web.asking import Ask
from web.headers import unlisted
from web.rendering import render
from web.visits import base_of


def show(ask: Ask) -> Response:
    """The panel to drop files, and those that were dropped by this guest."""
    return _page(ask, [])


def drop_files(ask: Ask) -> Response:
    """Files of a form; what cannot be taken is told."""
    problems = receive_files(ask, lambda: ask.context.dropping(ask.viewer))
    return _page(ask, problems, 422) if problems else RedirectResponse(f"{base_of(ask)}/files", 303)


def receive_files(ask: Ask, target_of: Callable[[], Target]) -> list[tuple[str, str]]:
    """Take in the files of a form, one after the other, each to where `target_of` says then.

    Answers which could not be taken, and why; the others stay.
    """
    announced = ask.request.headers.get("content-length", "")
    if not announced.isdigit():
        raise UsageError("A form with files says how long it is (Content-Length).")
    done, problems = 0, []
    for part in ask.files:
        try:
            ask.context.uploads.receive(
                target_of(), part.filename or "", "", part.data, announced=int(announced)
            )
            done += 1
        except (AccessDenied, Conflict, NoSpace, UsageError) as error:
            problems.append((part.filename or "", str(error)))
    return problems if problems or done else [("", "Choose one or more files first.")]


def _page(ask: Ask, problems: list[tuple[str, str]], status: int = 200) -> Response:
    closed = ""
    found = [tell(ask.viewer, upload) for upload in ask.context.uploads.mine(ask.viewer)]
    try:
        ask.context.dropping(ask.viewer)
    except NotFound:
        if not found:
            raise
        closed = "Nothing can be added here any more."
    except (AccessDenied, UsageError) as error:
        closed = str(error)
    values = {"base": base_of(ask), "uploads": found, "closed": closed, "problems": problems}
    return unlisted(render(ask, "dropped.html", values, status=status))
