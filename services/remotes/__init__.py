"""Connecting storages that rclone reaches: from the choice of a provider to a storage that is scanned."""

from services.remotes.connecting import Remotes
from services.remotes.drafts import Draft, Drafts
from services.remotes.looking import Folders

__all__ = ["Draft", "Drafts", "Folders", "Remotes"]
