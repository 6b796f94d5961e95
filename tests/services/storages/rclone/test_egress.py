"""The gate: only where the policy allows, to the very address that was checked, and every byte as it was."""

import hashlib
import http.server
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.storages.hosts import HostPolicy, HostRefused
from services.storages.rclone import egress
from services.storages.rclone.egress import Gate, refused_host
from tests import rclone_running, tree
from tests.rclone_running import PASSWORD, USER

Handler = Callable[[socket.socket], None]
PUBLIC = "93.184.215.14"


@contextmanager
def listening(handler: Handler) -> Iterator[int]:
    """A server on loopback that runs `handler` for each connection; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        def serve(connection: socket.socket) -> None:
            with connection:
                try:
                    handler(connection)
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def policy(*allowed: str) -> HostPolicy:
    """Every name leads to loopback, and `storage.test` is the one the administrator named."""
    return HostPolicy(["storage.test", *allowed], resolver=lambda _: ["127.0.0.1"])


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate(policy().check)
    gate.start()
    yield gate
    gate.close()


def ask(gate: Gate, host: str, port: int, *, password: str | None = None) -> tuple[socket.socket, int]:
    """Connect through the gate; gives the connection and the code of the reply."""
    url = urlsplit(gate.url)
    assert url.username
    assert url.password
    user, secret = url.username.encode(), (password or url.password).encode()
    end = socket.create_connection(("127.0.0.1", url.port or 0), 20)
    try:
        end.sendall(b"\x05\x01\x02\x01" + bytes([len(user)]) + user + bytes([len(secret)]) + secret)
        if read(end, 4) != b"\x05\x02\x01\x00":
            return end, -1
        name = host.encode()
        end.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack("!H", port))
        return end, read(end, 10)[1]
    except BaseException:
        end.close()
        raise


def reply_of(gate: Gate, host: str, port: int) -> int:
    end, code = ask(gate, host, port)
    with end:
        assert code == 0 or end.recv(1) == b""
    return code


def read(end: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := end.recv(count - len(data))):
        data += piece
    return data


def send_all(end: socket.socket, data: bytes) -> None:
    end.sendall(data)
    end.shutdown(socket.SHUT_WR)


def read_all(end: socket.socket) -> bytes:
    return b"".join(iter(lambda: end.recv(65536), b""))


def test_bytes_go_both_ways_and_an_end_is_passed_on(gate: Gate) -> None:
    sent = os.urandom(3_000_000)
    with listening(echo) as port:
        end, code = ask(gate, "storage.test", port)
        assert code == 0
        with end, ThreadPoolExecutor(1) as pool:
            received = pool.submit(read_all, end)
            end.sendall(sent)
            end.shutdown(socket.SHUT_WR)
            assert received.result(20) == sent


def test_a_refused_host_is_never_connected_to(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    reached: list[int] = []
    with listening(lambda _: reached.append(1)) as port:
        for host in (
            "other.test",
            "127.0.0.1",
            "localhost",
            "::ffff:127.0.0.1",
            "0177.0.0.1",
            "\\x00",
            "other.test",
        ):
            assert reply_of(gate, host, port) in {2, 4}, host
        assert reply_of(gate, "storage.test", port) == 0
        time.sleep(0.1)
    assert len(reached) == 1
    assert "other.test" in caplog.text
    assert gate.url not in caplog.text


def test_a_refusal_is_logged_once_in_a_while(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        assert reply_of(gate, "other.test", 80) == 2
    assert caplog.text.count("other.test") == 1


def test_it_connects_to_the_address_that_was_checked() -> None:
    """A name that leads elsewhere by the time of the connection leads nowhere."""
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    rule = HostPolicy(resolver=lambda _: answers.pop(0))
    assert rule.check("flip.test", 80).addresses  # as it was configured
    gate = Gate(rule.check)
    gate.start()
    try:
        reached: list[int] = []
        with listening(lambda _: reached.append(1)) as port:
            assert reply_of(gate, "flip.test", port) == 2
        assert reached == []
        assert answers == [["127.0.0.1"]], "a connection resolves once: what is checked is what is used"
    finally:
        gate.close()


def test_the_next_address_is_tried() -> None:
    rule = HostPolicy(["127.0.0.0/8", "::1"], resolver=lambda _: ["::1", "127.0.0.2", "127.0.0.1"])
    gate = Gate(rule.check)
    gate.start()
    try:
        with listening(echo) as port:
            assert reply_of(gate, "storage.test", port) == 0
    finally:
        gate.close()


def test_why_a_connection_failed_is_told(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reply_of(gate, "storage.test", rclone_running.free_port()) == 5
    monkeypatch.setattr(egress, "RESOLVE_S", 0.2)
    blocked = threading.Event()

    def never(host: str) -> list[str]:
        blocked.wait(10)
        return [PUBLIC]

    slow = Gate(HostPolicy(resolver=never).check)
    slow.start()
    try:
        assert reply_of(slow, "slow.test", 80) == 4
    finally:
        blocked.set()
        slow.close()


def test_only_who_knows_the_password_is_served(gate: Gate) -> None:
    end, code = ask(gate, "storage.test", 80, password="x" * 48)
    with end:
        assert code == -1
        assert end.recv(1) == b""
    other = Gate(policy().check)
    other.start()
    try:
        assert urlsplit(other.url).password != urlsplit(gate.url).password
    finally:
        other.close()


def test_who_says_nothing_is_hung_up_on(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "HANDSHAKE_S", 0.2)
    with socket.create_connection(("127.0.0.1", urlsplit(gate.url).port or 0), 10) as end:
        end.sendall(b"\x05")
        with pytest.raises(ConnectionResetError):
            end.recv(1)


def test_a_cut_stream_never_looks_whole(gate: Gate) -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"half")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with listening(cut) as port:
        end, code = ask(gate, "storage.test", port)
        with end:
            end.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                read_all(end)
        assert code == 0


def test_many_streams_at_once_are_all_right(gate: Gate) -> None:
    def one(number: int) -> bool:
        sent = hashlib.sha256(bytes([number])).digest() * 20_000
        end, code = ask(gate, "storage.test", port)
        with end:
            writer = threading.Thread(target=send_all, args=(end, sent))
            writer.start()
            received = read_all(end)
            writer.join()
            return code == 0 and received == sent

    with listening(echo) as port, ThreadPoolExecutor(40) as pool:
        assert all(pool.map(one, range(100)))


def test_a_slow_reader_gets_every_byte(gate: Gate) -> None:
    sent = hashlib.sha256(b"x").digest() * 300_000
    with listening(lambda connection: connection.sendall(sent)) as port:
        end, _ = ask(gate, "storage.test", port)
        with end:
            time.sleep(0.3)
            assert read_all(end) == sent


def test_a_fast_stream_does_not_starve_another(gate: Gate) -> None:
    block = bytes(1 << 20)

    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall(block)

    with listening(flood) as fast, listening(echo) as slow:
        stop = threading.Event()

        def drink() -> None:
            buffer = bytearray(1 << 20)
            with ask(gate, "storage.test", fast)[0] as end:
                while not stop.is_set():
                    end.recv_into(buffer)

        drinkers = [threading.Thread(target=drink) for _ in range(3)]
        for each in drinkers:
            each.start()
        try:
            for _ in range(5):
                end, code = ask(gate, "storage.test", slow)
                with end:
                    end.sendall(b"ping")
                    assert (code, read(end, 4)) == (0, b"ping")
        finally:
            stop.set()
            for each in drinkers:
                each.join(20)


def test_what_nobody_reads_is_not_kept(gate: Gate) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.settimeout(1)
        while True:
            sent += connection.send(bytes(1 << 16))

    with listening(flood) as port, ask(gate, "storage.test", port)[0]:
        before = -1
        while sent != before:
            before = sent
            time.sleep(0.5)
    assert 0 < sent < 48 << 20, "the buffers of the kernel, and no more"


@pytest.mark.parametrize("half_closed", [False, True])
def test_a_stream_without_a_byte_ends(half_closed: bool) -> None:
    gate = Gate(policy().check, idle_s=0.4 if not half_closed else 60, half_closed_s=0.4)
    gate.start()
    try:
        with listening(lambda connection: time.sleep(20)) as port, ask(gate, "storage.test", port)[0] as end:
            if half_closed:
                end.shutdown(socket.SHUT_WR)
            with pytest.raises(ConnectionResetError):
                end.recv(1)
    finally:
        gate.close()


def test_more_streams_than_allowed_are_hung_up_on(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "MAX_STREAMS", 2)
    with listening(echo) as port:
        kept = [ask(gate, "storage.test", port) for _ in range(2)]
        assert [code for _, code in kept] == [0, 0]
        with socket.create_connection(("127.0.0.1", urlsplit(gate.url).port or 0), 10) as end:
            assert end.recv(1) == b""
        for connection, _ in kept:
            connection.close()
        assert wait_until(lambda: is_served(gate, port)), "a place that became free was not given away"


def is_served(gate: Gate, port: int) -> bool:
    try:
        return reply_of(gate, "storage.test", port) == 0
    except (OSError, IndexError):  # hung up on
        return False


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_closing_ends_everything() -> None:
    threads, files = threading.active_count(), descriptors()
    gate = Gate(policy().check)
    gate.start()
    port_of_gate = urlsplit(gate.url).port or 0
    with listening(echo) as port:
        end, _ = ask(gate, "storage.test", port)
        with end:
            gate.close()
            gate.close()
            with pytest.raises(ConnectionResetError):
                end.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of_gate), 5)
    assert wait_until(lambda: threading.active_count() <= threads and descriptors() <= files)


def test_a_gate_that_never_started_can_be_closed() -> None:
    Gate(policy().check).close()


def test_it_needs_the_standard_library_alone() -> None:
    code = "import sys, services.storages.rclone.egress\nprint(*{n.partition('.')[0] for n in sys.modules})"
    done = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tree.ROOT)!r})\n{code}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    ours = {"services", "config", "__main__", "sitecustomize", "usercustomize"}
    foreign = {
        n
        for n in set(done.stdout.split()) - sys.stdlib_module_names - ours
        if not n.startswith("__editable__")
    }
    assert not foreign & {
        "httpx2",
        "peewee",
        "starlette",
        "uvicorn",
        "numpy",
        "PIL",
        "lxml",
        "jinja2",
        "huey",
    }
    assert foreign <= {"_virtualenv", "_distutils_hack", "distutils"}


SOCKS = "couldn't list files: Propfind: socks connect tcp 127.0.0.1:3->"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (f"{SOCKS}nas.lan:80: unknown error connection not allowed by ruleset", ("nas.lan", 80)),
        (f"{SOCKS}[::1]:22: unknown error connection not allowed by ruleset", ("::1", 22)),
        (f"{SOCKS}nas.lan:80: unknown error host unreachable", None),
        ("403 Forbidden", None),
        ("", None),
    ],
)
def test_a_refusal_is_found_in_rclones_error(text: str, refused: tuple[str, int] | None) -> None:
    assert refused_host(text) == refused


# with the real rclone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "owners"
    folder.mkdir()
    (folder / "a [1].jpg").write_bytes(bytes(range(256)) * 4096)
    return folder


def remote_of(kind: str, host: str, port: int) -> dict[str, str]:
    secret = {"user": USER, "pass": rclone_running.obscured(PASSWORD)}
    if kind == "webdav":
        return {"type": kind, "url": f"http://{host}:{port}/", "vendor": "rclone", **secret}
    return {"type": kind, "host": host, "port": str(port), **secret} | (
        {"shell_type": "none", "known_hosts_file": "none"} if kind == "sftp" else {}
    )


@pytest.mark.parametrize("kind", ["webdav", "sftp", "ftp"])
def test_rclone_reads_through_the_gate(gate: Gate, folder: Path, tmp_path: Path, kind: str) -> None:
    """The name exists nowhere but in the gate: so nothing went past it."""
    with rclone_running.serving(kind, folder) as port:
        remote = remote_of(kind, "storage.test", port)
        words = ("copyto", "x:a [1].jpg", str(tmp_path / "copy"))
        done = rclone_running.run(*words, remote=remote, environment=gate.environment)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "copy").read_bytes() == (folder / "a [1].jpg").read_bytes()
        listed = rclone_running.run("lsf", "x:", remote=remote, environment=gate.environment)
        assert listed.stdout == "a [1].jpg\n"


@pytest.mark.parametrize("kind", ["webdav", "sftp", "ftp"])
@pytest.mark.parametrize("host", ["other.test", "localhost", "127.0.0.1"])
def test_rclone_says_that_the_gate_refused(gate: Gate, folder: Path, kind: str, host: str) -> None:
    """A server that is there, in places the policy refuses; loopback by number is no way around."""
    with rclone_running.serving(kind, folder) as port:
        remote = remote_of(kind, host, port)
        done = rclone_running.run("lsf", "x:", remote=remote, environment=gate.environment)
        assert done.returncode != 0
        assert done.stdout == ""
        assert refused_host(done.stderr) == (host, port), done.stderr


def test_an_environment_that_exempts_hosts_is_overruled(gate: Gate, folder: Path) -> None:
    with rclone_running.serving("webdav", folder) as port:
        environment = {"NO_PROXY": "*", "no_proxy": "*"} | gate.environment
        done = rclone_running.run(
            "lsf", "x:", remote=remote_of("webdav", "localhost", port), environment=environment
        )
        assert refused_host(done.stderr) == ("localhost", port), done.stderr


@pytest.mark.parametrize("kind", ["sftp", "ftp"])
def test_a_proxy_in_the_configuration_is_overruled(
    gate: Gate, folder: Path, tmp_path: Path, kind: str
) -> None:
    """No option of these leads past the gate, even if one came into the file."""
    with rclone_running.serving(kind, folder) as port:
        options = remote_of(kind, "storage.test", port) | {
            "socks_proxy": "127.0.0.1:1",
            "http_proxy": "http://127.0.0.1:1",
        }
        configuration = tmp_path / "rclone.conf"
        configuration.write_text("[x]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()))
        environment = gate.environment | {"RCLONE_CONFIG": str(configuration)}
        done = rclone_running.run("lsf", "x:", remote={}, environment=environment)
        assert done.stdout == "a [1].jpg\n", done.stderr


def test_a_redirect_leads_nowhere_that_is_refused(gate: Gate) -> None:
    """A server that was allowed sends rclone to the metadata service of a cloud, and to a neighbour."""
    asked: list[str] = []

    class Neighbour(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_PROPFIND = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    class Redirecting(Neighbour):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"http://neighbour.test:{neighbour.server_port}/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PROPFIND = do_HEAD = do_GET  # noqa: N815

    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), each) for each in (Neighbour, Redirecting)]
    neighbour, redirecting = servers
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        remote = remote_of("webdav", "storage.test", redirecting.server_port)
        done = rclone_running.run("lsf", "x:", remote=remote, environment=gate.environment)
        assert refused_host(done.stderr) == ("neighbour.test", neighbour.server_port), done.stderr
        assert asked == []
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def test_the_policy_is_the_one_that_is_asked(folder: Path) -> None:
    def refuse(host: str, port: int) -> None:
        raise HostRefused("no")

    gate = Gate(refuse)  # type: ignore[arg-type]
    gate.start()
    try:
        assert reply_of(gate, "storage.test", 80) == 2
    finally:
        gate.close()
