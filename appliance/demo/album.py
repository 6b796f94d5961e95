"""What the sample storages hold: every picture, film and sound by path, with where and when it was taken."""

from dataclasses import dataclass

FAMILY = ("family",)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: its path below the sample folder, what it shows, and what its file says.

    `size` is upright, in pixels; a picture is painted at that size and written `enlarge` times as large.
    `camera` empty leaves no EXIF (a messenger's copy), `place` empty no position. `live` is the content id
    of a Live Photo, whose film is written next to it, `burst` that of a burst. `look` is `` or `print` (a
    scanned paper print).
    """

    path: str
    scene: str
    mood: str
    seed: int
    taken: str
    camera: str = ""
    place: str = ""
    size: tuple[int, int] = (1200, 900)
    enlarge: float = 1.0
    orientation: int = 1
    keywords: tuple[str, ...] = ()
    rating: int = 0
    title: str = ""
    live: str = ""
    burst: str = ""
    moment: float = 0.0
    panorama: bool = False
    sidecar: bool = False
    look: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """A film or an animated picture: `size` upright, `turn` the display matrix's degrees clockwise."""

    path: str
    scene: str
    mood: str
    seed: int
    taken: str
    camera: str = ""
    place: str = ""
    size: tuple[int, int] = (640, 360)
    seconds: float = 2.6
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Tune:
    """A sound with its tags; `style` is `box`, `waltz` or `waves`."""

    path: str
    style: str
    seed: int
    taken: str
    title: str
    artist: str
    album: str
    seconds: float = 14.0


@dataclass(frozen=True, slots=True)
class Derived:
    """A file made of another's: `copy` (the same bytes), `edit` (cropped and warmer) or `cut` (its first part)."""

    path: str
    source: str
    how: str


TALL, WIDE, UPRIGHT, SQUARE = (900, 1200), (1290, 860), (860, 1290), (1000, 1000)
BIG = (1600, 1200)
LIVE_SEA, LIVE_CAKE = "6F1C9B52-8A0D-4E5B-9C62-3D7A41E0B815", "B2E47D10-55C3-4F0A-8E91-07C6D9A2F43E"
BURST = "0D9E6A7C-41B8-4C2F-A3D5-9F27E8B1C604"

PHONE = (
    Shot("Phone/2021/IMG_0187.JPG", "wood", "autumn", 6, "2021-10-16T15:22:41", "iphone 12", "Schauinsland"),
    Shot("Phone/2021/IMG_0203.JPG", "birches", "autumn", 5, "2021-10-16T16:05:12", "iphone 12", "Schauinsland",
         TALL, orientation=6),
    Shot("Phone/2022/IMG_0932.HEIC", "rows", "lavender", 2, "2022-07-02T20:58:03", "iphone 12", "Valensole",
         keywords=("flowers", "holiday"), rating=4),
    Shot("Phone/2022/IMG_1104.HEIC", "cat", "evening", 1, "2022-11-20T16:31:55", "iphone 12", "Freiburg",
         keywords=("cat",)),
    Shot("Phone/2023/IMG_1533.JPG", "rows", "tulips", 1, "2023-04-22T11:14:20", "iphone 12", "Lisse",
         keywords=("flowers",)),
    Shot("Phone/2023/IMG_1688.JPG", "bloom", "dahlia", 6, "2023-08-27T10:02:37", "iphone 12", "Freiburg", SQUARE,
         keywords=("garden", "flowers")),
    Shot("Phone/2023/IMG_1702.JPG", "bloom", "sunflower", 3, "2023-08-27T10:09:15", "iphone 12", "Freiburg", TALL,
         orientation=6, keywords=("garden", "flowers")),
    Shot("Phone/2024/IMG_2201.HEIC", "beach", "noon", 3, "2024-08-09T13:40:18", "iphone 15", "Sellin",
         keywords=("sea", *FAMILY)),
    Shot("Phone/2024/IMG_2218.JPG", "beach", "sunset", 7, "2024-08-09T20:41:02", "iphone 15", "Sellin", BIG, 2.5,
         keywords=("sea", *FAMILY), rating=5),
    Shot("Phone/2024/IMG_2240.HEIC", "sailing", "sunset", 3, "2024-08-12T20:33:47", "iphone 15", "Sellin",
         keywords=("sea", *FAMILY), live=LIVE_SEA),
    *(
        Shot(f"Phone/2024/IMG_{2251 + step}.JPG", "sailing", "noon", 12, f"2024-08-13T11:07:{25.12 + step / 3:06.3f}",
             "iphone 15", "Sellin", (1120, 840), burst=BURST, moment=step / 5, keywords=("sea",))
        for step in range(5)
    ),
    Shot("Phone/2024/IMG_2290.JPG", "rain", "warm", 4, "2024-11-08T18:12:30", "iphone 15", "Frankfurt", TALL,
         orientation=6),
    Shot("Phone/2025/IMG_3012.HEIC", "cake", "7", 3, "2025-03-15T16:20:09", "iphone 15", "Freiburg",
         keywords=("birthday", *FAMILY), rating=4, live=LIVE_CAKE),
    Shot("Phone/2025/IMG_3199.HEIC", "couple", "evening", 2, "2025-06-14T20:47:31", "iphone 15", "Meersburg", TALL,
         keywords=("wedding", *FAMILY), rating=5, title="Jana & Tom"),
    Shot("Phone/2025/IMG_3207.JPG", "table", "evening", 6, "2025-06-14T21:55:04", "iphone 15", "Meersburg",
         keywords=("wedding",)),
    Shot("Phone/2025/IMG_3215.JPG", "toast", "evening", 3, "2025-06-14T22:10:48", "iphone 15", "Meersburg", TALL,
         keywords=("wedding",)),
    Shot("Phone/2025/IMG_3350.JPG", "cat", "grey", 4, "2025-10-05T09:30:11", "iphone 15", "Freiburg", TALL,
         orientation=8, keywords=("cat",)),
    Shot("Phone/2026/IMG_4021.JPG", "still life", "coffee", 5, "2026-01-11T10:15:26", "iphone 15", "Freiburg"),
    Shot("Phone/2026/IMG_4102.JPG", "still life", "tulips", 2, "2026-04-03T17:21:50", "iphone 15", "Freiburg", TALL,
         keywords=("flowers",)),
    Shot("Phone/2026/IMG_4151.JPG", "wood", "spring", 9, "2026-05-10T11:48:33", "iphone 15", "Schauinsland", TALL,
         orientation=6),
    Shot("Phone/2026/IMG_4188.JPG", "poppies", "evening", 5, "2026-06-06T19:55:10", "iphone 15", "Freiburg",
         keywords=("flowers", *FAMILY), rating=5),
    Shot("Phone/2026/IMG_4197.JPG", "bicycle", "evening", 5, "2026-06-06T21:02:44", "iphone 15", "Freiburg",
         keywords=FAMILY),
    Shot("Phone/Screenshots/Screenshot_20260214-091500.png", "weather", "Freiburg", 7, "2026-02-14T09:15:00",
         size=(640, 1386)),
    Shot("Phone/WhatsApp/IMG-20241231-WA0007.jpg", "fireworks", "night", 4, "2024-12-31T23:59:58", size=(1200, 900)),
    Shot("Phone/WhatsApp/IMG-20250615-WA0003.jpg", "bouquet", "day", 5, "2025-06-15T09:12:00", size=(1200, 900)),
)  # fmt: skip

CAMERA = (
    Shot("Camera/2020-09 Dolomites/IMG_8841.JPG", "lake", "dawn", 5, "2020-09-12T06:52:10", "canon", "", BIG, 2.5,
         keywords=("mountains",), rating=5),
    Shot("Camera/2020-09 Dolomites/IMG_8867.JPG", "ranges", "noon", 9, "2020-09-12T11:30:45", "canon", "", WIDE,
         keywords=("mountains",)),
    Shot("Camera/2020-09 Dolomites/IMG_8902.JPG", "jetty", "dusk", 5, "2020-09-13T19:18:22", "canon", "", UPRIGHT,
         orientation=8, keywords=("mountains",)),
    Shot("Camera/2021-05 Tuscany/DSCF2210.JPG", "hills", "evening", 3, "2021-05-08T20:11:36", "fuji", "Pienza", WIDE,
         rating=4),
    Shot("Camera/2021-05 Tuscany/DSCF2231.JPG", "hills", "day", 5, "2021-05-09T10:42:07", "fuji", "Pienza", WIDE,
         orientation=3),
    Shot("Camera/2022-10 Göreme/100% Höhe – Ballon #3.jpg", "balloons", "dawn", 5, "2022-10-14T07:05:50", "fuji",
         "Göreme", WIDE, keywords=("holiday",), rating=5),
    Shot("Camera/2022-10 Göreme/DSCF3107.JPG", "balloons", "noon", 6, "2022-10-14T09:20:31", "fuji", "Göreme", UPRIGHT),
    Shot("Camera/2023-02 Snow weekend/DSCF4410.JPG", "cabin", "evening", 5, "2023-02-11T17:35:02", "fuji", "Feldberg",
         WIDE, keywords=("snow", *FAMILY), rating=5),
    Shot("Camera/2023-02 Snow weekend/DSCF4415.JPG", "snowman", "day", 3, "2023-02-12T12:03:44", "fuji", "Feldberg",
         WIDE, keywords=("snow", *FAMILY)),
    Shot("Camera/2023-02 Snow weekend/DSCF4431.JPG", "lake", "night", 4, "2023-02-12T21:40:00", "fuji", "Feldberg",
         WIDE),
    Shot("Camera/2024-08 Seaside/DSCF6120.JPG", "lighthouse", "sunset", 5, "2024-08-10T20:48:15", "fuji", "Sellin",
         UPRIGHT, sidecar=True, keywords=("sea", "lighthouse", *FAMILY), rating=5, title="The lamp is lit"),
    Shot("Camera/2024-08 Seaside/DSCF6133.JPG", "sailing", "moon", 6, "2024-08-11T22:31:29", "fuji", "Sellin", WIDE,
         keywords=("sea",)),
    Shot("Camera/2024-08 Seaside/DSCF6140_pano.jpg", "sailing", "morning", 11, "2024-08-12T06:40:00", "fuji", "Sellin",
         (2160, 720), panorama=True, keywords=("sea",)),
    Shot("Camera/2024-08 Seaside/DJI_0031.JPG", "beach from above", "noon", 4, "2024-08-12T12:10:53", "drone",
         "Sellin", BIG, keywords=("sea",)),
    Shot("Camera/2025-06 Wedding/DSCF7302.JPG", "couple", "evening", 8, "2025-06-14T20:44:19", "fuji", "Meersburg",
         WIDE, keywords=("wedding",), rating=5),
    Shot("Camera/2025-06 Wedding/DSCF7318.JPG", "bloom", "daisy", 5, "2025-06-14T15:20:40", "fuji", "Meersburg", WIDE),
    Shot("Camera/2026-02 Tromsø/DSCF8810.JPG", "aurora", "violet", 1, "2026-02-20T22:15:33", "fuji", "Tromsø", WIDE,
         keywords=("northern lights",), rating=5),
    Shot("Camera/2026-02 Tromsø/DSCF8822.JPG", "aurora", "rose", 9, "2026-02-21T23:02:08", "fuji", "Tromsø", UPRIGHT,
         orientation=6),
    Shot("Camera/Phone/PXL_20240506_194512881.jpg", "skyline", "dusk", 3, "2024-05-06T21:45:12.881", "pixel",
         "Frankfurt"),
    Shot("Camera/Phone/PXL_20260718_203011204.jpg", "camp", "night", 12, "2026-07-18T22:30:11.204", "pixel", "Zermatt",
         TALL, keywords=("camping", *FAMILY)),
    Shot("Camera/Phone/PXL_20260719_045520110.jpg", "ranges", "dusk", 6, "2026-07-19T06:55:20.110", "pixel", "Zermatt",
         keywords=("mountains", "camping")),
)  # fmt: skip

NAS = (
    Shot("NAS/Family/100% Äpfel & Öl #1.jpg", "still life", "fruit", 1, "2022-12-04T14:30:00", "canon", "",
         keywords=FAMILY),
    Shot("NAS/Family/Scans/Großvater am See 1968.tif", "lake", "autumn", 12, "2019-03-02T10:00:00", size=(1000, 750),
         look="print"),
    Shot("NAS/Family/Wallpapers/harbour.webp", "skyline", "night", 12, "2023-12-29T18:05:00", "canon", "", (1600, 900)),
    Shot("NAS/Family/Wallpapers/misty wood.avif", "wood", "misty", 3, "2023-12-30T09:10:00", "canon", "", (1280, 720)),
)  # fmt: skip

CLIPS = (
    Clip("Phone/2024/IMG_2231.MOV", "sailing", "noon", 3, "2024-08-11T15:22:08", "iphone 15", "Sellin"),
    Clip("Phone/2025/IMG_3018.MOV", "cake", "7", 3, "2025-03-15T16:21:30", "iphone 15", "Freiburg"),
    Clip("Camera/Phone/PXL_20260718_204105990.mp4", "camp", "dusk", 3, "2026-07-18T22:41:05", "pixel", "Zermatt",
         (360, 640), turn=90),
    Clip("NAS/Family/Videos/First snow.mp4", "cabin", "night", 3, "2023-12-02T18:10:00", seconds=3.0),
    Clip("NAS/Family/Wallpapers/snowfall.gif", "cabin", "evening", 9, "2023-12-03T17:00:00",
         size=(400, 300), seconds=0.8),
)  # fmt: skip

TUNES = (
    Tune("NAS/Family/Music/Music box.flac", "box", 5, "2021-12-24T20:00:00", "Music box", "Anna", "Kitchen recordings"),
    Tune("NAS/Family/Music/Wedding waltz.mp3", "waltz", 8, "2025-06-14T23:05:00", "Wedding waltz", "Ben", "Jana & Tom"),
    Tune("NAS/Family/Music/Waves at Sellin.ogg", "waves", 2, "2024-08-10T07:30:00", "Waves at Sellin", "Ben",
         "Seaside"),
)  # fmt: skip

DERIVED = (
    Derived("NAS/Family/Best of/Evening at the sea.jpg", "Phone/2024/IMG_2218.JPG", "copy"),
    Derived("NAS/Family/Best of/Poppies.jpg", "Phone/2026/IMG_4188.JPG", "copy"),
    Derived("NAS/Family/2025-06 Wedding/DSCF7302.JPG", "Camera/2025-06 Wedding/DSCF7302.JPG", "copy"),
    Derived("Phone/2025/IMG_E3207.JPG", "Phone/2025/IMG_3207.JPG", "edit"),
    Derived("NAS/Family/Old disk/IMG_0031.JPG", "Camera/2020-09 Dolomites/IMG_8867.JPG", "cut"),
)

NOTES = {
    "NAS/Family/Notes.txt": (
        "Things to do with the photographs\n\n- put the seaside album on the television\n"
        "- ask grandmother who is in the picture from 1968\n- print five poppies for the hall\n"
    ),
    "Camera/2025-06 Wedding/Running order.txt": (
        "14:30 church\n16:00 coffee by the lake\n18:30 dinner\n20:40 photographs at the arch\n23:00 waltz\n"
    ),
}
"""Files that are no media: their text by path."""
