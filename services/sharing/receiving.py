"""What others share with a viewer, as the viewer is told of it: by whom, with which rights, until when."""

from dataclasses import dataclass

from services import access
from services.accounts.acting import require_current
from services.errors import NotFound
from services.models import Collection, Grant, Group, Share, counters, transaction
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Received:
    """One right of the viewer's by the grant of somebody else. `group` is by which group they have it."""

    grant: Grant
    share: Share
    collection: Collection
    owner: str
    owner_display: str
    group: str | None


def received(viewer: Viewer) -> list[Received]:
    """What is shared with this person now, newest first. What has come with events is not among it."""
    mine = access.live_grants(viewer).where(Grant.user == viewer.user_id).order_by(Grant.id.desc())
    groups = dict(Group.select(Group.id, Group.name).tuples())
    return [
        Received(
            grant, grant.share, grant.collection, grant.collection.owner.login, grant.collection.owner.display,
            groups.get(grant.share.group_id),
        )
        for grant in mine
        if grant.collection.deleted_at is None
    ]  # fmt: skip


def show_on_timeline(viewer: Viewer, pid: str, shown: bool) -> Received:
    """Have what one grant brings among the viewer's own pictures on the timeline, or not. Raises NotFound."""
    with transaction():
        require_current(viewer)
        grant = access.live_grants(viewer).where((Grant.user == viewer.user_id) & (Grant.pid == pid)).first()
        if grant is None:
            raise NotFound
        Grant.update(on_timeline=shown).where(Grant.id == grant.id).execute()
        counters.bump_content()
    return next(each for each in received(viewer) if each.grant.pid == pid)
