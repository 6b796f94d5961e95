import dataclasses

from tests.web.conftest import Web
from web.addresses import address_of, https_address_of, qr
from web.asking import Ask


class Request:
    headers = {"host": "nas.local:4976"}  # noqa: RUF012


class Peer:
    https = True


def test_an_address_is_that_of_the_settings_or_as_it_was_asked_for(web: Web) -> None:
    ask = Ask(Request(), web.context, Peer(), None, None)  # type: ignore[arg-type]  # what is looked at of them
    assert address_of(ask, "/s/x") == "https://nas.local:4976/s/x"
    settings = dataclasses.replace(web.context.settings, public_url="https://photos.example/")
    ask = dataclasses.replace(ask, context=dataclasses.replace(web.context, settings=settings))
    assert address_of(ask, "/s/x") == "https://photos.example/s/x"


def test_where_https_is(web: Web) -> None:
    def https(host: str, port: int | None, *, encrypted: bool, public: str = "") -> str | None:
        request, peer = Request(), Peer()
        request.headers = {"host": host}
        peer.https = encrypted
        settings = dataclasses.replace(web.context.settings, public_url=public)
        context = dataclasses.replace(web.context, settings=settings, https_port=port)
        return https_address_of(Ask(request, context, peer, None, None), "/dav/")  # type: ignore[arg-type]

    assert https("nas.local:4976", None, encrypted=False) is None
    assert https("nas.local:4976", 4978, encrypted=False) == "https://nas.local:4978/dav/"
    assert https("[fd00::2]:4976", 4978, encrypted=False) == "https://[fd00::2]:4978/dav/"
    assert https("nas.local:8443", 4978, encrypted=True) == "https://nas.local:8443/dav/"
    assert https("nas:4976", 4978, encrypted=False, public="https://p.example") == "https://p.example/dav/"
    assert https("nas:4976", 4978, encrypted=False, public="http://p.example") == "https://nas:4978/dav/"


def test_a_code_is_a_picture_without_its_text() -> None:
    code = str(qr("https://photos.example/s/secret"))
    assert code.startswith("<svg")
    assert "viewBox" in code  # so that no style cuts it off
    assert "width=" not in code.partition(">")[0]
    assert "secret" not in code


def test_a_code_for_paper_bears_more_dirt() -> None:
    assert len(qr("https://photos.example/e/x", error="h")) > len(qr("https://photos.example/e/x"))
