"""Which calendar and service the words of a file mean."""

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from myosotis.intake.names import fold
from myosotis.intake.values import CalendarFault, CalendarReference
from myosotis.store.models import Calendar, Practice, Service

WORD = re.compile(r"\w+")


@dataclass(kw_only=True, slots=True)
class Places:
    """The calendars of a practice, found by the words that files use."""

    calendars: list[Calendar]
    only: Calendar | None = None
    """All rows belong here, whatever they say."""
    _services: dict[tuple[int, str], Service] = field(default_factory=dict)

    @classmethod
    def of(cls, practice: Practice, only: Calendar | None = None) -> "Places":
        calendars = list(practice.calendars.select_related("doctor", "address").order_by("id"))
        services = {(row.calendar_id, fold(row.name)): row for row in practice.services.filter(active=True)}
        return cls(calendars=calendars, only=only, _services=services)

    def find(self, reference: CalendarReference) -> Calendar | CalendarFault:
        """The one calendar that a reference fits; what it does not say fits every one."""
        if self.only is not None:
            return self.only
        fitting = [calendar for calendar in self.calendars if _fits(calendar, reference)]
        if len(fitting) == 1:
            return fitting[0]
        return CalendarFault.AMBIGUOUS if fitting else CalendarFault.UNKNOWN

    def zone(self, reference: CalendarReference) -> ZoneInfo | CalendarFault:
        found = self.find(reference)
        return found if isinstance(found, CalendarFault) else found.address.zone

    def service(self, calendar: Calendar, name: str) -> Service | None:
        """A service of that name there; a name that is unknown is no service, and the file's duration counts."""
        return self._services.get((calendar.pk, fold(name))) if name else None

    @property
    def names(self) -> tuple[str, ...]:
        """How the calendars can be called, for people."""
        return tuple(name_of(calendar) for calendar in self.calendars)


def name_of(calendar: Calendar) -> str:
    return f"{calendar.doctor.name} / {calendar.address.street} / {calendar.address.city}"


def _fits(calendar: Calendar, reference: CalendarReference) -> bool:
    doctor, address = calendar.doctor, calendar.address
    own = (calendar.external_id, name_of(calendar), doctor.name, f"{doctor.title} {doctor.name}", address.name)
    place = (address.external_id, address.name, address.street, address.city, f"{address.street}, {address.city}")
    return (
        _is(reference.calendar, *own)
        and _is(reference.doctor, doctor.external_id, doctor.name, f"{doctor.title} {doctor.name}")
        and _is(reference.address, *place)
    )


def _is(said: str, *names: str) -> bool:
    """Whether one of the names has all the words that were said: "Nowicka" fits "lek. Anna Nowicka"."""
    words = _words(said)
    return not words or any(words <= _words(name) for name in names)


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(fold(text)))
