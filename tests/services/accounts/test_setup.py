import re
import stat
from functools import partial
from pathlib import Path

import pytest

from services import access
from services.accounts import SignedIn, SignInFailed, check_setup_code, needs_setup, offer_setup, set_up
from services.accounts.setup import FILE_NAME
from services.errors import Conflict, Throttled, UsageError
from services.models import Audit, User
from tests.services.accounts.household import HERE, PASSWORD, Household, Wall, at_once

pytestmark = pytest.mark.db


@pytest.fixture
def run(data: Path) -> Path:
    return data / "run"


def offered(run: Path) -> str:
    code = offer_setup(run)
    assert code is not None
    return code


def test_the_code_makes_the_first_administrator_once(household: Household, run: Path) -> None:
    assert needs_setup()
    code = offered(run)
    assert re.fullmatch(r"([BCDFGHJKLMNPQRSTVWXZ]{4}-){2}[BCDFGHJKLMNPQRSTVWXZ]{4}", code)
    signed_in = set_up(household.passwords, run, code, "anna", password=PASSWORD, display="Anna", ip=HERE)
    assert signed_in.viewer.is_admin
    assert access.holds(signed_in.viewer)
    assert not needs_setup()
    assert not (run / FILE_NAME).exists()
    with pytest.raises(Conflict, match="administrator already"):
        set_up(household.passwords, run, code, "mallory", password=PASSWORD, ip=HERE)
    assert [u.login for u in User.select()] == ["anna"]
    assert Audit.select().where(Audit.action == "set_up").get().subject_id == signed_in.viewer.user_id


def test_the_code_lies_hashed_for_the_service_alone(catalogue: Path, run: Path) -> None:
    code = offered(run)
    path = run / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert code not in path.read_text()
    assert code.replace("-", "") not in path.read_text()
    assert [p.name for p in run.iterdir()] == [FILE_NAME]


def test_it_may_be_typed_in_any_way(catalogue: Path, run: Path) -> None:
    code = offered(run)
    for typed in (code.lower(), code.replace("-", ""), f"  {code.replace('-', ' ')}\n"):
        check_setup_code(run, typed, ip=HERE)


def test_wrong_ones_are_refused_and_slowed(catalogue: Path, run: Path, wall: Wall) -> None:
    code = offered(run)
    for wrong in ("", "x", "\ud800", code[:-1], "BBBB-BBBB-BBBB", code + "B"):
        with pytest.raises(SignInFailed, match="wrong or has expired"):
            check_setup_code(run, wrong, ip="10.0.0.66")
    with pytest.raises(Throttled):
        check_setup_code(run, code, ip="10.0.0.66")
    check_setup_code(run, code, ip=HERE)


def test_it_is_good_for_an_hour(catalogue: Path, run: Path, wall: Wall) -> None:
    code = offered(run)
    wall.move(minutes=59)
    check_setup_code(run, code, ip=HERE)
    wall.move(minutes=1)
    with pytest.raises(SignInFailed):
        check_setup_code(run, code, ip=HERE)
    wall.move(days=-30)
    with pytest.raises(SignInFailed):
        check_setup_code(run, code, ip=HERE)


def test_a_newer_one_replaces_it(catalogue: Path, run: Path) -> None:
    old, new = offered(run), offered(run)
    with pytest.raises(SignInFailed):
        check_setup_code(run, old, ip=HERE)
    check_setup_code(run, new, ip=HERE)


def test_it_is_void_once_an_administrator_exists(household: Household, run: Path) -> None:
    household.add("ben")
    code = offered(run)  # somebody without that right changes nothing
    household.add("anna", is_admin=True)
    with pytest.raises(Conflict):
        check_setup_code(run, code, ip=HERE)
    assert offer_setup(run) is None
    assert not (run / FILE_NAME).exists()


def test_a_mistake_does_not_use_it_up(household: Household, run: Path) -> None:
    household.add("ben")
    code = offered(run)
    for login, password, error in (
        ("ben", PASSWORD, Conflict),
        ("a b", PASSWORD, UsageError),
        ("anna", "x", UsageError),
    ):
        with pytest.raises(error):
            set_up(household.passwords, run, code, login, password=password, ip=HERE)
    set_up(household.passwords, run, code, "anna", password=PASSWORD, ip=HERE)


def test_two_at_the_same_time_make_one_administrator(
    household: Household, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = offered(run)
    real = type(household.passwords).hash

    def overtaken(self: object, password: str) -> str:
        monkeypatch.undo()
        set_up(household.passwords, run, code, "anna", password=PASSWORD, ip=HERE)
        return real(household.passwords, password)

    monkeypatch.setattr(type(household.passwords), "hash", overtaken)
    with pytest.raises(Conflict):
        set_up(household.passwords, run, code, "mallory", password=PASSWORD, ip=HERE)
    assert [u.login for u in User.select()] == ["anna"]


def test_a_crowd_makes_one_administrator(household: Household, run: Path) -> None:
    code = offered(run)

    def first(login: str) -> object:
        return set_up(household.passwords, run, code, login, password=PASSWORD, ip=login)

    answers = at_once(*(partial(first, login) for login in ("anna", "ben", "cleo", "dora")))
    assert [type(a) for a in answers].count(SignedIn) == 1
    assert {type(a) for a in answers} <= {
        SignedIn,
        Conflict,
        SignInFailed,
    }  # is the file still there?
    assert User.select().count() == 1


@pytest.mark.parametrize("content", [b"", b"\xff", b"nonsense"])
def test_a_damaged_file_lets_nobody_in(catalogue: Path, run: Path, content: bytes) -> None:
    code = offered(run)
    (run / FILE_NAME).write_bytes(content)
    with pytest.raises(SignInFailed):
        check_setup_code(run, code, ip=HERE)
