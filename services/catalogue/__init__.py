"""What is known of items: pages and the timeline, one item described, what a reading records."""

from services.catalogue.cameras import Camera, list_cameras
from services.catalogue.completing import Completion, Offer, complete
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
from services.catalogue.finding import (
    Checked,
    Loosened,
    check,
    count,
    count_hidden,
    found,
    in_time,
    loosened,
    read,
)
from services.catalogue.hiding import among_hidden, hides_any
from services.catalogue.naming import ViewerNames
from services.catalogue.pages import Page, neighbours, page, page_of, timeline_page
from services.catalogue.recording import record, set_video_time
from services.catalogue.redating import REDATE, redate, start_redating
from services.catalogue.subtitles import Subtitle, subtitle, subtitles, subtitles_of
from services.catalogue.timeline import Bucket, Day, bucket, days
from services.catalogue.zones import owner_zone

__all__ = [
    "REDATE",
    "Bucket",
    "Camera",
    "Checked",
    "Completion",
    "Day",
    "Described",
    "Location",
    "Loosened",
    "Offer",
    "Page",
    "Subtitle",
    "ViewerNames",
    "among_hidden",
    "assets",
    "bucket",
    "check",
    "complete",
    "count",
    "count_hidden",
    "days",
    "describe",
    "edit",
    "found",
    "hand_labels",
    "hides_any",
    "in_time",
    "list_cameras",
    "locations",
    "loosened",
    "neighbours",
    "owner_zone",
    "page",
    "page_of",
    "people",
    "read",
    "record",
    "redate",
    "set_video_time",
    "start_redating",
    "subtitle",
    "subtitles",
    "subtitles_of",
    "timeline_page",
]
