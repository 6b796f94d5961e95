"""Writing into collections: what is put is there at once, what is taken away is only taken out, originals stay."""

from typing import Any

import pytest

from services import collections, sharing
from services.errors import Changed, Conflict, NotFound, ReadOnly, UsageError
from services.models import (
    Arrival,
    Asset,
    Collection,
    CollectionItem,
    File,
    Grant,
    Item,
    Share,
    Storage,
    User,
)
from tests.factories import Make
from tests.fakes import JPEG, jpeg
from tests.virtualfs.attic import Attic
from virtualfs import albums, collections_writing
from virtualfs.handing import BY_MONTH, JUNK, KEEPS_NAME, NO_FOLDERS
from virtualfs.nodes import Folder
from virtualfs.writing import Act

DATA, OTHER = jpeg(n=1, taken="2026-07-14T12:30:00"), jpeg(n=2, taken="2026-08-14T12:30:00")


class TestPut:
    @pytest.mark.db
    def test_it_is_there_at_once_and_stays(self, attic: Attic) -> None:
        attic.share()
        tag = attic.write("Collections/Lake/IMG_1.jpg", DATA)
        node = attic.file("Collections/Lake/img_1.JPG")
        assert (node.name, node.size, node.etag) == ("IMG_1.jpg", len(DATA), tag)
        assert node.original is not None, "its bytes can be asked for"
        assert attic.listed("Collections/Lake") == ["IMG_1.jpg"]
        assert attic.listed("Shared with me", attic.ben) == ["anna"]
        assert attic.listed("Shared with me/anna/Lake", attic.ben) == [], "nobody sees what is not read"
        attic.read()
        assert attic.listed("Collections/Lake") == ["IMG_1.jpg"]
        assert attic.listed("Shared with me/anna/Lake", attic.ben) == ["IMG_1.jpg"]
        assert attic.listed("Library/2026/2026-07") == ["IMG_1.jpg"]
        assert attic.listed("Storages/One/Collections/Lake") == ["IMG_1.jpg"]

    def test_it_is_there_also_while_it_comes_in(self, attic: Attic, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is read, and becomes a member, between two of the questions of one listing."""
        real = albums._laid_out

        def and_then_it_comes_in(*given: Any) -> Any:
            found = real(*given)
            attic.read()
            return found

        attic.write("Collections/Lake/IMG_1.jpg", DATA)
        folder = attic.node("Collections/Lake")
        assert isinstance(folder, Folder)
        monkeypatch.setattr(albums, "_laid_out", and_then_it_comes_in)
        assert [node.name for node in attic.tree.children(attic.anna, folder)] == ["IMG_1.jpg"]
        monkeypatch.undo()
        assert attic.listed("Collections/Lake") == ["IMG_1.jpg"]

    def test_an_empty_file_comes_first(self, attic: Attic) -> None:
        """Explorer puts one and then the bytes; Finder and davfs2 lock a name that is not there yet."""
        assert attic.write("Collections/Lake/IMG_1.jpg", b"") is None
        node = attic.file("Collections/Lake/IMG_1.jpg")
        assert (node.size, node.original) == (0, None)
        assert attic.write("Collections/Lake/IMG_1.jpg", DATA, if_match=node.etag) is not None
        assert attic.file("Collections/Lake/IMG_1.jpg").size == len(DATA)
        attic.delete("Collections/Lake/IMG_1.jpg")
        assert attic.listed("Collections/Lake") == []
        attic.write("Collections/Lake/IMG_2.jpg", b"")
        attic.delete("Collections/Lake/IMG_2.jpg")
        assert attic.listed("Collections/Lake") == []

    def test_an_empty_file_takes_no_place(self, attic: Attic) -> None:
        tag = attic.write("Collections/Lake/IMG_1.jpg", DATA)
        assert attic.write("Collections/Lake/IMG_1.jpg", b"") == tag
        attic.read()
        tag = attic.file("Collections/Lake/IMG_1.jpg").etag
        assert attic.write("Collections/Lake/IMG_1.jpg", b"") == tag
        assert attic.file("Collections/Lake/IMG_1.jpg").size == len(DATA)

    @pytest.mark.db
    def test_a_name_that_is_taken_in_the_storage(self, attic: Attic) -> None:
        attic.desk.put("Collections/Lake/IMG_1.jpg", OTHER)
        attic.desk.scan()
        attic.write("Collections/Lake/IMG_1.jpg", DATA)
        attic.read()
        assert attic.listed("Storages/One/Collections/Lake") == ["IMG_1 (2).jpg", "IMG_1.jpg"]
        assert attic.listed("Collections/Lake") == ["IMG_1.jpg"]
        assert attic.file("Collections/Lake/IMG_1.jpg").original is not None
        other = Item.get(Item.name == "IMG_1.jpg")
        collections.add(attic.anna, attic.lake.pid, [other.pid])
        listed = attic.listed("Collections/Lake")
        assert listed == [f"IMG_1 ({other.cover_id}).jpg", "IMG_1.jpg"]
        assert attic.file("Collections/Lake/IMG_1.jpg").etag == attic.file(
            "Storages/One/Collections/Lake/IMG_1 (2).jpg"
        ).etag, "the name is that of what was put"  # fmt: skip

    @pytest.mark.db
    def test_what_she_has_already_comes_by_reference(self, attic: Attic) -> None:
        """Explorer copies by reading and writing, also from Library."""
        attic.have("old/summer.jpg", DATA)
        before = attic.files()
        attic.write("Collections/Lake/summer (2).jpg", DATA)
        assert attic.listed("Collections/Lake") == ["summer (2).jpg"]
        attic.write("Collections/Lake/summer (2).jpg", DATA)
        attic.write("Collections/Lake/twin.jpg", DATA)
        assert attic.listed("Collections/Lake") == ["summer (2).jpg", "twin.jpg"]
        assert attic.files() == before
        attic.delete("Collections/Lake/summer (2).jpg")
        assert attic.listed("Collections/Lake") == ["twin.jpg"]
        attic.delete("Collections/Lake/twin.jpg")
        assert (attic.listed("Collections/Lake"), attic.members(), attic.files()) == ([], [], before)

    def test_over_a_picture_that_is_there(self, attic: Attic) -> None:
        known = attic.have("IMG_1.jpg", DATA)
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        tag = attic.file("Collections/Lake/IMG_1.jpg").etag
        with pytest.raises(Changed):
            attic.write("Collections/Lake/IMG_1.jpg", OTHER, if_match="another")
        with pytest.raises(Changed):
            attic.write("Collections/Lake/new.jpg", OTHER, if_match=tag)
        with pytest.raises(Conflict):
            attic.write("Collections/Lake/img_1.jpg", OTHER, if_absent=True)
        attic.write("Collections/Lake/IMG_1.jpg", OTHER, if_match=tag)
        attic.read()
        assert attic.listed("Collections/Lake") == ["IMG_1.jpg"]
        assert attic.file("Collections/Lake/IMG_1.jpg").etag != tag
        assert attic.desk.read("IMG_1.jpg", attic.desk.two) == DATA, "the original lies where it lay"
        attic.write("Collections/Lake/IMG_1.jpg", OTHER)
        assert attic.listed("Collections/Lake") == ["IMG_1.jpg"]

    def test_what_is_no_picture(self, attic: Attic) -> None:
        with pytest.raises(UsageError, match="Only pictures"):
            attic.write("Collections/Lake/notes.txt", b"hello")
        for name in (".DS_Store", "._IMG_1.jpg", "desktop.ini", ".metadata_never_index"):
            with pytest.raises(UsageError, match=JUNK):
                attic.write(f"Collections/Lake/{name}", DATA)
        attic.write("Collections/Lake/IMG_1.jpg", JPEG + b"nothing else")
        attic.read()
        assert attic.listed("Collections/Lake") == []
        assert attic.listed("Storages/One/Collections/Lake") == ["IMG_1.jpg"]

    def test_names_that_no_storage_takes(self, attic: Attic) -> None:
        attic.write("Collections/Lake/12：30.jpg", DATA)
        attic.write("Collections/Lake/IMG_2.jpg.part", OTHER)
        attic.read()
        assert attic.listed("Collections/Lake") == ["12：30.jpg", "IMG_2.jpg.part"]
        assert attic.listed("Storages/One/Collections/Lake") == ["12_30.jpg", "IMG_2_jpg_part"]

    def test_where_it_cannot_be_put(self, attic: Attic) -> None:
        collections.create(attic.anna, collections.Draft("Query", "type:photo"))
        for path, why in (
            ("Collections/a.jpg", collections_writing.BESIDE),
            ("Collections/Query/a.jpg", collections_writing.DYNAMIC),
            ("Collections/Lake/2026/a.jpg", BY_MONTH),
        ):
            with pytest.raises(ReadOnly) as refused:
                attic.write(path, DATA)
            assert str(refused.value) == why
        for path in ("Collections/Nothing/a.jpg", "Nothing/Lake/a.jpg"):
            with pytest.raises(NotFound):
                attic.write(path, DATA)
        with pytest.raises(NotFound):
            attic.write("Collections/Lake/a.jpg", DATA, attic.ben)
        attic.share()
        with pytest.raises(ReadOnly):
            attic.write("Shared with me/anna/Lake/a.jpg", DATA, attic.ben)
        assert attic.files() == {}

    @pytest.mark.db
    def test_by_month(self, attic: Attic, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 1)
        attic.write("Collections/Lake/a.jpg", DATA)
        attic.write("Collections/Lake/b.jpg", OTHER)
        attic.read()
        assert attic.listed("Collections/Lake") == ["2026"]
        third = jpeg(n=3, taken="2026-08-15T12:30:00")
        attic.desk.put("Collections/Lake/c.jpg", b"in the way")
        attic.write("Collections/Lake/c.jpg", third)
        assert attic.listed("Collections/Lake") == ["2026", "c.jpg"]
        with pytest.raises(ReadOnly, match=BY_MONTH):
            attic.write("Collections/Lake/2026/2026-08/d.jpg", jpeg(n=4))
        attic.read()
        assert attic.listed("Collections/Lake") == ["2026"]
        node = attic.file("Collections/Lake/c.jpg")
        assert attic.node("Collections/Lake/2026/2026-08/c.jpg") == node
        assert attic.canonical("Collections/Lake/c.jpg") == attic.canonical(
            "Collections/Lake/2026/2026-08/c.jpg"
        )
        attic.delete("Collections/Lake/2026/2026-08/c.jpg")
        assert attic.members() == ["a.jpg", "b.jpg"]
        with pytest.raises(ReadOnly, match=NO_FOLDERS):
            attic.delete("Collections/Lake/2026")

    @pytest.mark.db
    def test_what_nobody_has_read_yet_is_counted_and_split(
        self, attic: Attic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also when all that is there has no month yet: a folder of thousands of entries opens nowhere."""
        lake = "Collections/Lake"
        monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 2)
        for n in range(2):
            attic.write(f"{lake}/IMG_{n}.jpg", jpeg(n=n, taken="2026-07-14T12:30:00"))
        assert attic.listed(lake) == ["IMG_0.jpg", "IMG_1.jpg"]
        for n in range(2, 5):
            attic.write(f"{lake}/IMG_{n}.jpg", jpeg(n=n, taken="2026-07-14T12:30:00"))
        assert attic.listed(lake) == ["(1)", "(2)", "(3)"]
        blocks = [attic.listed(f"{lake}/({n})") for n in (1, 2, 3)]
        assert blocks == [["IMG_0.jpg", "IMG_1.jpg"], ["IMG_2.jpg", "IMG_3.jpg"], ["IMG_4.jpg"]]
        unsplit = attic.file(f"{lake}/IMG_4.jpg")
        for block in (1, 3):
            assert attic.file(f"{lake}/({block})/img_4.JPG") == unsplit
        for path in ("(0)", "(4)", "(1)/nothing.jpg", "(1)/(1)", "(1)/(1)/IMG_0.jpg", "(4)/IMG_0.jpg"):
            with pytest.raises(NotFound):
                attic.node(f"{lake}/{path}")
        assert attic.canonical(f"{lake}/(3)/IMG_4.jpg") == attic.canonical(f"{lake}/IMG_4.jpg")
        attic.delete(f"{lake}/(3)/IMG_4.jpg")
        attic.delete(f"{lake}/IMG_3.jpg")
        attic.delete(f"{lake}/IMG_2.jpg")
        assert attic.listed(lake) == ["(1)"], "once split, always split"
        with pytest.raises(ReadOnly, match=NO_FOLDERS):
            attic.delete(f"{lake}/(1)")
        attic.read()
        assert attic.listed(lake) == ["2026"]
        assert attic.listed(f"{lake}/2026/2026-07") == ["IMG_0.jpg", "IMG_1.jpg"]

    @pytest.mark.db
    def test_what_is_read_and_what_is_not_count_together(
        self, attic: Attic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 2)
        attic.write("Collections/Lake/a.jpg", DATA)
        attic.write("Collections/Lake/b.jpg", OTHER)
        attic.read()
        attic.write("Collections/Lake/c.jpg", jpeg(n=3))
        assert attic.listed("Collections/Lake") == ["2026", "c.jpg"]


