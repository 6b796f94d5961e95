"""How much of chance a test tries.

PostgreSQL plans each question for longer than these catalogues take to answer: a household by chance
takes five to eight times as long there, and what is tried on it is a part of what SQLite has tried.
"""

import os

from tools import postgresql

ON_POSTGRESQL = bool(os.environ.get(postgresql.VARIABLE))


def examples(number: int) -> int:
    """What becomes of `number` examples: all of them on SQLite, a fifth on PostgreSQL, but three at least."""
    return max(3, number // 5) if ON_POSTGRESQL else number
