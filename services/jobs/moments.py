"""The two clocks of jobs, as values for SQL; read them inside the transaction that uses them.

`wall` says when a job may run and when it ended. `lease` measures leases and heartbeats: on SQLite,
where all who compare it share one machine, it is the machine's monotonic clock, so that a clock that
jumps (a Raspberry Pi that reaches its time server) takes no running job away from its worker. With
PostgreSQL both are the database's own time, because the clocks of several machines differ.

Read inside the transaction matters on SQLite: who holds the write lock cannot be overtaken, so a
process that is frozen between reading the clock and writing never writes an old moment over a new one.
"""

import time
from typing import Any

from peewee import SQL, Value

from services import clock
from services.models.database import is_sqlite

_DATABASE_TIME = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


def wall(plus_s: float = 0.0) -> Any:
    """Microseconds since 1970, `plus_s` seconds from now."""
    return Value(clock.now() + _us(plus_s)) if is_sqlite() else _database_time(plus_s)


def lease(plus_s: float = 0.0) -> Any:
    """Microseconds of the lease clock, `plus_s` seconds from now."""
    if is_sqlite():
        return Value(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 + _us(plus_s))
    return _database_time(plus_s)


def _database_time(plus_s: float) -> Any:
    return SQL(f"({_DATABASE_TIME} + {_us(plus_s)})")


def _us(seconds: float) -> int:
    return int(seconds * clock.SECOND)
