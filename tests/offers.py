"""Offers with their forms, generic ones made from the list of the rclone that is installed."""

from functools import cache

from services.storages.rclone import generic, providers
from services.storages.rclone.forms import Provider
from services.storages.rclone.listing import Listing, read
from tests import rclone_running


@cache
def listing() -> Listing:
    """What the installed rclone says of its kinds of storage."""
    return read(list(rclone_running.listing().values()))


@cache
def offer(type_name: str) -> Provider:
    """What is offered of a type, with its form; raises UsageError."""
    provider = providers.get_provider(type_name)
    return generic.whole(provider, listing()) if provider.generic else provider


def offers() -> list[Provider]:
    """All of them."""
    return [offer(each.type) for each in providers.list_providers()]
