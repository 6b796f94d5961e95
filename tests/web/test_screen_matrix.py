"""Actor x route for screens, which are the household's: everybody sees them, adults decide, and each sees their own.

Anna let the television in, and shows her picture there; Ben, an adult, shows nothing; Kim is a child; a device waits.
"""

import pytest

from services import accounts, screens
from services.accounts import OPERATOR
from services.models import Device, Grant, Item, Screen
from services.screens import identify
from tests.web.conftest import Web
from tests.web.objects import ABSENT, address, device_of, screen_of
from tests.web.test_matrix import ask, scrubbed
from tests.web.walking import name_of
from web.routes import API, PAGES, RESOURCES
from web.rules import Rule

RULES = [r for r in (*PAGES, *RESOURCES) if "/screens" in r.path and "/events/" not in r.path]
READS = {
    "GET /screens", "GET /screens/{id}", "GET /screens/{id}/preview", f"GET {API}/screens",
    f"GET {API}/screens/{{id}}",
}  # fmt: skip
"""What everybody of the household may ask; the rest is for adults."""

BODIES: dict[str, dict[str, object]] = {
    f"POST {API}/screens": {"device": "{device}", "name": "Hall"},
    f"PATCH {API}/screens/{{id}}": {"name": "Hall"},
    f"PATCH {API}/screens/devices/{{id}}": {"state": "refused"},
}
FORMS = {
    "POST /screens/approve": {"device": "{device}", "name": "Hall"},
    "POST /screens/decide": {"device": "{device}", "decision": "refuse"},
    "POST /screens/{id}": {"name": "Hall", "until": ""},
}


@pytest.fixture
def there(web: Web) -> str:
    """The screen; the device that waits is made by the way."""
    device_of(web)
    return screen_of(web)


def asked(web: Web, who: str, rule: Rule, *, absent: bool = False) -> tuple[int, str]:
    """What this answers to somebody, without what differs in every page."""
    device = ABSENT if absent else device_of(web)
    client, name = web.client(who), name_of(rule)
    path, headers = address(web, rule, absent=absent), {"Sec-Fetch-Site": "same-origin"}
    put = {k: v.replace("{device}", device) for k, v in (FORMS.get(name) or {}).items()}
    if name in FORMS:
        answer = client.post(path, data=put, headers=headers)
    elif name in BODIES:
        body = {k: device if v == "{device}" else v for k, v in BODIES[name].items()}
        answer = client.request(rule.method, path, json=body, headers=headers)
    else:
        answer = ask(client, rule, path)
    return answer.status_code, scrubbed(answer.text)


def state() -> list[tuple[object, ...]]:
    return [
        *Device.select(Device.pid, Device.state, Device.version).order_by(Device.id).tuples(),
        *Screen.select(Screen.pid, Screen.name, Screen.removed_at).order_by(Screen.id).tuples(),
        *Grant.select(Grant.pid, Grant.state).order_by(Grant.id).tuples(),
    ]


def test_every_route_is_here() -> None:
    assert {name_of(r) for r in RULES} >= READS
    assert all(r.policy == "person" for r in RULES)


@pytest.mark.parametrize("rule", [r for r in RULES if name_of(r) not in READS], ids=name_of)
def test_a_child_decides_nothing(web: Web, there: str, rule: Rule) -> None:
    before = state()
    status, _ = asked(web, "kim", rule)
    assert status == 403
    assert state() == before
    if "device" in rule.path + str(BODIES.get(name_of(rule), FORMS.get(name_of(rule)))):
        assert asked(web, "kim", rule, absent=True)[0] == 403, "nor learns which devices there are"


@pytest.mark.parametrize("who", ["ben", "kim", "admin"])
@pytest.mark.parametrize("rule", [r for r in RULES if name_of(r) in READS], ids=name_of)
def test_everybody_sees_which_screens_there_are_and_not_what_others_show(
    web: Web, there: str, rule: Rule, who: str
) -> None:
    status, text = asked(web, who, rule)
    assert status == 200
    assert "Living room" in text
    for hers in (web.item.pid, web.item.name, "Lake"):
        assert hers not in text
    if who == "kim":
        assert "192.168.1" not in text
        assert identify("192.168.1.40", "a4:83:e7:11:22:33").code not in text
    if "{id}" in rule.path:
        assert asked(web, who, rule, absent=True)[0] == 404


@pytest.mark.parametrize("rule", [r for r in RULES if "{id}" in r.path], ids=name_of)
def test_a_screen_that_ended_is_as_if_there_were_none(web: Web, there: str, rule: Rule) -> None:
    anna = accounts.viewer_for("anna")
    if "/devices/" in rule.path:
        return
    screens.remove(anna, there)
    client = web.client("ben")
    path = address(web, rule, absent=True).replace(ABSENT, there)
    kind = {"data": FORMS[name_of(rule)]} if name_of(rule) in FORMS else {}
    gone = client.request(rule.method, path, headers={"Sec-Fetch-Site": "same-origin"}, **kind)  # type: ignore[arg-type]
    assert gone.status_code == 404


def test_a_television_has_no_way_into_the_web(web: Web, there: str) -> None:
    """It proves nothing but an address, and the web takes none for a proof."""
    assert web.client().get(f"{API}/screens").status_code == 401
    assert web.client().get(f"{API}/items/{web.item.pid}/rendition/320").status_code == 401
    assert Item.select().count() == 1
    accounts.disable_person(OPERATOR, web.people["ben"].pid)
    assert web.client().get("/screens").status_code == 303
