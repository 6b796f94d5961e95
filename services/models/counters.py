"""The two counters everything else keys on, and the clock's high-water mark.

`policy_epoch` moves when a right may have narrowed: open streams and caches of rights watch it.
`content_version` moves when something was added or changed: caches of content key on both. Both are
raised inside the transaction that makes the change, so nobody can see one without the other.
"""

from peewee import BigIntegerField, TextField

from services.models.database import BaseModel, rows, transaction

POLICY_EPOCH = "policy_epoch"
CONTENT_VERSION = "content_version"
CLOCK_MARK = "clock_mark"


class Counter(BaseModel):
    """One named number."""

    name = TextField(primary_key=True)
    value = BigIntegerField()


def read(name: str) -> int:
    """The value of a counter."""
    return int(rows("SELECT value FROM counter WHERE name = ?", name)[0][0])


def next_value(name: str) -> int:
    """Count one up, from 1 on, and give the number."""
    with transaction():
        counted = Counter.insert(name=name, value=1)
        counted.on_conflict(
            conflict_target=[Counter.name], update={Counter.value: Counter.value + 1}
        ).execute()
        return read(name)


def bump_policy() -> None:
    """Say that a right may have narrowed; call inside the transaction that narrows it."""
    _bump(POLICY_EPOCH)


def bump_content() -> None:
    """Say that something was added or changed."""
    _bump(CONTENT_VERSION)


def raise_policy(least: int) -> None:
    """Move the policy epoch beyond `least`, unless it is: one that somebody saw never comes again."""
    Counter.update(value=least + 1).where((Counter.name == POLICY_EPOCH) & (Counter.value <= least)).execute()


def raise_clock(now: int) -> int:
    """Move the persisted high-water mark of the clock up to `now`; return the mark.

    Expiry is judged by it, so that a clock set back revives nothing.
    """
    Counter.update(value=now).where((Counter.name == CLOCK_MARK) & (Counter.value < now)).execute()
    return read(CLOCK_MARK)


def _bump(name: str) -> None:
    Counter.update(value=Counter.value + 1).where(Counter.name == name).execute()
