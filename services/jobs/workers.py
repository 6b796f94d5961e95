"""Which workers live: one row a process, alive while its heartbeat is fresh."""

from peewee import EXCLUDED

from services.jobs import moments
from services.models import Worker, transaction

MAX_AGE_S = 20.0
SLACK_S = 5.0
FORGET_S = 86_400.0


class Presence:
    """The row of one worker process. `name` is its own, `node` the machine it runs on."""

    def __init__(self, name: str, node: str) -> None:
        self._name = name
        self._node = node

    def announce(self) -> None:
        """Appear, and clear away rows of workers that are gone for long or from before the last start."""
        with transaction():
            gone = Worker.heartbeat_at < moments.lease(-FORGET_S)
            earlier = (Worker.node == self._node) & (Worker.heartbeat_at > moments.lease(SLACK_S))
            Worker.delete().where(gone | earlier).execute()
        self.beat()

    def beat(self) -> None:
        """Say that this worker lives."""
        with transaction():
            moment = moments.lease()
            row = Worker.insert(
                name=self._name, node=self._node, started_at=moments.wall(), heartbeat_at=moment
            )
            seen = {Worker.heartbeat_at: EXCLUDED.heartbeat_at}
            row.on_conflict(conflict_target=[Worker.name], update=seen).execute()

    def leave(self) -> None:
        """Disappear, so that nobody waits for this worker."""
        with transaction():
            Worker.delete().where(Worker.name == self._name).execute()


def worker_alive(node: str | None, max_age_s: float = MAX_AGE_S) -> bool:
    """Whether a worker on `node` (None: on any) has said within `max_age_s` seconds that it lives."""
    fresh = Worker.heartbeat_at.between(moments.lease(-max_age_s), moments.lease(SLACK_S))
    query = Worker.select().where(fresh)
    return bool((query if node is None else query.where(Worker.node == node)).exists())
