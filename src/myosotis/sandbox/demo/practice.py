"""Setting up the demo practice: at the first start of a sandbox, and never again."""

import hashlib
import sqlite3
from datetime import UTC, date, datetime, time
from typing import Final

from django.db import transaction

from myosotis import clock
from myosotis.channels.providers.webpush.vapid import application_server_key, read_key
from myosotis.domain.words import ConsentBasis, Language
from myosotis.flows import patient_changed
from myosotis.sandbox.demo.opinions import give_opinions
from myosotis.sandbox.demo.people import PEOPLE, Person, Trait
from myosotis.sandbox.demo.places import ADDRESSES, CALENDARS, DOCTORS
from myosotis.sandbox.demo.staff import make_staff
from myosotis.sandbox.demo.visits import book_all
from myosotis.sandbox.environment import SENDER, vapid_key
from myosotis.sandbox.peers import ledger
from myosotis.sandbox.peers.push import APPLICATION_KEY, PREFIX, subscribe
from myosotis.sandbox.place import Place, Ports
from myosotis.store.models import Address, Calendar, Doctor, OpeningHours, Patient, Practice, PushSubscription, Service
from myosotis.store.name_keys import sort_key

BEGINNING: Final = datetime(2027, 3, 15, 7, 0, tzinfo=UTC)
"""Monday 15 March 2027, 8:00 in Poland: the fortnight that follows ends with a change of the clocks."""
PRACTICE_NAME: Final = "Przychodnia Niezapominajka"
PRIVACY: Final = (
    "Administratorem danych jest Przychodnia Niezapominajka, ul. Błękitna 7, 00-001 Warszawa. "
    "To gabinet pokazowy: wszystkie osoby są zmyślone, żadna wiadomość nie opuszcza tego komputera."
)
GUARDIAN_UNTIL: Final = date(2034, 5, 20)


def set_up(place: Place, ports: Ports) -> None:
    """Make the practice, its patients and their visits unless they stand; let the subscriptions follow the ports."""
    if clock.read_virtual(place.clock_file) is None:
        clock.set_virtual(place.clock_file, BEGINNING, frozen=False)
    database = ledger.connect(place.ledger)
    try:
        ledger.keep(database, APPLICATION_KEY, application_server_key(read_key(vapid_key(place))))
        with transaction.atomic():
            practice = Practice.objects.filter(name=PRACTICE_NAME).first()
            if practice is None:
                practice = make_practice(clock.now())
                make_staff(practice)
                subscribe_all(practice, database, clock.now())
                give_opinions(practice, clock.now())
                book_all(practice, clock.now())
            follow_ports(practice, ports)
    finally:
        database.close()


def make_practice(now: datetime) -> Practice:
    """The practice with its doctors, addresses, calendars, services and patients; `now` is UTC."""
    practice = Practice.objects.create(
        name=PRACTICE_NAME,
        phone="+48221001000",
        created_at=now,
        sms_sender="+48450000999",
        sms_can_receive=True,
        email_sender_name=PRACTICE_NAME,
        email_sender=SENDER,
        privacy_notice=PRIVACY,
        consent_basis=ConsentBasis.PRACTICE,
        consent_basis_chosen_by="piaskownica",
        consent_basis_chosen_at=now,
        set_up_at=now,
    )
    doctors = {key: Doctor.objects.create(practice=practice, **fields) for key, fields in DOCTORS.items()}
    addresses = {key: Address.objects.create(practice=practice, **fields) for key, fields in ADDRESSES.items()}
    for plan in CALENDARS:
        calendar = Calendar.objects.create(
            practice=practice, doctor=doctors[plan.doctor], address=addresses[plan.address], **plan.settings
        )
        Service.objects.bulk_create(
            Service(
                practice=practice,
                calendar=calendar,
                name=service.name,
                minutes=service.minutes,
                break_minutes=service.break_minutes,
                preparation=service.preparation,
            )
            for service in plan.services
        )
        OpeningHours.objects.bulk_create(
            OpeningHours(practice=practice, calendar=calendar, weekday=day, opens=time(8), closes=time(18))
            for day in plan.weekdays
        )
    Patient.objects.bulk_create(_patient(practice, person, now) for person in PEOPLE)
    return practice


def _patient(practice: Practice, person: Person, now: datetime) -> Patient:
    child = Trait.CHILD in person.traits
    patient = Patient(
        practice=practice,
        external_id=f"demo-{person.number:02d}",
        first_name=person.first_name,
        last_name=person.last_name,
        email="" if child else person.email,
        phone="" if child else person.phone,
        phone_is_mobile=Trait.FIXED_LINE not in person.traits,
        language=Language.EN if Trait.ENGLISH in person.traits else "",
        guardian_name=f"Alicja {person.last_name.removesuffix('i')}a" if child else "",
        guardian_email=person.email if child else "",
        guardian_phone=person.phone if child else "",
        guardian_until=GUARDIAN_UNTIL if child else None,
        no_sms=Trait.NO_SMS in person.traits,
        no_review=Trait.NO_REVIEW in person.traits,
        created_at=now,
    )
    patient.sort_key = sort_key(patient.last_name, patient.first_name)
    patient.search_key = patient_changed.search_of(patient)
    return patient


def subscribe_all(practice: Practice, database: sqlite3.Connection, now: datetime) -> None:
    """Give the app to those who use it: their browsers' keys are held by the fake push service."""
    numbers = [person.number for person in PEOPLE if Trait.APP in person.traits]
    for patient in practice.patients.filter(external_id__in=[f"demo-{number:02d}" for number in numbers]):
        seed = hashlib.sha256(f"demo {patient.external_id}".encode()).digest()
        keys = subscribe(database, owner=patient.pk, path=seed.hex()[:24], seed=seed)
        PushSubscription.objects.create(
            practice=practice,
            patient=patient,
            endpoint=f"{PREFIX}{keys.path}",
            endpoint_hash=hashlib.sha256(keys.path.encode()).hexdigest(),
            p256dh=keys.p256dh,
            auth=keys.auth,
            created_at=now,
        )


def follow_ports(practice: Practice, ports: Ports) -> None:
    """The push service listens where a port was free; a browser's subscription would never move."""
    base = f"http://127.0.0.1:{ports.peers}"
    moved = []
    for subscription in practice.push_subscriptions.all():
        path = PREFIX + subscription.endpoint.rpartition(PREFIX)[2]
        if subscription.endpoint != base + path:
            subscription.endpoint = base + path
            subscription.endpoint_hash = hashlib.sha256(subscription.endpoint.encode()).hexdigest()
            moved.append(subscription)
    PushSubscription.objects.bulk_update(moved, ["endpoint", "endpoint_hash"])
