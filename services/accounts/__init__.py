"""Who somebody is: accounts, passwords, sessions, tokens, invitations, and the brake on guessing."""

from services.accounts.acting import OPERATOR
from services.accounts.authenticating import Authenticator
from services.accounts.changing_password import change_password, reset_password
from services.accounts.errors import SignInFailed
from services.accounts.invitations import (
    InvitationInfo,
    NewInvitation,
    get_invitation,
    invite,
    list_invitations,
    redeem_invitation,
    revoke_invitation,
)
from services.accounts.passwords import Passwords
from services.accounts.people import (
    Person,
    add_person,
    change_role,
    disable_person,
    enable_person,
    find_user,
    get_person,
    list_people,
    names,
    viewer_for,
)
from services.accounts.scopes import SCOPES
from services.accounts.sessions import (
    SessionInfo,
    SignedIn,
    authenticate_session,
    list_sessions,
    purge_sessions,
    revoke_other_sessions,
    revoke_session,
    sign_out,
)
from services.accounts.setup import check_setup_code, needs_setup, offer_setup, set_up
from services.accounts.signing_in import sign_in
from services.accounts.strength import require_strong, suggest_password
from services.accounts.throttling import purge_throttles
from services.accounts.tokens import (
    NewToken,
    TokenInfo,
    create_token,
    grantable_scopes,
    list_tokens,
    revoke_token,
)
from services.accounts.zones import home_zone, require_zone

__all__ = [
    "OPERATOR",
    "SCOPES",
    "Authenticator",
    "InvitationInfo",
    "NewInvitation",
    "NewToken",
    "Passwords",
    "Person",
    "SessionInfo",
    "SignInFailed",
    "SignedIn",
    "TokenInfo",
    "add_person",
    "authenticate_session",
    "change_password",
    "change_role",
    "check_setup_code",
    "create_token",
    "disable_person",
    "enable_person",
    "find_user",
    "get_invitation",
    "get_person",
    "grantable_scopes",
    "home_zone",
    "invite",
    "list_invitations",
    "list_people",
    "list_sessions",
    "list_tokens",
    "names",
    "needs_setup",
    "offer_setup",
    "purge_sessions",
    "purge_throttles",
    "redeem_invitation",
    "require_strong",
    "require_zone",
    "reset_password",
    "revoke_invitation",
    "revoke_other_sessions",
    "revoke_session",
    "revoke_token",
    "set_up",
    "sign_in",
    "sign_out",
    "suggest_password",
    "viewer_for",
]
