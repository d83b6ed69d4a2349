"""What invented patients said of visits before the demo began: good, bad, answered, and one kept back by a rule."""

from datetime import datetime, time, timedelta
from typing import Final

from myosotis.domain.opinions import OpinionRule
from myosotis.domain.words import Party, Via
from myosotis.flows import actor, opinion_given, opinion_moderated, visit_booked
from myosotis.store.models import Practice
from myosotis.value_class import value_class

DECIDED_AFTER: Final = timedelta(days=1)
HELD_AT: Final = time(10)


@value_class
class Said:
    """An opinion of a visit so many days before the demo begins, by the patient with this number."""

    patient: int
    doctor: str
    days_ago: int
    stars: int
    text: str = ""
    author: str = ""
    answer: str = ""
    breaks: OpinionRule | None = None


OPINIONS: Final = (
    Said(
        patient=1, doctor="zielinski", days_ago=12, stars=5, author="Maria W.",
        text="Spokojnie wytłumaczył wynik echa i odpowiedział na wszystkie pytania.",
    ),
    Said(
        patient=5, doctor="zielinski", days_ago=26, stars=2, author="",
        text="Wizyta w porządku, ale czekałam czterdzieści minut za drzwiami.",
        answer="Dziękujemy za tę uwagę. Między badaniami zostawiamy teraz dłuższe przerwy.",
    ),
    Said(patient=9, doctor="zielinski", days_ago=33, stars=4),
    Said(
        patient=14, doctor="nowicka", days_ago=19, stars=5, author="B.",
        text="Pierwszy raz ktoś mnie naprawdę wysłuchał.",
    ),
    Said(
        patient=17, doctor="nowicka", days_ago=40, stars=3, author="Paweł",
        text="Pomocna rozmowa. Trudno było znaleźć wejście od podwórza.",
    ),
    Said(
        patient=22, doctor="nowicka", days_ago=47, stars=1, text="Kupujcie suplementy na mojej stronie!",
        breaks=OpinionRule.ADVERT,
    ),
)  # fmt: skip


def give_opinions(practice: Practice, now: datetime) -> None:
    """Note visits that were held before `now` (UTC), of which nothing is sent any more, and what was said of them."""
    calendars = {
        calendar.doctor.slug.rpartition("-")[2]: calendar
        for calendar in practice.calendars.select_related("doctor", "address").order_by("-id")
    }
    patients = {patient.external_id: patient for patient in practice.patients.all()}
    for said in OPINIONS:
        calendar, patient = calendars[said.doctor], patients[f"demo-{said.patient:02d}"]
        zone = calendar.address.zone
        day = now.astimezone(zone).date() - timedelta(days=said.days_ago)
        visit = visit_booked.book(
            practice=practice,
            calendar_id=calendar.pk,
            patient_id=patient.pk,
            start=datetime.combine(day, HELD_AT, zone).astimezone(now.tzinfo),
            by=Party.PRACTICE,
            via=Via.DESK,
            actor=actor.SYSTEM,
            now=now,
        ).visit
        given = opinion_given.give(
            practice=practice,
            visit_id=visit.pk,
            patient_id=patient.pk,
            stars=said.stars,
            text=said.text,
            author=said.author,
            now=visit.end + timedelta(hours=5),
        )
        _decide(practice, given.pk, said, visit.end + DECIDED_AFTER)


def _decide(practice: Practice, opinion_id: int, said: Said, now: datetime) -> None:
    if said.breaks is not None:
        opinion_moderated.reject(
            practice=practice, opinion_id=opinion_id, rule=said.breaks, actor=actor.SYSTEM, now=now
        )
        return
    opinion_moderated.publish(practice=practice, opinion_id=opinion_id, actor=actor.SYSTEM, now=now)
    if said.answer:
        opinion_moderated.answer(
            practice=practice, opinion_id=opinion_id, text=said.answer, actor=actor.SYSTEM, now=now
        )
