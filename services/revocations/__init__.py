"""What outlives the catalogue: the journal of rights that have ended."""

from services.revocations.journal import NAME, Journal, Noted, noting

__all__ = ["NAME", "Journal", "Noted", "noting"]
