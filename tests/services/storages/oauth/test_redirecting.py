"""Which addresses a provider sends a browser back to."""

import pytest

from services.storages.oauth.redirecting import callback, may_redirect


@pytest.mark.parametrize(
    "public_url",
    [
        "https://photos.example.org",
        "https://photos.example.org:8443/hypomos/",
        "https://PHOTOS.Example.co.uk.",
    ],
)
def test_public(public_url: str) -> None:
    assert may_redirect(public_url)


@pytest.mark.parametrize(
    "public_url",
    [
        "",
        "photos.example.org",
        "http://photos.example.org",
        "https://",
        "https://localhost",
        "https://nas",
        "https://hypomos.local",
        "https://HYPOMOS.LOCAL.",
        "https://nas.home.arpa",
        "https://box.lan",
        "https://box.internal:4978",
        "https://192.168.1.5",
        "https://8.8.8.8",
        "https://0x7f.1",
        "https://[2001:db8::1]",
        "https://user@photos.example.org",
        "https://photos.example.org/?x=1",
        "https://photos.example.org/#x",
    ],
)
def test_not_public(public_url: str) -> None:
    assert not may_redirect(public_url)


def test_each_provider_has_its_own_callback() -> None:
    found = {callback("https://a.example.org/sub/", name) for name in ("microsoft", "google", "dropbox")}
    assert len(found) == 3
    assert "https://a.example.org/sub/storages/signed-in/google" in found
