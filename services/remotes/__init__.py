"""Connecting storages that rclone reaches: from the choice of a provider to a storage that is scanned."""

from services.remotes.connecting import Remotes
from services.remotes.drafts import Draft, DraftEnded, Drafts
from services.remotes.looking import Folders
from services.remotes.renewing import Present
from services.storages.oauth import StorageSignInFailed
from services.storages.rclone.forms import Field as OfferField
from services.storages.rclone.forms import Provider as Offer

__all__ = [
    "Draft",
    "DraftEnded",
    "Drafts",
    "Folders",
    "Offer",
    "OfferField",
    "Present",
    "Remotes",
    "StorageSignInFailed",
]
