"""What may be connected, by whom, and with which form. Here and only here.

Forms of our own are there at once. A generic one is made from what the running rclone says of its type, so
asking for it starts rclone; the list of what there is does not.
"""

from services.errors import AccessDenied
from services.models import Storage
from services.remotes.roots import KIND
from services.storages.rclone import generic, providers
from services.storages.rclone.forms import Provider
from services.storages.rclone.listing import Asked, Listings
from services.viewers import Viewer


class Offers:
    """What rclone reaches, as it is offered; `daemon` is asked for the options of generic types."""

    def __init__(self, daemon: Asked) -> None:
        self._listings = Listings(daemon)

    def list(self, viewer: Viewer) -> list[Provider]:
        """What this person may connect: a child nothing that lets them choose a host. Generic ones have no fields."""
        return [each for each in providers.list_providers() if _may(viewer, each)]

    def get(self, viewer: Viewer, type: str) -> Provider:
        """What this person may connect, with its form. Raises UsageError, AccessDenied, StorageError."""
        provider = providers.get_provider(type)
        if not _may(viewer, provider):
            raise AccessDenied("This kind of storage is connected by an adult of the household.")
        return self.whole(provider)

    def whole(self, provider: Provider) -> Provider:
        """The same with its form. Raises UsageError when this rclone does not have it, StorageError."""
        return generic.whole(provider, self._listings.get()) if provider.generic else provider

    def of(self, storage: Storage) -> Provider | None:
        """What a storage was made from; None for a folder of this machine, and for what is not offered now."""
        offers = providers.list_providers() if storage.kind == KIND else []
        return next((each for each in offers if each.type == storage.options["type"]), None)


def _may(viewer: Viewer, provider: Provider) -> bool:
    return not (viewer.role == "child" and provider.has_free_endpoint)
