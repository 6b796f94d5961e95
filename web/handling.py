"""From a request to a handler and back: who asks, whether they may, what they sent, what went wrong.

A handler is a plain synchronous function of an `Ask`. It runs in a worker thread, because the domain
is synchronous; everything before and after it is here, once for the pages and once for the API.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services import accounts
from services.errors import HypomosError, NotFound, UsageError
from services.models import counters
from services.sharing import LinkEnded, NewGuest, visit
from services.viewers import Viewer
from web import csrf
from web.asking import Ask, Handler, Policy
from web.bodies import Parts, pieces
from web.errors import Problem, SignInNeeded, problem_of
from web.headers import api_headers, page_headers
from web.receiving import shares_of
from web.rendering import render

__all__ = [
    "Ask", "Endpoint", "Handler", "Policy", "api", "api_with_body", "clear_guest", "clear_session", "page",
    "page_with_files", "person_beside", "problem_response", "set_guest", "set_session", "tell",
]  # fmt: skip

Endpoint = Callable[[Request], Any]

COOKIE, SECURE_COOKIE = "hyp", "__Host-hyp"
GUEST_COOKIE, SECURE_GUEST_COOKIE = "hyp_guest", "__Secure-hyp_guest"
GUESTS = "/guest"
"""Below it, and by the id of the session, lies everything of a guest: the cookie goes nowhere else."""
MAX_BODY = 1024 * 1024

log = logging.getLogger(__name__)


def page(handler: Handler, policy: Policy) -> Endpoint:
    """An endpoint that answers a person in a browser; only the session cookie counts, never Basic."""

    async def endpoint(request: Request) -> Response:
        ask = _ask(request)
        try:
            form = await _form(request)
            response = await run_in_threadpool(_call_page, ask, form, handler, policy)
        except Exception as error:  # whatever it is, the person gets a page that says so
            response = await run_in_threadpool(_error_page, ask, error)
        for name, value in page_headers(ask.nonce).items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def api(handler: Handler, policy: Policy, scope: str = "") -> Endpoint:
    """An endpoint of the JSON API; takes a bearer token or the browser's session."""

    async def endpoint(request: Request) -> Response:
        ask = _ask(request)
        try:
            data = await _json(request)
            response = await run_in_threadpool(_call_api, ask, data, handler, policy, scope)
        except Exception as error:  # rendered as a problem document
            response = problem_response(_problem(error))
        for name, value in api_headers().items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def page_with_files(handler: Handler, policy: Policy) -> Endpoint:
    """Like `page`, for a form with files: the handler reads them from `ask.files` as they come."""

    async def endpoint(request: Request) -> Response:
        ask, kind = _ask(request), request.headers.get("content-type", "")

        def call(body: Iterator[bytes]) -> Response:
            form: Mapping[str, str] = {}
            if kind.startswith("multipart/form-data"):
                form, ask.files = Parts(body, kind).fields()
            return _call_page(ask, form, handler, policy)

        try:
            await run_in_threadpool(_require_sender, ask, policy)
            async with ask.context.receiving.place(shares_of(ask.viewer, ask.peer.ip)) as pace:
                response = await run_in_threadpool(call, pieces(request, pace))
        except Exception as error:
            response = await run_in_threadpool(_error_page, ask, error)
        for name, value in page_headers(ask.nonce).items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def api_with_body(handler: Handler, policy: Policy, scope: str = "") -> Endpoint:
    """Like `api`, for bytes: the handler reads them from `ask.body` as they come."""

    async def endpoint(request: Request) -> Response:
        ask = _ask(request)
        try:
            await run_in_threadpool(_require_api, ask, policy, scope)
            async with ask.context.receiving.place(shares_of(ask.viewer, ask.peer.ip)) as pace:
                ask.body = pieces(request, pace)
                response = await run_in_threadpool(_call_api, ask, {}, handler, policy, scope)
        except Exception as error:
            response = problem_response(_problem(error))
        for name, value in api_headers().items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def problem_response(problem: Problem) -> Response:
    """A problem document (RFC 9457)."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    body["detail"] = problem.detail
    if problem.field:
        body["field"] = problem.field
    body.update(problem.more)
    headers = api_headers()
    if problem.retry_after:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def set_session(response: Response, ask: Ask, secret: str) -> Response:
    """Give the browser its session; the cookie is bound to https when the request came by it."""
    secure = ask.peer.https
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE, secret, max_age=180 * 86_400, path="/", secure=secure, httponly=True,
        samesite="lax",
    )  # fmt: skip
    return response


def set_guest(response: Response, ask: Ask, guest: NewGuest) -> Response:
    """Give a browser its guest session: sent to the pages of this session alone, and to no others."""
    secure = ask.peer.https
    response.set_cookie(
        SECURE_GUEST_COOKIE if secure else GUEST_COOKIE, guest.secret, max_age=180 * 86_400,
        path=f"{GUESTS}/{guest.pid}", secure=secure, httponly=True, samesite="lax",
    )  # fmt: skip
    return response


def clear_guest(response: Response, pid: str) -> Response:
    """Take a guest session from the browser."""
    for name in (GUEST_COOKIE, SECURE_GUEST_COOKIE):
        is_secure = name == SECURE_GUEST_COOKIE
        response.delete_cookie(name, path=f"{GUESTS}/{pid}", secure=is_secure, httponly=True, samesite="lax")
    return response


def person_beside(ask: Ask) -> Viewer | None:
    """Who of the household is signed in at the browser of a guest: for the one page on which a guest says so."""
    return _session_viewer(_session(ask.request))


def tell(response: Response, error: HypomosError) -> Response:
    """Give a form that is shown again the status of what went wrong, and when to try again."""
    problem = problem_of(error)
    response.status_code = problem.status
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def clear_session(response: Response) -> Response:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    response.delete_cookie(SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _ask(request: Request) -> Ask:
    context, peer = request.app.state.context, request.scope["state"]["peer"]
    return Ask(request, context, peer, None, _session(request))


def _session(request: Request) -> str | None:
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)


def _require_sender(ask: Ask, policy: Policy) -> None:
    """Who may not ask at all holds no place of those who send, however slowly a form comes."""
    ask.viewer_or_none = _who(ask, policy)
    _require(ask, policy)


def _call_page(ask: Ask, form: Mapping[str, str], handler: Handler, policy: Policy) -> Response:
    ask.form = form
    ask.viewer_or_none = _who(ask, policy)
    if ask.request.method not in csrf.SAFE_METHODS:
        given = form.get(csrf.FIELD) or ask.request.headers.get(csrf.HEADER)
        _require_same_site(ask, given)
    _require(ask, policy)
    if ask.viewer_or_none is not None:
        ask.content = counters.read(counters.CONTENT_VERSION)
    return handler(ask)


def _call_api(ask: Ask, data: Mapping[str, Any], handler: Handler, policy: Policy, scope: str) -> Response:
    ask.data = data
    _require_api(ask, policy, scope)
    return handler(ask)


def _require_api(ask: Ask, policy: Policy, scope: str) -> None:
    """Find out who asks by the API; raises for who may not."""
    bearer = _bearer(ask.request) if policy != "guest" else None
    if bearer is not None:
        ask.session = None
        ask.viewer_or_none = ask.context.authenticator.authenticate_bearer(bearer, ask.peer.ip)
    else:
        ask.viewer_or_none = _who(ask, policy)
    unsafe = ask.request.method not in csrf.SAFE_METHODS
    if unsafe and bearer is None:
        _require_same_site(ask, ask.request.headers.get(csrf.HEADER))
    _require(ask, policy)
    viewer = ask.viewer_or_none if policy != "public" else None  # what anybody may ask for needs no scope
    if viewer and not viewer.allows(scope or ("write" if unsafe else "read")):
        raise NotFound


def _require_same_site(ask: Ask, given: str | None) -> None:
    csrf.require_same_site(
        ask.request.headers,
        ask.peer,
        ask.context.settings.public_url,
        expected_token=ask.csrf_token if ask.viewer_or_none else None,
        given_token=given,
    )


def _who(ask: Ask, policy: Policy) -> Viewer | None:
    """Who asks: a guest by the cookie of the address, where the policy is `guest`, and a person everywhere else."""
    if policy != "guest":
        return _session_viewer(ask.session)
    if "\0" in ask.path["guest"]:
        raise NotFound
    cookies = ask.request.cookies
    ask.session = cookies.get(SECURE_GUEST_COOKIE) or cookies.get(GUEST_COOKIE)
    ask.visit_or_none = visit(ask.path["guest"], ask.session or "")
    return ask.visit_or_none.viewer


def _session_viewer(session: str | None) -> Viewer | None:
    """Who the browser's session stands for; nobody when it has ended."""
    if not session:
        return None
    try:
        return accounts.authenticate_session(session)
    except accounts.SignInFailed:
        return None


