"""Pictures for televisions: made when somebody asks for them, never before. Verbs: give, make."""

from services.pictures.giving import NOTICE, PICTURE, Picture, Pictures, StillMaking, Wanted, offers_of
from services.pictures.making import Making

__all__ = ["NOTICE", "PICTURE", "Making", "Picture", "Pictures", "StillMaking", "Wanted", "offers_of"]
