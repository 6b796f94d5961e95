"""/guest/{guest} at an event: its pictures, what a guest brought and takes back, and how they leave."""

from typing import Any

import pytest
from peewee import OperationalError

from services import events
from services.jobs import Jobs
from services.models import Guest, Item, Job, Storage
from services.sharing import LinkTerms
from tests.factories import Make
from tests.web.conftest import PICTURE, Web
from tests.web.gathering import Comer, Gathering
from tests.web.pages.conftest import Browser
from web.pages.event_guests import PAGE


def party_of(web: Web, make: Make, **given: Any) -> tuple[Gathering, Comer]:
    party = Gathering(web, make, **given)
    return party, party.enter()


def test_what_it_is_whose_and_until_when(web: Web, make: Make) -> None:
    _, lou = party_of(web, make)
    page = lou.client.get(lou.base).text
    assert "<h1>Lake party</h1>" in page
    assert "organised by anna" in page
    assert "1 picture or video" in page
    assert 'id="countdown"' in page
    assert lou.client.get(f"{lou.base}/state").json()["ends"].endswith("Z")
    assert lou.client.get(lou.base).headers["x-robots-tag"] == "noindex"


def test_nobody_has_brought_anything(web: Web, make: Make) -> None:
    party, lou = party_of(web, make)
    events.withdraw_items(party.anna, party.event.pid, [party.shown.pid])
    page = lou.client.get(lou.base).text
    assert "No pictures yet" in page
    assert "Be the first" in page
    assert "Download all" not in page
    web.context.events.change(party.anna, party.event.pid, {"guests": "view"})
    page = lou.client.get(lou.base).text
    assert "No pictures yet" in page
    assert "Be the first" not in page


def test_pages_of_many(web: Web, make: Make) -> None:
    party, lou = party_of(web, make)
    items = [make.item(web.people["anna"], f"IMG_{n:03}.jpg", taken=n) for n in range(PAGE + 4)]
    events.contribute_items(party.anna, party.event.pid, [i.pid for i in items])
    first = lou.client.get(lou.base).text
    assert f"{PAGE + 5} pictures and videos" in first
    assert first.count('class="tile ') == PAGE
    cursor = first.partition("?cursor=")[2].partition('"')[0]
    second = lou.client.get(f"{lou.base}?cursor={cursor}").text
    assert second.count('class="tile ') == 5
    assert 'id="mine"' not in second
    assert lou.client.get(f"{lou.base}?cursor=nonsense").status_code == 422


@pytest.mark.parametrize("download", [True, False])
def test_downloading_where_it_is_allowed(web: Web, make: Make, download: bool) -> None:
    _, lou = party_of(web, make, download=download)
    assert ("Download all" in lou.client.get(lou.base).text) == download
    page = lou.client.get(f"{lou.base}/items/{web.item.pid}").text
    assert ("download=1" in page) == download
    whole = lou.client.get(f"{lou.base}/items/{web.item.pid}/original?download=1")
    assert (whole.status_code, whole.content == PICTURE) == ((200, True) if download else (404, False))
    assert lou.client.post(f"{lou.base}/zip").status_code == (200 if download else 404)


