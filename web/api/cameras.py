"""/cameras: what the person who asks says of their cameras."""

from starlette.responses import JSONResponse, Response

from services import catalogue
from services.errors import UsageError
from web.handling import Ask

FIELDS = {"make", "model", "video_time"}


def list_cameras(ask: Ask) -> Response:
    """GET /cameras: those of your videos whose time is from their header"""
    cameras = [
        {"make": c.make, "model": c.model, "videos": c.videos, "video_time": "local" if c.local else "utc"}
        for c in catalogue.list_cameras(ask.viewer)
    ]
    return JSONResponse({"items": cameras, "next": None, "total": len(cameras)})


def edit_camera(ask: Ask) -> Response:
    """PATCH /cameras {make, model, video_time: utc|local}: what the header of its videos states"""
    data = ask.data
    wrong = sorted(set(data) ^ FIELDS) + [name for name in sorted(data) if not isinstance(data[name], str)]
    if wrong or data["video_time"] not in {"utc", "local"}:
        raise UsageError(
            "Give make and model as texts, and video_time as “utc” or “local”, and nothing else.",
            field=wrong[0] if wrong else "video_time",
        )
    concerned = catalogue.set_video_time(
        ask.viewer, data["make"], data["model"], local=data["video_time"] == "local"
    )
    return JSONResponse({**data, "videos": concerned})
