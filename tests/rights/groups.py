"""Groups of the household at work: a share with one is a share with who is in it."""

from hypothesis.stateful import precondition, rule

from services.sharing import groups
from tests.rights.people import NUMBER
from tests.rights.shares import Shares


class Groups(Shares):
    """Groups, and who joins and leaves them."""

    @rule(actor=NUMBER)
    def make_group(self, actor: int) -> None:
        if len(self.home.groups) < 2:
            who = self.adult(actor)
            self.made += 1
            made = groups.make_group(self.viewer(who), f"Group {self.made}")
            self.home.groups[made.pid] = {who}

    @precondition(lambda self: self.home.groups)
    @rule(group=NUMBER, actor=NUMBER, person=NUMBER)
    def join(self, group: int, actor: int, person: int) -> None:
        pid = self.pick(group, list(self.home.groups))
        member = self.pick(actor, self._members(pid))
        who = self.active(person)
        if member is None:
            return
        groups.join_group(self.viewer(member), pid, self.home.people[who].login)
        if who in self.home.groups[pid]:
            return
        self.home.groups[pid].add(who)
        for promise in self.home.promises:
            if promise.group == pid and not promise.ended:
                self._grants_of(promise, who)

    @precondition(lambda self: self.home.groups)
    @rule(group=NUMBER, actor=NUMBER, person=NUMBER)
    def leave_group(self, group: int, actor: int, person: int) -> None:
        pid = self.pick(group, list(self.home.groups))
        member = self.pick(actor, self._members(pid))
        if member is None:
            return
        who = self.pick(person, sorted(self.home.groups[pid]))
        groups.leave_group(self.viewer(member), pid, self.home.people[who].login)
        self.home.groups[pid].discard(who)
        for having in self.home.havings:
            if having.promise.group == pid and having.user == who:
                self.home.end(having)

    @precondition(lambda self: self.home.groups)
    @rule(group=NUMBER, actor=NUMBER)
    def dissolve(self, group: int, actor: int) -> None:
        pid = self.pick(group, list(self.home.groups))
        member = self.pick(actor, self._members(pid))
        if member is None:
            return
        groups.remove_group(self.viewer(member), pid)
        del self.home.groups[pid]
        for having in self.home.havings:
            if having.promise.group == pid:
                self.home.end(having)
                having.promise.ended = True
        for promise in self.home.promises:
            promise.ended = promise.ended or promise.group == pid

    def _members(self, pid: str) -> list[int]:
        """Those who run it: adults."""
        people = [self.home.people[who] for who in sorted(self.home.groups[pid])]
        return [person.id for person in people if person.active and not person.child]
