"""What a form and what JSON ask of an event: read alike, and wrong where it is wrong."""

import re

import pytest

from services import clock
from services.clock import DAY
from services.errors import UsageError
from services.events.making import FIELDS
from services.models import Event
from tests.services.events.conftest import party
from tests.services.events.household import Party
from web import event_forms
from web.event_forms import blank, from_form, from_json, of_event

__all__ = ["party"]
ZONE = "Europe/Berlin"


@pytest.mark.parametrize("preset", [*event_forms.PRESETS, "", "nothing"])
def test_each_preset_makes_an_event(party: Party, preset: str) -> None:
    form = {**blank(preset), "name": "Wedding", "storage": party.storage.pid}
    before = clock.now()
    made = party.events.make(party.anna, from_form(form, ZONE))
    wanted = event_forms.PRESETS.get(preset, event_forms.PRESETS["party"])
    assert made.guests == wanted["guests"]
    assert made.may_download == ("download" in wanted)
    assert before + int(wanted["days"]) * DAY <= made.expires_at <= clock.now() + int(wanted["days"]) * DAY


def test_a_form_of_an_event_changes_nothing_if_nobody_changes_it(party: Party) -> None:
    made = party.events.make(party.anna, {
        "name": "Wedding", "starts": "2026-07-04", "ends": "2026-07-05", "guests": "drop", "approval": "none",
        "download": False, "names": True, "place": True, "max_files": 7, "max_bytes": 50_000_000,
        "storage": party.storage.pid, "folder": "a/b",
    })  # fmt: skip
    party.events.change(party.anna, made.pid, from_form(of_event(made, ZONE), ZONE))
    assert Event.get_by_id(made.id).__data__ == Event.get_by_id(made.id).__data__ | made.__data__
    assert of_event(Event.get_by_id(made.id), ZONE) == of_event(made, ZONE)


def test_how_long(party: Party) -> None:
    ends = {"lasts": "until", "until_day": "2030-07-05", "until_time": "18:30"}
    at = from_form(ends, ZONE)["expires"]
    assert at == 1_909_499_400_000_000  # 16:30 in UTC
    assert from_form({**ends, "until_time": ""}, "UTC")["expires"] == 1_909_526_400_000_000  # its end
    made = party.event(expires=at)
    assert [of_event(made, ZONE)[name] for name in ("until_day", "until_time")] == ["2030-07-05", "18:30"]
    assert from_form({"lasts": "open"}, ZONE)["expires"] is None
    assert "expires" not in from_form({"lasts": "keep"}, ZONE)
    assert of_event(party.event(expires=None), ZONE)["until_day"] == ""


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("days", {"lasts": "days", "days": ""}), ("days", {"lasts": "days", "days": "0"}),
        ("days", {"lasts": "days", "days": "3651"}), ("days", {"lasts": "days", "days": "٣"}),
        ("until", {"lasts": "until"}), ("until", {"lasts": "until", "until_day": "2030-02-30"}),
        ("until", {"lasts": "until", "until_day": "2030-02-03", "until_time": "25:00"}),
        ("max_files", {"max_files": "many"}), ("max_files", {"max_files": "0"}), ("max_mb", {"max_mb": "-1"}),
        ("max_mb", {"max_mb": "1" * 12}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(field: str, form: dict[str, str]) -> None:
    with pytest.raises(UsageError) as wrong:
        from_form(form, ZONE)
    assert wrong.value.field == field


def test_only_its_owner_says_where_files_go() -> None:
    assert {"storage", "folder"} <= set(from_form({}, ZONE))
    assert not {"storage", "folder"} & set(from_form({}, ZONE, owns=False))
    assert set(from_form({"lasts": "open"}, ZONE)) == FIELDS


def test_json(party: Party) -> None:
    assert from_json({"expires": "2030-07-05T18:30:00+02:00"}, ZONE) == {"expires": 1_909_499_400_000_000}
    assert from_json({"expires": None, "name": "x"}, ZONE) == {"expires": None, "name": "x"}
    wrongs: list[object] = [7, "tomorrow", True, []]
    for wrong in wrongs:
        with pytest.raises(UsageError, match=re.escape("2026-07-04")):
            from_json({"expires": wrong}, ZONE)
