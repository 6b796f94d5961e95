"""What outlives the catalogue: the journal of rights that have ended."""

from services.revocations.journal import NAME, Journal, Noted, noting
from services.revocations.replaying import password_of

__all__ = ["NAME", "Journal", "Noted", "noting", "password_of"]
