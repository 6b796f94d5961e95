"""The composition root: settings -> catalogue -> services -> facades, in one readable list.

Nothing is made at import and nothing is global but the catalogue's binding, which a process has once.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from config import Settings
from services import health, secrets, tasks
from services.accounts import Authenticator, Passwords
from services.adapters import Adapters
from services.broker import Broker
from services.connecting import Connecting
from services.errors import DatabaseUnusable, UsageError
from services.events import Doors, Events, landed
from services.feeds import Feeds
from services.filing import Filing, Journal, Transfers, Trashing
from services.filing.hands import Hands
from services.handing import Handing
from services.jobs import Handler, Jobs
from services.masks import Masks
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import database, schema
from services.pictures import Pictures
from services.precedence import Precedence
from services.problems import Problems
from services.queues import Queues, open_queues
from services.remotes import Remotes
from services.renditions import Renditions
from services.revocations import Journal as Revocations
from services.revocations import end_older_sessions
from services.scanning import Follower, Scanner
from services.sharing import Links
from services.storages.hosts import policy_of
from services.storages.mounts import mount_of, read_mounts
from services.storages.rclone import Daemon
from services.uploads import Spool, Storing, Uploads

MAX_DECODERS = 4


@dataclass(frozen=True, slots=True)
class Hypomos:
    """An opened appliance. `household` tells it from others, and is no secret."""

    settings: Settings
    household: str
    secret: bytes
    passwords: Passwords
    authenticator: Authenticator
    queues: Queues
    jobs: Jobs
    adapters: Adapters
    broker: Broker
    store: RenditionStore
    renditions: Renditions
    pictures: Pictures
    connecting: Connecting
    daemon: Daemon
    remotes: Remotes
    hands: Hands
    filing: Filing
    trashing: Trashing
    transfers: Transfers
    problems: Problems
    links: Links
    events: Events
    masks: Masks
    uploads: Uploads
    handing: Handing
    screen_key: bytes
    version: str

    def close(self) -> None:
        """Let go of everything."""
        self.hands.journal.close()
        self.broker.close()
        self.daemon.close()
        database.close()


def open_appliance(settings: Settings) -> Hypomos:
    """Open the appliance in `settings.data`, bringing its catalogue up to date.

    Raises UsageError when the data directory cannot be used, DatabaseUnusable when the catalogue cannot.
    """
    prepare(settings)
    database.connect(settings.database_url, settings.data)
    schema.migrate(settings.data)
    end_older_sessions(settings.data)  # before anything moves the policy epoch
    Revocations(settings.data).replay()  # before anything is served, written or run
    queues = open_queues(settings.queue_url, settings.data, settings.database_url)
    jobs = Jobs(queues.wake, settings.node_name)
    secret = secrets.load_or_make(settings.data, os.environ)
    policy = policy_of(settings)
    daemon = Daemon(
        settings.data, password=secrets.subkey(secret, "rclone").hex(), policy=policy, setting=settings.rclone
    )
    adapters = Adapters(daemon, settings.data / "spool", on_trip=health.report_trip)
    store = RenditionStore(
        settings.data / "renditions", view_bytes=settings.rendition_cache_mib * 1024 * 1024
    )
    connecting = Connecting(settings, jobs, adapters, forget_content=store.remove)
    hands = Hands(adapters, jobs, Journal(settings.run, settings.node_name), store)
    passwords = Passwords()
    return Hypomos(
        settings=settings,
        household=secrets.subkey(secret, "household").hex()[:32],
        secret=secrets.subkey(secret, "forms"),
        passwords=passwords,
        authenticator=Authenticator(),
        queues=queues,
        jobs=jobs,
        adapters=adapters,
        broker=Broker(adapters, tasks.report_absent(jobs), precedence=Precedence(settings.run)),
        store=store,
        renditions=Renditions(store, jobs),
        pictures=Pictures(store, jobs),
        connecting=connecting,
        daemon=daemon,
        remotes=Remotes(
            settings,
            daemon,
            policy,
            lambda storage: connecting.start_scan(storage, by_person=True),
        ),
        hands=hands,
        filing=Filing(hands),
        trashing=Trashing(hands, settings.trash_days),
        transfers=Transfers(hands),
        problems=Problems(jobs, adapters),
        masks=Masks(jobs),
        uploads=Uploads(Spool(settings.data), jobs),
        handing=Handing(Filing(hands), hands),
        links=Links(secrets.subkey(secret, "links"), passwords),
        events=Events(Doors(secrets.subkey(secret, "events"), passwords)),
        screen_key=secrets.subkey(secret, "screens"),
        version=version(),
    )


@dataclass(frozen=True, slots=True)
class Workshop:
    """What only a worker has: the decoder children and the handlers that use them."""

    pools: tuple[DecoderPool, ...]
    scanner: Scanner
    follower: Follower
    handlers: Mapping[str, Handler]

    def close(self) -> None:
        """End the decoder children."""
        for pool in self.pools:
            pool.close()


def open_workshop(hypomos: Hypomos) -> Workshop:
    """Make the decoder pool and the handlers; children start when they are first needed."""
    settings = hypomos.settings
    decoders = settings.decoders or min(os.cpu_count() or 1, MAX_DECODERS)
    limits = limits_for(total_memory(), machine_factor(settings))
    pool, free = DecoderPool(decoders, limits), DecoderPool(1, limits)  # one is kept free for who waits
    scanner = Scanner(
        adapter=hypomos.adapters, pool=pool, store=hypomos.store, jobs=hypomos.jobs, data=settings.data,
        readers=decoders, precedence=Precedence(settings.run), open_feed=Feeds(hypomos.daemon),
    )  # fmt: skip
    storing = Storing(
        spool=Spool(settings.data),
        hands=hypomos.hands,
        filing=hypomos.filing,
        pool=pool,  # an upload is read whole: minutes, of a film, in which a click would wait
        store=hypomos.store,
        landed=landed,
    )
    follower = Follower(scanner, Feeds(hypomos.daemon), hypomos.jobs)
    handlers = tasks.handlers(
        scanner, hypomos.adapters, free, hypomos.store, filing=hypomos.filing, trashing=hypomos.trashing,
        transfers=hypomos.transfers, connecting=hypomos.connecting, follower=follower, storing=storing,
    )  # fmt: skip
    return Workshop((pool, free), scanner, follower, handlers)


def total_memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def machine_factor(settings: Settings) -> float:
    """How slow this machine is: the setting, else what `doctor` measured, else 1."""
    if settings.machine_factor:
        return min(max(settings.machine_factor, 1.0), 6.0)
    try:
        return min(max(float((settings.data / "machine-factor").read_text()), 1.0), 6.0)
    except (OSError, ValueError):
        return 1.0


def prepare(settings: Settings) -> None:
    """Make the data directory; raises UsageError with what to do when it cannot be written.

    Raises DatabaseUnusable when a catalogue would lie on a disk of another machine.
    """
    mount = mount_of(os.path.realpath(settings.data), read_mounts())
    if not settings.database_url and mount.is_elsewhere:
        raise DatabaseUnusable(
            f"The data directory {settings.data} is on a network mount ({mount.kind}), where SQLite can damage the "
            "catalogue. Move it to a disk of this machine and name that with --data, or give a PostgreSQL database "
            "as database_url."
        )
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.run.mkdir(mode=0o700, exist_ok=True)
        probe = settings.run / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"The data directory {settings.data} cannot be written: {error.strerror}. Choose another with --data, "
            "or give it to the user that runs Hypomos (chown)."
        ) from error


def version() -> str:
    """The version that is installed."""
    try:
        return metadata.version("hypomos")
    except metadata.PackageNotFoundError:
        return "0 (not installed)"


def default_data(environ: Mapping[str, str], exists: Callable[[Path], bool] = Path.exists) -> Path:
    """HYPOMOS_DATA, else `./data` in a checkout, else `/var/lib/hypomos`."""
    if environ.get("HYPOMOS_DATA"):
        return Path(environ["HYPOMOS_DATA"])
    checkout = exists(Path("pyproject.toml")) and exists(Path("appliance"))
    return Path("data") if checkout else Path("/var/lib/hypomos")
