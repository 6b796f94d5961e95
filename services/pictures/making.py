"""What a worker does to make pictures for televisions: of the smallest rendition that suffices, else of the original.

What is kept is looked at first: a thumbnail of the rendition that the grid has costs a hundredth of one of the
original, and fetches nothing from a storage far away. A rendition suffices when it is so much larger that its own
losses do not show.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

from services.catalogue.placing import content_key
from services.errors import DecoderError, NotFound, StorageError
from services.jobs import Run
from services.media.distant import Source
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore, Size
from services.media.sizes import Size as Pixels
from services.media.sizes import fitted
from services.media.television import PROFILES, Profile
from services.media.types import GRID, VIEW, Hints, Rendition
from services.models import Asset, File, Storage
from services.pictures.files import files_of, require_same, unread_files_of
from services.pictures.giving import notice_key
from services.scanning.descriptors import descriptor
from services.storages import paths
from services.storages.base import Storage as Adapter

ENOUGH = 1.4
"""How many times larger, along each side, a rendition has to be than what is made of it."""

ReadNow = Callable[[Run, File, int, DecoderPool], None]
"""Reads a file that nobody has read yet, and keeps a rendition of this size: `Scanner.read_now`."""

log = logging.getLogger(__name__)


class Making:
    """The handlers of both kinds of jobs."""

    def __init__(
        self,
        adapter: Callable[[Storage], Adapter],
        pool: DecoderPool,
        store: RenditionStore,
        read_now: ReadNow,
    ) -> None:
        self._adapter = adapter
        self._pool = pool
        self._store = store
        self._read_now = read_now

    def picture(self, run: Run) -> dict[str, Any]:
        """Make one picture, or small ones of what is kept: those that take an original are left out then."""
        profile = PROFILES[str(run.payload["profile"])]
        assets = [int(asset) for asset in run.payload["assets"]]
        if not run.payload["of_kept"]:
            self._one(run, _asset(assets[0]), profile)
            return {"made": 1}
        made = 0
        for asset in Asset.select().where(Asset.id.in_(assets)):
            run.checkpoint()
            try:
                made += self._of_kept(asset, profile)
            except DecoderError as error:
                log.info("a small picture could not be made: %s", error)
        return {"made": made}

    def notice(self, run: Run) -> dict[str, Any]:
        """Draw what an unknown television shows."""
        profile = PROFILES[str(run.payload["profile"])]
        code, address = str(run.payload["code"]), str(run.payload["address"])
        made = self._pool.notice(code, address, profile)
        self._store.put(notice_key(code, address), profile.key, made.data)
        return {"bytes": len(made.data)}

    def _one(self, run: Run, asset: Asset, profile: Profile) -> None:
        if self._of_kept(asset, profile):
            return
        if asset.sha256 is None:
            asset = self._read(run, asset)
            # of a long video far away nothing more than its poster is fetched
            if self._of_kept(asset, profile, at_least=0.0 if asset.sha256 is None else ENOUGH):
                return
        self._of_original(asset, profile)

    def _of_kept(self, asset: Asset, profile: Profile, *, at_least: float = ENOUGH) -> bool:
        """Make it of a rendition that is kept; whether it is there now."""
        content = content_key(asset)
        if self._store.length(content, profile.key) is not None:
            return True
        for size in _sufficient(asset, profile, at_least):
            data = self._store.get(content, size)
            if data is None:
                continue
            fd = os.memfd_create("rendition", os.MFD_CLOEXEC)
            with os.fdopen(fd, "wb") as kept:
                kept.write(data)
                kept.flush()
                made = self._pool.picture(fd, profile, _size(asset), Hints("rendition"))
            self._store.put(content, profile.key, made.data)
            return True
        return False

    def _read(self, run: Run, asset: Asset) -> Asset:
        """Read what was only listed, as for somebody who waits; gives the asset as it is then."""
        problem: Exception = NotFound("No storage that holds this picture can be reached.")
        for file in unread_files_of(asset):
            try:
                self._read_now(run, file, VIEW, self._pool)
            except (StorageError, DecoderError) as error:
                log.info("a file could not be read for a television: %s", error)
                problem = error
            else:
                return _asset(File.get_by_id(file.id).asset_id)
        raise problem

    def _of_original(self, asset: Asset, profile: Profile) -> None:
        problem: Exception = NotFound("No storage that holds this picture can be reached.")
        for file in files_of(asset):
            try:
                made = self._fetched(asset, file, profile)
            except (StorageError, DecoderError) as error:
                log.info("a picture for televisions could not be made: %s", error)
                problem = error
            else:
                self._store.put(content_key(asset), profile.key, made.data)
                return
        raise problem

    def _fetched(self, asset: Asset, file: File, profile: Profile) -> Rendition:
        adapter, path = self._adapter(file.storage), paths.join(file.folder.path, file.raw_name)
        hints = Hints(name=file.name, size=file.size, mtime_ns=file.mtime_ns)
        size = _size(asset)
        with adapter.open_read(path, expect_size=file.size) as handle:
            if handle.fileno() is None and asset.mime.startswith("video/"):
                made = self._pool.picture_far(Source(handle.pread, file.size), profile, size, hints)
            else:
                with descriptor(handle, file.size) as fd:
                    made = self._pool.picture(fd, profile, size, hints)
        require_same(adapter.stat(path), file)
        return made


def _asset(asset_id: int | None) -> Asset:
    asset = Asset.get_or_none(Asset.id == asset_id)
    if asset is None:
        raise NotFound("The picture is not in the catalogue any more.")
    return asset


def _size(asset: Asset) -> Pixels | None:
    """The upright size of a picture, as far as it is known."""
    width, height = asset.meta.get("width"), asset.meta.get("height")
    return (width, height) if width and height else None


def _sufficient(asset: Asset, profile: Profile, at_least: float) -> list[Size]:
    """Renditions that would do, the smallest first; of a picture of unknown size none is known to."""
    original = _size(asset)
    if not at_least:
        return [VIEW, GRID]
    if original is None:
        return []
    wanted = profile.size_of(*original)
    kept: list[tuple[Pixels, Size]] = [(fitted(*original, box), box) for box in (GRID, VIEW)] + [
        (other.size_of(*original), other.key) for other in PROFILES.values() if other is not profile
    ]
    enough = [
        (size, key) for size, key in kept if all(a >= at_least * b for a, b in zip(size, wanted, strict=True))
    ]
    return [key for _, key in sorted(enough, key=lambda each: each[0])]
