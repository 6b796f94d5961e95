"""THE decision who may see what, here and only here: items (`visible`), their bytes (`reading`), by which paths."""

from services.access import days, ends, paths
from services.access.reading import Reach, holds, may_read, reach
from services.access.visible import (
    OWNERS,
    Plan,
    Rights,
    choose_plan,
    downloads,
    get_item,
    get_items,
    get_storage,
    grants_to,
    has_paths,
    items_through,
    live_grants,
    remembered,
    rights,
    rights_of,
    size_of_offer,
    timeline_items,
    visible_days,
    visible_files,
    visible_items,
    visible_storages,
    whole,
    with_trash,
)

__all__ = [
    "OWNERS", "Plan", "Reach", "Rights", "choose_plan", "days", "downloads", "ends", "get_item", "get_items",
    "get_storage", "grants_to", "has_paths", "holds", "items_through", "live_grants", "may_read", "paths",
    "reach", "remembered", "rights", "rights_of", "size_of_offer", "timeline_items", "visible_days", "visible_files",
    "visible_items", "visible_storages", "whole", "with_trash",
]  # fmt: skip
