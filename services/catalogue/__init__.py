"""What is known of items: pages and the timeline, one item described, what a reading records."""

from services.catalogue.cameras import Camera, list_cameras
from services.catalogue.describing import (
    Described,
    Location,
    assets,
    describe,
    hand_labels,
    locations,
    people,
)
from services.catalogue.editing import edit
from services.catalogue.finding import Checked, Loosened, check, count, found, loosened, read
from services.catalogue.naming import ViewerNames
from services.catalogue.pages import Page, neighbours, page, page_of
from services.catalogue.recording import record, set_video_time
from services.catalogue.timeline import Bucket, Day, bucket, days

__all__ = [
    "Bucket",
    "Camera",
    "Checked",
    "Day",
    "Described",
    "Location",
    "Loosened",
    "Page",
    "ViewerNames",
    "assets",
    "bucket",
    "check",
    "count",
    "days",
    "describe",
    "edit",
    "found",
    "hand_labels",
    "list_cameras",
    "locations",
    "loosened",
    "neighbours",
    "page",
    "page_of",
    "people",
    "read",
    "record",
    "set_video_time",
]
