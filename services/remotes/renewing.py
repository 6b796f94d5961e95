"""Storages that are there: what they are connected with, signing in to one again, other keys for it.

A storage keeps what it had until the new proves to work. Here and only here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from services import access
from services.clock import now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Storage, audit, transaction
from services.remotes.accounts import account_of, is_another, names_of
from services.remotes.configuring import Configuration
from services.remotes.drafts import Draft, Drafts
from services.remotes.offering import Offers
from services.remotes.roots import KIND, require_apart
from services.remotes.signing import SIGN_INS, SigningIn, with_scope
from services.storages.hosts import HostPolicy
from services.storages.rclone import providers
from services.storages.rclone.forms import Provider
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Present:
    """What a storage is connected with now: values that are no secrets, and of which secrets there is one."""

    provider: Provider
    values: Mapping[str, str]
    secrets: frozenset[str]


class Renewing:
    """`scan` is begun when a storage has been signed in to again."""

    def __init__(
        self, offers: Offers, configuration: Configuration, drafts: Drafts, signing: SigningIn, policy: HostPolicy,
        scan: Callable[[Storage], object],
    ) -> None:  # fmt: skip
        self._offers = offers
        self._configuration = configuration
        self._drafts = drafts
        self._signing = signing
        self._policy = policy
        self._scan = scan

    def present(self, viewer: Viewer, storage_pid: str) -> Present:
        """What a storage of this person is connected with, without its secrets. Raises NotFound, StorageError."""
        storage = _storage(viewer, storage_pid)
        provider = self._provider(storage)
        current = self._configuration.get(str(storage.options["remote"]))
        if (name := providers.pinned_host(current)) and "host" in current:
            current["host"] = name
        known = {each.key: current[each.key] for each in provider.fields if current.get(each.key)}
        secret = frozenset(each.key for each in provider.fields if each.secret and each.key in known)
        return Present(provider, {key: text for key, text in known.items() if key not in secret}, secret)

    def begin(
        self,
        viewer: Viewer,
        storage_pid: str,
        options: Mapping[str, object],
        *,
        writable: bool | None,
        method: str,
    ) -> Draft | None:
        """Sign in to a storage again, or give it other keys; None when that is done already."""
        storage = _storage(viewer, storage_pid)
        provider = self._provider(storage)
        if viewer.role == "child" and any(
            each.is_of_server and each.key in options for each in provider.fields
        ):
            raise AccessDenied("Another server is given by an adult of the household.")
        current = self._configuration.get(str(storage.options["remote"]))
        writes = storage.writable if writable is None else writable
        changed = providers.check(
            provider, with_scope(provider, options, writes), self._policy, current=current
        )
        shared = current.get("team_drive", "")
        if changed.get("team_drive", shared) != shared:  # the account may be the same, its files are others
            raise _another_account()
        if provider.sign_in not in SIGN_INS:
            self._change(storage, current, changed)
            return None
        whole = current | changed
        pending = self._signing.begin(provider, whole, writable=writes, method=method)
        return self._drafts.add(
            viewer, provider.type, writable=writes, parameters=whole, pending=pending, storage=storage.pid,
            opens=bool(writable),
        )  # fmt: skip

    def finish(self, draft: Draft, found: Mapping[str, str], account: str, before: str) -> Draft:
        """A sign-in that was begun here has been finished. Raises Conflict for another account.

        `before` is how the account was called while a shared drive of it was not told apart.
        """
        storage = Storage.get_or_none((Storage.pid == draft.storage) & Storage.removed_at.is_null())
        if storage is None:
            self._drafts.end(draft.pid)
            raise NotFound
        if storage.options.get("account") not in {None, account, before}:
            self._drafts.end(draft.pid)
            raise _another_account()
        _require_apart(storage, account)
        self._configuration.update(str(storage.options["remote"]), {"client_secret": "", **found})
        self._signed_in_again(storage, account, storage.options.get("names", {}))
        self._drafts.end(draft.pid)
        return replace(draft, is_done=True)

    def _provider(self, storage: Storage) -> Provider:
        """What a storage was made from, with its form."""
        return self._offers.whole(providers.get_provider(str(storage.options["type"])))

    def _change(self, storage: Storage, current: Mapping[str, str], changed: Mapping[str, str]) -> None:
        """Give it other keys, if it answers with them.

        Raises Conflict for another account, and where its folder would be in another storage too.
        """
        type, remote = str(storage.options["type"]), str(storage.options["remote"])
        whole = {**current, **changed}
        known = {**storage.options.get("names", {}), **names_of(type, current)}
        if is_another(known, names_of(type, whole)):
            raise _another_account()
        account = account_of(type, whole)
        _require_apart(storage, account)
        self._configuration.change(remote, type, str(storage.root), changed)
        self._signed_in_again(storage, account, {**known, **names_of(type, whole)})

    def _signed_in_again(self, storage: Storage, account: str, names: Mapping[str, str]) -> None:
        """`names`: those by which the account was known so far, also of those that are left empty now."""
        with transaction():
            options = Storage.get_by_id(storage.id).options  # of now: other keys take their time to be tried
            Storage.update(
                state="online", state_reason="", state_since=now(), failures=0, retry_at=None,
                options={**options, "account": account, "names": dict(names)},
            ).where(Storage.id == storage.id).execute()  # fmt: skip
            audit.record(
                "storage.renew", actor=storage.owner_id, subject=storage.owner_id, object=storage.pid
            )
        self._scan(storage)


def _another_account() -> Conflict:
    return Conflict(
        "This is another account than the storage's. Sign in with the one it was connected with, or "
        "connect the other one as a storage of its own."
    )


def _require_apart(storage: Storage, account: str) -> None:
    """Raise Conflict when a storage would meet another one in this account; what it has it keeps."""
    if storage.options.get("account") != account:
        require_apart(account, str(storage.root), besides=storage)


def _storage(viewer: Viewer, pid: str) -> Storage:
    storage = access.get_storage(viewer, pid)
    if storage.kind != KIND:
        raise UsageError("A folder of this machine needs no sign-in.")
    return storage
