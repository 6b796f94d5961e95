"""`Collections/` and `Shared with me/`: what is in them, under which names, and nothing of what is not shared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services import accounts, clock, sharing
from services.errors import NotFound
from services.models import (
    Arrival,
    Asset,
    Collection,
    File,
    Grant,
    Item,
    Share,
    Storage,
    TreeFact,
    User,
    counters,
    transaction,
)
from services.viewers import Viewer
from tests.virtualfs.household import Home
from virtualfs.nodes import File as FileNode
from virtualfs.nodes import Folder

pytestmark = pytest.mark.db


class Two:
    """Anna with a collection, and Ben, with whom she shares it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ben = home.make.user("ben")
        self.viewer: Viewer = home.make.viewer(self.ben)
        self.lake = home.make.collection(home.anna, "Lake")

    def put(self, path: str, taken: str | None = "2026-07-14 12:30", **more: Any) -> File:
        """A picture in the collection."""
        file = self.home.item(path, taken)
        if more:
            Item.update(**more).where(Item.id == file.asset.item_id).execute()
        self.add(file)
        return file

    def add(self, *files: File) -> None:
        with transaction():
            for file in files:
                self.home.make.member(self.lake, file.asset.item)
            counters.bump_content()

    def share(self, collection: Collection | None = None, to: User | None = None, **more: Any) -> Grant:
        share = self.home.make.share(collection or self.lake, **more)
        with transaction():
            counters.bump_content()
            return self.home.make.grant(share, user=to or self.ben, expires_at=share.expires_at)

    def node(self, path: str) -> FileNode | Folder:
        return self.home.tree.resolve(self.viewer, path.split("/"))

    def names(self, path: str) -> list[str]:
        node = self.node(path)
        assert isinstance(node, Folder)
        return sorted(child.name for child in self.home.tree.children(self.viewer, node))


@pytest.fixture
def two(home: Home) -> Two:
    return Two(home)


THEIRS = "Shared with me/anna/Lake"


class TestOwn:
    def test_a_collection_is_a_folder_of_its_items(self, two: Two) -> None:
        home = two.home
        two.put("x/IMG_1.jpg")
        home.item("x/other.jpg")
        home.make.collection(home.anna, "Aufräumen: 1/2")
        home.make.collection(home.anna, "gone", deleted_at=1)
        home.make.collection(home.anna, "of an event", purpose="event")
        assert home.names("Collections") == ["Aufräumen： 1／2", "Lake"]
        assert home.names("Collections/Lake") == ["IMG_1.jpg"]
        assert home.find("collections/lake/img_1.JPG") == home.find("Collections/Lake/IMG_1.jpg")
        assert home.find("Collections/Lake/IMG_1.jpg").etag == home.find("Storages/Photos/x/IMG_1.jpg").etag
        assert home.names("Collections/Aufräumen： 1／2") == []

    def test_what_a_query_found_and_what_it_did_not(self, two: Two) -> None:
        home = two.home
        dynamic = home.make.collection(home.anna, "Canon", kind="dynamic", query={"v": 1})
        for name, rule in (("a.jpg", ""), ("b.jpg", "never")):
            home.make.member(dynamic, home.item(name).asset.item, rule=rule)
        assert home.names("Collections/Canon") == ["a.jpg"]

    def test_what_others_contributed(self, two: Two) -> None:
        home = two.home
        bens = home.make.collection(two.ben, "Ben's")
        share = home.make.share(bens, "collection")
        grant = home.make.grant(share, into=two.lake)
        for number, state in enumerate(("approved", "pending", "approved")):
            item = home.make.item(two.ben, f"b{number}.jpg")
            asset = home.make.asset(item)
            home.make.file(storage_of(two), f"b{number}.jpg", asset=asset)
            home.make.member(bens, item)
            Arrival.create(
                collection=two.lake, item=item, grant=grant, state=state, arrived_at=0,
                decided_at=None if state == "pending" else 1,
            )  # fmt: skip
        assert home.names("Collections/Lake") == ["b0.jpg", "b2.jpg"]
        Share.update(may_download=False).execute()
        moved()
        assert home.names("Collections/Lake") == [], "looked at in the browser only"

    def test_one_that_is_thrown_away_is_gone(self, two: Two) -> None:
        two.put("a.jpg")
        assert two.home.find("Collections/Lake/a.jpg")
        with transaction():
            Collection.update(deleted_at=1).execute()
            counters.bump_policy()
        for path in ("Collections/Lake", "Collections/Lake/a.jpg"):
            with pytest.raises(NotFound):
                two.home.resolve(path)

    def test_missing_files_keep_their_names(self, two: Two) -> None:
        first = two.put("canon/IMG_1.jpg")
        second = two.put("nikon/IMG_1.jpg")
        File.update(presence="missing", absent_since=1).where(File.id == first.id).execute()
        moved()
        assert two.home.names("Collections/Lake") == [f"IMG_1 ({second.asset_id}).jpg"]

    def test_names_that_look_alike(self, two: Two) -> None:
        second = two.home.make.collection(two.home.anna, "Lake：")
        third = two.home.make.collection(two.home.anna, "Lake:")
        names = two.home.names("Collections")
        assert names == sorted(["Lake", f"‛{'：'}".join(("Lake", "")), "Lake："])
        Collection.update(deleted_at=1).where(Collection.id == second.id).execute()
        moved()
        assert third.name == "Lake:"
        assert "Lake：" in two.home.names("Collections")


