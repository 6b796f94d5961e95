"""Renditions for viewers: the right is asked of the item, the bytes are found by content."""

from typing import cast

import pytest

from services.errors import NotFound, UsageError
from services.jobs import Jobs
from services.media.rendition_store import RenditionStore
from services.media.types import RECIPE
from services.models import Item, Job, User
from services.renditions import Renditions, cover
from tests.factories import Make
from tests.fakes import FakeStore

pytestmark = pytest.mark.db


class Home:
    def __init__(self, make: Make) -> None:
        self.make = make
        self.jobs, self.store = Jobs(lambda lane, job: None, "here"), FakeStore()
        self.renditions = Renditions(cast(RenditionStore, self.store), self.jobs)
        self.anna = make.user("anna")
        self.viewer = make.viewer(self.anna)
        self.item = self.picture(self.anna)

    def picture(self, owner: User) -> Item:
        item = self.make.item(owner)
        Item.update(cover_id=self.make.asset(item, b"the same bytes").id).where(Item.id == item.id).execute()
        return Item.get_by_id(item.id)


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


def test_found_by_content(home: Home) -> None:
    wanted = home.renditions.wanted(home.viewer, home.item.pid, 320)
    assert home.renditions.find(wanted) is None
    home.store.put(wanted.content, 320, b"small")
    assert home.renditions.find(wanted) == b"small"
    assert home.renditions.find(home.renditions.wanted(home.viewer, home.item.pid, 1600)) is None


def test_the_tag_names_content_size_and_recipe(home: Home) -> None:
    small, large = (home.renditions.wanted(home.viewer, home.item.pid, size) for size in (320, 1600))
    assert small.etag != large.etag
    assert small.etag == f"{small.content[:24]}-320-{RECIPE}"
    assert (small.mime, large.mime) == ("image/webp", "image/jpeg")


@pytest.mark.parametrize("size", [0, -320, 321, 10**30])
def test_there_are_two_sizes(home: Home, size: int) -> None:
    with pytest.raises(UsageError) as caught:
        home.renditions.wanted(home.viewer, home.item.pid, size)
    assert caught.value.field == "size"


def test_equal_bytes_open_nobody_elses_picture(home: Home) -> None:
    ben = home.make.viewer(home.make.user("ben"))
    with pytest.raises(NotFound):
        home.renditions.wanted(ben, home.item.pid, 320)


def test_who_wants_the_same_waits_for_the_same_job(home: Home) -> None:
    wanted = home.renditions.wanted(home.viewer, home.item.pid, 1600)
    job = home.renditions.ask(home.viewer, wanted)
    assert home.renditions.ask(home.viewer, wanted).id == job.id
    assert (job.lane, job.user_id, job.payload) == (
        "click", home.anna.id, {"asset": wanted.asset_id, "size": 1600},
    )  # fmt: skip


def test_nobody_depends_on_a_strangers_copy_of_the_same_bytes(home: Home) -> None:
    """Their storage may be away, and they may stop their job."""
    ben = home.make.user("ben")
    theirs = home.picture(ben)
    home.renditions.ask(home.viewer, home.renditions.wanted(home.viewer, home.item.pid, 1600))
    viewer = home.make.viewer(ben)
    home.renditions.ask(viewer, home.renditions.wanted(viewer, theirs.pid, 1600))
    assert [j.user_id for j in Job.select().order_by(Job.id)] == [home.anna.id, ben.id]


def test_an_item_without_a_cover_has_none(make: Make) -> None:
    with pytest.raises(NotFound):
        cover(make.item(make.user()))
