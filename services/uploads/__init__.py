"""Files on their way up, in pieces."""

from services.uploads.target import Target

__all__ = ["Target"]
