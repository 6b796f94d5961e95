"""Downloads of many files as one: which files, under which names, packed while they are read."""

from services.downloads.packing import Pack
from services.downloads.planning import MOST, Entry, Plan, plan_collection, plan_items

__all__ = ["MOST", "Entry", "Pack", "Plan", "plan_collection", "plan_items"]
