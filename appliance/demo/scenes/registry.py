"""Every scene by name, and the few that move."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from appliance.demo.paint import Canvas
from appliance.demo.scenes import (
    bloom,
    cake,
    feast,
    hills,
    home,
    meadow,
    mountains,
    screen,
    sea,
    sky,
    still,
    town,
    wedding,
    winter,
    woods,
)

Scene = Callable[[Canvas, str], None]


@dataclass(frozen=True, slots=True)
class Motion:
    """A scene in two parts: what stands still, painted once, and what moves before it, painted each frame."""

    still: Scene
    moving: Scene


SCENES: Mapping[str, Scene] = MappingProxyType(
    {
        "aurora": sky.aurora,
        "balloons": sky.balloons,
        "beach": sea.beach,
        "beach from above": sea.above,
        "bicycle": town.bicycle,
        "birches": woods.birches,
        "bloom": bloom.bloom,
        "bouquet": wedding.bouquet,
        "cabin": winter.cabin,
        "cake": cake.cake,
        "camp": sky.camp,
        "cat": home.cat,
        "couple": wedding.couple,
        "fireworks": sky.fireworks,
        "hills": hills.hills,
        "jetty": mountains.jetty,
        "lake": mountains.lake,
        "lighthouse": sea.lighthouse,
        "poppies": meadow.poppies,
        "rain": town.rain,
        "ranges": mountains.ranges,
        "rows": meadow.rows,
        "sailing": sea.sailing,
        "skyline": town.skyline,
        "snowman": winter.snowman,
        "still life": still.still,
        "table": feast.table,
        "toast": feast.toast,
        "weather": screen.weather,
        "wood": woods.walk,
    }
)

MOTIONS: Mapping[str, Motion] = MappingProxyType(
    {
        "cabin": Motion(winter.clearing, winter.snowfall),
        "cake": Motion(cake.party, cake.candles),
        "camp": Motion(sky.clearing, sky.lantern),
        "sailing": Motion(sea.open_sea, sea.under_sail),
    }
)
