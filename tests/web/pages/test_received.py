"""/shares/received: what others share with the viewer, on the timeline or not, and given back."""

from services import accounts, sharing
from services.models import Grant
from services.sharing import Terms
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


def test_it_is_listed_hidden_and_left(web: Web, browser: Browser, make: Make) -> None:
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    sharing.offer(accounts.viewer_for("anna"), lake.pid, {"user": "ben"}, Terms(note="look at this"))
    ben, grant = browser("ben"), Grant.get().pid
    page = ben.get("/shares/received").text
    for text in ("Lake", "from anna", "look at this", "until it is ended", 'aria-pressed="true"'):
        assert text in page
    assert ben.post(f"/grants/{grant}/timeline", data={"timeline": "no"}).status_code == 303
    assert 'aria-pressed="false"' in ben.get("/shares/received?did=saved").text
    assert ben.get("/timeline/b/202607").json()["id"] == []
    assert browser("anna").post(f"/grants/{grant}/leave").status_code == 404
    answer = ben.post(f"/grants/{grant}/leave")
    assert "You have left it" in ben.get(answer.headers["location"]).text
    assert ben.get(f"/item/{web.item.pid}").status_code == 404
    assert "they left it" in browser("anna").get("/shares?ended=1").text
