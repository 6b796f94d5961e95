"""Taking a RAW and its picture apart, and putting them together again, by their owner's word.

What was taken apart is marked at its asset, which outlives moves and rescans of the file; grouping leaves
it alone from then on. No file is touched.
"""

from peewee import ModelSelect

from services import access
from services.catalogue.labelling import refresh_tokens
from services.catalogue.recording import fill_item, refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.errors import NotFound, UsageError
from services.identifiers import new_pid
from services.matching import carry, put
from services.models import Arrival, Asset, File, Item, ItemLabel, Storage, counters, transaction
from services.models.items import UNDATED
from services.scanning import grouping
from services.viewers import Viewer

_COPIED = ("favourite", "withdrawn_at", "source", "contributed_by_id", "taken_back_at")
"""What holds of both halves: above all, that the owner withdrew what was one item."""


def take_apart(viewer: Viewer, pid: str) -> list[Item]:
    """Make each RAW of the viewer's own item an item of its own; return these.

    Raises NotFound, and UsageError for an item without a RAW beside its picture.
    """
    with transaction():
        item = _own(viewer, pid)
        raws = list(Asset.select().where((Asset.item == item.id) & (Asset.role == "raw")).order_by(Asset.id))
        if not raws:
            raise UsageError("There is no RAW here beside a picture.")
        made = [_part(item, raw).id for raw in raws]
        fill_item(item, Asset.get_by_id(item.cover_id), item.name)
        _settle(item.owner_id, [item.id, *made], {(item.owner_id, item.day)})
    _regroup([raw.id for raw in raws])
    with transaction():  # a sidecar may have gone with its own half
        recount(refresh_presence([item.id, *made]))
    return list(Item.select().where(Item.id.in_(made)).order_by(Item.id))


def put_together(viewer: Viewer, pid: str) -> Item:
    """Let a RAW that was taken apart join its picture again; return the item that has both.

    Where the picture is not there any more, the RAW stays as it is until it is. Raises NotFound, and
    UsageError for what was not taken apart.
    """
    with transaction():
        item = _own(viewer, pid)
        parted = [a.id for a in _parted(item)]
        if not parted:
            raise UsageError("This was not taken apart.")
        Asset.update(apart=False).where(Asset.id.in_(parted)).execute()
    _regroup(parted)
    return access.get_item(viewer, pid)


def is_parted(item: Item) -> bool:
    """Whether this is a RAW that was taken apart from its picture."""
    return _parted(item).exists()


def _parted(item: Item) -> ModelSelect:
    return Asset.select().where((Asset.item == item.id) & Asset.apart)


def _own(viewer: Viewer, pid: str) -> Item:
    """The viewer's own item, its row taken: two clicks at once come one after the other."""
    item = access.get_item(viewer, pid)
    if item.owner_id != viewer.user_id:
        raise NotFound
    Item.update(changed_at=now()).where(Item.id == item.id).execute()
    return access.get_item(viewer, pid)


def _part(item: Item, raw: Asset) -> Item:
    """A new item for one RAW, with all that its owner had set on the pair."""
    file = File.select().where(File.asset == raw.id).order_by(File.presence == "missing", File.id).first()
    by_hand = item.extra.get("by_hand", [])
    kept = {column: getattr(item, column) for column in (*_COPIED, *by_hand)}
    made = Item.create(
        pid=new_pid(), owner=item.owner_id, type="photo", name=item.name if file is None else file.name,
        mime=raw.mime, size=raw.size, sort_at=UNDATED, day=0, extra={"by_hand": by_hand}, created_at=now(),
        changed_at=now(), **kept,
    )  # fmt: skip
    Asset.update(item=made.id, role="original", apart=True).where(Asset.id == raw.id).execute()
    for label in ItemLabel.select().where((ItemLabel.item == item.id) & (ItemLabel.source == "hand")):
        ItemLabel.insert(
            item=made.id, label=label.label_id, source="hand", author=label.author_id, created_at=now()
        ).execute()
    carry(made.id, item.id)
    _arrive(made, item)
    fill_item(made, Asset.get_by_id(raw.id), made.name)
    return made


def _arrive(made: Item, item: Item) -> None:
    """What a guest dropped as one is at the event in both halves, as it was decided about the pair."""
    here = (Arrival.item == item.id) & (Arrival.guest == item.contributed_by_id)
    for row in Arrival.select().where(here):
        put(row.grant.collection, made.id)
        Arrival.insert({**row.__data__, "item": made.id}).execute()


def _settle(owner: int, items: list[int], days: set[tuple[int, int]]) -> None:
    """Bring everything that is derived from these items up to date."""
    days |= refresh_presence(items)
    days |= {(owner, day) for (day,) in Item.select(Item.day).where(Item.id.in_(items)).tuples()}
    refresh_tokens(items)
    recount(days)
    counters.bump_policy()  # bytes that were of one item are of another now
    counters.bump_content()


def _regroup(assets: list[int]) -> None:
    """Look again at what belongs together where these lie: a sidecar goes with its own half."""
    rows = File.select(File.storage_id, File.folder_id).where(File.asset.in_(assets)).distinct().tuples()
    folders: dict[int, set[int]] = {}
    for storage, folder in rows:
        folders.setdefault(storage, set()).add(folder)
    for storage in Storage.select().where(Storage.id.in_(list(folders))):
        grouping.group(storage, folders[storage.id])
