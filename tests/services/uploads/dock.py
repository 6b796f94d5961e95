"""Anna's storages with a dock before them: uploads of hers and of guests, and the job that stores them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from services.clock import DAY, now
from services.errors import JobLost
from services.identifiers import new_pid
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Event, Guest, Item, Job, Storage, Upload
from services.uploads import UPLOAD, Landed, Spool, Storing, Target, Uploads
from services.viewers import Proof, Viewer
from tests.factories import Make
from tests.fakes import claimed
from tests.services.filing.desk import Desk


class Dock:
    """A desk, and what takes files in for it. `told` is what `landed` was told of, by upload."""

    def __init__(self, make: Make, data: Path, base: Path | None = None) -> None:
        self.desk = Desk(make, data, base=base)
        self.make = make
        self.data = data
        self.spool = Spool(data)
        self.uploads = Uploads(self.spool, self.desk.jobs)
        self.told: dict[str, tuple[int, bool]] = {}
        self.storing = self.new_storing()
        self.event = self._event()
        self.guest = self.new_guest()

    def new_storing(self, landed: Landed | None = None) -> Storing:
        return Storing(
            spool=self.spool, hands=self.desk.hands, filing=self.desk.filing,
            pool=cast(DecoderPool, self.desk.pool), store=cast(RenditionStore, self.desk.store),
            landed=landed or self._hear,
        )  # fmt: skip

    def _hear(self, upload: Upload, item: Item, thrown_away: bool) -> None:
        self.told[upload.pid] = (item.id, thrown_away)

    def _event(self) -> Event:
        anna = self.desk.anna
        gathered = self.make.collection(anna, "Wedding", purpose="event")
        return Event.create(
            pid=new_pid(), owner=anna, collection=gathered, name="Wedding", guests="drop", may_download=False,
            storage=self.desk.one, folder="Events/Wedding", created_at=now(),
        )  # fmt: skip

    def new_guest(self) -> Viewer:
        guest = Guest.create(
            pid=new_pid(), event=self.event, secret=new_pid(), created_at=now(), seen_at=now(),
            expires_at=now() + DAY,
        )  # fmt: skip
        return Viewer(
            user_id=0, login="", display="", proof=Proof("guest", guest.id), kind="guest", guest_id=guest.id,
            event_id=self.event.id,
        )  # fmt: skip

    def target(
        self, viewer: Viewer | None = None, *, most: int | None = None, row: Storage | None = None
    ) -> Target:
        """Where this guest's files go; with anna's own viewer, hers."""
        viewer = viewer or self.guest
        if viewer.kind == "guest":
            return Target(None, viewer.guest_id, self.event.id, row or self.desk.one, "Events/Wedding", most)
        return Target(viewer.user_id, None, None, row or self.desk.one, "inbox", most)

    def send(
        self, data: bytes, name: str = "IMG_1.jpg", *, viewer: Viewer | None = None, **more: Any
    ) -> Upload:
        """An upload that came whole, in one piece."""
        upload = self.uploads.begin(self.target(viewer), name, len(data), **more)
        if data:
            self.uploads.append(upload, 0, [data])
        return Upload.get_by_id(upload.id)

    def store(self, upload: Upload, storing: Storing | None = None) -> Upload:
        """Run the job of an upload, as a worker would."""
        job = Job.get((Job.kind == UPLOAD) & Job.finished_at.is_null() & (Job.payload["upload"] == upload.id))
        Job.update(run_after=0).where(Job.id == job.id).execute()
        run = claimed(self.desk.jobs, job)
        try:
            self.desk.jobs.finish(run.job, (storing or self.storing).run(run))
        except JobLost:
            raise
        except Exception as error:
            self.desk.jobs.fail(run.job, str(error), again=True)
            raise
        return Upload.get_by_id(upload.id)

    def files(self, row: Storage | None = None) -> list[str]:
        """Paths of the files that lie in a storage."""
        return sorted(self.desk.walk(row or self.desk.one))

    def close(self) -> None:
        self.desk.journal.close()


def breaking(pieces: Iterable[bytes], error: Exception) -> Iterable[bytes]:
    """These pieces, and then the connection breaks."""
    yield from pieces
    raise error
