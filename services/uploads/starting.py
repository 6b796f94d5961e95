"""Having an upload stored that is whole: the job, and how long after a try the next one comes."""

from services.clock import MINUTE
from services.jobs import Jobs, Run
from services.models import Upload

UPLOAD = "upload"
PRIORITY = 20
"""Before scans and their reading: somebody may be looking."""

LONGEST_MINUTES = 30


def start(jobs: Jobs, upload: Upload, *, delay_s: float = 0, after: Run | None = None) -> None:
    """Enqueue the job; joins one that waits for the same. `after` is the job that this one follows."""
    key = f"{UPLOAD}:{upload.id}"
    if after is not None and after.job.dedupe_key == key:
        key += ":more"  # that very job has the key until it ends
    jobs.enqueue(
        UPLOAD, payload={"upload": upload.id}, priority=PRIORITY, dedupe_key=key, delay_s=delay_s,
        user_id=upload.storage.owner_id, storage_id=upload.storage_id, node=upload.node,
    )  # fmt: skip


def pause(tries: int) -> int:
    """Microseconds until the next try after so many: 1, 2, 4 ... 30 minutes."""
    return int(min(LONGEST_MINUTES, 2 ** min(tries - 1, 10))) * MINUTE
