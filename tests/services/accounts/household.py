"""People who can sign in, and a clock to move."""

import threading
from collections.abc import Callable

from services.accounts import OPERATOR, Passwords, SignedIn, add_person, find_user, sign_in
from services.errors import HypomosError
from services.models import User, database

PASSWORD = "quite unusual kettle"
HERE = "192.168.1.20"


class Wall:
    """A wall clock that stands still until it is moved; times in seconds."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time

    def move(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        self.time += seconds + 60 * (minutes + 60 * (hours + 24 * days))


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all at the same time, each in its own thread and connection; the results or errors, in order."""
    answers: list[object] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def work(number: int) -> None:
        gate.wait(10)
        try:
            answers[number] = works[number]()
        except HypomosError as error:
            answers[number] = error
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


class Household:
    """People with the same password, and their browsers."""

    def __init__(self, passwords: Passwords) -> None:
        self.passwords = passwords

    def add(self, login: str, *, role: str = "adult", is_admin: bool = False) -> User:
        add_person(OPERATOR, self.passwords, login, password=PASSWORD, role=role, is_admin=is_admin)
        return self.user(login)

    def user(self, login: str) -> User:
        found = find_user(login)
        assert found is not None
        return found

    def sign_in(self, login: str, password: str = PASSWORD, *, ip: str = HERE) -> SignedIn:
        return sign_in(self.passwords, login, password, ip=ip, agent="Firefox")
