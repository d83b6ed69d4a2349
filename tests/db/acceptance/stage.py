"""The practice, the patients' phones, mailboxes and apps, and the clock: what a patient would see of it all.

Everything is done through the doors that users have (the REST API, the pages behind links, the callbacks of providers),
dispatched for real over loopback to servers that speak the real protocols, and judged by what they received.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from icalendar import Calendar as CalendarFile

from myosotis import clock
from myosotis.sandbox.demo.practice import follow_ports
from myosotis.sandbox.peers import ledger
from myosotis.sandbox.peers.faults import Fault, Peer, set_faults
from myosotis.sandbox.peers.push import PREFIX, subscribe
from myosotis.sandbox.place import Place, Ports
from myosotis.sandbox.time import Bench
from myosotis.store.models import Practice
from myosotis.value_class import value_class
from tests.db.api.conftest import Answered, Caller

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LINK = re.compile(r"https?://[^\s/]+(/(?:[ru]/)?[0-9A-Za-z]{17})(?![0-9A-Za-z])")
SUBJECTS = {
    "Wizyta: ": "details",
    "Przypomnienie: wizyta ": "reminder",
    "Zmiana wizyty: ": "moved",
    "Wizyta odwołana: ": "cancelled",
    "Prośba o opinię po wizycie": "review",
    "Następna wizyta": "rebook",
    "Wcześniejszy termin wizyty": "offer",
    "Your appointment: ": "details",
    "Reminder: appointment ": "reminder",
    "Your opinion after": "review",
    "Next appointment": "rebook",
    "Appointment changed: ": "moved",
    "Appointment cancelled: ": "cancelled",
    "Earlier appointment: ": "offer",
}
"""How a patient tells the e-mails apart."""
BEGINNINGS = {
    "Wizyta": "details",
    "Przypomnienie": "reminder",
    "Zmiana": "moved",
    "Nowe miejsce": "moved",
    "Odwołujemy wizytę": "cancelled",
    "Potwierdzamy odwołanie": "cancelled",
    "Dziękujemy za wizytę": "review",
    "Jeśli potrzebna jest następna": "rebook",
    "Wcześniejszy termin": "offer",
    "Czego dotyczy odpowiedź": "which",
    "Reminder: appointment": "reminder",
    "Thank you for your appointment": "review",
    "If you need another appointment": "rebook",
    "Appointment changed": "moved",
    "Visit": "moved",
    "Cancelled as requested": "cancelled",
    "Earlier appointment": "offer",
    "Appointment": "details",
}
"""And the SMS; without Polish letters too."""
_PLAIN = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A moment by the clock on a wall in Poland."""
    return datetime(year, month, day, hour, minute, second, tzinfo=WARSAW)


def plain(text: str) -> str:
    """Without Polish letters, as an SMS may be."""
    return text.translate(_PLAIN)


def _kind(text: str, words: dict[str, str]) -> str:
    return next((kind for start, kind in words.items() if plain(text).startswith(plain(start))), "?")


@value_class
class Arrived:
    """One message as it reached a phone, a mailbox or an app."""

    at: datetime
    """By the clock on a wall in Poland."""
    channel: str
    address: str
    kind: str
    """By its words; of a push, which is neutral, by the page that a tap opens."""
    text: str
    links: tuple[str, ...]
    """Paths, the one to the visit first."""
    mail: EmailMessage | None = None
    push: dict[str, Any] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def brief(self) -> tuple[str, str, datetime]:
        return self.kind, self.channel, self.at

    @property
    def link(self) -> str:
        return self.links[0]

    @property
    def calendar(self) -> Any:
        """The .ics of an e-mail, parsed by the library that calendar programs in Python use."""
        return CalendarFile.from_ical(self.ics)

    @property
    def ics(self) -> bytes:
        assert self.mail is not None
        parts = [part for part in self.mail.walk() if part.get_content_type() == "text/calendar"]
        assert parts, "no calendar file"
        payload = parts[0].get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload

    @property
    def html(self) -> str:
        assert self.mail is not None
        body = self.mail.get_body(("html",))
        assert body is not None
        return str(body.get_content())


@dataclass
class Person:
    """A patient, as the test knows them."""

    id: int
    email: str = ""
    phone: str = ""
    path: str = ""
    """Of the app's push subscription."""

    @property
    def addresses(self) -> set[str]:
        return {self.email.lower(), self.phone, self.path} - {""}


