"""Screens: the devices of the network that ask to look, and the televisions and frames that adults made of them.

A facade of a protocol that knows no people asks `identify` at every request, and looks as `Device.viewer` does:
nobody, until an adult has approved it.
"""

from services.screens.addresses import LIFE, sign, verify
from services.screens.devices import Device, identify

__all__ = ["LIFE", "Device", "identify", "sign", "verify"]