class TestDelete:
    @pytest.mark.db
    def test_it_takes_out_and_touches_no_file(self, attic: Attic) -> None:
        known = attic.have("old/summer.jpg", DATA)
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        attic.write("Collections/Lake/IMG_1.jpg", OTHER)
        attic.share()
        before = attic.files()
        attic.delete("Collections/Lake/IMG_1.jpg")
        attic.read()
        assert attic.listed("Collections/Lake") == ["summer.jpg"]
        attic.delete("Collections/Lake/SUMMER.jpg")
        assert attic.listed("Collections/Lake") == []
        assert attic.sees(attic.ben) == []
        assert attic.files() == before
        assert sorted(i.name for i in Item.select().where(Item.trashed_at.is_null())) == [
            "IMG_1.jpg", "summer.jpg",
        ]  # fmt: skip
        with pytest.raises(NotFound):
            attic.delete("Collections/Lake/summer.jpg")

    def test_a_collection_itself_stays(self, attic: Attic) -> None:
        with pytest.raises(ReadOnly, match="thrown away in the browser"):
            attic.delete("Collections/Lake")
        with pytest.raises(NotFound):
            attic.delete("Collections/Nothing")
        with pytest.raises(ReadOnly):
            attic.tree.delete(attic.anna, ["Collections", "Lake"])
        assert Collection.get_by_id(attic.lake.id).deleted_at is None

    def test_a_subtitle_goes_with_its_video_and_not_alone(self, attic: Attic, make: Make) -> None:
        known = attic.have("old/film.jpg", DATA)
        Item.update(type="video").where(Item.id == known.id).execute()
        words = make.asset(known, b"words", role="subtitle")
        Asset.update(masks=[]).where(Asset.id == words.id).execute()
        make.file(Storage.get(), "film.srt", size=5, asset=words, sha256=words.sha256, read_state="done")
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        assert attic.listed("Collections/Lake") == ["film.jpg", "film.srt"]
        with pytest.raises(UsageError):
            attic.delete("Collections/Lake/film.srt")
        assert attic.listed("Collections/Lake") == ["film.jpg", "film.srt"]
        attic.delete("Collections/Lake/film.jpg")
        assert attic.listed("Collections/Lake") == []

    def test_what_cannot_be_read_can_be_taken_away(self, attic: Attic) -> None:
        attic.write("Collections/Lake/IMG_1.jpg", JPEG + b"REFUSE")
        File.update(read_state="failed").execute()
        attic.delete("Collections/Lake/IMG_1.jpg")
        assert attic.listed("Collections/Lake") == []