@dataclass
class Stage:
    """One practice and everything around it."""

    place: Place
    bench: Bench
    ports: Ports
    receipts: str
    """Where the SMS gateway calls back."""
    practice: Practice
    call: Caller
    calendar: int = 0
    _people: int = 0

    # --- the practice ---

    def asked(self, answer: Answered, status: int = 200) -> Any:
        assert answer.status_code == status, f"{answer.status_code}: {answer.content.decode()}"
        return answer.json() if answer.content else None

    def add_calendar(self, doctor: int | None = None, **given: Any) -> int:
        """A calendar with all switches on and online booking, at an address of its own."""
        post = self.call.post
        if doctor is None:
            named = {"name": "Anna Nowak", "title": "dr n. med.", "review_address": "https://example.org/opinie"}
            doctor = self.asked(post("doctors", named), 201)["id"]
        zone = given.pop("time_zone", "Europe/Warsaw")
        street = given.pop("street", "ul. Lipowa 7")
        address = {"street": street, "city": "Kraków", "phone": "12 400 00 00", "time_zone": zone}
        address_id = self.asked(post("addresses", address), 201)["id"]
        body = {"doctor_id": doctor, "address_id": address_id, "online_booking": True, **given}
        made = int(self.asked(post("calendars", body), 201)["id"])
        always = [{"weekday": day, "opens": "00:00", "closes": "23:59"} for day in range(7)]
        self.asked(self.call.put(f"calendars/{made}/opening-hours", {"hours": always}), 204)
        return made

    def doctor_of(self, calendar: int) -> int:
        return int(self.asked(self.call.get(f"calendars/{calendar}"))["doctor_id"])

    def switch(self, calendar: int | None = None, **given: bool) -> dict[str, Any]:
        """Set switches of a calendar; those not named stay."""
        path = f"calendars/{calendar or self.calendar}/switches"
        now = {name: on for name, on in self.asked(self.call.get(path)).items() if name != "id"}
        return dict(self.asked(self.call.put(path, now | given)))

    def patient(self, *, app: bool = False, **given: Any) -> Person:
        """A card with an e-mail address and a mobile phone; `app` adds the app."""
        self._people += 1
        number = self._people
        body = {
            "first_name": "Łucja",
            "last_name": f"Żółkiewska-{number}",
            "email": f"pacjentka{number}@example.org",
            "phone": f"+48600100{number:03d}",
        }
        card = self.asked(self.call.post("patients", body | given), 201)
        person = Person(id=card["id"], email=card["email"], phone=card["phone"])
        if app:
            self.install_app(person)
        return person

    def install_app(self, person: Person) -> None:
        """What the browser of the patient would do: subscribe at the push service, and tell us."""
        seed = hashlib.sha256(f"{self.place.directory} {person.id}".encode()).digest()
        keys = subscribe(self.bench.ledger, owner=person.id, path=seed.hex()[:24], seed=seed)
        body = {
            "endpoint": f"https://push.example.org{PREFIX}{keys.path}",
            "keys": {"p256dh": keys.p256dh, "auth": keys.auth},
        }
        self.asked(self.call.post(f"patients/{person.id}/push-subscriptions", body), 201)
        follow_ports(self.practice, self.ports)  # to the service of this test: a browser's would stand at https
        person.path = keys.path

    def card(self, person: Person, **given: Any) -> dict[str, Any]:
        """Change a card."""
        return dict(self.asked(self.call.patch(f"patients/{person.id}", given)))

    def book(self, person: Person, start: datetime, **given: Any) -> int:
        """Book a visit; the id of it."""
        body = {
            "calendar_id": self.calendar, "patient_id": person.id, "start": start.isoformat(), "minutes": 30, **given,
        }  # fmt: skip
        return int(self.asked(self.call.post("visits", body), 201)["id"])

    def move(self, visit: int, start: datetime | None = None, **given: Any) -> dict[str, Any]:
        body = given | ({} if start is None else {"start": start.isoformat()})
        return dict(self.asked(self.call.post(f"visits/{visit}/move", body)))

    def cancel(self, visit: int, **given: Any) -> dict[str, Any]:
        return dict(self.asked(self.call.post(f"visits/{visit}/cancel", given)))

    def visit(self, visit: int) -> dict[str, Any]:
        return dict(self.asked(self.call.get(f"visits/{visit}")))

    # --- time ---

    @property
    def now(self) -> datetime:
        return clock.now().astimezone(WARSAW)

    def set_clock(self, moment: datetime) -> None:
        """Begin at a moment; nothing is dispatched on the way."""
        clock.set_virtual(self.place.clock_file, moment.astimezone(UTC), frozen=True)

    def until(self, moment: datetime) -> None:
        """Let time pass: everything due on the way is dispatched at its own time."""
        self.bench.advance(moment.astimezone(UTC))

    def wait(self, span: timedelta) -> None:
        self.bench.advance_by(span)

    def broken(self, peer: Peer, *faults: Fault) -> None:
        """Let a provider fail so; without faults it works again."""
        set_faults(self.bench.ledger, peer, faults)

    # --- the patients ---

    def arrived(self, *people: Person) -> list[Arrived]:
        """What reached them (or anybody) so far, in the order of time."""
        wanted = {address for person in people for address in person.addresses}
        rows = ledger.received(self.bench.ledger)
        return [_arrived(row) for row in rows if not people or row.address in wanted]

    def brief(self, *people: Person) -> list[tuple[str, str, datetime]]:
        """Kind, channel and time of what arrived; what came at one time in no order of channels."""
        return sorted((one.brief for one in self.arrived(*people)), key=lambda one: (one[2], one[0], one[1]))

    def texts(self, person: Person, text: str) -> None:
        """The patient sends an SMS to the practice; the gateway calls back."""
        self._people += 1
        answer = Client().get(
            self.receipts,
            {
                "sms_from": person.phone.removeprefix("+"),
                "sms_to": "48450000999",
                "sms_text": text,
                "sms_date": str(int(clock.now().timestamp())),
                "MsgId": f"in-{self._people}",
            },
        )
        assert (answer.status_code, answer.content) == (200, b"OK")

    def opens(self, message: Arrived) -> str:
        """The patient follows the link; the page. A redirection (of `review`) is answered with its address."""
        answer = Client().get(message.link)
        if answer.status_code == 302:
            return str(answer["Location"])
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    def sees(self, message: Arrived, revision: int = 1) -> None:
        """The page was in sight for three seconds and says so."""
        assert Client().post(f"{message.link}/seen", {"revision": revision}).status_code == 204

    # --- what the practice sees ---

    def timeline(self, visit: int) -> list[dict[str, Any]]:
        return list(self.asked(self.call.get(f"visits/{visit}/messages?language=pl")))

    def outline(self, visit: int) -> set[tuple[str, str, str, str]]:
        """Kind, channel, status and reason of every message of a visit."""
        return {(row["kind"], row["channel"], row["status"], row["reason"]) for row in self.timeline(visit)}

    def state(self, visit: int, kind: str, channel: str) -> tuple[str, str]:
        """Status and reason of a message of the newest revision."""
        rows = [row for row in self.timeline(visit) if (row["kind"], row["channel"]) == (kind, channel)]
        newest = max(rows, key=lambda row: row["revision"])
        return newest["status"], newest["reason"]


