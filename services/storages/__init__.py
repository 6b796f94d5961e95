"""Owners' storages: one contract, and the ways to reach each kind."""

from services.storages.base import Storage
from services.storages.handles import Handle
from services.storages.registry import known_kinds, make_storage
from services.storages.values import Caps, Change, Entry, Fingerprint, Health, Listing, Quota

__all__ = [
    "Caps",
    "Change",
    "Entry",
    "Fingerprint",
    "Handle",
    "Health",
    "Listing",
    "Quota",
    "Storage",
    "known_kinds",
    "make_storage",
]
