"""OPTIONS at the top: the same promise as the drive itself makes, without a password."""

from tests.virtualfs.dav.drive import Drive


def test_the_top_promises_what_the_drive_does(drive: Drive) -> None:
    top = drive.client(Authorization="").request("OPTIONS", "/")
    assert top.status_code == 200
    assert {name: top.headers[name] for name in ("dav", "ms-author-via", "content-length")} == {
        name: drive.ask("OPTIONS", "").headers[name] for name in ("dav", "ms-author-via", "content-length")
    }
    assert drive.client(Authorization="").request("OPTIONS", "/dav/").status_code == 401
