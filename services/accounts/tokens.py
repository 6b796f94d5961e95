"""App passwords (for the network drive) and API tokens: making, listing and revoking them.

A secret is shown once, when it is made; stored is its SHA-256. Who is at the keyboard makes tokens
with any of their own rights. An API token with the scope `credentials` makes further API tokens with
no more than its own scopes, not beyond its own end, and never with `credentials`: a leaked token
cannot found a dynasty. An app password makes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from services import revocations
from services.access.ends import moment
from services.accounts import scopes as known_scopes
from services.accounts.acting import OPERATOR, actor_id, require_credentials, require_current
from services.accounts.minting import digest, mint
from services.accounts.scopes import TokenKind
from services.accounts.texts import checked
from services.clock import now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.models import Credential, User, audit, counters, transaction
from services.viewers import Viewer

MAX_LABEL = 100
MAX_TOKENS = 200
"""A person's live tokens: more is a script gone wild."""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as its person sees it, without its secret; times in microseconds since 1970."""

    pid: str
    kind: TokenKind
    label: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    last_ip: str | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: the only time its `secret` is known."""

    secret: str
    info: TokenInfo


def create_token(
    viewer: Viewer,
    kind: str,
    *,
    scopes: Iterable[str] | None = None,
    label: str = "",
    expires_at: int | None = None,
) -> NewToken:
    """Make a token of kind `app` or `api` for the viewer; None gives it the usual scopes.

    Raises UsageError for unknown or excessive scopes, a past expiry or a long label; AccessDenied when
    the viewer may make none; Conflict when there are too many.
    """
    label = checked(label, field="label", limit=MAX_LABEL)
    with transaction():
        allowed = grantable_scopes(viewer, kind)
        wanted = known_scopes.usual(kind, role=viewer.role) & allowed if scopes is None else scopes
        carried = sorted(known_scopes.checked(kind, wanted, allowed=allowed))
        expires_at = _checked_expiry(viewer, expires_at)
        live = (Credential.user == viewer.user_id) & (Credential.kind != "password") & _live()
        if Credential.select().where(live).count() >= MAX_TOKENS:
            raise Conflict(f"There are {MAX_TOKENS} tokens already. Revoke those that are not used any more.")
        secret = mint(cast(TokenKind, kind))
        token = Credential.create(
            pid=new_pid(), user=viewer.user_id, kind=kind, secret=digest(secret), label=label, scopes=carried,
            created_at=now(), expires_at=expires_at,
        )  # fmt: skip
        _record(viewer, "token_created", token, scopes=carried)
    return NewToken(secret, _info(token))


def grantable_scopes(viewer: Viewer, kind: str) -> frozenset[str]:
    """The scopes this viewer may put into a new token of this kind; raises AccessDenied when none at all."""
    require_credentials(viewer)
    if viewer == OPERATOR:
        raise AccessDenied("A token belongs to a person: say for whom it is.")
    allowed = known_scopes.grantable(kind, role=viewer.role, is_admin=viewer.is_admin)
    if viewer.scopes is None:
        return allowed
    if not allowed & viewer.scopes:
        raise AccessDenied("A token cannot make credentials beyond its own scopes.")
    return (allowed & viewer.scopes) - {"credentials"}


def list_tokens(viewer: Viewer) -> list[TokenInfo]:
    """The viewer's own tokens that are not revoked, newest first; expired ones too. Raises AccessDenied."""
    require_credentials(viewer)
    own = (
        (Credential.user == viewer.user_id)
        & (Credential.kind != "password")
        & Credential.revoked_at.is_null()
    )
    return [_info(token) for token in Credential.select().where(own).order_by(Credential.id.desc())]


def revoke_token(viewer: Viewer, pid: str) -> None:
    """End one of the viewer's own tokens at once; the operator may end anybody's.

    Raises NotFound, AccessDenied, and Conflict for the password: the last way to sign in stays.
    """
    with revocations.noting([("token", pid)]), transaction():
        counters.bump_policy()
        require_current(viewer)
        token = Credential.select().where((Credential.pid == pid) & Credential.revoked_at.is_null()).first()
        if token is None or (viewer != OPERATOR and token.user_id != viewer.user_id):
            raise NotFound("There is no such token.")
        if not _is_proof(viewer, token):  # a token may always end itself
            require_credentials(viewer)
        if token.kind == "password":
            raise Conflict("The password is the only way to sign in. It can be changed, not removed.")
        Credential.update(revoked_at=now()).where(Credential.id == token.id).execute()
        _record(viewer, "token_revoked", token)


def revoke_all_tokens(viewer: Viewer, user: User) -> int:
    """End every token of a person; call inside the transaction that says why. Returns how many."""
    counters.bump_policy()
    own = (Credential.user == user) & (Credential.kind != "password") & Credential.revoked_at.is_null()
    tokens = list(Credential.select().where(own))
    Credential.update(revoked_at=now()).where(own).execute()
    for token in tokens:
        _record(viewer, "token_revoked", token)
    return len(tokens)


def _checked_expiry(viewer: Viewer, expires_at: int | None) -> int | None:
    if expires_at is not None and expires_at <= moment():
        raise UsageError("The token would have expired already.", field="expires_at")
    if viewer.scopes is None or viewer.not_after is None:
        return expires_at
    return viewer.not_after if expires_at is None else min(expires_at, viewer.not_after)


def _live() -> object:
    return Credential.revoked_at.is_null() & (
        Credential.expires_at.is_null() | (Credential.expires_at > moment())
    )


def _is_proof(viewer: Viewer, token: Credential) -> bool:
    proof = viewer.proof
    return proof is not None and proof.kind == "credential" and proof.id == token.id


def _record(viewer: Viewer, action: str, token: Credential, **detail: object) -> None:
    audit.record(
        action, actor=actor_id(viewer), subject=token.user_id, object=token.pid, kind=token.kind,
        label=token.label, **detail,
    )  # fmt: skip


def _info(token: Credential) -> TokenInfo:
    return TokenInfo(
        pid=token.pid, kind=cast(TokenKind, token.kind), label=token.label, scopes=tuple(token.scopes),
        created_at=token.created_at, expires_at=token.expires_at, last_used_at=token.last_used_at,
        last_ip=token.last_ip,
    )  # fmt: skip
