"""New passwords: one's own, and one that an administrator sets for who forgot theirs.

Either way every session of the person ends. App passwords and API tokens stay: they are ended one by
one, where each is listed.
"""

from services.accounts.acting import actor_id, require_admin, require_in_person
from services.accounts.errors import SignInFailed
from services.accounts.passwords import Passwords
from services.accounts.people import get_user, store_password
from services.accounts.sessions import SignedIn, open_session
from services.accounts.signing_in import verify_password
from services.accounts.strength import require_strong
from services.errors import AccessDenied, UsageError
from services.models import Session, User, audit, counters, transaction
from services.viewers import Viewer


def change_password(
    viewer: Viewer, passwords: Passwords, present: str, new: str, *, ip: str, agent: str = ""
) -> SignedIn:
    """Change the viewer's own password; all their sessions end, and the one returned begins.

    Raises UsageError (field present or password), AccessDenied for tokens, Throttled.
    """
    require_in_person(viewer)
    try:
        user = verify_password(passwords, viewer.login, present, ip=ip)
    except SignInFailed as error:
        raise UsageError("This is not your present password.", field="present") from error
    require_strong(new, user.login, user.display)
    hashed = passwords.hash(new)
    with transaction():
        require_in_person(viewer)
        signed_in = open_session(_replace(user, hashed), ip=ip, agent=agent)
        audit.record("password_changed", actor=user.id, subject=user.id)
    return signed_in


def reset_password(viewer: Viewer, passwords: Passwords, pid: str, new: str) -> None:
    """Set somebody's password, as an administrator and in person; the person finds it in their audit log.

    Raises UsageError (field password), NotFound, AccessDenied, Throttled.
    """
    require_in_person(viewer)
    require_admin(viewer)
    user = get_user(pid)
    if user.id == viewer.user_id:
        raise AccessDenied("Change your own password with the present one.")
    require_strong(new, user.login, user.display)
    hashed = passwords.hash(new)
    with transaction():
        require_admin(viewer)
        _replace(user, hashed)
        audit.record("password_reset", actor=actor_id(viewer), subject=user.id, object=user.login)


def _replace(user: User, hashed: str) -> User:
    """Store the new hash and end all sessions; the person as they are now."""
    counters.bump_policy()
    User.update(cred_version=User.cred_version + 1).where(User.id == user.id).execute()
    Session.delete().where(Session.user == user).execute()
    store_password(user, hashed)
    now: User = User.get_by_id(user.id)
    return now
