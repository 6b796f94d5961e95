"""Decoder children for real: fenced, limited, killed and replaced (checklist rows 22 and 23)."""

import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.errors import DecoderKilled, DecoderRefused
from services.media import landlock, pool, seccomp
from services.media.distant import Source
from services.media.limits import SLOWEST_MOUNT, Limits, limits_for
from services.media.masking import find_masks
from services.media.notice import ask_at_home
from services.media.pool import DecoderPool
from services.media.television import PROFILES, Profile
from services.media.types import GRID, VIEW, Hints, Reading
from tests import tree
from tests.services.media.masking.test_finding import jpeg as masked_jpeg
from tests.services.media.metadata_samples import exif, photo, position
from tests.services.media.pixel_samples import film, is_upright, png, quadrants, saved, scene, stored

LIMITS = limits_for(4 << 30, 2.0)
Opener = Callable[[bytes], int]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    fds: list[int] = []

    def open_(data: bytes) -> int:
        path = tmp_path / f"file{len(fds)}"
        path.write_bytes(data)
        fds.append(os.open(path, os.O_RDONLY))
        return fds[-1]

    yield open_
    for fd in fds:
        os.close(fd)


@pytest.fixture(scope="module")
def decoders() -> Iterator[DecoderPool]:
    with DecoderPool(2, LIMITS) as made:
        yield made


PHOTO = stored(quadrants(1200, 800), "JPEG", 6)


def read(decoders: DecoderPool, fd: int, name: str = "a.jpg") -> Reading:
    return decoders.read(fd, Hints(name, zone="Europe/Vienna"))


def idle(decoders: DecoderPool) -> list[int]:
    return [child.process.pid for child in decoders._idle]


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_the_zone_of_a_position_is_found_behind_the_fences(decoders: DecoderPool, opened: Opener) -> None:
    placed = photo(exif=exif({0x110: "M"}, {0x9003: "2026:07:01 12:00:00"}, position(40.7, 73.99, "N", "W")))
    taken = read(decoders, opened(placed)).metadata.taken
    assert (taken.offset, taken.offset_source) == (-240, "position")


def test_a_reading_and_renditions_through_the_fences(decoders: DecoderPool, opened: Opener) -> None:
    fd = opened(PHOTO)
    reading = read(decoders, fd)
    assert reading.sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert (reading.metadata.width, reading.metadata.height) == (1200, 800)
    assert reading.metadata.problems == ()
    assert reading.rendition is not None
    assert is_upright(Image.open(io.BytesIO(reading.rendition)).convert("RGB"))
    for size in (GRID, VIEW):
        made = decoders.render(fd, size, Hints("a.jpg"))
        assert made.width == min(size, 1200)
    assert os.lseek(fd, 0, os.SEEK_CUR) == 0, "the descriptor is where it was"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_pictures_for_televisions_through_the_fences(
    decoders: DecoderPool, opened: Opener, profile: Profile
) -> None:
    fd = opened(PHOTO)
    made = decoders.picture(fd, profile, (1200, 800), Hints("a.jpg"))
    assert (made.width, made.height) == profile.size_of(1200, 800)
    with Image.open(io.BytesIO(made.data)) as image:
        assert image.size == (made.width, made.height)
        assert is_upright(image)
    far = decoders.picture_far(
        Source(lambda at, n: PHOTO[at : at + n], len(PHOTO)), profile, (1200, 800), Hints("a.jpg")
    )
    assert far == made


def test_words_are_drawn_behind_the_fences(decoders: DecoderPool) -> None:
    made = decoders.notice("4711", "http://hypomos.local:4976/screens", PROFILES["FHD"])
    assert made == ask_at_home("4711", "http://hypomos.local:4976/screens", PROFILES["FHD"])
    assert (made.width, made.height) == (1920, 1080)


