"""The household's cameras and the places they were taken to: invented, yet as such devices write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Camera:
    """What a camera writes about itself; focal lengths in millimetres.

    `offset` tells whether it knows the time zone, `note` whether it adds Apple's maker note.
    """

    make: str
    model: str
    lens: str
    software: str
    focal: float
    focal_35mm: int
    aperture: float
    base_iso: int
    offset: bool = True
    note: bool = False


CAMERAS: Mapping[str, Camera] = MappingProxyType(
    {
        "iphone 12": Camera(
            "Apple", "iPhone 12", "iPhone 12 back dual wide camera 4.2mm f/1.6", "15.6.1", 4.2, 26, 1.6, 32, note=True
        ),
        "iphone 15": Camera(
            "Apple", "iPhone 15 Pro", "iPhone 15 Pro back triple camera 6.765mm f/1.78", "18.1", 6.765, 24, 1.78, 80,
            note=True,
        ),
        "pixel": Camera(
            "Google", "Pixel 7", "Pixel 7 back camera 6.81mm f/1.85", "HDR+ 1.0.540104767zd", 6.81, 24, 1.85, 50
        ),
        "fuji": Camera(
            "FUJIFILM", "X-T4", "XF16-55mmF2.8 R LM WR", "Digital Camera X-T4 Ver1.80", 23.0, 35, 5.6, 160, offset=False
        ),
        "canon": Camera("Canon", "Canon EOS 6D", "EF24-105mm f/4L IS USM", "", 45.0, 45, 8.0, 100, offset=False),
        "drone": Camera("DJI", "FC3582", "24.0 mm f/1.7", "10.16.37.13", 6.72, 24, 1.7, 100),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the map: degrees north and east, metres above the sea, and its offsets from UTC."""

    lat: float
    lon: float
    height: float
    winter: str = "+01:00"
    summer: str = "+02:00"

    def offset(self, month: int) -> str:
        """The offset in a month; no picture was taken on the days around the change of the clocks."""
        return self.summer if 4 <= month <= 10 else self.winter


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "Dolomites": Place(46.6170, 12.3160, 1756),
        "Feldberg": Place(47.8743, 8.0047, 1277),
        "Frankfurt": Place(50.1069, 8.6898, 98),
        "Freiburg": Place(47.9959, 7.8522, 278),
        "Göreme": Place(38.6431, 34.8289, 1104, "+03:00", "+03:00"),
        "Lisse": Place(52.2697, 4.5466, 1),
        "Meersburg": Place(47.6938, 9.2711, 402),
        "Pienza": Place(43.0787, 11.6789, 491),
        "Schauinsland": Place(47.9117, 7.8983, 1220),
        "Sellin": Place(54.3790, 13.6960, 4),
        "Tromsø": Place(69.6492, 18.9553, 12),
        "Valensole": Place(43.8377, 5.9830, 566),
        "Zermatt": Place(46.0207, 7.7491, 1608),
    }
)
