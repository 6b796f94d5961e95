"""Dynamic collections in the household at work: labels come and go, and what a query finds goes out by itself or waits.

Their owners rule on single items, change what is asked for, and are asked themselves. What counts is what an item's
owner set by hand: a word that somebody else puts to it, or that a program wrote into its file, shares nothing.
"""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from services import collections
from services.catalogue import edit, recording
from services.catalogue.labelling import label_ids, refresh_tokens
from services.collections import Draft
from services.errors import NotFound
from services.matching import rematch
from services.models import Item, counters, transaction
from tests.rights.decisions import Decisions
from tests.rights.oracle import Album, Query, Thing
from tests.rights.people import NUMBER
from tests.rights.shares import Shares
from tests.rights.surfaces import label_of

FAMILY, PRIVATE = "family", "private"
SUMMER = (20260701, 20260704)
QUERIES = (
    Query(FAMILY),
    Query(FAMILY, PRIVATE),
    Query(days=SUMMER),
    Query(FAMILY, days=SUMMER),
    Query(without=PRIVATE, days=SUMMER),
)
AT_FIRST = (0, 1)
"""What the first of the people collect by, each another one; the one of the first asks them."""
ELSE = st.sampled_from(
    ["", "", "of everybody", "of another", "in a collection", "of everybody in a collection"]
)
"""What a query asks for besides."""
MOST = 5
RULES = ("never", "never", "always", "")
THEN = (
    "approve", "approve", "reject", "never", "never", "take back", "private", "in the file", "of another", "ask for it",
)  # fmt: skip
BY_WAY = ("nothing", "take back", "never", "never there", "another query", "delete")
"""What becomes of what a collection finds by way of another one, which has a query itself."""
PASSED = ("nothing", "revoke", "keep to oneself", "take back", "an hour passes")
"""What becomes of what somebody else's collection finds."""


