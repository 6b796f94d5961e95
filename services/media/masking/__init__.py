"""What of a file must be hidden from who may not know its place: bytes to put over others, of the same length."""

from services.media.masking.finding import find_masks
from services.media.masking.spaces import Mask, apply, from_json, to_json

__all__ = ["Mask", "apply", "find_masks", "from_json", "to_json"]