class TestCopy:
    @pytest.mark.parametrize(
        "source",
        ["Library/2026/2026-07/summer.jpg", "Storages/Two/old/summer.jpg", "Collections/Other/summer.jpg"],
    )
    def test_it_refers_and_moves_no_byte(self, attic: Attic, source: str) -> None:
        known = attic.have("old/summer.jpg", DATA)
        other = attic.collection("Other")
        collections.add(attic.anna, other.pid, [known.pid])
        before = attic.files()
        attic.copy(source, "Collections/Lake/summer.jpg")
        attic.copy(source, "Collections/Lake/summer.jpg")
        assert attic.listed("Collections/Lake") == ["summer.jpg"]
        assert (attic.members(), attic.members(other), attic.files()) == (
            ["summer.jpg"],
            ["summer.jpg"],
            before,
        )
        with pytest.raises(ReadOnly, match="Rename the file"):
            attic.copy(source, "Collections/Lake/autumn.jpg")

    def test_what_others_share_comes_as_theirs(self, attic: Attic) -> None:
        """It stays with its owner: no copy is made, and whose grant ends finds it there no more."""
        ben = User.get_by_id(attic.ben.user_id)
        item = attic.make.item(ben, "bens.jpg")
        asset = attic.make.asset(item)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        attic.make.file(attic.make.storage(ben, "Ben's"), "bens.jpg", asset=asset, read_state="done")
        theirs = collections.create(attic.ben, collections.Draft("Sea"))
        collections.add(attic.ben, theirs.pid, [item.pid])
        share = attic.make.share(theirs)
        attic.make.grant(share, user=attic.anna.user_id)
        attic.copy("Shared with me/ben/Sea/bens.jpg", "Collections/Lake/bens.jpg")
        assert attic.listed("Collections/Lake") == ["bens.jpg"]
        assert attic.files() == {}
        kim = attic.make.viewer(attic.make.user("kim"))
        attic.make.grant(attic.make.share(attic.lake), user=kim.user_id)
        assert attic.sees(kim) == [], "what may not be passed on is not"
        sharing.revoke(attic.ben, {"grant": Grant.get(Grant.collection == theirs.id).pid})
        assert attic.listed("Collections/Lake") == []

    def test_what_may_only_be_looked_at_is_no_source(self, attic: Attic) -> None:
        known = attic.have("old/summer.jpg", DATA)
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        attic.share()
        Share.update(may_download=False).execute()
        mine = collections.create(attic.ben, collections.Draft("Mine"))
        for path in ("Shared with me/anna/Lake/summer.jpg", "Library/2026/2026-07/summer.jpg"):
            with pytest.raises(NotFound):
                attic.copy(path, "Collections/Mine/summer.jpg", attic.ben)
        assert CollectionItem.select().where(CollectionItem.collection == mine.id).count() == 0

    @pytest.mark.db
    def test_names_that_clash(self, attic: Attic) -> None:
        first, second = attic.have("a/IMG_1.jpg", DATA), None
        attic.desk.put("b/IMG_1.jpg", jpeg(n=5, taken="2026-07-15T12:30:00"), row=attic.desk.two)
        attic.desk.scan(attic.desk.two)
        second = Item.get(Item.id != first.id)
        suffixed = f"IMG_1 ({second.cover_id}).jpg"
        attic.copy(f"Library/2026/2026-07/{suffixed}", f"Collections/Lake/{suffixed}")
        assert attic.file(f"Collections/Lake/{suffixed}").original is not None
        attic.copy("Library/2026/2026-07/IMG_1.jpg", "Collections/Lake/IMG_1.jpg")
        assert [row.item_id for row in CollectionItem.select()] == [first.id], (
            "it took the place of that name"
        )

    def test_what_has_another_name_in_its_storage_is_found_by_the_one_it_came_with(
        self, attic: Attic
    ) -> None:
        attic.desk.put("Collections/Lake/IMG_1.jpg", OTHER)
        attic.write("Collections/Lake/IMG_1.jpg", DATA)
        attic.read()
        attic.collection("Other")
        attic.copy("Collections/Lake/IMG_1.jpg", "Collections/Other/IMG_1.jpg")
        assert attic.listed("Collections/Other") == ["IMG_1.jpg"]
        assert attic.file("Collections/Other/IMG_1.jpg") == attic.file("Collections/Lake/IMG_1.jpg")

    def test_a_file_that_is_not_read_yet(self, attic: Attic) -> None:
        attic.desk.upload("new.jpg", DATA)
        attic.copy("Storages/One/new.jpg", "Collections/Lake/new.jpg")
        assert attic.listed("Collections/Lake") == ["new.jpg"]
        attic.read()
        assert attic.members() == ["new.jpg"]

    def test_what_is_no_picture_and_folders(self, attic: Attic) -> None:
        attic.desk.put("notes.txt", b"hello")
        attic.have("old/summer.jpg", DATA)
        attic.desk.scan()
        with pytest.raises(UsageError, match="Only pictures"):
            attic.copy("Storages/One/notes.txt", "Collections/Lake/notes.txt")
        with pytest.raises(ReadOnly, match=NO_FOLDERS):
            attic.copy("Storages/Two/old", "Collections/Lake/old")
        with pytest.raises(ReadOnly, match=collections_writing.BESIDE):
            attic.copy("Storages/Two/old", "Collections/old")
        attic.write("Collections/Lake/empty.jpg", b"")
        attic.collection("Other")
        with pytest.raises(UsageError):
            attic.copy("Collections/Lake/empty.jpg", "Collections/Other/empty.jpg")


