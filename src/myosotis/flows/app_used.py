"""The app was opened: by that, long unused installations are told apart."""

from datetime import datetime

from myosotis.store import installations
from myosotis.store.models import Installation


def note(installation: Installation, now: datetime, language: str = "") -> None:
    """Keep the day, and the language if one was chosen. It concerns nobody's visit, so a GET may cause it."""
    day = installations.local_day(now)
    wanted = {"seen_on": day, **({"language": language} if language else {})}
    if any(getattr(installation, name) != value for name, value in wanted.items()):
        Installation.objects.filter(pk=installation.pk).update(**wanted)
