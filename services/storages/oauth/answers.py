"""What comes back from a provider's consent page: the address it was sent to, or a code to copy. Pure functions."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from services.storages.jsonapi import JsonApi
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.proofs import is_same
from services.storages.oauth.tokens import error_code, failure
from services.storages.oauth.values import Endpoints, Pending

_CODE = re.compile(r"[\x21-\x7e]{1,4096}")
_LONGEST = 16 * 1024


def code_of_answer(api: JsonApi, endpoints: Endpoints, pending: Pending, given: str) -> str:
    """The code in an answer that came by redirect, or whose address a person pasted.

    `given` is that address, or its query alone. The state is looked at before anything else in it
    (RFC 6749, 10.12), then who answered (RFC 9207). Raises StorageSignInFailed.
    """
    answer = _parameters(given)
    if pending.method == "paste" and answer.keys().isdisjoint({"state", "code", "error"}):
        raise StorageSignInFailed(
            "wrong_code",
            "This is not the address of the page that could not be opened. Copy the whole address from the "
            f"browser's address bar; it begins with {pending.redirect_uri}",
        )
    issuer = answer.get("iss", "")
    if not is_same(answer.get("state", ""), pending.state) or (
        issuer and endpoints.issuer and issuer != endpoints.issuer
    ):
        raise StorageSignInFailed(
            "wrong_state",
            "This answer belongs to another sign-in, perhaps an earlier one or one in another tab. Begin again.",
        )
    if code := error_code(answer):
        raise failure(api, code, answer)
    return checked_code(api, answer.get("code", ""))


def checked_code(api: JsonApi, given: str) -> str:
    """A code as a person or a browser gives it; raises StorageSignInFailed for what can be none."""
    code = given.strip()
    if not _CODE.fullmatch(code):
        raise StorageSignInFailed(
            "wrong_code", f"This is not a code of {api.title}. Copy the whole code, and nothing else."
        )
    return code


def _parameters(given: str) -> Mapping[str, str]:
    """The parameters of an address or query; none when one comes twice (RFC 6749, 3.1)."""
    text = given.strip()[:_LONGEST].partition("#")[0]
    query = text.partition("?")[2] if "?" in text else text
    pairs = parse_qsl(query, keep_blank_values=True)
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else {}
