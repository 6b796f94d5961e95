"""What `/healthz` answers: each part of the appliance, and what is wrong with it."""

from collections.abc import Callable

from services.jobs import worker_alive
from services.models import database


def make_health(supervised: Callable[[], str | None]) -> Callable[[], dict[str, str | None]]:
    """The check; `supervised` says what is wrong with the worker that this process keeps alive."""

    def health() -> dict[str, str | None]:
        problem = database.problem()
        if problem is not None:
            return {"database": problem, "worker": None}
        worker = None if worker_alive(None) else supervised() or "no heartbeat for twenty seconds"
        return {"database": None, "worker": worker}

    return health


def with_rclone(
    health: Callable[[], dict[str, str | None]], problem: Callable[[], str | None]
) -> Callable[[], dict[str, str | None]]:
    """The same, and what is wrong with rclone; apart, since no restart of ours helps a storage elsewhere."""

    def more() -> dict[str, str | None]:
        parts = health()
        return parts if parts["database"] else {**parts, "rclone": problem()}

    return more
