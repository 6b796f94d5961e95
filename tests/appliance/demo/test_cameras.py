from appliance.demo.cameras import CAMERAS, PLACES


def test_offsets_follow_the_season() -> None:
    freiburg = PLACES["Freiburg"]
    assert [freiburg.offset(month) for month in (1, 7, 12)] == ["+01:00", "+02:00", "+01:00"]
    assert PLACES["Göreme"].offset(1) == PLACES["Göreme"].offset(7) == "+03:00"


def test_only_apples_cameras_write_its_maker_note() -> None:
    assert {camera.make for camera in CAMERAS.values() if camera.note} == {"Apple"}
    assert len({camera.make for camera in CAMERAS.values()}) >= 5


def test_places_lie_on_the_map() -> None:
    for place in PLACES.values():
        assert 36 < place.lat < 71
        assert 4 < place.lon < 36
