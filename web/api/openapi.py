"""/openapi.json: the API described for programs, made from the routes and their handlers' docstrings.

Source: OpenAPI Specification 3.1.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from starlette.responses import JSONResponse, Response

from web.handling import Ask, Handler
from web.rules import Rule

_VARIABLE = re.compile(r"{(\w+)(?::\w+)?}")

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "field": {"type": "string"},
        "position": {"type": "integer"}, "length": {"type": "integer"}, "message": {"type": "string"},
        "suggestions": {"type": "array", "items": {"type": "string"}},
    },
}  # fmt: skip


def document_of(rules: Callable[[], Iterable[Rule]], base: str) -> Handler:
    """The handler that describes these rules; `base` is the path they have in common."""

    def document(ask: Ask) -> Response:
        """GET /openapi.json"""
        return JSONResponse(describe(rules(), base, ask.context.version))

    return document


def describe(rules: Iterable[Rule], base: str, version: str) -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in rules:
        if rule.path.startswith(base):
            path = _VARIABLE.sub(r"{\1}", rule.path.removeprefix(base))
            paths.setdefault(path, {})[rule.method.lower()] = _operation(rule)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hypomos",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"bearer": []}],
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "hyp_api_…"}},
            "schemas": {"Problem": PROBLEM},
        },
        "paths": paths,
    }


def _operation(rule: Rule) -> dict[str, Any]:
    names = _VARIABLE.findall(rule.path)
    summary = " ".join((rule.handler.__doc__ or "").split()).rstrip(".")
    problem = {"description": "A problem document", "content": {"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/Problem"}}}}  # fmt: skip
    flat = _VARIABLE.sub(r"\1", rule.path.strip("/")).replace("/", "_")
    operation: dict[str, Any] = {
        "summary": summary,
        "operationId": f"{rule.method.lower()}_{flat}",
        "parameters": [
            {"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names
        ],
        "responses": {"2XX": {"description": "Done"}, "default": problem},
    }
    if rule.streams:
        operation["requestBody"] = {"content": {"application/octet-stream": {}}}
    elif rule.method in {"POST", "PATCH"}:
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    if rule.policy == "public":
        operation["security"] = []
    return operation
