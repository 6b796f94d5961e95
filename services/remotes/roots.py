"""The folder of a remote that becomes a storage: how it is written, and that no file is in two storages."""

from services.errors import Conflict
from services.models import Storage
from services.storages import paths
from services.storages.rclone.forms import Provider

KIND = "rclone"


def checked_root(provider: Provider, root: str) -> str:
    """A path in the remote; one that begins with “/” is counted from the server's top, if that is another."""
    top = "/" if root.startswith("/") and provider.root == "folder" else ""
    inside = root.strip("/")
    paths.parts(inside)
    return top + inside


def require_apart(account: str, root: str, *, besides: Storage | None = None) -> None:
    """Raise Conflict when the same account's folder is connected already, or one in or around it.

    `besides` is the storage that it is asked for, when that is there already.
    """
    others = Storage.select(Storage.root, Storage.options).where(
        (Storage.kind == KIND) & Storage.removed_at.is_null()
    )
    if besides is not None:
        others = others.where(Storage.id != besides.id)
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
