"""Bringing up Django for a command, and saying plainly when a setting is wrong."""

import os
import sys
from typing import Any

SETTINGS = "myosotis.site.settings"


def bring_up() -> Any:
    """Load settings and tables; returns the configuration. Ends the command with code 2 if a setting is wrong."""
    import django
    from django.conf import settings
    from pydantic import ValidationError

    from myosotis.ops.logs import configure

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        config = settings.MYOSOTIS
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in problem["loc"])
            print(f"myosotis: setting {name}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        sys.exit(2)
    except (OSError, ValueError) as error:
        print(f"myosotis: settings: {error}", file=sys.stderr)
        sys.exit(2)
    configure(config.log_level, config.log_format)
    django.setup()
    return config
