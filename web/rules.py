"""What is said of each address: how it is asked for, by whom, and what answers."""

from dataclasses import dataclass

from web.handling import Handler, Policy


@dataclass(frozen=True, slots=True)
class Rule:
    """One address. `scope` is what a token needs (read or write by the method, if empty).

    With `streams` the handler reads the body itself, as it comes.
    """

    method: str
    path: str
    policy: Policy
    handler: Handler
    scope: str = ""
    streams: bool = False
