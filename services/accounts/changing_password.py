"""New passwords: one's own, and one that an administrator sets for who forgot theirs.

Either way every session of the person ends. App passwords and API tokens stay: they are ended one by
one, where each is listed. The old password is noted outside the catalogue: an older one brings it back to no use.
"""

from services import revocations
from services.accounts.acting import actor_id, require_admin, require_in_person
from services.accounts.errors import SignInFailed
from services.accounts.passwords import Passwords
from services.accounts.people import end_sessions, get_user, note_of_password, store_password
from services.accounts.sessions import SignedIn, open_session
from services.accounts.signing_in import verify_password
from services.accounts.strength import require_strong
from services.errors import AccessDenied, Conflict, UsageError
from services.models import User, audit, counters, transaction
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
    noted = note_of_password(user)
    with revocations.noting(noted), transaction():
        require_in_person(viewer)
        signed_in = open_session(_replace(user, hashed, noted), ip=ip, agent=agent)
        audit.record("password_changed", actor=user.id, subject=user.id)
    return signed_in


def reset_password(viewer: Viewer, passwords: Passwords, pid: str, new: str) -> None:
    """Set somebody's password, as an administrator and in person; the person finds it in their audit log.

    Raises UsageError (field password), NotFound, AccessDenied, Throttled, and Conflict where it was changed just then.
    """
    require_in_person(viewer)
    require_admin(viewer)
    user = get_user(pid)
    if user.id == viewer.user_id:
        raise AccessDenied("Change your own password with the present one.")
    require_strong(new, user.login, user.display)
    hashed = passwords.hash(new)
    noted = note_of_password(user)
    with revocations.noting(noted), transaction():
        require_admin(viewer)
        _replace(user, hashed, noted)
        audit.record("password_reset", actor=actor_id(viewer), subject=user.id, object=user.login)


def _replace(user: User, hashed: str, noted: list[revocations.Noted]) -> User:
    """Store the new hash and end all sessions; the person as they are now."""
    counters.bump_policy()
    if note_of_password(user) != noted:
        raise Conflict("This password was changed just now. Look again, and try once more.")
    User.update(cred_version=User.cred_version + 1).where(User.id == user.id).execute()
    store_password(user, hashed)
    end_sessions(user)
    now: User = User.get_by_id(user.id)
    return now
