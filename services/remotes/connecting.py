"""From the choice of a provider to a storage that is scanned; and signing in again.

    begin     what the person gave is checked; a sign-in begins, or the remote is made and tried
    sign in   the provider is asked, or what came back is handed in
    browse    a live listing, to choose the root from
    connect   the storage is there, and its first scan begins

rclone's configuration is the only place where secrets go. Names of remotes are ours; what people write is
checked against the list of what may be configured (`storages.rclone.providers`) and goes into parameters.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from config import Settings
from services import access
from services.clock import now
from services.errors import (
    AccessDenied,
    Conflict,
    HypomosError,
    NotFound,
    StorageError,
    StorageNotFound,
    Unauthorized,
    Unavailable,
    UsageError,
)
from services.establishing import establish
from services.identifiers import new_pid
from services.models import Storage, User, audit, transaction
from services.names import fold
from services.remotes.accounts import account_of
from services.remotes.drafts import Draft, Drafts
from services.remotes.looking import Folders, look
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.hosts import HostPolicy
from services.storages.names import checked_storage_name
from services.storages.oauth import SignedIn, SignIn, Waiting
from services.storages.oauth.clients import client_for, get_sign_in
from services.storages.oauth.guides import Guide, guide
from services.storages.rclone import Daemon, RcloneStorage, hostkeys, providers
from services.storages.rclone.forms import Provider
from services.viewers import Viewer

SIGN_INS = frozenset({"device_code", "code", "paste_back"})
"""Providers that are signed in to on their own pages."""

KIND = "rclone"
STALE = 86_400_000_000
"""A remote that no storage has is forgotten after a day."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Present:
    """What a storage is connected with now: values that are no secrets, and of which secrets there is one."""

    provider: Provider
    values: Mapping[str, str]
    secrets: frozenset[str]


