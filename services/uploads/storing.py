"""The job that stores what was received: judged by what it is, written once, made an item, and then told of.

    judged    a decoder child read it: what others are to see is a picture, video or sound, or it was refused. What
              its sender has there already is not stored again; it goes on to the last step at once
    writing   the path in the storage is chosen and recorded, then the file is written there as a whole
    done      one transaction: the reading of the file is its item, `landed` was told, the upload has ended

A job that dies is run again from its row. The bytes stay in the spool to the end, and what lies at the recorded path
is compared with them before anything is written, so nothing is stored twice and nothing lost. What cannot be stored
now (a storage that is away, or full) stays received and is tried again.
"""

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from peewee import DataError, IntegrityError

from services import catalogue
from services.accounts.acting import viewer_of
from services.catalogue.placing import wants_hashes
from services.catalogue.recording import Read
from services.catalogue.touched import touch
from services.clock import now
from services.errors import (
    Conflict,
    DecoderError,
    DecoderKilled,
    NoSpace,
    NotFound,
    StorageError,
    UsageError,
)
from services.filing import Filing, placing
from services.filing.hands import Hands, find_entry, free_path
from services.jobs import Run
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.types import GRID, Hints, Metadata, Reading
from services.models import File, Item, Storage, Upload, transaction
from services.models.database import raw
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.values import Entry
from services.uploads import names, visits
from services.uploads.errors import Refused
from services.uploads.judging import refusal
from services.uploads.places import is_same, is_thrown_away, known_item, make_folders
from services.uploads.receiving import LIFE
from services.uploads.spool import Spool
from services.uploads.starting import UPLOAD, pause, start
from services.viewers import Viewer

Landed = Callable[[Upload, Item, bool], str | None]
"""Told, inside of the transaction that ends an upload, of its item and whether the storage's owner has the bytes that a
guest sent in the trash.
Answers what its sender is to know of that, if anything. Of a file that is no media nothing is told."""

MOST_KILLS = 2
MOST_NAMES = 20
TWIN_S = 5.0
MOST_QUICK = 5
"""So often an upload looks soon again whether its twin was stored; then as seldom as all that waits."""

GONE = "The file was lost before it could be stored. Send it again."
REMOVED = "The storage was removed before the file could be stored."
UNRECORDABLE = (IntegrityError, DataError, LookupError, TypeError, ValueError, OverflowError)
"""What recording a reading raises when something in it cannot be true."""

__all__ = ["UPLOAD", "Landed", "Storing"]

log = logging.getLogger(__name__)


class _Ended(Exception):
    """Raised when the upload is gone, or another run was faster: there is nothing more to do."""


class _Twin(Exception):
    """Raised when the same guest's same bytes, or another's file to the same path, are just being written."""


class _Unrecordable(Exception):
    """Raised when the catalogue refuses what a file says of itself."""


