"""Doctors, addresses and calendars of the demo practice: two calendars of one doctor differ in their switches."""

from typing import Any, Final

from myosotis.value_class import value_class

DOCTORS: Final[dict[str, dict[str, Any]]] = {
    "nowicka": {
        "title": "lek.",
        "name": "Anna Nowicka",
        "specialty": "Psychiatria",
        "sensitive": True,
        "slug": "anna-nowicka",
        "profile": (
            "Pomagam dorosłym w kryzysie, w lęku i w bezsenności. Pierwsza wizyta trwa prawie godzinę, żeby był czas na "
            "spokojną rozmowę.\n\nPrzyjmuję po polsku i po angielsku. Po wizycie można zadzwonić z pytaniem o leki."
        ),
        "review_address": "https://opinie.niezapominajka.test/anna-nowicka",
    },
    "zielinski": {
        "title": "dr n. med.",
        "name": "Piotr Zieliński",
        "specialty": "Kardiologia",
        "slug": "piotr-zielinski",
        "profile": (
            "Zajmuję się nadciśnieniem, zaburzeniami rytmu i opieką po zawale. Echo serca i próbę wysiłkową robię na "
            "miejscu, wynik omawiam od razu."
        ),
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


@value_class(kw_only=False)
class ServicePlan:
    """One service; times in minutes."""

    name: str
    minutes: int
    preparation: str = ""
    break_minutes: int = 0


@value_class
class CalendarPlan:
    """One calendar: its switches, the weekdays on which it is open, and its services."""

    doctor: str
    address: str
    settings: dict[str, Any]
    weekdays: tuple[int, ...]
    services: tuple[ServicePlan, ...]


_TALK: Final = ServicePlan("Wizyta kontrolna", 30, break_minutes=5)
_CONSULTATION: Final = ServicePlan("Konsultacja kardiologiczna", 30, "Proszę zabrać wyniki poprzednich badań.")
CALENDARS: Final = (
    CalendarPlan(
        doctor="nowicka",
        address="blekitna",
        settings={"online_booking": True},
        weekdays=(0, 2, 4),
        services=(
            ServicePlan("Pierwsza wizyta", 50, "Proszę zabrać listę przyjmowanych leków.", break_minutes=10),
            _TALK,
        ),
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
            _CONSULTATION,
            ServicePlan("Echo serca", 40, "Proszę nie pić kawy w dniu badania.", break_minutes=5),
            ServicePlan(
                "Próba wysiłkowa",
                45,
                "Ostatni posiłek 3 godziny przed badaniem. Wygodny strój i buty sportowe.",
                break_minutes=15,
            ),
        ),
    ),
    CalendarPlan(
        doctor="zielinski",
        address="rynek",
        settings={"online_booking": False},
        weekdays=(2, 4),
        services=(_CONSULTATION,),
    ),
)