class Remotes:
    """Storages that rclone reaches, as people connect them. `scan` begins the first scan of one.

    `sign_in` finds the sign-in of a provider; a test gives one with other addresses.
    """

    def __init__(
        self, settings: Settings, daemon: Daemon, policy: HostPolicy, scan: Callable[[Storage], object],
        sign_in: Callable[[str], SignIn] = get_sign_in,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._sign_in = sign_in
        self._daemon = daemon
        self._policy = policy
        self._scan = scan
        self._drafts = Drafts()

    # --- choosing and giving

    def offers(self, viewer: Viewer) -> list[Provider]:
        """What this person may connect: a child nothing that lets them choose a host."""
        return [p for p in providers.list_providers() if not (viewer.role == "child" and p.has_free_endpoint)]

    def begin(
        self, viewer: Viewer, type: str, options: Mapping[str, object], *, writable: bool = False,
        method: str = "",
    ) -> Draft:  # fmt: skip
        """Check what the person gave; begin the sign-in at the provider, or make the remote and try it.

        `method` is one of those the provider's sign-in offers, empty for its own. Raises UsageError with
        the field that is wrong, AccessDenied, and StorageError when the storage cannot be reached so.
        """
        provider = providers.get_provider(type)
        if provider not in self.offers(viewer):
            raise AccessDenied("This kind of storage is connected by an adult of the household.")
        options = self._with_client(provider, self._with_scope(provider, options, writable))
        parameters = providers.check(type, options, self._policy)
        self._tidy(viewer)
        if provider.sign_in in SIGN_INS:
            return self._begin_sign_in(viewer, provider, parameters, writable=writable, method=method)
        draft = self._drafts.add(viewer, type, writable=writable, parameters=parameters)
        return self._make_remote(draft, parameters, account_of(type, parameters))

    def methods(self, provider: Provider) -> tuple[str, ...]:
        """The ways to sign in to a provider on its own pages, the usual one first; none for the others."""
        if provider.sign_in not in SIGN_INS:
            return ()
        return self._sign_in(provider.type).methods(self._settings.public_url)

    def offer_of(self, draft: Draft) -> Provider:
        """What a draft is of."""
        return providers.get_provider(draft.type)

    def find_offer(self, storage: Storage) -> Provider | None:
        """What a storage was made from; None for a folder of this machine, and for what is not offered now."""
        offers = providers.list_providers() if storage.kind == KIND else []
        return next((each for each in offers if each.type == storage.options["type"]), None)

    def guide(self, provider: Provider) -> Guide | None:
        """How to register an app of one's own with the provider; None for those that need none."""
        if provider.sign_in not in SIGN_INS:
            return None
        return guide(self._sign_in(provider.type).name, public_url=self._settings.public_url)

    def has_client(self, provider: Provider) -> bool:
        """Whether the administrator gave an app for all, so that nobody needs one of their own."""
        if provider.sign_in not in SIGN_INS:
            return False
        return bool(client_for(self._settings, self._sign_in(provider.type).name).id)

    def _begin_sign_in(
        self, viewer: Viewer, provider: Provider, parameters: dict[str, str], *, writable: bool, method: str,
        storage: str = "",
    ) -> Draft:  # fmt: skip
        sign_in = self._sign_in(provider.type)
        client = client_for(
            self._settings, sign_in.name, own_id=parameters.get("client_id", ""),
            own_secret=parameters.get("client_secret", ""),
        )  # fmt: skip
        pending = sign_in.begin(
            client, writable=writable, method=_method(method), public_url=self._settings.public_url
        )
        return self._drafts.add(
            viewer, provider.type, writable=writable, parameters=parameters, pending=pending, storage=storage
        )

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
            return self._went_on(draft, self._sign_in(draft.type).poll(draft.pending))

    def finish(self, viewer: Viewer, pid: str, given: str) -> tuple[Draft, str]:
        """Hand in what came back: a code, a pasted address, the query of the callback."""
        draft = self._drafts.get(viewer, pid)
        with self._drafts.alone(draft) as alone:
            draft = self._drafts.get(viewer, pid)
            if not alone or draft.pending is None:
                return draft, ""
            return self._went_on(draft, self._sign_in(draft.type).finish(draft.pending, given))

    def find_draft(self, viewer: Viewer, provider: str, state: str) -> Draft:
        """The draft whose sign-in a provider answers by sending the browser back; raises DraftEnded."""
        return self._drafts.find_by_state(viewer, provider, state)

    def _went_on(self, draft: Draft, outcome: SignedIn | Waiting) -> tuple[Draft, str]:
        if isinstance(outcome, Waiting):
            return self._drafts.change(draft, pending=outcome.pending), outcome.trouble
        found = providers.signed_in(
            draft.type, {"token": outcome.token, **_allowed(draft.type, outcome.parameters)}
        )
        parameters = draft.parameters | _client_of(outcome) | found
        draft = self._drafts.change(draft, pending=None, parameters=parameters)
        account = account_of(draft.type, parameters, outcome.account)
        if draft.storage:
            return self._renewed(draft, found | _client_of(outcome), account), ""
        return self._make_remote(draft, parameters, account), ""

    # --- choosing the root

    def browse(self, viewer: Viewer, pid: str, path: str = "") -> Folders:
        """What lies in a folder of the storage that is being connected.

        A path that begins with “/” is counted from the top of the server, others from where the sign-in leads.
        """
        draft = self._drafts.get(viewer, pid)
        if not draft.is_ready:
            raise UsageError("Sign in to the storage first.")
        path = _checked_root(self.offer_of(draft), path)
        top = "/" if path.startswith("/") else ""
        try:
            return look(self._adapter(draft.remote, draft.type, top), path.removeprefix("/"), top)
        except StorageNotFound as error:
            raise UsageError(str(error), field="path") from error

    def connect(
        self, viewer: Viewer, pid: str, name: str, root: str = "", *, owner: User | None = None
    ) -> Storage:
        """Make the storage, and begin to scan it. `owner` is another person, for administrators only.

        Raises UsageError, Conflict when name or folder are taken, StorageError.
        """
        draft = self._drafts.get(viewer, pid)
        if not draft.is_ready:
            raise UsageError("Sign in to the storage first.")
        if owner is not None and owner.id != viewer.user_id and not viewer.is_admin:
            raise AccessDenied("Only an administrator adds storages for others.")
        name = checked_storage_name(name)
        root = _checked_root(self.offer_of(draft), root)
        self._require_root(draft, root)
        values: dict[str, Any] = {
            "pid": new_pid(), "owner": owner.id if owner else viewer.user_id, "name": name, "name_fold": fold(name),
            "kind": KIND, "root": root, "writable": draft.writable, "node": self._settings.node_name,
            "options": {"type": draft.type, "remote": draft.remote, "account": draft.account},
            "state": "online", "state_since": now(), "created_at": now(),
        }  # fmt: skip
        storage = establish(values, actor=viewer.user_id, require=lambda: _require_apart(draft.account, root))
        self._drafts.end(draft.pid)
        self._scan(storage)
        return storage

    def drop(self, viewer: Viewer, pid: str) -> None:
        """The person does not go on: forget the draft and its remote."""
        draft = self._drafts.get(viewer, pid)
        self._drafts.end(pid)
        self._forget(draft)

    # --- storages that are there

    def present(self, viewer: Viewer, storage_pid: str) -> Present:
        """What a storage of this person is connected with, without its secrets. Raises NotFound, StorageError."""
        storage = self._storage(viewer, storage_pid)
        provider = providers.get_provider(str(storage.options["type"]))
        current = self._configured(str(storage.options["remote"]))
        if (name := providers.pinned_host(current)) and "host" in current:
            current["host"] = name
        known = {each.key: current[each.key] for each in provider.fields if current.get(each.key)}
        secret = frozenset(each.key for each in provider.fields if each.secret and each.key in known)
        return Present(provider, {key: text for key, text in known.items() if key not in secret}, secret)

    def renew(
        self, viewer: Viewer, storage_pid: str, options: Mapping[str, object], *, writable: bool | None = None,
        method: str = "",
    ) -> Draft | None:  # fmt: skip
        """Sign in to a storage again, or give it other keys; None when that is done already.

        Raises as `begin` does; the storage keeps what it had until the new proves to work.
        """
        storage = self._storage(viewer, storage_pid)
        type, remote = str(storage.options["type"]), str(storage.options["remote"])
        provider = providers.get_provider(type)
        if viewer.role == "child" and any(
            each.is_endpoint and each.key in options for each in provider.fields
        ):
            raise AccessDenied("Another server is given by an adult of the household.")
        current = self._configured(remote)
        writes = storage.writable if writable is None else writable
        changed = providers.check(
            type, self._with_scope(provider, options, writes), self._policy, current=current
        )
        if provider.sign_in in SIGN_INS:
            whole = current | changed
            return self._begin_sign_in(
                viewer, provider, whole, writable=writes, method=method, storage=storage.pid
            )
        if changed:
            self._configure("config/update", remote, type, changed)
        try:
            self._adapter(remote, type, str(storage.root)).list("")
        except StorageError as error:
            if changed:
                before = {key: current.get(key, "") for key in changed}
                self._configure("config/update", remote, type, before, obscured=True)
            raise _refused(error) from error
        self._signed_in_again(storage, account_of(type, current | changed))
        return None

    def is_needed(self) -> bool:
        """Whether any storage lies elsewhere, so that rclone is needed."""
        return bool(Storage.select().where((Storage.kind == KIND) & Storage.removed_at.is_null()).exists())

    def problem(self) -> str | None:
        """What is wrong with rclone's daemon while storages need it, in words."""
        return self._daemon.problem() if self.is_needed() else None

    def forget(self, storage: Storage) -> None:
        """A storage was removed: its secrets go. A folder of this machine has none."""
        if storage.kind != KIND:
            return
        self._delete_remote(str(storage.options["remote"]))

    def _renewed(self, draft: Draft, found: Mapping[str, str], account: str) -> Draft:
        storage = Storage.get_or_none((Storage.pid == draft.storage) & Storage.removed_at.is_null())
        if storage is None:
            self._drafts.end(draft.pid)
            raise NotFound
        if storage.options.get("account") not in {None, account}:
            self._drafts.end(draft.pid)
            raise Conflict(
                "This is another account than the storage's. Sign in with the one it was connected with, or "
                "connect the other one as a storage of its own."
            )
        self._configure("config/update", str(storage.options["remote"]), draft.type, found)
        self._signed_in_again(storage, account)
        self._drafts.end(draft.pid)
        return replace(draft, is_done=True)

    def _signed_in_again(self, storage: Storage, account: str) -> None:
        with transaction():
            Storage.update(
                state="online", state_reason="", state_since=now(),
                options={**storage.options, "account": account},
            ).where(Storage.id == storage.id).execute()  # fmt: skip
            audit.record(
                "storage.renew", actor=storage.owner_id, subject=storage.owner_id, object=storage.pid
            )
        self._scan(storage)

    def _storage(self, viewer: Viewer, pid: str) -> Storage:
        storage = access.get_storage(viewer, pid)
        if storage.kind != KIND:
            raise UsageError("A folder of this machine needs no sign-in.")
        return storage

    # --- rclone's configuration

    def _make_remote(self, draft: Draft, parameters: Mapping[str, str], account: str) -> Draft:
        """Make the remote and look whether it answers; what does not is forgotten again."""
        remote = f"h_{now():x}_{new_pid().replace('-', '_')}"
        self._configure("config/create", remote, draft.type, parameters)
        try:
            self._adapter(remote, draft.type, "").list("")
            if draft.type == "sftp":
                self._configure(
                    "config/update", remote, draft.type, hostkeys.pinned(self._configured(remote))
                )
        except (StorageError, UsageError) as error:
            self._drafts.end(draft.pid)
            self._delete_remote(remote)
            raise _refused(error) from error
        return self._drafts.change(draft, remote=remote, account=account)

    def _configure(
        self, method: str, remote: str, type: str, parameters: Mapping[str, str], *, obscured: bool = False
    ) -> None:
        """Write parameters; `obscured` are those that come from the configuration and go back as they were."""
        values: dict[str, Any] = {"name": remote, "parameters": dict(parameters)}
        if method == "config/create":
            values["type"] = type
        opt = {"nonInteractive": True, "noObscure" if obscured else "obscure": True, "noOutput": True}
        answer = self._daemon.call(method, again=False, opt=opt, **values)
        if answer.get("Error"):
            raise UsageError(f"rclone does not take this: {answer['Error']}")

    def _configured(self, remote: str) -> dict[str, str]:
        found = self._daemon.call("config/get", name=remote)
        return {key: str(value) for key, value in found.items() if key != "type"}

    def _delete_remote(self, remote: str) -> None:
        try:
            self._daemon.call("config/delete", name=remote)
        except HypomosError as error:
            log.warning("a remote that is not needed any more stays in rclone's configuration: %s", error)

    def _adapter(self, remote: str, type: str, root: str) -> Adapter:
        return RcloneStorage(
            self._daemon, remote, type=type, root=root, spool=self._settings.data / "spool", writable=False
        )

    def _require_root(self, draft: Draft, root: str) -> None:
        """Raise UsageError when the root is no folder there."""
        provider = providers.get_provider(draft.type)
        if provider.root != "folder" and not root:
            raise UsageError(f"Choose a {provider.root} to begin with.", field="root")
        try:
            self._adapter(draft.remote, draft.type, root).list("")
        except Unavailable as error:
            raise UsageError(f"This folder cannot be listed: {error}", field="root") from error

    # --- tidying up

    def _tidy(self, viewer: Viewer) -> None:
        for draft in self._drafts.take_old(viewer):
            self._forget(draft)
        self._forget_stale()

    def _forget(self, draft: Draft) -> None:
        if draft.remote and not draft.storage:
            self._delete_remote(draft.remote)

    def _forget_stale(self) -> None:
        """Remotes of drafts that a restart ended: their names tell when they were made."""
        known = {str(row[0].get("remote")) for row in Storage.select(Storage.options).tuples()}
        for remote in self._daemon.call("config/listremotes").get("remotes") or ():
            stamp = str(remote).split("_")[1:2]
            if remote in known or not stamp or not _is_hexadecimal(stamp[0]):
                continue
            if now() - int(stamp[0], 16) > STALE:
                self._delete_remote(str(remote))

    def _with_client(self, provider: Provider, options: Mapping[str, object]) -> Mapping[str, object]:
        """The administrator's app, where the person brings none."""
        if provider.sign_in not in SIGN_INS or options.get("client_id"):
            return options
        client = client_for(self._settings, self._sign_in(provider.type).name)
        given = {"client_id": client.id, "client_secret": client.secret}
        return {**options, **{key: text for key, text in given.items() if text}}

    def _with_scope(
        self, provider: Provider, options: Mapping[str, object], writable: bool
    ) -> Mapping[str, object]:
        """What a provider is asked to allow follows from whether the storage is for writing."""
        for key, reading, writing in (("scope", "drive.readonly", "drive"), ("scope_access", "ro", "rw")):
            if provider.find_field(key) is not None and key not in options:
                return {**options, key: writing if writable else reading}
        return options


def _require_apart(account: str, root: str) -> None:
    """Raise Conflict when the same account's folder is connected already, or one in or around it."""
    others = Storage.select(Storage.root, Storage.options).where(
        (Storage.kind == KIND) & Storage.removed_at.is_null()
    )
    for other, options in others.tuples():
        same = options.get("account") == account
        if same and (
            paths.is_within(root.strip("/"), other.strip("/"))
            or paths.is_within(other.strip("/"), root.strip("/"))
        ):
            raise Conflict(
                "This folder is connected already, or one in or around it. Each file belongs to one storage.",
                field="root",
            )


def _checked_root(provider: Provider, root: str) -> str:
    """A path in the remote; one that begins with “/” is counted from the server's top, if that is another."""
    top = "/" if root.startswith("/") and provider.root == "folder" else ""
    inside = root.strip("/")
    paths.parts(inside)
    return top + inside


def _refused(error: Exception) -> Exception:
    """What a person is told who has just given name, password or keys."""
    if not isinstance(error, Unauthorized):
        return error
    return UsageError(
        "The storage does not accept this sign-in. Check user name, password and keys, and enter them again."
    )


def _method(text: str) -> Any:
    """A way to sign in, None for the usual one; `SignIn.begin` refuses what it does not offer."""
    return text or None


def _allowed(type: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Of what a sign-in gives, the part that only a sign-in may give."""
    given = providers.get_provider(type).given
    return {key: value for key, value in parameters.items() if key in given}


def _client_of(outcome: SignedIn) -> dict[str, str]:
    """The app it was signed in with: the token is worth nothing without it."""
    return {k: outcome.parameters[k] for k in ("client_id", "client_secret") if k in outcome.parameters}


def _is_hexadecimal(text: str) -> bool:
    return bool(text) and set(text) <= set("0123456789abcdef")
