import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from services.errors import UsageError
from services.storages.folders import check_folder, overlap
from tests.contracts.harness import without_root_powers
from tests.services.storages.conftest import Mounter


class House:
    """A machine with a data directory, some folders, and two ways to ask for one."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for name in ("data/hypomos", "srv/anna/photos", "srv/bob/photos", "srv/free"):
            (top / name).mkdir(parents=True)
        self.data_dir = top / "data/hypomos"
        self.other_roots: list[Path] = []

    def admin(self, path: str | Path) -> Path:
        return check_folder(path, by_admin=True, data_dir=self.data_dir, other_roots=self.other_roots)

    def anna(self, path: str | Path, roots: tuple[str, ...] = ("srv/anna",)) -> Path:
        return check_folder(
            path,
            by_admin=False,
            local_roots=[self.top / root for root in roots],
            data_dir=self.data_dir,
            other_roots=self.other_roots,
        )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def refusal(ask: Callable[[str | Path], Path], path: str | Path) -> str:
    with pytest.raises(UsageError) as caught:
        ask(path)
    assert caught.value.field == "path"
    text = str(caught.value)
    assert text.endswith(".")
    return text


def test_an_administrator_adds_folders_anywhere(house: House) -> None:
    for name in ("srv/free", "srv/anna/photos", "srv"):
        assert house.admin(house.top / name) == house.top / name
    assert house.admin(f"{house.top}/srv/../srv/free/") == house.top / "srv/free"


def test_a_person_adds_folders_below_their_roots(house: House) -> None:
    assert house.anna(house.top / "srv/anna/photos") == house.top / "srv/anna/photos"
    assert house.anna(house.top / "srv/anna") == house.top / "srv/anna"


@pytest.mark.parametrize("path", ["srv/bob/photos", "srv", "srv/anna/../bob", "srv/annabel", "data/hypomos"])
def test_a_person_adds_nothing_elsewhere(house: House, path: str) -> None:
    text = refusal(house.anna, f"{house.top}/{path}")
    assert "not in a folder that is assigned to you" in text
    assert str(house.top / "srv/anna") in text


def test_a_person_is_not_told_what_exists_elsewhere(house: House) -> None:
    there, absent = str(house.top / "srv/bob/photos"), str(house.top / "srv/bob/nothing")
    assert refusal(house.anna, there).replace(there, "X") == refusal(house.anna, absent).replace(absent, "X")


def test_a_person_without_roots_is_told_whom_to_ask(house: House) -> None:
    text = refusal(lambda path: house.anna(path, roots=()), house.top / "srv/anna/photos")
    assert "ask an administrator" in text


def test_a_link_out_of_the_own_root_is_no_way_out(house: House) -> None:
    (house.top / "srv/anna/link").symlink_to(house.top / "srv/bob/photos")
    text = refusal(house.anna, house.top / "srv/anna/link")
    assert "not in a folder that is assigned to you" in text
    assert "bob" not in text


def test_links_are_resolved(house: House) -> None:
    (house.top / "short").symlink_to(house.top / "srv/anna/photos")
    assert house.admin(house.top / "short") == house.top / "srv/anna/photos"
    assert house.anna(house.top / "short") == house.top / "srv/anna/photos"


@pytest.mark.parametrize("path", ["photos", "./photos", "", "~/Pictures", "file:///srv", "/srv\0/x"])
def test_only_a_full_path_will_do(house: House, path: str) -> None:
    assert "full path" in refusal(house.admin, path)


@pytest.mark.parametrize("relation", ["data/hypomos", "data/hypomos/thumbnails", "data"])
def test_the_data_directory_its_parents_and_children(house: House, relation: str) -> None:
    (house.data_dir / "thumbnails").mkdir()
    assert "Hypomos' own data" in refusal(house.admin, house.top / relation)


def test_the_data_directory_by_way_of_a_link(house: House) -> None:
    (house.top / "srv/innocent").symlink_to(house.data_dir)
    assert "Hypomos' own data" in refusal(house.admin, house.top / "srv/innocent")
    moved = house.top / "elsewhere"
    moved.symlink_to(house.data_dir)
    house.data_dir, real = moved, house.data_dir
    assert "Hypomos' own data" in refusal(house.admin, real)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/etc",
            "/etc/ssl",
            "/proc",
            "/proc/self",
            "/sys",
            "/sys/kernel",
            "/usr",
            "/usr/share",
            "/dev",
            "/dev/shm",
        ),
        *(
            "/bin",
            "/sbin",
            "/lib",
            "/lib64",
            "/boot",
            "/run",
            "/run/user/1000",
            "/var/lib",
            "/var/lib/docker",
        ),
        *("/var/log", "/var/cache", "/var/run", "/proc/self/root/etc", "/usr/../etc"),
    ],
)
def test_system_folders(house: House, path: str) -> None:
    assert "operating system" in refusal(house.admin, path) or "many people or programs" in refusal(
        house.admin, path
    )


@pytest.mark.parametrize("path", ["/", "/home", "/root", "/var", "/home/", "/proc/self/root"])
def test_folders_of_everybody(house: House, path: str) -> None:
    assert "many people or programs" in refusal(house.admin, path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/home/nobody-here/Pictures",
            "/mnt/nas-of-nobody",
            "/media/nobody/disk",
            "/srv/of-nobody",
        ),
        *(
            "/volume-of-nobody/photo",
            "/opt/of-nobody",
            "/run/media/nobody/disk",
            "/var/home/nobody-here/Pictures",
        ),
    ],
)
def test_where_households_keep_media_only_existence_counts(house: House, path: str) -> None:
    assert "does not exist" in refusal(house.admin, path)


@pytest.mark.parametrize("folder", ["/mnt", "/media", "/srv"])
def test_places_for_disks_may_be_added_as_they_are(house: House, folder: str) -> None:
    if not Path(folder).is_dir() or house.top.is_relative_to(folder):
        pytest.skip(f"no {folder} here")
    assert house.admin(folder) == Path(folder).resolve()


@pytest.mark.parametrize("relation", ["srv/anna", "srv/anna/photos", "srv"])
def test_another_storage_around_inside_or_the_same(house: House, relation: str) -> None:
    house.other_roots = [house.top / "srv/anna"]
    text = refusal(house.admin, house.top / relation)
    assert "another storage" in text
    if relation == "srv":
        assert "anna" not in text


def test_a_neighbour_of_another_storage_is_fine(house: House) -> None:
    house.other_roots = [house.top / "srv/anna", house.top / "gone"]
    (house.top / "srv/annabel").mkdir()
    assert house.admin(house.top / "srv/annabel") == house.top / "srv/annabel"
    assert house.admin(house.top / "srv/bob") == house.top / "srv/bob"


def test_another_storage_by_way_of_a_link(house: House) -> None:
    (house.top / "alias").symlink_to(house.top / "srv/bob")
    house.other_roots = [house.top / "alias"]
    assert "another storage" in refusal(house.admin, house.top / "srv/bob/photos")


def test_another_storage_by_way_of_a_second_mount(house: House, mount: Mounter) -> None:
    second = mount(house.top / "second")  # a real one, so that it is undone afterwards
    done = subprocess.run(
        ["mount", "--bind", house.top / "srv/bob", second], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("needs the right to mount")
    try:
        house.other_roots = [house.top / "srv/bob"]
        assert "another storage" in refusal(house.admin, second)
        assert "another storage" in refusal(house.admin, second / "photos")
        house.other_roots = [house.top / "srv/bob/photos"]
        assert overlap(second, house.top / "srv/bob/photos")
        assert not overlap(second, house.top / "srv/anna")
    finally:
        subprocess.run(["umount", second], check=True)


def test_a_file(house: House) -> None:
    (house.top / "srv/free/a.jpg").write_bytes(b"1")
    assert "is a file, not a folder" in refusal(house.admin, house.top / "srv/free/a.jpg")


@pytest.mark.parametrize("path", ["srv/free/nothing", "srv/free/no\nthing"])
def test_nothing_there(house: House, path: str) -> None:
    text = refusal(house.admin, house.top / path)
    assert "does not exist" in text
    assert text.isprintable()


def test_a_link_that_leads_nowhere(house: House) -> None:
    (house.top / "broken").symlink_to(house.top / "nothing")
    (house.top / "loop").symlink_to("loop")
    assert "does not exist" in refusal(house.admin, house.top / "broken")
    assert "cannot be opened" in refusal(house.admin, house.top / "loop")


def test_a_folder_that_cannot_be_read(house: House) -> None:
    locked = house.top / "srv/free"
    locked.chmod(0)
    try:
        text = without_root_powers(lambda: refusal(house.admin, locked))
    finally:
        locked.chmod(0o755)
    assert "the right to read" in text
