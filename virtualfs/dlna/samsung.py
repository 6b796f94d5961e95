"""What Samsung's sets ask of ContentDirectory beyond the standard: which containers are their basic view, and which
item is the n-th of all photos, videos or sounds.

Nobody but Samsung knows what is meant in full; no set was at hand. Source: the servers gerbera and pDLNA, whose words
for the categories these are, and which both begin at the first where a set asks for the place of what it calls RID.
"""

from virtualfs.dlna.places import TOP, Spot

FEATURES = (
    '<Features xmlns="urn:schemas-upnp-org:av:avs" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="urn:schemas-upnp-org:av:avs http://www.upnp.org/schemas/av/avs.xsd">'
    '<Feature name="samsung.com_BASICVIEW" version="1">'
    '<container id="a" type="object.item.audioItem"/><container id="v" type="object.item.videoItem"/>'
    '<container id="p" type="object.item.imageItem"/></Feature></Features>'
)
FIRST = "0"
"""The place of whatever a set calls RID: we give none of it a name."""

_CATEGORIES = {"14": "p", "I": "p", "22": "a", "A": "a", "32": "v", "V": "v"}


def container_of(category: str) -> Spot:
    """The container with everything of a category; the top for one that nobody knows."""
    letter = _CATEGORIES.get(category.strip())
    return TOP if letter is None else Spot(letter)