def test_masks_are_found_behind_the_fences(decoders: DecoderPool, opened: Opener) -> None:
    data = masked_jpeg()
    near = decoders.mask(opened(data), Hints(name="a.jpg", size=len(data)))
    assert near
    assert near == tuple(find_masks(io.BytesIO(data), "a.jpg") or ())
    source = Source(lambda at, length: data[at : at + length], len(data))
    assert decoders.mask_far(source, Hints(name="a.jpg", size=len(data))) == near
    assert decoders.mask(opened(b"some text"), Hints(name="a.txt", size=9)) is None


def test_all_fences_stand_where_the_kernel_can(decoders: DecoderPool) -> None:
    fenced = seccomp.available()
    files = fenced or landlock.version() > 0
    assert decoders.fences() == {"files": files, "sockets": fenced, "programs": fenced}


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF", "AVIF"])
def test_no_format_needs_a_file_behind_the_fences(decoders: DecoderPool, opened: Opener, kind: str) -> None:
    """A reader that imports something only now fails here."""
    exif = Image.Exif()
    exif[0x010F] = "Mäker"
    options = {} if kind in ("GIF", "BMP") else {"exif": exif}
    saved(quadrants(8, 8), "JPEG")
    reading = read(decoders, opened(saved(quadrants(640, 480), kind, **options)), f"a.{kind.lower()}")
    assert (reading.damaged, reading.metadata.problems) == (None, ())
    assert reading.rendition is not None


def test_films_and_places_too(decoders: DecoderPool, opened: Opener, tmp_path: Path) -> None:
    reading = read(decoders, opened(film(tmp_path / "a.mp4")), "a.mp4")
    assert (reading.damaged, reading.metadata.problems) == (None, ())
    exif = Image.Exif()
    exif[0x8825] = {1: "S", 2: (13.0, 50.0, 0.0), 3: "W", 4: (171.0, 45.0, 0.0)}
    exif[0x8769] = {0x9003: "2024:07:01 14:00:00"}
    reading = read(decoders, opened(saved(quadrants(), "JPEG", exif=exif)))
    assert reading.metadata.problems == ()
    assert reading.metadata.lat is not None


def test_sidecars_come_along(decoders: DecoderPool, opened: Opener) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
    )
    for encoding in ("utf-8", "utf-16"):
        hints = Hints("a.jpg", sidecar=xmp.encode(encoding))
        assert decoders.read(opened(PHOTO), hints).metadata.rating == 4


def test_row_22_damage_is_an_answer(decoders: DecoderPool, opened: Opener) -> None:
    assert read(decoders, opened(b"")).damaged == "the file is empty"
    assert read(decoders, opened(b"<html></html>")).damaged
    assert read(decoders, opened(saved(scene(), "PNG")[:5000])).damaged


def test_row_23_bombs_are_refused_and_the_child_lives(decoders: DecoderPool, opened: Opener) -> None:
    read(decoders, opened(PHOTO))
    before = idle(decoders)
    with pytest.raises(DecoderRefused, match="megapixels"):
        read(decoders, opened(png(30_000, 30_000, depth=1, colour=0)))
    assert idle(decoders) == before
    with pytest.raises(DecoderRefused):
        decoders.render(opened(b"words"), VIEW, Hints("a.txt"))


