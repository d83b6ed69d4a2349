"""Every page that a patient can come to, in every state, made by real flows."""

from collections.abc import Iterator
from datetime import time, timedelta
from itertools import count

from myosotis.domain.words import Party, Via
from myosotis.flows import (
    actor,
    offer_answered,
    offer_closed,
    visit_cancelled,
    visit_changed,
    visit_confirmed,
    visit_moved,
)
from myosotis.store.models import Hold, OpeningException, Service, Visit
from myosotis.value_class import value_class
from myosotis.web.times_shown import written
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    make_calendar,
    make_doctor,
    make_patient,
    make_service,
    open_daily,
    sent,
)
from tests.db.offers import MONDAY, candidate, mail_of, offered, take, waiting
from tests.db.web.letters import Letter, force, letter, letters

LEFT = NOW + timedelta(seconds=61)


@value_class
class World:
    scene: Scene
    service: Service
    days: Iterator[int]

    def another(self) -> Scene:
        """The same practice, with another doctor at another address."""
        practice = self.scene.practice
        calendar = make_calendar(practice, make_doctor(practice, f"Ewa Bąk {next(self.days)}"), slot_minutes=30)
        open_daily(calendar, time(8), time(12))
        return Scene(practice=practice, calendar=calendar, patient=self.scene.patient)

    def visit(self) -> tuple[Visit, Letter]:
        """A visit on a day of its own, and the e-mail that told of it."""
        start = NEXT_WEEK + timedelta(days=next(self.days))
        visit = book(self.scene.calendar, make_patient(self.scene.practice), start, service_id=self.service.pk)
        return visit, letters(visit, LEFT)[("details", "email")]

    def moved(self) -> Letter:
        """Of a visit that its patient moved."""
        visit, mail = self.visit()
        visit_moved.move(
            practice=self.scene.practice, visit_id=visit.pk, start=visit.start + timedelta(hours=1), by=Party.PATIENT,
            via=Via.PORTAL, actor=ACTOR, now=LEFT,
        )  # fmt: skip
        return mail

    def without_times(self) -> Letter:
        """Of a visit in a calendar that opens on no day to come."""
        calendar = make_calendar(self.scene.practice, make_doctor(self.scene.practice, "Ewa Bąk"))
        calendar.opening_hours.all().delete()
        OpeningException.objects.create(
            practice=self.scene.practice, calendar=calendar, day=NOW.date(), opens=time(0), closes=time(0, 1)
        )
        visit = book(calendar, make_patient(self.scene.practice))
        return letters(visit, LEFT)[("details", "email")]


def make_world() -> World:
    """A practice whose pages have something in every place."""
    scene = Scene.set()
    practice, doctor, address = scene.practice, scene.calendar.doctor, scene.calendar.address
    practice.name, practice.phone = "Przychodnia Niezapominajka", "+48221001000"
    practice.privacy_notice = "Administratorem danych jest Przychodnia Niezapominajka, ul. Błękitna 7, Warszawa."
    practice.privacy_notice_url = "https://example.org/rodo"
    practice.save()
    doctor.name, doctor.specialty = "Grzegorz Brzęczyszczykiewicz-Konstantynopolitański", "Kardiologia"
    doctor.save()
    address.name, address.postcode = "Przychodnia Niezapominajka", "00-001"
    address.directions, address.map_url = "Wejście od podwórza, II piętro, winda.", "https://example.org/mapa"
    address.save()
    scene.calendar.change_cutoff_minutes, scene.calendar.slot_minutes = 120, 30
    scene.calendar.save()
    open_daily(scene.calendar, time(8), time(15))
    service = make_service(
        scene.calendar, "Próba wysiłkowa", preparation="Wygodny strój.\nOstatni posiłek 3 h wcześniej."
    )
    return World(scene=scene, service=service, days=count())


def two_asked(world: World) -> tuple[Letter, Letter]:
    """The links of two who were asked about the same slot."""
    scene = world.another()
    visits = waiting(scene, 2)
    offer = offered(book(scene.calendar, make_patient(scene.practice), MONDAY), LEFT)
    first, second = (letter(sent(mail_of(offer, visit, channel="sms")[0], LEFT)) for visit in visits)
    return first, second


