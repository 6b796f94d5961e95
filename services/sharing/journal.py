"""The journal of ended rights (`services.revocations`), by the name under which sharing is given it."""

from services.revocations import NAME, Journal, Noted

__all__ = ["NAME", "Journal", "Noted"]
