"""Screens: the devices of the network that ask to look, and the televisions and frames that adults made of them.

A facade of a protocol that knows no people asks `identify` at every request, and looks as `Device.viewer` does:
nobody, until an adult has approved it.
"""

from services.screens.addresses import LIFE, sign, verify
from services.screens.deciding import approve, ask_again, refuse
from services.screens.devices import Device, identify, is_let_in
from services.screens.keeping import Card, asking, cards, change, get, refused, remove, waiting

__all__ = [
    "LIFE", "Card", "Device", "approve", "ask_again", "asking", "cards", "change", "get", "identify", "is_let_in",
    "refuse", "refused", "remove", "sign", "verify", "waiting",
]  # fmt: skip
