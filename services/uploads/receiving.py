"""Taking files in: begun with their size, continued from where they were, whole in the end, or dropped.

What is on the disk and recorded is what an upload has `got`; a connection that breaks, a full disk or a death of
the process costs what came after that, which its sender has still. One writer at a time.
"""

from collections.abc import Iterable
from contextlib import suppress

from services import room
from services.clock import DAY, LONGEST_WAIT, now
from services.errors import Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.jobs import Jobs
from services.models import Event, Guest, Storage, Upload, database, transaction
from services.uploads import names, visits
from services.uploads.errors import TooLarge, WrongOffset
from services.uploads.spool import Spool, Writing
from services.uploads.starting import start
from services.uploads.target import Target
from services.viewers import Viewer

LIFE = DAY
"""So long after its last piece an upload that is not whole can go on; so long one that ended is told of."""

SYNC_BYTES = 8 * 1024 * 1024
MOST_OPEN = 200
"""So many one sender may have under way."""


class Uploads:
    """Threading: may be used from any thread."""

    def __init__(self, spool: Spool, jobs: Jobs) -> None:
        self._spool = spool
        self._jobs = jobs

    def begin(
        self, target: Target, name: str, size: int, mime: str = "", modified: int | None = None
    ) -> Upload:
        """A new upload of `size` bytes; `modified` is when the file was changed last, microseconds since 1970.

        Raises TooLarge, NoSpace when there is no room to receive it, UsageError for an empty file that is
        brought or too many uploads under way, and what the target raises when it is asked again.
        """
        if size == 0 and target.is_brought:
            raise UsageError("The file is empty.", field="size")
        room.require_room(self._spool.data, size)
        time = now()
        with transaction():
            target = _renewed(target)
            if target.most_bytes is not None and size > target.most_bytes:
                raise TooLarge(target.most_bytes)
            self._require_few(target)
            upload = Upload.create(
                pid=new_pid(), user=target.user, guest=target.guest, event=target.event, storage=target.storage.id,
                folder=target.folder, name=names.clean(name), mime=_mime(mime), size=size, node=self._jobs.node,
                modified_at=modified if modified is not None and 0 < modified <= time + DAY else None,
                created_at=time, expires_at=time + LIFE,
            )  # fmt: skip
        if size == 0:
            with self._spool.writing(upload.pid) as file:
                self._record(upload, file)
        return upload

    def append(self, upload: Upload, offset: int, pieces: Iterable[bytes]) -> int:
        """Write pieces from `offset` on; gives how many bytes there are now.

        Whatever ends it early (the error of `pieces` comes through), what came until then is kept. Raises
        WrongOffset, Busy, TooLarge for more than its size (of that nothing is kept), NoSpace, NotFound when the upload
        is gone.
        """
        with self._spool.writing(upload.pid) as file:
            upload = self._open_one(upload)
            if offset != upload.got:
                raise WrongOffset(upload.got)
            self._go_on(upload, file)
            try:
                self._take(upload, file, pieces)
            except TooLarge:
                file.go_on(upload.got)  # what came is the beginning of something else
                raise
            finally:
                if file.end > upload.got:
                    self._record(upload, file)
            return file.end

    def receive(
        self, target: Target, name: str, mime: str, pieces: Iterable[bytes], *, announced: int
    ) -> Upload:
        """A whole file at once, of at most `announced` bytes; nothing of it stays when it breaks off."""
        most = announced if target.most_bytes is None else min(announced, target.most_bytes)
        upload = self.begin(target, name, max(most, 1), mime)
        try:
            self.append(upload, 0, pieces)
            upload = Upload.get_by_id(upload.id)
            if upload.state == "open":
                self._end_here(upload)
        except BaseException:
            self.drop(upload)
            raise
        return Upload.get_by_id(upload.id)

    def find(self, viewer: Viewer, pid: str) -> Upload:
        """The viewer's own upload with this id. Raises NotFound for all others, and for what has expired."""
        found: Upload | None = Upload.select().where((Upload.pid == pid) & _is_own(viewer)).first()
        if found is None or (found.state == "open" and found.expires_at <= now()):
            raise NotFound
        return found

    def mine(self, viewer: Viewer, *, event: str | None = None) -> list[Upload]:
        """The viewer's own uploads, newest first; what ended is listed for a day. With `event` those for it alone."""
        alive = (Upload.state == "whole") | (Upload.expires_at > now())
        rows = Upload.select(Upload, Storage).join(Storage).where(_is_own(viewer) & alive)
        if event is not None:
            rows = rows.where(Upload.event.in_(Event.select(Event.id).where(Event.pid == event)))
        return list(rows.order_by(Upload.id.desc()))

    def drop(self, upload: Upload) -> None:
        """Give an upload up, and its bytes; raises Conflict once it is being written to its storage, or is there."""
        idle = Upload.state.in_(["open", "refused"]) | (
            (Upload.state == "whole") & (Upload.step != "writing")
        )
        with transaction():
            gone = Upload.delete().where((Upload.id == upload.id) & idle).execute()
            if not gone and Upload.select().where(Upload.id == upload.id).exists():
                raise Conflict("This file is being stored, or is stored already.")
        self._spool.remove(upload.pid)

    def housekeep(self) -> int:
        """Forget what expired and whose sender is gone from its event, clear the spool, and have stored what waits.

        Gives how many are being stored.
        """
        mine = Upload.node == self._jobs.node
        old = mine & (Upload.expires_at <= now())
        over = (Upload.state == "open") & ~visits.may_go_on()
        given_up = Upload.state.in_(["open", "whole"]) & visits.is_given_up()
        ended = (old & Upload.state.in_(["open", "refused"])) | (mine & (over | given_up))
        for upload in list(Upload.select().where(ended)):
            if not self._spool.is_busy(upload.pid):
                with suppress(Conflict):
                    self.drop(upload)
        with transaction():  # a guest's stay as long as the guest: how much they brought is counted by them
            Upload.delete().where(old & (Upload.state == "done") & Upload.guest.is_null()).execute()
        needed = Upload.select(Upload.pid).where(mine & Upload.state.in_(["open", "whole"]))
        self._spool.clear({pid for (pid,) in needed.tuples()})
        wrong = Upload.retry_at > now() + LONGEST_WAIT  # the clock was set back since
        is_due = Upload.retry_at.is_null() | (Upload.retry_at <= now()) | wrong
        due = list(
            Upload.select(Upload, Storage).join(Storage).where(mine & (Upload.state == "whole") & is_due)
        )
        for upload in due:
            start(self._jobs, upload)
        return len(due)

    def _require_few(self, target: Target) -> None:
        whose = Upload.guest == target.guest if target.guest is not None else Upload.user == target.user
        is_open = (Upload.state == "open") & (Upload.expires_at > now())
        if Upload.select().where(whose & is_open).count() >= MOST_OPEN:
            raise UsageError(f"{MOST_OPEN} files are under way already. Let some of them come first.")

    def _open_one(self, upload: Upload) -> Upload:
        """The row as it is now that we are alone; without one, or where its sender is gone, its bytes go too."""
        found = Upload.get_or_none((Upload.id == upload.id) & ((Upload.state != "open") | visits.may_go_on()))
        if found is None or (found.state == "open" and found.expires_at <= now()):
            self._spool.remove(upload.pid)
            raise NotFound
        if found.state != "open":
            raise WrongOffset(found.got)
        return found

    def _go_on(self, upload: Upload, file: Writing) -> None:
        try:
            file.go_on(upload.got)
        except NotFound:  # the disk lost what it said it had: begin anew
            self.drop(upload)
            raise

    def _take(self, upload: Upload, file: Writing, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            room_left = upload.size - file.end
            file.write(piece[:room_left])
            if len(piece) > room_left:
                raise TooLarge(upload.size)
            if file.end - upload.got >= SYNC_BYTES and file.end < upload.size:
                self._record(upload, file)
                room.require_room(self._spool.data, 0)

    def _record(self, upload: Upload, file: Writing) -> None:
        """What came is on the disk: say so; and when it is whole, have it stored."""
        file.sync()
        time = now()
        still = (Upload.id == upload.id) & (Upload.state == "open") & visits.may_go_on()
        if file.end < upload.size:
            with transaction():
                known = Upload.update(got=file.end, expires_at=time + LIFE).where(still).execute()
        else:
            known = self._finish(upload, file.end)
        if not known:
            self._spool.remove(upload.pid)
            raise NotFound
        upload.got = file.end

    def _finish(self, upload: Upload, size: int) -> bool:
        """All is there. Its sender is told so and may forget it: that must outlive a power cut."""
        time = now()
        still = (Upload.id == upload.id) & (Upload.state == "open") & visits.may_go_on()
        values = {"got": size, "size": size, "state": "whole", "received_at": time, "expires_at": time + LIFE}
        with database.durable(), transaction():
            known = Upload.update(**values).where(still).execute()
            if known:
                start(self._jobs, Upload.get_by_id(upload.id))
        return bool(known)

    def _end_here(self, upload: Upload) -> None:
        """It ends where it stands: the size of a part of a form is known at its end only."""
        if upload.got == 0 and upload.is_brought:
            raise UsageError("The file is empty.", field="size")
        with self._spool.writing(upload.pid) as file:
            file.go_on(upload.got)
            if not self._finish(upload, upload.got):
                raise NotFound


def _renewed(target: Target) -> Target:
    """What its guest may bring, now that they begin nothing else: on PostgreSQL two of these wait for each other."""
    if target.renew is None:
        return target
    database.hold(Guest.seen_at, Guest.id == target.guest)
    return target.renew()


def _is_own(viewer: Viewer) -> object:
    """Whose uploads a viewer may know of: a person's own, and those of this very guest."""
    if viewer.kind == "guest" and viewer.guest_id is not None:
        return Upload.guest == viewer.guest_id
    if viewer.kind == "person" and viewer.user_id:
        return Upload.user == viewer.user_id
    raise NotFound


def _mime(text: str) -> str:
    """A MIME type as its sender says it, if it may be one; nothing is ever decided by it."""
    is_one = len(text) <= 100 and text.isascii() and text.isprintable() and "/" in text
    return text.lower() if is_one else ""