def test_what_cannot_be_read_at_all_is_an_error_of_the_file(decoders: DecoderPool, tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(OSError, match="directory"):
        read(decoders, folder)
    os.close(folder)


def test_random_bytes_never_harm_the_pool(decoders: DecoderPool, opened: Opener) -> None:
    noise = random.Random(7)
    for start in (
        b"\xff\xd8\xff",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\0\0\0\x18ftypheic",
        b"II*\0\x08\0\0\0",
        b"OggS",
    ):
        data = start + noise.randbytes(3000)
        assert read(decoders, opened(data)).sha256 == hashlib.sha256(data).hexdigest()


def test_many_threads_share_few_children(decoders: DecoderPool, opened: Opener) -> None:
    fd = opened(PHOTO)
    readings: list[Reading] = []
    threads = [threading.Thread(target=lambda: readings.append(read(decoders, fd))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(readings) == 12
    assert len({reading.sha256 for reading in readings}) == 1
    assert 1 <= len(idle(decoders)) <= 2


def kill_when_asked(decoders: DecoderPool, pid: int) -> None:
    """Crash a stopped child once a request has been handed to it."""
    while idle(decoders):
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(pid, signal.SIGSEGV)  # comes to it when it goes on
    os.kill(pid, signal.SIGCONT)


def test_a_killed_child_costs_one_request(opened: Opener) -> None:
    fd = opened(PHOTO)
    with DecoderPool(1, LIMITS) as decoders:
        read(decoders, fd)
        (pid,) = idle(decoders)
        os.kill(pid, signal.SIGSTOP)  # so that it dies with the request in hand
        killer = threading.Thread(target=kill_when_asked, args=(decoders, pid))
        killer.start()
        with pytest.raises(DecoderKilled, match="SIGSEGV"):
            read(decoders, fd)
        killer.join()
        assert read(decoders, fd).damaged is None
        assert idle(decoders) != [pid]


def test_a_child_that_died_while_idle_costs_nothing(opened: Opener) -> None:
    fd = opened(PHOTO)
    with DecoderPool(1, LIMITS) as decoders:
        read(decoders, fd)
        child = decoders._idle[0].process
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert read(decoders, fd).damaged is None


def test_row_23_a_hung_child_is_ended(opened: Opener) -> None:
    class Impatient(Limits):
        deadline = 1.0

    fd = opened(PHOTO)
    with DecoderPool(1, LIMITS) as decoders:
        read(decoders, fd)
        (pid,) = idle(decoders)
        decoders._limits = Impatient(memory=LIMITS.memory)
        os.kill(pid, signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(DecoderKilled, match="longer than 1 seconds"):
            read(decoders, fd)
        assert time.monotonic() - started < 20
        assert not is_running(pid)
        decoders._limits = LIMITS
        assert read(decoders, fd).damaged is None


@pytest.mark.parametrize("size", [1000, 1 << 30, 1 << 40])
def test_what_is_read_wholly_is_waited_for_by_its_size(
    opened: Opener, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A sparse file, which no child gets here: how long one would be waited for. A preview is not read wholly."""
    deadlines: list[float] = []

    class Asked(DecoderRefused):
        pass

    def ask(self: object, request: object, deadline: float, source: object = None) -> None:
        deadlines.append(deadline)
        raise Asked("not here")

    fd = opened(b"")
    os.truncate(f"/proc/self/fd/{fd}", size)
    with DecoderPool(1, LIMITS) as decoders:
        monkeypatch.setattr("services.media.pool._Child.ask", ask)
        started = time.monotonic()
        with pytest.raises(Asked):
            read(decoders, fd, "film.mp4")
        with pytest.raises(Asked):
            decoders.render(fd, 320, Hints("film.mp4"))
        ended = time.monotonic()
    whole, preview = deadlines
    assert started <= whole - LIMITS.deadline_for(size) <= ended
    assert started <= preview - LIMITS.deadline <= ended
    assert LIMITS.deadline_for(size) >= size / SLOWEST_MOUNT


def test_row_23_processor_time_is_limited(opened: Opener) -> None:
    """A picture within the limits of pixels and memory that takes long to unpack."""

    class Hurried(Limits):
        deadline = 60.0

    side = 20_000
    rows = bytes((4, *range(50), *bytes(side - 50))) * 100  # PNG's slowest filter
    packer = zlib.compressobj(9, wbits=-15)
    piece = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)  # so that it can be repeated
    slow = png(side, side, colour=0, idat=b"\x78\x9c" + piece * (side // 100))
    with DecoderPool(1, Hurried(memory=1 << 30, cpu_seconds=0.01)) as decoders:
        with pytest.raises(DecoderKilled, match="processor time"):
            read(decoders, opened(slow), "a.png")
        assert read(decoders, opened(b"")).damaged, "and the next request is served"
    assert len(slow) < 8_000_000


def test_memory_is_limited(opened: Opener) -> None:
    with DecoderPool(1, Limits(memory=160 << 20)) as decoders:
        with pytest.raises(DecoderRefused, match="memory"):
            read(decoders, opened(saved(Image.new("RGB", (6000, 5000), "red"), "PNG")), "a.png")
        assert read(decoders, opened(PHOTO)).damaged is None


def test_children_are_recycled(opened: Opener) -> None:
    fd = opened(PHOTO)
    with DecoderPool(1, LIMITS, recycle_after=2) as decoders:
        read(decoders, fd)
        first = idle(decoders)
        read(decoders, fd)
        assert idle(decoders) == []
        assert not is_running(first[0])
        read(decoders, fd)
        assert len(idle(decoders)) == 1


def test_idle_children_are_ended(opened: Opener) -> None:
    with DecoderPool(1, LIMITS, idle_seconds=0.3) as decoders:
        assert idle(decoders) == [], "started when needed"
        read(decoders, opened(PHOTO))
        (pid,) = idle(decoders)
        end = time.monotonic() + 30
        while is_running(pid) and time.monotonic() < end:
            time.sleep(0.05)
        assert not is_running(pid)
        assert idle(decoders) == []


def test_a_closed_pool_ends_its_children_and_takes_no_more(opened: Opener) -> None:
    decoders = DecoderPool(1, LIMITS)
    read(decoders, opened(PHOTO))
    (pid,) = idle(decoders)
    decoders.close()
    decoders.close()
    assert not is_running(pid)
    with pytest.raises(DecoderKilled, match="shut down"):
        read(decoders, opened(PHOTO))


def test_a_child_that_cannot_start_says_so(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "BOOT", "raise SystemExit(5)")
    with DecoderPool(1, LIMITS) as decoders, pytest.raises(DecoderKilled, match="exit code 5"):
        read(decoders, opened(PHOTO))


@pytest.mark.parametrize("answer", ['b"x" * 100', 'b"\\0\\0\\0\\2\\0\\0\\0\\0{}"'])
def test_nonsense_from_a_child_ends_it(opened: Opener, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """As if a hostile file had taken it over."""
    boot = f"""
import socket, struct, sys
sock = socket.socket(fileno=int(sys.argv[2]))
sock.sendall(struct.pack(">II", 12, 0) + b'{{"ready":{{}}}}')
sock.recv(10)
sock.sendall({answer})
sock.recv(10_000_000)
"""
    monkeypatch.setattr(pool, "BOOT", boot)
    with DecoderPool(1, LIMITS) as decoders, pytest.raises(DecoderKilled, match="nonsense"):
        read(decoders, opened(PHOTO))


def test_the_environment_of_a_child_is_bare(decoders: DecoderPool, opened: Opener) -> None:
    read(decoders, opened(PHOTO))
    environment = Path(f"/proc/{idle(decoders)[0]}/environ").read_bytes()
    names = {entry.partition(b"=")[0].decode() for entry in environment.split(b"\0") if entry}
    assert names == set(pool.ENVIRONMENT)
    fds = list(Path(f"/proc/{idle(decoders)[0]}/fd").iterdir())
    assert len(fds) <= 6, "nothing of the service is inherited"


def test_a_child_starts_from_any_folder(opened: Opener, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(tree.ROOT)!r})\n"
        "from services.media.pool import DecoderPool\n"
        "from services.media.limits import limits_for\n"
        "with DecoderPool(1, limits_for(2 << 30, 1)) as decoders:\n"
        "    print(len(decoders.fences()))\n"
        "heavy = {'PIL', 'numpy', 'av', 'rawpy', 'pillow_heif', 'exifread'} & {m.split('.')[0] for m in sys.modules}\n"
        "print(sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["3", "[]"], done.stderr
