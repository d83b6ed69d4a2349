"""Every public page and every page of the booking form, in every state, made by real steps."""

from datetime import timedelta
from typing import Any

from django.test import Client

from myosotis.domain.values import utc
from myosotis.domain.words import ConsentBasis, Party
from myosotis.flows import opinion_given, opinion_moderated, time_held
from myosotis.store.models import BlockedTime, Hold
from tests.browser.patient_pages import LEFT, World
from tests.db.make import ACTOR, NEXT_WEEK, NOW, book, make_calendar, make_patient, make_service
from tests.db.web.letters import Hand
from tests.db.web.portal import START, Portal, Visitor, open_portal, sent_code


def say(portal: Portal, stars: int, days_ago: int, **given: Any) -> None:
    """A patient says something of a visit, and it is published."""
    scene = portal.scene
    answered = given.pop("answer", "")
    start = NOW - timedelta(days=days_ago)
    visit = book(scene.calendar, make_patient(scene.practice), start)
    opinion = opinion_given.give(
        practice=scene.practice, visit_id=visit.pk, patient_id=visit.patient_id, stars=stars, now=visit.end, **given
    )
    named: dict[str, Any] = {"practice": scene.practice, "opinion_id": opinion.pk, "actor": ACTOR, "now": visit.end}
    opinion_moderated.publish(**named)
    opinion_moderated.answer(**named, text=answered)


def open_street(world: World) -> Portal:
    scene = world.scene
    practice, doctor = scene.practice, scene.calendar.doctor
    practice.consent_basis = ConsentBasis.CARD
    practice.save()
    doctor.profile = "Zajmuję się nadciśnieniem i opieką po zawale.\n\nPrzyjmuję po polsku i po angielsku."
    doctor.save()
    make_calendar(practice, doctor, online_booking=False)
    portal = open_portal(scene, break_minutes=5)
    make_service(scene.calendar, "Echo serca", minutes=40)
    BlockedTime.objects.create(practice=practice, calendar=scene.calendar, start=utc(2027, 4, 4), end=utc(2027, 4, 13))
    say(portal, 5, 12, text="Spokojnie wytłumaczył wynik badania.", author="Maria W.")
    say(portal, 2, 30, text="Czekałam czterdzieści minut.", answer="Dziękujemy, zostawiamy teraz dłuższe przerwy.")
    say(portal, 4, 50)
    return portal


def every_portal_page(world: World, hand: Hand) -> dict[str, str]:
    """The path of each page in each state, by a name for it; the clock stands where all of them hold."""
    portal = open_street(world)
    service = f"service={portal.service.pk}"

    def visitor(number: int) -> Visitor:
        hand.set(LEFT)
        return Visitor(portal=portal, client=Client(REMOTE_ADDR=f"192.0.2.{number}"), hand=hand)

    def form(number: int, **typed: str) -> str:
        """A form that somebody has filled in."""
        who = visitor(number)
        path = who.take(f"{NEXT_WEEK + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}", LEFT)
        who.fill_in(path, **typed)
        return path

    empty = visitor(1).take(START, LEFT)
    wrong = form(2, last_name="", phone="12 400 00 00", email="anna@")
    entering = form(3, phone="602 000 003")
    done = form(4, phone="602 000 004")
    visitor(4).enter(done, sent_code())
    over, lost = form(5, phone="602 000 005"), form(6, phone="602 000 006")
    Hold.objects.filter(start__gte=NEXT_WEEK + timedelta(days=5)).update(expires_at=LEFT - time_held.LASTS)
    scene = portal.scene
    book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(days=6), now=LEFT, by=Party.PRACTICE)
    hand.set(LEFT + timedelta(seconds=30))
    return {
        "profile": portal.profile,
        "services": portal.times,
        "times": f"{portal.times}?{service}",
        "no times": f"{portal.times}?{service}&from=2027-04-05",
        "form": empty,
        "form, wrong": wrong,
        "code": f"{entering}/code",
        "done": f"{done}/done",
        "over, free": over,
        "over, lost": lost,
    }
