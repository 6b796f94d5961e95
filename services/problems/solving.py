"""What can be done about a problem here: try it again, or put a failed job out of sight.

What a storage needs from its owner (a new sign-in, their word that files are gone) is done on its own page.
"""

from collections.abc import Callable
from typing import Any

from services import access
from services.errors import NotFound
from services.health import note_room
from services.jobs import BY_PERSON, Jobs
from services.jobs.kinds import SCAN
from services.models import File, Folder, Job, Storage, counters, transaction
from services.problems.finding import BY_STORAGE, bad_files, bad_folders, count, failed_jobs, goes_on
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.viewers import Viewer


class Problems:
    """Problems are named by their ids; those of others are not found, like those that are over."""

    def __init__(self, jobs: Jobs, adapter: Callable[[Storage], Adapter]) -> None:
        self._jobs = jobs
        self._adapter = adapter

    def count(self, viewer: Viewer) -> int:
        """How many things are wrong for the badge in the navigation."""
        return count(viewer)

    def again(self, viewer: Viewer, problem: str) -> None:
        """Try it again; `files-` and the id of a storage are all its files with something wrong.

        Raises NotFound, and for a storage that was full what it says when it cannot be asked.
        """
        kind, _, pid = problem.partition("-")
        how = {
            "storage": self._storage, "full": self._room, "job": self._job, "folder": self._folder, "file": self._file,
            "files": self._files,
        }.get(kind)  # fmt: skip
        if how is None or not pid:
            raise NotFound
        how(viewer, pid)

    def dismiss(self, viewer: Viewer, problem: str) -> None:
        """Forget a failed job, and those before it that it stands for; raises NotFound."""
        kind, _, pid = problem.partition("-")
        if kind != "job":
            raise NotFound
        _forget(_failed_job(viewer, pid))

    def _storage(self, viewer: Viewer, pid: str) -> None:
        self._scan(access.get_storage(viewer, pid))

    def _room(self, viewer: Viewer, pid: str) -> None:
        """Ask the storage whether there is room now."""
        storage = access.get_storage(viewer, pid)
        quota = self._adapter(storage).about()
        if quota is None or quota.free is None or quota.free > 0:
            note_room(storage, "")

    def _job(self, viewer: Viewer, pid: str) -> None:
        job = _failed_job(viewer, pid)
        if job.kind in BY_STORAGE:
            # not with its payload: the owner's word for what was gone then is no word for what is gone now
            self._scan(job.storage)
        elif job.kind != "transfer" or goes_on(job):
            self._jobs.enqueue(
                job.kind, payload=job.payload, priority=BY_PERSON, dedupe_key=job.dedupe_key, user_id=viewer.user_id,
                storage_id=job.storage_id, node=job.node,
            )  # fmt: skip
        else:
            raise NotFound
        _forget(job)

    def _folder(self, viewer: Viewer, number: str) -> None:
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        folder = bad_folders(viewer).where(Folder.id == wanted).first()
        if folder is None:
            raise NotFound
        self._scan(folder.storage, folder)

    def _file(self, viewer: Viewer, pid: str) -> None:
        file = bad_files(viewer).where(File.pid == pid).first()
        if file is None:
            raise NotFound
        _read_again(File.id == file.id)
        self._scan(file.storage, file.folder)

    def _files(self, viewer: Viewer, pid: str) -> None:
        storage = access.get_storage(viewer, pid)
        bad = (File.storage == storage.id) & (File.problem != "") & (File.presence != "missing")
        _read_again(bad)
        self._scan(storage)

    def _scan(self, storage: Storage, folder: Folder | None = None) -> None:
        """Have a storage scanned, or one folder: what is pending in it is read then."""
        key = f"{SCAN}:{storage.id}" if folder is None else f"{SCAN}:{storage.id}:{folder.id}"
        payload = {} if folder is None else {"folders": [paths.to_json(folder.path)], "deep": True}
        self._jobs.enqueue(
            SCAN, payload=payload, priority=BY_PERSON, dedupe_key=key, user_id=storage.owner_id,
            storage_id=storage.id, node=storage.node,
        )  # fmt: skip


def _failed_job(viewer: Viewer, pid: str) -> Job:
    job: Job | None = failed_jobs(viewer).where(Job.pid == pid).first()
    if job is None:
        raise NotFound
    return job


def _forget(job: Job) -> None:
    same = Job.storage == job.storage_id if job.kind in BY_STORAGE else Job.dedupe_key == job.dedupe_key
    before = (Job.kind == job.kind) & (Job.state == "failed") & (Job.user == job.user_id) & (Job.id < job.id)
    with transaction():
        Job.delete().where((Job.id == job.id) | (before & same)).execute()


def _read_again(wanted: Any) -> None:
    """Let files be read as if they had never been tried."""
    fresh: dict[str, Any] = {"read_state": "pending", "read_attempts": 0, "problem": ""}
    with transaction():
        # what turned out to be no media was listed as some: it is read as what it is
        File.update(**fresh, mime="").where(wanted & File.asset.is_null()).execute()
        File.update(**fresh).where(wanted).execute()
        counters.bump_content()
