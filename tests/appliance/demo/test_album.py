from collections import Counter
from datetime import datetime

from appliance.demo.album import BURST, CAMERA, CLIPS, DERIVED, NAS, NOTES, PHONE, TUNES
from appliance.demo.cameras import CAMERAS, PLACES
from appliance.demo.scenes.registry import MOTIONS, SCENES
from appliance.demo.sounds import STYLES

SHOTS = (*PHONE, *CAMERA, *NAS)


def test_no_two_files_share_a_path() -> None:
    made = [shot.path for shot in SHOTS] + [clip.path for clip in CLIPS] + [tune.path for tune in TUNES]
    paths = made + [file.path for file in DERIVED] + list(NOTES)
    assert [path for path, count in Counter(paths).items() if count > 1] == []
    assert 60 <= len(paths) <= 80


def test_everything_named_exists() -> None:
    for shot in SHOTS:
        assert shot.scene in SCENES
        assert shot.camera in CAMERAS or not shot.camera
    for clip in CLIPS:
        assert clip.scene in MOTIONS
    assert ({shot.place for shot in SHOTS} | {clip.place for clip in CLIPS}) - {""} <= set(PLACES)
    assert {tune.style for tune in TUNES} == set(STYLES)
    sources = {shot.path for shot in SHOTS}
    assert all(file.source in sources for file in DERIVED)


def test_pictures_of_one_scene_differ_by_light_seed_or_moment() -> None:
    seen = Counter((shot.scene, shot.mood, shot.seed, shot.size, shot.moment) for shot in SHOTS)
    assert [which for which, count in seen.items() if count > 1] == []


def test_six_years_are_covered_and_some_months_are_busy() -> None:
    taken = [datetime.fromisoformat(shot.taken) for shot in SHOTS if shot.camera]
    assert {day.year for day in taken} == set(range(2020, 2027))
    assert max(Counter((day.year, day.month) for day in taken).values()) >= 8


def test_the_album_holds_what_newcomers_should_see() -> None:
    assert {shot.orientation for shot in SHOTS} == {1, 3, 6, 8}
    assert sum(shot.burst == BURST for shot in SHOTS) == 5
    assert sum(bool(shot.live) for shot in SHOTS) == 2
    assert sum("family" in shot.keywords for shot in SHOTS) >= 8
    paths = [shot.path for shot in SHOTS] + [clip.path for clip in CLIPS] + [tune.path for tune in TUNES]
    endings = {path.rpartition(".")[2].lower() for path in paths}
    assert endings == {"jpg", "heic", "png", "webp", "avif", "tif", "gif", "mov", "mp4", "flac", "mp3", "ogg"}
    assert {file.how for file in DERIVED} == {"copy", "edit", "cut"}
    shapes = {(shot.size[0] > shot.size[1]) - (shot.size[0] < shot.size[1]) for shot in SHOTS}
    assert shapes == {-1, 0, 1}, "portrait, square and landscape"
    assert any(shot.size[0] >= 3 * shot.size[1] for shot in SHOTS), "a panorama"


def test_a_film_is_turned_only_where_it_is_upright() -> None:
    for clip in CLIPS:
        assert clip.turn in (0, 90)
        assert (clip.turn == 90) == (clip.size[1] > clip.size[0])
