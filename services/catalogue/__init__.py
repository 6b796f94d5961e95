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
from services.catalogue.pages import Page, neighbours, page
from services.catalogue.recording import record, set_video_time
from services.catalogue.timeline import Bucket, Day, bucket, days

__all__ = [
    "Bucket",
    "Camera",
    "Day",
    "Described",
    "Location",
    "Page",
    "assets",
    "bucket",
    "days",
    "describe",
    "edit",
    "hand_labels",
    "list_cameras",
    "locations",
    "neighbours",
    "page",
    "people",
    "record",
    "set_video_time",
]
