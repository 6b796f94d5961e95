"""What the field of a new account's time zone offers: all zones, and one that is chosen already.

Without scripts that is the zone of this machine; `zone.js` chooses the browser's, until somebody has chosen.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from services.accounts import home_zone


def zone_choice(form: Mapping[str, str]) -> dict[str, Any]:
    """For a template: `zones`, the `zone` that is chosen, and whether it `is_own`, chosen by a person in `form`."""
    zones, given = sorted(available_timezones()), form.get("zone", "")
    is_own = given in zones
    return {"zones": zones, "zone": given if is_own else home_zone(), "is_own": is_own}
