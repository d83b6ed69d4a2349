"""Commands that act on a sandbox find it by its directory, whether it runs or not."""

import os
import sys
from pathlib import Path

from myosotis.ops.installation import bring_up
from myosotis.sandbox.environment import environment
from myosotis.sandbox.place import Place

DIRECTORY = Path("var/sandbox")


def at_hand(directory: Path) -> bool:
    """Take on the settings of the sandbox there; False, and a word of advice, if there is none."""
    if not os.environ.get("MYOSOTIS_CLOCK_FILE"):
        place = Place(directory.resolve())
        ports = place.ports()
        if ports is None:
            print(f"myosotis: no sandbox in {directory}; start one with `myosotis sandbox`", file=sys.stderr)
            return False
        os.environ.update(environment(place, ports, database_url=place.database_url()))
    bring_up()
    return True
