"""XMP packets and sidecars (checklist rows 4 to 6, 10, 11, 13, 17, 21 and 23)."""

import contextlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.dates import Rank, Stated
from services.media.formats.blocks import XMP_LIMIT, FormatError
from services.media.xmp import read_xmp
from tests.services.media.metadata_samples import XMP_CLOSE, XMP_OPEN, bag, xmp

SIMPLE = xmp({"xmp:Rating": "4"}, bag("dc:subject", "sea", "Überflug"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_is_read(encoding: str) -> None:
    """Row 11: a sidecar may be UTF-16, with a byte order mark or without."""
    found = read_xmp(SIMPLE.decode().encode(encoding), "sidecar")
    assert found.values == {"keywords": ("sea", "Überflug"), "rating": 4}


def test_the_padding_around_a_packet_does_not_count() -> None:
    packet = (
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0"?>\n' + SIMPLE + b"\n" * 50 + b'<?xpacket end="w"?>\0\0'
    )
    assert read_xmp(packet, "XMP").values["rating"] == 4


def test_a_property_may_be_an_element_of_any_kind() -> None:
    inside = (
        "<xmp:Rating>5</xmp:Rating><dc:title><rdf:Alt><rdf:li xml:lang='de'>Meer</rdf:li>"
        "<rdf:li xml:lang='x-default'>Sea</rdf:li></rdf:Alt></dc:title><tiff:Make> Canon </tiff:Make>"
    )
    assert read_xmp(xmp(inside=inside), "XMP").values == {"title": "Sea", "rating": 5, "make": "Canon"}


def test_the_leaves_of_a_hierarchy_are_keywords() -> None:
    """Row 11."""
    inside = (
        bag("dc:subject", "Italy", "sea")
        + bag("lr:hierarchicalSubject", "Places|Europe|Italy", "People|Anna")
        + bag("digiKam:TagsList", "Places/Europe/Rome")
    )
    assert read_xmp(xmp(inside=inside), "XMP").values["keywords"] == ("Italy", "sea", "Rome", "Anna")


@pytest.mark.parametrize(
    ("attributes", "rating"),
    [
        *(({"xmp:Rating": "0"}, None), ({"xmp:Rating": "-1"}, None), ({"xmp:Rating": "3.0"}, 3)),
        *(({"MicrosoftPhoto:Rating": "75"}, 4), ({"xmp:Rating": "2", "MicrosoftPhoto:Rating": "99"}, 2)),
    ],
)
def test_ratings(attributes: dict[str, str], rating: int | None) -> None:
    assert read_xmp(xmp(attributes), "XMP").values.get("rating") == rating


def test_dates_in_their_order_with_their_offsets() -> None:
    """Rows 5 and 6."""
    packet = xmp(
        {
            "xmp:CreateDate": "2008-03-14T20:59:26.535Z",
            "photoshop:DateCreated": "2008-03-14",
            "exif:DateTimeOriginal": "2008-03-14T13:59:26-06:00",
            "xmp:ModifyDate": "2013-01-27T14:02:29-06:00",
        }
    )
    original = datetime(2008, 3, 14, 13, 59, 26)
    for source, ranks in (
        ("XMP", (Rank.ORIGINAL, Rank.ORIGINAL, Rank.DIGITISED)),
        ("sidecar", (Rank.SIDECAR,) * 3),
    ):
        dates = read_xmp(packet, source).dates
        assert tuple(date.rank for date in dates) == ranks
        assert dates[0] == Stated(ranks[0], f"{source} exif:DateTimeOriginal", local=original, offset=-360)


def test_positions_and_their_time() -> None:
    """Row 10."""
    found = read_xmp(
        xmp(
            {
                "exif:GPSLatitude": "37,46.494S",
                "exif:GPSLongitude": "122,25,9.84W",
                "exif:GPSTimeStamp": "2023-11-15T12:30:00Z",
            }
        ),
        "XMP",
    )
    assert found.values == {"lat": -37.7749, "lon": -122.4194}
    assert found.gps_time == datetime(2023, 11, 15, 12, 30)
    for text in ("37.5", "", "N", "37,46.5E", "....,1N"):
        assert (
            "lat" not in read_xmp(xmp({"exif:GPSLatitude": text, "exif:GPSLongitude": "1,2E"}), "XMP").values
        )


def test_faces_are_counted_whoever_marked_them() -> None:
    """Row 11: the Metadata Working Group's regions, of which some are no faces, and Microsoft's."""
    region = "<rdf:li><rdf:Description mwg-rs:Name='A' mwg-rs:Type='{}'/></rdf:li>"
    kinds = "".join(region.format(kind) for kind in ("Face", "Face", "Focus"))
    inside = f"<mwg-rs:Regions><rdf:Bag>{kinds}</rdf:Bag></mwg-rs:Regions>"
    assert read_xmp(xmp(inside=inside), "XMP").values == {"faces": 2, "people": ("A",)}
    space = "xmlns:r='http://ns.microsoft.com/photo/1.2/t/Region#'"
    inside = (
        f"<dc:x><rdf:Bag><rdf:li {space} r:Rectangle='0,0,1,1' r:PersonDisplayName='A'/></rdf:Bag></dc:x>"
    )
    assert read_xmp(xmp(inside=inside), "XMP").values == {"faces": 1, "people": ("A",)}


def test_the_names_at_faces_however_they_are_written() -> None:
    """Row 11: digiKam writes elements, Lightroom attributes; a focus point and a pet have no person's name."""
    inside = (
        "<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:RegionList><rdf:Bag>"
        "<rdf:li rdf:parseType='Resource'><mwg-rs:Name> Zoë Müller </mwg-rs:Name>"
        "<mwg-rs:Type>Face</mwg-rs:Type></rdf:li>"
        "<rdf:li><rdf:Description mwg-rs:Name='Ben' mwg-rs:Type='Face'><mwg-rs:Area/></rdf:Description></rdf:li>"
        "<rdf:li><rdf:Description mwg-rs:Name='ben' mwg-rs:Type='Face'/></rdf:li>"
        "<rdf:li><rdf:Description mwg-rs:Type='Face'/></rdf:li>"
        "<rdf:li><rdf:Description mwg-rs:Name='Rex' mwg-rs:Type='Pet'/></rdf:li>"
        "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )
    assert read_xmp(xmp(inside=inside), "XMP").values == {"faces": 4, "people": ("Zoë Müller", "Ben")}


def test_panoramas_and_gain_maps_are_marked() -> None:
    """Rows 17 and 21."""
    found = read_xmp(xmp({"GPano:ProjectionType": "equirectangular", "hdrgm:Version": "1.0"}), "XMP")
    assert found.values == {"panorama": True, "hdr": True}
    assert "panorama" not in read_xmp(xmp({"GPano:UsePanoramaViewer": "False"}), "XMP").values


def test_the_container_of_a_motion_photo() -> None:
    """Row 13."""
    inside = (
        "<Container:Directory><rdf:Seq><rdf:li rdf:parseType='Resource'>"
        "<Container:Item Item:Mime='image/jpeg' Item:Semantic='Primary' Item:Length='0' Item:Padding='8'/></rdf:li>"
        "<rdf:li rdf:parseType='Resource'><Container:Item Item:Mime='video/mp4' Item:Semantic='MotionPhoto' "
        "Item:Length='123'/></rdf:li></rdf:Seq></Container:Directory>"
    )
    found = read_xmp(xmp({"GCamera:MotionPhoto": "1"}, inside), "XMP")
    assert found.extra == {
        "GCamera:MotionPhoto": 1,
        "items": [
            {"Mime": "image/jpeg", "Semantic": "Primary", "Length": "0", "Padding": "8"},
            {"Mime": "video/mp4", "Semantic": "MotionPhoto", "Length": "123"},
        ],
    }


@pytest.mark.parametrize(
    "packet",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + SIMPLE,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + SIMPLE,
        b"",
        b"no XML",
        SIMPLE[:-5],
        SIMPLE + b" " * XMP_LIMIT,
        b"<a>" * 200_000 + b"</a>" * 200_000,
    ],
    ids=["entity", "external", "empty", "text", "cut", "large", "deep"],
)
def test_hostile_and_broken_packets_are_refused(packet: bytes) -> None:
    """Row 23."""
    with pytest.raises(FormatError):
        read_xmp(packet, "XMP")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_in_any_place_is_survived(text: str) -> None:
    packet = f"{XMP_OPEN}{text}{XMP_CLOSE}".encode(errors="replace")
    with contextlib.suppress(FormatError):
        read_xmp(packet, "XMP")
