"""The practices of a simulation with their calendars and patients, all invented; made in bulk, before time begins."""

import hashlib
from datetime import timedelta
from typing import Final

from myosotis.domain.words import ConsentBasis
from myosotis.sandbox.simulator.people import person
from myosotis.sandbox.simulator.script import CLOSES, OPENS, SATURDAY, Script
from myosotis.store.models import (
    Address,
    Calendar,
    Doctor,
    OpeningHours,
    Patient,
    Practice,
    PushSubscription,
    Service,
)
from myosotis.value_class import value_class

STREETS: Final = ("Lipowa", "Klonowa", "Dębowa", "Brzozowa", "Jesionowa")


@value_class
class Surgery:
    """A practice as it was made: what the script knows by number."""

    practice: Practice
    calendars: tuple[Calendar, ...]
    services: tuple[Service, ...]
    patients: tuple[Patient, ...]


def build(script: Script) -> list[Surgery]:
    """Make every practice of the scenario."""
    return [_surgery(script, number) for number in range(script.scenario.practices)]


def _surgery(script: Script, number: int) -> Surgery:
    made_at = script.scenario.opens - timedelta(days=1)
    practice = Practice.objects.create(
        name=f"Przychodnia {number + 1}",
        phone=f"+4822{number:07d}",
        created_at=made_at,
        sms_sender=f"+48500{number:06d}",
        sms_can_receive=True,
        email_sender=f"gabinet{number}@example.com",
        consent_basis=ConsentBasis.PRACTICE,
        set_up_at=made_at,
    )
    calendars = _calendars(script, practice)
    services = [Service(practice=practice, calendar=one, name="Konsultacja", minutes=30) for one in calendars]
    return Surgery(
        practice=practice,
        calendars=tuple(calendars),
        services=tuple(Service.objects.bulk_create(services)),
        patients=tuple(_patients(script, practice, number)),
    )


def _calendars(script: Script, practice: Practice) -> list[Calendar]:
    made, switches = [], script.scenario.switches
    for number in range(script.scenario.calendars):
        doctor = Doctor.objects.create(practice=practice, title="lek.", name=f"Anna Lipa-{number}")
        street = STREETS[number % len(STREETS)]
        address = Address.objects.create(
            practice=practice, street=f"ul. {street} {number + 1}", city="Kraków", phone=practice.phone
        )
        made.append(
            Calendar.objects.create(
                practice=practice,
                doctor=doctor,
                address=address,
                online_booking=True,
                booking_lead_minutes=0,
                details=switches.details,
                reminder=switches.reminder,
                actions=switches.actions,
                review=switches.review,
                offer=switches.offer,
                rebook=switches.rebook,
            )
        )
    OpeningHours.objects.bulk_create(
        OpeningHours(practice=practice, calendar=one, weekday=day, opens=OPENS, closes=CLOSES)
        for one in made
        for day in range(SATURDAY)
    )
    return made


def _patients(script: Script, practice: Practice, number: int) -> list[Patient]:
    people = [person(script, number, one) for one in range(script.patients())]
    patients = Patient.objects.bulk_create(
        Patient(
            practice=practice,
            first_name="Łucja",
            last_name=f"Wąsik-{one}",
            email=someone.email,
            phone=someone.phone,
            phone_is_mobile=someone.mobile,
            created_at=practice.created_at,
        )
        for one, someone in enumerate(people)
    )
    PushSubscription.objects.bulk_create(
        _subscription(practice, patient) for patient, someone in zip(patients, people, strict=True) if someone.app
    )
    return patients


def endpoint(patient_id: int) -> str:
    """Where the push messages of a patient go."""
    return f"https://push.example.com/{patient_id}"


def _subscription(practice: Practice, patient: Patient) -> PushSubscription:
    there = endpoint(patient.pk)
    return PushSubscription(
        practice=practice,
        patient=patient,
        endpoint=there,
        endpoint_hash=hashlib.sha256(there.encode()).hexdigest(),
        p256dh="-",
        auth="-",
        created_at=practice.created_at,
    )
