from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from appliance.demo.album import CLIPS, LIVE_SEA, Clip
from appliance.demo.videos import write_film

FILMS = [clip for clip in CLIPS if not clip.path.endswith(".gif")]


@pytest.mark.parametrize("clip", FILMS, ids=lambda clip: clip.path)
def test_films_play_and_move(household: Path, clip: Clip) -> None:
    with av.open(str(household / clip.path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(frames) >= 4
    assert max(float(np.abs(frame.astype(int) - frames[0]).mean()) for frame in frames[1:]) > 0.2


def test_a_film_held_upright_is_stored_turned(household: Path) -> None:
    (turned,) = (clip for clip in FILMS if clip.turn)
    with av.open(str(household / turned.path)) as container:
        frame = next(container.decode(video=0))
    assert frame.width > frame.height
    assert frame.rotation == -90
    picture = np.rot90(frame.to_ndarray(format="rgb24").astype(np.float32), frame.rotation // 90)
    assert picture.shape[0] > picture.shape[1]
    lower, upper = picture[picture.shape[0] * 3 // 4 :], picture[: picture.shape[0] // 4]
    assert lower[..., 0].max() > 200, "the tent's light is below"
    assert upper[..., 2].mean() > upper[..., 0].mean(), "the blue night is above"


def test_telephones_films_carry_apples_keys(household: Path) -> None:
    with av.open(str(household / "Phone/2024/IMG_2231.MOV")) as container:
        tags = container.metadata
    assert tags["com.apple.quicktime.creationdate"] == "2024-08-11T15:22:08+0200"
    assert tags["creation_time"].startswith("2024-08-11T13:22:08")
    assert tags["com.apple.quicktime.location.ISO6709"].startswith("+54.3790+013.6960")


def test_a_live_photos_film_shares_the_pictures_id(household: Path) -> None:
    with av.open(str(household / "Phone/2024/IMG_2240.MOV")) as container:
        tags, seconds = container.metadata, (container.duration or 0) / av.time_base
    assert tags["com.apple.quicktime.content.identifier"] == LIVE_SEA
    assert 1 < seconds <= 4
    assert LIVE_SEA.encode() in (household / "Phone/2024/IMG_2240.HEIC").read_bytes()


def test_the_gif_is_animated(household: Path) -> None:
    with Image.open(household / "NAS/Family/Wallpapers/snowfall.gif") as image:
        assert image.is_animated  # type: ignore[attr-defined]  # only some formats have it
        assert image.info["duration"] > 0


def test_frames_and_tags_are_written_as_given(tmp_path: Path) -> None:
    target = tmp_path / "three.mp4"
    frames = [Image.new("RGB", (64, 48), (shade, shade, shade)) for shade in (20, 120, 220)]
    write_film(target, frames, {"creation_time": "2024-01-02T03:04:05.000000Z"})
    with av.open(str(target)) as container:
        assert container.metadata["creation_time"] == "2024-01-02T03:04:05.000000Z"
        shades = [float(frame.to_ndarray(format="rgb24").mean()) for frame in container.decode(video=0)]
    assert shades == pytest.approx([20, 120, 220], abs=8)
