"""A right that ends while bytes of a storage elsewhere flow, against a real `serve` and rclone: see test_streaming."""

import base64
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services import accounts, secrets
from services.accounts import OPERATOR
from services.broker import COMING
from services.models import Credential, User, database
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from tests.factories import Make
from tests.processes import serving
from tests.rights.test_streaming import BUFFER, SIZE, WAITS_FROM, head, settled, take
from tests.serving import PASSWORD, opened

TURNS = 3


@dataclass(frozen=True)
class Asked:
    """Anna's film, asked for with a password of its own; nothing is taken yet."""

    client: socket.socket
    token: str


def begin(host: str, port: int, name: str) -> Asked:
    viewer = accounts.viewer_for("anna")
    made = accounts.create_token(viewer, "app", label=name)
    proof = base64.b64encode(f"anna:{made.secret}".encode()).decode()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    client.settimeout(60)
    client.connect((host, port))
    path = "/dav/Storages/Films/film.mp4"
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Basic {proof}\r\n\r\n".encode()
    )
    return Asked(client, Credential.get(Credential.label == name).pid)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A household whose one storage is a folder that rclone reaches."""
    data, films = tmp_path / "data", tmp_path / "films"
    films.mkdir()
    with (films / "film.mp4").open("wb") as file:
        file.truncate(SIZE)
    with opened(data) as hypomos:
        accounts.add_person(OPERATOR, hypomos.passwords, "anna", password=PASSWORD, is_admin=True)
        password = secrets.subkey(secrets.load_or_make(data, {}), "rclone").hex()
        daemon = Daemon(data, password=password, policy=HostPolicy([]))
        daemon.call(
            "config/create", name="h_films", type="alias", parameters={"remote": str(films)},
            opt={"nonInteractive": True, "obscure": True},
        )  # fmt: skip
        daemon.close()
        make = Make(data)
        storage = make.storage(
            User.get(), "Films", "", kind="rclone", options={"type": "alias", "remote": "h_films"}, node=""
        )
        make.file(storage, "film.mp4", size=SIZE, mime="video/mp4")
    return data


def test_nothing_from_afar_is_handed_on_after_a_revocation(data: Path) -> None:
    with serving(data, "--no-worker") as at, opened(data):
        address = urlsplit(at.address)
        for turn in range(TURNS):
            asked = begin(address.hostname or "", address.port or 0, f"turn {turn}")
            status, got = head(asked.client)
            assert status == 200, turn
            got += take(asked.client, 1 + turn * 300_000)
            between = settled(asked.client)  # the server waits to hand on its next chunk
            accounts.revoke_token(accounts.viewer_for("anna"), asked.token)
            rest = take(asked.client, SIZE)
            asked.client.close()
            handed_on = got + between + WAITS_FROM + 2 * COMING
            assert got + rest <= handed_on < SIZE, (turn, got, between, rest)
        database.close()
