import dataclasses

from tests.web.conftest import Web
from web.addresses import address_of, qr
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


def test_a_code_is_a_picture_without_its_text() -> None:
    code = str(qr("https://photos.example/s/secret"))
    assert code.startswith("<svg")
    assert "viewBox" in code  # so that no style cuts it off
    assert "width=" not in code.partition(">")[0]
    assert "secret" not in code


def test_a_code_for_paper_bears_more_dirt() -> None:
    assert len(qr("https://photos.example/e/x", error="h")) > len(qr("https://photos.example/e/x"))
