"""Sessions that ended end again with an older catalogue: a number outside of it says how far the last one had come.

Each transaction that ends sessions moves `policy_epoch`, and where it got to is written into a file of the data
directory before it commits. A catalogue that has not come so far is an older one, and does not know who signed out
since: all its sessions end. That file stays as small as one number, however often people sign out.
"""

import logging
from pathlib import Path

from services.models import Session, counters, database, transaction
from services.secrets import replace_private

NAME = "sessions-ended"
log = logging.getLogger(__name__)


def note_sessions_end() -> None:
    """Sessions end: call last in the transaction that ends them and has raised the policy epoch."""
    epoch = counters.read(counters.POLICY_EPOCH)
    replace_private(database.data() / NAME, b"%d\n" % epoch)


def end_older_sessions(data: Path) -> int:
    """End all sessions of a catalogue that is older than the last end of one; answers how many.

    Before anything else moves the policy epoch: by that the catalogue would seem newer.
    """
    if _noted(data) <= counters.read(counters.POLICY_EPOCH):
        return 0
    with transaction():
        counters.bump_policy()  # waits for whoever has noted an end and not yet committed it
        noted = _noted(data)
        if noted < counters.read(counters.POLICY_EPOCH):
            return 0
        ended = int(Session.delete().execute())
        counters.raise_policy(noted)
    log.warning("this catalogue is older than the last end of a session: everybody signs in again")
    return ended


def _noted(data: Path) -> int:
    try:
        return int((data / NAME).read_bytes())
    except FileNotFoundError:
        return 0
    except ValueError:
        log.warning("%s is damaged and was passed over", NAME)
        return 0
