"""Public ids: opaque, unguessable, short enough for a URL. They say nothing and are never reused."""

import secrets

BYTES = 12


def new_pid() -> str:
    """A fresh public id: 96 random bits in base64url, 16 characters.

    It never begins with `-`, which command lines take for an option.
    """
    while (pid := secrets.token_urlsafe(BYTES)).startswith("-"):
        pass
    return pid
