"""One rclone a data directory: started when needed, shared, private, and back after every death."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.errors import Unavailable
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon, binary, config
from services.storages.rclone.client import Client, DaemonGone
from services.storages.rclone.daemon import PROBLEM, READY
from tests.services.storages.rclone.conftest import LOOPBACK, end, eventually, is_alive, ready


def test_it_starts_when_it_is_first_needed_and_not_before(daemon: Daemon, data: Path) -> None:
    assert daemon.problem() is None
    assert ready(data) == {}
    assert daemon.call("core/version")["decomposed"][:2] >= [1, 75]
    assert ready(data)["version"]
    assert daemon.problem() is None


def test_many_threads_and_processes_share_one(daemon: Daemon, data: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from services.storages.rclone import Daemon\n"
        "from services.storages.hosts import HostPolicy\n"
        "d = Daemon(Path(sys.argv[1]), password='secret of the test', policy=HostPolicy(['127.0.0.0/8']))\n"
        "print(d.call('core/pid')['pid'])"
    )
    command = [sys.executable, "-c", script, str(data)]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        own = {pool.submit(daemon.call, "core/pid").result()["pid"] for _ in range(8)}
    told = {int(process.communicate(timeout=60)[0]) for process in others}
    assert own == told
    assert len(own) == 1


def test_nothing_secret_is_to_be_seen(daemon: Daemon, data: Path) -> None:
    daemon.call(
        "config/create", name="h_a", type="webdav", parameters={"url": "http://127.0.0.1:9", "pass": "hidden word"},
        opt={"nonInteractive": True, "obscure": True},
    )  # fmt: skip
    password = str(ready(data)["password"])
    lines = [Path(f"/proc/{ready(data)[who]}/cmdline").read_bytes() for who in ("keeper", "rclone")]
    for secret in (b"secret of the test", password.encode(), b"hidden word"):
        assert not any(secret in line for line in lines)
        for file in (data / "run" / "rclone.log", data / "rclone.conf"):
            assert secret not in file.read_bytes()
    assert (data / "run").stat().st_mode & 0o077 == 0
    assert (data / "run" / READY).stat().st_mode & 0o077 == 0


def test_without_the_credentials_nobody_gets_in(daemon: Daemon, data: Path) -> None:
    daemon.call("rc/noop")
    for password in ("", "guess"):
        stranger = Client(data / "run", "rclone.sock", "hypomos", password)
        with pytest.raises(DaemonGone):
            stranger.call("config/dump", {})
        stranger.close()


@pytest.mark.parametrize("victim", ["rclone", "keeper"])
def test_it_comes_back_after_being_killed(daemon: Daemon, data: Path, victim: str) -> None:
    daemon.call("config/create", name="h_a", type="webdav", parameters={"url": "http://127.0.0.1:9"})
    before = ready(data)
    os.kill(int(str(before[victim])), signal.SIGKILL)
    eventually(lambda: not is_alive(before[victim]))
    assert daemon.call("config/listremotes")["remotes"] == ["h_a"]
    # without its keeper the daemon answers on for a moment, but no storage is reached by it
    eventually(lambda: bool(daemon.call("rc/noop") == {} and ready(data).get("rclone") != before["rclone"]))
    assert daemon.call("config/listremotes")["remotes"] == ["h_a"]
    assert (ready(data)["keeper"] == before["keeper"]) == (victim == "rclone")
    assert not is_alive(before["rclone"])
    assert ready(data)["rclone"] != before["rclone"]


def test_it_ends_when_nobody_uses_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.storages.rclone.daemon._BOOT", _hasty_boot())
    daemon = Daemon(data, password="secret of the test", policy=HostPolicy())
    daemon.call("rc/noop")
    before = ready(data)
    other = Daemon(data, password="secret of the test", policy=HostPolicy())
    other.call("rc/noop")
    daemon.close()
    threading.Event().wait(1.5)
    assert is_alive(before["rclone"])
    other.close()
    eventually(lambda: not is_alive(before["rclone"]) and not is_alive(before["keeper"]))
    assert not (data / "run" / READY).exists()


def test_other_rules_ask_for_another_keeper(daemon: Daemon, data: Path) -> None:
    daemon.call("rc/noop")
    before = ready(data)
    stricter = Daemon(data, password="secret of the test", policy=HostPolicy())
    assert stricter.call("core/pid")["pid"] != before["rclone"]
    assert ready(data)["policy"] == HostPolicy().to_json()
    stricter.close()
    assert daemon.call("core/pid")["pid"] != before["rclone"]  # not taken for a storage that wants a sign-in


def test_a_command_beside_a_server_with_another_port_shares_its_keeper(daemon: Daemon, data: Path) -> None:
    server = Daemon(data, password="secret of the test", policy=HostPolicy(["127.0.0.0/8"], own_ports=[5000]))
    server.call("rc/noop")
    command = Daemon(
        data, password="secret of the test", policy=HostPolicy(["127.0.0.0/8"], own_ports=[4976])
    )
    shared = command.call("core/pid")["pid"]
    for _ in range(2):
        assert server.call("core/pid")["pid"] == command.call("core/pid")["pid"] == shared
    assert ready(data)["policy"]["own_ports"] == [4976, 5000]  # type: ignore[index]
    server.close()
    command.close()


def test_another_secret_key_is_told_in_words(daemon: Daemon, data: Path) -> None:
    daemon.call("config/create", name="h_a", type="webdav", parameters={"url": "http://127.0.0.1:9"})
    before = ready(data)
    daemon.close()
    os.kill(int(str(before["keeper"])), signal.SIGTERM)
    eventually(lambda: not is_alive(before["keeper"]))
    wrong = Daemon(data, password="another", policy=LOOPBACK)
    with pytest.raises(Unavailable, match=r"secret\.key"):
        wrong.call("config/listremotes")
    assert (data / "run" / PROBLEM).exists()
    assert "secret.key" in (wrong.problem() or "")
    wrong.close()


def test_a_program_that_is_not_there_is_told_before_anybody_needs_it(data: Path, tmp_path: Path) -> None:
    daemon = Daemon(data, password="secret of the test", policy=LOOPBACK, setting=str(tmp_path / "nowhere"))
    assert "which is not there" in (daemon.problem() or "")
    assert not (data / "run").exists()
    with pytest.raises(Unavailable, match="which is not there"):
        daemon.call("rc/noop")
    daemon.close()


def test_a_program_that_cannot_be_run_is_told(data: Path, tmp_path: Path) -> None:
    (tmp_path / "rclone").touch(0o600)
    (data / config.FILE_NAME).write_bytes(config.HEADER)
    daemon = Daemon(data, password="secret of the test", policy=LOOPBACK, setting=str(tmp_path / "rclone"))
    with pytest.raises(Unavailable, match="cannot be run"):
        daemon.call("rc/noop")
    assert "cannot be run" in (daemon.problem() or "")
    daemon.close()


def test_a_daemon_that_ends_again_and_again_is_told_until_it_answers(data: Path, tmp_path: Path) -> None:
    """Nobody waits half a minute for it, and nobody has to ask for it first."""
    broken, program = tmp_path / "broken", tmp_path / "rclone"
    broken.touch()
    program.write_text(
        f'#!/bin/sh\n[ "$1" != rcd ] || [ ! -e {broken} ] || {{ echo $PPID > {broken}; exit 3; }}\n'
        f'exec {binary.find()} "$@"\n'
    )
    program.chmod(0o700)
    told = {"password": "secret of the test", "policy": LOOPBACK, "setting": str(program)}
    one, other = Daemon(data, **told), Daemon(data, **told)  # type: ignore[arg-type]
    try:
        with pytest.raises(Unavailable, match="does not start"):
            one.call("rc/noop")
        assert not (data / "run" / READY).exists()
        assert "rclone.log" in (other.problem() or "")
        assert "rclone.log" in (one.problem() or ""), "it stays so however often one asks"
        keeper = int(broken.read_text())
        broken.unlink()
        eventually(lambda: ready(data) != {})
        assert (one.problem(), other.problem()) == (None, None)
        assert ready(data)["keeper"] == keeper
    finally:
        if broken.exists() and broken.read_text():
            os.kill(int(broken.read_text()), signal.SIGTERM)
        one.close()
        other.close()


def test_a_daemon_that_ends_soon_after_each_start_is_told_and_not_waited_for(
    daemon: Daemon, data: Path
) -> None:
    """It may end of what it is asked for, or for want of memory: the pauses grow to a minute."""
    daemon.call("rc/noop")
    for _ in range(4):
        eventually(lambda: ready(data) != {})
        os.kill(int(str(ready(data)["rclone"])), signal.SIGKILL)
        eventually(lambda: ready(data) == {})
    eventually(lambda: "rclone ends soon after each start" in (daemon.problem() or ""), 3.0)
    with pytest.raises(Unavailable, match="ends soon"):
        daemon.call("rc/noop")
    eventually(lambda: ready(data) != {})
    assert daemon.problem() is None


def test_a_data_directory_with_a_long_path_works(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100) / ("y" * 100)
    deep.mkdir(parents=True)
    daemon = Daemon(deep, password="secret", policy=LOOPBACK)
    assert daemon.call("rc/noop") == {}
    daemon.close()
    end(deep)


def _hasty_boot() -> str:
    from services.storages.rclone import daemon

    return daemon._BOOT.replace(
        "\nmain()",
        "\nfrom services.storages.rclone import keeper\nkeeper.LINGER_S = 0.5\nkeeper.LOOK_S = 0.1\nmain()",
    )
