"""XMP packets and sidecars (ISO 16684-1) to facts.

Hostile XML meets defusedxml: no DOCTYPE, no entities, at most 4 MiB. A property may be written as
attribute or as element, alone or in a Bag, Seq or Alt; all give the same list of texts.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError  # types only: defusedxml parses

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .dates import Rank, as_utc, parse_moment, stated
from .facts import Facts, as_number, clean, unique
from .formats.blocks import XMP_LIMIT, FormatError

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.google.com/photos/1.0/panorama/": "GPano",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://ns.google.com/photos/1.0/container/": "Container",
    "http://ns.google.com/photos/1.0/container/item/": "Item",
    "http://ns.adobe.com/hdr-gain-map/1.0/": "hdrgm",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://ns.microsoft.com/photo/1.2/t/RegionInfo#": "MPRI",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://ns.microsoft.com/photo/1.2/t/Region#": "MPReg",
}
PERCENT_STARS = {1: 1, 25: 2, 50: 3, 75: 4, 99: 5}
"""MicrosoftPhoto:Rating, in percent, as Windows writes it."""
ELEMENTS = 100_000


def read_xmp(packet: bytes, source: str) -> Facts:
    """Facts of a packet in a file (`source` "XMP") or of a `sidecar`, whose dates win over the file's own.

    Raises FormatError for what is no XMP, above 4 MiB, or carries a DOCTYPE.
    """
    root = _parse(packet)
    properties = _properties(root)
    facts = Facts(source)
    _words(facts, properties)
    _dates(facts, properties, sidecar=source == "sidecar")
    _camera(facts, properties)
    _picture(facts, properties)
    people: list[str | None] = []
    for element in root.iter():
        if element.tag == f"{RDF}li" and (person := _person(element)) is not None:
            people.append(person)
        if _name(element.tag) == "Container:Directory":
            facts.extra["items"] = list(_items(element))
    facts.put("people", unique(people))
    return facts


def _words(facts: Facts, found: dict[str, list[str]]) -> None:
    leaves = [path.replace("/", "|").rsplit("|", 1)[-1] for path in found.get("digiKam:TagsList", [])]
    leaves += [path.rsplit("|", 1)[-1] for path in found.get("lr:hierarchicalSubject", [])]
    facts.put("keywords", unique([clean(word) for word in (*found.get("dc:subject", []), *leaves)]))
    facts.put_text("title", _first(found, "dc:title", "photoshop:Headline"))
    facts.put_text("description", _first(found, "dc:description", "exif:UserComment"))
    facts.put_rating(_first(found, "xmp:Rating"))
    percent = as_number(_first(found, "MicrosoftPhoto:Rating"))
    facts.put_rating(PERCENT_STARS.get(round(percent)) if percent is not None else None)


def _dates(facts: Facts, found: dict[str, list[str]], *, sidecar: bool) -> None:
    """Original dates first: `exif:DateTimeOriginal`, then `photoshop:DateCreated` (MWG guidelines 2.0)."""
    for name, rank in (
        ("exif:DateTimeOriginal", Rank.ORIGINAL),
        ("photoshop:DateCreated", Rank.ORIGINAL),
        ("exif:DateTimeDigitized", Rank.DIGITISED),
        ("xmp:CreateDate", Rank.DIGITISED),
    ):
        text = _first(found, name) or ""
        facts.date(stated(Rank.SIDECAR if sidecar else rank, f"{facts.source} {name}", text))
    facts.gps_time = _gps_time(_first(found, "exif:GPSDateTime", "exif:GPSTimeStamp") or "")


def _gps_time(text: str) -> datetime | None:
    moment = parse_moment(text)
    return as_utc(moment) if moment is not None and moment.precision != "day" else None


def _camera(facts: Facts, found: dict[str, list[str]]) -> None:
    facts.put_text("make", _first(found, "tiff:Make"))
    facts.put_text("model", _first(found, "tiff:Model"))
    facts.put_text("lens", _first(found, "exifEX:LensModel", "aux:Lens"))
    orientation = as_number(_first(found, "tiff:Orientation"))
    facts.put("orientation", int(orientation) if orientation in range(1, 9) and orientation else None)
    lat = _degrees(_first(found, "exif:GPSLatitude"), "N", "S")
    facts.put_position(lat, _degrees(_first(found, "exif:GPSLongitude"), "E", "W"))


def _picture(facts: Facts, found: dict[str, list[str]]) -> None:
    if "GPano:ProjectionType" in found or _first(found, "GPano:UsePanoramaViewer") == "True":
        facts.put("panorama", True)
    if "hdrgm:Version" in found:
        facts.put("hdr", True)
    faces = max(found.get("mwg-rs:Type", []).count("Face"), len(found.get("MPReg:Rectangle", [])))
    facts.put("faces", faces or None)
    for name in ("GCamera:MotionPhoto", "GCamera:MicroVideo", "GCamera:MicroVideoOffset"):
        number = as_number(_first(found, name))
        if number is not None:
            facts.extra[name] = round(number)


def _first(found: dict[str, list[str]], *names: str) -> str | None:
    return next((found[name][0] for name in names if found.get(name)), None)


def _degrees(text: str | None, plus: str, minus: str) -> float | None:
    """`51,30.5N` or `51,30,30N` (XMP exif), in degrees."""
    match = re.fullmatch(r"\s*([\d.]+),([\d.]+)(?:,([\d.]+))?([NSEWnsew])\s*", text or "")
    if match is None or match[4].upper() not in (plus, minus):
        return None
    parts = [as_number(part or "0") for part in match.group(1, 2, 3)]
    if None in parts:
        return None
    degrees = sum((part or 0) / scale for part, scale in zip(parts, (1, 60, 3600), strict=True))
    return -degrees if match[4].upper() == minus else degrees


def _parse(packet: bytes) -> Element:
    if len(packet) > XMP_LIMIT:
        raise FormatError(f"XMP of {len(packet)} bytes is above the limit of {XMP_LIMIT}")
    text = _decode(packet)
    start, end = text.find("<"), text.rfind(">")
    try:
        root: Element = fromstring(text[start : end + 1], forbid_dtd=True)
    except DefusedXmlException as error:
        raise FormatError("XMP with a DOCTYPE or entities is refused") from error
    except (ParseError, ValueError) as error:
        raise FormatError(f"XMP is broken: {error}") from error
    return root


def _decode(packet: bytes) -> str:
    """UTF-8, or UTF-16 and UTF-32 in either byte order, with a byte order mark or told by the first `<`."""
    for mark, encoding in (
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"<\0\0\0", "utf-32-le"),
        (b"\0\0\0<", "utf-32-be"),
        (b"<\0", "utf-16-le"),
        (b"\0<", "utf-16-be"),
    ):
        if packet.startswith(mark):
            return packet.decode(encoding, errors="replace")
    return packet.decode("utf-8-sig", errors="replace")


def _properties(root: Element) -> dict[str, list[str]]:
    """Texts by `prefix:name`, of all descriptions and of the structures inside them."""
    found: dict[str, list[str]] = {}
    for count, element in enumerate(root.iter()):
        if count > ELEMENTS:
            raise FormatError("XMP has too many elements")
        name = _name(element.tag)
        for tag, value in element.attrib.items():
            attribute = _name(tag)
            if attribute is not None:
                found.setdefault(attribute, []).append(value)
        texts = _texts(element)
        if name is not None and texts:
            found.setdefault(name, []).extend(texts)
    return found


def _name(tag: str) -> str | None:
    """`prefix:name` of a qualified name in a namespace that we know."""
    space, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    prefix = PREFIXES.get(space)
    return f"{prefix}:{local}" if prefix else None


def _texts(element: Element) -> list[str]:
    """The text of a property, or of each entry of its list; of languages the default comes first."""
    if len(element) == 0:
        return [element.text.strip()] if element.text and element.text.strip() else []
    entries = [entry for kind in ("Bag", "Seq", "Alt") for entry in element.iterfind(f"{RDF}{kind}/{RDF}li")]
    entries.sort(key=lambda entry: entry.get(LANG, "x-default") != "x-default")
    return [entry.text.strip() for entry in entries if len(entry) == 0 and entry.text and entry.text.strip()]


def _person(entry: Element) -> str | None:
    """The name at one face region: of the Metadata Working Group (digiKam, Lightroom, Picasa) or Microsoft's."""
    fields: dict[str, str] = {}
    for element in entry.iter():
        for tag, text in ((element.tag, element.text or ""), *element.attrib.items()):
            fields.setdefault(_name(tag) or "", text)
    is_face = fields.get("mwg-rs:Type", "").strip() == "Face"
    return clean(fields.get("mwg-rs:Name") if is_face else fields.get("MPReg:PersonDisplayName"))


def _items(directory: Element) -> Iterator[dict[str, str]]:
    """The entries of a GCamera container (`Semantic`, `Mime`, `Length`, `Padding`), in file order."""
    for entry in directory.iter(f"{RDF}li"):
        fields: dict[str, str] = {}
        for element in entry.iter():
            texts = ((element.tag, element.text or ""), *element.attrib.items())
            named = ((_name(tag) or "", value.strip()) for tag, value in texts)
            fields |= {name.removeprefix("Item:"): value for name, value in named if name.startswith("Item:")}
        yield fields