def offers(world: World) -> dict[str, str]:
    """The page of an offer, as it stands for those who were asked: open, declined, being booked, taken, theirs."""
    shown = {}
    for name in ("offer", "offer declined", "offer held", "offer taken", "offer stopped"):
        scene = world.another()
        first, second = waiting(scene, 2)
        offer = offered(book(scene.calendar, make_patient(scene.practice), MONDAY), LEFT)
        mail, other = (letter(sent(mail_of(offer, visit, channel="sms")[0], LEFT)) for visit in (first, second))
        if name == "offer declined":
            offer_answered.decline(
                practice=scene.practice, candidate_id=candidate(offer, first).pk, actor=ACTOR, via=Via.PORTAL, now=LEFT
            )
        if name == "offer held":
            Hold.objects.create(
                practice=scene.practice, calendar=scene.calendar, service=make_service(scene.calendar),
                key_hash=b"held", start=offer.start, end=offer.end, created_at=LEFT, expires_at=LEFT + timedelta(days=1),
            )  # fmt: skip
        if name == "offer taken":
            take(offer, second, LEFT)
            shown["offer is theirs"] = f"{other.open}?done=taken"
        if name == "offer stopped":
            offer_closed.stop(practice=scene.practice, offer_id=offer.pk, actor=ACTOR, now=LEFT)
        shown[name] = mail.open
    return shown


def every_page(world: World) -> dict[str, str]:
    """The path of each page in each state, by a name for it."""
    practice = world.scene.practice
    booked, mail = world.visit()
    confirmed, confirmed_mail = world.visit()
    visit_confirmed.confirm(
        practice=practice, visit_id=confirmed.pk, by=Party.PATIENT, via=Via.PORTAL,
        actor=actor.patient(confirmed.patient_id), now=LEFT,
    )  # fmt: skip
    cancelled, cancelled_mail = world.visit()
    visit_cancelled.cancel(
        practice=practice, visit_id=cancelled.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=LEFT,
        reason="Zwolnienie lekarskie.",
    )  # fmt: skip
    moved, moved_mail = world.visit()
    visit_moved.move(
        practice=practice, visit_id=moved.pk, start=moved.start + timedelta(hours=3), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    given, given_mail = world.visit()
    visit_changed.give_to(
        practice=practice, visit_id=given.pk, patient_id=world.scene.patient.pk, correction=False, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    past, past_mail = world.visit()
    Visit.objects.filter(id=past.pk).update(start=NOW - timedelta(days=2), end=NOW - timedelta(days=2, minutes=-30))
    late, late_mail = world.visit()
    Visit.objects.filter(id=late.pk).update(start=LEFT + timedelta(hours=1), end=LEFT + timedelta(hours=2))
    rebook, review = (force(booked, LEFT, kind=kind, channel="email") for kind in ("rebook", "review"))
    free, taken = written(booked.start + timedelta(hours=2)), written(confirmed.start + timedelta(minutes=5))
    return {
        **offers(world),
        "move?": f"{mail.open}/move",
        "move? later": f"{mail.open}/move?since={moved.start:%Y-%m-%d}",
        "move? after all": f"{mail.open}/move?since=2199-01-01",
        "move there?": f"{mail.open}/move?start={free}",
        "that time is gone": f"{mail.open}/move?start={taken}&gone=slot_taken",
        "moved by the patient": f"{world.moved().open}?done=moved",
        "nothing is free": f"{world.without_times().open}/move",
        "preferences": f"{mail.open}/preferences",
        "preferences saved": f"{mail.open}/preferences?done=saved",
        "booked": mail.open,
        "confirmed": f"{confirmed_mail.open}?done=confirmed",
        "cancelled": f"{cancelled_mail.open}?done=cancelled",
        "moved": moved_mail.open,
        "changed meanwhile": f"{mail.open}?done=revision_changed",
        "too late": f"{late_mail.open}?done=after_cutoff",
        "another's": given_mail.open,
        "over": past_mail.open,
        "cancel?": f"{mail.open}/cancel",
        "rebook": rebook.open,
        "read?": mail.read,
        "read": f"{mail.read}?done=read",
        "read, outdated": moved_mail.read,
        "unsubscribe?": review.unsubscribe,
        "unknown": "/0123456789abcdefg",
    }
