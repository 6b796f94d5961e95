"""`hypomos demo`: a household of its own, drawn once, that never touches a real one."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.commands import demo
from appliance.container import Hypomos as Appliance
from appliance.demo.apart import NotDrawn, Progress
from appliance.demo.people import Household, Person
from appliance.demo.people import Storage as Place
from services import accounts, clock
from services.models import Storage, User, database, transaction
from tests.appliance.conftest import Hypomos

SMALL = Household(
    zone="Europe/Lisbon",
    people=(Person("anna", "Anna"), Person("ben", "Ben")),
    storages=(Place("phone", "anna", "Phone"), Place("camera", "ben", "Camera")),
)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A drawing of two text files, and a server that ends when everybody is ready; gives what was drawn."""
    made: list[Path] = []

    def draw(folder: Path, progress: Progress) -> None:
        for n, place in enumerate(SMALL.storages, 1):
            (folder / place.folder).mkdir(parents=True, exist_ok=True)
            (folder / place.folder / "notes.txt").write_text("a picture, so to speak")
            progress(n, len(SMALL.storages), place.folder)
        made.append(folder)

    def serve(hypomos: Appliance, listener: socket.socket, **more: object) -> None:
        listener.close()
        with transaction():
            Storage.update(complete_at=clock.now()).execute()  # the worker's part
        for thread in threading.enumerate():
            if "_announce" in thread.name:
                thread.join()

    monkeypatch.setattr(demo, "draw_apart", draw)
    monkeypatch.setattr(demo, "HOUSEHOLD", SMALL)
    monkeypatch.setattr(demo, "serve", serve)
    return made


def test_a_household_of_its_own_beside_the_real_one(
    hypomos: Hypomos, drawn: list[Path], tmp_path: Path
) -> None:
    said = hypomos("demo", "--listen", "127.0.0.1:0")
    assert said.code == 0, said.err
    assert drawn == [tmp_path / "demo-data-household"]
    assert not (tmp_path / "data").exists()
    password = (tmp_path / "demo-data" / "demo-password").read_text()
    assert (tmp_path / "demo-data" / "demo-password").stat().st_mode & 0o077 == 0
    for part in (password, "/dav/", "anna and ben", "http://127.0.0.1:"):
        assert part in said.out


def test_it_is_drawn_once_and_the_people_are_made_once(
    hypomos: Hypomos, drawn: list[Path], tmp_path: Path
) -> None:
    first = hypomos("demo", "--listen", "127.0.0.1:0", "--json")
    again = hypomos("demo", "--listen", "127.0.0.1:0", "--json")
    assert len(drawn) == 1
    assert first.data["password"] == again.data["password"]
    assert first.data["app"] != again.data["app"]
    database.connect("", tmp_path / "demo-data")
    assert [u.login for u in User.select().order_by(User.id)] == ["anna", "ben"]
    assert [u.is_admin for u in User.select().order_by(User.id)] == [True, False]
    assert {u.zone for u in User.select()} == {SMALL.zone}
    assert Storage.select().count() == 2
    database.close()


def test_fresh_begins_anew_and_only_throws_away_what_it_drew(
    hypomos: Hypomos, drawn: list[Path], tmp_path: Path
) -> None:
    real = tmp_path / "real"
    (tmp_path / "real-household").mkdir()
    (tmp_path / "real-household" / "precious.jpg").write_text("precious")
    real.mkdir()
    (real / "precious.db").write_text("precious")
    assert hypomos("demo", "--fresh", "--data", str(real), "--listen", "127.0.0.1:0").code == 0
    assert (real / "precious.db").exists()
    assert (tmp_path / "real-household" / "precious.jpg").exists()
    before = hypomos("demo", "--listen", "127.0.0.1:0", "--json").data["password"]
    after = hypomos("demo", "--fresh", "--listen", "127.0.0.1:0", "--json").data["password"]
    assert before != after
    assert len(drawn) == 3


def test_a_port_in_use_draws_nothing(hypomos: Hypomos, drawn: list[Path]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = hypomos("demo", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert said.code == 1
    assert "--listen" in said.err
    assert drawn == []


def test_it_is_announced_on_the_network_only_when_that_is_asked_for(
    hypomos: Hypomos, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried in any network, also in a stranger's."""
    announced: list[bool] = []
    monkeypatch.setattr(demo, "_live", lambda settings, *_: announced.append(settings.mdns_enabled))
    for value in (None, "true", "false"):
        if value is not None:
            monkeypatch.setenv("HYPOMOS_MDNS_ENABLED", value)
        assert hypomos("demo", "--listen", "127.0.0.1:0").code == 0
    assert announced == [False, True, False]


def test_what_could_not_be_drawn_is_not_served_and_is_drawn_again(
    hypomos: Hypomos, drawn: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, progress: Progress) -> None:
        raise NotDrawn("The household could not be drawn: No space left on device.")

    with monkeypatch.context() as patched:
        patched.setattr(demo, "draw_apart", fail)
        said = hypomos("demo", "--listen", "127.0.0.1:0")
    assert said.code == 1
    assert said.err == "hypomos: The household could not be drawn: No space left on device.\n"
    assert said.out == ""
    assert hypomos("demo", "--listen", "127.0.0.1:0").code == 0
    assert len(drawn) == 1


def test_the_command_loads_no_decoder() -> None:
    """It goes on as the process that serves."""
    code = "import sys, appliance.commands.demo\nprint(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "appliance" in loaded.stdout.split()
    assert {"PIL", "numpy", "av", "pillow_heif", "exifread"} & set(loaded.stdout.split()) == set()


def test_the_password_is_one_people_may_use(tmp_path: Path) -> None:
    password = demo._password(tmp_path)
    assert demo._password(tmp_path) == password
    check: Callable[[], str] = accounts.suggest_password
    assert len(check()) >= 8
    assert len(password) >= 8
