"""What is prepared ahead: the thumbnails of a page, the next two of a slide show, and never without end."""

import threading
from collections.abc import Sequence
from typing import Any

from services.models import Job, Share
from services.viewers import Viewer
from tests.virtualfs.dlna.television import Television
from virtualfs.dlna import ahead
from virtualfs.dlna.ahead import Ahead

SCREEN = Viewer(0, "", "Living room", kind="screen", screen_id=1)


class Spy:
    """Says what was asked for ahead; holds on while it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], str]] = []
        self.may = threading.Event()
        self.may.set()

    def prefetch(self, viewer: Viewer, pids: Sequence[str], profile: str = "LRG") -> int:
        self.may.wait(30)
        self.asked.append((tuple(pids), profile))
        if profile == "SM":
            raise OSError("a full disk")
        return len(pids)


def done(it: Ahead) -> None:
    """Wait until all was worked on."""
    it._thread.submit(lambda: None).result(30)


def test_the_next_ones() -> None:
    spy = Spy()
    it = Ahead(spy, spy)  # type: ignore[arg-type]  # a spy
    it.listed(SCREEN, list("abcd"))
    it.lacking(SCREEN, thumbnails=["b"], players=[])
    for pid in "abcdx":
        it.shown(SCREEN, pid, "FHD")
    it.shown(SCREEN, "a", "TN")
    done(it)
    assert spy.asked == [(("b",), "TN"), (("b", "c"), "FHD"), (("c", "d"), "FHD"), (("d",), "FHD")]


def test_who_is_too_quick_is_not_prepared_for() -> None:
    spy = Spy()
    spy.may.clear()
    it = Ahead(spy, spy)  # type: ignore[arg-type]  # a spy
    for n in range(1000):
        it.listed(Viewer(0, "", "", kind="screen", screen_id=n), ["a"])
        it.lacking(SCREEN, thumbnails=["a"], players=[])
    spy.may.set()
    done(it)
    assert len(spy.asked) == ahead.KEPT
    assert len(it._pages) == ahead.KEPT
    it.lacking(SCREEN, thumbnails=["z"], players=[])
    done(it)
    assert spy.asked[-1] == (("z",), "TN"), "and then again"


def test_a_page_that_is_listed(screen: Television) -> None:
    screen.many(3)
    screen.browse("p.202607")
    done(screen_ahead(screen))
    (job,) = Job.select()
    assert (job.kind, job.payload["profile"], len(job.payload["assets"])) == ("picture", "TN", 3)


def test_the_page_that_was_listed_last_counts(screen: Television) -> None:
    """Also where it was kept as text; a look at one item of it is no page."""
    screen.many(6)
    whole = screen.browse("p.202607").ids
    screen.browse("p.202607", start=1, count=3)
    screen.browse(whole[5], "BrowseMetadata")
    (page,) = screen_ahead(screen)._pages.values()
    assert [f"p.202607.i{pid}" for pid in page] == whole[1:4]


def test_films_of_which_the_place_is_kept_back(screen: Television) -> None:
    """What has to be hidden of them is found out while the list is looked at."""
    film = screen.share("film.mp4", type="video", mime="video/mp4")
    Share.update(shows_place=False).execute()
    screen.browse("v")
    done(screen_ahead(screen))
    assert {(job.kind, job.payload.get("asset")) for job in Job.select()} >= {("mask", film.cover_id)}


def screen_ahead(screen: Television) -> Ahead:
    router: Any = screen.app._app  # type: ignore[attr-defined]  # a gate before a router
    found: Ahead = router.routes[0].endpoint.__self__._ahead
    return found
