"""From the choice of a provider to a storage that is scanned; and signing in again.

    begin     what the person gave is checked; a sign-in begins, or the remote is made and tried
    sign in   the provider is asked, or what came back is handed in
    browse    a live listing, to choose the root from
    connect   the storage is there, and its first scan begins

The steps; what each of them needs is in the modules beside this one: what may be connected
(`offering.py`), rclone's configuration (`configuring.py`), sign-ins (`signing.py`), roots (`roots.py`), storages
that are there (`renewing.py`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from config import Settings
from services.clock import now
from services.errors import AccessDenied, StorageError, StorageNotFound, Unavailable, UsageError
from services.establishing import establish
from services.identifiers import new_pid
from services.models import Storage, User
from services.names import fold
from services.remotes.accounts import account_of
from services.remotes.configuring import Configuration
from services.remotes.drafts import Draft, Drafts
from services.remotes.looking import Folders, look
from services.remotes.offering import Offers
from services.remotes.renewing import Present, Renewing
from services.remotes.roots import KIND, checked_root, require_apart
from services.remotes.signing import SIGN_INS, SigningIn, parameters_of, with_scope
from services.storages.hosts import HostPolicy
from services.storages.names import checked_storage_name
from services.storages.oauth import SignedIn, SignIn, Waiting
from services.storages.oauth.clients import get_sign_in
from services.storages.oauth.guides import Guide
from services.storages.rclone import Daemon, providers
from services.storages.rclone.forms import Provider
from services.viewers import Viewer


class Remotes:
    """Storages that rclone reaches, as people connect them. `scan` begins the first scan of one.

    `sign_in` finds the sign-in of a provider; a test gives one with other addresses.
    """

    def __init__(
        self, settings: Settings, daemon: Daemon, policy: HostPolicy, scan: Callable[[Storage], object],
        sign_in: Callable[[str], SignIn] = get_sign_in,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._policy = policy
        self._scan = scan
        self._offers = Offers(daemon)
        self._drafts = Drafts()
        self._configuration = Configuration(daemon, settings.data / "spool")
        self._signing = SigningIn(settings, sign_in)
        self._renewing = Renewing(
            self._offers, self._configuration, self._drafts, self._signing, policy, scan
        )

    # --- choosing and giving

    def offers(self, viewer: Viewer) -> list[Provider]:
        """What this person may connect, in the order in which it is shown; generic ones without their form."""
        return self._offers.list(viewer)

    def offer(self, viewer: Viewer, type: str) -> Provider:
        """What this person may connect, with its form. Raises UsageError, AccessDenied, StorageError."""
        return self._offers.get(viewer, type)

    def begin(
        self, viewer: Viewer, type: str, options: Mapping[str, object], *, writable: bool = False,
        method: str = "",
    ) -> Draft:  # fmt: skip
        """Check what the person gave; begin the sign-in at the provider, or make the remote and try it.

        `method` is one of those the provider's sign-in offers, empty for its own. Raises UsageError with
        the field that is wrong, AccessDenied, and StorageError when the storage cannot be reached so.
        """
        provider = self._offers.get(viewer, type)
        options = self._signing.with_client(provider, with_scope(provider, options, writable))
        parameters = providers.check(provider, options, self._policy)
        self._tidy(viewer)
        if provider.sign_in in SIGN_INS:
            pending = self._signing.begin(provider, parameters, writable=writable, method=method)
            return self._drafts.add(viewer, type, writable=writable, parameters=parameters, pending=pending)
        draft = self._drafts.add(viewer, type, writable=writable, parameters=parameters)
        return self._make_remote(draft, parameters, account_of(type, parameters))

    def methods(self, provider: Provider) -> tuple[str, ...]:
        """The ways to sign in to a provider on its own pages, the usual one first; none for the others."""
        return self._signing.methods(provider)

    def offer_of(self, draft: Draft) -> Provider:
        """What a draft is of, without its form."""
        return providers.get_provider(draft.type)

    def find_offer(self, storage: Storage) -> Provider | None:
        """What a storage was made from; None for a folder of this machine, and for what is not offered now."""
        return self._offers.of(storage)

    def guide(self, provider: Provider) -> Guide | None:
        """How to register an app of one's own with the provider; None for those that need none."""
        return self._signing.guide(provider)

    def has_client(self, provider: Provider) -> bool:
        """Whether the administrator gave an app for all, so that nobody needs one of their own."""
        return self._signing.has_client(provider)

    # --- signing in

    def draft(self, viewer: Viewer, pid: str) -> Draft:
        """A draft of this person; raises NotFound."""
        return self._drafts.get(viewer, pid)

    def poll(self, viewer: Viewer, pid: str) -> tuple[Draft, str]:
        """Ask the provider how far the sign-in is; the draft, and in words what hinders it.

        Raises StorageSignInFailed when it has come to nothing.
        """
        draft = self._drafts.get(viewer, pid)
        with self._drafts.alone(draft) as alone:
            draft = self._drafts.get(viewer, pid)
            if not alone or draft.pending is None:
                return draft, ""
            return self._went_on(draft, self._signing.poll(draft, draft.pending))

    def finish(self, viewer: Viewer, pid: str, given: str) -> tuple[Draft, str]:
        """Hand in what came back: a code, a pasted address, the query of the callback."""
        draft = self._drafts.get(viewer, pid)
        with self._drafts.alone(draft) as alone:
            draft = self._drafts.get(viewer, pid)
            if not alone or draft.pending is None:
                return draft, ""
            return self._went_on(draft, self._signing.finish(draft, draft.pending, given))

    def find_draft(self, viewer: Viewer, provider: str, state: str) -> Draft:
        """The draft whose sign-in a provider answers by sending the browser back; raises DraftEnded."""
        return self._drafts.find_by_state(viewer, provider, state)

    def _went_on(self, draft: Draft, outcome: SignedIn | Waiting) -> tuple[Draft, str]:
        if isinstance(outcome, Waiting):
            return self._drafts.change(draft, pending=outcome.pending), outcome.trouble
        found = parameters_of(draft.type, outcome)
        parameters = draft.parameters | found
        draft = self._drafts.change(draft, pending=None, parameters=parameters)
        account = account_of(draft.type, parameters, outcome.account)
        if draft.storage:
            before = account_of(draft.type, {}, outcome.account) if outcome.account else account
            return self._renewing.finish(draft, found, account, before), ""
        return self._make_remote(draft, parameters, account), ""

    def _make_remote(self, draft: Draft, parameters: Mapping[str, str], account: str) -> Draft:
        """Make the remote of a draft, which ends when that does not answer."""
        try:
            remote = self._configuration.make(draft.type, parameters)
        except (StorageError, UsageError):
            self._drafts.end(draft.pid)
            raise
        return self._drafts.change(draft, remote=remote, account=account)

    # --- choosing the root

    def browse(self, viewer: Viewer, pid: str, path: str = "") -> Folders:
        """What lies in a folder of the storage that is being connected.

        A path that begins with “/” is counted from the top of the server, others from where the sign-in leads.
        """
        draft = self._ready(viewer, pid)
        path = checked_root(self.offer_of(draft), path)
        top = "/" if path.startswith("/") else ""
        try:
            adapter = self._configuration.adapter(draft.remote, draft.type, top)
            return look(adapter, path.removeprefix("/"), top)
        except StorageNotFound as error:
            raise UsageError(str(error), field="path") from error

    def connect(
        self, viewer: Viewer, pid: str, name: str, root: str = "", *, owner: User | None = None
    ) -> Storage:
        """Make the storage, and begin to scan it. `owner` is another person, for administrators only.

        Raises UsageError, Conflict when name or folder are taken, StorageError.
        """
        draft = self._ready(viewer, pid)
        if owner is not None and owner.id != viewer.user_id and not viewer.is_admin:
            raise AccessDenied("Only an administrator adds storages for others.")
        name = checked_storage_name(name)
        root = checked_root(self.offer_of(draft), root)
        self._require_root(draft, root)
        values: dict[str, Any] = {
            "pid": new_pid(), "owner": owner.id if owner else viewer.user_id, "name": name, "name_fold": fold(name),
            "kind": KIND, "root": root, "writable": draft.writable, "node": self._settings.node_name,
            "options": {"type": draft.type, "remote": draft.remote, "account": draft.account},
            "state": "online", "state_since": now(), "created_at": now(),
        }  # fmt: skip
        storage = establish(values, actor=viewer.user_id, require=lambda: require_apart(draft.account, root))
        self._drafts.end(draft.pid)
        self._scan(storage)
        return storage

    def drop(self, viewer: Viewer, pid: str) -> None:
        """The person does not go on: forget the draft and its remote."""
        draft = self._drafts.get(viewer, pid)
        self._drafts.end(pid)
        self._forget(draft)

    def _ready(self, viewer: Viewer, pid: str) -> Draft:
        draft = self._drafts.get(viewer, pid)
        if not draft.is_ready:
            raise UsageError("Sign in to the storage first.")
        return draft

    def _require_root(self, draft: Draft, root: str) -> None:
        """Raise UsageError when the root is no folder there."""
        provider = self.offer_of(draft)
        if provider.root != "folder" and not root:
            raise UsageError(f"Choose a {provider.root} to begin with.", field="root")
        try:
            self._configuration.adapter(draft.remote, draft.type, root).list("")
        except Unavailable as error:
            raise UsageError(f"This folder cannot be listed: {error}", field="root") from error

    # --- storages that are there

    def present(self, viewer: Viewer, storage_pid: str) -> Present:
        """What a storage of this person is connected with, without its secrets. Raises NotFound, StorageError."""
        return self._renewing.present(viewer, storage_pid)

    def renew(
        self, viewer: Viewer, storage_pid: str, options: Mapping[str, object], *, writable: bool | None = None,
        method: str = "",
    ) -> Draft | None:  # fmt: skip
        """Sign in to a storage again, or give it other keys; None when that is done already.

        Raises as `begin` does; the storage keeps what it had until the new proves to work.
        """
        return self._renewing.begin(viewer, storage_pid, options, writable=writable, method=method)

    def is_needed(self) -> bool:
        """Whether any storage lies elsewhere, so that rclone is needed."""
        return bool(Storage.select().where((Storage.kind == KIND) & Storage.removed_at.is_null()).exists())

    def problem(self) -> str | None:
        """What is wrong with rclone's daemon while storages need it, in words."""
        return self._configuration.problem() if self.is_needed() else None

    def forget(self, storage: Storage) -> None:
        """A storage was removed: its secrets go. A folder of this machine has none."""
        if storage.kind == KIND:
            self._configuration.forget(str(storage.options["remote"]))

    # --- tidying up

    def _tidy(self, viewer: Viewer) -> None:
        for draft in self._drafts.take_old(viewer):
            self._forget(draft)
        # those of a removed storage went with it, but for a death in between
        rows = Storage.select(Storage.options).where(Storage.removed_at.is_null()).tuples()
        self._configuration.forget_stale({str(row[0].get("remote")) for row in rows})

    def _forget(self, draft: Draft) -> None:
        if draft.remote and not draft.storage:
            self._configuration.forget(draft.remote)