def _require(ask: Ask, policy: Policy) -> None:
    if any("\0" in str(value) for value in ask.path.values()):
        raise NotFound  # no id has it, and not every database takes it
    if policy == "public":
        return
    if ask.viewer_or_none is None:
        raise SignInNeeded
    if policy == "admin" and not ask.viewer_or_none.is_admin:
        raise NotFound


def _bearer(request: Request) -> str | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _error_page(ask: Ask, error: Exception) -> Response:
    problem = _problem(error)
    fragment = "hx-request" in ask.request.headers
    if problem.status == 401 and not fragment:
        after = ask.request.scope["path"] if ask.request.method == "GET" else "/"
        return RedirectResponse(f"/login?next={quote(after)}", 303)
    if isinstance(error, LinkEnded):
        return render(ask, "ended.html", {"ended": error}, status=problem.status)
    response = render(ask, "error.html", {"problem": problem}, status=problem.status)
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _problem(error: Exception) -> Problem:
    problem = problem_of(error)
    if not isinstance(error, HypomosError):
        log.exception("a request failed", exc_info=error)
    return problem


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise UsageError("That is too much for one request (1 MiB at most).")
    except ClientDisconnect as error:
        raise UsageError("The request ended before all of it had come.") from error
    return body


async def _form(request: Request) -> Mapping[str, str]:
    if request.method in csrf.SAFE_METHODS:
        return {}
    request._body = await _body(request)  # Starlette's own cache: parsed from here on
    try:
        form: FormData = await request.form()
    except HTTPException as error:
        raise UsageError(f"The form cannot be read: {error.detail}.") from error
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _json(request: Request) -> Mapping[str, Any]:
    if request.method in csrf.SAFE_METHODS:
        return {}
    body = await _body(request)
    if not body:
        return {}
    try:
        data = json.loads(body)
        json.dumps(data, ensure_ascii=False).encode()  # JSON can spell half a character; no text holds one
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The body is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise UsageError("The body must be a JSON object.")
    return data
