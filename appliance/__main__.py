"""`python -m appliance` is `hypomos`."""

import sys

from appliance.cli import main

sys.exit(main())