def storage_of(two: Two) -> Any:
    found = Storage.get_or_none(Storage.owner == two.ben)
    return found or two.home.make.storage(two.ben, "Ben")


def moved() -> None:
    with transaction():
        counters.bump_policy()


class TestShared:
    def test_only_what_is_shared_is_there(self, two: Two) -> None:
        two.put("a.jpg")
        two.home.item("private.jpg")
        two.home.make.collection(two.home.anna, "Secret")
        assert two.names("Shared with me") == []
        two.share()
        assert two.names("Shared with me") == ["anna"]
        assert two.names("Shared with me/ANNA") == ["Lake"]
        assert two.names(THEIRS) == ["a.jpg"]
        assert two.node(f"{THEIRS}/A.JPG").name == "a.jpg"
        assert two.home.names("Shared with me") == []
        for path in (
            f"{THEIRS}/private.jpg", "Shared with me/anna/Secret", "Shared with me/ben", "Collections/Lake",
            f"{THEIRS}/a.jpg/x", "Shared with me/nobody/Lake",
        ):  # fmt: skip
            with pytest.raises(NotFound):
                two.node(path)

    def test_without_the_right_to_download_nothing_is_there(self, two: Two) -> None:
        two.put("a.jpg")
        two.put("b.mov", type="video")
        two.share(may_download=False)
        assert two.names("Shared with me") == []
        with pytest.raises(NotFound):
            two.node(f"{THEIRS}/b.mov")

    def test_what_keeps_its_place_back_is_there_only_where_it_can_be_masked(self, two: Two) -> None:
        two.put("a.jpg")
        known = two.put("b.jpg")
        Asset.update(masks=[]).where(Asset.id == known.asset_id).execute()
        two.share(shows_place=False)
        assert two.names(THEIRS) == ["b.jpg"]

    def test_one_collection_tells_nothing_of_another(self, two: Two) -> None:
        """A picture that may be downloaded by one share is not in the folder of a share that only shows it."""
        file = two.put("a.jpg")
        other = two.home.make.collection(two.home.anna, "Other", items=[file.asset.item])
        two.share(may_download=False)
        two.share(other)
        assert two.names("Shared with me/anna") == ["Other"]
        assert two.names("Shared with me/anna/Other") == ["a.jpg"]

    def test_two_collections_are_two_folders(self, two: Two) -> None:
        two.put("a.jpg")
        other = two.home.make.collection(two.home.anna, "Other", items=[two.home.item("b.jpg").asset.item])
        two.share()
        two.share(other)
        assert two.names(THEIRS) == ["a.jpg"]
        assert two.names("Shared with me/anna/Other") == ["b.jpg"]
        with pytest.raises(NotFound):
            two.node(f"{THEIRS}/b.jpg")

    @pytest.mark.parametrize(
        "end",
        [
            lambda two: sharing.revoke(two.home.viewer, {"grant": Grant.get().pid}),
            lambda two: sharing.leave(two.viewer, Grant.get().pid),
            lambda two: accounts.disable_person(accounts.OPERATOR, two.home.anna.pid),
        ],
        ids=["revoked", "left", "disabled"],
    )
    def test_what_has_ended_is_not_there(self, two: Two, end: Callable[[Two], object]) -> None:
        two.put("a.jpg")
        two.share()
        folder = two.node(THEIRS)
        assert two.names(THEIRS) == ["a.jpg"]
        assert two.node(f"{THEIRS}/a.jpg")
        end(two)
        assert two.names("Shared with me") == []
        assert isinstance(folder, Folder)
        assert list(two.home.tree.children(two.viewer, folder)) == [], "a folder that was asked for before"
        for path in (f"{THEIRS}/a.jpg", THEIRS, "Shared with me/anna"):
            with pytest.raises(NotFound):
                two.node(path)

    def test_what_ends_by_the_clock_is_not_there(self, two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
        two.put("a.jpg")
        end = clock.now() + clock.HOUR
        two.share(expires_at=end)
        assert two.names(THEIRS) == ["a.jpg"]
        assert two.node(f"{THEIRS}/a.jpg")
        monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
        assert two.names("Shared with me") == []
        with pytest.raises(NotFound):
            two.node(f"{THEIRS}/a.jpg")

    def test_one_picture_withdrawn_leaves_the_others(self, two: Two) -> None:
        file = two.put("a.jpg")
        two.put("b.jpg")
        two.share()
        assert two.names(THEIRS) == ["a.jpg", "b.jpg"]
        sharing.withdraw(two.home.viewer, [file.asset.item.pid])
        assert two.names(THEIRS) == ["b.jpg"]

    def test_missing_is_not_told(self, two: Two) -> None:
        file = two.put("a.jpg")
        two.share()
        Item.update(missing=True).where(Item.id == file.asset.item_id).execute()
        moved()
        assert two.names(THEIRS) == []

    def test_what_is_passed_on_goes_when_its_owner_says_so(self, two: Two) -> None:
        file = two.put("a.jpg")
        own = two.share(may_reshare=True)
        cleo = two.home.make.user("cleo")
        bens = two.home.make.collection(two.ben, "Ben's", items=[file.asset.item])
        two.share(bens, cleo)
        viewer = two.home.make.viewer(cleo)
        tree = two.home.tree

        def listed() -> list[str]:
            folder = tree.resolve(viewer, ["Shared with me", "ben", "Ben's"])
            assert isinstance(folder, Folder)
            return [node.name for node in tree.children(viewer, folder)]

        assert listed() == ["a.jpg"]
        sharing.revoke(two.home.viewer, {"grant": own.pid})
        assert listed() == []

    def test_what_is_passed_on_goes_by_the_clock_of_its_owner(
        self, two: Two, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The folder stays; what is in it has ended without a word."""
        file, end = two.put("a.jpg"), clock.now() + clock.HOUR
        two.share(may_reshare=True, expires_at=end)
        cleo = two.home.make.user("cleo")
        two.share(two.home.make.collection(two.ben, "Ben's", items=[file.asset.item]), cleo)
        tree, viewer, path = two.home.tree, two.home.make.viewer(cleo), ["Shared with me", "ben", "Ben's"]
        folder = tree.resolve(viewer, path)
        assert isinstance(folder, Folder)
        assert [node.name for node in tree.children(viewer, folder)] == ["a.jpg"]
        assert tree.resolve(viewer, [*path, "a.jpg"])
        monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
        assert list(tree.children(viewer, folder)) == []
        with pytest.raises(NotFound):
            tree.resolve(viewer, [*path, "a.jpg"])

    def test_two_people_see_the_same_collection_each_by_their_own_rights(self, two: Two) -> None:
        two.put("a.jpg")
        cleo = two.home.make.user("cleo")
        two.share()
        two.share(to=cleo, shows_place=False)
        assert two.names(THEIRS) == ["a.jpg"]
        tree, viewer = two.home.tree, two.home.make.viewer(cleo)
        folder = tree.resolve(viewer, THEIRS.split("/"))
        assert isinstance(folder, Folder)
        assert list(tree.children(viewer, folder)) == []
        with pytest.raises(NotFound):
            tree.resolve(viewer, [*THEIRS.split("/"), "a.jpg"])

    @pytest.mark.parametrize("mine", [True, False])
    def test_neither_sidecars_nor_what_a_removed_storage_held(self, two: Two, mine: bool) -> None:
        file = two.put("a.jpg")
        two.home.file("a.xmp", b"<xmp/>", asset=two.home.asset(file.asset.item, b"<xmp/>", "sidecar"))
        two.share()
        names, lake = (two.home.names, "Collections/Lake") if mine else (two.names, THEIRS)
        assert names(lake) == ["a.jpg"]
        with transaction():
            Storage.update(removed_at=1).execute()
            counters.bump_policy()
        assert names(lake) == []

    def test_subtitles_beside_their_video(self, two: Two) -> None:
        """But for what tells a place that is kept back."""
        file = two.put("a.mp4")
        item = file.asset.item
        Item.update(type="video").execute()
        for name in ("a.srt", "a.de.srt"):
            two.home.file(name, name.encode(), asset=two.home.asset(item, name.encode(), "subtitle"))
        Asset.update(masks=[]).where(Asset.size != 8).execute()
        two.share()
        everything = ["a.de.srt", "a.mp4", "a.srt"]
        assert two.home.names("Library/2026/2026-07") == two.home.names("Collections/Lake") == everything
        assert two.names(THEIRS) == everything
        with transaction():
            Share.update(shows_place=False).execute()
            counters.bump_policy()
        assert two.home.names("Collections/Lake") == everything
        assert two.names(THEIRS) == ["a.mp4", "a.srt"]
        with pytest.raises(NotFound):
            two.node(f"{THEIRS}/a.de.srt")

    def test_names_are_given_by_what_is_seen(self, two: Two) -> None:
        """A hidden picture of the same name neither takes the name nor is it told of by a number."""
        hidden = two.put("canon/IMG_1.jpg")
        Item.update(withdrawn_at=1).where(Item.id == hidden.asset.item_id).execute()
        two.put("nikon/IMG_1.jpg")
        two.share()
        assert two.home.names("Collections/Lake") != ["IMG_1.jpg"]
        assert two.names(THEIRS) == ["IMG_1.jpg"]
        assert TreeFact.select().where(TreeFact.user == two.ben).count() == 0

    def test_two_shares_are_one_folder(self, two: Two) -> None:
        two.put("a.jpg")
        two.share(may_download=False)
        two.share()
        assert two.names("Shared with me/anna") == ["Lake"]
        assert two.names(THEIRS) == ["a.jpg"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that are full with four entries."""
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 4)


class TestSplit:
    def fill(self, two: Two) -> None:
        for number in range(3):
            two.put(f"a/IMG_{number}.jpg", "2026-07-14 12:00")
        two.put("b/IMG_1.jpg", "2025-12-31 23:00")

    @pytest.mark.parametrize("mine", [True, False])
    def test_a_large_one_is_shown_by_months_and_stays_so(self, two: Two, small: None, mine: bool) -> None:
        self.fill(two)
        two.share()
        lake = "Collections/Lake" if mine else THEIRS
        names, node = (two.home.names, two.home.resolve) if mine else (two.names, two.node)
        before = names(lake)
        assert len(before) == 4
        extra = two.put("scan.jpg", None)
        assert names(lake) == ["2025", "2026", "Undated"]
        assert names(f"{lake}/2026") == ["2026-07"]
        assert names(f"{lake}/2026/2026-07") == ["IMG_0.jpg", "IMG_1.jpg", "IMG_2.jpg"]
        assert names(f"{lake}/2025/2025-12") == ["IMG_1.jpg"]
        assert names(f"{lake}/Undated") == ["scan.jpg"]
        for name in before:
            assert isinstance(node(f"{lake}/{name}"), FileNode), "from before it was split"
        assert node(f"{lake}/IMG_1.jpg") != node(f"{lake}/2025/2025-12/IMG_1.jpg")
        Item.delete().where(Item.id == extra.asset.item_id).execute()
        moved()
        assert names(lake) == ["2025", "2026"], "once split, always split"
        for path in (
            "1999",
            "2026/2026-08",
            "Undated",
            "2026/2026-07/nope.jpg",
            "nope.jpg",
            "IMG_9 (77).jpg",
        ):
            with pytest.raises(NotFound):
                node(f"{lake}/{path}")

    def test_a_month_is_split_too(self, two: Two, small: None) -> None:
        for number in range(6):
            two.put(f"IMG_{number}.jpg")
        two.share()
        assert two.names(f"{THEIRS}/2026/2026-07") == ["(1)", "(2)"]
        assert two.names(f"{THEIRS}/2026/2026-07/(2)") == ["IMG_4.jpg", "IMG_5.jpg"]
        assert two.node(f"{THEIRS}/2026/2026-07/IMG_5.jpg") == two.node(f"{THEIRS}/IMG_5.jpg")

    def test_splitting_tells_nothing_of_what_is_not_shared(self, two: Two, small: None) -> None:
        self.fill(two)
        hidden = [two.put(f"h{n}.jpg", "2024-01-01 00:00", withdrawn_at=1) for n in range(5)]
        two.share()
        assert two.home.names("Collections/Lake") == ["2024", "2025", "2026"]
        assert len(two.names(THEIRS)) == 4, "its owner's is split, the one who sees less of it has it whole"
        facts = {(f.user_id, f.key) for f in TreeFact.select()}
        assert (two.home.anna.id, "split") in facts
        assert (two.ben.id, "split") not in facts
        with pytest.raises(NotFound):
            two.node(f"{THEIRS}/{hidden[0].name}")

    def test_an_unsplit_path_opens_nothing_that_is_not_shared(self, two: Two, small: None) -> None:
        self.fill(two)
        two.put("more.jpg")
        grant = two.share()
        hidden = two.put("hidden.jpg", withdrawn_at=1)
        assert two.names(THEIRS) == ["2025", "2026"]
        for name in ("hidden.jpg", f"hidden ({hidden.asset_id}).jpg"):
            with pytest.raises(NotFound):
                two.node(f"{THEIRS}/{name}")
        assert two.node(f"{THEIRS}/more.jpg")
        sharing.revoke(two.home.viewer, {"grant": grant.pid})
        for name in ("more.jpg", "2026", "2026/2026-07/more.jpg"):
            with pytest.raises(NotFound):
                two.node(f"{THEIRS}/{name}")


def test_what_is_kept_has_a_limit(two: Two, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("virtualfs.albums.KEPT_COLLECTIONS", 2)
    for number in range(4):
        two.home.make.collection(two.home.anna, f"C{number}")
    for number in range(4):
        assert two.home.names(f"Collections/C{number}") == []
    branch = two.home.tree._branches["Collections"]
    assert len(branch.albums._shapes) == 2  # type: ignore[attr-defined]
