"""Scanning: from what lies in a storage to what the catalogue knows of it. Verbs: discover, read, group."""

from services.scanning.following import Follower
from services.scanning.scanner import Scanner

__all__ = ["Follower", "Scanner"]
