"""By which clock a thing of the practice as a whole is shown, where no address of a visit says it."""

from zoneinfo import ZoneInfo

from myosotis.content.context import HOME_ZONE
from myosotis.store.models import Practice


def zone_of(practice: Practice) -> ZoneInfo:
    """The zone of the practice's first address."""
    address = practice.addresses.order_by("pk").first()
    return address.zone if address is not None else HOME_ZONE
