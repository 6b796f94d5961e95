"""Change feeds of providers: what has changed since a cursor."""

from services.storages.feeds.base import Feed, FeedChange, FeedPage, Wait
from services.storages.feeds.following import follow
from services.storages.feeds.registry import TELLING, WAITING, find_feed

__all__ = ["TELLING", "WAITING", "Feed", "FeedChange", "FeedPage", "Wait", "find_feed", "follow"]
