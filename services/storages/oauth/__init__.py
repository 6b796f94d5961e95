"""Signing in to the providers of cloud storages: device codes, codes, pasted addresses and redirects."""

from services.storages.oauth.dropbox import Dropbox
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.google import Google
from services.storages.oauth.microsoft import Microsoft
from services.storages.oauth.provider import SignIn
from services.storages.oauth.values import Client, Endpoints, Pending, SignedIn, Waiting

__all__ = [
    "Client",
    "Dropbox",
    "Endpoints",
    "Google",
    "Microsoft",
    "Pending",
    "SignIn",
    "SignedIn",
    "StorageSignInFailed",
    "Waiting",
]