class TestMove:
    @pytest.mark.db
    def test_between_collections_a_member_goes_over(self, attic: Attic) -> None:
        known = attic.have("old/summer.jpg", DATA)
        other = attic.collection("Other")
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        attic.share()
        before = attic.files()
        attic.move("Collections/Lake/summer.jpg", "Collections/Other/summer.jpg")
        assert (attic.members(), attic.members(other), attic.files()) == ([], ["summer.jpg"], before)
        assert attic.sees(attic.ben) == []
        with pytest.raises(ReadOnly, match="Rename the file"):
            attic.move("Collections/Other/summer.jpg", "Collections/Lake/autumn.jpg")
        attic.write("Collections/Other/IMG_1.jpg", OTHER)
        attic.move("Collections/Other/IMG_1.jpg", "Collections/Lake/IMG_1.jpg")
        assert (attic.listed("Collections/Lake"), attic.listed("Collections/Other")) == (
            ["IMG_1.jpg"],
            ["summer.jpg"],
        )
        attic.read()
        assert (attic.members(), attic.members(other)) == (["IMG_1.jpg"], ["summer.jpg"])

    def test_what_was_put_under_a_name_keeps_it(self, attic: Attic) -> None:
        attic.desk.put("Collections/Lake/IMG_1.jpg", OTHER)
        attic.write("Collections/Lake/IMG_1.jpg", DATA)
        attic.read()
        attic.collection("Other")
        attic.move("Collections/Lake/IMG_1.jpg", "Collections/Other/IMG_1.jpg")
        assert attic.listed("Collections/Other") == ["IMG_1.jpg"]
        assert attic.listed("Collections/Lake") == []

    def test_in_one_collection_names_are_those_of_the_files(self, attic: Attic) -> None:
        known = attic.have("old/summer.jpg", DATA)
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        with pytest.raises(ReadOnly) as refused:
            attic.move("Collections/Lake/summer.jpg", "Collections/Lake/autumn.jpg")
        assert str(refused.value) == KEEPS_NAME

    def test_programs_write_first_and_rename_then(self, attic: Attic) -> None:
        known = attic.have("old/summer.jpg", DATA)
        collections.add(attic.anna, attic.lake.pid, [known.pid])
        attic.write("Collections/Lake/summer.jpg.1234.partial", OTHER)
        attic.move("Collections/Lake/summer.jpg.1234.partial", "Collections/Lake/summer.jpg")
        assert attic.listed("Collections/Lake") == ["summer.jpg"]
        attic.read()
        assert attic.listed("Collections/Lake") == ["summer.jpg"]
        assert attic.file("Collections/Lake/summer.jpg").size == len(OTHER)
        assert attic.desk.read("old/summer.jpg", attic.desk.two) == DATA

    def test_nothing_moves_between_branches(self, attic: Attic) -> None:
        attic.have("old/summer.jpg", DATA)
        for source in ("Library/2026/2026-07/summer.jpg", "Storages/Two/old/summer.jpg"):
            with pytest.raises(ReadOnly):
                attic.move(source, "Collections/Lake/summer.jpg")
        assert attic.members() == []

    @pytest.mark.db
    def test_of_what_others_contributed(self, attic: Attic) -> None:
        item = contributed(attic)
        attic.collection("Other")
        assert attic.listed("Collections/Lake") == ["bens.jpg"]
        with pytest.raises(ReadOnly, match="brought by somebody else"):
            attic.move("Collections/Lake/bens.jpg", "Collections/Other/bens.jpg")
        with pytest.raises(ReadOnly, match="brought by somebody else"):
            attic.write("Collections/Lake/bens.jpg", DATA)
        attic.delete("Collections/Lake/bens.jpg")
        assert attic.listed("Collections/Lake") == []
        assert Arrival.get(Arrival.item == item.id).state == "rejected"


