"""What is in dynamic collections: kept as rows, in the transaction of whatever changes what a query reads.

`rematch` is called by everything that changes facts of items; `evaluate` holds the query of one collection against
all of them. Both write by the same function, `rows.settle`.
"""

from services.matching.evaluating import due, evaluate, found, is_expensive, lose, narrow, proposed
from services.matching.rematching import rematch, rematch_file, unsettle
from services.matching.rows import carry, put, shown

__all__ = [
    "carry", "due", "evaluate", "found", "is_expensive", "lose", "narrow", "proposed", "put", "rematch", "rematch_file",
    "shown", "unsettle",
]  # fmt: skip
