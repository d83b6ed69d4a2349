"""Doctors, addresses and calendars of the demo practice: two calendars of one doctor differ in their switches."""

from dataclasses import dataclass
from typing import Any, Final

DOCTORS: Final[dict[str, dict[str, Any]]] = {
    "nowicka": {
        "title": "lek.",
        "name": "Anna Nowicka",
        "specialty": "Psychiatria",
        "sensitive": True,
        "review_address": "https://opinie.niezapominajka.test/anna-nowicka",
    },
    "zielinski": {
        "title": "dr n. med.",
        "name": "Piotr Zieliński",
        "specialty": "Kardiologia",
        "review_address": "https://opinie.niezapominajka.test/piotr-zielinski",
    },
}
ADDRESSES: Final[dict[str, dict[str, Any]]] = {
    "blekitna": {
        "name": "Przychodnia Niezapominajka",
        "street": "ul. Błękitna 7",
        "postcode": "00-001",
        "city": "Warszawa",
        "phone": "+48221001000",
        "directions": "Wejście od podwórza, II piętro, winda. Przystanek Błękitna: tramwaje 4 i 15.",
        "map_url": "https://mapa.niezapominajka.test/blekitna",
    },
    "lakowa": {
        "name": "Gabinety Łąkowa",
        "street": "ul. Łąkowa 12 lok. 3",
        "postcode": "05-500",
        "city": "Piaseczno",
        "phone": "+48221002000",
        "directions": "Parking za budynkiem, domofon 3.",
    },
    "rynek": {
        "name": "Centrum Medyczne Rynek",
        "street": "Rynek 1",
        "postcode": "05-600",
        "city": "Grójec",
        "phone": "+48481003000",
        "directions": "Parter, gabinet 5.",
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarPlan:
    """One calendar: its switches, the weekdays on which it is open, and its services (name, minutes, preparation)."""

    doctor: str
    address: str
    settings: dict[str, Any]
    weekdays: tuple[int, ...]
    services: tuple[tuple[str, int, str], ...]


_TALK: Final = ("Wizyta kontrolna", 30, "")
CALENDARS: Final = (
    CalendarPlan(
        doctor="nowicka",
        address="blekitna",
        settings={"online_booking": True},
        weekdays=(0, 2, 4),
        services=(("Pierwsza wizyta", 60, "Proszę zabrać listę przyjmowanych leków."), _TALK),
    ),
    CalendarPlan(
        doctor="nowicka",
        address="lakowa",
        settings={"online_booking": True, "reminder": False, "review": False},
        weekdays=(1, 3),
        services=(_TALK,),
    ),
    CalendarPlan(
        doctor="zielinski",
        address="blekitna",
        settings={"online_booking": True, "change_cutoff_minutes": 120},
        weekdays=(0, 1, 3),
        services=(
            ("Konsultacja kardiologiczna", 30, "Proszę zabrać wyniki poprzednich badań."),
            ("Echo serca", 40, "Proszę nie pić kawy w dniu badania."),
            ("Próba wysiłkowa", 45, "Ostatni posiłek 3 godziny przed badaniem. Wygodny strój i buty sportowe."),
        ),
    ),
    CalendarPlan(
        doctor="zielinski",
        address="rynek",
        settings={"online_booking": False},
        weekdays=(2, 4),
        services=(("Konsultacja kardiologiczna", 30, "Proszę zabrać wyniki poprzednich badań."),),
    ),
)
