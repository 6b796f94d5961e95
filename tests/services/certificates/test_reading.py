"""Reading a certificate: its names and times, and which hosts it is good for."""

from pathlib import Path

import pytest

from services.certificates.reading import covers, describe
from services.errors import UsageError
from tests.certificates import make_certificate


@pytest.mark.needs("openssl")
def test_names_times_and_issuer(tmp_path: Path) -> None:
    found = describe(make_certificate(tmp_path).cert)
    assert found.names == ("localhost", "127.0.0.1")
    assert 86_000 < found.ends - found.begins < 87_000
    assert found.issuer == "CN=Hypomos of a test"


def test_what_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no certificate")
    with pytest.raises(UsageError, match="text holds no certificate"):
        describe(tmp_path / "text")
    with pytest.raises(UsageError, match="nowhere holds no certificate"):
        describe(tmp_path / "nowhere")


def test_which_hosts_it_is_good_for() -> None:
    names = ("photos.example.org", "*.home.example", "192.168.1.20")
    assert all(covers(names, host) for host in ("Photos.Example.org", "nas.home.example", "192.168.1.20"))
    assert not any(
        covers(names, host) for host in ("home.example", "a.b.home.example", "192.168.1.2", "example")
    )
