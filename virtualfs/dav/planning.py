"""How GET and HEAD of a file are answered, judged from what the tree knows of it. Pure."""

from collections.abc import Mapping

from services.serving import Plan, plan, safe_headers
from virtualfs.dav.errors import COMMON
from virtualfs.nodes import File


def plan_of(method: str, file: File, headers: Mapping[str, str]) -> Plan:
    """Status, headers and the bytes to send, by the conditions and the range of a request."""
    mtime = file.mtime if file.original is None else file.original.dated
    return plan(method, headers, etag=file.etag, mtime=mtime, size=file.size)


def head_of(file: File, planned: Plan) -> dict[str, str]:
    """All headers of that answer."""
    return COMMON | safe_headers(file.mime, file.name) | planned.headers
