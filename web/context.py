"""What the web facade is given: the services it calls and a few facts. Composed by the appliance."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from config import Settings
from services.accounts import Authenticator, Passwords
from services.broker import Broker
from services.connecting import Connecting
from services.events import Events
from services.filing import Filing, Transfers, Trashing
from services.jobs import Jobs
from services.masks import Masks
from services.problems import Problems
from services.remotes import Remotes
from services.renditions import Renditions
from services.sharing import Links, Openings
from services.slots import Slots
from services.uploads import Dropping, Uploads, nothing_dropped
from web.receiving import Receiving


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a page or an API resource may need besides the request.

    `health` answers what `/healthz` says: name of a part -> None when it is well, else what is wrong.
    `closing` is set when the appliance is about to end: streams of events end with it. `dropping` gives
    the target of a guest's files. Each request that sends files holds a place of `receiving`; `openings` counts how
    often what is shared is looked at; `downloads` limits how many originals somebody is given at once. `https_port` is
    where we answer by https ourselves, None when we do not.
    """

    settings: Settings
    secret: bytes
    passwords: Passwords
    authenticator: Authenticator
    jobs: Jobs
    broker: Broker
    renditions: Renditions
    connecting: Connecting
    filing: Filing
    trashing: Trashing
    transfers: Transfers
    remotes: Remotes
    problems: Problems
    links: Links
    events: Events
    masks: Masks
    uploads: Uploads
    health: Callable[[], dict[str, str | None]]
    closing: threading.Event
    version: str
    https_port: int | None = None
    dropping: Dropping = nothing_dropped
    downloads: Slots = field(default_factory=Slots, init=False)
    openings: Openings = field(default_factory=Openings, init=False)
    receiving: Receiving = field(default_factory=Receiving, init=False)
