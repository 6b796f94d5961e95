"""What is asked of the household at work after each step: that everybody sees what the oracle says."""

from hypothesis.stateful import initialize, invariant, rule

from services import access, screens, sharing
from services.models import Asset, Event, File, Item, Screen
from services.sharing import LinkEnded
from services.viewers import Viewer
from tests.rights.oracle import Thing, Tv, Visitor
from tests.rights.people import NUMBER, People
from tests.rights.surfaces import (
    AT_MOST,
    BY_PLACE,
    BY_QUERY,
    GUEST_PROBES,
    MOUNTED,
    PROBES,
    SCREEN_PROBES,
    SERVICES,
    feasts_with,
    files_in,
    inboxes_with,
    tag_of,
    waits_with,
)


class Checks(People):
    """The surfaces of one person for one item, and what holds after every step for all of them."""

    @initialize()
    def begin(self) -> None:
        self.ask(0, 0)

    @rule(person=NUMBER, thing=NUMBER)
    def ask(self, person: int, thing: int) -> None:
        """Every surface, for one person and one item."""
        self._ask(self.pick(person, self.ids), self.pick(thing, list(self.home.things.values())))

    def _ask(self, who: int, thing: Thing) -> None:
        home = self.home
        viewer, item = self.viewer(who), Item.get_by_id(thing.id)
        expected = {
            "list": home.lists(who, thing),
            "look": home.looks(who, thing),
            "read": home.reads(who, thing),
            "fetch": home.fetches(who, thing),
        }
        outside = expected
        for name, (gives, probe) in PROBES.items():
            if not home.people[who].active and not name.startswith(
                ("page", "API", "plain", "month", "broker")
            ):
                continue  # a service is asked by whoever proved who they are
            found = probe(self.asking, viewer, item)
            assert found == outside[gives], (name, home.people[who].login, item.name)
        if home.people[who].active:
            for name, (gives, probe) in AT_MOST.items():
                found = probe(self.asking, viewer, item)
                assert outside[gives] or not found, (name, viewer.login, item.name)
                if thing.owner == who and name in BY_QUERY:
                    kept_out = BY_QUERY[name] and home.waits_at_the_door(thing)
                    assert found != kept_out, (name, viewer.login, item.name)
            place = BY_PLACE
            for name in ("collections", "API: collections", "page of a collection", "page of collections"):
                assert place[name](self.asking, viewer, item) == home.gathers(who, thing), (
                    name,
                    viewer.login,
                )
            assert feasts_with(viewer, item) == home.feasts_with(who, thing), viewer.login
            assert waits_with(self.asking, viewer, item) == home.waits_for(who, thing), viewer.login
            assert inboxes_with(self.asking, viewer, item) == home.brought_to(who, thing), viewer.login
            assert place["drive: shared"](self.asking, viewer, item) == home.mounts(who, thing)
            own = thing.owner == who and not home.storages[thing.storage].removed
            assert place["drive: library"](self.asking, viewer, item) == own
            assert place["drive: storages"](self.asking, viewer, item) == own

    @rule(visitor=NUMBER, thing=NUMBER)
    def ask_as_stranger(self, visitor: int, thing: int) -> None:
        """Every surface that a guest or a screen has, for one item."""
        who = self.pick(visitor, self._strangers())
        if who is not None:
            self._ask_as_stranger(who, self.pick(thing, list(self.home.things.values())))

    def _ask_as_stranger(self, who: Visitor | Tv, thing: Thing) -> None:
        home, item, viewer = self.home, Item.get_by_id(thing.id), self.stranger(who)
        assert (viewer is not None) == home.present(who)
        gives = {
            "list": home.lists(who, thing),
            "look": home.looks(who, thing),
            "read": home.reads(who, thing),
            "fetch": home.fetches(who, thing),
        }
        if viewer is not None:
            for name in SERVICES:
                what, probe = PROBES[name]
                assert probe(self.asking, viewer, item) == gives[what], (name, who, item.name)
        if isinstance(who, Visitor):
            for name, (what, ask) in GUEST_PROBES.items():
                assert ask(self.asking, who.pid, who.secret, item) == gives[what], (name, who, item.name)
        elif who.let_in or not home.is_screen(who):  # it is another machine of this screen that asks here
            gives["play"] = gives["read"] and not thing.photo
            for name, (shows, show) in SCREEN_PROBES.items():
                assert show(self.asking, who.id, item) == gives[shows], (name, who, item.name)

    def _strangers(self) -> list[Visitor | Tv]:
        return [*self.home.visitors, *self.home.screens]

    def stranger(self, who: Visitor | Tv) -> Viewer | None:
        """The viewer of a guest or a screen; None when they are not let in any more."""
        if isinstance(who, Tv):
            return screens.identify(who.address).viewer
        try:
            return sharing.visit(who.pid, who.secret).viewer
        except LinkEnded:
            return None

    @invariant()
    def strangers_see_what_was_given_to_them(self) -> None:
        files = {f.id: self.home.things[f.asset.item_id] for f in File.select(File, Asset).join(Asset)}
        for who in self._strangers():
            viewer = self.stranger(who)
            assert (viewer is not None) == self.home.present(who), who
            if viewer is None:
                continue
            expected = {t.id for t in self.home.things.values() if self.home.lists(who, t)}
            assert {i.id for i in access.visible_items(viewer)} == expected, who
            for file, thing in files.items():
                assert access.may_read(viewer, file) == self.home.reads(who, thing), (who, thing.pid)

    @invariant()
    def everybody_sees_what_is_theirs(self) -> None:
        self.home.hand_on()
        for who, person in self.home.people.items():
            if not person.active:
                continue
            viewer = self.viewer(who)
            expected = {t.id for t in self.home.things.values() if self.home.lists(who, t)}
            assert {i.id for i in access.visible_items(viewer)} == expected, person.login
            files = {f.id: f for f in File.select()}
            for file in files.values():
                may = access.may_read(viewer, file.id)
                if file.id in self.home.copies:
                    assert may == (self.home.copies[file.id] == who), (person.login, file.name)
                    continue
                thing = self.home.things[file.asset.item_id]
                assert may == self.home.reads(who, thing), (person.login, file.name)

    @invariant()
    def an_owner_is_told_who_sees_an_item(self) -> None:
        """Of one item after the other: nobody is missing, and nobody is named who sees nothing."""
        home, thing = self.home, list(self.home.things.values())[self.turn % len(self.home.things)]
        if not home.people[thing.owner].active:
            return
        strangers: list[tuple[str, Visitor | Tv]] = [
            ("a link", Visitor(0, "", "", None, h.promise))
            for h in home.havings if h.promise.kind == "link" and not h.ended
        ]  # fmt: skip
        strangers += [
            (Event.get_by_id(feast.id).name, Visitor(0, "", "", feast.id, None))
            for feast in home.feasts.values()
        ]
        strangers += [(Screen.get_by_id(tv.id).name, tv) for tv in home.screens if home.is_screen(tv)]
        expected = {name for name, who in strangers if list(home.ways(who, thing, waiting=True))}
        expected |= {
            person.login
            for who, person in home.people.items()
            if who != thing.owner and home.looks(who, thing)
        }
        seen = sharing.audience(self.viewer(thing.owner), thing.pid)
        named = {w.login or w.event or w.screen or ("a link" if w.link else "") for w in seen}
        assert named == expected, thing.pid

    @invariant()
    def an_owner_is_told_what_others_pass_on(self) -> None:
        """Of one person after the other: by which of their grants, and by which of somebody else's."""
        who = self.ids[self.turn % len(self.ids)]
        if self.home.people[who].active:
            told = {
                (line.grant.pid, each.grant)
                for line in sharing.ledger(self.viewer(who))
                for each in line.passed
            }
            assert told == self.home.passed_on(who), self.home.people[who].login

    @invariant()
    def what_is_kept_is_what_is_theirs(self) -> None:
        """Of one person after the other."""
        self.turn += 1
        self._ask_what_is_kept(self.ids[self.turn % len(self.ids)])

    def _ask_what_is_kept(self, who: int) -> None:
        """The drive's folders and the counts of days are kept, and what ended must not be."""
        if not self.home.people[who].active:
            return
        viewer, things = self.viewer(who), self.home.things.values()
        shown = {file.etag for top in MOUNTED for file in files_in(self.asking.tree, viewer, top)}
        for thing in things:
            is_there = tag_of(Item.get_by_id(thing.id)) in shown
            assert is_there == self.home.mounts(who, thing), (viewer.login, thing.pid)
        counted = sum(count for _, count, _ in access.visible_days(viewer))
        assert counted == sum(self.home.lists(who, thing) for thing in things), viewer.login
