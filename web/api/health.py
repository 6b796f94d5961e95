"""/healthz and /metrics: whether the appliance lives. Details are for this machine and administrators."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from starlette.responses import JSONResponse, PlainTextResponse, Response

from services import statistics
from services.errors import NotFound
from services.traffic import Traffic
from web.handling import Ask

VITAL = ("database", "worker")
"""What is of others, such as rclone, is told and changes nothing: no restart of ours would help."""


def healthz(ask: Ask) -> Response:
    """GET /healthz: 200 when the database answers and a worker's heartbeat is fresh, else 503."""
    parts = ask.context.health()
    well = not any(parts[name] for name in VITAL)
    body: dict[str, object] = {"status": "ok" if well else "failing"}
    if _may_see(ask):
        body["parts"] = {name: problem or "ok" for name, problem in parts.items()}
        body["version"] = ask.context.version
    return JSONResponse(body, 200 if well else 503, {"Cache-Control": "no-store"})


def metrics(ask: Ask) -> Response:
    """GET /metrics for Prometheus."""
    if not _may_see(ask):
        raise NotFound
    registry = CollectorRegistry()
    registry.register(_Figures(ask.context.broker.traffic))
    return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see(ask: Ask) -> bool:
    if ask.viewer_or_none is not None and ask.viewer_or_none.is_admin:
        return True
    return ask.peer.is_loopback and not ask.peer.foreign


class _Figures:
    """What is counted at the moment somebody asks."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def collect(self) -> list[GaugeMetricFamily]:
        families = []
        for name, help_text, value in statistics.figures(self._traffic):
            family = GaugeMetricFamily(f"hypomos_{name}", help_text)
            family.add_metric([], value)
            families.append(family)
        return families

    def describe(self) -> list[GaugeMetricFamily]:
        return []