class Queries(Shares, Decisions):
    """What a query finds, and what is said to it."""

    def __init__(self) -> None:
        super().__init__()
        with transaction():
            label_ids([FAMILY, PRIVATE])
        for who, number in zip(self.ids, AT_FIRST, strict=False):
            self._collect_by(who, QUERIES[number], asks=number == 0, trusts=False)
        everybody = replace(QUERIES[0], owners=frozenset(self.ids))
        self._collect_by(self.ids[1], everybody, asks=False, trusts=False)

    def _meant(self, query: Query, owner: int, besides: str, number: int, of: Album | None = None) -> Query:
        """The query with what it asks for besides, as that person can ask it: nothing that asks for itself."""
        others = [who for who in self.ids if who != owner]
        lists = [a for a in self._own_albums() if a.owner == owner and a.purpose == "own"]
        lists = [a for a in lists if of is None or not self.home.asks_for(a, of.id)]
        if number % 2:  # else mostly those whose items were chosen, of which there are more
            lists = [a for a in lists if a.query is not None] or lists
        if besides.startswith("of everybody"):
            query = replace(query, owners=frozenset(self.ids))
        elif besides == "of another":
            query = replace(query, owners=frozenset({self.pick(number, others)}))
        if besides.endswith("in a collection") and lists:
            query = replace(query, album=self.pick(number, lists).id)
        return query

    def _collect_by(self, owner: int, query: Query, *, asks: bool, trusts: bool) -> None:
        more = {"approval": "owner" if asks else "none", "trusted": ["file"] if trusts else []}
        draft = Draft(f"Album {len(self.home.albums)}", text_of(query))
        made = collections.create(self.viewer(owner), draft, more)
        album = Album(made.id, made.pid, owner, False, query=query, asks_out=asks, trusts=trusts)
        self.home.albums[made.id] = album
        self.home.look_for(album)

    def _found(self) -> list[Album]:
        return [album for album in self._own_albums() if album.query is not None]

    @rule(
        actor=NUMBER, query=st.sampled_from(QUERIES), besides=ELSE, asks=st.booleans(), trusts=st.booleans()
    )
    def collect_by(self, actor: int, query: Query, asks: bool, trusts: bool, besides: str = "") -> None:
        if len(self._found()) < MOST:
            owner = self.active(actor)
            self._collect_by(owner, self._meant(query, owner, besides, actor // 8), asks=asks, trusts=trusts)

    @rule(
        album=NUMBER, query=st.sampled_from((None, *QUERIES)), besides=ELSE, asks=st.sampled_from([None, True, False]),
        trusts=st.sampled_from([None, True, False]),
    )  # fmt: skip
    def ask_otherwise(
        self, album: int, query: Query | None, asks: bool | None, trusts: bool | None, besides: str = ""
    ) -> None:
        """What holds back from now on concerns what comes from now on; what a query finds no more is out at once."""
        chosen, changes = self.pick(album, self._found()), dict[str, Any]()
        if chosen is None:
            return
        if query is not None:
            query = self._meant(query, chosen.owner, besides, album // 8, chosen)
            changes["query"], chosen.query = text_of(query), query
        if asks is not None:
            changes["approval"], chosen.asks_out = "owner" if asks else "none", asks
        if trusts is not None:
            changes["trusted"], chosen.trusts = ["file"] if trusts else [], trusts
        collections.edit(self.viewer(chosen.owner), chosen.pid, changes)
        self.home.look_for(chosen)
        self._require_arrived()

    @rule(person=NUMBER, thing=NUMBER, word=st.sampled_from([FAMILY, FAMILY, PRIVATE]))
    def label(self, person: int, thing: int, word: str) -> None:
        """Somebody sets a label by hand, or takes it back: mostly of theirs, else for themselves alone."""
        item = self.pick(thing, list(self.home.things.values()))
        who = item.owner if self.home.people[item.owner].active and person % 4 else self.active(person)
        self._label(who, item, word, on=(word, who) not in item.labels)

    def _label(self, who: int, thing: Thing, word: str, *, on: bool) -> None:
        words = {each for each, author in thing.labels if author == who} - {word} | ({word} if on else set())
        known = [label_of(Item.get_by_id(thing.id))] if thing.owner == who else []
        try:
            edit(self.viewer(who), thing.pid, {"labels": [*known, *sorted(words)]})
        except NotFound:
            assert not self.home.looks(who, thing)
            return
        assert self.home.looks(who, thing)
        thing.labels -= {(word, who)}
        thing.labels |= {(each, who) for each in words}
        self.home.look_for_all()
        self._require_arrived()

    @rule(thing=NUMBER, words=st.sets(st.sampled_from([FAMILY, PRIVATE])))
    def read_again(self, thing: int, words: set[str]) -> None:
        """A file is read again, into which some program wrote these words."""
        self._read_again(self.pick(thing, list(self.home.things.values())), words)

    def _read_again(self, thing: Thing, words: set[str]) -> None:
        with transaction():
            recording._set_file_labels(thing.id, sorted(words))
            refresh_tokens([thing.id])
            rematch([thing.id])
            counters.bump_content()
        thing.labels = {(word, author) for word, author in thing.labels if author is not None}
        thing.labels |= {(word, None) for word in words}
        self.home.look_for_all()
        self._require_arrived()

    @rule(album=NUMBER, thing=NUMBER, how=st.sampled_from(RULES))
    def rule_on(self, album: int, thing: int, how: Any) -> None:
        chosen = self.pick(album, self._found())
        if chosen is None:
            return
        item = self.pick(
            thing, [t for t in self.home.things.values() if thing % 3 or t.owner == chosen.owner]
        )
        self._rule_on(chosen, item, how)

    def _rule_on(self, album: Album, thing: Thing, how: Any) -> None:
        try:
            collections.decide_rule(self.viewer(album.owner), album.pid, thing.pid, how)
        except NotFound:
            assert not self.home.looks(album.owner, thing)
        else:
            assert self.home.looks(album.owner, thing)
            self.home.rule_on(album, thing, how)
            self._require_arrived()

    @rule(album=NUMBER, thing=NUMBER, to=NUMBER, then=st.sampled_from(THEN))
    def match(self, album: int, thing: int, to: int, then: Any) -> None:
        """A collection that somebody sees begins to find an item, and then: chance alone hardly ever does all of it."""
        chosen = self.pick(album, [a for a in self._found() if a.query is not None and a.query.label])
        if chosen is None or chosen.query is None:
            return
        if not any(self.home.lives(h) for h in self.home.havings if h.promise.album == chosen.id):
            self.offer(self._own_albums().index(chosen), to, "user", {"download"}, True, None)
        owner, word = chosen.owner, chosen.query.label
        item = self.pick(thing, [t for t in self.home.things.values() if t.owner == owner])
        if then == "never":
            self._rule_on(chosen, item, "never")
        if then == "in the file":
            self._read_again(item, {word})
        elif then == "of another":
            self._label(self.active(to), item, word, on=True)
        else:
            self._label(owner, item, word, on=True)
        self._require_arrived()
        self.everybody_sees_what_is_theirs()
        if then in {"approve", "reject"} and self._asked_about(chosen, item):
            self._decide_out(owner, (chosen.id, item.id), then)
        elif then == "ask for it":
            self._label(owner, item, word, on=False)
            self.ask_otherwise(self._found().index(chosen), None, True, None)
            self._label(owner, item, word, on=True)  # it comes back, and its owner wants to be asked now
        elif then in {"take back", "private"}:
            self._label(owner, item, word if then == "take back" else PRIVATE, on=then == "private")

    @rule(album=NUMBER, thing=NUMBER, to=NUMBER, then=st.sampled_from(BY_WAY))
    def match_by_way(self, album: int, thing: int, to: int, then: str) -> None:
        """A collection that somebody sees asks for another one, which begins to find an item; and then it ends."""
        first = self.pick(
            album, [a for a in self._found() if a.query and a.query.label and a.purpose == "own"]
        )
        if first is None or first.query is None:
            return
        owner, word = first.owner, first.query.label
        by_way = [a for a in self._found() if a.query and a.query.album == first.id]
        if not by_way:
            self._collect_by(owner, Query(album=first.id), asks=bool(thing % 2), trusts=False)
        second = (by_way or self._own_albums()[-1:])[0]
        self.offer(self._own_albums().index(second), to, "user", {"download"}, True, None)
        item = self.pick(thing, [t for t in self.home.things.values() if t.owner == owner])
        self._label(owner, item, word, on=True)
        self.everybody_sees_what_is_theirs()
        if then == "take back":
            self._label(owner, item, word, on=False)
        elif then in {"never", "never there"}:
            self._rule_on(first if then == "never" else second, item, "never")
        elif then == "another query":
            self.ask_otherwise(self._found().index(first), Query(PRIVATE), None, None)
        elif then == "delete" and first.purpose == "own":
            self.delete(4 * self._own_albums().index(first))

    @rule(album=NUMBER, giver=NUMBER, then=st.sampled_from(PASSED))
    def match_of_another(self, album: int, giver: int, then: str) -> None:
        """A collection finds what somebody lets its owner pass on, a third one sees it, and then it ends."""
        chosen = self.pick(album, [a for a in self._found() if a.query and a.query.label and a.query.owners])
        people = [p.id for p in self.home.people.values() if chosen and p.active and p.id != chosen.owner]
        if chosen is None or chosen.query is None or len(people) < 2:
            return
        who, third = people[giver % len(people)], people[(giver + 1) % len(people)]
        word, named = chosen.query.label, chosen.query.owners
        given = next(
            (a for a in self._own_albums() if a.owner == who and a.purpose == "own" and not a.query), None
        )
        things = [
            t for t in self.home.things.values() if given and t.owner == who in named and t.id in given.items
        ]
        if given is None or not things:
            return
        self._offer(self._own_albums().index(chosen), self.ids.index(third), "user", {"download"}, True, None)
        hours = 1 if then == "an hour passes" else None
        number = self._own_albums().index(given)
        self._offer(number, self.ids.index(chosen.owner), "user", {"download", "reshare"}, True, hours)
        thing = things[giver % len(things)]
        self._label(who, thing, word, on=True)
        self._require_arrived()
        self.everybody_sees_what_is_theirs()
        right = [h for h in self._open() if h.promise.album == given.id and h.user == chosen.owner]
        if then == "an hour passes":
            self.time_passes(61)
        elif then == "take back":
            self._label(who, thing, word, on=False)
        elif right and then == "revoke":
            self.revoke_one(self._open().index(right[0]))
        elif right and then == "keep to oneself":
            open_ = [p for p in self.home.promises if not p.ended and self.home.people[p.owner].active]
            self.change(open_.index(right[0].promise), {"download"}, True, hours)

    def _asked_about(self, album: Album, thing: Thing) -> bool:
        member = self.home.members.get((album.id, thing.id))
        return member is not None and member.said != "none"


def text_of(query: Query) -> str:
    """A query as its owner writes it; labels by their numbers, for nobody may have set one yet."""
    known = label_ids([FAMILY, PRIVATE])
    parts = [f"label:#{known[query.label]}"] if query.label else []
    parts += [f"-label:#{known[query.without]}"] if query.without else []
    if query.days is not None:
        first, last = (f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}" for day in query.days)
        parts.append(f"taken:{first}..{last}")
    if query.owners:
        parts.append("owner:" + "|".join(f"#{who}" for who in sorted(query.owners)))
    parts += [] if query.album is None else [f"collection:#{query.album}"]
    return " ".join(parts)