class Storing:
    """Stores uploads. `landed` is told of each that ended well.

    Threading: `run` is called from threads of jobs. Of two at the same upload the one that began later goes on, and
    both write to the recorded path alone, where only one can.
    """

    def __init__(
        self, *, spool: Spool, hands: Hands, filing: Filing, pool: DecoderPool, store: RenditionStore,
        landed: Landed = lambda upload, item, thrown_away: None,
    ) -> None:  # fmt: skip
        self._spool = spool
        self._hands = hands
        self._filing = filing
        self._pool = pool
        self._store = store
        self._landed = landed

    def run(self, run: Run) -> dict[str, Any]:
        """The job: take an upload from where it stands to its end."""
        upload = Upload.get_or_none(Upload.id == run.payload["upload"])
        if upload is None or upload.state != "whole":
            return {"state": "gone" if upload is None else upload.state}
        if upload.step != "writing" and _is_given_up(upload):
            return {"state": "gone"}  # what clears the spool takes it away
        try:
            self._note(run, upload, tries=upload.tries + 1, retry_at=now() + pause(upload.tries + 1))
            self._store_it(run, upload)
        except _Ended:
            return {"state": "gone"}
        except _Twin:
            if upload.tries < MOST_QUICK:
                start(self._hands.jobs, upload, delay_s=TWIN_S, after=run)
            return {"state": "waiting"}
        except Refused as refused:
            return self._refuse(run, upload, str(refused))
        except (StorageError, Conflict, UsageError, NoSpace, DecoderKilled) as error:
            log.info("an upload waits: %s", error)
            self._note(run, upload, problem=str(error) or type(error).__name__)
            return {"state": "waiting"}
        self._spool.remove(upload.pid)
        return {"state": "done"}

    def _store_it(self, run: Run, upload: Upload) -> None:
        storage = Storage.get_by_id(upload.storage_id)
        if storage.removed_at is not None:
            raise Refused(REMOVED)
        adapter = self._hands.adapter(storage)
        reading, sha = self._judge(run, upload, storage, adapter)
        if not upload.step:
            self._note(run, upload, step="judged", sha256=bytes.fromhex(sha), problem="")
        owner = viewer_of(storage.owner)
        adapter.require_writable()
        make_folders(self._filing, owner, storage, adapter, upload.folder)
        known = None
        if upload.is_brought and reading is not None and upload.step != "writing":
            known = known_item(storage.owner_id, upload.guest_id, reading)
        if known is not None:
            self._end(run, upload, known, None, None)
            return
        entry = self._write(run, upload, owner, storage, adapter, reading, sha)
        self._end(run, upload, None, reading, self._settled(storage, adapter, entry))

    def _judge(
        self, run: Run, upload: Upload, storage: Storage, adapter: Adapter
    ) -> tuple[Reading | None, str]:
        """What a decoder child reads of it, and its SHA-256. Raises Refused for what is brought and no media."""
        hints = Hints(
            name=upload.name, folder=shown(upload.folder), size=upload.size, mtime_ns=_mtime_ns(upload),
            first_seen_ns=upload.created_at * 1000,
            zone=catalogue.owner_zone(storage.owner_id),
        )  # fmt: skip
        run.checkpoint()
        try:
            with self._spool.reading(upload.pid) as file:
                others = adapter.distant or wants_hashes(storage.owner_id)
                reading = self._pool.read(file, hints, others=others)
        except NotFound as error:
            raise Refused(GONE) from error
        except DecoderError as error:
            if isinstance(error, DecoderKilled) and (upload.tries < MOST_KILLS or upload.step):
                raise  # perhaps the system was short of memory: what was judged once is no bad file
            if not upload.is_brought:  # their own storage: what cannot be read is stored all the same
                return None, self._sha256(upload)
            raise Refused(f"This cannot be shown: {error.reason}.") from error
        if reading.size != upload.size:
            raise Refused(GONE)
        reason = refusal(reading) if upload.is_brought else None
        if reason is not None:
            raise Refused(reason)
        return reading, reading.sha256

    def _sha256(self, upload: Upload) -> str:
        digest = hashlib.sha256()
        for piece in self._spool.pieces(upload.pid):
            digest.update(piece)
        return digest.hexdigest()

    def _write(
        self, run: Run, upload: Upload, owner: Viewer, storage: Storage, adapter: Adapter,
        reading: Reading | None, sha: str,
    ) -> Entry:  # fmt: skip
        """The file is in the storage, once: at the recorded path, or at one that is chosen now."""
        name = upload.name
        if upload.guest_id is not None and reading is not None:
            name = names.media_name(name, reading.metadata.mime)
        taken = upload.path is None
        for _ in range(MOST_NAMES):
            if taken:
                wanted = paths.join(upload.folder, name)
                self._choose(run, upload, free_path(adapter, wanted, is_kept=partial(_is_kept, upload)))
            entry = find_entry(adapter, upload.path)
            if entry is None and not taken and _is_kept(upload, upload.path):
                taken = True  # something else came and went there while it waited
                continue
            if entry is None:
                try:
                    filed = self._filing.upload(
                        owner, storage.pid, upload.path, self._pieces(run, upload), size=upload.size,
                        mtime_ns=_mtime_ns(upload), taken="refuse",
                    )  # fmt: skip
                    entry = adapter.stat(upload.path)
                    if placing.has_facts(filed.file, entry):
                        return entry  # else another program was quick
                except Conflict:
                    entry = find_entry(adapter, upload.path)
            if entry is not None and is_same(run, adapter, entry, upload.size, sha):
                return entry
            taken = True  # it is somebody else's: take another name
        raise UsageError(f"There are too many files called “{name}” here.", field="name")

    def _choose(self, run: Run, upload: Upload, path: str) -> None:
        if upload.step != "writing" and _is_given_up(upload):
            raise _Ended
        try:
            self._note(run, upload, step="writing", path=path)
        except IntegrityError as error:
            raise _Twin from error

    def _pieces(self, run: Run, upload: Upload) -> Iterator[bytes]:
        done = 0
        for piece in self._spool.pieces(upload.pid):
            run.progress(done, upload.size)
            yield piece
            done += len(piece)

    def _settled(self, storage: Storage, adapter: Adapter, entry: Entry) -> File:
        """The row of the file that was written, with what a listing of a distant storage would say of it."""
        with transaction():
            touch(storage.id, entry.path)
            file = placing.set_file(storage, entry)
            if adapter.distant:
                File.update(change_key=entry.change_key, listed=dict(entry.hashes) or None).where(
                    File.id == file.id
                ).execute()
        return file

    def _end(
        self, run: Run, upload: Upload, known: Item | None, reading: Reading | None, file: File | None
    ) -> None:
        """All of the last step, in one transaction; the rendition is put aside before."""
        if reading is not None and reading.rendition is not None:
            self._store.put(reading.sha256, GRID, reading.rendition)
        try:
            self._record(run, upload, known, reading, file)
        except _Unrecordable:
            if reading is None:
                raise
            log.exception("what an upload says of itself could not be recorded")
            meta = reading.metadata
            bare = Metadata(meta.kind, meta.mime, width=meta.width, height=meta.height)
            self._record(run, upload, known, dataclasses.replace(reading, metadata=bare), file)

    def _record(
        self, run: Run, upload: Upload, known: Item | None, reading: Reading | None, file: File | None
    ) -> None:
        with transaction():
            run.owned()
            item, thrown_away = known, False
            if reading is not None and file is not None:
                thrown_away = upload.guest_id is not None and is_thrown_away(file.storage.owner_id, reading)
                _make_item(file, reading, upload.guest_id)
                if upload.guest_id is not None:
                    File.update(sent=True).where(File.id == file.id).execute()
                asset = File.get_by_id(file.id).asset
                item = None if asset is None else asset.item
            values: dict[str, Any] = {"state": "done", "item": item, "problem": "", "retry_at": None}
            values["expires_at"] = now() + LIFE
            if not Upload.update(**values).where(_is_ours(upload)).execute():
                raise _Ended
            if item is not None:
                said = self._landed(Upload.get_by_id(upload.id), item, thrown_away)
                if said:
                    Upload.update(problem=said).where(Upload.id == upload.id).execute()

    def _refuse(self, run: Run, upload: Upload, reason: str) -> dict[str, Any]:
        self._note(run, upload, state="refused", problem=reason, retry_at=None, expires_at=now() + LIFE)
        self._spool.remove(upload.pid)
        return {"state": "refused"}

    def _note(self, run: Run, upload: Upload, **values: Any) -> None:
        """Write a step into the row; raises _Ended when its sender dropped it, or another try has begun."""
        with transaction():
            run.owned()
            if not Upload.update(**values).where(_is_ours(upload)).execute():
                raise _Ended
        for name, value in values.items():
            setattr(upload, name, value)


