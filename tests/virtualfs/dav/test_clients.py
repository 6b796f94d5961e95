"""Real clients over a real socket: curl, cadaver, rclone, webdav4 and, where a drive can be mounted, davfs2."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from webdav4.client import Client, ResourceAlreadyExists, ResourceLocked

from services.models import Trash
from tests import rclone_running
from tests.virtualfs.dav.drive import Drive, listening, make_drive
from tests.virtualfs.household import Home

DEADLINE_S = 120
DATA = bytes(range(256)) * 3000
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype></D:lockinfo>"
)


@pytest.fixture
def port(home: Home) -> Iterator[tuple[int, Drive]]:
    home.allow_writing()
    drive = make_drive(home)
    with listening(drive.app) as number:
        yield number, drive


def run(*command: str | Path, stdin: str = "", cwd: Path | None = None, **environ: str) -> str:
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        cwd=cwd,
        env=os.environ | environ,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(home: Home) -> dict[str, bytes]:
    found = {str(p.relative_to(home.root)): p.read_bytes() for p in home.root.rglob("*") if p.is_file()}
    return {path: data for path, data in found.items() if not path.startswith(".hypomos-trash")}


@pytest.mark.needs("curl")
def test_curl(port: tuple[int, Drive], tmp_path: Path) -> None:
    number, drive = port
    where, who = f"http://127.0.0.1:{number}/dav/Storages/Photos", f"anna:{drive.secret}"
    (tmp_path / "a.bin").write_bytes(DATA)
    curl = ["curl", "--silent", "--show-error", "--fail", "--user", who]
    run(*curl, "--request", "MKCOL", f"{where}/new")
    run(*curl, "--upload-file", tmp_path / "a.bin", f"{where}/new/")
    run(*curl, "--upload-file", "-", f"{where}/chunked.txt", stdin="from a pipe, in chunks")
    assert files(drive.home) == {"new/a.bin": DATA, "chunked.txt": b"from a pipe, in chunks"}
    run(*curl, "--request", "MOVE", "--header", f"Destination: {where}/b.bin", f"{where}/new/a.bin")
    run(*curl, "--output", tmp_path / "back.bin", f"{where}/b.bin")
    assert (tmp_path / "back.bin").read_bytes() == DATA
    run(*curl, "--request", "DELETE", f"{where}/new")
    assert set(files(drive.home)) == {"b.bin", "chunked.txt"}


@pytest.mark.needs("cadaver")
def test_cadaver(port: tuple[int, Drive], tmp_path: Path) -> None:
    number, drive = port
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login anna password {drive.secret}\n")
    (tmp_path / "a.txt").write_bytes(b"hello")
    script = (
        "mkcol trip\ncd trip\nput a.txt\ncopy a.txt b.txt\nlock b.txt\nunlock b.txt\nmove b.txt c.txt\n"
        "propset c.txt colour blue\npropget c.txt colour\nls\nget c.txt back.txt\ndelete a.txt\nquit\n"
    )
    address = f"http://127.0.0.1:{number}/dav/Storages/Photos/"
    said = run("cadaver", address, stdin=script, cwd=tmp_path, HOME=str(tmp_path))
    assert "failed" not in said, said
    assert "blue" in said
    assert files(drive.home) == {"trip/c.txt": b"hello"}
    assert (tmp_path / "back.txt").read_bytes() == b"hello"


def test_rclone(port: tuple[int, Drive], tmp_path: Path) -> None:
    number, drive = port
    source = tmp_path / "source"
    (source / "2026/Köln #1").mkdir(parents=True)
    for name in ("a.jpg", "100%.jpg", "2026/Köln #1/ä b.jpg"):
        (source / name).write_bytes(name.encode() * 1000)
        os.utime(source / name, (1_600_000_000, 1_600_000_000))
    remote = {
        "type": "webdav", "url": f"http://127.0.0.1:{number}/dav/Storages/Photos", "vendor": "other", "user": "anna",
        "pass": rclone_running.obscured(drive.secret),
    }  # fmt: skip

    def rclone(*words: str) -> str:
        done = rclone_running.run(*words, remote=remote, environment={})
        assert done.returncode == 0, done.stderr
        return done.stdout

    rclone("copy", str(source), "x:in")
    rclone("check", "--download", str(source), "x:in")
    assert set(files(drive.home)) == {"in/a.jpg", "in/100%.jpg", "in/2026/Köln #1/ä b.jpg"}
    rclone("moveto", "x:in/2026", "x:in/2027")
    rclone("sync", str(source), "x:in")
    rclone("check", "--download", str(source), "x:in")
    rclone("purge", "x:in")
    assert files(drive.home) == {}
    assert Trash.select().count() > 0


def test_webdav4(port: tuple[int, Drive]) -> None:
    """A client of programs in Python; it names what it is refused."""
    number, drive = port
    client = Client(f"http://127.0.0.1:{number}/dav/Storages/Photos", auth=("anna", drive.secret))
    folder, path, other = "Köln", "Köln/ä b.jpg", "Köln/c d.jpg"
    with closing(client.http):
        client.mkdir(folder)
        client.upload_fileobj(BytesIO(DATA), path)
        (row,) = client.ls(folder)
        assert isinstance(row, dict)
        assert (row["name"], row["type"], row["content_length"]) == (path, "file", len(DATA))
        back = BytesIO()
        client.download_fileobj(path, back)
        assert back.getvalue() == DATA
        client.copy(path, "copy.jpg")
        client.move("copy.jpg", other)
        with pytest.raises(ResourceAlreadyExists):
            client.move(other, path)
        assert files(drive.home) == {path: DATA, other: DATA}
        token = client.request("LOCK", other, content=LOCK).headers["lock-token"]
        with pytest.raises(ResourceLocked):
            client.remove(other)
        client.request("UNLOCK", other, headers={"Lock-Token": token})
        client.remove(other)
        assert (client.exists(path), client.exists(other)) == (True, False)
        client.remove(folder)
    assert files(drive.home) == {}


@contextmanager
def mounted(number: int, drive: Drive) -> Iterator[Path]:
    """The storage as davfs2 mounts it; skips where nothing can be mounted.

    Its daemon becomes a user of its own, who cannot enter the folders of tests.
    """
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.W_OK):
        pytest.skip("a drive is mounted by root, where there is FUSE")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with _mounted(number, drive, Path(folder)) as where:
            yield where


@contextmanager
def _mounted(number: int, drive: Drive, folder: Path) -> Iterator[Path]:
    where, address = folder / "mounted", f"http://127.0.0.1:{number}/dav/Storages/Photos/"
    where.mkdir()
    config, secrets = folder / "davfs2.conf", folder / "secrets"
    secrets.write_text(f"{address} anna {drive.secret}\n")
    secrets.chmod(0o600)
    config.write_text(f"secrets {secrets}\nask_auth 0\nuse_locks 1\ndelay_upload 0\n")
    done = subprocess.run(
        ["mount.davfs", address, where, "-o", f"conf={config}"], capture_output=True, text=True, timeout=DEADLINE_S,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0 and "fuse" in done.stderr.lower():
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    try:
        yield where
    finally:
        subprocess.run(["umount", where], capture_output=True, timeout=DEADLINE_S)


@pytest.mark.needs("davfs2")
def test_davfs2(port: tuple[int, Drive]) -> None:
    number, drive = port
    with mounted(number, drive) as where:
        (where / "trip").mkdir()
        (where / "trip/a.txt").write_bytes(b"one")
        (where / "trip/a.txt").write_bytes(b"two, a moment later")
        (where / "trip/a.txt").rename(where / "trip/b.txt")
        assert (where / "trip/b.txt").read_bytes() == b"two, a moment later"
        assert not (where / "trip/a.txt").exists()  # not by listing: davfs2 1.6 cannot under some kernels
        deadline = time.monotonic() + DEADLINE_S
        while files(drive.home) != {"trip/b.txt": b"two, a moment later"}:
            assert time.monotonic() < deadline, files(drive.home)
            time.sleep(0.1)
        (where / "trip/b.txt").unlink()
        (where / "trip").rmdir()
    assert files(drive.home) == {}
