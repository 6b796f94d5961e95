import pytest

from services.storages.causes import in_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Errno 111] Connection refused", "nothing answers at its address"),
        ("dial tcp 192.0.2.1:443: connect: connection refused", "nothing answers at its address"),
        ("[Errno -2] Name or service not known", "its address is not known or not reachable"),
        ("[Errno -3] Temporary failure in name resolution", "its address is not known or not reachable"),
        ("[Errno 101] Network is unreachable", "its address is not known or not reachable"),
        ("dial tcp: lookup nas.lan: no such host", "its address is not known or not reachable"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)",
            "its certificate has expired, is for another name, or is of nobody that this machine trusts",
        ),
        ("Server disconnected without sending a response", "it ended its answer early"),
        ("context deadline exceeded", "it does not answer in time"),
    ],
)
def test_what_hinders_is_said_in_words(text: str, words: str) -> None:
    assert in_words(text) == words


def test_what_is_not_known_is_not_guessed() -> None:
    assert in_words("the moon is in the way") is None
