"""Labels and the words an item is found by: both follow every change of what they are made from."""

from collections.abc import Iterable, Sequence

from services.catalogue.search import item_tokens
from services.models import Asset, Item, ItemLabel, Label
from services.names import fold


def label_ids(names: Iterable[str]) -> dict[str, int]:
    """The ids of labels by folded name, made where they are new; call inside a transaction."""
    wanted = {fold(n): n for n in names if fold(n).strip()}
    for folded, name in wanted.items():
        Label.insert(name=name, name_fold=folded).on_conflict_ignore().execute()
    return dict(Label.select(Label.name_fold, Label.id).where(Label.name_fold.in_(list(wanted))).tuples())


def people_of(ids: Sequence[int]) -> dict[int, list[str]]:
    """The names at the faces in these items' files, for their owners alone."""
    found: dict[int, dict[str, None]] = {}
    rows = Asset.select(Asset.item_id, Asset.meta).where(Asset.item.in_(ids)).order_by(Asset.id)
    for item, meta in rows.tuples():
        found.setdefault(item, {}).update(dict.fromkeys(meta.get("people", ())))
    return {item: list(names) for item, names in found.items()}


def refresh_tokens(ids: Sequence[int]) -> None:
    """Make the search words of these items anew; call inside the transaction that changed them."""
    words: dict[int, list[str]] = {}
    own: dict[int, dict[int, list[str]]] = {}  # what others than the owner call it: for their searches alone
    labelled = (
        ItemLabel.select(ItemLabel.item_id, Label.name, ItemLabel.author_id, Item.owner_id)
        .join(Label)
        .switch(ItemLabel)
        .join(Item)
        .where(ItemLabel.item.in_(ids))
    )
    for item, name, author, owner in labelled.tuples():
        if author is None or author == owner:
            words.setdefault(item, []).append(name)
        else:
            own.setdefault(item, {}).setdefault(author, []).append(name)
    people = people_of(ids)
    columns = (
        Item.id,
        Item.owner_id,
        Item.name,
        Item.title,
        Item.description,
        Item.make,
        Item.model,
        Item.lens,
    )
    for row in Item.select(*columns, Item.day, Item.tokens).where(Item.id.in_(ids)).tuples():
        item, owner, *texts, day, before = row
        private = own.get(item, {}) | {owner: people.get(item, [])}
        after = item_tokens([*texts, *words.get(item, ())], day, private=private)
        if after != before:
            Item.update(tokens=after).where(Item.id == item).execute()
