"""Hosts on a cable."""

import socket
import subprocess

import pytest

from tests.namespaces import connections, two_hosts

pytestmark = [pytest.mark.needs_netns, pytest.mark.needs("iproute2")]

ANSWERING = """
import socket
with socket.create_server(("0.0.0.0", 7)) as server:
    print(flush=True)
    server.accept()[0].sendall(b"from the other host")
"""


def test_a_connection_made_on_a_host_is_used_here() -> None:
    with two_hosts() as (host, _), connections(host) as connect:
        with pytest.raises(ConnectionRefusedError):
            connect(7)
        command = [*host.within, "python3", "-c", ANSWERING]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            server.stdout.readline()
            with connect(7) as connection:
                assert connection.recv(100, socket.MSG_WAITALL) == b"from the other host"
