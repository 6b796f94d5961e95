"""What lies near and was read before a provider's hashes were of use: they are made when a file far away is as long.

Reading a file near us once more costs less than any download. What is as long but another file has its hashes from
then on too, so that nothing is read twice for this.
"""

import logging
from collections.abc import Callable

from services.catalogue.recording import keep_hashes
from services.errors import DecoderError, StorageError
from services.media.distant import Source
from services.media.pool import DecoderPool
from services.media.types import Hints
from services.models import Asset, ContentHash, File, Folder, Storage
from services.scanning.lane import Lane
from services.storages import paths
from services.storages.base import Storage as Adapter

log = logging.getLogger(__name__)


class NearCopies:
    """The files near us of the owner of `storage`, which is far away; for one while of reading there.

    Threading: for the thread that reads.
    """

    def __init__(
        self, storage: Storage, adapter: Callable[[Storage], Adapter], pool: DecoderPool, lane: Lane
    ) -> None:
        self._storage = storage
        self._adapter = adapter
        self._pool = pool
        self._lane = lane
        self._by_size: dict[int, list[int]] | None = None

    def learn(self, far: File, checkpoint: Callable[[], None]) -> bool:
        """Make the hashes of files that may be this one; whether there is one more that has them."""
        if not far.listed or "sha256" in far.listed or not far.size:  # by SHA-256 all that was read is known
            return False
        if self._by_size is None:
            self._by_size = self._find()
        ids = self._by_size.pop(far.size, [])
        return any([self._hash(file_id, checkpoint) for file_id in ids])

    def _find(self) -> dict[int, list[int]]:
        """Files near us without such hashes that are as long as one that waits far away."""
        waiting = File.select(File.size).where(
            (File.storage == self._storage) & (File.presence == "present")
            & ((File.read_state == "pending") | (File.glance == "pending"))
        )  # fmt: skip
        hashed = ContentHash.select(ContentHash.asset)
        rows = (
            File.select(File.size, File.id).join(Asset).switch(File).join(Storage)
            .where((Storage.owner == self._storage.owner_id) & (Storage.kind != "rclone")
                   & (Storage.node == self._storage.node) & Storage.removed_at.is_null()
                   & (File.presence == "present") & (File.read_state == "done")
                   & (File.sha256 == Asset.sha256) & Asset.id.not_in(hashed) & File.size.in_(waiting))
            .order_by(File.id)
        )  # fmt: skip
        found: dict[int, list[int]] = {}
        for size, file_id in rows.tuples():
            found.setdefault(size, []).append(file_id)
        return found

    def _hash(self, file_id: int, checkpoint: Callable[[], None]) -> bool:
        file = (
            File.select(File, Folder, Asset)
            .join(Folder)
            .switch(File)
            .join(Asset)
            .where(File.id == file_id)
            .first()
        )
        if file is None or ContentHash.select().where(ContentHash.asset == file.asset_id).exists():
            return False
        path = paths.join(file.folder.path, file.raw_name)
        hints = Hints(name=file.name, size=file.size)
        try:
            with self._adapter(file.storage).open_read(path, expect_size=file.size) as handle:

                def pread(offset: int, length: int) -> bytes:
                    checkpoint()
                    return handle.pread(offset, length)

                made = self._pool.hash_far(Source(pread, file.size), hints)
                handle.check()
        except (StorageError, DecoderError, OSError) as error:
            log.info("a file near us could not be read again: %s", error)
            return False
        with self._lane.write():
            asset = Asset.get_or_none(Asset.id == file.asset_id)
            same = asset is not None and asset.sha256 is not None and bytes(asset.sha256).hex() == made.sha256
            if same:  # else the next scan says what has become of it
                keep_hashes(file.asset_id, made.hashes)
        return same
