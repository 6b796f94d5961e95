"""How things look as JSON."""

import json

import pytest

from services import catalogue
from services.models import Item
from tests.factories import Make
from web.api import views


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_782_864_000_000_000, "2026-07-01T00:00:00Z"),
    ],
)
def test_instants(us: int | None, text: str | None) -> None:
    assert views.instant(us) == text
    assert views.wall(us) == (None if text is None else text.removesuffix("Z"))


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(None, None), (0, "+00:00"), (330, "+05:30"), (-210, "-03:30"), (-30, "-00:30"), (840, "+14:00")],
)
def test_offsets(minutes: int | None, text: str | None) -> None:
    assert views.offset(minutes) == text


def test_only_an_owner_gets_hash_and_places(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(anna, lat=1.5, lon=2.5, duration_ms=1500)
    make.grant(make.share(make.collection(anna, items=[item])), user=ben)
    for person, extra in ((anna, {"sha256", "locations", "people"}), (ben, set())):
        described = catalogue.describe(make.viewer(person), [item])[0]
        shown, short = views.item(described, []), views.item(described)
        assert set(shown) - set(short) == extra
        assert (shown["gps"], shown["duration_s"]) == ({"lat": 1.5, "lon": 2.5}, 1.5)
    assert views.item(catalogue.describe(make.viewer(anna), [make.item(anna)])[0])["gps"] is None


def test_the_etag_moves_with_the_version(make: Make) -> None:
    anna = make.user()
    item = make.item(anna)
    before = views.item(catalogue.describe(make.viewer(anna), [item])[0])["etag"]
    Item.update(version=2).execute()
    assert views.item(catalogue.describe(make.viewer(anna), [Item.get()])[0])["etag"] != before


def test_paths_of_any_bytes_become_json(make: Make) -> None:
    storage = make.storage(make.user())
    file = make.file(storage, "a\udcff.jpg", folder=make.folder(storage, "caf\udce9"), problem="x")
    view = views.problem_file(file)
    assert view["path"] == "caf\\xe9/a\\xff.jpg"
    json.dumps(view, ensure_ascii=False).encode()
