"""The pictures that televisions get: their profiles, and which of them a picture of some size has.

Televisions ignore orientations, profiles of colour and everything progressive, so each is upright, sRGB, a
baseline JPEG, and holds nothing of the original but its pixels. Nothing here imports a decoder: the service
foresees sizes by it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .sizes import Size, box_of, framed

RECIPE = 1
"""Version of how they are made: part of their key, raised when pixels, quality or form would differ."""
MOST_BYTES = 4_000_000
"""Some sets stop reading a picture at 4 MB."""

Name = Literal["LRG", "FHD", "MED", "SM", "TN"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a picture for televisions has to fit; `dlna` is the profile that it may be announced as."""

    name: Name
    frame: Size
    quality: int
    dlna: str

    @property
    def key(self) -> str:
        """By what such pictures are kept in the store."""
        return f"tv-{self.name.lower()}-{RECIPE}"

    def size_of(self, width: int, height: int) -> Size:
        """What becomes of a picture of this upright size."""
        return framed(width, height, self.frame)

    def box(self, original: Size | None) -> int:
        """The square for which a picture is decoded; by the frame alone where the original's size is unknown."""
        return max(self.frame) if original is None else box_of(*original, self.frame)


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        # DLNA allows 4096 x 4096: more than 3840 x 2160 no television shows
        Profile("LRG", (3840, 2160), 85, "JPEG_LRG"),
        Profile("FHD", (1920, 1080), 85, "JPEG_LRG"),
        Profile("MED", (1024, 768), 82, "JPEG_MED"),
        Profile("SM", (640, 480), 80, "JPEG_SM"),
        Profile("TN", (160, 160), 75, "JPEG_TN"),
    )
}
"""By name, the largest first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One picture that a television may ask for, with its size; None where only making it tells."""

    profile: Profile
    width: int | None = None
    height: int | None = None


@lru_cache(maxsize=4096)
def profiles_for(width: int | None, height: int | None) -> tuple[Offer, ...]:
    """What there is of a picture of this upright size, the largest first.

    The largest and the smallest always; between them none that would be as large as the one before it. Of a
    picture of unknown size there are all.
    """
    if not width or not height:
        return tuple(Offer(profile) for profile in PROFILES.values())
    offers: list[Offer] = []
    for profile in PROFILES.values():
        size = profile.size_of(width, height)
        last = offers[-1] if offers else None
        if last is None or profile.name == "TN" or size != (last.width, last.height):
            offers.append(Offer(profile, *size))
    return tuple(offers)
