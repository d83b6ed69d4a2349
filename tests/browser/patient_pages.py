"""Every page that a patient can come to, in every state, made by real flows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from myosotis.domain.words import Party, Via
from myosotis.flows import actor, visit_cancelled, visit_changed, visit_confirmed, visit_moved
from myosotis.store.models import Service, Visit
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, make_patient, make_service
from tests.db.web.letters import Letter, force, letters

LEFT = NOW + timedelta(seconds=61)


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    scene: Scene
    service: Service
    days: Iterator[int]

    def visit(self) -> tuple[Visit, Letter]:
        """A visit on a day of its own, and the e-mail that told of it."""
        start = NEXT_WEEK + timedelta(days=next(self.days))
        visit = book(self.scene.calendar, make_patient(self.scene.practice), start, service_id=self.service.pk)
        return visit, letters(visit, LEFT)[("details", "email")]


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
    scene.calendar.change_cutoff_minutes = 120
    scene.calendar.save()
    service = make_service(
        scene.calendar, "Próba wysiłkowa", preparation="Wygodny strój.\nOstatni posiłek 3 h wcześniej."
    )
    return World(scene=scene, service=service, days=count())


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
    return {
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
