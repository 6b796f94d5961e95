"""The appliance's own secret key, and files that only the service may read: here and only here.

The key lies in `secret.key` in the data directory (mode 0600, made at the first start) or in the file
that HYPOMOS_SECRET_FILE names, such as a credential of systemd. No backup contains it. Whatever needs
a key takes its own one, made from it by `subkey`.
"""

import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from services.errors import HypomosError

FILE_NAME = "secret.key"
VARIABLE = "HYPOMOS_SECRET_FILE"
LEAST_BYTES = 32
MOST_BYTES = 64 * 1024

log = logging.getLogger(__name__)


class SecretUnusable(HypomosError):
    """Raised when the secret key cannot be read or made; says which file and what to do."""


def load_or_make(data: Path, environ: Mapping[str, str]) -> bytes:
    """The secret key of the appliance with this data directory: 32 bytes.

    Made at the first call, unless the environment names a file with one. Several processes may start
    at once: all get the same. Raises SecretUnusable.
    """
    given = environ.get(VARIABLE, "")
    path = Path(given) if given else data / FILE_NAME
    if not given:
        _make(path)
    return _key(path, others=stat.S_IRWXO if given else stat.S_IRWXG | stat.S_IRWXO)


def subkey(key: bytes, purpose: str) -> bytes:
    """The 32 bytes for one purpose: knowing them tells nothing about the key or other purposes (RFC 2104)."""
    return hmac.digest(key, purpose.encode(), "sha256")


def replace_private(path: Path, content: bytes) -> None:
    """Write a file that only the service may read, whole or not at all. Raises OSError."""
    part = _write_part(path, content)
    try:
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _make(path: Path) -> None:
    if os.path.lexists(path):
        return
    try:
        part = _write_part(path, secrets.token_hex(LEAST_BYTES).encode() + b"\n")
        try:
            os.link(part, path)  # fails when another process was quicker: then its key counts
        except FileExistsError:
            return
        finally:
            part.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise SecretUnusable(
            f"The secret key {path} cannot be made: {error.strerror}. Let the service write to that "
            f"folder, or name a file with a key in {VARIABLE}."
        ) from error


def _key(path: Path, *, others: int) -> bytes:
    """The key in this file; warns when the mode bits `others` let somebody else at it."""
    try:
        with path.open("rb") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            content = handle.read(MOST_BYTES).rstrip(b"\r\n")
    except OSError as error:
        raise SecretUnusable(
            f"The secret key {path} cannot be read: {error.strerror}. Give it to the user that runs Hypomos "
            "(chown) with mode 0600."
        ) from error
    if len(content) < LEAST_BYTES:
        raise SecretUnusable(
            f"The secret key {path} has {len(content)} bytes; it needs at least {LEAST_BYTES}. Restore it. "
            "Without a copy, delete the file to have a new one made; what the old one encrypted is lost."
        )
    if mode & others:  # a credential of systemd shows its access list as rights of the group
        log.warning("The secret key %s can be read by other users of this machine: chmod 600 %s", path, path)
    return hashlib.sha256(b"hypomos secret key\0" + content).digest()


def _write_part(path: Path, content: bytes) -> Path:
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
