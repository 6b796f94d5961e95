"""What `doctor` says of the certificate."""

import time
from pathlib import Path

import pytest

from appliance.certificate import certificate_of, wanted_names
from appliance.certificate_check import check
from services import clock
from services.certificates import Household, fingerprint, reading
from tests.appliance.test_certificate import settings_of
from tests.certificates import make_certificate


def test_off_and_not_made_yet(tmp_path: Path) -> None:
    assert check(settings_of(tmp_path, tls_listen="")).level == "note"
    assert "next start" in check(settings_of(tmp_path)).text


def test_the_household_s_own(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    certificate_of(settings, {})
    here = ["127.0.0.1", "::1"]
    said = check(settings, here)
    assert said.level == "ok"
    assert "hypomos.local" in said.text
    assert fingerprint(Household(tmp_path).find_authority() or b"") in said.text
    moved = check(settings, [*here, "10.99.0.7"])
    assert moved.level == "note"
    assert "not for 10.99.0.7." in moved.text
    Household(tmp_path).server.write_text("damaged")
    assert check(settings, here).level == "problem"


@pytest.mark.parametrize(
    ("years", "said"), [(-20, "its authority begins on 20"), (20, "its authority ends on 20")]
)
def test_an_authority_of_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, years: int, said: str
) -> None:
    """Made while the clock was ahead: what it signs since is right, and still nobody believes it."""
    settings, household = settings_of(tmp_path), Household(tmp_path)
    certificate_of(settings, {})
    there = time.time() + years * 365 * 86_400
    monkeypatch.setattr("appliance.certificate_check.time.time", lambda: there)
    assert "that is not now" in check(settings, []).text
    authority = reading.describe(household.authority)
    described = reading.Described(("hypomos.local",), there - 1, there + 180 * 86_400, "CN=ours")
    monkeypatch.setattr(
        reading, "describe", lambda path: described if path == household.server else authority
    )
    found = check(settings, [])
    assert found.level == "problem"
    assert said in found.text


def test_a_folder_that_is_not_ours_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    settings = settings_of(tmp_path)
    monkeypatch.setattr(Path, "exists", refuse)
    said = check(settings, [])
    assert said.level == "problem"
    assert "server.pem cannot be read: Permission denied" in said.text


@pytest.mark.needs("openssl")
def test_one_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_certificate(tmp_path)
    given = {"tls_cert": str(made.cert), "tls_key": str(made.key)}
    soon = check(settings_of(tmp_path, **given), [])
    assert soon.level == "note"
    assert "ends soon" in soon.text, "it is for a day"
    assert "localhost, 127.0.0.1" in soon.text
    other = check(settings_of(tmp_path, public_url="https://photos.example.org", **given), [])
    assert other.level == "note"
    assert "photos.example.org are warned" in other.text
    monkeypatch.setattr(
        "appliance.certificate_check.time.time", lambda: clock.now() / clock.SECOND + 3 * 86_400
    )
    assert check(settings_of(tmp_path, **given), []).level == "problem"


def test_the_loopback_names_are_wanted_everywhere(tmp_path: Path) -> None:
    assert "localhost" in wanted_names(settings_of(tmp_path), [])
