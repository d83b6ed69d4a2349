"""Opinions: those that wait, are shown, were kept back or withdrawn; publishing, keeping back, answering (docs/adr/0024)."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from myosotis import clock
from myosotis.content import opinions as wording
from myosotis.content.names import many_lines
from myosotis.domain.opinions import (
    LONGEST_TEXT,
    SHOWN_AFTER,
    STARS,
    OpinionRule,
    OpinionState,
    may_reject,
    took_place,
)
from myosotis.domain.words import VisitStatus
from myosotis.flows import found, opinion_moderated
from myosotis.flows.errors import REFUSED, NotFound
from myosotis.store.models import Doctor, Opinion
from myosotis.store.opinions import averages, of_state, state
from myosotis.value_class import value_class
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, done, say, warn
from myosotis.web.desk.ids import id_in

PAGE: Final = 30


@value_class
class Rule:
    """A rule by which an opinion may be kept back."""

    value: str
    broken: str
    stated: str


@value_class
class Shown:
    """An opinion with what may be done about it."""

    opinion: Opinion
    state: OpinionState
    glyphs: str
    shown_at: datetime
    """When it is shown by itself, where nobody decides before."""
    because: str
    """The rule by which it was kept back; empty where it was not."""
    rules: list[Rule]
    """By which it can be kept back at all."""


@value_class
class Tally:
    """The opinions of a doctor that everybody sees."""

    doctor: Doctor
    count: int
    average: Decimal | None


@require_safe
@staff(*ANYBODY)
def opinions(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/opinions`, with `?state=` one of the four, `?doctor=<id>` of one; older ones with `?before=<id>`."""
    now = clock.now()
    chosen, doctor = _state(request), _doctor(request, desk)
    rows = desk.opinions() if doctor is None else desk.opinions().filter(doctor=doctor)
    some = list(_older(request, of_state(rows, chosen, now))[: PAGE + 1])
    tallies = averages(desk.doctors(), now)
    context = {
        "chosen": chosen,
        "doctor": doctor,
        "doctors": list(desk.doctors().order_by("name", "pk")),
        "states": [(one, _name_of(one), of_state(rows, one, now).count()) for one in OpinionState],
        "shown": [_shown(desk, row, now) for row in some[:PAGE]],
        "older": some[PAGE - 1].pk if len(some) > PAGE else None,
        "tallies": [Tally(doctor=one, count=count, average=average) for one, count, average in tallies],
        "rules": [wording.RULES[rule][desk.language] for rule in OpinionRule],
        "secrecy": wording.SECRECY[desk.language],
        "longest": LONGEST_TEXT,
    }
    return answer(request, desk, "desk/opinions/opinions.html", context)


@require_POST
@staff(*ANYBODY)
def publish(request: HttpRequest, desk: Desk, opinion_id: int) -> HttpResponse:
    """`/desk/opinions/<id>/publish`: shown now, or after all."""
    one = _own(desk, opinion_id)
    try:
        opinion_moderated.publish(practice=desk.practice, opinion_id=one.pk, actor=desk.actor, now=clock.now())
        say(request, _("The opinion is shown on the profile."))
    except REFUSED as refused:
        warn(request, errors.words(refused))
    return _back(request)


@require_POST
@staff(*ANYBODY)
def reject(request: HttpRequest, desk: Desk, opinion_id: int) -> HttpResponse:
    """`/desk/opinions/<id>/reject`: kept back by the rule that it breaks."""
    one = _own(desk, opinion_id)
    rule = request.POST.get("rule", "")
    if rule not in set(OpinionRule):
        warn(request, _("Choose which of the rules the opinion breaks: there is no other ground for not showing it."))
        return _back(request)
    try:
        opinion_moderated.reject(
            practice=desk.practice, opinion_id=one.pk, rule=OpinionRule(rule), actor=desk.actor, now=clock.now()
        )
        say(request, _("The opinion is not shown. Its author can read why, and the profile counts it."))
    except REFUSED as refused:
        warn(request, errors.words(refused))
    return _back(request)


@require_POST
@staff(*ANYBODY)
def respond(request: HttpRequest, desk: Desk, opinion_id: int) -> HttpResponse:
    """`/desk/opinions/<id>/answer`: answered in public, or the answer changed; an empty one is taken away."""
    one = _own(desk, opinion_id)
    text = many_lines(request.POST.get("text", ""))
    try:
        opinion_moderated.answer(
            practice=desk.practice, opinion_id=one.pk, text=text, actor=desk.actor, now=clock.now()
        )
        say(request, _("The answer is saved.") if text else _("The answer was taken away."))
    except REFUSED as refused:
        warn(request, errors.words(refused))
    return _back(request)


def _own(desk: Desk, opinion_id: int) -> Opinion:
    return found.one(desk.opinions().filter(id=opinion_id), "opinion")


def _back(request: HttpRequest) -> HttpResponse:
    """To the list from which it was done."""
    chosen = request.POST.get("state", "")
    query = f"?state={chosen}" if chosen in set(OpinionState) else ""
    return done(request, reverse("desk:opinions") + query)


def _state(request: HttpRequest) -> OpinionState:
    asked = request.GET.get("state", OpinionState.WAITING)
    if asked not in set(OpinionState):
        raise NotFound("state")
    return OpinionState(asked)


def _doctor(request: HttpRequest, desk: Desk) -> Doctor | None:
    asked = request.GET.get("doctor", "")
    return found.one(desk.doctors().filter(id=id_in(asked)), "doctor") if asked else None


def _older(request: HttpRequest, rows: "QuerySet[Opinion]") -> "QuerySet[Opinion]":
    before = id_in(request.GET.get("before", ""))
    if before:
        rows = rows.filter(id__lt=before)
    return rows.select_related("visit", "patient", "doctor", "calendar__address").order_by("-id")


def _shown(desk: Desk, row: Opinion, now: datetime) -> Shown:
    language = desk.language
    held = took_place(VisitStatus(row.visit.status), row.visit.end, now)
    has_words = bool(row.text or row.author)
    rules = [rule for rule in OpinionRule if may_reject(rule, held=held, has_words=has_words)]
    return Shown(
        opinion=row,
        state=state(row, now),
        glyphs="★" * row.stars + "☆" * (max(STARS) - row.stars),
        shown_at=row.given_at + SHOWN_AFTER,
        because=wording.BROKEN[OpinionRule(row.rejected_because)][language] if row.rejected_because else "",
        rules=[
            Rule(value=rule, broken=wording.BROKEN[rule][language], stated=wording.RULES[rule][language])
            for rule in rules
        ],
    )


def _name_of(one: OpinionState) -> str:
    return {
        OpinionState.WAITING: pgettext("opinions", "Waiting"),
        OpinionState.SHOWN: pgettext("opinions", "Shown"),
        OpinionState.REJECTED: pgettext("opinions", "Kept back"),
        OpinionState.WITHDRAWN: pgettext("opinions", "Withdrawn"),
    }[one]
