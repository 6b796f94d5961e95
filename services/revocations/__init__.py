"""What outlives the catalogue: the journal of rights that have ended, and how far it had come as a session ended."""

from services.revocations.journal import NAME, Journal, Noted, noting
from services.revocations.replaying import password_of
from services.revocations.sessions import end_older_sessions, note_sessions_end

__all__ = ["NAME", "Journal", "Noted", "end_older_sessions", "note_sessions_end", "noting", "password_of"]