def contributed(attic: Attic) -> Item:
    """A picture that Ben contributes to Anna's collection."""
    ben = User.get_by_id(attic.ben.user_id)
    item = attic.make.item(ben, "bens.jpg")
    asset = attic.make.asset(item)
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    attic.make.file(attic.make.storage(ben, "Ben's"), "bens.jpg", asset=asset, read_state="done")
    attic.share()
    Share.update(may_contribute=True).execute()
    theirs = collections.create(attic.ben, collections.Draft("Ben's"))
    collections.add(attic.ben, theirs.pid, [item.pid])
    sharing.offer(attic.ben, theirs.pid, {"collection": attic.lake.pid}, sharing.Terms.of({"download"}))
    return item


class TestFolders:
    def test_a_new_folder_is_a_new_collection(self, attic: Attic) -> None:
        attic.mkdir("Collections/New folder")
        made = Collection.get(Collection.name == "New folder")
        assert (made.kind, made.purpose, made.owner_id) == ("static", "own", attic.anna.user_id)
        attic.move("Collections/New folder", "Collections/12：30")
        assert Collection.get_by_id(made.id).name == "12:30"
        assert attic.listed("Collections") == ["12：30", "Lake"]
        with pytest.raises(Conflict):
            attic.mkdir("Collections/lake")
        with pytest.raises(UsageError):
            attic.mkdir("Collections/.DS_Store")
        with pytest.raises(ReadOnly, match=NO_FOLDERS):
            attic.mkdir("Collections/Lake/sub")
        with pytest.raises(ReadOnly):
            attic.move("Collections/12：30", "Collections/Lake/12：30")

    @pytest.mark.parametrize("why", ["has a picture", "waits for one", "is shared", "is found by a query"])
    def test_a_collection_that_is_used_is_renamed_in_the_browser(self, attic: Attic, why: str) -> None:
        if why == "has a picture":
            collections.add(attic.anna, attic.lake.pid, [attic.have("a.jpg", DATA).pid])
        elif why == "waits for one":
            attic.write("Collections/Lake/a.jpg", DATA)
        elif why == "is shared":
            attic.share()
        else:
            Collection.update(kind="dynamic", query={"v": 1}).execute()
        with pytest.raises(ReadOnly, match="renamed in the browser"):
            attic.move("Collections/Lake", "Collections/Sea")
        with pytest.raises(ReadOnly, match="renamed in the browser"):
            attic.tree.move(attic.anna, ["Collections", "Lake"], ["Collections", "Sea"])
        assert attic.listed("Collections") == ["Lake"]

    def test_a_rename_takes_no_name_of_another(self, attic: Attic) -> None:
        attic.collection("Sea")
        with pytest.raises(ReadOnly):
            attic.move("Collections/Lake", "Collections/Sea")

    def test_what_can_be_locked(self, attic: Attic) -> None:
        collections.create(attic.anna, collections.Draft("Query", "type:photo"))
        attic.write("Collections/Lake/IMG 1.jpg", DATA)
        acts: tuple[Act, ...] = ("lock", "describe")
        for act in acts:
            attic.may("Collections/Lake", act)
            attic.may("Collections/Lake/IMG 1.jpg", act)
            attic.may("Collections/Lake/new.jpg", act)
            with pytest.raises(ReadOnly):
                attic.may("Collections/Query", act)
            with pytest.raises(NotFound):
                attic.may("Collections/Nothing/a.jpg", act)
        attic.may("Collections/Lake/._new.jpg", "lock")  # the drive itself takes these
        top = f"/Collections/{attic.lake.id}"
        assert attic.canonical("Collections/Lake") == top
        assert attic.canonical("Collections/Lake/IMG 1.jpg") == f"{top}/IMG%201.jpg"
        assert attic.canonical("collections/LAKE/img 1.JPG") == f"{top}/IMG%201.jpg"
        assert attic.canonical("Collections/Lake/new.jpg") == f"{top}/new.jpg"
        assert attic.canonical("Collections/Sea") == "/Collections/Sea"
        attic.tree.set_mtime(attic.anna, ["Collections", "Lake", "IMG 1.jpg"], 1)