def test_a_page_of_pictures_needs_no_room_in_the_queue(
    web: Web, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That masks are looked for is asked in passing: whoever looks waits for nothing."""
    _, lou = party_of(web, make, place=False)
    asked = []

    def fail(*_: object, **more: object) -> None:
        asked.append(more["dedupe_key"])
        raise OperationalError("database is locked")

    monkeypatch.setattr(Jobs, "enqueue", fail)
    page = lou.client.get(lou.base)
    assert (page.status_code, web.item.pid in page.text, len(asked)) == (200, True, 1)


class TestBringing:
    """What is said to who may bring something, and to who may not."""

    @pytest.mark.parametrize(
        ("given", "said", "unsaid"),
        [
            ({}, ["in the storage of anna", "when anna has approved it", "as long as the event goes on"], ["at once"]),
            ({"approval": "none"}, ["to everybody at once"], ["has approved"]),
            ({"guests": "drop"}, ["No other guest sees it."], ["has approved", "to everybody at once"]),
            ({"max_files": 1}, ["Everybody may bring 1 file."], ["in all"]),
            ({"max_files": 20, "max_bytes": 5_000_000}, ["bring 20 files.", "5.0 MB in all."], []),
        ],
    )  # fmt: skip
    def test_what_happens_to_a_file(
        self, web: Web, make: Make, given: dict[str, Any], said: list[str], unsaid: list[str]
    ) -> None:
        _, lou = party_of(web, make, **given)
        bring = lou.client.get(lou.base).text.partition('id="bring"')[2].partition("</section>")[0]
        assert [words for words in said if words not in bring] == []
        assert [words for words in unsaid if words in bring] == []

    @pytest.mark.parametrize("why", ["only looking", "no storage", "not writable"])
    def test_nothing_is_asked_for_where_nothing_is_taken(self, web: Web, make: Make, why: str) -> None:
        cases: dict[str, dict[str, Any]] = {
            "only looking": {"guests": "view"}, "no storage": {"storage": None}, "not writable": {},
        }  # fmt: skip
        party, lou = party_of(web, make, **cases[why])
        if why == "not writable":
            Storage.update(writable=False).execute()
        page = lou.client.get(lou.base).text
        assert 'id="bring"' not in page
        assert "Bring pictures" not in page
        assert "Take part as yourself" in page
        assert ("contribute from your own storages" in page) == (why != "only looking")
        assert party.now().state == "open"


class TestMine:
    """What one brought, what became of it, and taking it back."""

    def test_each_says_what_became_of_it(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make)
        for name, decision in (("a.jpg", ""), ("b.jpg", "approve"), ("c.jpg", "reject")):
            party.drop(lou, name, decision=decision)
        page = lou.client.get(lou.base).text.partition('id="mine"')[2]
        assert [page.count(f'class="badge state {s}"') for s in ("pending", "approved", "rejected")] == [
            1,
            1,
            1,
        ]
        for words in ("a.jpg, waiting", "b.jpg, visible", "c.jpg, not shown"):
            assert words in page

    def test_in_a_drop_box_it_is_received_and_there_is_nothing_else(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make, guests="drop", approval="none")
        party.drop(lou, "a.jpg")
        page = lou.client.get(lou.base).text
        assert "a.jpg, received" in page
        assert "visible" not in page
        assert web.item.pid not in page
        assert "No pictures yet" not in page
        assert "pictures and videos" not in page

    def test_taking_some_back(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make)
        one, two, three = (party.drop(lou, f"{n}.jpg", decision="approve") for n in "abc")
        max_ = party.enter("Max")
        assert one.pid in max_.client.get(max_.base).text
        form = {f"pick.{one.pid}": "on", f"pick.{two.pid}": "on"}
        answer = lou.client.post(f"{lou.base}/take-back", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{lou.base}?back=2")
        page = lou.client.get(answer.headers["location"]).text
        assert "2 pictures were taken back." in page
        for viewer in (page, max_.client.get(max_.base).text):
            assert [i.pid in viewer for i in (one, two, three)] == [False, False, True]
        for item in (one, two):
            assert max_.client.get(f"{max_.base}/items/{item.pid}").status_code == 404
            assert lou.client.get(f"{lou.base}/items/{item.pid}/rendition/320").status_code == 404
        jobs = [job.payload["item"] for job in Job.select().where(Job.kind == events.DISCARD)]
        assert sorted(jobs) == sorted([one.id, two.id])
        assert lou.client.post(f"{lou.base}/take-back", data=form).status_code == 404  # sent again

    def test_one_by_the_button_on_its_page(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make)
        item = party.drop(lou)
        page = lou.client.get(f"{lou.base}/items/{item.pid}").text
        assert f'name="pick.{item.pid}"' in page
        assert "deleted for good after 30 days" in page
        assert 'name="pick.' not in lou.client.get(f"{lou.base}/items/{web.item.pid}").text

    @pytest.mark.parametrize("form", [{}, {"pick": "x"}, {"ids": "x"}])
    def test_nothing_is_ticked(self, web: Web, make: Make, form: dict[str, str]) -> None:
        party, lou = party_of(web, make)
        party.drop(lou)
        answer = lou.client.post(f"{lou.base}/take-back", data=form)
        assert answer.status_code == 422
        assert "Tick at least one picture first." in answer.text
        assert 'id="mine"' in answer.text

    def test_others_and_the_organisers_own_stay(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make)
        theirs = party.drop(party.enter("Max"), decision="approve")
        for item in (theirs, party.shown):
            assert (
                lou.client.post(f"{lou.base}/take-back", data={f"pick.{item.pid}": "on"}).status_code == 404
            )
        assert not Item.select().where(Item.taken_back_at.is_null(False)).exists()


class TestNames:
    """Who brought what is told where the organiser says so, and as text."""

    @pytest.mark.parametrize("names", [True, False])
    def test_as_the_organiser_wants(self, web: Web, make: Make, names: bool) -> None:
        party = Gathering(web, make, names=names)
        item = party.drop(party.enter("Max & <b>Moritz</b>"), decision="approve")
        lou = party.enter()
        for path in (lou.base, f"{lou.base}/items/{item.pid}"):
            page = lou.client.get(path).text
            assert ("Max &amp; &lt;b&gt;Moritz&lt;/b&gt;" in page) == names
            assert "<b>Moritz" not in page
        assert (
            "Brought by" not in lou.client.get(f"{lou.base}/items/{web.item.pid}").text
        )  # the organiser's own


class TestLeaving:
    """It takes along what the guest brought, and says so first."""

    def test_it_says_what_it_does(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make)
        assert "What you brought" not in lou.client.get(f"{lou.base}/leave").text
        party.drop(lou, "a.jpg")
        party.drop(lou, "b.jpg", decision="reject")
        page = lou.client.get(f"{lou.base}/leave").text
        assert "What you brought leaves with you: 2 pictures." in page
        assert "take everything back" in page
        assert lou.guest.ended_at is None

    def test_all_of_it_is_gone_and_the_browser_has_forgotten(self, web: Web, make: Make) -> None:
        party, lou = party_of(web, make)
        mine = [party.drop(lou, "a.jpg", decision="approve"), party.drop(lou, "b.jpg")]
        theirs = party.drop(party.enter("Max"), "c.jpg", decision="approve")
        answer = lou.client.post(f"{lou.base}/leave")
        assert (answer.status_code, answer.headers["location"]) == (303, "/e?left=2")
        page = lou.client.get(answer.headers["location"]).text
        assert "You have left." in page
        assert "What you brought is taken back." in page
        assert [Item.get_by_id(i.id).taken_back_at is not None for i in (*mine, theirs)] == [
            True,
            True,
            False,
        ]
        assert Guest.get(Guest.name == "Lou").ended_at is not None
        assert lou.client.get(lou.base).status_code == 404

    def test_by_a_link_it_is_as_before(self, web: Web, make: Make, browser: Browser) -> None:
        party = Gathering(web, make)
        lake = make.collection(web.people["anna"], "Lake", items=[web.item])
        link = web.context.links.make(party.anna, lake.pid, LinkTerms())
        client = browser()
        base = client.post(f"/s/{link.secret}").headers["location"]
        assert "What you brought" not in client.get(f"{base}/leave").text
        assert client.post(f"{base}/leave").headers["location"] == base
        for path in ("/join", "/take-back"):
            assert client.post(f"{base}{path}").status_code == 404


@pytest.mark.parametrize("language", ["en", "de"])
def test_in_the_language_of_the_browser(web: Web, make: Make, language: str) -> None:
    party, lou = party_of(web, make)
    party.drop(lou)
    for path, german in (
        ("", "ausgerichtet von"),
        ("/leave", "zurücknehmen"),
        ("/join", "Selbst teilnehmen"),
    ):
        page = lou.client.get(lou.base + path, headers={"Accept-Language": language}).text
        assert f'lang="{language}"' in page
        assert (german in page) == (language == "de")


def test_the_end_is_told_with_its_moment_and_whom_to_ask(web: Web, make: Make) -> None:
    party, lou = party_of(web, make)
    web.context.events.close(party.anna, party.event.pid)
    for path in ("", "/state", "/join", "/leave"):
        answer = lou.client.get(lou.base + path)
        assert answer.status_code == 410
        if path != "/state":
            assert "It ended on" in answer.text
            assert "anna" in answer.text