def _make_item(file: File, reading: Reading, guest: int | None) -> None:
    try:
        catalogue.record(file.storage.owner_id, [Read(File.get_by_id(file.id), reading, guest)])
    except UNRECORDABLE as error:
        raise _Unrecordable from error


def _is_given_up(upload: Upload) -> bool:
    """Whether its guest left meanwhile. What is being written already is, and then thrown away as what it became."""
    return bool(Upload.select().where((Upload.id == upload.id) & visits.is_given_up()).exists())


def _is_ours(upload: Upload) -> Any:
    """Whether the row still stands where this try left it: a newer try has counted up."""
    return (Upload.id == upload.id) & (Upload.state == "whole") & (Upload.tries == upload.tries)


def _is_kept(upload: Upload, path: str) -> bool:
    """Whether what a guest brings would not be alone here: another guest's is on its way, or the catalogue has a file
    that is gone, or just going, of which it is no version."""
    if upload.guest_id is None:
        return False
    others = (Upload.storage == upload.storage_id) & (Upload.path == raw(path)) & (Upload.id != upload.id)
    writing = (Upload.state == "whole") & (Upload.step == "writing")
    coming = Upload.select().where(others & writing & Upload.guest.is_null(False)).exists()
    return coming or placing.find_file(upload.storage, path) is not None


def _mtime_ns(upload: Upload) -> int | None:
    return None if upload.modified_at is None else upload.modified_at * 1000
