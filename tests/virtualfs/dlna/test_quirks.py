"""Each kind of set is known by what it says of itself, and remembered where it says nothing."""

import pytest

from virtualfs.dlna.quirks import ANY, CLIENTS, KEPT, KEPT_S, Clients, find

SAYS = {
    "Samsung": {"user-agent": "DLNADOC/1.50 SEC_HHP_[TV] Samsung 7 Series (55)/1.0"},
    "Samsung player": {"user-agent": "DLNADOC/1.50 SEC_HHP_BD-D5300/1.0"},
    "LG": {"user-agent": "Linux/2.6.35 UPnP/1.0 DLNADOC/1.50 LGE_DLNA_SDK/1.6.0"},
    "Sony": {
        "user-agent": "UPnP/1.0",
        "x-av-client-info": 'av=5.0; cn="Sony Corporation"; mn="BRAVIA KDL-55W805"; mv="1.7";',
    },
    "PlayStation": {"user-agent": "UPnP/1.0", "x-av-client-info": 'cn="Sony"; mn="PLAYSTATION 3"'},
    "Panasonic": {"user-agent": "Panasonic MIL DLNA CP UPnP/1.0"},
    "Xbox": {"user-agent": "Xbox/2.0.17559.0 UPnP/1.0 Xbox/2.0.17559.0"},
    "Windows": {"user-agent": "Microsoft-Windows/10.0 UPnP/1.0 Microsoft-DLNA DLNADOC/1.50"},
    "Kodi": {"user-agent": "UPnP/1.0 DLNADOC/1.50 Kodi"},
    "VLC": {"user-agent": "Linux/6.1, UPnP/1.0, Portable SDK for UPnP devices/1.14.13"},
}


@pytest.mark.parametrize("name", sorted(SAYS))
def test_a_client_is_known(name: str) -> None:
    found = find(SAYS[name])
    assert found is not None
    assert found.name == name


def test_every_row_is_tested() -> None:
    assert {client.name for client in CLIENTS} == set(SAYS)
    assert find({"user-agent": "curl/8.5"}) is None


def test_what_fetches_says_nothing() -> None:
    now = [0.0]
    clients = Clients(lambda: now[0])
    assert clients.at("10.0.0.1", {}) is ANY
    assert clients.at("10.0.0.1", SAYS["Samsung"]).name == "Samsung"
    assert clients.at("10.0.0.1", {"user-agent": "Lavf/58"}).name == "Samsung"
    assert clients.at("10.0.0.2", {"user-agent": "Lavf/58"}) is ANY
    now[0] = KEPT_S
    assert clients.at("10.0.0.1", {}) is ANY


def test_few_are_kept() -> None:
    clients = Clients()
    for n in range(10 * KEPT):
        clients.at(f"10.0.{n // 200}.{n % 200}", SAYS["VLC"])
    assert len(clients._kept) == KEPT