def _arrived(row: ledger.Received) -> Arrived:
    common: dict[str, Any] = {
        "at": row.at.astimezone(WARSAW), "channel": row.channel, "address": row.address, "detail": row.detail,
        "key": row.key,
    }  # fmt: skip
    if row.channel == Peer.SMS:
        return Arrived(kind=_kind(row.text, BEGINNINGS), text=row.text, links=_links(row.text), **common)
    if row.channel == Peer.PUSH:
        said = json.loads(row.text)
        return Arrived(kind="push", text=f"{said['title']}\n{said['body']}", links=(said["url"],), push=said, **common)
    mail = message_from_bytes(row.raw, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None, "an e-mail without plain text"
    text = str(body.get_content())
    subject = str(mail["Subject"])
    links = (*_links(text), *_links(str(mail["List-Unsubscribe"] or "")))
    return Arrived(kind=_kind(subject, SUBJECTS), text=f"{subject}\n{text}", links=links, mail=mail, **common)


def _links(text: str) -> tuple[str, ...]:
    found = [match.group(1) for match in LINK.finditer(text)]
    return tuple(sorted(dict.fromkeys(found), key=lambda path: path.count("/")))


def kinds(arrived: Iterable[Arrived]) -> list[tuple[str, str]]:
    """Kind and channel, sorted."""
    return sorted((one.kind, one.channel) for one in arrived)
