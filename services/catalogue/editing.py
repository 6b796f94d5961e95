"""What is changed by hand: labels, rating, favourite, title, description. Files stay as they are.

An owner changes the item. Whoever sees an item of somebody else has an overlay of their own upon it: labels,
rating, favourite, and whether it is hidden; its owner's data stay as they are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services import access
from services.catalogue.labelling import label_ids, refresh_tokens
from services.clock import now
from services.errors import AccessDenied, UsageError
from services.matching import rematch
from services.models import Item, ItemLabel, Overlay, counters, transaction
from services.names import shown
from services.viewers import Viewer

MAX_LABELS = 100
MAX_TEXT = 10_000


def edit(viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Item:
    """Apply `changes` (favourite, rating, hidden, title, description, labels) to an item the viewer sees.

    `labels` is the whole list of labels that this viewer set by hand; title and description are the owner's
    alone. Raises NotFound, AccessDenied, or UsageError naming the field.
    """
    item = access.get_item(viewer, pid)
    values = {name: _checked(name, value) for name, value in changes.items()}
    labels = values.pop("labels", None)
    if viewer.kind != "person":
        raise AccessDenied("Only people of the household mark pictures.")
    if item.owner_id != viewer.user_id:
        return _edit_overlay(viewer, item, values, labels)
    hidden = values.pop("hidden", None)
    with transaction():
        # the row is taken first: of two edits at once neither forgets what the other set by hand
        Item.update(changed_at=now()).where(Item.id == item.id).execute()
        item = access.get_item(viewer, pid)
        if values:
            by_hand = sorted({*item.extra.get("by_hand", ()), *values} - {"favourite"})
            extra = item.extra | {"by_hand": by_hand}  # a later reading of the file leaves these alone
            Item.update(**values, extra=extra, changed_at=now()).where(Item.id == item.id).execute()
        if hidden is not None:
            _set_overlay(viewer, item, {"hidden": hidden})
        if labels is not None:
            _set_labels(viewer, item.id, labels)
        refresh_tokens([item.id])
        rematch([item.id])
        counters.bump_content()
    return access.get_item(viewer, pid)


def _edit_overlay(viewer: Viewer, item: Item, values: Mapping[str, Any], labels: Any) -> Item:
    if theirs := sorted({"title", "description"} & values.keys()):
        raise AccessDenied(f"The {' and the '.join(theirs)} are for the owner of the picture to change.")
    with transaction():
        access.rights(viewer, item)  # still: a right that ended meanwhile leaves no mark
        if values:
            _set_overlay(viewer, item, values)
        if labels is not None:
            _set_labels(viewer, item.id, labels)
            refresh_tokens([item.id])
        rematch([item.id])
        counters.bump_content()
    return access.get_item(viewer, item.pid)


def _set_overlay(viewer: Viewer, item: Item, values: Mapping[str, Any]) -> None:
    mine = (Overlay.user == viewer.user_id) & (Overlay.item == item.id)
    Overlay.insert(user=viewer.user_id, item=item.id).on_conflict_ignore().execute()
    Overlay.update(**values).where(mine).execute()


def _checked(name: str, value: Any) -> Any:
    if name in {"favourite", "hidden"} and isinstance(value, bool):
        return value
    if name == "rating" and (value is None or (type(value) is int and 0 <= value <= 5)):
        return value
    if name in {"title", "description"} and (
        value is None or (isinstance(value, str) and len(value) <= MAX_TEXT)
    ):
        return value.replace("\x00", "").strip() or None if value else None
    if (
        name == "labels"
        and isinstance(value, list)
        and len(value) <= MAX_LABELS
        and all(map(_is_label, value))
    ):
        return [shown(v.strip()) for v in value]
    raise UsageError(
        f"“{name}” cannot be set to this value: {_FIELDS.get(name, 'there is no such field')}.", field=name
    )


_FIELDS = {
    "favourite": "true or false",
    "hidden": "true or false",
    "rating": "0 to 5, or null",
    "title": f"a text of at most {MAX_TEXT} characters",
    "description": f"a text of at most {MAX_TEXT} characters",
    "labels": f"a list of at most {MAX_LABELS} words of at most 100 characters",
}


def _is_label(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 100


def _set_labels(viewer: Viewer, item: int, names: Iterable[str]) -> None:
    ItemLabel.delete().where(
        (ItemLabel.item == item) & (ItemLabel.source == "hand") & (ItemLabel.author == viewer.user_id)
    ).execute()
    for label in label_ids(names).values():
        ItemLabel.insert(
            item=item, label=label, source="hand", author=viewer.user_id, created_at=now()
        ).execute()
